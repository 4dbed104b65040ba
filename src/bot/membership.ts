import type { Bot } from "../core/bots.js";
import { isUserId, type RoomId, type UserId } from "../core/ids.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { Reply, RoomWork } from "../core/ports/room-work.js";
import type { BotDeps } from "./deps.js";
import type { EncryptedRooms } from "./encrypted-rooms.js";
import { joinRoom } from "./join-room.js";
import { markAdminRoom } from "./mark-admin-room.js";
import { waitForPermissions } from "./may-change.js";
import { changeRoom, readRoom } from "./room-records.js";
import { carryOverInto } from "./room-upgrade.js";

/** Reasons of refused invitations, as Hookshot gives them (reference 8.2). */
const refusals = {
  ghost: "Bridge does not support DMing ghosts.",
  permission: "You do not have permission to invite this bot.",
  serviceBot: "This bot does not support admin rooms.",
} as const;

/** Invitations, joins and departures of our bots and ghosts, and the members of the rooms that permissions name. */
export async function handleMembership(work: RoomWork, deps: BotDeps, encryptedRooms: EncryptedRooms): Promise<readonly Reply[]> {
  const { event } = work;
  deps.permissionRooms.applyMember(event);
  if (!isUserId(event.state_key)) return [];
  const bot = deps.bots.get(event.state_key);
  switch (event.content["membership"]) {
    case "invite":
      if (bot === undefined && !deps.bots.isOurs(event.state_key)) return encryptedRooms.answerOwnInvite(work, event.state_key);
      await (bot === undefined ? refuseGhost(event, event.state_key, deps) : answerInvite(work, bot, deps));
      return [];
    case "join":
      if (bot === undefined) return [];
      await noteJoined(event, bot, deps);
      return isProfileChange(event) || bot.service !== undefined ? [] : encryptedRooms.answerJoin(work);
    case "leave":
    case "ban":
      if (bot !== undefined) await noteLeft(event.room_id, bot, deps);
      return [];
    default:
      return [];
  }
}

/** Where one of our users invites a ghost, it is to speak and joins by itself. */
async function refuseGhost({ room_id: roomId, sender }: MatrixEvent, user: UserId, { bots, accounts }: BotDeps): Promise<void> {
  if (!bots.isOurs(sender)) await accounts.leave(roomId, user, refusals.ghost);
}

async function answerInvite(work: RoomWork, bot: Bot, deps: BotDeps): Promise<void> {
  const { room_id: roomId, sender, content } = work.event;
  // Into a room that a ghost opened we let the bot in ourselves. A ghost has no rights: whoever else calls themselves so is not obeyed.
  if (deps.bots.get(sender) === undefined && deps.bots.isOurs(sender)) return;
  const isDirect = content["is_direct"] === true;
  const refusal = refusalOf(sender, bot, isDirect, deps);
  if (refusal !== undefined) {
    deps.log.info({ roomId, sender, bot: bot.userId }, `Invitation refused: ${refusal}`);
    return deps.accounts.leave(roomId, bot.userId, refusal);
  }
  const isByPerson = bot.service === undefined && deps.bots.get(sender) === undefined;
  const known = (await deps.rooms.get(roomId)) ?? { roomId, bots: [] };
  // From now on: they may type as soon as they see the bot join, and what is typed in a room that is no direct chat is not even stored.
  if (isDirect && isByPerson) deps.adminRooms.note({ ...known, adminUser: sender });
  if (!(await joinRoom(roomId, bot.userId, work, deps))) {
    deps.adminRooms.note(known);
    return;
  }
  if (isDirect) await markAdminRoom(roomId, sender, deps);
  if (isByPerson) {
    await changeRoom(deps, roomId, (draft) => {
      draft.invitedBy = sender;
      if (isDirect) draft.adminUser = sender;
    });
  }
}

function refusalOf(sender: UserId, bot: Bot, isDirect: boolean, { bots, permissions, permissionRooms }: BotDeps): string | undefined {
  if (bots.get(sender) === undefined && !permissions.allowsAnywhere(sender, "login")) {
    waitForPermissions(permissionRooms);
    return refusals.permission;
  }
  return isDirect && bot.service !== undefined ? refusals.serviceBot : undefined;
}

/** A member event of a joined bot that joined before only changes its name or picture. */
function isProfileChange(event: MatrixEvent): boolean {
  const before = event.unsigned?.["prev_content"];
  return typeof before === "object" && before !== null && "membership" in before && before.membership === "join";
}

async function noteJoined(event: MatrixEvent, bot: Bot, deps: BotDeps): Promise<void> {
  const roomId = event.room_id;
  await deps.onMaySpeak(roomId);
  const known = await deps.rooms.get(roomId);
  const isRead = known?.readAt !== undefined && known.bots.includes(bot.userId);
  if (!isRead && !isProfileChange(event)) {
    // `readAt` goes before reading and comes after it: a crash in between reads again.
    await changeRoom(deps, roomId, (draft) => {
      draft.bots = [...draft.bots.filter((user) => user !== bot.userId), bot.userId];
      delete draft.readAt;
    });
    await readRoom(deps, roomId);
  }
  // Also where the room was read before: this may be the second try.
  await carryOverInto(roomId, deps);
}

/** A record that is not there means a bot that never was: nothing to forget. */
async function noteLeft(roomId: RoomId, bot: Bot, deps: BotDeps): Promise<void> {
  const record = await deps.rooms.get(roomId);
  if (record === undefined) return;
  const left = record.bots.filter((user) => user !== bot.userId);
  if (left.length === 0) await deps.operations.forgetRoom(roomId);
  await changeRoom(deps, roomId, (draft) => {
    draft.bots = left;
    // Coming back, it reads the mark of a direct chat again.
    if (bot.service === undefined) delete draft.adminUser;
  });
}
