import type { Connection, ConnectionState } from "../../core/connection.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import { repositoryOfState } from "./repository-name.js";
import { connectedKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";
import { namedSite } from "./state-site.js";

/*
 * Which repositories anything was heard of, so that people see whether a webhook that was just made works. A mark is made when the first
 * event comes while a room is connected, and stays.
 */

/** How events come: signed with the configuration's secret, or with that of a registered remote. */
type Road = "own" | "remote";

type Context = Pick<ServiceContext<GitHubConfig>, "store" | "connections" | "now">;

function heardKey(road: Road, repositoryKey: string): string {
  return `heard ${road} ${repositoryKey}`;
}

function registeredKey(repositoryKey: string): string {
  return `registered ${repositoryKey}`;
}

type Changes = readonly StoreChange[];

/** What is stored with an event of a repository. @param keys by which it finds rooms */
export function heardChanges(road: Road, keys: readonly string[], context: Context): Changes | Promise<Changes> {
  return keys.reduce<Changes | Promise<Changes>>((changes, key) => joined(changes, heardChange(road, key, context)), []);
}

function joined(left: Changes | Promise<Changes>, right: Changes | Promise<Changes>): Changes | Promise<Changes> {
  return left instanceof Promise || right instanceof Promise ? joinedLater(left, right) : [...left, ...right];
}

async function joinedLater(left: Changes | Promise<Changes>, right: Changes | Promise<Changes>): Promise<Changes> {
  return [...(await left), ...(await right)];
}

/** Asks the disk for nothing unless a room listens: a sender may name any number of repositories. */
function heardChange(road: Road, key: string, { store, connections, now }: Context): Changes | Promise<Changes> {
  const decide = (listening: readonly Connection[]): Changes | Promise<Changes> => {
    if (listening.length === 0) return [];
    const mark = heardKey(road, key);
    const known = store.get(mark);
    const changes = (value: string | undefined): Changes => (value === undefined ? [store.put(mark, String(now()))] : []);
    return known instanceof Promise ? known.then(changes) : changes(known);
  };
  const listening = connections.byRemoteKey(key);
  return listening instanceof Promise ? listening.then(decide) : decide(listening);
}

/** What is stored when a room is connected through a registered remote. */
export function registeredChange(repositoryKey: string, { store, now }: Pick<Context, "store" | "now">): StoreChange {
  return store.put(registeredKey(repositoryKey), String(now()));
}

/** Whether a room was ever connected to the repository through a registered remote. */
export function isRegistered(repositoryKey: string, { store }: Pick<Context, "store">): boolean | Promise<boolean> {
  const known = store.get(registeredKey(repositoryKey));
  return known instanceof Promise ? known.then((value) => value !== undefined) : known !== undefined;
}

/** Whether a room waits for the first event, connected through a registered remote. */
export async function isAwaited(state: ConnectionState, { store }: Pick<Context, "store">): Promise<boolean> {
  const repository = repositoryOfState(state);
  if (repository === undefined) return false;
  const key = connectedKey(state, repository);
  const isRegistered = namedSite(state) !== undefined || (await store.get(registeredKey(key))) !== undefined;
  if (!isRegistered) return false;
  return (await store.get(heardKey("own", key))) === undefined && (await store.get(heardKey("remote", key))) === undefined;
}

/** Whether the configuration's webhook has told of the repository. */
export async function isHeardByOwn(repositoryKey: string, { store }: Pick<Context, "store">): Promise<boolean> {
  return (await store.get(heardKey("own", repositoryKey))) !== undefined;
}
