import type { Bot } from "../core/bots.js";
import type { RoomId, UserId } from "../core/ids.js";
import { powerForSettings, powerForState, powerOf, type RoomPower } from "../core/power-levels.js";
import type { ActiveService } from "../core/service.js";
import type { ConnectionContext } from "./dependencies.js";
import { readRoom } from "./read-room.js";
import { botRefusal, configRefusal, personRefusal, powerUnreadable } from "./refusals.js";
import { requireActingBot } from "./rights.js";

/**
 * The checks before a change, in the order the interface promises.
 * @returns the bot that is to make the change
 * @throws PermissionError, RemoteError
 */
export async function checkMayChange(
  context: ConnectionContext,
  roomId: RoomId,
  actor: UserId,
  active: ActiveService,
  eventType: string,
): Promise<Bot> {
  const { permissionName } = active.service;
  if (!context.permissions.allows(actor, permissionName, "manageConnections")) {
    throw configRefusal(permissionName);
  }
  const bot = await requireActingBot(context, roomId, active);
  const power = await readPower(context, roomId, bot);
  checkPerson(power, actor, eventType);
  checkBot(power, bot.userId, eventType);
  return bot;
}

/**
 * The checks before a change that somebody else answers for.
 * @returns the bot that is to make the change
 * @throws PermissionError, RemoteError
 */
export async function checkBotMayChange(
  context: ConnectionContext,
  roomId: RoomId,
  active: ActiveService,
  eventType: string,
): Promise<Bot> {
  const bot = await requireActingBot(context, roomId, active);
  checkBot(await readPower(context, roomId, bot), bot.userId, eventType);
  return bot;
}

/** Hookshot asks for the power to change settings; a room that asks for more for these events means it: the bot lends nobody its own. */
function checkPerson(power: RoomPower, actor: UserId, eventType: string): void {
  const has = powerOf(power, actor);
  const needs = Math.max(powerForSettings(power), powerForState(power, eventType));
  if (has >= needs) return;
  throw personRefusal(`Your power level is ${has}; ask somebody who may to raise it to ${needs}.`);
}

/** @throws PermissionError with the remedy */
export function checkBot(power: RoomPower, bot: UserId, eventType: string): void {
  const has = powerOf(power, bot);
  const needs = powerForState(power, eventType);
  if (has < needs) throw botRefusal(`The power level of ${bot} is ${has}, and ${eventType} needs ${needs}.`);
}

/**
 * Power levels change, so they are asked for; the create event does not, and is known since the room was read.
 * @throws PermissionError HS_NOT_IN_ROOM, RemoteError
 */
export async function readPower(context: ConnectionContext, roomId: RoomId, bot: Bot): Promise<RoomPower> {
  const levels = await context.roomState.read(roomId, "m.room.power_levels", "", bot.userId);
  const create = await knownCreate(context, roomId);
  if (create === undefined) throw powerUnreadable(roomId);
  return { levels, create: create.content, creator: create.sender };
}

async function knownCreate(
  context: ConnectionContext,
  roomId: RoomId,
): Promise<{ sender: UserId; content: RoomPower["create"] } | undefined> {
  const known = (await context.rooms.get(roomId))?.create;
  if (known !== undefined) return known;
  await readRoom(context, roomId);
  return (await context.rooms.get(roomId))?.create;
}
