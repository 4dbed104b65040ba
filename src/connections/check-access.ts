import type { Bot } from "../core/bots.js";
import { PermissionError, RemoteError } from "../core/errors.js";
import { serverOf, type RoomId, type UserId } from "../core/ids.js";
import { powerForProvisioning, powerOf } from "../core/power-levels.js";
import type { ActiveService } from "../core/service.js";
import { readPower } from "./check-may-change.js";
import type { ConnectionContext } from "./dependencies.js";
import type { AccessInput, RoomAccess } from "./operations.js";
import { readRoom } from "./read-room.js";
import { botNotJoined, powerUnreadable } from "./refusals.js";

/**
 * The checks of programs' requests for a room, in the order and with the words of Hookshot reference 5.2: bot in the room, person in the
 * room, bot's power, person's power. Where the room is known they cost one request, and one more for a change.
 * @throws PermissionError HS_NOT_IN_ROOM, HS_FORBIDDEN_BOT, HS_FORBIDDEN_USER; RemoteError
 */
export async function checkAccess(context: ConnectionContext, input: AccessInput): Promise<RoomAccess> {
  const { roomId, actor, service, eventType } = input;
  const candidates = botsFor(context, service);
  const bot = (await knownBot(context, roomId, candidates)) ?? (await invitedBot(context, input, candidates));
  if (bot === undefined) throw botNotJoined();
  await requireMember(context, roomId, actor, bot);
  if (eventType !== undefined) await requirePower(context, input, eventType, bot);
  return { bot };
}

/** The bots that may act for the service, or any; the one that is to act goes first. */
function botsFor({ bots }: ConnectionContext, active: ActiveService | undefined): readonly Bot[] {
  if (active === undefined) return bots.all;
  const { permissionName } = active.service;
  const own = bots.all.filter(({ service }) => service === permissionName);
  return [...own, ...bots.all.filter(({ service }) => service === undefined)];
}

/** The bot that is known to be in the room. A room that was never read is read first: then its connections are known too. */
async function knownBot(context: ConnectionContext, roomId: RoomId, candidates: readonly Bot[]): Promise<Bot | undefined> {
  const record = await context.rooms.get(roomId);
  const isKnown = candidates.some(({ userId }) => record?.bots.includes(userId));
  if (!isKnown) return undefined;
  if (record?.readAt === undefined) await unlessRefused(readRoom(context, roomId), botNotJoined);
  const joined = (await context.rooms.get(roomId))?.bots ?? [];
  return candidates.find(({ userId }) => joined.includes(userId));
}

/** The invitation's own event may still be on its way to us. A room that did not ask for us is not joined, however public it is. */
async function invitedBot(
  context: ConnectionContext,
  { roomId, actor }: AccessInput,
  candidates: readonly Bot[],
): Promise<Bot | undefined> {
  const via = [serverOf(actor)];
  for (const { userId } of candidates) {
    const membership = await context.accounts.membership(roomId, userId, via);
    if (membership !== "invite" && membership !== "join") continue;
    if (membership === "invite") await unlessRefused(context.accounts.join(roomId, userId, via), botNotJoined);
    await unlessRefused(readRoom(context, roomId), botNotJoined);
    const joined = (await context.rooms.get(roomId))?.bots ?? [];
    const bot = candidates.find((candidate) => joined.includes(candidate.userId));
    if (bot !== undefined) return bot;
  }
  return undefined;
}

/** Who was never there is told so; of others Hookshot says only that it does not know. */
async function requireMember(context: ConnectionContext, roomId: RoomId, actor: UserId, bot: Bot): Promise<void> {
  const undetermined = (): PermissionError => new PermissionError("Could not determine if the user is in the room.", "HS_NOT_IN_ROOM");
  const member = await unlessRefused(context.roomState.read(roomId, "m.room.member", actor, bot.userId), undetermined);
  if (member === undefined) throw new PermissionError("User is not joined to the room.", "HS_NOT_IN_ROOM");
  if (member["membership"] !== "join") throw undetermined();
}

async function requirePower(context: ConnectionContext, { roomId, actor }: AccessInput, eventType: string, bot: Bot): Promise<void> {
  const power = await unlessRefused(readPower(context, roomId, bot), () => powerUnreadable(roomId));
  if (power.levels === undefined) throw powerUnreadable(roomId);
  const needs = powerForProvisioning(power, eventType);
  const botHas = powerOf(power, bot.userId);
  if (botHas < needs) throw new PermissionError(`Bot has a PL of ${botHas} but needs at least ${needs}.`, "HS_FORBIDDEN_BOT");
  const has = powerOf(power, actor);
  if (has < needs) throw new PermissionError(`User has a PL of ${has} but needs at least ${needs}.`);
}

/** What the homeserver refuses to tell or to do for good says something about the room; what fails just now does not. */
async function unlessRefused<T>(request: Promise<T>, refusal: () => PermissionError): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof RemoteError && !error.isTransient) throw refusal();
    throw error;
  }
}
