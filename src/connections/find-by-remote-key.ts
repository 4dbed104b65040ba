import type { Connection } from "../core/connection.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";

type Found = readonly Connection[];

/** Active connections that listen to any of the keys: each once, higher priority first, those of the configuration in its order. */
export function findConnections(index: ConnectionIndex, serviceId: string, keys: readonly string[]): Found | Promise<Found> {
  const [first, ...others] = keys;
  if (first === undefined) return [];
  const found = index.byRemoteKey(serviceId, first);
  // The usual case, on the hot path: one key, and the answer is in memory.
  if (others.length === 0 && !(found instanceof Promise)) return inOrder(found);
  return Promise.all([found, ...others.map((key) => index.byRemoteKey(serviceId, key))]).then((lists) => {
    const byId = new Map(lists.flat().map((connection) => [connection.id, connection]));
    return inOrder([...byId.values()]);
  });
}

function inOrder(connections: Found): Found {
  return connections.length < 2 ? connections : [...connections].sort(compare);
}

function compare(left: Connection, right: Connection): number {
  return right.priority - left.priority || (left.position ?? 0) - (right.position ?? 0);
}
