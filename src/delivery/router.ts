import type { Connection } from "../core/connection.js";
import type { InboxEvent } from "../core/delivery.js";
import type { InboxId, RoomId } from "../core/ids.js";
import type { KeyValueStore } from "../core/ports/service-store.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { ParsedWebhook } from "../core/service.js";
import { sleep } from "../shared/clock.js";
import { EventRouting, tellAbout, type EventRoutingOptions, type Routing, type Stillborn } from "./event-routing.js";
import type { NewDelivery, Outbox } from "./outbox.js";
import { RoomAdmission, type RoomConnections } from "./room-admission.js";
import { runAtOnce, runSteps } from "./steps.js";

interface RouterOptions extends EventRoutingOptions {
  readonly positions: KeyValueStore;
  readonly unitOfWork: UnitOfWork;
  readonly outbox: Outbox;
}

interface Accepted {
  readonly event: InboxEvent;
  readonly parsed: ParsedWebhook;
}

/** An event on its way; not read yet where it comes from the store. */
type Incoming = Accepted | { readonly event: InboxEvent; readonly parsed?: undefined };

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
  readonly #routing: EventRouting;
  readonly #admission: RoomAdmission;
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
    this.#routing = new EventRouting(options);
    this.#admission = new RoomAdmission({ ...options, routing: this.#routing });
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
      routing = runAtOnce(this.#routing.route(event, parsed));
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

  #storeRouted(event: InboxEvent, routing: Routing, changes: readonly StoreChange[]): Promise<void> {
    const { outbox, unitOfWork } = this.#options;
    const prepared = outbox.prepare(routing.deliveries);
    const all = [...changes, ...this.#routing.changesOf(event, routing), ...prepared.changes, this.#positionAt(event.id)];
    this.#storingRouted += 1;
    return unitOfWork.commit(all).then(
      () => {
        this.#endStoringRouted();
        this.#routed = event.id;
        this.#routing.tellWaiting(event, routing);
        prepared.release();
        tellAbout(routing.dead);
      },
      (error: unknown) => {
        this.#endStoringRouted();
        throw error;
      },
    );
  }

  #endStoringRouted(): void {
    this.#storingRouted -= 1;
    if (this.#storingRouted === 0) for (const resolve of this.#onRoutedStored.splice(0)) resolve();
  }

  /** Many events share a batch, and only the last of their positions counts. */
  #positionAt(id: InboxId): StoreChange {
    return { ...this.#options.positions.put(positionKey, id), supersedes: true };
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
    const watched: { readonly event: InboxEvent; readonly routing: Routing }[] = [];
    for (const { event, parsed } of batch) {
      const routing = await runSteps(this.#routing.route(event, parsed));
      deliveries.push(...routing.deliveries);
      dead.push(...routing.dead);
      changes.push(...this.#routing.changesOf(event, routing));
      if (routing.expected !== undefined) watched.push({ event, routing });
    }
    // The store recovered meanwhile and may know these events as routed: they are read again.
    if (this.#isInDoubt) return;
    const prepared = this.#options.outbox.prepare(deliveries);
    await this.#options.unitOfWork.commit([...changes, ...prepared.changes, this.#positionAt(last)]);
    this.#routed = last;
    for (const { event, routing } of watched) this.#routing.tellWaiting(event, routing);
    prepared.release();
    tellAbout(dead);
  }

  /**
   * Gives rooms the events that were kept while they were not read yet: once, in order, and before newer ones,
   * because nothing is routed meanwhile.
   */
  replayKept(rooms: readonly RoomConnections[]): Promise<void> {
    return this.between(async () => {
      for (const room of rooms) await this.#admission.admit(room);
    });
  }

  /**
   * Ends the first reading: whoever was held back and is not admitted yet gets what was kept, then nothing is kept any more.
   * @param connectionsIn the active connections of a room
   */
  endFirstReading(connectionsIn: (roomId: RoomId) => Promise<readonly Connection[]>): Promise<void> {
    const { firstReading } = this.#options;
    return this.between(async () => {
      for (const roomId of firstReading.heldBack) await this.#admission.admit({ roomId, connections: await connectionsIn(roomId) });
      await firstReading.end();
    });
  }
}
