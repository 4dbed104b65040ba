import type { Connection } from "../../core/connection.js";
import type { RoomId } from "../../core/ids.js";
import type { ProvisionedKind } from "./kinds.js";
import type { ProvisioningParts } from "./parts.js";

/** An active connection of the room. */
export async function findConnection(
  { operations }: Pick<ProvisioningParts, "operations">,
  roomId: RoomId,
  id: string,
): Promise<Connection | undefined> {
  return (await operations.list(roomId)).find((connection) => connection.id === id && connection.status.kind === "active");
}

/** The room's active connections that programs could have set up, static ones included. */
export async function listProvisioned(
  { operations, kinds }: Pick<ProvisioningParts, "operations" | "kinds">,
  roomId: RoomId,
): Promise<readonly (readonly [ProvisionedKind, Connection])[]> {
  return (await operations.list(roomId)).flatMap((connection) => {
    const known = connection.status.kind === "active" ? kinds.forConnection(connection) : undefined;
    return known === undefined ? [] : [[known, connection] as const];
  });
}
