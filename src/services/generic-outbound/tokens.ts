import { createHash } from "node:crypto";
import { connectionId, type Connection } from "../../core/connection.js";
import { isRoomId, type RoomId } from "../../core/ids.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import type { Random } from "../../shared/random.js";
import type { OutboundConfig } from "./schema.js";

/*
 * Each connection has a secret token, which shows its target who sends. Only we know it besides the target, so it lies among our secrets and
 * never in room state. A connection without one of its own takes over, once:
 *
 *   the one that Hookshot kept for it;
 *   that of the connection it was before its room was upgraded. The old room has to name this one as its replacement: by naming somebody
 *   else's room as predecessor of one's own, nobody gets its token sent to an address of theirs.
 */

type Context = Pick<ServiceContext<OutboundConfig>, "secrets" | "store" | "rooms" | "commit">;
type Place = Pick<Connection, "id" | "roomId" | "stateKey">;

export const stateType = "uk.half-shot.matrix-hookshot.outbound-hook";

/** So many upgrades of a room are followed back. */
const longestChain = 8;

/** `hs-ob-` and a UUID of version 4, as Hookshot's are (reference 2.10; RFC 9562, section 5.4). */
export function createToken(random: Random): string {
  const bytes = random.bytes(16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return `hs-ob-${bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")}`;
}

/**
 * The connection's token, taken over if need be.
 * @throws StorageError when it was encrypted with another key; RemoteError while the homeserver cannot be asked
 */
export async function findToken(connection: Place, context: Context): Promise<string | undefined> {
  const own = await context.secrets.get(placeOf(connection));
  if (own !== undefined) return own;
  const inherited = (await hookshotToken(connection, context)) ?? (await tokenBeforeUpgrade(connection, context));
  if (inherited !== undefined && context.secrets.canKeep) await context.commit(keepToken(connection, inherited, context));
  return inherited;
}

/** Replaces what there was, Hookshot's included. @throws StorageError when no key is configured */
export function keepToken(
  connection: Place,
  token: string,
  { secrets, store }: Pick<Context, "secrets" | "store">,
): readonly StoreChange[] {
  return [secrets.put(placeOf(connection), token), store.put(markOf(connection), "1")];
}

export function removeToken(connection: Place, { secrets, store }: Pick<Context, "secrets" | "store">): readonly StoreChange[] {
  // What Hookshot kept is not to come back.
  return [secrets.remove(placeOf(connection)), store.put(markOf(connection), "1")];
}

async function hookshotToken(connection: Place, { secrets, store }: Context): Promise<string | undefined> {
  if ((await store.get(markOf(connection))) !== undefined) return undefined;
  const { roomId, stateKey } = connection;
  const name = createHash("md5").update(`${roomId}:${stateKey}`).digest("hex");
  return secrets.fromHookshot(`generic:outboundHookToken:${name}`);
}

async function tokenBeforeUpgrade({ roomId, stateKey }: Place, context: Context): Promise<string | undefined> {
  let room = roomId;
  for (let upgrades = 0; upgrades < longestChain; upgrades += 1) {
    const older = await replacedBy(room, context);
    if (older === undefined) return undefined;
    const place = { id: connectionId(older, stateType, stateKey), roomId: older, stateKey };
    const token = (await context.secrets.get(placeOf(place))) ?? (await hookshotToken(place, context));
    if (token !== undefined) return token;
    room = older;
  }
  return undefined;
}

/** The room that this one replaced, where both say so. */
async function replacedBy(room: RoomId, { rooms }: Context): Promise<RoomId | undefined> {
  const predecessor = (await rooms.readState(room, "m.room.create", ""))?.["predecessor"];
  const older = typeof predecessor === "object" && predecessor !== null && "room_id" in predecessor ? predecessor.room_id : undefined;
  if (!isRoomId(older)) return undefined;
  const replacement = (await rooms.readState(older, "m.room.tombstone", ""))?.["replacement_room"];
  return replacement === room ? older : undefined;
}

function placeOf({ id }: Place): string {
  return `token/${id}`;
}

/** There: Hookshot's token is not asked for any more. */
function markOf({ id }: Place): string {
  return `known/${id}`;
}
