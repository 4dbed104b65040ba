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
import { deliveryId, type NewDelivery, type Outbox } from "./outbox.js";

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

/** What one event comes to. */
interface Routing {
  readonly deliveries: readonly NewDelivery[];
  readonly ended: readonly StoreChange[];
  readonly ignored: readonly string[];
  readonly kept: readonly StoreChange[];
}

const positionKey = "routed";
const eventsPerPage = 200;
/** More than this in memory means that storing is faster than routing: the rest is read from the store. */
const acceptedInMemory = 1_000;
const retryMs = 1_000;

/**
 * Turns accepted events into deliveries, one after the other in the order of acceptance, which keeps every room's order.
 * Deliveries are stored in one batch with the position reached, so an event is routed once whatever happens between. One such batch is
 * under way at a time: were a later one stored after an earlier one failed, the position would leave out what is between.
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
    for (const task of this.#tasks.splice(0)) task.refuse();
    if (!this.#isWorking) return Promise.resolve();
    return new Promise((resolve) => this.#onQuiet.push(resolve));
  }

  /** Takes an event that is stored already; called in the order of acceptance. */
  accepted(event: InboxEvent, parsed: ParsedWebhook): void {
    if (!this.#isBehind && this.#accepted.length >= acceptedInMemory) this.#fallBehind();
    if (!this.#isBehind) this.#accepted.push({ event, parsed });
    this.#work();
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
  }

  async #routeBatch(incoming: readonly Incoming[]): Promise<void> {
    const routed = this.#routed;
    // The store may show an event before its commit is known here; then it comes once more.
    const batch = routed === undefined ? incoming : incoming.filter(({ event }) => event.id > routed);
    const last = batch.at(-1)?.event.id;
    if (last === undefined) return;
    const changes: StoreChange[] = [];
    const deliveries: NewDelivery[] = [];
    for (const { event, parsed } of batch) {
      const routing = await this.#route(event, parsed);
      deliveries.push(...routing.deliveries);
      changes.push(...routing.ended, ...routing.kept);
      if (routing.deliveries.length === 0 && routing.ended.length === 0) {
        const reason = routing.ignored.join("; ") || "no connection listens to it";
        changes.push(...this.#options.inbox.putVerdict(event.id, reason));
        this.#options.events.ignored(event.serviceId, reason);
      }
    }
    // The store recovered meanwhile and may know these events as routed: they are read again.
    if (this.#isInDoubt) return;
    const prepared = this.#options.outbox.prepare(deliveries);
    await this.#options.unitOfWork.commit([...changes, ...prepared.changes, this.#options.positions.put(positionKey, last)]);
    this.#routed = last;
    prepared.release();
  }

  async #route(event: InboxEvent, alreadyParsed: ParsedWebhook | undefined): Promise<Routing> {
    const { routes, firstReading } = this.#options;
    let parsed: ParsedWebhook;
    try {
      parsed = alreadyParsed ?? (await routes.parse(event));
    } catch (error) {
      return { deliveries: [], ended: [], kept: [], ignored: [error instanceof Error ? error.message : String(error)] };
    }
    const deliveries: NewDelivery[] = [];
    const ended: StoreChange[] = [];
    const ignored: string[] = [];
    const kept: StoreChange[] = [];
    for (const [position, remote] of parsed.events.entries()) {
      kept.push(...firstReading.keep(event, remote));
      const found = routes.find(event.serviceId, remote.routingKeys);
      for (const connection of found instanceof Promise ? await found : found) {
        if (event.onlyFor !== undefined && !event.onlyFor.includes(connection.id)) continue;
        if (firstReading.holdsBack(connection.roomId)) continue;
        const outcome = await this.#renderFor(event, remote, position, connection);
        if (outcome.kind === "delivery") deliveries.push(outcome.delivery);
        else if (outcome.kind === "ended") ended.push(...outcome.changes);
        else ignored.push(outcome.reason);
      }
    }
    if (parsed.events.length === 0) ignored.push("events of this kind are not bridged");
    return { deliveries, ended, ignored, kept };
  }

  /** A delivery that cannot be rendered is dead from the start, and stands in nobody's way. */
  async #renderFor(
    event: InboxEvent,
    remote: RemoteEvent,
    position: number,
    connection: Connection,
  ): Promise<
    | { readonly kind: "delivery"; readonly delivery: NewDelivery }
    | { readonly kind: "ended"; readonly changes: readonly StoreChange[] }
    | { readonly kind: "ignored"; readonly reason: string }
  > {
    const base = {
      id: deliveryId(event.id, position, connection.id),
      roomId: connection.roomId,
      connectionId: connection.id,
      serviceId: event.serviceId,
      source: { kind: "remote-event", inboxId: event.id, eventName: remote.name },
      acceptedAt: event.receivedAt,
    } as const;
    try {
      const rendering = this.#options.routes.render(remote, connection);
      const rendered = rendering instanceof Promise ? await rendering : rendering;
      if (rendered.kind === "ignored") return rendered;
      return { kind: "delivery", delivery: { ...base, sender: rendered.sender, messages: rendered.messages } };
    } catch (error) {
      this.#options.onError(`rendering ${remote.name}`, error);
      const reason = `could not be rendered: ${error instanceof Error ? error.message : String(error)}`;
      const now = this.#options.clock.now();
      const delivery: Delivery = { ...base, sender: "@", messages: [], createdAt: now, place: this.#options.ids.next() };
      this.#options.events.dead(delivery, reason);
      return { kind: "ended", changes: this.#options.deliveries.addEnded(delivery, { kind: "dead", at: now, reason, eventIds: [] }) };
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
      const changes: StoreChange[] = [];
      for (const { inboxId, connections: listening } of kept.slice(from, from + eventsPerPage)) {
        const replayed = await this.#replay(inboxId, listening);
        deliveries.push(...replayed.deliveries);
        changes.push(...replayed.ended);
      }
      const prepared = outbox.prepare(deliveries);
      await unitOfWork.commit([...changes, ...prepared.changes]);
      prepared.release();
    }
    firstReading.admit(roomId);
  }

  async #replay(inboxId: InboxId, listening: readonly Connection[]): Promise<Pick<Routing, "deliveries" | "ended">> {
    const deliveries: NewDelivery[] = [];
    const ended: StoreChange[] = [];
    const event = await this.#options.inbox.get(inboxId);
    const parsed = event === undefined ? undefined : await this.#parseQuietly(event);
    for (const [position, remote] of (parsed?.events ?? []).entries()) {
      for (const connection of listening.filter((one) => one.remoteKeys.some((key) => remote.routingKeys.includes(key)))) {
        // After a restart rooms are given what was kept once more; what they have stays as it is.
        const isThere =
          event === undefined || (await this.#options.deliveries.get(deliveryId(event.id, position, connection.id))) !== undefined;
        if (isThere) continue;
        const outcome = await this.#renderFor(event, remote, position, connection);
        if (outcome.kind === "delivery") deliveries.push(outcome.delivery);
        else if (outcome.kind === "ended") ended.push(...outcome.changes);
      }
    }
    return { deliveries, ended };
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
