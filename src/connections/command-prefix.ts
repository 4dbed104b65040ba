import type { Connection } from "../core/connection.js";
import type { ConnectionContext } from "./dependencies.js";
import type { KnownKind } from "./kinds.js";
import { conflict } from "./refusals.js";

/**
 * Connections of one kind share a prefix, and kinds may have the same one by default; but nobody takes a prefix that another kind has in
 * the room.
 * @throws SwitchboardError with HS_CONFLICTING_CONNECTION (Hookshot reference 5.2)
 */
export async function requireFreePrefix(
  { index, kinds }: Pick<ConnectionContext, "index" | "kinds">,
  known: KnownKind,
  wanted: Pick<Connection, "roomId" | "state">,
): Promise<void> {
  const prefix = prefixOf(known, wanted);
  if (prefix === undefined) return;
  for (const other of await index.inRoom(wanted.roomId)) {
    const its = other.status.kind === "active" ? kinds.forConnection(other) : undefined;
    if (its === undefined || its === known || prefixOf(its, other) !== prefix) continue;
    if (its.kind.defaultCommandPrefix === prefix && known.kind.defaultCommandPrefix === prefix) continue;
    throw conflict(`Command prefix "${prefix}" is already used in this room. Please choose another prefix.`, its, other);
  }
}

function prefixOf({ kind }: KnownKind, { state }: Pick<Connection, "state">): string | undefined {
  const custom = state["commandPrefix"];
  return typeof custom === "string" ? custom : kind.defaultCommandPrefix;
}
