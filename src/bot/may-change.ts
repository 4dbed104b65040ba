import { RemoteError } from "../core/errors.js";
import type { RoomId, UserId } from "../core/ids.js";
import type { ActiveService } from "../core/service.js";
import type { BotDeps } from "./deps.js";

/**
 * Called when somebody lacks a right: while the members of the rooms that permissions name are not known, that is no reason to refuse.
 * @throws RemoteError, transient, so that the work waits until they are known
 */
export function waitForPermissions(permissionRooms: Pick<BotDeps["permissionRooms"], "isLoading">): void {
  if (permissionRooms.isLoading()) throw new RemoteError("The members of a room that permissions name are not known yet.");
}

/**
 * The checks before a change of the service's connections. They come before the remote is asked for anything, so that nobody without the
 * right makes us send a request.
 * @throws PermissionError, RemoteError
 */
export async function checkMayChange(
  roomId: RoomId,
  actor: UserId,
  active: ActiveService,
  { operations, permissions, permissionRooms }: Pick<BotDeps, "operations" | "permissions" | "permissionRooms">,
): Promise<void> {
  const { service } = active;
  if (!permissions.allows(actor, service.permissionName, "manageConnections")) waitForPermissions(permissionRooms);
  const type = service.kinds[0]?.stateTypes[0];
  if (type !== undefined) await operations.checkMayChange(roomId, actor, active, type);
}
