import type { Connection } from "../core/connection.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";

type Found = readonly Connection[];

/**
 * Active connections that listen to any of the keys: each once, higher priority first, those of the configuration in its order. At once where
 * the index has them in memory: an event that need not wait for its rooms goes the short way.
 */
export function findConnections(
  index: Pick<ConnectionIndex, "byRemoteKey">,
  serviceId: string,
  keys: readonly string[],
): Found | Promise<Found> {
  const found = keys.map((key) => index.byRemoteKey(serviceId, key));
  const atOnce: Found[] = [];
  for (const list of found) {
    if (list instanceof Promise) return Promise.all(found.map(async (one) => one)).then(inOrder);
    atOnce.push(list);
  }
  return inOrder(atOnce);
}

function inOrder(lists: readonly Found[]): Found {
  const [first = [], ...others] = lists.filter((list) => list.length > 0);
  if (first.length < 2 && others.length === 0) return first;
  const byId = new Map([first, ...others].flat().map((connection) => [connection.id, connection]));
  return [...byId.values()].sort(compare);
}

function compare(left: Connection, right: Connection): number {
  return right.priority - left.priority || (left.position ?? 0) - (right.position ?? 0);
}
