import { AdminRooms } from "../../src/bot/admin-rooms.js";
import type { BotDeps } from "../../src/bot/deps.js";
import { DirectChats } from "../../src/bot/direct-chats.js";
import { createRoomEventHandler } from "../../src/bot/handle-room-event.js";
import { NotFoundError } from "../../src/core/errors.js";
import type {
  AccessInput,
  ConnectionOperations,
  ConnectInput,
  DisconnectInput,
  ProvisionInput,
  ProvisionResult,
  RoomAccess,
  UpdateInput,
} from "../../src/connections/operations.js";
import { BotDirectory } from "../../src/core/bots.js";
import { connectionId, type Connection } from "../../src/core/connection.js";
import { isRoomId, type EventId, type RoomId, type UserId } from "../../src/core/ids.js";
import type { MatrixEvent, StateEvent } from "../../src/core/matrix-event.js";
import { createPermissions, type PermissionRule } from "../../src/core/permissions.js";
import type { MessageSender, OutgoingEvent } from "../../src/core/ports/message-sender.js";
import type { RoomRecord, RoomStore } from "../../src/core/ports/room-store.js";
import type { Reply, RoomQueue, RoomWork } from "../../src/core/ports/room-work.js";
import type { BotAccounts, RoomAccountData, RoomState } from "../../src/core/ports/rooms.js";
import type { KeyValueStore } from "../../src/core/ports/service-store.js";
import type { Put, StoreChange, UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import type { RoomEventAnswer, RoomEventCall } from "../../src/core/room-listener.js";
import type { ActiveService, ConnectionKind, ConnectResult, Resolution, ResolveInput, Service } from "../../src/core/service.js";
import type {
  AccountCommand,
  CommandArgument,
  CommandReaction,
  ConnectionCommand,
  ConnectionCommandCall,
} from "../../src/core/room-commands.js";
import { markdown, type Markdown } from "../../src/shared/markdown.js";
import { createMemoryLogins } from "./memory-logins.js";
import { createServiceContext } from "./service-context.js";

type Content = Readonly<Record<string, unknown>>;

export const room: RoomId = "!room:example.org";
export const mainBot: UserId = "@hookshot:example.org";
export const serviceBot: UserId = "@tracker:example.org";
export const ghost: UserId = "@_hookshot_ann:example.org";
export const alice: UserId = "@alice:example.org";
export const mallory: UserId = "@mallory:evil.example";
export const now = 1_700_000_000_000;

/** Records of rooms, and changes that are carried out when they are committed. */
export class FakeRooms implements RoomStore, UnitOfWork {
  readonly records = new Map<RoomId, RoomRecord>();
  /** What was committed under keys that are no room ids. */
  readonly values = new Map<string, string>();

  async get(roomId: RoomId): Promise<RoomRecord | undefined> {
    return this.records.get(roomId);
  }

  put(record: RoomRecord): StoreChange[] {
    return [{ type: "put", key: record.roomId, value: JSON.stringify(record) }];
  }

  remove(roomId: RoomId): StoreChange[] {
    return [{ type: "del", key: roomId }];
  }

  async list(after: RoomId | undefined, limit: number): Promise<readonly RoomRecord[]> {
    const sorted = [...this.records.values()].sort((left, right) => (left.roomId < right.roomId ? -1 : 1));
    return sorted.filter((record) => after === undefined || record.roomId > after).slice(0, limit);
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    for (const change of changes) {
      const { key } = change;
      if (isRoomId(key)) {
        // Made by `put` above.
        if (change.type === "put") this.records.set(key, JSON.parse(String(change.value)) as RoomRecord);
        else this.records.delete(key);
      } else if (change.type === "put") this.values.set(key, String(change.value));
      else this.values.delete(key);
    }
  }
}

/** Room state, account data and membership as the homeserver has them; `fail` makes one method throw. */
export class FakeRoomPorts implements RoomState, RoomAccountData, BotAccounts {
  readonly state = new Map<string, Content>();
  readonly accountData = new Map<string, Content>();
  /** What reading all state of a room gives; by itself `state` above holds contents only. */
  readonly wholeStates = new Map<RoomId, readonly StateEvent[]>();
  /** Rooms that the bots are in, besides those it opens. */
  readonly joined: RoomId[] = [];
  /** Called when a direct chat is opened, before the answer. */
  onOpened: (roomId: RoomId) => void = () => undefined;
  #opened = 0;
  /** Requests that change something, and reads, in order: `join !room @bot`. */
  readonly requests: string[] = [];
  readonly #failures = new Map<string, unknown>();

  fail(method: string, error: unknown): void {
    this.#failures.set(method, error);
  }

  heal(): void {
    this.#failures.clear();
  }

  setState(roomId: RoomId, type: string, content: Content, stateKey = ""): void {
    this.state.set(`${roomId}/${type}/${stateKey}`, content);
  }

  #request(method: string, ...words: readonly string[]): void {
    this.requests.push([method, ...words].join(" "));
    if (this.#failures.has(method)) throw this.#failures.get(method);
  }

  async readAll(roomId: RoomId): Promise<readonly StateEvent[]> {
    this.#request("readAll", roomId);
    return this.wholeStates.get(roomId) ?? [];
  }

  async read(roomId: RoomId, type: string, stateKey: string): Promise<Content | undefined> {
    this.#request("read", roomId, type);
    return this.state.get(`${roomId}/${type}/${stateKey}`);
  }

  /** Events that a bot may read by their ids. */
  readonly events = new Map<EventId, MatrixEvent>();

  async readEvent(roomId: RoomId, eventId: EventId): Promise<MatrixEvent | undefined> {
    this.#request("readEvent", roomId, eventId);
    return this.events.get(eventId);
  }

  async redact(roomId: RoomId, eventId: EventId, _reason: string, as: UserId): Promise<void> {
    this.#request("redact", roomId, eventId, as);
  }

  /** Who is in each room. */
  members: readonly UserId[] = [alice];

  async joinedMembers(): Promise<readonly UserId[]> {
    this.#request("joinedMembers");
    return this.members;
  }

  async get(roomId: RoomId, type: string): Promise<Content | undefined> {
    return this.accountData.get(`${roomId}/${type}`);
  }

  set(roomId: RoomId, type: string, content: Content, as: UserId): Promise<void>;
  set(roomId: RoomId, type: string, stateKey: string, content: Content, as: UserId): Promise<EventId>;
  async set(roomId: RoomId, type: string, third: string | Content): Promise<EventId | void> {
    if (typeof third === "string") throw new Error("The bot writes no state itself");
    this.#request("setAccountData", roomId, type);
    this.accountData.set(`${roomId}/${type}`, third);
  }

  async join(roomIdOrAlias: string, as: UserId, via: readonly string[] = []): Promise<RoomId> {
    this.#request("join", roomIdOrAlias, as, ...via);
    // Tests join by id only.
    return roomIdOrAlias as RoomId;
  }

  async leave(roomId: RoomId, as: UserId, reason?: string): Promise<void> {
    this.#request("leave", roomId, as, reason ?? "");
  }

  /** What our bots are in rooms that they are not known to be in. */
  readonly memberships = new Map<RoomId, string>();

  async membership(roomId: RoomId, as: UserId): Promise<string | undefined> {
    this.#request("membership", roomId, as);
    return this.memberships.get(roomId);
  }

  async joinedRooms(): Promise<readonly RoomId[]> {
    return this.joined;
  }

  async sendReadReceipt(roomId: RoomId, eventId: EventId): Promise<void> {
    this.#request("receipt", roomId, eventId);
  }

  async createDirectRoom(person: UserId, as: UserId): Promise<RoomId> {
    this.#request("createDirectRoom", person, as);
    this.#opened += 1;
    const roomId: RoomId = `!opened${this.#opened}:example.org`;
    this.setState(roomId, "m.room.member", { membership: "invite", is_direct: true }, person);
    this.joined.push(roomId);
    this.onOpened(roomId);
    return roomId;
  }
}

/** A connection of the tracker service. */
export function connection(name: string, extra: Partial<Connection> = {}): Connection {
  const stateKey = extra.stateKey ?? `https://tracker.example/${name}`;
  const roomId = extra.roomId ?? room;
  return {
    id: connectionId(roomId, trackerType, stateKey),
    roomId,
    serviceId: "tracker",
    kindId: "project",
    eventType: trackerType,
    stateKey,
    state: { url: `https://tracker.example/${name}` },
    eventId: `$${name}`,
    sender: mainBot,
    remoteKeys: [name],
    status: { kind: "active" },
    priority: -1,
    ...extra,
  };
}

/** Connections in a list; records what was called. Errors to throw stand in `refusals` by method. */
export class FakeOperations implements ConnectionOperations {
  connections: Connection[] = [];
  readonly calls: string[] = [];
  readonly connected: ConnectInput[] = [];
  readonly disconnected: DisconnectInput[] = [];
  readonly refusals = new Map<keyof ConnectionOperations, unknown>();
  /** What is said of state events. */
  isAccepted = true;
  /** What reading a room finds, beside what is known of it. */
  facts: Partial<RoomRecord> = {};
  readonly #rooms: FakeRooms;

  constructor(rooms: FakeRooms) {
    this.#rooms = rooms;
  }

  #call(method: keyof ConnectionOperations, ...words: readonly string[]): void {
    this.calls.push([method, ...words].join(" "));
    if (this.refusals.has(method)) throw this.refusals.get(method);
  }

  async list(roomId: RoomId): Promise<readonly Connection[]> {
    return this.connections.filter((known) => known.roomId === roomId);
  }

  async checkMayChange(roomId: RoomId, actor: UserId, _service: ActiveService, eventType: string): Promise<void> {
    this.#call("checkMayChange", roomId, actor, eventType);
  }

  /** Secret ids by state key. */
  readonly secretIds = new Map<string, string>();

  async secretIdOf({ stateKey }: Connection): Promise<string | undefined> {
    this.#call("secretIdOf", stateKey);
    return this.secretIds.get(stateKey);
  }

  async connect(input: ConnectInput): Promise<ConnectResult> {
    this.#call("connect", input.roomId, input.target.name);
    this.connected.push(input);
    const known = this.connections.find((candidate) => candidate.stateKey === input.target.stateKey);
    if (known !== undefined) return { kind: "exists", connection: known };
    const created = connection(input.target.name, { stateKey: input.target.stateKey, state: input.target.state });
    this.connections.push(created);
    return { kind: "created", connection: created };
  }

  async disconnect(input: DisconnectInput): Promise<void> {
    this.#call("disconnect", input.connection.stateKey, input.write);
    this.disconnected.push(input);
    this.connections = this.connections.filter((known) => known !== input.connection);
  }

  /** What programs asked for. */
  readonly accessAsked: AccessInput[] = [];
  readonly provisioned: ProvisionInput[] = [];
  readonly updated: UpdateInput[] = [];
  /** What goes with a connection that a program set up. */
  provisionExtra: Partial<ProvisionResult> = {};

  async checkAccess(input: AccessInput): Promise<RoomAccess> {
    const { roomId, actor } = input;
    this.accessAsked.push(input);
    this.#call("checkAccess", roomId, actor);
    return { bot: { userId: mainBot, prefix: "!hookshot" } };
  }

  async provision(input: ProvisionInput): Promise<ProvisionResult> {
    this.provisioned.push(input);
    this.#call("provision", input.roomId, input.kindId);
    const created = connection("provisioned", { state: input.config });
    this.connections.push(created);
    return { connection: created, ...this.provisionExtra };
  }

  async update(input: UpdateInput): Promise<ProvisionResult> {
    const { connection: id, patch } = input;
    this.updated.push(input);
    this.#call("update", id);
    const known = this.connections.find((candidate) => candidate.id === id);
    if (known === undefined) throw new NotFoundError("Connection does not exist");
    return { connection: { ...known, state: { ...known.state, ...patch } } };
  }

  async settle(roomId: RoomId): Promise<void> {
    this.#call("settle", roomId);
  }

  async unsettledRooms(): Promise<readonly RoomId[]> {
    return [];
  }

  async applyStateEvent(event: StateEvent): Promise<{ readonly accepted: boolean }> {
    this.#call("applyStateEvent", event.event_id);
    return { accepted: this.isAccepted };
  }

  async applyRedaction(roomId: RoomId, redacted: EventId): Promise<void> {
    this.#call("applyRedaction", roomId, redacted);
  }

  async readRoom(roomId: RoomId): Promise<void> {
    this.#call("readRoom", roomId);
    const before = this.#rooms.records.get(roomId) ?? { roomId, bots: [] };
    this.#rooms.records.set(roomId, { ...before, ...this.facts, readAt: now });
  }

  async forgetRoom(roomId: RoomId): Promise<void> {
    this.#call("forgetRoom", roomId);
  }

  /** Called when a carry-over succeeded, with the number of connections that moved. */
  onMoved: (from: RoomId, to: RoomId, count: number) => void = () => undefined;

  async carryOver(from: RoomId, to: RoomId): Promise<readonly { readonly from: Connection; readonly to: Connection }[]> {
    this.#call("carryOver", from, to);
    const moved = this.connections.filter((known) => known.roomId === from);
    this.connections = this.connections.filter((known) => known.roomId !== from);
    this.onMoved(from, to, moved.length);
    return moved.map((old) => ({ from: old, to: { ...old, roomId: to } }));
  }
}

export const trackerType = "org.example.tracker.project";

const projectKind: ConnectionKind<unknown> = {
  id: "project",
  title: "Tracker project",
  stateTypes: [trackerType, "org.example.old.tracker"],
  stateSchema: {},
  defaultCommandPrefix: "!tracker",
  remoteKeys: () => [],
  resourceKey: (state) => String(state["url"]).replace(/^https?:/, ""),
  describe: (state) => ({ name: String(state["url"]).split("/").at(-1) ?? "", url: String(state["url"]) }),
  // An item's address names its project too.
  isNamed: (state, _stateKey, typed, remoteName) =>
    [typed, typed.toUpperCase(), typed.replace(/-\d+$/, "")].some(
      (name) => String(state["url"]).endsWith(`/${name}`) || state["url"] === name,
    ) &&
    (remoteName === undefined || String(state["url"]).includes(remoteName)),
  // Everything is at a remote that was registered so.
  isAtRegistered: async (_state, remoteName) => remoteName === "Registered One",
  render: () => ({ kind: "ignored", reason: "nothing is rendered here" }),
};

/** What the tracker's commands take: prose before other arguments, prose at the end, an item, nothing. */
const commandArguments: Readonly<Record<string, readonly CommandArgument[]>> = {
  create: [
    { name: "type", required: true },
    { name: "title", required: true, isText: true },
    { name: "description", required: false },
    { name: "labels", required: false },
  ],
  comment: [
    { name: "issue", required: true, isItem: true },
    { name: "text", required: true, isText: true },
  ],
  search: [{ name: "text", required: true, isText: true }],
  "search exactly": [{ name: "query", required: true, isText: true }],
  types: [],
};

/** A tiny service. `asked` holds what it was asked to resolve; `answer` is what it says. */
export class FakeTracker {
  readonly asked: ResolveInput[] = [];
  /** What `resolve` gives, or throws if it is an Error. */
  answer: Resolution | Error = {
    kind: "found",
    target: {
      kindId: "project",
      stateKey: "https://tracker.example/PLAY",
      state: { url: "https://tracker.example/PLAY" },
      name: "PLAY",
      remote: "main (https://tracker.example)",
    },
  };

  /** Calls of its commands. */
  readonly ran: (ConnectionCommandCall & { readonly name: string })[] = [];
  /** What a command does besides being noted. */
  onRun: (call: ConnectionCommandCall) => Promise<Markdown | CommandReaction> = async ({ connection: { stateKey } }) =>
    markdown`done at ${stateKey}`;
  /** What was typed after the names of its account commands. */
  readonly accountWords: (readonly string[])[] = [];
  onAccount: () => Promise<{ readonly answer: Markdown; readonly changes?: readonly StoreChange[] }> = async () => ({
    answer: markdown`Token stored.`,
  });
  logins = createMemoryLogins();

  /** Whether its projects hear an event. */
  hears: (event: MatrixEvent, at: Connection) => boolean = () => false;
  /** What its projects were asked to act on. */
  readonly heard: RoomEventCall[] = [];
  onEvent: (call: RoomEventCall) => Promise<RoomEventAnswer> = async () => ({ isHandled: false });

  readonly #account: AccountCommand<unknown>["run"] = async (words) => {
    this.accountWords.push(words);
    return this.onAccount();
  };

  /** Commands that ask for a permission level, by names that do not begin with the service's word. */
  readonly #leveled = (["notifications", "admin"] as const).map((level): AccountCommand<unknown> => ({
    name: `filters ${level}`,
    arguments: [{ name: "filter", required: false }],
    help: `Needs ${level}.`,
    level,
    run: this.#account,
  }));

  readonly service: Service<unknown> = {
    id: "tracker",
    title: "Tracker",
    configKey: "tracker",
    permissionName: "tracker",
    configSchema: {},
    kinds: [
      {
        ...projectKind,
        commands: Object.entries(commandArguments).map(([name, args]): ConnectionCommand<unknown> => ({
          name,
          arguments: args,
          help: `Help of ${name}.`,
          effect: name === "create" || name === "comment" ? "change" : "read",
          run: async (call) => {
            this.ran.push({ ...call, name });
            return this.onRun(call);
          },
        })),
        note: (state) => (typeof state["note"] === "string" ? state["note"] : undefined),
        listener: {
          hears: (event, at) => this.hears(event, at),
          handle: async (call) => {
            this.heard.push(call);
            return this.onEvent(call);
          },
        },
        ownsItem: (state, _stateKey, typed) =>
          /-\d+$/.test(typed) && String(state["url"]).endsWith(`/${typed.split("/").at(-1)?.split("-", 1)[0] ?? ""}`),
      },
      {
        ...projectKind,
        id: "outlet",
        title: "Tracker outlet",
        stateTypes: ["org.example.tracker.outlet"],
        listener: { hears: () => true, forward: () => Promise.reject(new Error("Nothing is handed on here")) },
      },
    ],
    accountCommands: [
      {
        name: "tracker token",
        arguments: [
          { name: "instance", required: true },
          { name: "email", required: false },
          { name: "token", required: true },
        ],
        help: "Log in.",
        level: "login",
        takesSecret: true,
        run: this.#account,
      },
      { name: "tracker logout", arguments: [], help: "Log out.", run: this.#account },
      ...this.#leveled,
    ],
    resolve: async (input) => {
      this.asked.push(input);
      if (this.answer instanceof Error) throw this.answer;
      return this.answer;
    },
    setupCommands: [
      {
        name: "tracker project",
        arguments: [{ name: "url", required: true }],
        help: "Create a connection.",
        effect: "change",
        run: async (values, setup) => {
          if (this.answer instanceof Error) throw this.answer;
          if (this.answer.kind === "found") await setup.connect(this.answer.target, this.answer.changes);
          return { body: `Room configured to bridge ${values["url"] ?? "nothing"}.` };
        },
      },
      {
        name: "tracker remove project",
        arguments: [{ name: "url", required: true }],
        help: "Remove a connection.",
        effect: "change",
        run: async (values, setup) => {
          for (const known of await setup.connections()) await setup.disconnect(known);
          return { body: `Room no longer bridged to ${values["url"] ?? "nothing"}.` };
        },
      },
      {
        name: "tracker list project",
        arguments: [],
        help: "Show projects.",
        effect: "read",
        run: async (_values, setup) => ({ body: " * one", html: `<ul><li>${(await setup.connections()).length}</li></ul>` }),
      },
    ],
  };

  get active(): ActiveService {
    return { service: this.service, context: createServiceContext<unknown>({}, { logins: this.logins, now: () => now }) };
  }
}

/** What was sent past the outbox; a message that a transaction id was used for is sent once. */
export class FakeSender implements MessageSender {
  readonly sent = new Map<string, OutgoingEvent>();
  isSafe = true;
  failure: Error | undefined;
  /** Tries, and looks for an earlier one. */
  readonly requests: string[] = [];

  async send(event: OutgoingEvent): Promise<EventId> {
    this.requests.push(`send ${event.roomId}`);
    if (this.failure !== undefined) throw this.failure;
    if (!this.sent.has(event.transactionId)) this.sent.set(event.transactionId, event);
    return `$${event.transactionId}`;
  }

  isRepeatSafe(): boolean {
    return this.isSafe;
  }

  async find(event: OutgoingEvent): Promise<EventId | undefined> {
    this.requests.push(`find ${event.roomId}`);
    return this.sent.has(event.transactionId) ? `$${event.transactionId}` : undefined;
  }

  /** Where what was said. */
  get said(): readonly string[] {
    return [...this.sent.values()].map(({ roomId, message }) => `${roomId}: ${String(message.content["body"])}`);
  }
}

/** A group of values of their own, which are there when they are committed. */
class FakeMarks implements KeyValueStore {
  readonly #unitOfWork: FakeRooms;

  constructor(unitOfWork: FakeRooms) {
    this.#unitOfWork = unitOfWork;
  }

  get(key: string): string | undefined {
    return this.#unitOfWork.values.get(`mark/${key}`);
  }

  put(key: string, value: string): Put {
    return { type: "put", key: `mark/${key}`, value };
  }

  remove(key: string): StoreChange {
    return { type: "del", key: `mark/${key}` };
  }
}

/** Runs at once: the tests do one thing at a time. */
class ImmediateQueue implements RoomQueue {
  async run<T>(_roomId: RoomId, task: () => Promise<T>): Promise<T> {
    return task();
  }
}

export interface LoggedLine {
  readonly level: "info" | "warn" | "error";
  readonly fields: object;
  readonly message: string;
}

export interface BotRigOptions {
  readonly rules?: readonly PermissionRule[];
  readonly withServiceBot?: boolean;
  readonly overrides?: Partial<BotDeps>;
  readonly tracker?: FakeTracker;
}

export interface BotRig {
  readonly deps: BotDeps;
  readonly rooms: FakeRooms;
  readonly ports: FakeRoomPorts;
  readonly operations: FakeOperations;
  readonly sender: FakeSender;
  readonly tracker: FakeTracker;
  readonly log: LoggedLine[];
  readonly told: string[];
  /** Rooms in which a bot may have got the right to speak. */
  readonly maySpeak: RoomId[];
}

export const everybodyManages: readonly PermissionRule[] = [{ actor: "*", services: [{ level: "manageConnections" }] }];

/** Everything that the bot needs, in memory. The main bot is in `room`, which was read. */
export function botRig({
  rules = everybodyManages,
  withServiceBot = false,
  overrides = {},
  tracker = new FakeTracker(),
}: BotRigOptions = {}): BotRig {
  const rooms = new FakeRooms();
  const ports = new FakeRoomPorts();
  const operations = new FakeOperations(rooms);
  const sender = new FakeSender();
  const log: LoggedLine[] = [];
  const told: string[] = [];
  const maySpeak: RoomId[] = [];
  const line =
    (level: LoggedLine["level"]) =>
    (fields: object, message: string): void => {
      log.push({ level, fields, message });
    };
  rooms.records.set(room, {
    roomId: room,
    bots: withServiceBot ? [mainBot, serviceBot] : [mainBot],
    readAt: now,
    create: { sender: alice, content: { room_version: "10" } },
  });
  const bots = new BotDirectory(
    { userId: mainBot, prefix: "!hookshot" },
    withServiceBot ? [{ userId: serviceBot, service: "tracker", prefix: "!track" }] : [],
    [/@_hookshot_.*/],
  );
  const botLog = { info: line("info"), warn: line("warn"), error: line("error") };
  const adminRooms = new AdminRooms();
  operations.onMoved = (from, to, count) => void told.push(`replaced ${from} ${to} ${count}`);
  const deps: BotDeps = {
    bots,
    services: [tracker.active],
    disabledServices: [
      {
        id: "forge",
        title: "Forge",
        configKey: "forge",
        permissionName: "forge",
        setupCommands: [
          { name: "forge repo", arguments: [{ name: "url", required: true }], help: "Never shown.", effect: "change", run: neverRun },
        ],
      },
    ],
    unbuiltServices: [{ permissionName: "paint", title: "Paint", aliases: ["painting"] }],
    permissions: createPermissions(rules, () => undefined),
    permissionRooms: { has: () => false, isLoading: () => false, applyMember: () => undefined },
    operations,
    rooms,
    unitOfWork: rooms,
    roomState: ports,
    accountData: ports,
    accounts: ports,
    adminRooms,
    directChats: new DirectChats({
      ...{ bots, rooms, adminRooms, unitOfWork: rooms, roomState: ports, accounts: ports, marks: new FakeMarks(rooms), log: botLog },
    }),
    sender,
    queue: new ImmediateQueue(),
    clock: { now: () => now },
    log: botLog,
    surveyRemotes: async () => [],
    onMaySpeak: (roomId) => void maySpeak.push(roomId),
    ...overrides,
  };
  return { deps, rooms, ports, operations, sender, tracker, log, told, maySpeak };
}

/** The bot's handler, for tests that look at nothing but what is said. */
export function createSpeaker(deps: BotDeps): (work: RoomWork) => Promise<readonly Reply[]> {
  const handle = createRoomEventHandler(deps);
  return async (work) => (await handle(work)).replies;
}

function neverRun(): Promise<never> {
  return Promise.reject(new Error("A service that is off was asked"));
}

/** A state event, of the room and by alice unless said otherwise. */
export function stateEvent(type: string, content: Content, extra: Partial<StateEvent> = {}): StateEvent {
  return {
    type,
    event_id: "$state",
    room_id: room,
    sender: alice,
    origin_server_ts: now,
    content,
    state_key: "",
    ...extra,
  };
}

export function memberEvent(membership: string, member: UserId, extra: Partial<StateEvent> = {}): StateEvent {
  const { content, ...others } = extra;
  return stateEvent("m.room.member", { membership, ...content }, { state_key: member, ...others });
}

export function messageEvent(body: string, extra: Partial<MatrixEvent> = {}): MatrixEvent {
  const { content, ...others } = extra;
  return {
    type: "m.room.message",
    event_id: "$command",
    room_id: room,
    sender: alice,
    origin_server_ts: now,
    content: { msgtype: "m.text", body, ...content },
    ...others,
  };
}

export function work(event: MatrixEvent, extra: Partial<RoomWork> = {}): RoomWork {
  return { event, receivedAt: now, begun: false, markBegun: () => Promise.resolve(), ...extra };
}

/** The bodies of notices, and the keys of reactions, in order. */
export function spoken(replies: readonly Reply[]): readonly string[] {
  return replies.map(({ message }) => {
    const relation = message.content["m.relates_to"];
    const key = typeof relation === "object" && relation !== null && "key" in relation ? relation.key : undefined;
    return String(message.content["body"] ?? key);
  });
}
