import type { Connection } from "../../core/connection.js";
import type { ConnectionId, RoomId } from "../../core/ids.js";

/*
 * Layout of the connection index, relative to its sublevel; parts are parted by a zero character:
 *
 *   record  <id>                      -> the connection as JSON
 *   room    <room id>  <id>           -> service id
 *   key     <service>  <remote key>  <id>  -> nothing
 *   prefix  <word>  <id>              -> nothing
 *
 * Remote keys and prefixes come from outside and may hold a zero character themselves: readers look at the record before they believe an
 * entry.
 */
const separator = "\u0000";
const afterSeparator = "\u0001";

export interface Range {
  readonly gt: string;
  readonly lt: string;
}

function rangeOf(...parts: readonly string[]): Range {
  const start = parts.join(separator);
  return { gt: `${start}${separator}`, lt: `${start}${afterSeparator}` };
}

export function recordKey(id: ConnectionId): string {
  return `record${separator}${id}`;
}

export function roomRange(roomId: RoomId): Range {
  return rangeOf("room", roomId);
}

/** All connections of all rooms. */
export const everyRoom: Range = rangeOf("room");

/** The room in an entry of `everyRoom`. */
export function roomOf(key: string): RoomId {
  // The writer took it from a connection.
  return key.slice(everyRoom.gt.length, key.lastIndexOf(separator)) as RoomId;
}

export function remoteKeyRange(serviceId: string, key: string): Range {
  return rangeOf("key", serviceId, key);
}

export const everyPrefix: Range = rangeOf("prefix");

/** The id at the end of an entry's key. */
export function idAtEnd(key: string): ConnectionId {
  // Only this file makes entries, and each ends with an id.
  return key.slice(key.lastIndexOf(separator) + 1) as ConnectionId;
}

/** The word in a prefix entry's key. */
export function wordOf(key: string): string {
  return key.slice(everyPrefix.gt.length, key.lastIndexOf(separator));
}

/** The entries that lead to a connection, with their values. */
export function entriesOf(connection: Connection): ReadonlyMap<string, string> {
  const { id, roomId, serviceId } = connection;
  const prefix = customPrefixOf(connection);
  return new Map([
    [["room", roomId, id].join(separator), serviceId],
    ...connection.remoteKeys.map((key): [string, string] => [["key", serviceId, key, id].join(separator), ""]),
    ...(prefix === undefined ? [] : [[["prefix", prefix, id].join(separator), ""] as const]),
  ]);
}

/** The common optional key `commandPrefix` of connection states (Hookshot reference 2.1). */
export function customPrefixOf({ state, status }: Connection): string | undefined {
  const prefix = state["commandPrefix"];
  return status.kind === "active" && typeof prefix === "string" ? prefix : undefined;
}
