import type { Delivery, DeliveryOutcome, DeliveryProgress } from "../core/delivery.js";
import type { ConnectionId, DeliveryId, EventId, RoomId, UserId } from "../core/ids.js";
import type { RoomMessage } from "../core/message.js";
import type { DeliveryStore } from "../core/ports/delivery-stores.js";
import type { Ghosts } from "../core/ports/ghosts.js";
import type { MessageSender, OutgoingEvent } from "../core/ports/message-sender.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import { sleep, type Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import { absenceReason, AbsentSenders } from "./absent-senders.js";
import { transactionIdOf } from "./delivery-ids.js";
import type { DeliveryEvents } from "./events.js";
import { FailingRooms } from "./failing-rooms.js";
import { GhostSpeakers } from "./ghost-speakers.js";
import { HomeserverGate } from "./homeserver-gate.js";
import type { IdSource } from "./id-source.js";
import { moveDeliveries, type MovedConnection } from "./move-deliveries.js";
import type { Outcomes } from "./outcomes.js";
import { Pace } from "./pace.js";
import { ProgressBook } from "./progress-book.js";
import { blindRepeatMs } from "./retry-policy.js";
import { RoomLanes, type LaneEntry, type LaneVerdict } from "./room-lanes.js";
import { SendFailures } from "./send-failures.js";
import { Words, type AskForWords, type Wording } from "./words.js";

type MaybePromise<T> = T | Promise<T>;

/** A delivery that is not stored yet; the outbox gives it its place. */
export type NewDelivery = Omit<Delivery, "place" | "createdAt">;

interface OutboxOptions {
  readonly store: DeliveryStore;
  readonly unitOfWork: UnitOfWork;
  readonly sender: MessageSender;
  readonly ghosts: Ghosts;
  readonly words: AskForWords;
  /** Changes to be stored with the outcome of a delivery that was sent; undefined when nobody has any. Never rejects. */
  readonly sentChanges: (delivery: Delivery, eventIds: readonly EventId[]) => Promise<readonly StoreChange[]> | undefined;
  /** Whether a connection may still speak; undefined when it may, else why not. */
  readonly whyNot: (connectionId: ConnectionId) => string | undefined | Promise<string | undefined>;
  /** Whether what is for the room has to wait just now, whatever the homeserver says. */
  readonly mustWait: (roomId: RoomId) => boolean | Promise<boolean>;
  /** Cuts a message to what a homeserver takes. */
  readonly fit: (message: RoomMessage) => RoomMessage;
  /** Whether the user is joined to the room, asked at the homeserver after a 403. */
  readonly isJoined: (roomId: RoomId, user: UserId) => Promise<boolean>;
  /** Whether the user is banned from the room, asked about a ghost that could not get in. */
  readonly isBanned: (roomId: RoomId, user: UserId) => Promise<boolean>;
  readonly ids: IdSource;
  readonly folderId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: DeliveryEvents;
  readonly outcomes: Pick<Outcomes, "replied" | "ended">;
  /** Requests to the homeserver at once. */
  readonly concurrency: number;
  readonly onError: (roomId: RoomId, error: unknown) => void;
}

const storeRetryMs = 1_000;
const heldRoomRetryMs = 10 * 60_000;
/** Deliveries in memory: as many as there are connections to send them by. With more none arrives sooner, and all cost a tenth more. */
const crowdedAbove = 32;

/** What a delivery's end is stored and told with, besides its outcome. */
interface EndingExtras {
  readonly changes?: readonly StoreChange[];
  /** It had nothing to say, and that is in order. */
  readonly isIgnored?: boolean;
}

/**
 * Sends stored deliveries: in order within a room, rooms in parallel, each message under a transaction id that belongs to it alone,
 * so that trying again is harmless. A delivery leaves its queue only together with its outcome.
 *
 * What may happen at each step, should the process die there:
 * before its words are stored, where it was stored without: they are asked for again; before the send: it is tried again; after the send
 * and before the outcome is stored: it is tried again with the same id, and the homeserver answers with the event it has; where the
 * homeserver may have forgotten the id, the room's messages are looked at first.
 *
 * This is the busiest path of the product: what is known already is not awaited.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #lanes: RoomLanes<Delivery>;
  readonly #gate: HomeserverGate;
  readonly #progress: ProgressBook;
  readonly #failing = new FailingRooms();
  readonly #absent = new AbsentSenders();
  readonly #pace: Pace;
  readonly #words: Words;
  readonly #ghosts: GhostSpeakers;
  readonly #failures: SendFailures;
  /** Being sent, or sent and not yet so in the store: these cannot be discarded. */
  readonly #sending = new Set<DeliveryId>();
  readonly #discarded = new Set<DeliveryId>();
  #isStopped = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#progress = new ProgressBook(options.store, options.unitOfWork);
    this.#pace = new Pace(options.clock);
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
    this.#words = new Words({ ...options, ask: options.words, progress: this.#progress });
    this.#ghosts = new GhostSpeakers(options.ghosts);
    this.#failures = new SendFailures({
      ...options,
      ...{ gate: this.#gate, progress: this.#progress, failing: this.#failing, absent: this.#absent },
    });
    this.#lanes = new RoomLanes({
      store: options.store,
      concurrency: options.concurrency,
      clock: options.clock,
      isOwnPlace: (place) => options.ids.isOwn(place),
      process: (entry) => (entry.item.isWordless === true ? this.#giveWords(entry) : this.#process(entry.item, entry.maybeTried)),
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
    this.#words.stop();
    return this.#lanes.stop();
  }

  /** What new work has to wait for: undefined unless more is in memory than sending keeps up with, although the homeserver takes messages. */
  pace(): Promise<void> | undefined {
    // Nobody overtakes those who wait.
    return this.#isCrowded || this.#pace.isWaitedFor ? this.#pace.wait() : undefined;
  }

  /** New work is over, whatever it came to: unless it is crowded still, two go on for one, so that nobody waits without need for long. */
  letNextIn(): void {
    for (let count = 0; count < 2 && !this.#isCrowded; count += 1) this.#pace.done();
  }

  get #isCrowded(): boolean {
    return this.#gate.isOpen && this.#lanes.inMemory > crowdedAbove;
  }

  /**
   * Makes deliveries ready to be stored. The caller commits the changes, together with its own, and then calls `release`.
   * Places are given out here, so calls and commits must be in the same order.
   */
  prepare(deliveries: readonly NewDelivery[]): { readonly changes: StoreChange[]; release(): void } {
    const createdAt = this.#options.clock.now();
    const placed: Delivery[] = [];
    const changes: StoreChange[] = [];
    for (const given of deliveries) {
      const { id, roomId, connectionId, serviceId, sender, ghost, source, isWordless, acceptedAt } = given;
      const messages = given.messages.map(this.#options.fit);
      const place = this.#options.ids.next();
      // All of one shape, not spread: that is looked up faster, and this is made for every message.
      const every = { id, roomId, connectionId, serviceId, sender, ghost, source, messages, isWordless, acceptedAt, createdAt, place };
      const delivery: Delivery = every satisfies Record<keyof Delivery, unknown>;
      placed.push(delivery);
      changes.push(...this.#options.store.add(delivery));
    }
    return {
      changes,
      release: () => {
        this.#options.events.routed(placed);
        for (const delivery of placed) this.#lanes.push(delivery.roomId, { place: delivery.place, item: delivery });
      },
    };
  }

  /** Tries a waiting room again at once, for example after its power levels changed. */
  wake(roomId: RoomId): void {
    this.#failures.noteWake();
    this.#absent.forget(roomId);
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
  move(from: MovedConnection, to: MovedConnection): Promise<void> {
    return moveDeliveries(from, to, this.#options);
  }

  /** Takes a waiting delivery out of its queue. @returns false when it is being sent just now */
  async discard(delivery: Delivery, reason: string): Promise<boolean> {
    if (this.#sending.has(delivery.id)) return false;
    this.#discarded.add(delivery.id);
    await this.#end(delivery, { kind: "discarded", at: this.#options.clock.now(), reason });
    this.wake(delivery.roomId);
    return true;
  }

  /** Asks for the words of a delivery that has none, stores them, and then sends them: every further try sends the same. */
  async #giveWords({ item: delivery, roomId, maybeTried }: LaneEntry<Delivery>): Promise<LaneVerdict> {
    if (this.#discarded.delete(delivery.id)) return { kind: "done", settled: Promise.resolve() };
    if (this.#isStopped) return { kind: "later", delayMs: 0 };
    this.#sending.add(delivery.id);
    let wording: Wording;
    try {
      // Before anybody is asked for words: a connection that is gone has nothing to say.
      const objection = await this.#objectionTo(delivery);
      if (objection !== undefined) return this.#waiting(delivery, objection);
      this.#sending.delete(delivery.id);
      wording = await this.#lanes.apart(roomId, () => this.#words.find(delivery, maybeTried));
      if (this.#discarded.delete(delivery.id)) return { kind: "done", settled: Promise.resolve() };
      if (wording.kind === "later") return wording;
      this.#sending.add(delivery.id);
      if (wording.reply !== undefined) this.#options.outcomes.replied(delivery.id, wording.reply);
      if (wording.kind === "none") return await this.#overWith(delivery, wording.outcome, wording);
      await this.#storeWords(wording);
    } catch (error) {
      this.#sending.delete(delivery.id);
      throw error;
    }
    this.#sending.delete(delivery.id);
    return await this.#process(wording.delivery, false);
  }

  #storeWords({ delivery, changes }: Extract<Wording, { kind: "words" }>): Promise<void> {
    const { store, unitOfWork } = this.#options;
    return unitOfWork.commit([...store.putWords(delivery), ...this.#progress.end(delivery.id), ...changes]);
  }

  #process(delivery: Delivery, maybeTried: boolean): Promise<LaneVerdict> {
    const early = this.#beforeSending(delivery);
    if (early !== undefined) return Promise.resolve(early);
    return this.#gate.isOpen ? this.#send(delivery, maybeTried) : this.#sendBehindGate(delivery, maybeTried);
  }

  async #sendBehindGate(delivery: Delivery, maybeTried: boolean): Promise<LaneVerdict> {
    await this.#gate.pass();
    // Looked at again: hours may have passed at the gate.
    const early = this.#beforeSending(delivery);
    if (early === undefined) return await this.#send(delivery, maybeTried);
    this.#gate.abandoned();
    return early;
  }

  /** What goes on waiting may be discarded by hand; what is over may when the store knows. */
  #waiting(delivery: Delivery, verdict: LaneVerdict): LaneVerdict {
    if (verdict.kind === "later") this.#sending.delete(delivery.id);
    return verdict;
  }

  /** What can be told without asking anybody. */
  #beforeSending(delivery: Delivery): LaneVerdict | undefined {
    if (this.#discarded.delete(delivery.id)) return { kind: "done", settled: Promise.resolve() };
    if (this.#isStopped) return { kind: "later", delayMs: 0 };
    const now = this.#options.clock.now();
    const pauseMs = this.#failures.pauseOf(delivery.sender, now);
    if (pauseMs !== undefined) return { kind: "later", delayMs: pauseMs };
    if (!this.#absent.has(delivery, now)) return undefined;
    return this.#over(delivery, { kind: "discarded", at: now, reason: absenceReason(delivery) });
  }

  /** Whether the room has to wait, or the connection may not speak any more. */
  #objectionTo(delivery: Delivery): MaybePromise<LaneVerdict | undefined> {
    const mustWait = this.#options.mustWait(delivery.roomId);
    const whyNot = delivery.connectionId === undefined ? undefined : this.#options.whyNot(delivery.connectionId);
    if (!(mustWait instanceof Promise) && !(whyNot instanceof Promise)) return this.#judge(delivery, mustWait, whyNot);
    return Promise.all([mustWait, whyNot]).then((answers) => this.#judge(delivery, ...answers));
  }

  #judge(delivery: Delivery, mustWait: boolean, whyNot: string | undefined): LaneVerdict | undefined {
    if (mustWait) return { kind: "later", delayMs: heldRoomRetryMs };
    return whyNot === undefined ? undefined : this.#over(delivery, { kind: "discarded", at: this.#options.clock.now(), reason: whyNot });
  }

  async #send(delivery: Delivery, maybeTried: boolean): Promise<LaneVerdict> {
    this.#sending.add(delivery.id);
    try {
      const objecting = this.#objectionTo(delivery);
      const objection = objecting instanceof Promise ? await objecting : objecting;
      if (objection !== undefined) {
        this.#gate.abandoned();
        return this.#waiting(delivery, objection);
      }
      const known = this.#progress.of(delivery, maybeTried);
      let progress = known instanceof Promise ? await known : known;
      // Nothing is sent that could tell the gate anything.
      if (progress.sentEventIds.length >= delivery.messages.length) this.#gate.abandoned();
      let isMended = false;
      while (progress.sentEventIds.length < delivery.messages.length) {
        try {
          const readying = this.#ghosts.prepare(delivery);
          if (readying !== undefined) await readying;
          progress = withSent(progress, await this.#sendNext(delivery, progress));
        } catch (error) {
          if (!isMended && this.#ghosts.mayMend(delivery, error)) {
            isMended = true;
            continue;
          }
          const verdict = await this.#failures.judge(delivery, progress, error);
          return verdict.kind === "over" ? this.#over(delivery, verdict.outcome) : this.#waiting(delivery, verdict);
        }
        this.#gate.succeeded();
        this.#failing.forget(delivery.roomId);
        if (progress.sentEventIds.length < delivery.messages.length) await this.#progress.save(delivery.id, progress);
      }
      const verdict = this.#sent(delivery, progress.sentEventIds);
      return verdict instanceof Promise ? await verdict : verdict;
    } catch (error) {
      this.#sending.delete(delivery.id);
      // Whoever passed the gate has to say what became of it, or nobody passes again.
      this.#gate.abandoned();
      throw error;
    }
  }

  #sent(delivery: Delivery, eventIds: readonly EventId[]): LaneVerdict | Promise<LaneVerdict> {
    const outcome: DeliveryOutcome = { kind: "sent", at: this.#options.clock.now(), eventIds };
    const asking = this.#options.sentChanges(delivery, eventIds);
    if (asking === undefined) return this.#over(delivery, outcome);
    return asking.then((changes) => this.#overWith(delivery, outcome, { changes }));
  }

  #sendNext(delivery: Delivery, progress: DeliveryProgress): Promise<EventId> {
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
    if (unknownSince === undefined || this.#mayRepeatBlindly(delivery.sender, unknownSince)) return this.#options.sender.send(event);
    return this.#sendUnlessThere(event, unknownSince);
  }

  async #sendUnlessThere(event: OutgoingEvent, unknownSince: number): Promise<EventId> {
    const found = await this.#options.sender.find(event, unknownSince);
    if (found !== undefined) return found;
    this.#progress.noteUntried(event.roomId);
    return await this.#options.sender.send(event);
  }

  #mayRepeatBlindly(sender: UserId, unknownSince: number): boolean {
    return this.#options.sender.isRepeatSafe(sender) && this.#options.clock.now() - unknownSince < blindRepeatMs;
  }

  #over(delivery: Delivery, outcome: DeliveryOutcome, extras?: EndingExtras): LaneVerdict {
    return { kind: "done", settled: this.#end(delivery, outcome, extras) };
  }

  /** What a service wants stored counts for what is behind it in the room, so that waits until it is. */
  async #overWith(delivery: Delivery, outcome: DeliveryOutcome, extras: Required<Pick<EndingExtras, "changes">>): Promise<LaneVerdict> {
    const settled = this.#end(delivery, outcome, extras);
    if (extras.changes.length > 0) await settled;
    return { kind: "done", settled };
  }

  /** Stores how it ended. What the homeserver has must not be sent again, so this is tried until the disk takes it. */
  async #end(delivery: Delivery, outcome: DeliveryOutcome, extras?: EndingExtras): Promise<void> {
    const { store, unitOfWork, clock } = this.#options;
    const changes = store.end(delivery, outcome);
    changes.push(...this.#progress.end(delivery.id), ...(extras?.changes ?? []));
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
    this.#sending.delete(delivery.id);
    this.#pace.done();
    this.#report(delivery, outcome, extras?.isIgnored ?? false);
  }

  #report(delivery: Delivery, outcome: DeliveryOutcome, isIgnored: boolean): void {
    const { events, outcomes } = this.#options;
    if (outcome.kind === "sent") events.sent(delivery, outcome.at - delivery.acceptedAt);
    else if (outcome.kind === "dead") events.dead(delivery, outcome.reason);
    else if (isIgnored && delivery.serviceId !== undefined) events.ignored(delivery.serviceId, outcome.reason);
    else events.discarded(delivery, outcome.reason);
    outcomes.ended(delivery.id, outcome, isIgnored);
  }
}

/** One message more is there, so nothing is unknown any more. */
function withSent(progress: DeliveryProgress, eventId: EventId): DeliveryProgress {
  const sentEventIds = [...progress.sentEventIds, eventId];
  if (progress.unknownSince === undefined) return { ...progress, sentEventIds };
  const { unknownSince: _, ...rest } = progress;
  return { ...rest, sentEventIds };
}
