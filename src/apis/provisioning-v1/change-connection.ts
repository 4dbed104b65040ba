import type { RoomAccess } from "../../connections/operations.js";
import type { Connection } from "../../core/connection.js";
import { NotFoundError, SwitchboardError } from "../../core/errors.js";
import type { RoomId, UserId } from "../../core/ids.js";
import { findConnection } from "./find-connection.js";
import type { ProvisionedKind } from "./kinds.js";
import type { ProvisioningParts } from "./parts.js";

interface ChangeInput {
  readonly roomId: RoomId;
  readonly actor: UserId;
  readonly id: string;
  /** What to say of a connection that programs cannot set up. */
  readonly unsupported: string;
}

/** A connection that may be changed. */
interface Changeable {
  readonly known: ProvisionedKind;
  readonly connection: Connection;
  readonly access: RoomAccess;
}

/**
 * Finds the connection that somebody wants to change, and checks that they may. Whoever may not even read the room is not told whether there
 * is such a connection.
 * @throws PermissionError, NotFoundError, RemoteError; SwitchboardError HS_UNSUPPORTED_OPERATION
 */
export async function findChangeable(parts: ProvisioningParts, input: ChangeInput): Promise<Changeable> {
  const { roomId, actor, id, unsupported } = input;
  const connection = (await findConnection(parts, roomId, id)) ?? (await findOnceKnown(parts, input));
  const known = parts.kinds.forConnection(connection);
  const service = parts.services.find((active) => active.service.id === connection.serviceId);
  const access = await parts.operations.checkAccess({
    ...{ roomId, actor, eventType: known?.kind.stateTypes[0] ?? connection.eventType },
    ...(service === undefined ? {} : { service }),
  });
  if (known === undefined) throw new SwitchboardError("HS_UNSUPPORTED_OPERATION", unsupported);
  return { known, connection, access };
}

/** Where nothing was known of the room, as after an invitation, `checkAccess` reads it for those who are in it. */
async function findOnceKnown(parts: ProvisioningParts, { roomId, actor, id }: ChangeInput): Promise<Connection> {
  await parts.operations.checkAccess({ roomId, actor });
  const connection = await findConnection(parts, roomId, id);
  if (connection === undefined) throw new NotFoundError("Connection does not exist");
  return connection;
}
