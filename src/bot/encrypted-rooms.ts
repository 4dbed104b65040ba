import { serverOf, type RoomId, type UserId } from "../core/ids.js";
import { notice } from "../core/message.js";
import type { Reply, RoomWork } from "../core/ports/room-work.js";
import { createMarkdownRenderer, markdown, type Markdown } from "../shared/markdown.js";
import { sentence } from "../shared/sentence.js";
import type { BotDeps } from "./deps.js";
import type { DirectChat } from "./direct-chat.js";
import { markAdminRoom } from "./mark-admin-room.js";
import { waitForPermissions } from "./may-change.js";
import { changeRoom, knownRoom } from "./room-records.js";
import { linkTo } from "./answer-parts.js";

/*
 * Encrypted rooms cannot be read yet. Such a room is told so once, and whose doing it is (who invited us there, or turned encryption on)
 * gets a direct chat that is not encrypted.
 *
 *   encrypted room's turn: find or open the chat, note that the room is told and by which event, say it. After a crash the same event
 *     says it again, because what was said then was not stored; what was opened then is found again and not opened twice.
 *   chat's turn, when our invitation is told: note whose chat it is, and greet. A homeserver may encrypt every room that is made: then
 *     the chat is noted all the same, so that it stays the only one.
 */
export class EncryptedRooms {
  readonly #deps: BotDeps;
  readonly #renderer = createMarkdownRenderer();

  constructor(deps: BotDeps) {
    this.#deps = deps;
  }

  /** The main bot joined; the room was read. @throws RemoteError when the homeserver has to be waited for */
  async answerJoin(work: RoomWork): Promise<readonly Reply[]> {
    const { room_id: roomId } = work.event;
    const { bots, rooms } = this.#deps;
    const record = await rooms.get(roomId);
    if (record?.create?.sender === bots.main.userId) return [];
    return this.#tell(work, record?.invitedBy ?? record?.adminUser);
  }

  /** We invited somebody to a direct chat that we opened. @throws RemoteError when the homeserver has to be waited for */
  async answerOwnInvite({ event }: RoomWork, person: UserId): Promise<readonly Reply[]> {
    const { room_id: roomId, sender, content } = event;
    if (sender !== this.#deps.bots.main.userId || content["is_direct"] !== true) return [];
    await knownRoom(this.#deps, roomId);
    await markAdminRoom(roomId, person, this.#deps);
    const { encrypted } = await changeRoom(this.#deps, roomId, (draft) => (draft.adminUser = person));
    await this.#deps.directChats.noteOpened(person);
    return [this.#say(roomId, encrypted === true ? encryptedByHomeserver : greeting)];
  }

  /** Encryption was turned on. @throws RemoteError when the homeserver has to be waited for */
  async answerEncryption(work: RoomWork): Promise<readonly Reply[]> {
    const { content, room_id: roomId, sender } = work.event;
    if (typeof content["algorithm"] !== "string") return [];
    await changeRoom(this.#deps, roomId, (draft) => (draft.encrypted = true));
    // The homeserver encrypts what we open.
    return this.#deps.bots.isOurs(sender) ? [] : this.#tell(work, sender);
  }

  async #tell(work: RoomWork, person: UserId | undefined): Promise<readonly Reply[]> {
    const { event_id: eventId, room_id: roomId } = work.event;
    const { rooms, bots } = this.#deps;
    const record = await rooms.get(roomId);
    if (record?.encrypted !== true || !record.bots.includes(bots.main.userId)) return [];
    if (record.encryptionToldBy !== undefined && record.encryptionToldBy !== eventId) return [];
    const chat = person !== undefined && this.#isHeard(person) ? await this.#deps.directChats.findOrOpen(person) : undefined;
    await changeRoom(this.#deps, roomId, (draft) => (draft.encryptionToldBy = eventId));
    return [
      this.#say(roomId, person === undefined || chat === undefined ? ownChat(bots.main.userId) : nameChat(person, chat, bots.main.userId)),
    ];
  }

  /** @throws RemoteError while it is not known */
  #isHeard(person: UserId): boolean {
    const { permissions, permissionRooms } = this.#deps;
    const isHeard = permissions.allowsAnywhere(person, "commands");
    if (!isHeard) waitForPermissions(permissionRooms);
    return isHeard;
  }

  #say(roomId: RoomId, text: Markdown): Reply {
    const message = notice(text.text, this.#renderer.inline(text), { "m.mentions": {} });
    return { roomId, sender: this.#deps.bots.main.userId, message };
  }
}

const unreadable = markdown`I cannot read encrypted rooms yet: what is typed here does not reach me.`;
const greeting = sentence("Hello! This chat is not encrypted, so that I can read what you type here. For a list of commands, type `help`.");
const encryptedByHomeserver = sentence(
  "The homeserver encrypted this chat, so that I cannot read what you type here. Ask its administrator not to encrypt every room (Synapse: `encryption_enabled_by_default_for_room_type`), then open a direct chat with me again.",
);

function nameChat(person: UserId, { roomId, isJoined }: DirectChat, bot: UserId): Markdown {
  const chat = linkTo("direct chat", `https://matrix.to/#/${encodeURIComponent(roomId)}?via=${encodeURIComponent(serverOf(bot))}`);
  return isJoined
    ? markdown`${unreadable} ${person}: type to me in our ${chat}, which is not encrypted.`
    : markdown`${unreadable} ${person}: I have invited you to a ${chat} that is not encrypted. Type ${sentence("`help`")} there.`;
}

function ownChat(bot: UserId): Markdown {
  return markdown`${unreadable} ${sentence(`To type commands, open a direct chat with \`${bot}\` and leave encryption switched off there.`)}`;
}
