import { createHash } from "node:crypto";
import { PermissionError, RemoteError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import type { JiraClient } from "./client.js";
import { instancesOf } from "./instances.js";
import type { LoginBook } from "./personal-login.js";
import type { JiraConfig } from "./schema.js";
import { createTracker } from "./tracker.js";
import { userAtCloud } from "./user-at-cloud.js";

/*
 * By which e-mail address people's accounts are found, in the service's store:
 *
 *   author/<hash of remote and address>/<person>  -> nothing
 *   author-of/<person and remote as JSON>         -> that hash; empty where the account tells no address
 *
 * It only says whom to look at: who acts is asked again for their address each time (smart-commits.ts).
 */

type Context = ServiceContext<JiraConfig>;

/** Who has an account with which e-mail address. A remote is what logins are kept under. */
export interface CommitAuthors {
  /** For when somebody has logged in. @param email as the account says, and nobody else */
  note(person: UserId, remote: string, email: string | undefined, context: Context): Promise<readonly StoreChange[]>;
  /** For when a login has ended. */
  forget(person: UserId, remote: string, context: Context): Promise<readonly StoreChange[]>;
  /**
   * People who may have an account with that address at one of the remotes. Where nobody is known, logins from before the index are looked
   * through, each once.
   * @throws RemoteError when that has to go on later
   */
  find(email: string, remotes: readonly string[], context: Context): Promise<readonly UserId[]>;
}

/** What it looks older logins up by. */
interface AuthorParts {
  readonly client: JiraClient;
  readonly logins: LoginBook;
}

/** Nobody shares an address with more. */
const mostPeople = 20;
const pageSize = 200;
/** Accounts that one look may ask for their address. */
const mostAsked = 50;
/** A login that Hookshot kept comes without a word of ours, and one that failed may do so no more. */
const lookAgainAfterMs = 3_600_000;

/** Remembers when it looked through older logins, so it is made once. */
export function createCommitAuthors(parts: AuthorParts): CommitAuthors {
  const lookedAt = new Map<string, number>();
  const looking = new Map<string, Promise<void>>();

  async function look(remote: string, context: Context): Promise<void> {
    const before = lookedAt.get(remote);
    if (before !== undefined && context.now() - before < lookAgainAfterMs) return;
    const running = looking.get(remote) ?? learnOlder(parts, remote, context).finally(() => looking.delete(remote));
    looking.set(remote, running);
    await running;
    lookedAt.set(remote, context.now());
  }

  return {
    note,
    forget,
    async find(email, remotes, context) {
      const known = await peopleWith(email, remotes, context);
      if (known.length > 0) return known;
      for (const remote of remotes) await look(remote, context);
      return peopleWith(email, remotes, context);
    },
  };
}

async function note(person: UserId, remote: string, email: string | undefined, context: Context): Promise<readonly StoreChange[]> {
  const { store } = context;
  const hash = email === undefined || email === "" ? "" : hashOf(remote, email);
  const outdated = await forget(person, remote, context);
  return [...outdated, store.put(ofKey(person, remote), hash), ...(hash === "" ? [] : [store.put(authorKey(hash, person), "")])];
}

async function forget(person: UserId, remote: string, { store }: Context): Promise<readonly StoreChange[]> {
  const hash = await store.get(ofKey(person, remote));
  if (hash === undefined) return [];
  return [store.remove(ofKey(person, remote)), ...(hash === "" ? [] : [store.remove(authorKey(hash, person))])];
}

async function peopleWith(email: string, remotes: readonly string[], { store }: Context): Promise<readonly UserId[]> {
  const prefixes = remotes.map((remote) => authorKey(hashOf(remote, email), ""));
  const found = await Promise.all(prefixes.map((prefix) => store.list(prefix, mostPeople)));
  // Keys are made by `authorKey`.
  const people = found.flatMap((entries, index) => entries.map(([key]) => key.slice(prefixes[index]?.length) as UserId));
  return [...new Set(people)];
}

/** @throws RemoteError when there are too many to be asked at once, or Jira cannot be asked */
async function learnOlder(parts: AuthorParts, remote: string, context: Context): Promise<void> {
  let asked = 0;
  let after: readonly [UserId, string] | undefined;
  for (;;) {
    const page = await context.logins.all(after, pageSize);
    for (const [person, of] of page) {
      if (of !== remote || (await context.store.get(ofKey(person, remote))) !== undefined) continue;
      if (asked === mostAsked) throw new RemoteError("Older logins are still being looked through for the author's e-mail address");
      asked += 1;
      await learn(parts, person, remote, context);
    }
    after = page.at(-1);
    if (page.length < pageSize) return;
  }
}

async function learn(parts: AuthorParts, person: UserId, remote: string, context: Context): Promise<void> {
  try {
    await context.commit(await note(person, remote, await emailOf(parts, person, remote, context), context));
  } catch (error) {
    // A login that does not count any more is the person's own affair; a Jira that is away is everybody's.
    const isTheirs = error instanceof PermissionError || (error instanceof RemoteError && (!error.isTransient || error.status === 401));
    if (!isTheirs) throw error;
  }
}

async function emailOf({ client, logins }: AuthorParts, person: UserId, remote: string, context: Context): Promise<string | undefined> {
  const instance = instancesOf(context.config).find(({ url }) => url === remote);
  const login = instance === undefined ? undefined : await logins.find(person, instance, context);
  if (login === undefined) return undefined;
  const link = { http: context.http, access: login.access };
  if (instance?.isGateway !== true) return (await createTracker(client, link).whoAmI()).email;
  const sites = await client.sites(link);
  return (await userAtCloud(client, { instance, signer: login.access.signer, sites }, context.http)).email;
}

/** Addresses are compared without case. */
export function isSameAddress(left: string, right: string): boolean {
  return left.trim().toLowerCase() === right.trim().toLowerCase();
}

function hashOf(remote: string, email: string): string {
  return createHash("sha256")
    .update(JSON.stringify([remote, email.trim().toLowerCase()]))
    .digest("base64url");
}

function authorKey(hash: string, person: string): string {
  return `author/${hash}/${person}`;
}

function ofKey(person: UserId, remote: string): string {
  return `author-of/${JSON.stringify([person, remote])}`;
}
