import type { RoomId, UserId } from "../core/ids.js";
import type { BotDeps } from "./deps.js";

/** Marks a direct chat in the bot's account data of the room, where Hookshot puts it (reference 8.2). Reading a room reads it back. */
const adminRoomType = "uk.half-shot.matrix-hookshot.github.room";

/** Writes the mark. Whatever else the room's account data holds (notification settings of an earlier chat) is kept. @throws RemoteError */
export async function markAdminRoom(
  roomId: RoomId,
  adminUser: UserId,
  { accountData, bots }: Pick<BotDeps, "accountData" | "bots">,
): Promise<void> {
  const bot = bots.main.userId;
  const before = await accountData.get(roomId, adminRoomType, bot);
  await accountData.set(roomId, adminRoomType, { ...before, admin_user: adminUser }, bot);
}
