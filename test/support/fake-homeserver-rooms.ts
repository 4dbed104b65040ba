/** The memory of the fake homeserver: users, rooms, events, transaction ids. */

export type Content = Readonly<Record<string, unknown>>;

export interface FakeEvent {
  readonly event_id: string;
  readonly room_id: string;
  readonly type: string;
  readonly sender: string;
  readonly origin_server_ts: number;
  content: Content;
  readonly state_key?: string;
  readonly redacts?: string;
  /** As the request named it; only the sending device is told. */
  readonly transactionId?: string;
  readonly deviceId?: string;
}

export interface NewEvent {
  readonly type: string;
  readonly sender: string;
  readonly content: Content;
  readonly stateKey?: string;
  readonly redacts?: string;
  readonly transactionId?: string;
  readonly deviceId?: string | undefined;
}

/** A room as a test asks for it. */
export interface RoomPreset {
  readonly roomId: string;
  /** Made its creator, with power level 100. */
  readonly creator: string;
  readonly members?: readonly string[];
  readonly invited?: readonly string[];
  readonly version?: string;
  /** Only who is invited may join. */
  readonly isInviteOnly?: true;
  readonly state?: readonly { readonly type: string; readonly stateKey: string; readonly content: Content; readonly sender?: string }[];
  readonly accountData?: readonly { readonly user: string; readonly type: string; readonly content: Content }[];
}

export class FakeRoom {
  readonly roomId: string;
  isInviteOnly = false;
  readonly timeline: FakeEvent[] = [];
  readonly #state = new Map<string, FakeEvent>();
  readonly #byId = new Map<string, FakeEvent>();
  readonly #nextEventId: () => string;

  constructor(roomId: string, nextEventId: () => string) {
    this.roomId = roomId;
    this.#nextEventId = nextEventId;
  }

  add(event: NewEvent): FakeEvent {
    const stored: FakeEvent = {
      event_id: this.#nextEventId(),
      room_id: this.roomId,
      type: event.type,
      sender: event.sender,
      origin_server_ts: Date.now(),
      content: event.content,
      ...(event.stateKey === undefined ? {} : { state_key: event.stateKey }),
      ...(event.redacts === undefined ? {} : { redacts: event.redacts }),
      ...(event.transactionId === undefined ? {} : { transactionId: event.transactionId }),
      ...(event.deviceId === undefined ? {} : { deviceId: event.deviceId }),
    };
    this.timeline.push(stored);
    this.#byId.set(stored.event_id, stored);
    if (stored.state_key !== undefined) this.#state.set(`${stored.type}\n${stored.state_key}`, stored);
    return stored;
  }

  state(): readonly FakeEvent[] {
    return [...this.#state.values()];
  }

  stateEvent(type: string, stateKey: string): FakeEvent | undefined {
    return this.#state.get(`${type}\n${stateKey}`);
  }

  event(eventId: string): FakeEvent | undefined {
    return this.#byId.get(eventId);
  }

  membership(user: string): string | undefined {
    const membership = this.stateEvent("m.room.member", user)?.content["membership"];
    return typeof membership === "string" ? membership : undefined;
  }

  setMembership(user: string, membership: string, sender = user, more: Content = {}): FakeEvent {
    return this.add({ type: "m.room.member", sender, stateKey: user, content: { ...more, membership } });
  }

  joinedMembers(): readonly string[] {
    return this.state()
      .filter((event) => event.type === "m.room.member" && event.content["membership"] === "join")
      .map((event) => event.state_key ?? "");
  }
}

/** Everything that survives a restart of the fake homeserver, and `memoryTransactions`, which does not. */
export class FakeMemory {
  readonly rooms = new Map<string, FakeRoom>();
  readonly users = new Set<string>();
  /** By user. */
  readonly devices = new Map<string, Set<string>>();
  readonly profiles = new Map<string, { displayname?: string; avatar_url?: string }>();
  /** By user, room and type. */
  readonly accountData = new Map<string, Content>();
  readonly media = new Map<string, Buffer>();
  /** Room ids by alias. */
  readonly aliases = new Map<string, string>();
  /** Sends as a device, by room, user, device and id: kept in Synapse's database. */
  readonly deviceTransactions = new Map<string, string>();
  /** All requests with a transaction id, by path: kept in Synapse's memory, whoever the appservice speaks for. */
  readonly memoryTransactions = new Map<string, string>();
  #events = 0;

  nextEventId = (): string => {
    this.#events += 1;
    return `$fake${String(this.#events).padStart(8, "0")}`;
  };

  createRoom(preset: RoomPreset): FakeRoom {
    const room = new FakeRoom(preset.roomId, this.nextEventId);
    room.isInviteOnly = preset.isInviteOnly ?? false;
    const { creator, version = "10" } = preset;
    room.add({ type: "m.room.create", sender: creator, stateKey: "", content: { creator, room_version: version } });
    room.setMembership(creator, "join");
    room.add({ type: "m.room.power_levels", sender: creator, stateKey: "", content: { users: { [creator]: 100 } } });
    for (const user of preset.members ?? []) room.setMembership(user, "join");
    for (const user of preset.invited ?? []) room.setMembership(user, "invite", creator);
    for (const { sender, ...event } of preset.state ?? []) room.add({ ...event, sender: sender ?? creator });
    for (const { user, type, content } of preset.accountData ?? []) this.accountData.set(`${user}\n${preset.roomId}\n${type}`, content);
    this.rooms.set(preset.roomId, room);
    return room;
  }

  hasDevice(user: string, device: string): boolean {
    return this.devices.get(user)?.has(device) ?? false;
  }

  addDevice(user: string, device: string): boolean {
    const devices = this.devices.get(user) ?? new Set<string>();
    this.devices.set(user, devices);
    const isNew = !devices.has(device);
    devices.add(device);
    return isNew;
  }

  /** The device goes, and the database's memory of its transaction ids with it. */
  removeDevice(user: string, device: string): void {
    this.devices.get(user)?.delete(device);
    const marker = `\n${user}\n${device}\n`;
    for (const key of this.deviceTransactions.keys()) if (key.includes(marker)) this.deviceTransactions.delete(key);
  }
}
