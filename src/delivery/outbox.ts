import { hash } from "node:crypto";
import type { Delivery, DeliveryOutcome, DeliveryProgress } from "../core/delivery.js";
import { RemoteError } from "../core/errors.js";
import type { ConnectionId, DeliveryId, EventId, InboxId, RoomId, UserId } from "../core/ids.js";
import type { RoomMessage } from "../core/message.js";
import type { DeliveryStore } from "../core/ports/delivery-stores.js";
import type { MessageSender, OutgoingEvent } from "../core/ports/message-sender.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import { sleep, type Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import type { DeliveryEvents } from "./events.js";
import { HomeserverGate } from "./homeserver-gate.js";
import type { IdSource } from "./id-source.js";
import {
  blindRepeatMs,
  failingRoomLimitMs,
  forbiddenRetryMs,
  forbiddenRoomLimitMs,
  meaningOfFailure,
  retryDelayMs,
  type FailureMeaning,
} from "./retry-policy.js";
import { RoomLanes, type LaneEntry, type LaneVerdict } from "./room-lanes.js";

/** A delivery that is not stored yet; the outbox gives it its place. */
export type NewDelivery = Omit<Delivery, "place" | "createdAt">;

interface OutboxOptions {
  readonly store: DeliveryStore;
  readonly unitOfWork: UnitOfWork;
  readonly sender: MessageSender;
  /** Whether a connection may still speak; undefined when it may, else why not. */
  readonly whyNot: (connectionId: ConnectionId) => string | undefined | Promise<string | undefined>;
  /** Whether what is for the room has to wait just now, whatever the homeserver says. */
  readonly mustWait: (roomId: RoomId) => boolean | Promise<boolean>;
  /** Cuts a message to what a homeserver takes. */
  readonly fit: (message: RoomMessage) => RoomMessage;
  /** Whether the user is joined to the room, asked at the homeserver after a 403. */
  readonly isJoined: (roomId: RoomId, user: UserId) => Promise<boolean>;
  readonly ids: IdSource;
  readonly folderId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: DeliveryEvents;
  /** Requests to the homeserver at once. */
  readonly concurrency: number;
  readonly onError: (roomId: RoomId, error: unknown) => void;
}

const noProgress: DeliveryProgress = { attempts: 0, sentEventIds: [] };
const storeRetryMs = 1_000;
const pageSize = 200;
const spreadMs = 200;
const absenceMs = 60_000;
/** Without a success for so long nobody can say that other rooms work. */
const quietMs = 2 * 3_600_000;
const heldRoomRetryMs = 10 * 60_000;
/** Characters of a connection's id in the ids of its deliveries: enough to tell the connections of one event apart. */
const connectionCharacters = 16;

/**
 * Sends stored deliveries: in order within a room, rooms in parallel, each message under a transaction id that belongs to it alone,
 * so that trying again is harmless. A delivery leaves its queue only together with its outcome.
 *
 * What may happen at each step, should the process die there:
 * before the send: it is tried again; after the send and before the outcome is stored: it is tried again with the same id, and the
 * homeserver answers with the event it has; where the homeserver may have forgotten the id, the room's messages are looked at first.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #lanes: RoomLanes<Delivery>;
  readonly #gate: HomeserverGate;
  /** Until when each limited sender pauses, in all rooms. */
  readonly #pausedUntil = new Map<UserId, number>();
  /** Until when a sender is taken to be out of a room, so that what waits there is discarded without asking again for each. */
  readonly #absentUntil = new Map<string, number>();
  /** Since when a room fails while others work, and when it did so last. */
  readonly #failing = new Map<RoomId, { readonly since: number; readonly last: number }>();
  /** Rooms in which a look showed that nothing behind a certain delivery was tried in an earlier life of the process. */
  readonly #untried = new Set<RoomId>();
  readonly #sending = new Set<DeliveryId>();
  readonly #discarded = new Set<DeliveryId>();
  /** Deliveries with stored progress, as far as this process knows; saves a look into the store for all others. */
  readonly #withProgress = new Set<DeliveryId>();
  /** Progress that the store did not take so far. */
  readonly #unsaved = new Map<DeliveryId, DeliveryProgress>();
  #wakes = 0;
  #isStopped = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#gate = new HomeserverGate({
      clock: options.clock,
      random: options.random,
      onClosed: (reason) => {
        options.events.homeserverAway(reason);
      },
      onReopened: () => {
        options.events.homeserverBack();
      },
    });
    this.#lanes = new RoomLanes({
      store: options.store,
      concurrency: options.concurrency,
      clock: options.clock,
      isOwnPlace: (place) => options.ids.isOwn(place),
      process: (entry) => this.#process(entry),
      onError: options.onError,
    });
  }

  /** Sends what is pushed, and what waits from before. */
  start(): Promise<void> {
    return this.#lanes.start();
  }

  /** Takes up deliveries that are stored although their commit seemed to fail. */
  catchUp(): Promise<void> {
    return this.#lanes.catchUp();
  }

  /** Ends what is being sent; the rest waits for the next start. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#gate.stop();
    return this.#lanes.stop();
  }

  /**
   * Makes deliveries ready to be stored. The caller commits the changes, together with its own, and then calls `release`.
   * Places are given out here, so calls and commits must be in the same order.
   */
  prepare(deliveries: readonly NewDelivery[]): { readonly changes: StoreChange[]; release(): void } {
    const createdAt = this.#options.clock.now();
    const placed = deliveries.map((delivery): Delivery => {
      return { ...delivery, messages: delivery.messages.map(this.#options.fit), createdAt, place: this.#options.ids.next() };
    });
    return {
      changes: placed.flatMap((delivery) => this.#options.store.add(delivery)),
      release: () => {
        this.#options.events.routed(placed);
        for (const delivery of placed) this.#lanes.push(delivery.roomId, { place: delivery.place, item: delivery });
      },
    };
  }

  /** Tries a waiting room again at once, for example after its power levels changed. */
  wake(roomId: RoomId): void {
    this.#wakes += 1;
    for (const key of this.#absentUntil.keys()) if (key.startsWith(`${roomId} `)) this.#absentUntil.delete(key);
    this.#lanes.wake(roomId);
  }

  /** Keeps a room's deliveries waiting; resolves when none of them is being sent. */
  hold(roomId: RoomId): Promise<void> {
    return this.#lanes.hold(roomId);
  }

  unhold(roomId: RoomId): void {
    this.#lanes.unhold(roomId);
  }

  /**
   * Moves what waits for a connection to the connection that took its place in another room, with new ids. It keeps its places,
   * so it goes before anything newer there. Both rooms are held meanwhile.
   */
  async move(from: { roomId: RoomId; id: ConnectionId }, to: { roomId: RoomId; id: ConnectionId }): Promise<void> {
    const { store, unitOfWork, ids, clock } = this.#options;
    let after: string | undefined;
    for (;;) {
      const page = await store.read(from.roomId, after, pageSize);
      const changes: StoreChange[] = [];
      for (const { item: delivery } of page.filter((entry) => entry.item.connectionId === from.id)) {
        const id = movedDeliveryId(delivery.id, from.id, to.id) ?? (`${ids.next()}.m` as DeliveryId);
        const outcome: DeliveryOutcome = { kind: "discarded", at: clock.now(), reason: `the room was replaced; goes on as ${id}` };
        changes.push(...store.end(delivery, outcome), ...store.clearProgress(delivery.id));
        // While connections were copied the event may have found its way there already.
        if ((await store.get(id)) === undefined) changes.push(...store.add({ ...delivery, id, roomId: to.roomId, connectionId: to.id }));
      }
      await unitOfWork.commit(changes);
      after = page.at(-1)?.place;
      if (page.length < pageSize) return;
    }
  }

  /** Takes a waiting delivery out of its queue. @returns false when it is being sent just now */
  async discard(delivery: Delivery, reason: string): Promise<boolean> {
    if (this.#sending.has(delivery.id)) return false;
    this.#discarded.add(delivery.id);
    await this.#end(delivery, { kind: "discarded", at: this.#options.clock.now(), reason });
    this.wake(delivery.roomId);
    return true;
  }

  async #process(entry: LaneEntry<Delivery>): Promise<LaneVerdict> {
    const early = this.#beforeSending(entry.item);
    if (early !== undefined) return early;
    await this.#gate.pass();
    try {
      return await this.#afterGate(entry);
    } catch (error) {
      // Whoever passed the gate has to say what became of it, or nobody passes again.
      this.#gate.abandoned();
      throw error;
    }
  }

  async #afterGate(entry: LaneEntry<Delivery>): Promise<LaneVerdict> {
    const delivery = entry.item;
    // Looked at again: hours may have passed at the gate.
    const early = this.#beforeSending(delivery);
    if (early !== undefined) {
      this.#gate.abandoned();
      return early;
    }
    this.#sending.add(delivery.id);
    let settled = Promise.resolve();
    try {
      const verdict = await this.#trySending(delivery, entry.maybeTried);
      if (verdict.kind === "done") settled = verdict.settled;
      return verdict;
    } finally {
      // Until the store knows how it ended it cannot be discarded: the room has it.
      void settled.finally(() => this.#sending.delete(delivery.id));
    }
  }

  async #trySending(delivery: Delivery, maybeTried: boolean): Promise<LaneVerdict> {
    const whyNot = (await this.#waitIfRoomMust(delivery)) ?? (await this.#discardIfUnwanted(delivery));
    if (whyNot === undefined) return this.#sendAll(delivery, maybeTried);
    this.#gate.abandoned();
    return whyNot;
  }

  async #waitIfRoomMust({ roomId }: Delivery): Promise<LaneVerdict | undefined> {
    return (await this.#options.mustWait(roomId)) ? { kind: "later", delayMs: heldRoomRetryMs } : undefined;
  }

  /** What can be told without asking anybody. */
  #beforeSending(delivery: Delivery): LaneVerdict | undefined {
    if (this.#discarded.delete(delivery.id)) return { kind: "done", settled: Promise.resolve() };
    if (this.#isStopped) return { kind: "later", delayMs: 0 };
    const now = this.#options.clock.now();
    const pauseMs = (this.#pausedUntil.get(delivery.sender) ?? 0) - now;
    if (pauseMs > 0) return { kind: "later", delayMs: pauseMs + this.#options.random.fraction() * spreadMs };
    if ((this.#absentUntil.get(absenceKey(delivery)) ?? 0) <= now) return undefined;
    return this.#over(delivery, { kind: "discarded", at: now, reason: absenceReason(delivery) });
  }

  async #discardIfUnwanted(delivery: Delivery): Promise<LaneVerdict | undefined> {
    const whyNot = delivery.connectionId === undefined ? undefined : await this.#options.whyNot(delivery.connectionId);
    if (whyNot === undefined) return undefined;
    return this.#over(delivery, { kind: "discarded", at: this.#options.clock.now(), reason: whyNot });
  }

  async #sendAll(delivery: Delivery, maybeTried: boolean): Promise<LaneVerdict> {
    let progress = await this.#progressOf(delivery, maybeTried);
    while (progress.sentEventIds.length < delivery.messages.length) {
      let eventId: EventId;
      try {
        eventId = await this.#sendNext(delivery, progress);
      } catch (error) {
        return await this.#afterFailure(delivery, progress, error);
      }
      this.#gate.succeeded();
      this.#failing.delete(delivery.roomId);
      const { unknownSince: _, ...rest } = progress;
      progress = { ...rest, sentEventIds: [...progress.sentEventIds, eventId] };
      if (progress.sentEventIds.length < delivery.messages.length) await this.#saveProgress(delivery.id, progress);
    }
    return this.#over(delivery, { kind: "sent", at: this.#options.clock.now(), eventIds: progress.sentEventIds });
  }

  /** Progress is looked up only where an earlier try can have left some. */
  async #progressOf(delivery: Delivery, maybeTried: boolean): Promise<DeliveryProgress> {
    if (!maybeTried && !this.#withProgress.has(delivery.id)) return noProgress;
    const stored = this.#unsaved.get(delivery.id) ?? (await this.#options.store.getProgress(delivery.id));
    if (stored !== undefined) this.#withProgress.add(delivery.id);
    const progress = stored ?? noProgress;
    // Sends are in order: behind one that never arrived nothing was tried.
    if (!maybeTried || progress.unknownSince !== undefined || this.#untried.has(delivery.roomId)) return progress;
    return { ...progress, unknownSince: delivery.createdAt };
  }

  async #saveProgress(id: DeliveryId, progress: DeliveryProgress): Promise<void> {
    this.#withProgress.add(id);
    this.#unsaved.set(id, progress);
    await this.#options.unitOfWork.commit(this.#options.store.putProgress(id, progress));
    this.#unsaved.delete(id);
  }

  async #sendNext(delivery: Delivery, progress: DeliveryProgress): Promise<EventId> {
    const part = progress.sentEventIds.length;
    const message = delivery.messages[part];
    if (message === undefined) throw new TypeError(`delivery ${delivery.id} has no message ${part}`);
    const event: OutgoingEvent = {
      roomId: delivery.roomId,
      sender: delivery.sender,
      message,
      transactionId: transactionIdOf(this.#options.folderId, delivery, part),
    };
    const { unknownSince } = progress;
    if (unknownSince !== undefined && !this.#mayRepeatBlindly(delivery.sender, unknownSince)) {
      const found = await this.#options.sender.find(event, unknownSince);
      if (found !== undefined) return found;
      this.#untried.add(delivery.roomId);
    }
    return await this.#options.sender.send(event);
  }

  #mayRepeatBlindly(sender: UserId, unknownSince: number): boolean {
    return this.#options.sender.isRepeatSafe(sender) && this.#options.clock.now() - unknownSince < blindRepeatMs;
  }

  async #afterFailure(delivery: Delivery, before: DeliveryProgress, error: unknown): Promise<LaneVerdict> {
    const now = this.#options.clock.now();
    const meaning = meaningOfFailure(error);
    this.#tellGate(delivery.roomId, meaning);
    if (meaning.kind === "refused") return this.#dead(delivery, before, meaning.reason);
    if (meaning.kind === "sender-limited") {
      this.#pausedUntil.set(delivery.sender, now + meaning.delayMs);
      return { kind: "later", delayMs: meaning.delayMs };
    }
    this.#options.events.retried(delivery, meaning.reason);
    const isUnknown = !(error instanceof RemoteError) || error.outcomeUnknown;
    const tried: DeliveryProgress = {
      ...before,
      attempts: before.attempts + 1,
      lastError: meaning.reason,
      ...(isUnknown ? { unknownSince: before.unknownSince ?? now } : {}),
    };
    if (meaning.kind === "homeserver-away") {
      if (isUnknown) await this.#saveProgress(delivery.id, tried);
      return { kind: "later", delayMs: 0 };
    }
    const progress = this.#countFailing(delivery, tried, meaning);
    const verdict =
      meaning.kind === "forbidden" ? await this.#afterForbidden(delivery, progress) : this.#afterRoomFailure(delivery, progress);
    if (verdict.kind === "later") await this.#saveProgress(delivery.id, progress);
    return verdict;
  }

  #tellGate(roomId: RoomId, meaning: FailureMeaning): void {
    if (meaning.kind === "homeserver-away") this.#gate.failed(meaning.reason);
    else if (meaning.kind === "room-failing") this.#gate.failedInRoom(roomId, meaning.reason);
    else this.#gate.answered();
  }

  /**
   * Since when the room fails by itself. The time passes on to the next delivery of the room, and stands still while no room gets through
   * and while we are stopped: an outage is nobody's fault.
   */
  #countFailing(delivery: Delivery, progress: DeliveryProgress, { kind }: FailureMeaning): DeliveryProgress {
    const now = this.#options.clock.now();
    const { firstFailedAt, lastFailedAt, ...rest } = progress;
    const doOthersWork = kind === "forbidden" || (this.#gate.isOpen && now - this.#gate.lastSuccessAt < quietMs);
    if (!doOthersWork) {
      this.#failing.delete(delivery.roomId);
      return rest;
    }
    const room = this.#failing.get(delivery.roomId);
    const pauseMs = now - (room?.last ?? lastFailedAt ?? now);
    // Tries of a failing room are minutes apart, an hour at most.
    const notCountedMs = pauseMs < quietMs ? 0 : pauseMs;
    const roomSince = room === undefined ? now : room.since + notCountedMs;
    const since = firstFailedAt === undefined ? Math.max(roomSince, delivery.createdAt) : firstFailedAt + notCountedMs;
    this.#failing.set(delivery.roomId, { since: Math.min(since, roomSince), last: now });
    return { ...rest, firstFailedAt: since, lastFailedAt: now };
  }

  #afterRoomFailure(delivery: Delivery, progress: DeliveryProgress): LaneVerdict {
    const now = this.#options.clock.now();
    if (now - (progress.firstFailedAt ?? now) >= failingRoomLimitMs) {
      return this.#dead(delivery, progress, `failed for 24 hours while other rooms worked: ${progress.lastError ?? ""}`);
    }
    return { kind: "later", delayMs: retryDelayMs(progress.attempts, this.#options.random.fraction()) };
  }

  async #afterForbidden(delivery: Delivery, progress: DeliveryProgress): Promise<LaneVerdict> {
    const now = this.#options.clock.now();
    const wakes = this.#wakes;
    let isJoined: boolean;
    try {
      isJoined = await this.#options.isJoined(delivery.roomId, delivery.sender);
    } catch {
      return { kind: "later", delayMs: retryDelayMs(progress.attempts, this.#options.random.fraction()) };
    }
    // It may have come back while the answer was on its way.
    if (!isJoined && wakes !== this.#wakes) return { kind: "later", delayMs: 0 };
    if (!isJoined) {
      this.#absentUntil.set(absenceKey(delivery), now + absenceMs);
      return this.#over(delivery, { kind: "discarded", at: now, reason: absenceReason(delivery) });
    }
    if (now - (progress.firstFailedAt ?? now) < forbiddenRoomLimitMs) return { kind: "later", delayMs: forbiddenRetryMs };
    return this.#dead(delivery, progress, `${delivery.sender} was not allowed to speak for 7 days: ${progress.lastError ?? ""}`);
  }

  #dead(delivery: Delivery, { sentEventIds: eventIds }: DeliveryProgress, reason: string): LaneVerdict {
    return this.#over(delivery, { kind: "dead", at: this.#options.clock.now(), reason, eventIds });
  }

  #over(delivery: Delivery, outcome: DeliveryOutcome): LaneVerdict {
    return { kind: "done", settled: this.#end(delivery, outcome) };
  }

  /** Stores how it ended. What the homeserver has must not be sent again, so this is tried until the disk takes it. */
  async #end(delivery: Delivery, outcome: DeliveryOutcome): Promise<void> {
    const { store, unitOfWork, clock } = this.#options;
    const changes = store.end(delivery, outcome);
    this.#unsaved.delete(delivery.id);
    if (this.#withProgress.delete(delivery.id)) changes.push(...store.clearProgress(delivery.id));
    for (;;) {
      try {
        await unitOfWork.commit(changes);
        break;
      } catch (error) {
        this.#options.onError(delivery.roomId, error);
        if (this.#isStopped) return;
        await sleep(clock, storeRetryMs);
      }
    }
    this.#report(delivery, outcome);
  }

  #report(delivery: Delivery, outcome: DeliveryOutcome): void {
    const { events } = this.#options;
    if (outcome.kind === "sent") events.sent(delivery, outcome.at - delivery.acceptedAt);
    else if (outcome.kind === "dead") events.dead(delivery, outcome.reason);
    else events.discarded(delivery, outcome.reason);
  }
}

/**
 * Homeservers take one event per transaction id, so the id must belong to this message alone, for ever: it covers the data folder, the
 * delivery (whose id is never given out again, not even on a restored folder), connection, sender and part. It is not per room.
 */
export function transactionIdOf(folderId: string, delivery: Delivery, part: number): string {
  const { id, place, connectionId = "", sender } = delivery;
  return hash("sha256", `${folderId}|${id}|${place}|${connectionId}|${sender}|${part}`, "base64url");
}

/** The same for the same event and connection, whenever they meet, so that nothing is made twice. */
export function deliveryId(inboxId: InboxId, position: number, connection: ConnectionId): DeliveryId {
  // The cast: here is where the ids of routed deliveries come from.
  return `${inboxId}.${position.toString(36)}${connection.slice(0, connectionCharacters)}` as DeliveryId;
}

/** The id the delivery would have if the other connection had been there; undefined for what does not come from routing. */
function movedDeliveryId(id: DeliveryId, from: ConnectionId, to: ConnectionId): DeliveryId | undefined {
  const ending = from.slice(0, connectionCharacters);
  // The cast: the form is that of `deliveryId`.
  return id.endsWith(ending) ? (`${id.slice(0, -ending.length)}${to.slice(0, connectionCharacters)}` as DeliveryId) : undefined;
}

function absenceKey({ roomId, sender }: Delivery): string {
  return `${roomId} ${sender}`;
}

function absenceReason({ sender }: Delivery): string {
  return `${sender} is not in the room; invite it again and replay the delivery`;
}
