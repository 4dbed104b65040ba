import type { Connection } from "../core/connection.js";
import type { ConnectionContext } from "./dependencies.js";
import { withSecretKeys } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import { isRefusal } from "./refusals.js";
import { openSecretIds, type RoomSecretIds } from "./room-secret-ids.js";

/*
 * Some connections are found by a secret, such as the id in a hook's address. Everybody in the room can read its state, so the ids lie in
 * the room account data of the bot that serves the connection, as Hookshot has them (reference 2.9): `{<secret id>: <state key>, …}`.
 *
 *   an id leads to the state key           -> the connection is found under it, and under every other one that does
 *   none, and one of our bots wrote the state -> invalid: it had an id when it was written, and nobody is served by making up another
 *   none, and a person wrote the state     -> an id is made
 *
 * An id is stored before anything rests on it, so a crash leaves at worst one that leads nowhere, which the next try finds and uses. It is
 * removed when its connection has ended, so that a new one of that name has another address. Outside account data there are only keys from
 * which nobody can tell the id: the index holds nothing else.
 */

/**
 * Completes a connection whose state is usable and consented to.
 * @param before what the index has under the same id
 * @throws RemoteError when the homeserver cannot be asked just now
 */
export async function withSecretIds(
  context: ConnectionContext,
  known: KnownKind,
  connection: Connection,
  before: Connection | undefined,
  ids: RoomSecretIds,
): Promise<Connection> {
  if (known.kind.secretIds === undefined || connection.status.kind !== "active") return connection;
  const { roomId, stateKey, sender } = connection;
  try {
    const isOurs = context.bots.get(sender) !== undefined;
    const found = await (isOurs ? ids.find(known, stateKey) : ids.findOrCreate(known, stateKey));
    return found.length > 0 ? withSecretKeys(known, connection, found) : unreachable(connection, "its secret id is lost; connect it again");
  } catch (error) {
    if (!isRefusal(error)) throw error;
    context.log.warn({ roomId, connection: connection.id, error }, "A secret id could not be read or stored: the homeserver refused");
    return before?.status.kind === "active"
      ? { ...connection, remoteKeys: [...new Set([...connection.remoteKeys, ...secretKeysOf(known, before)])] }
      : unreachable(connection, "the homeserver refuses to tell or to keep its secret id");
  }
}

function unreachable(connection: Connection, reason: string): Connection {
  return { ...connection, status: { kind: "invalid", reason }, remoteKeys: [] };
}

/** Keys that do not follow from the state. */
function secretKeysOf({ kind }: KnownKind, { state, stateKey, remoteKeys }: Connection): readonly string[] {
  const plain = kind.remoteKeys(state, stateKey);
  return remoteKeys.filter((key) => !plain.includes(key));
}

/**
 * Removes the ids of a connection that ended. Where the homeserver refuses, they lead nowhere, and are not used again.
 * @throws RemoteError when it cannot be asked just now
 */
export async function forgetSecretIds(
  context: ConnectionContext,
  known: KnownKind,
  { roomId, stateKey }: Pick<Connection, "roomId" | "stateKey">,
): Promise<void> {
  if (known.kind.secretIds === undefined) return;
  try {
    await (await openSecretIds(context, roomId)).remove(known, stateKey);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    context.log.warn({ roomId, error }, "The secret id of a connection that ended could not be removed: the homeserver refused");
  }
}
