import type { Connection } from "../core/connection.js";
import type { ConnectionContext } from "./dependencies.js";
import { resourceOf } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import { conflict } from "./refusals.js";

/** The room's connections that mean the same as the wanted one, and what lies unusable in its place. */
export async function findRivals({ index }: ConnectionContext, known: KnownKind, wanted: Connection): Promise<readonly Connection[]> {
  const resource = resourceOf(known, wanted);
  const ofKind = (await index.inRoom(wanted.roomId)).filter(
    ({ serviceId, kindId }) => serviceId === wanted.serviceId && kindId === wanted.kindId,
  );
  return ofKind.filter((connection) => resourceOf(known, connection) === resource || isUnusableAt(connection, wanted));
}

function isUnusableAt(connection: Connection, { id }: Connection): boolean {
  return connection.id === id && connection.status.kind !== "active";
}

/**
 * State written by hand may have the key of one resource and the body of another.
 * @throws SwitchboardError with HS_CONFLICTING_CONNECTION
 */
export function requireFreePlace(known: KnownKind, inPlace: Connection | undefined): void {
  if (inPlace?.status.kind !== "active") return;
  const { name } = known.kind.describe(inPlace.state, inPlace.stateKey);
  const remedy = inPlace.isStatic === true ? "It stands in the configuration and cannot be changed here." : "Disconnect that one first.";
  throw conflict(`The room's state key ${inPlace.stateKey} is taken by the connection to ${name}. ${remedy}`, known, inPlace);
}
