import { isDeepStrictEqual } from "node:util";
import type { Connection } from "../core/connection.js";
import { checkChange } from "./change-rules.js";
import type { ConnectionContext } from "./dependencies.js";
import { resourceOf } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import { requireUsable } from "./provisioned-config.js";
import { conflict } from "./refusals.js";
import { findRivals } from "./rivals.js";
import { secretIdOf } from "./secret-id-of.js";
import { wantedConnection, writeConnection, type ConnectionWrite, type WrittenConnection } from "./write-connection.js";

/**
 * Gives an active connection another configuration: it keeps its place, and with it its id and its secret id. One that means the same
 * already is left alone.
 * @throws PermissionError, ValidationError, RemoteError; SwitchboardError with HS_CONFLICTING_CONNECTION where another connection of the
 *   room has the resource that this one is to have
 */
export async function replaceConfig(
  context: ConnectionContext,
  known: KnownKind,
  before: Connection,
  { content, bot, changes }: Pick<ConnectionWrite, "content" | "bot" | "changes">,
): Promise<WrittenConnection> {
  const write = { roomId: before.roomId, stateKey: before.stateKey, content, bot };
  const wanted = wantedConnection(known, write);
  requireUsable(known, wanted);
  const others = (await findRivals(context, known, wanted)).filter(({ id }) => id !== before.id);
  const holder = others.find(({ status }) => status.kind === "active");
  if (holder !== undefined && resourceOf(known, before) !== resourceOf(known, wanted)) {
    throw conflict(`The room is connected to ${known.kind.describe(holder.state, holder.stateKey).name} already.`, known, holder);
  }
  checkChange(known, wanted.state, before);
  if (before.eventType === known.canonicalType && isDeepStrictEqual(before.state, wanted.state)) {
    if (changes.length > 0) await context.index.apply({ also: changes });
    const secretId = await secretIdOf(context, before);
    return { connection: before, ...(secretId === undefined ? {} : { secretId }) };
  }
  return writeConnection(context, known, {
    ...write,
    before,
    rivals: others.filter((other) => other !== holder && other.status.kind !== "active"),
    changes,
  });
}
