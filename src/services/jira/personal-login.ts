import { PermissionError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { TrackerUser } from "../../core/issue-tracker.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { compileSchema } from "../../shared/validate.js";
import { personAccess, tokenCommand, type JiraAccess } from "./access.js";
import type { JiraInstance } from "./instances.js";
import type { JiraConfig } from "./schema.js";

/** A person's account at an instance. */
export interface OwnLogin {
  readonly access: JiraAccess;
  /** Who they are there. */
  readonly user: TrackerUser;
}

type Context = ServiceContext<JiraConfig>;

/** People's own accounts, as they are kept: encrypted, under the instance's address. */
export interface LoginBook {
  /** @throws PermissionError when it cannot be read any more; StorageError when it was encrypted with another key */
  find(person: UserId, instance: JiraInstance, context: Context): Promise<OwnLogin | undefined>;
  /** @throws StorageError when no key is configured */
  keep(person: UserId, instance: JiraInstance, login: OwnLogin, context: Context): StoreChange;
}

interface StoredLogin {
  readonly username?: string;
  readonly token: string;
  readonly id: string;
  readonly displayName: string;
}

const text = { type: "string", minLength: 1 };
const storedSchema = {
  type: "object",
  properties: { username: text, token: text, id: text, displayName: { type: "string" } },
  required: ["token", "id", "displayName"],
};

/** Compiles its schema, so it is made once. */
export function createLoginBook(): LoginBook {
  const check = compileSchema<StoredLogin>(storedSchema, { useDefaults: false });
  return {
    async find(person, instance, { logins }) {
      const stored = await logins.get(person, instance.url);
      if (stored === undefined) return undefined;
      const login = check(parse(stored));
      if (login.ok) return toLogin(instance, login.value);
      throw new PermissionError(
        `Your login at ${instance.name} cannot be read any more. Type \`${tokenCommand(instance)}\` in a direct chat with me.`,
      );
    },
    keep: (person, instance, { access, user }, { logins }) => logins.put(person, instance.url, toStored(access, user)),
  };
}

function parse(stored: string): unknown {
  try {
    return JSON.parse(stored) as unknown;
  } catch {
    // The schema then refuses it; the error would quote it.
    return undefined;
  }
}

function toLogin(instance: JiraInstance, stored: StoredLogin): OwnLogin {
  const { username, token, id, displayName } = stored;
  const login = { token: new Secret(token), ...(username === undefined ? {} : { username }) };
  return { access: personAccess(instance, login), user: { id, displayName } };
}

function toStored({ username, token }: JiraAccess, { id, displayName }: TrackerUser): string {
  const stored: StoredLogin = { token: token.reveal(), id, displayName, ...(username === undefined ? {} : { username }) };
  return JSON.stringify(stored);
}
