import type { Bot } from "../core/bots.js";
import { PermissionError, RemoteError } from "../core/errors.js";
import type { RoomId, UserId } from "../core/ids.js";
import type { PermissionLevel } from "../core/permissions.js";
import type { ActiveService } from "../core/service.js";
import type { ConnectionContext } from "./dependencies.js";

/**
 * May the user write connections of the service as room state? Our bots may, and whoever has `manageConnections` (Hookshot reference 2.1).
 * Other ids in our namespaces count for nothing: the namespaces are not bound to our server, and ghosts never write state.
 * @throws RemoteError, transient, when the members of a room that gives the right are not known yet
 */
export function mayWriteState(
  context: Pick<ConnectionContext, "bots" | "permissions" | "arePermissionsKnown">,
  sender: UserId,
  service: string,
): boolean {
  return context.bots.get(sender) !== undefined || hasLevel(context, sender, service, "manageConnections");
}

/** @throws RemoteError, transient, when the members of a room that gives the right are not known yet */
export function hasLevel(
  { permissions, arePermissionsKnown }: Pick<ConnectionContext, "permissions" | "arePermissionsKnown">,
  user: UserId,
  service: string,
  level: PermissionLevel,
): boolean {
  if (permissions.allows(user, service, level)) return true;
  if (arePermissionsKnown?.() === false) {
    throw new RemoteError("The members of a room that permissions name are not known yet.");
  }
  return false;
}

/**
 * The level that programs' changes need, in the words they know (Hookshot reference 5.2).
 * @throws PermissionError; RemoteError, transient, when the members of a room that gives the right are not known yet
 */
export function requireLevel(
  context: Pick<ConnectionContext, "permissions" | "arePermissionsKnown">,
  user: UserId,
  { service }: ActiveService,
): void {
  if (hasLevel(context, user, service.permissionName, "manageConnections")) return;
  throw new PermissionError("User is not permitted to provision connections for this type of service.");
}

/** The bot that acts for a service in a room; undefined when none of ours in the room serves it. */
export async function findActingBot(
  context: Pick<ConnectionContext, "bots" | "rooms">,
  roomId: RoomId,
  { service }: ActiveService,
): Promise<Bot | undefined> {
  return context.bots.forService(service.permissionName, (await context.rooms.get(roomId))?.bots ?? []);
}

/** @throws PermissionError when none of our bots in the room serves the service */
export async function requireActingBot(
  context: Pick<ConnectionContext, "bots" | "rooms">,
  roomId: RoomId,
  active: ActiveService,
): Promise<Bot> {
  const bot = await findActingBot(context, roomId, active);
  if (bot === undefined) throw noActingBot(context, active);
  return bot;
}

export function noActingBot({ bots }: Pick<ConnectionContext, "bots">, { service }: ActiveService): PermissionError {
  return new PermissionError(`No bot in this room serves ${service.title}. Invite ${bots.main.userId}.`, "HS_NOT_IN_ROOM");
}
