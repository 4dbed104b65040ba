import { PermissionError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { TrackerUser } from "../../core/issue-tracker.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { browserAccess, loginCommandOf, personAccess, tokenCommand, type JiraAccess } from "./access.js";
import { oauth1Signer, oauth2Signer, type BrowserLogin } from "./browser-signers.js";
import { loginEnded } from "./failures.js";
import { hookshotLogins } from "./hookshot-login.js";
import { takesTokens, type JiraInstance } from "./instances.js";
import { createKnownSites, createKnownUsers, type KnownSites, type KnownUsers } from "./known-about-people.js";
import type { OauthSettings } from "./oauth-settings.js";
import { createPrivateKeys, type PrivateKeys } from "./private-keys.js";
import { renewalOf } from "./oauth-tokens.js";
import type { JiraConfig } from "./schema.js";
import type { RequestSigner } from "./signer.js";
import {
  createLoginReader,
  isBrowserLogin,
  readOauth1Token,
  type ReadLogin,
  type StoredBrowserLogin,
  type StoredToken,
} from "./stored-login.js";

/** A person's account at an instance. */
export interface OwnLogin {
  readonly access: JiraAccess;
  /** Who they are there; absent in what was taken over from Hookshot. */
  readonly user?: TrackerUser;
}

/** What a person types to log in with. */
export interface TokenLogin {
  readonly username?: string;
  readonly token: Secret;
  readonly user: TrackerUser;
}

type Context = ServiceContext<JiraConfig>;

/** People's own accounts, as they are kept: encrypted, under the instance's address, or under that of Jira Cloud's API. */
export interface LoginBook {
  readonly keys: PrivateKeys;
  readonly sites: KnownSites;
  readonly users: KnownUsers;
  /** For when a login of the person becomes another one: what was known by it is forgotten. */
  forget(person: UserId): void;
  /** Takes over what Hookshot keeps for the person; before anything is looked up. @throws RemoteError */
  takeOver(person: UserId, context: Context): Promise<void>;
  /**
   * The login at the instance; at the gateway of Jira Cloud the one that is good for its sites.
   * @throws PermissionError when it cannot be read any more; StorageError when it was encrypted with another key
   */
  find(person: UserId, instance: JiraInstance, context: Context): Promise<OwnLogin | undefined>;
  /** @throws StorageError when no key is configured */
  keep(person: UserId, instance: JiraInstance, login: TokenLogin, context: Context): StoreChange;
}

/** Compiles its schema and remembers private keys, so it is made once. */
export function createLoginBook(): LoginBook {
  const read = createLoginReader();
  const keys = createPrivateKeys();
  const sites = createKnownSites();
  const users = createKnownUsers();
  return {
    keys,
    sites,
    users,
    forget(person) {
      sites.forget(person);
      users.forget(person);
    },
    takeOver: (person, { logins, config }) => logins.takeOver(person, hookshotLogins(person, config)),
    async find(person, instance, context) {
      const stored = await context.logins.get(person, instance.url);
      if (stored === undefined) return undefined;
      const login = read(stored);
      if (login === undefined) throw unreadable(instance);
      return isBrowserLogin(login) ? atBrowserLogin(login, { person, instance, read, keys }, context) : atToken(instance, login);
    },
    keep: (person, instance, login, { logins }) => logins.put(person, instance.url, toStored(login)),
  };
}

function unreadable(instance: JiraInstance): PermissionError {
  const command = takesTokens(instance) && instance.oauth === undefined ? tokenCommand(instance) : loginCommandOf(instance);
  return new PermissionError(`Your login at ${instance.name} cannot be read any more. Type \`${command}\` in a direct chat with me.`);
}

function atToken(instance: JiraInstance, { username, token, id, displayName }: StoredToken): OwnLogin {
  const login = { token: new Secret(token), ...(username === undefined ? {} : { username }) };
  return { access: personAccess(instance, login), user: { id, displayName } };
}

interface BrowserParts {
  readonly person: UserId;
  readonly instance: JiraInstance;
  readonly read: ReadLogin;
  readonly keys: PrivateKeys;
}

/**
 * None where the configuration has no OAuth of the sort that the login was made by: it is of no use then. A site of Jira Cloud has none of its
 * own, and gets nothing of the login that is for Jira Cloud's API.
 */
function atBrowserLogin(login: StoredBrowserLogin, parts: BrowserParts, context: Context): OwnLogin | undefined {
  const { instance } = parts;
  const { oauth } = instance;
  const isOauth1 = readOauth1Token(login.accessToken) !== undefined;
  if (oauth?.remote !== instance.url || isOauth1 !== (oauth.kind === "oauth1")) return undefined;
  const { id, displayName } = login;
  const access = browserAccess(instance, signerOf(oauth, parts, context));
  return { access, ...(id === undefined ? {} : { user: { id, displayName: displayName ?? id } }) };
}

function signerOf(settings: OauthSettings, { person, instance, read, keys }: BrowserParts, context: Context): RequestSigner {
  const login: BrowserLogin = {
    person,
    remote: settings.remote,
    read,
    renewal: renewalOf({ person, instance, settings, read }, context),
    ended: () => loginEnded({ name: instance.name, url: instance.url, loginCommand: loginCommandOf(instance) }),
  };
  return settings.kind === "oauth1" ? oauth1Signer(login, { settings, keys }, context) : oauth2Signer(login, context);
}

function toStored({ username, token, user: { id, displayName } }: TokenLogin): string {
  const stored: StoredToken = { token: token.reveal(), id, displayName, ...(username === undefined ? {} : { username }) };
  return JSON.stringify(stored);
}
