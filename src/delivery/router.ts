import type { Connection } from "../core/connection.js";
import type { Delivery, InboxEvent } from "../core/delivery.js";
import type { InboxId, RoomId, UserId } from "../core/ids.js";
import type { RoomMessage } from "../core/message.js";
import type { DeliveryStore, InboxStore } from "../core/ports/delivery-stores.js";
import type { ServiceStore } from "../core/ports/service-store.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { RemoteEvent } from "../core/remote-event.js";
import type { ParsedWebhook } from "../core/service.js";
import { sleep, type Clock } from "../shared/clock.js";
import type { DeliveryEvents } from "./events.js";
import type { FirstReading } from "./first-reading.js";
import type { IdSource } from "./id-source.js";
import { deliveryId } from "./delivery-ids.js";
import type { NewDelivery, Outbox } from "./outbox.js";

type MaybePromise<T> = T | Promise<T>;

/** What an event says in a room, or why it says nothing. */
export type RoomRendering =
  | { readonly kind: "messages"; readonly sender: UserId; readonly messages: readonly RoomMessage[] }
  | { readonly kind: "ignored"; readonly reason: string };

/** How events find rooms and words; joined by the app from connections, services and pipeline. */
export interface Routes {
  /** Reads the stored request again, as after a crash. @throws ValidationError */
  parse(event: InboxEvent): MaybePromise<ParsedWebhook>;
  find(serviceId: string, keys: readonly string[]): MaybePromise<readonly Connection[]>;
  render(event: RemoteEvent, connection: Connection): MaybePromise<RoomRendering>;
}

/** A room with its active connections. */
export interface RoomConnections {
  readonly roomId: RoomId;
  readonly connections: readonly Connection[];
}

interface RouterOptions {
  readonly inbox: InboxStore;
  readonly deliveries: DeliveryStore;
  readonly positions: ServiceStore;
  readonly unitOfWork: UnitOfWork;
  readonly outbox: Outbox;
  readonly routes: Routes;
  readonly firstReading: FirstReading;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly events: DeliveryEvents;
  readonly onError: (what: string, error: unknown) => void;
}

interface Accepted {
  readonly event: InboxEvent;
  readonly parsed: ParsedWebhook;
}

/** An event on its way; not read yet where it comes from the store. */
type Incoming = Accepted | { readonly event: InboxEvent; readonly parsed?: undefined };

/** A delivery that is dead from the start: what to store of it, and what to tell once that is stored. An event may be routed in several tries. */
interface Stillborn {
  readonly changes: readonly StoreChange[];
  tell(): void;
}

/** What one event comes to. */
interface Routing {
  readonly deliveries: readonly NewDelivery[];
  readonly dead: readonly Stillborn[];
  readonly ignored: readonly string[];
  readonly kept: readonly StoreChange[];
}

/** What an event comes to through one connection. */
type Outcome =
  | { readonly kind: "delivery"; readonly delivery: NewDelivery }
  | { readonly kind: "dead"; readonly dead: Stillborn }
  | { readonly kind: "ignored"; readonly reason: string };

/** Work that mostly need not wait: it yields the promises that it meets, and whoever runs it hands back what they come to. */
type Steps<Result> = Generator<Promise<unknown>, Result, unknown>;

function* whenThere<T>(value: MaybePromise<T>): Steps<T> {
  // The cast: whoever runs the steps hands back what the promise came to.
  return value instanceof Promise ? ((yield value) as T) : value;
}

/** Runs the steps and waits where that is needed. */
async function runSteps<Result>(steps: Steps<Result>): Promise<Result> {
  let next = steps.next();
  while (next.done !== true) {
    try {
      next = steps.next(await next.value);
    } catch (error) {
      next = steps.throw(error);
    }
  }
  return next.value;
}

/** Runs the steps as far as nothing has to be waited for; undefined when that was not to the end. */
function runAtOnce<Result>(steps: Steps<Result>): Result | undefined {
  const first = steps.next();
  if (first.done === true) return first.value;
  // Whoever waits will ask again.
  first.value.catch(() => undefined);
  return undefined;
}

const positionKey = "routed";
const eventsPerPage = 200;
/** More than this in memory means that storing is faster than routing: the rest is read from the store. */
const acceptedInMemory = 1_000;
const retryMs = 1_000;
/** After an event that could not be routed at once. */
const triesLeftOut = 64;

/**
 * Turns accepted events into deliveries, one after the other in the order of acceptance, which keeps every room's order.
 * Deliveries are stored in one batch with the position reached, so an event is routed once whatever happens between.
 *
 * There are two ways. The short one, for an event whose rooms and words are known without waiting while nothing older is on its way: its
 * deliveries are stored in the batch that stores the event itself. The long one, for everything else: the event is stored first, then a
 * batch of events is routed, one such batch at a time. Neither begins while the other has something under way, so the position never
 * passes over an event. A failed commit fails all that were to follow it, until the store has recovered; then the position is read again.
 */
export class Router {
  readonly #options: RouterOptions;
  #accepted: Accepted[] = [];
  /** Everything up to here is routed, and the store knows. */
  #routed: InboxId | undefined;
  /** After a failed commit only the store can say how far routing came: what seemed to fail may have been stored. */
  #isInDoubt = false;
  /** The store holds events that memory does not. */
  #isBehind = true;
  #isWorking = false;
  #isStarted = false;
  #isStopped = false;
  /** Events of the long way that are being stored. */
  #storing = 0;
  /** Events of the short way that are being stored. */
  #storingRouted = 0;
  readonly #onRoutedStored: (() => void)[] = [];
  readonly #onLongWayFree: (() => void)[] = [];
  /** So many events do not wait for the short way: it may be closed to all of them. */
  #triesLeftOut = 0;
  readonly #tasks: { readonly run: () => Promise<void>; readonly refuse: () => void }[] = [];
  #onQuiet: (() => void)[] = [];

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** Goes on where the last start ended. */
  async start(): Promise<void> {
    await this.#readPosition();
    this.#isStarted = true;
    this.#work();
  }

  /** Resolves when the batch under way is over; tasks that have not begun are refused. */
  stop(): Promise<void> {
    this.#isStopped = true;
    // What is taken from here on is only stored.
    this.#endWaiting();
    for (const task of this.#tasks.splice(0)) task.refuse();
    if (!this.#isWorking) return Promise.resolve();
    return new Promise((resolve) => this.#onQuiet.push(resolve));
  }

  /**
   * What has to be waited for before an event is given its id and taken; undefined when nothing. Under steady load the long way, once gone,
   * would never be left: so there the next events wait until it is free, unless the short way was closed just now.
   */
  turn(): Promise<void> | undefined {
    if (!this.#isShortWayAhead || (!this.#isLongWayBusy && this.#onLongWayFree.length === 0)) return undefined;
    if (this.#triesLeftOut > 0) {
      this.#triesLeftOut -= 1;
      return undefined;
    }
    return new Promise((go) => this.#onLongWayFree.push(go));
  }

  /**
   * Stores an event, with changes that belong to it, and sees to it that it is routed. Called in the order of the events' ids, each call as
   * soon as the id was given out: position and order depend on it.
   * @throws StorageError when the disk does not take it
   */
  take(event: InboxEvent, parsed: ParsedWebhook, changes: readonly StoreChange[]): Promise<void> {
    const routing = this.#isShortWayAhead && !this.#isLongWayBusy ? this.#routeAtOnce(event, parsed) : undefined;
    return routing === undefined ? this.#storeForLater(event, parsed, changes) : this.#storeRouted(event, routing, changes);
  }

  /** Nothing but what is on the long way just now stands in front of the short one. */
  get #isShortWayAhead(): boolean {
    const hasToBeRead = this.#isBehind || this.#isInDoubt || this.#options.firstReading.isGoingOn;
    return this.#isStarted && !this.#isStopped && !hasToBeRead && this.#tasks.length === 0;
  }

  get #isLongWayBusy(): boolean {
    return this.#isWorking || this.#storing > 0 || this.#accepted.length > 0;
  }

  #endWaiting(): void {
    for (const go of this.#onLongWayFree.splice(0)) go();
  }

  /** The short way; undefined where something has to be waited for. */
  #routeAtOnce(event: InboxEvent, parsed: ParsedWebhook): Routing | undefined {
    let routing: Routing | undefined;
    try {
      routing = runAtOnce(this.#route(event, parsed));
    } catch {
      // What went wrong is told on the long way, where it is tried again.
    }
    if (routing === undefined) this.#triesLeftOut = triesLeftOut;
    return routing;
  }

  async #storeForLater(event: InboxEvent, parsed: ParsedWebhook, changes: readonly StoreChange[]): Promise<void> {
    this.#storing += 1;
    try {
      await this.#options.unitOfWork.commit(changes);
    } catch (error) {
      this.#endWaiting();
      throw error;
    } finally {
      this.#storing -= 1;
    }
    if (!this.#isBehind && this.#accepted.length >= acceptedInMemory) this.#fallBehind();
    if (!this.#isBehind) this.#accepted.push({ event, parsed });
    this.#work();
  }

  async #storeRouted(event: InboxEvent, routing: Routing, changes: readonly StoreChange[]): Promise<void> {
    const { outbox, unitOfWork, positions } = this.#options;
    const prepared = outbox.prepare(routing.deliveries);
    this.#storingRouted += 1;
    try {
      await unitOfWork.commit([...changes, ...this.#changesOf(event, routing), ...prepared.changes, positions.put(positionKey, event.id)]);
    } finally {
      this.#storingRouted -= 1;
      if (this.#storingRouted === 0) for (const resolve of this.#onRoutedStored.splice(0)) resolve();
    }
    this.#routed = event.id;
    prepared.release();
    tellAbout(routing.dead);
  }

  /** Reads from the store what may be there although its commit seemed to fail: events, and how far routing came. */
  catchUp(): void {
    this.#isInDoubt = true;
    this.#fallBehind();
    this.#work();
  }

  /** How far routing has come; what is behind it must be kept. */
  get position(): InboxId | undefined {
    return this.#routed;
  }

  /** Runs a task between two events, so that nothing is routed meanwhile. @throws Error once stopped */
  between<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const refuse = (): void => {
        reject(new Error("Routing is stopped"));
      };
      if (this.#isStopped) {
        refuse();
        return;
      }
      this.#tasks.push({ run: () => task().then(resolve, reject), refuse });
      this.#endWaiting();
      this.#work();
    });
  }

  #work(): void {
    if (this.#isWorking || !this.#isStarted || this.#isStopped) return;
    this.#isWorking = true;
    void this.#workUntilDone();
  }

  async #workUntilDone(): Promise<void> {
    while (!this.#isStopped && (this.#isBehind || this.#accepted.length > 0 || this.#tasks.length > 0)) {
      if (this.#storingRouted > 0) await new Promise<void>((resolve) => this.#onRoutedStored.push(resolve));
      try {
        const task = this.#tasks.shift();
        if (task === undefined) await this.#routeBatch(await this.#nextBatch());
        else await task.run();
      } catch (error) {
        this.#options.onError("routing", error);
        this.#isInDoubt = true;
        this.#fallBehind();
        await sleep(this.#options.clock, retryMs);
      }
    }
    this.#isWorking = false;
    if (!this.#isLongWayBusy) this.#endWaiting();
    for (const resolve of this.#onQuiet.splice(0)) resolve();
  }

  async #readPosition(): Promise<void> {
    this.#isInDoubt = false;
    // The cast: only inbox ids are written there.
    this.#routed = (await this.#options.positions.get(positionKey)) as InboxId | undefined;
  }

  async #nextBatch(): Promise<readonly Incoming[]> {
    if (this.#isInDoubt) await this.#readPosition();
    if (!this.#isBehind) return this.#accepted.splice(0, eventsPerPage);
    // What is stored while the page is read is remembered from here on, so that a steady stream cannot keep the router behind for ever.
    this.#isBehind = false;
    this.#accepted = [];
    const events = await this.#options.inbox.after(this.#routed, eventsPerPage);
    if (events.length === eventsPerPage) this.#fallBehind();
    return events.map((event) => ({ event }));
  }

  /** From now on what is to be routed is read from the store. */
  #fallBehind(): void {
    this.#isBehind = true;
    this.#accepted = [];
    this.#endWaiting();
  }

  async #routeBatch(incoming: readonly Incoming[]): Promise<void> {
    const routed = this.#routed;
    // The store may show an event before its commit is known here; then it comes once more.
    const batch = routed === undefined ? incoming : incoming.filter(({ event }) => event.id > routed);
    const last = batch.at(-1)?.event.id;
    if (last === undefined) return;
    const changes: StoreChange[] = [];
    const deliveries: NewDelivery[] = [];
    const dead: Stillborn[] = [];
    for (const { event, parsed } of batch) {
      const routing = await runSteps(this.#route(event, parsed));
      deliveries.push(...routing.deliveries);
      dead.push(...routing.dead);
      changes.push(...this.#changesOf(event, routing));
    }
    // The store recovered meanwhile and may know these events as routed: they are read again.
    if (this.#isInDoubt) return;
    const prepared = this.#options.outbox.prepare(deliveries);
    await this.#options.unitOfWork.commit([...changes, ...prepared.changes, this.#options.positions.put(positionKey, last)]);
    this.#routed = last;
    prepared.release();
    tellAbout(dead);
  }

  /** What is stored besides the deliveries; an event that comes to nothing keeps the reason. */
  #changesOf(event: InboxEvent, { deliveries, dead, ignored, kept }: Routing): readonly StoreChange[] {
    if (dead.length > 0) return [...whatToStore(dead), ...kept];
    if (deliveries.length > 0) return kept;
    const reason = ignored.join("; ") || "no connection listens to it";
    this.#options.events.ignored(event.serviceId, reason);
    return [...kept, ...this.#options.inbox.putVerdict(event.id, reason)];
  }

  /** What the event comes to. Steps that may have to be waited for are yielded, and what they come to is handed back. */
  *#route(event: InboxEvent, alreadyParsed: ParsedWebhook | undefined): Steps<Routing> {
    const { routes, firstReading } = this.#options;
    let parsed: ParsedWebhook;
    try {
      parsed = alreadyParsed ?? (yield* whenThere(routes.parse(event)));
    } catch (error) {
      return { deliveries: [], dead: [], kept: [], ignored: [error instanceof Error ? error.message : String(error)] };
    }
    const deliveries: NewDelivery[] = [];
    const dead: Stillborn[] = [];
    const ignored: string[] = [];
    const kept: StoreChange[] = [];
    for (const [position, remote] of parsed.events.entries()) {
      kept.push(...firstReading.keep(event, remote));
      for (const connection of yield* whenThere(routes.find(event.serviceId, remote.routingKeys))) {
        if (event.onlyFor !== undefined && !event.onlyFor.includes(connection.id)) continue;
        if (firstReading.holdsBack(connection.roomId)) continue;
        const outcome = yield* this.#renderFor(event, remote, position, connection);
        if (outcome.kind === "delivery") deliveries.push(outcome.delivery);
        else if (outcome.kind === "dead") dead.push(outcome.dead);
        else ignored.push(outcome.reason);
      }
    }
    if (parsed.events.length === 0) ignored.push("events of this kind are not bridged");
    return { deliveries, dead, ignored, kept };
  }

  /** A delivery that cannot be rendered is dead from the start, and stands in nobody's way. */
  *#renderFor(event: InboxEvent, remote: RemoteEvent, position: number, connection: Connection): Steps<Outcome> {
    const base = {
      id: deliveryId(event.id, position, connection.id),
      roomId: connection.roomId,
      connectionId: connection.id,
      serviceId: event.serviceId,
      source: { kind: "remote-event", inboxId: event.id, eventName: remote.name },
      acceptedAt: event.receivedAt,
    } as const;
    try {
      const rendered = yield* whenThere(this.#options.routes.render(remote, connection));
      if (rendered.kind === "ignored") return rendered;
      return { kind: "delivery", delivery: { ...base, sender: rendered.sender, messages: rendered.messages } };
    } catch (error) {
      const reason = `could not be rendered: ${error instanceof Error ? error.message : String(error)}`;
      const now = this.#options.clock.now();
      const delivery: Delivery = { ...base, sender: "@", messages: [], createdAt: now, place: this.#options.ids.next() };
      const tell = (): void => {
        this.#options.onError(`rendering ${remote.name}`, error);
        this.#options.events.dead(delivery, reason);
      };
      const changes = this.#options.deliveries.addEnded(delivery, { kind: "dead", at: now, reason, eventIds: [] });
      return { kind: "dead", dead: { changes, tell } };
    }
  }

  /**
   * Gives rooms the events that were kept while they were not read yet: once, in order, and before newer ones,
   * because nothing is routed meanwhile.
   */
  replayKept(rooms: readonly RoomConnections[]): Promise<void> {
    return this.between(async () => {
      for (const room of rooms) await this.#admit(room);
    });
  }

  /**
   * Ends the first reading: whoever was held back and is not admitted yet gets what was kept, then nothing is kept any more.
   * @param connectionsIn the active connections of a room
   */
  endFirstReading(connectionsIn: (roomId: RoomId) => Promise<readonly Connection[]>): Promise<void> {
    const { firstReading } = this.#options;
    return this.between(async () => {
      for (const roomId of firstReading.heldBack) await this.#admit({ roomId, connections: await connectionsIn(roomId) });
      await firstReading.end();
    });
  }

  async #admit({ roomId, connections }: RoomConnections): Promise<void> {
    const { firstReading, outbox, unitOfWork } = this.#options;
    const kept = await firstReading.keptFor(connections);
    for (let from = 0; from < kept.length; from += eventsPerPage) {
      const deliveries: NewDelivery[] = [];
      const dead: Stillborn[] = [];
      for (const { inboxId, connections: listening } of kept.slice(from, from + eventsPerPage)) {
        const replayed = await this.#replay(inboxId, listening);
        deliveries.push(...replayed.deliveries);
        dead.push(...replayed.dead);
      }
      const prepared = outbox.prepare(deliveries);
      await unitOfWork.commit([...whatToStore(dead), ...prepared.changes]);
      prepared.release();
      tellAbout(dead);
    }
    firstReading.admit(roomId);
  }

  async #replay(inboxId: InboxId, listening: readonly Connection[]): Promise<Pick<Routing, "deliveries" | "dead">> {
    const deliveries: NewDelivery[] = [];
    const dead: Stillborn[] = [];
    const event = await this.#options.inbox.get(inboxId);
    const parsed = event === undefined ? undefined : await this.#parseQuietly(event);
    for (const [position, remote] of (parsed?.events ?? []).entries()) {
      for (const connection of listening.filter((one) => one.remoteKeys.some((key) => remote.routingKeys.includes(key)))) {
        // After a restart rooms are given what was kept once more; what they have stays as it is.
        const isThere =
          event === undefined || (await this.#options.deliveries.get(deliveryId(event.id, position, connection.id))) !== undefined;
        if (isThere) continue;
        const outcome = await runSteps(this.#renderFor(event, remote, position, connection));
        if (outcome.kind === "delivery") deliveries.push(outcome.delivery);
        else if (outcome.kind === "dead") dead.push(outcome.dead);
      }
    }
    return { deliveries, dead };
  }

  async #parseQuietly(event: InboxEvent): Promise<ParsedWebhook | undefined> {
    try {
      return await this.#options.routes.parse(event);
    } catch (error) {
      this.#options.onError("reading a kept event", error);
      return undefined;
    }
  }
}

function whatToStore(dead: readonly Stillborn[]): readonly StoreChange[] {
  return dead.flatMap(({ changes }) => changes);
}

function tellAbout(dead: readonly Stillborn[]): void {
  for (const { tell } of dead) tell();
}
