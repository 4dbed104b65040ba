import { PermissionError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { compileSchema } from "../../shared/validate.js";
import { tokenHelp } from "./login-help.js";
import type { GitHubConfig } from "./schema.js";
import { siteOf } from "./site.js";

type Context = ServiceContext<GitHubConfig>;

/** A person's account at GitHub. */
export interface OwnLogin {
  readonly token: Secret;
}

/** People's own accounts, as they are kept: encrypted, under GitHub's address, in the form that Hookshot encrypts (reference 6.1). */
export interface LoginBook {
  /** @throws PermissionError when it cannot be used any more; StorageError when it was encrypted with another key; RemoteError */
  find(person: UserId, context: Context): Promise<OwnLogin | undefined>;
  /** Whether there is one, usable or not. @throws RemoteError */
  isKept(person: UserId, context: Context): Promise<boolean>;
  /** @throws StorageError when no key is configured */
  keepToken(person: UserId, token: Secret, context: Context): readonly StoreChange[];
  forget(person: UserId, context: Context): readonly StoreChange[];
}

/** What stands encrypted: of a personal access token, or of a login by OAuth. Hookshot also wrote bare tokens. */
interface StoredLogin {
  readonly access_token: string;
  readonly token_type?: string;
  /** When it ends, in milliseconds since the epoch; Hookshot's name for it. */
  readonly expires_in?: number | null;
}

const storedSchema = {
  type: "object",
  properties: {
    access_token: { type: "string", minLength: 1 },
    token_type: { type: "string" },
    expires_in: { type: ["number", "null"] },
  },
  required: ["access_token"],
};

/** Where Hookshot keeps them in the main bot's account data, the newer name first (reference 6.1). */
const hookshotTypes = ["uk.half-shot.matrix-hookshot.github.password-store:", "uk.half-shot.matrix-github.password-store:"] as const;

/** Hookshot no longer writes any; looking costs two requests to the homeserver. */
const lookAgainAfterMs = 24 * 60 * 60 * 1_000;

/** Compiles its schema, so it is made once. */
export function createLoginBook(): LoginBook {
  const check = compileSchema<StoredLogin>(storedSchema, { useDefaults: false });
  return {
    async find(person, context) {
      const stored = await findStored(person, context);
      if (stored === undefined) return undefined;
      const login = check(parse(stored));
      if (!login.ok) throw unusable("cannot be read any more");
      const { access_token: token, expires_in: end } = login.value;
      if (typeof end === "number" && end <= context.now()) throw unusable("is no longer valid");
      return { token: new Secret(token) };
    },
    isKept: async (person, context) =>
      (await context.logins.list(person)).includes(remoteOf(context)) || (await takeOver(person, context)) !== undefined,
    keepToken(person, token, context) {
      const stored: StoredLogin = { access_token: token.reveal(), token_type: "pat" };
      return [context.logins.put(person, remoteOf(context), JSON.stringify(stored))];
    },
    // Or the one that Hookshot kept would be found again.
    forget: (person, context) => [context.logins.remove(person, remoteOf(context)), context.store.put(lookedKey(person), forgotten)],
  };
}

async function findStored(person: UserId, context: Context): Promise<string | undefined> {
  return (await context.logins.get(person, remoteOf(context))) ?? (await takeOver(person, context));
}

/** What the logins of this service are kept under. */
function remoteOf({ config }: Pick<Context, "config">): string {
  return siteOf(config).webUrl;
}

const forgotten = "forgotten";

function lookedKey(person: UserId): string {
  return `hookshot-login ${person}`;
}

/** What Hookshot kept for the person, which from now on is kept as ours are. */
async function takeOver(person: UserId, context: Context): Promise<string | undefined> {
  const { logins, secrets, store } = context;
  const looked = await store.get(lookedKey(person));
  if (looked === forgotten || context.now() - Number(looked ?? 0) < lookAgainAfterMs) return undefined;
  for (const type of hookshotTypes) {
    const stored = await secrets.fromHookshot(`${type}${person}`);
    if (stored === undefined) continue;
    if (logins.canKeep) await context.commit([logins.put(person, remoteOf(context), stored)]);
    return stored;
  }
  await context.commit([store.put(lookedKey(person), String(context.now()))]);
  return undefined;
}

function unusable(reason: string): PermissionError {
  return new PermissionError(`Your GitHub login ${reason}. To log in again, ${tokenHelp}.`);
}

/** What is no JSON is a bare token; the schema refuses everything else. */
function parse(stored: string): unknown {
  if (!stored.trimStart().startsWith("{")) return { access_token: stored };
  try {
    return JSON.parse(stored) as unknown;
  } catch {
    // Told without its text, which holds a token.
    return undefined;
  }
}
