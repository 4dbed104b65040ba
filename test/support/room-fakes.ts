import { RemoteError } from "../../src/core/errors.js";
import type { EventId, RoomId, UserId } from "../../src/core/ids.js";
import type { MatrixEvent, StateEvent } from "../../src/core/matrix-event.js";
import type { BotAccounts, RoomAccountData, RoomState } from "../../src/core/ports/rooms.js";

type Content = Readonly<Record<string, unknown>>;

interface FakeRoom {
  readonly state: Map<string, StateEvent>;
  readonly history: Map<EventId, MatrixEvent>;
}

export const mainBot: UserId = "@hookshot:example.org";

/** Rooms as a homeserver keeps them, behind the ports; requests are noted, and may be made to fail. */
export class FakeRoomServer {
  /** Every request, in order: `readAll !room @bot`. */
  readonly requests: string[] = [];
  /** By `<room> <type>` for the main bot, by `<room> <type> <user>` for others. */
  readonly accountDataByRoom = new Map<string, Content>();
  /** Decides which requests fail. */
  failing: (request: string) => RemoteError | undefined = () => undefined;
  /** Decides which requests are carried out without the answer getting through. */
  losing: (request: string) => RemoteError | undefined = () => undefined;
  mostAtOnce = 0;
  #underWay = 0;
  #events = 0;
  readonly #rooms = new Map<RoomId, FakeRoom>();

  /** A room with a creator who may do everything, and joined members. */
  createRoom(roomId: RoomId, creator: UserId, members: readonly UserId[], create: Content = { room_version: "11" }): void {
    this.#rooms.set(roomId, { state: new Map(), history: new Map() });
    this.send(roomId, "m.room.create", "", create, creator);
    const users = Object.fromEntries(members.map((user) => [user, 50]));
    this.send(roomId, "m.room.power_levels", "", { users: { [creator]: 100, ...users }, state_default: 50 }, creator);
    for (const user of new Set([creator, ...members])) this.send(roomId, "m.room.member", user, { membership: "join" }, user);
  }

  /** Sets state and gives the event as a transaction brings it. */
  send(roomId: RoomId, type: string, stateKey: string, content: Content, sender: UserId): StateEvent {
    const room = this.#room(roomId);
    this.#events += 1;
    const replaced = room.state.get(`${type}\n${stateKey}`);
    const event: StateEvent = {
      type,
      state_key: stateKey,
      room_id: roomId,
      event_id: `$event${this.#events}`,
      sender,
      origin_server_ts: this.#events,
      content: structuredClone(content),
      ...(replaced === undefined ? {} : { unsigned: { replaces_state: replaced.event_id } }),
    };
    room.state.set(`${type}\n${stateKey}`, event);
    room.history.set(event.event_id, event);
    return event;
  }

  stateOf(roomId: RoomId, type: string, stateKey: string): StateEvent | undefined {
    return this.#room(roomId).state.get(`${type}\n${stateKey}`);
  }

  contentOf(roomId: RoomId, type: string, stateKey: string): Content | undefined {
    return this.stateOf(roomId, type, stateKey)?.content;
  }

  /** Empties an event as a redaction does. */
  redact(roomId: RoomId, eventId: EventId): void {
    const room = this.#room(roomId);
    const event = room.history.get(eventId);
    if (event === undefined) return;
    const redacted = { ...event, content: {} };
    room.history.set(eventId, redacted);
    for (const [key, current] of room.state) if (current.event_id === eventId) room.state.set(key, { ...current, content: {} });
  }

  /** Makes the room one that never had that state. */
  removeState(roomId: RoomId, type: string, stateKey: string): void {
    this.#room(roomId).state.delete(`${type}\n${stateKey}`);
  }

  leave(roomId: RoomId, user: UserId): void {
    this.send(roomId, "m.room.member", user, { membership: "leave" }, user);
  }

  setAccountData(roomId: RoomId, type: string, content: Content, as = mainBot): void {
    this.accountDataByRoom.set(accountDataPlace(roomId, type, as), structuredClone(content));
  }

  accountDataOf(roomId: RoomId, type: string, as = mainBot): Content | undefined {
    return this.accountDataByRoom.get(accountDataPlace(roomId, type, as));
  }

  /** Requests since the last time this was called. */
  takeRequests(): readonly string[] {
    return this.requests.splice(0);
  }

  readonly roomState: RoomState = {
    readAll: (roomId, as) => this.#answer(`readAll ${roomId} ${as}`, () => [...this.#seenBy(roomId, as).state.values()]),
    read: (roomId, type, stateKey, as) =>
      this.#answer(`read ${roomId} ${type}`, () => this.#seenBy(roomId, as).state.get(`${type}\n${stateKey}`)?.content),
    set: (roomId, type, stateKey, content, as) =>
      this.#answer(`set ${roomId} ${type} ${stateKey} ${JSON.stringify(content)}`, () =>
        this.#setOnce(roomId, type, stateKey, content, as),
      ),
    readEvent: (roomId, eventId) => this.#answer(`readEvent ${eventId}`, () => this.#room(roomId).history.get(eventId)),
    redact: (roomId, eventId, reason) => this.#answer(`redact ${eventId} ${reason}`, () => this.redact(roomId, eventId)),
    joinedMembers: (roomId) => this.#answer(`joinedMembers ${roomId}`, () => this.#joined(roomId)),
  };

  readonly accountData: RoomAccountData = {
    get: (roomId, type, as) => {
      const place = accountDataPlace(roomId, type, as);
      return this.#answer(`getAccountData ${place}`, () => this.accountDataByRoom.get(place));
    },
    set: (roomId, type, content, as) =>
      this.#answer(`setAccountData ${accountDataPlace(roomId, type, as)} ${JSON.stringify(content)}`, () =>
        this.setAccountData(roomId, type, content, as),
      ),
  };

  readonly accounts: Pick<BotAccounts, "join" | "joinedRooms" | "membership"> = {
    join: (roomId, as) => this.#answer(`join ${roomId} ${as}`, () => this.#join(roomId, as)),
    membership: (roomId, as) => this.#answer(`membership ${roomId} ${as}`, () => this.#membership(roomId, as)),
    joinedRooms: (as) =>
      this.#answer(`joinedRooms ${as}`, () => [...this.#rooms.keys()].filter((roomId) => this.#joined(roomId).includes(as))),
  };

  /** A homeserver gives the event that is there when the same sender sets the same again. */
  #setOnce(roomId: RoomId, type: string, stateKey: string, content: Content, as: UserId): EventId {
    const current = this.#seenBy(roomId, as).state.get(`${type}\n${stateKey}`);
    if (current?.sender === as && JSON.stringify(current.content) === JSON.stringify(content)) return current.event_id;
    return this.send(roomId, type, stateKey, content, as).event_id;
  }

  #joined(roomId: RoomId): UserId[] {
    const members = [...this.#room(roomId).state.values()].filter((event) => event.type === "m.room.member");
    // Tests use user ids as state keys of membership events.
    return members.filter((event) => event.content["membership"] === "join").map((event) => event.state_key as UserId);
  }

  /** Tests join by id only. Only who is invited to a room of the server becomes a member there. */
  #join(roomId: string, as: UserId): RoomId {
    const id = roomId as RoomId;
    if (this.#membership(id, as) === "invite") this.send(id, "m.room.member", as, { membership: "join" }, as);
    return id;
  }

  #membership(roomId: RoomId, as: UserId): string | undefined {
    const membership = this.#rooms.get(roomId)?.state.get(`m.room.member\n${as}`)?.content["membership"];
    return typeof membership === "string" ? membership : undefined;
  }

  #seenBy(roomId: RoomId, as: UserId): FakeRoom {
    const room = this.#room(roomId);
    if (!room.state.has(`m.room.member\n${as}`)) throw forbidden;
    return room;
  }

  #room(roomId: RoomId): FakeRoom {
    const room = this.#rooms.get(roomId);
    if (room === undefined) throw forbidden;
    return room;
  }

  async #answer<T>(request: string, act: () => T): Promise<T> {
    this.requests.push(request);
    this.#underWay += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#underWay);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      const failure = this.failing(request);
      if (failure !== undefined) throw failure;
      const result = act();
      const loss = this.losing(request);
      if (loss !== undefined) throw loss;
      return result;
    } finally {
      this.#underWay -= 1;
    }
  }
}

function accountDataPlace(roomId: RoomId, type: string, as: UserId): string {
  return as === mainBot ? `${roomId} ${type}` : `${roomId} ${type} ${as}`;
}

export const forbidden = new RemoteError("The homeserver answered 403 M_FORBIDDEN.", { status: 403, remoteCode: "M_FORBIDDEN" });
export const away = new RemoteError("The homeserver cannot be reached.");
export const broken = new RemoteError("The homeserver answered 500.", { status: 500 });
