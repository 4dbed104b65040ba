import type { Connection } from "../core/connection.js";
import { SwitchboardError } from "../core/errors.js";
import type { ConnectionContext } from "./dependencies.js";
import type { KnownKind } from "./kinds.js";

/**
 * Connections of one kind share a prefix, and kinds may have the same one by default; but nobody takes a prefix that another kind has in
 * the room.
 * @throws SwitchboardError with HS_CONFLICTING_CONNECTION (Hookshot reference 5.2)
 */
export async function requireFreePrefix(
  { index, kinds }: Pick<ConnectionContext, "index" | "kinds">,
  known: KnownKind,
  wanted: Connection,
): Promise<void> {
  const prefix = prefixOf(known, wanted);
  if (prefix === undefined) return;
  for (const other of await index.inRoom(wanted.roomId)) {
    const its = other.status.kind === "active" ? kinds.forConnection(other) : undefined;
    if (its === undefined || its === known || prefixOf(its, other) !== prefix) continue;
    if (its.kind.defaultCommandPrefix === prefix && known.kind.defaultCommandPrefix === prefix) continue;
    throw new SwitchboardError(
      "HS_CONFLICTING_CONNECTION",
      `Command prefix "${prefix}" is already used in this room. Please choose another prefix.`,
    );
  }
}

function prefixOf({ kind }: KnownKind, { state }: Connection): string | undefined {
  const custom = state["commandPrefix"];
  return typeof custom === "string" ? custom : kind.defaultCommandPrefix;
}
