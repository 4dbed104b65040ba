import { PermissionError, RemoteError, StorageError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { HookshotLogins, LoginRenewal } from "../../core/ports/personal-logins.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { compileSchema } from "../../shared/validate.js";
import { LoginRenewalError } from "./failures.js";
import { howToLogIn, loginCommand } from "./login-help.js";
import { renewTokens } from "./oauth-tokens.js";
import type { OwnLogin } from "./person-token.js";
import type { GitHubConfig } from "./schema.js";
import { siteOf } from "./site.js";
import { hookshotTypes, ofPersonalToken, parseStored, storedSchema, type StoredLogin } from "./stored-login.js";

type Context = ServiceContext<GitHubConfig>;

/** People's own accounts, as they are kept: encrypted, under GitHub's address, in the form that Hookshot encrypts. */
export interface LoginBook {
  /**
   * The login, renewed where it has ended and can be. Nobody has one where the configuration has no section.
   * @throws PermissionError when it cannot be read any more; StorageError when it was encrypted with another key; RemoteError when it has to
   * be renewed and cannot be just now, or what Hookshot kept cannot be asked for
   */
  find(person: UserId, context: Context): Promise<OwnLogin | undefined>;
  /** Whether there is one, usable or not. @throws RemoteError */
  isKept(person: UserId, context: Context): Promise<boolean>;
  /** How the person logged in; undefined when they did not. @throws RemoteError */
  kindOf(person: UserId, context: Context): Promise<OwnLogin["by"] | undefined>;
  /** @throws StorageError when no key is configured */
  keepToken(person: UserId, token: Secret, context: Context): readonly StoreChange[];
  forget(person: UserId, context: Context): readonly StoreChange[];
}

/** What the logins of this service are kept under. */
export function loginRemote({ config }: Pick<Context, "config">): string {
  return siteOf(config).webUrl;
}

type Read = (stored: string) => StoredLogin | undefined;

/** Compiles its schema, so it is made once. */
export function createLoginBook(): LoginBook {
  const check = compileSchema<StoredLogin>(storedSchema, { useDefaults: false });
  const read: Read = (stored) => {
    const login = check(parseStored(stored));
    return login.ok ? login.value : undefined;
  };
  return {
    async find(person, context) {
      if (context.config.auth === undefined) return undefined;
      if (!(await isKept(person, context, read))) return undefined;
      const stored = await context.logins.fresh(person, loginRemote(context), renewalOf(person, read, context));
      return stored === undefined ? undefined : loginOf(stored, person, read, context);
    },
    isKept: (person, context) => isKept(person, context, read),
    kindOf: async (person, context) => ((await isKept(person, context, read)) ? kindOf(person, context, read) : undefined),
    keepToken(person, token, context) {
      const stored = ofPersonalToken(token.reveal());
      const [hookshotType] = hookshotTypes(person);
      return [context.logins.put(person, loginRemote(context), stored), ...context.logins.writeForHookshot(hookshotType, stored)];
    },
    // Or the one that Hookshot kept would be found again.
    forget: (person, { logins, config }) => [
      logins.remove(person, loginRemote({ config })),
      ...logins.forgetHookshots(person, hookshotTypes(person)),
    ],
  };
}

async function isKept(person: UserId, context: Context, read: Read): Promise<boolean> {
  const { logins } = context;
  const isListed = async (): Promise<boolean> => (await logins.list(person)).includes(loginRemote(context));
  if (await isListed()) return true;
  await logins.takeOver(person, ofHookshot(person, context, read));
  return isListed();
}

function ofHookshot(person: UserId, context: Context, read: Read): HookshotLogins {
  return {
    accountDataTypes: hookshotTypes(person),
    read: (text) => (read(text) === undefined ? [] : [{ remote: loginRemote(context), login: text }]),
  };
}

function renewalOf(person: UserId, read: Read, context: Context): LoginRenewal {
  return {
    account: "your GitHub account",
    loginCommand,
    // What cannot be read is kept: its person is told, and may look.
    endsAt: (stored) => read(stored)?.expires_in ?? undefined,
    async renew(stored) {
      const renewed = await renewTokens(read(stored), context);
      if (renewed.kind === "ended") return renewed;
      // The one that Hookshot has is worth nothing from now on.
      return { ...renewed, changes: context.logins.writeForHookshot(hookshotTypes(person)[0], renewed.login) };
    },
  };
}

/** @throws PermissionError */
function loginOf(stored: string, person: UserId, read: Read, context: Context): OwnLogin {
  const login = read(stored);
  if (login === undefined)
    throw new PermissionError("Your GitHub login cannot be read any more.", "HS_FORBIDDEN_USER", howToLogIn(context));
  const token = new Secret(login.access_token);
  const by = kindFrom(login);
  return login.refresh_token ? { token, by, renew: () => renew(stored, person, read, context) } : { token, by };
}

/** Also of what can be neither read nor used: its person may want to be rid of it. */
async function kindOf(person: UserId, context: Context, read: Read): Promise<OwnLogin["by"]> {
  try {
    return kindFrom(read((await context.logins.get(person, loginRemote(context))) ?? ""));
  } catch (error) {
    if (error instanceof StorageError) return "token";
    throw error;
  }
}

/** Hookshot wrote some bare, or without saying what they are: only personal access tokens were those. */
function kindFrom(login: StoredLogin | undefined): OwnLogin["by"] {
  return login?.token_type === "bearer" ? "browser" : "token";
}

/** GitHub's word against a token that lasts: taken for certain only where another can be asked for. */
async function renew(rejected: string, person: UserId, read: Read, context: Context): Promise<Secret | undefined> {
  try {
    const stored = await context.logins.fresh(person, loginRemote(context), renewalOf(person, read, context), rejected);
    const login = stored === undefined ? undefined : read(stored);
    return login && new Secret(login.access_token);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const { status } = error;
    throw new LoginRenewalError(error.message, { cause: error, isFinal: !error.isTransient, ...(status === undefined ? {} : { status }) });
  }
}
