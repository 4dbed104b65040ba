import type { Connection } from "../../src/core/connection.js";
import { connectionId } from "../../src/core/connection.js";
import type { Delivery, InboxEvent } from "../../src/core/delivery.js";
import { RemoteError, StorageError } from "../../src/core/errors.js";
import type { EventId, RoomId, UserId } from "../../src/core/ids.js";
import { notice, type RoomMessage } from "../../src/core/message.js";
import type { Ghosts } from "../../src/core/ports/ghosts.js";
import type { MessageSender, OutgoingEvent } from "../../src/core/ports/message-sender.js";
import type { KeptEventStore, SeenStore, StoredForward, WorkStore } from "../../src/core/ports/delivery-stores.js";
import type { StoreChange, UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import type { ParsedWebhook } from "../../src/core/service.js";
import type { DeliveryEvents } from "../../src/delivery/events.js";
import { FirstReading } from "../../src/delivery/first-reading.js";
import { IdSource } from "../../src/delivery/id-source.js";
import { createAnnouncer } from "../../src/delivery/announcer.js";
import { Forwards } from "../../src/delivery/forwards.js";
import { Inbox, type AcceptInput, type WatchedAcceptance } from "../../src/delivery/inbox.js";
import { Outbox } from "../../src/delivery/outbox.js";
import { Outcomes } from "../../src/delivery/outcomes.js";
import { readOwnEvent } from "../../src/delivery/own-events.js";
import { Router } from "../../src/delivery/router.js";
import type { RoomRendering } from "../../src/delivery/room-rendering.js";
import type { LateWords } from "../../src/delivery/words.js";
import type { Database } from "../../src/storage/database.js";
import { prepareStorage, type Storage } from "../../src/storage/open.js";
import { createDeliveryStore } from "../../src/storage/stores/delivery-store.js";
import { createForwardStore } from "../../src/storage/stores/forward-store.js";
import { createInboxStore } from "../../src/storage/stores/inbox-store.js";
import { createKeptEventStore } from "../../src/storage/stores/kept-event-store.js";
import { createMetaStore } from "../../src/storage/stores/meta-store.js";
import { createSeenStore } from "../../src/storage/stores/seen-store.js";
import { createWorkStore } from "../../src/storage/stores/work-store.js";
import { ManualClock } from "./manual-clock.js";
import { seededRandom } from "./seeded-random.js";

export const bot: UserId = "@bot:example.org";

/** A homeserver in memory that takes one event per transaction id; tests say what it answers. */
export class RecordingSender implements MessageSender {
  readonly sent: { readonly roomId: RoomId; readonly body: string; readonly transactionId: string; readonly sender: UserId }[] = [];
  tries = 0;
  /** Called before each try; what it throws is the answer. `store` keeps the event all the same, as when an answer was cut off. */
  onTry: (event: OutgoingEvent, store: () => void) => void | Promise<void> = () => undefined;
  repeatSafe = true;
  finds = 0;
  /** As Synapse does at a restart where sends are made without a device: a known transaction id gives a second event. */
  forgetsIds = false;

  async send(event: OutgoingEvent): Promise<EventId> {
    this.tries += 1;
    let stored: EventId | undefined;
    await this.onTry(event, () => {
      stored = this.#store(event);
    });
    return stored ?? this.#store(event);
  }

  #store(event: OutgoingEvent): EventId {
    const known = this.forgetsIds ? -1 : this.sent.findIndex((other) => other.transactionId === event.transactionId);
    if (known >= 0) return `$${known}`;
    this.sent.push({
      roomId: event.roomId,
      body: String(event.message.content["body"]),
      transactionId: event.transactionId,
      sender: event.sender,
    });
    return `$${this.sent.length - 1}`;
  }

  isRepeatSafe(): boolean {
    return this.repeatSafe;
  }

  async find(event: OutgoingEvent): Promise<EventId | undefined> {
    this.finds += 1;
    const known = this.sent.findIndex((other) => other.transactionId === event.transactionId);
    return known >= 0 ? `$${known}` : undefined;
  }

  bodies(roomId?: RoomId): string[] {
    return this.sent.filter((one) => roomId === undefined || one.roomId === roomId).map((one) => one.body);
  }
}

/** Ghosts of a homeserver in memory; tests say what keeps one from a room. */
export class RecordedGhosts implements Ghosts {
  readonly joined = new Set<string>();
  readonly prepared: string[] = [];
  /** Called before a ghost is made ready; what it throws is the answer. */
  onPrepare: (userId: UserId, roomId: RoomId) => void | Promise<void> = () => undefined;
  /** What this process remembers of them. */
  readonly #known = new Set<string>();

  prepare(userId: UserId, ghost: { readonly displayName: string }, roomId: RoomId): Promise<void> | undefined {
    const place = `${userId} ${roomId}`;
    if (this.#known.has(place)) return undefined;
    return this.#prepare(userId, ghost.displayName, roomId).then(() => void this.#known.add(place));
  }

  forget(userId: UserId, roomId: RoomId): void {
    this.#known.delete(`${userId} ${roomId}`);
  }

  /** As after a restart of the program. */
  forgetAll(): void {
    this.#known.clear();
  }

  async #prepare(userId: UserId, displayName: string, roomId: RoomId): Promise<void> {
    await this.onPrepare(userId, roomId);
    this.prepared.push(`${userId} ${displayName} ${roomId}`);
    this.joined.add(`${userId} ${roomId}`);
  }
}

/** What the homeserver answers to a send; no status means that no answer came. */
export function homeserverAnswer(
  status: number | undefined,
  remoteCode?: string,
  more: { readonly retryAfterMs?: number; readonly outcomeUnknown?: boolean } = {},
): RemoteError {
  return new RemoteError(`answered ${status ?? "nothing"}`, {
    ...(status === undefined ? {} : { status }),
    ...(remoteCode === undefined ? {} : { remoteCode }),
    ...more,
  });
}

export function testConnection(roomId: RoomId, key = "example.org/PLAY"): Connection {
  const stateKey = `https://${key}`;
  return {
    id: connectionId(roomId, "test.project", stateKey),
    roomId,
    serviceId: "test",
    kindId: "project",
    eventType: "test.project",
    stateKey,
    state: {},
    eventId: "$state",
    sender: bot,
    remoteKeys: [key],
    status: { kind: "active" },
    priority: -1,
  };
}

/** A disk that takes or refuses batches as a test says. */
export class FickleDisk implements UnitOfWork {
  readonly #inner: UnitOfWork;
  #late: StoreChange[] = [];
  /**
   * What becomes of a batch; `seems-refused` means that the caller is told so, but that it is there when the disk has recovered, as LevelDB
   * has it when a write got through and its flush failed.
   */
  onCommit: (changes: readonly StoreChange[]) => "taken" | "refused" | "seems-refused" | Promise<"taken" | "refused"> = () => "taken";

  constructor(inner: UnitOfWork) {
    this.#inner = inner;
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    const what = this.onCommit(changes);
    const then = what instanceof Promise ? await what : what;
    if (then === "taken") return this.#inner.commit(changes);
    if (then === "seems-refused") this.#late.push(...changes);
    throw new StorageError("the disk is full");
  }

  /** From now on everything is taken. */
  async recover(): Promise<void> {
    this.onCommit = () => "taken";
    await this.#inner.commit(this.#late.splice(0));
  }
}

/** Whether a batch writes to a store, by the name of its sublevel. */
export function touches(changes: readonly StoreChange[], level: string): boolean {
  return changes.some((change) => change.key.startsWith(`!${level}!`));
}

export interface Rig {
  readonly storage: Storage;
  readonly clock: ManualClock;
  readonly sender: RecordingSender;
  readonly outbox: Outbox;
  readonly router: Router;
  readonly inbox: Inbox;
  readonly firstReading: FirstReading;
  readonly ghosts: RecordedGhosts;
  readonly outcomes: Outcomes;
  readonly forwards: Forwards;
  /** What remotes were handed: `<event> by <connection>`. */
  readonly handedOn: string[];
  /** Called before a remote has an event; what it throws is the answer. */
  onHandOn: (forward: StoredForward) => void | Promise<void>;
  /** What was given up, or wanted by nobody any more, and why. */
  readonly notHandedOn: string[];
  readonly connections: Connection[];
  readonly log: { readonly what: string; readonly delivery?: Delivery; readonly reason?: string }[];
  readonly errors: unknown[];
  readonly deliveries: ReturnType<typeof createDeliveryStore>;
  readonly inboxStore: ReturnType<typeof createInboxStore>;
  readonly seen: SeenStore;
  readonly kept: KeptEventStore;
  readonly work: WorkStore;
  readonly ids: IdSource;
  readonly disk: FickleDisk;
  isJoined: boolean | Error;
  /** How often the homeserver was asked whether somebody is joined. */
  joinedAsked: number;
  /** Who is banned: `<user> <room>`. */
  readonly banned: Set<string>;
  /** Rooms whose deliveries have to wait. */
  readonly waitingRooms: Set<RoomId>;
  /** Called before it is said whether a connection may speak. */
  onWhyNot: () => void | Promise<void>;
  /** What connections are looked up after. */
  slowFind: () => Promise<void> | undefined;
  /** Texts whose stored requests cannot be read again. */
  readonly unreadable: Set<string>;
  /** What becomes of words that have to be waited for; given what is to be said. */
  onWords: (text: string, delivery: Delivery) => LateWords | Promise<LateWords>;
  /** What is stored with the outcome of a delivery that was sent. */
  onSent: (delivery: Delivery, eventIds: readonly EventId[]) => Promise<readonly StoreChange[]> | undefined;
  /**
   * Accepts `{"text", "keys"?}` as a webhook of the service `test`. The text may begin with `later:`, then its words have to be waited for,
   * and with `as <name>:`, then a ghost says it; parts between `+` are messages of their own.
   */
  receive(text: string, options?: ReceiveOptions): Promise<"stored" | "repeat">;
  /** Does the same for a sender that waits. */
  receiveAndWatch(text: string, options?: ReceiveOptions): Promise<WatchedAcceptance>;
  start(): Promise<void>;
}

interface ReceiveOptions {
  readonly id?: string;
  readonly keys?: readonly string[];
}

const latePattern = /^later:/;

export function ghostNamed(name: string): UserId {
  return `@_test_${name}:example.org`;
}

/** What a text without `later:` says. */
export function sayTest(text: string): Extract<RoomRendering, { kind: "messages" }> {
  const [, name, said = text] = /^as (\w+):(.*)$/.exec(text) ?? [];
  const messages = said.split("+").map((part) => notice(part));
  if (name === undefined) return { kind: "messages", sender: bot, messages };
  return { kind: "messages", sender: ghostNamed(name), ghost: { displayName: name }, messages };
}

function parseTestWebhook(body: Buffer): ParsedWebhook {
  const { text, keys, id } = JSON.parse(body.toString("utf8")) as { text: string; keys: string[]; id?: string };
  return { events: [{ name: "said", routingKeys: keys, payload: { text } }], ...(id === undefined ? {} : { deliveryKey: id }) };
}

function testInput(text: string, { id, keys = ["example.org/PLAY"] }: ReceiveOptions = {}): AcceptInput {
  const body = Buffer.from(JSON.stringify({ text, keys, id }));
  return { serviceId: "test", stored: { headers: {}, body }, parsed: parseTestWebhook(body) };
}

/** The delivery flow on any database, with everything outside of it in memory. */
export async function createRig(
  database: Database,
  options: {
    clock?: ManualClock;
    sender?: RecordingSender;
    ghosts?: RecordedGhosts;
    /** False once the process is said to be dead: nothing it still does reaches the homeserver. */
    isAlive?: () => boolean;
    connections?: Connection[];
    fit?: (message: RoomMessage) => RoomMessage;
    /** Connections are found without waiting, so that events are routed in the batch that stores them. */
    findsAtOnce?: boolean;
    /** Resolves when the database takes writes again after one failed. */
    recover?: () => Promise<void>;
  } = {},
): Promise<Rig> {
  const clock = options.clock ?? new ManualClock();
  const sender = options.sender ?? new RecordingSender();
  const connections = options.connections ?? [];
  const ghosts = options.ghosts ?? new RecordedGhosts();
  const outcomes = new Outcomes(clock);
  const random = seededRandom(7);
  const storage = await prepareStorage(database, "memory", { random, recover: options.recover ?? (() => Promise.resolve()) });
  const log: Rig["log"] = [];
  const errors: unknown[] = [];
  const events: DeliveryEvents = {
    stored: () => undefined,
    routed: () => undefined,
    ignored: (_service, reason) => void log.push({ what: "ignored", reason }),
    sent: (delivery) => void log.push({ what: "sent", delivery }),
    retried: (delivery, reason) => void log.push({ what: "retried", delivery, reason }),
    dead: (delivery, reason) => void log.push({ what: "dead", delivery, reason }),
    discarded: (delivery, reason) => void log.push({ what: "discarded", delivery, reason }),
    homeserverAway: (reason) => void log.push({ what: "away", reason }),
    homeserverBack: () => void log.push({ what: "back" }),
  };
  const unitOfWork = new FickleDisk(storage.unitOfWork);
  const seen = createSeenStore(storage.database, storage);
  const ids = new IdSource(storage.start);
  const deliveries = createDeliveryStore(storage.database);
  const inboxStore = createInboxStore(storage.database);
  const kept = createKeptEventStore(storage.database);
  const firstReading = new FirstReading(kept, unitOfWork);
  const whyNot = (id: string): string | undefined => (connections.some((one) => one.id === id) ? undefined : "the connection was removed");
  const outbox = new Outbox({
    store: deliveries,
    unitOfWork,
    sender: {
      isRepeatSafe: () => sender.isRepeatSafe(),
      find: (event) => sender.find(event),
      send: (event) => (options.isAlive?.() === false ? new Promise(() => undefined) : sender.send(event)),
    },
    ghosts,
    outcomes,
    sentChanges: (delivery, eventIds) => rig.onSent(delivery, eventIds),
    async words(delivery) {
      const stored = delivery.source.kind === "remote-event" ? await inboxStore.get(delivery.source.inboxId) : undefined;
      if (stored === undefined) throw new Error("the event is not kept any more");
      const event = parseTestWebhook(stored.body).events[0];
      if (options.isAlive?.() === false) return await new Promise(() => undefined);
      return await rig.onWords((event?.payload as { text: string }).text.replace(latePattern, ""), delivery);
    },
    whyNot: async (id) => {
      await rig.onWhyNot();
      return whyNot(id);
    },
    isJoined() {
      rig.joinedAsked += 1;
      return rig.isJoined instanceof Error ? Promise.reject(rig.isJoined) : Promise.resolve(rig.isJoined);
    },
    isBanned: (roomId, user) => Promise.resolve(rig.banned.has(`${user} ${roomId}`)),
    mustWait: (roomId) => rig.waitingRooms.has(roomId),
    fit: options.fit ?? ((message) => message),
    ids,
    folderId: storage.folderId,
    clock,
    random,
    events,
    concurrency: 8,
    onError: (_room, error) => void errors.push(error),
  });
  const router = new Router({
    inbox: inboxStore,
    deliveries,
    positions: createMetaStore(storage.database, "delivery"),
    unitOfWork,
    outbox,
    routes: {
      parse(event: InboxEvent) {
        if ([...rig.unreadable].some((text) => event.body.includes(text))) throw new Error("cannot be read");
        return event.isOwn === true ? readOwnEvent(event.body) : parseTestWebhook(event.body);
      },
      find(_service, keys) {
        const found = (): Connection[] => connections.filter((one) => one.remoteKeys.some((key) => keys.includes(key)));
        const wait = rig.slowFind();
        return wait === undefined && options.findsAtOnce === true ? found() : Promise.resolve(wait).then(found);
      },
      render: (event) => {
        const { text = event.name } = event.payload as { text?: string };
        if (text === "poison") throw new Error("cannot be rendered");
        return latePattern.test(text) ? { kind: "later", sender: bot } : sayTest(text);
      },
    },
    firstReading,
    ids,
    clock,
    events,
    outcomes,
    onError: (_what, error) => void errors.push(error),
  });
  // As the app does.
  storage.onRecovered(() => {
    for (const part of [outbox, forwards]) void part.catchUp();
    router.catchUp();
  });
  const inbox = new Inbox({
    store: inboxStore,
    seen,
    deliveries,
    ids,
    clock,
    events,
    outcomes,
    unitOfWork,
    turn: () => router.turn(),
    take: (event, parsed, changes) => router.take(event, parsed, changes),
    pace: () => outbox.pace(),
    letNextIn: () => {
      outbox.letNextIn();
    },
  });
  const handedOn: string[] = [];
  const notHandedOn: string[] = [];
  const note = ({ event }: StoredForward, reason: string): void => void notHandedOn.push(`${event.event_id}: ${reason}`);
  const forwards = new Forwards({
    ...{ unitOfWork, ids, clock, random, store: createForwardStore(storage.database) },
    announcer: createAnnouncer({ outbox, seen, unitOfWork, ids, clock }),
    async handOn(forward) {
      if (options.isAlive?.() === false) return await new Promise(() => undefined);
      const reason = whyNot(forward.connectionId);
      if (reason !== undefined) return { kind: "unwanted", reason };
      await rig.onHandOn(forward);
      handedOn.push(`${forward.event.event_id} by ${forward.connectionId}`);
      return { kind: "done" };
    },
    speaker: () => Promise.resolve(bot),
    describe: () => Promise.resolve("Test remote"),
    onGivenUp: note,
    onUnwanted: note,
    onError: (_connection, error) => void errors.push(error),
  });
  const rig: Rig = {
    ...{ storage, clock, sender, outbox, router, inbox, firstReading, connections, log, errors, deliveries, inboxStore, seen, ids },
    ...{ ghosts, outcomes, forwards, handedOn, notHandedOn },
    disk: unitOfWork,
    kept,
    work: createWorkStore(storage.database),
    isJoined: true,
    joinedAsked: 0,
    banned: new Set(),
    waitingRooms: new Set(),
    onWhyNot: () => undefined,
    slowFind: () => undefined,
    unreadable: new Set(),
    onHandOn: () => undefined,
    onWords: (text) => sayTest(text),
    onSent: () => undefined,
    receive: (text, how) => inbox.accept(testInput(text, how)),
    receiveAndWatch: (text, how) => inbox.acceptAndWatch(testInput(text, how)),
    async start() {
      await router.start();
      await outbox.start();
      await forwards.start();
    },
  };
  return rig;
}
