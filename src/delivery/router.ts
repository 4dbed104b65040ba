import type { Connection } from "../core/connection.js";
import type { Delivery, InboxEvent } from "../core/delivery.js";
import type { DeliveryId, InboxId, RoomId, UserId } from "../core/ids.js";
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

/** What one event comes to. */
interface Routing {
  readonly deliveries: readonly NewDelivery[];
  readonly ended: readonly StoreChange[];
  readonly ignored: readonly string[];
  readonly kept: readonly StoreChange[];
}

const positionKey = "routed";
const eventsPerPage = 100;
/** More than this in memory means that storing is faster than routing: the rest is read from the store. */
const acceptedInMemory = 1_000;
const retryMs = 1_000;

/**
 * Turns accepted events into deliveries, one after the other in the order of acceptance, which keeps every room's order.
 * Deliveries are stored in one batch with the position reached, so an event is routed once whatever happens between.
 */
export class Router {
  readonly #options: RouterOptions;
  #accepted: Accepted[] = [];
  #routed: InboxId | undefined;
  #newest: InboxId | undefined;
  /** The store holds events that memory does not. */
  #isBehind = true;
  #isWorking = false;
  #isStarted = false;
  #isStopped = false;
  readonly #tasks: (() => Promise<void>)[] = [];
  #onQuiet: (() => void)[] = [];
  /** Resolves when all that was routed so far is stored. */
  #stored: Promise<void> = Promise.resolve();

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** Goes on where the last start ended. */
  async start(): Promise<void> {
    // The cast: only inbox ids are written there.
    this.#routed = (await this.#options.positions.get(positionKey)) as InboxId | undefined;
    this.#isStarted = true;
    this.#work();
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    if (!this.#isWorking) return Promise.resolve();
    return new Promise((resolve) => this.#onQuiet.push(resolve));
  }

  /** Takes an event that is stored already; called in the order of acceptance. */
  accepted(event: InboxEvent, parsed: ParsedWebhook): void {
    this.#newest = event.id;
    if (!this.#isBehind && this.#accepted.length >= acceptedInMemory) {
      this.#isBehind = true;
      this.#accepted = [];
    }
    if (!this.#isBehind) this.#accepted.push({ event, parsed });
    this.#work();
  }

  /** Runs a task between two events, so that nothing is routed meanwhile. */
  between<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => task().then(resolve, reject));
      this.#work();
    });
  }

  #work(): void {
    if (this.#isWorking || !this.#isStarted || this.#isStopped) return;
    this.#isWorking = true;
    void this.#workUntilDone();
  }

  async #workUntilDone(): Promise<void> {
    while (!this.#isStopped) {
      const task = this.#tasks.shift();
      if (task !== undefined) {
        await task();
        continue;
      }
      const batch = await this.#nextBatch();
      if (batch.length === 0) {
        if (this.#isBehind || this.#tasks.length > 0) continue;
        break;
      }
      try {
        await this.#routeBatch(batch);
      } catch (error) {
        this.#options.onError("routing", error);
        this.#isBehind = true;
        this.#accepted = [];
        await sleep(this.#options.clock, retryMs);
      }
    }
    this.#isWorking = false;
    for (const resolve of this.#onQuiet.splice(0)) resolve();
  }

  async #nextBatch(): Promise<readonly { readonly event: InboxEvent; readonly parsed?: ParsedWebhook }[]> {
    if (!this.#isBehind) return this.#accepted.splice(0, eventsPerPage);
    const newest = this.#newest;
    const events = await this.#options.inbox.after(this.#routed, eventsPerPage);
    // Caught up only if nothing was stored while the page was read.
    if (events.length < eventsPerPage && newest === this.#newest) this.#isBehind = false;
    return events.map((event) => ({ event }));
  }

  async #routeBatch(batch: readonly { readonly event: InboxEvent; readonly parsed?: ParsedWebhook }[]): Promise<void> {
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
    const last = batch.at(-1)?.event.id;
    if (last === undefined) return;
    const prepared = this.#options.outbox.prepare(deliveries);
    changes.push(...prepared.changes, this.#options.positions.put(positionKey, last));
    this.#routed = last;
    const stored = this.#options.unitOfWork.commit(changes);
    this.#stored = stored.catch(() => undefined);
    if (this.#isBehind) {
      // From the store pages follow each other as fast as they are read: memory must not run ahead of the disk.
      await stored;
      prepared.release();
    } else void this.#releaseWhenStored(stored, prepared);
  }

  /** Fresh events do not wait for each other's batches; batches are stored in order all the same. */
  async #releaseWhenStored(stored: Promise<void>, prepared: { release(): void }): Promise<void> {
    try {
      await stored;
      prepared.release();
    } catch (error) {
      this.#options.onError("routing", error);
      await sleep(this.#options.clock, retryMs);
      // The cast: only inbox ids are written there. What was not stored is routed again from the store.
      this.#routed = (await this.#options.positions.get(positionKey)) as InboxId | undefined;
      this.#isBehind = true;
      this.#accepted = [];
      this.#work();
    }
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
      // The cast: here is where the ids of routed deliveries come from. Equal for the same event and connection, whenever they meet.
      id: `${event.id}.${position.toString(36)}${connection.id.slice(0, 16)}` as DeliveryId,
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
  replayKept(rooms: readonly { readonly roomId: RoomId; readonly connections: readonly Connection[] }[]): Promise<void> {
    return this.between(async () => {
      // What was kept a moment ago must be readable.
      await this.#stored;
      for (const { roomId, connections } of rooms) {
        await this.#replayInto(connections);
        this.#options.firstReading.admit(roomId);
      }
    });
  }

  async #replayInto(connections: readonly Connection[]): Promise<void> {
    const { firstReading, inbox, outbox, unitOfWork, routes } = this.#options;
    for (const { inboxId, connections: listening } of await firstReading.keptFor(connections)) {
      if (this.#routed === undefined || inboxId > this.#routed) continue;
      const event = await inbox.get(inboxId);
      if (event === undefined) continue;
      const parsed = await routes.parse(event);
      const deliveries: NewDelivery[] = [];
      const changes: StoreChange[] = [];
      for (const [position, remote] of parsed.events.entries()) {
        for (const connection of listening.filter((one) => one.remoteKeys.some((key) => remote.routingKeys.includes(key)))) {
          const outcome = await this.#renderFor(event, remote, position, connection);
          if (outcome.kind === "ended") changes.push(...outcome.changes);
          if (outcome.kind !== "delivery" || (await this.#options.deliveries.get(outcome.delivery.id)) !== undefined) continue;
          deliveries.push(outcome.delivery);
        }
      }
      const prepared = outbox.prepare(deliveries);
      await unitOfWork.commit([...changes, ...prepared.changes]);
      prepared.release();
    }
  }
}
