import { RemoteError } from "../core/errors.js";
import { isUserId, type RoomId, type UserId } from "../core/ids.js";
import type { StateEvent } from "../core/matrix-event.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { KeyValueStore } from "../core/ports/service-store.js";
import { KeyedMutex } from "../delivery/keyed-mutex.js";
import type { BotDeps } from "./deps.js";
import type { ChatFinder, ChatWish, DirectChat } from "./direct-chat.js";
import { undefinedIfRefused } from "./room-records.js";

interface DirectChatDeps extends Pick<BotDeps, "bots" | "rooms" | "adminRooms" | "roomState" | "accounts" | "unitOfWork" | "log"> {
  /** By person: a chat with them is being opened, and it is not noted yet whose it is. Nobody else uses this group of values. */
  readonly marks: KeyValueStore;
}

type Chat = Pick<RoomRecord, "roomId"> & { readonly isEncrypted: boolean; readonly isOurs: boolean };

/**
 * The direct chats that people have with the main bot, and those that it opens. Whose chat a room is that it opened is noted in that room's
 * own turn, when the bot's invitation is told (encrypted-rooms.ts): nothing here waits for the turn of another room.
 *
 *   nothing noted -> a mark, synced -> the room is opened -> (its turn) the room's record says whose chat it is; the mark goes.
 *
 * Unlike a message, a room cannot be asked for twice under the same id: where a mark is found, an earlier try may have opened one, and it is
 * looked for before another is opened.
 */
export class DirectChats implements ChatFinder {
  readonly #deps: DirectChatDeps;
  /** Two rooms that need a chat with the same person at once get the same one. */
  readonly #people = new KeyedMutex();
  /** What was opened since the start: the record of the room may not say yet whose it is. */
  readonly #opened = new Map<UserId, Chat>();

  constructor(deps: DirectChatDeps) {
    this.#deps = deps;
  }

  findOrOpen(person: UserId, wish: ChatWish = {}): Promise<DirectChat | undefined> {
    return this.#people.run(person, async () => {
      const chats = await this.#chatsOf(person);
      for (const { roomId, isEncrypted } of inOrder(chats, wish.preferred)) {
        const membership = isEncrypted ? undefined : await this.#membershipOf(person, roomId);
        if (membership === undefined || (wish.isForSecret === true && !(await this.#isAlone(person, roomId)))) continue;
        return { roomId, isJoined: membership === "join" };
      }
      return chats.some(({ isEncrypted, isOurs }) => isEncrypted && isOurs) ? undefined : this.#open(person);
    });
  }

  async noteOpened(person: UserId): Promise<void> {
    const { marks, unitOfWork } = this.#deps;
    await this.#people.run(person, async () => {
      if ((await marks.get(person)) !== undefined) await unitOfWork.commit([marks.remove(person)]);
    });
  }

  async #chatsOf(person: UserId): Promise<readonly Chat[]> {
    const { rooms, bots, adminRooms } = this.#deps;
    const bot = bots.main.userId;
    const records = await Promise.all(adminRooms.ofPerson(person).map((roomId) => rooms.get(roomId)));
    const chats = records.flatMap((record): Chat[] => {
      if (record?.adminUser !== person || !record.bots.includes(bot)) return [];
      return [{ roomId: record.roomId, isEncrypted: record.encrypted ?? false, isOurs: record.create?.sender === bot }];
    });
    const opened = this.#opened.get(person);
    return opened === undefined || chats.some(({ roomId }) => roomId === opened.roomId) ? chats : [...chats, opened];
  }

  async #membershipOf(person: UserId, roomId: RoomId): Promise<"join" | "invite" | undefined> {
    const { roomState, bots } = this.#deps;
    const member = await roomState.read(roomId, "m.room.member", person, bots.main.userId).catch(undefinedIfRefused);
    return membershipIn(member);
  }

  /** Whether nobody but the person and our users reads along. */
  async #isAlone(person: UserId, roomId: RoomId): Promise<boolean> {
    const { roomState, bots } = this.#deps;
    const members = await roomState.joinedMembers(roomId, bots.main.userId).catch(undefinedIfRefused);
    return members?.every((member) => member === person || bots.isOurs(member)) ?? false;
  }

  async #open(person: UserId): Promise<DirectChat | undefined> {
    const { roomState, bots, marks } = this.#deps;
    const wasBegun = (await marks.get(person)) !== undefined;
    const roomId = (wasBegun ? await this.#findLeftBehind(person) : undefined) ?? (await this.#create(person));
    if (roomId === undefined) return undefined;
    const encryption = await roomState.read(roomId, "m.room.encryption", "", bots.main.userId);
    this.#opened.set(person, { roomId, isEncrypted: encryption !== undefined, isOurs: true });
    return encryption === undefined ? { roomId, isJoined: false } : undefined;
  }

  /** A room that we made for the person, and of which nothing is noted yet. */
  async #findLeftBehind(person: UserId): Promise<RoomId | undefined> {
    const { accounts, bots, rooms, roomState } = this.#deps;
    const bot = bots.main.userId;
    for (const roomId of await accounts.joinedRooms(bot)) {
      const record = await rooms.get(roomId);
      if (record?.create !== undefined && (record.create.sender !== bot || record.adminUser !== undefined)) continue;
      const state = await roomState.readAll(roomId, bot).catch(undefinedIfRefused);
      if (state !== undefined && personOfOpened(state, bot) === person) return roomId;
    }
    return undefined;
  }

  async #create(person: UserId): Promise<RoomId | undefined> {
    const { accounts, bots, log, marks, unitOfWork } = this.#deps;
    await unitOfWork.commit([marks.put(person, "opening")]);
    try {
      return await accounts.createDirectRoom(person, bots.main.userId);
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      // A homeserver that answers with a failure may have made the room without the person in it: each further try would make one more.
      if (error.isTransient && (error.status === undefined || error.status < 500)) throw error;
      log.warn({ person, error }, "A direct chat could not be opened");
      // A refusal made nothing that could be found later.
      if (!error.isTransient) await unitOfWork.commit([marks.remove(person)]);
      return undefined;
    }
  }
}

function inOrder(chats: readonly Chat[], preferred: RoomId | undefined): readonly Chat[] {
  const isFirst = ({ roomId }: Chat): boolean => roomId === preferred;
  return [...chats.filter(isFirst), ...chats.filter((chat) => !isFirst(chat))];
}

function membershipIn(content: Readonly<Record<string, unknown>> | undefined): "join" | "invite" | undefined {
  const membership = content?.["membership"];
  return membership === "join" || membership === "invite" ? membership : undefined;
}

/** For whom the bot opened the room: it made it, and the person is the only other one there. Undefined for any other room. */
function personOfOpened(state: readonly StateEvent[], bot: UserId): UserId | undefined {
  if (!state.some((event) => event.type === "m.room.create" && event.sender === bot)) return undefined;
  const [other, ...more] = state.filter((event) => event.type === "m.room.member" && event.state_key !== bot);
  if (other === undefined || more.length > 0 || !isUserId(other.state_key)) return undefined;
  return membershipIn(other.content) === undefined ? undefined : other.state_key;
}
