import type { RoomId } from "../core/ids.js";
import type { QueueEntry, QueuePlace, RoomQueueStore } from "../core/ports/delivery-stores.js";
import { sleep, type Clock } from "../shared/clock.js";
import { Turns } from "./turns.js";

/** What became of an entry. */
export type LaneVerdict =
  /** It is over. `settled` resolves when the store knows; the lane goes on without waiting for it. */
  | { readonly kind: "done"; readonly settled: Promise<void> }
  /** It stays where it is, and the room with it, for this long. */
  | { readonly kind: "later"; readonly delayMs: number };

export interface LaneEntry<Item, Key extends string = RoomId> extends QueueEntry<Item> {
  readonly roomId: Key;
  /** True for an entry from before the start: an earlier life of the process may have worked on it. */
  readonly maybeTried: boolean;
}

interface RoomLanesOptions<Item, Key extends string> {
  readonly store: RoomQueueStore<Item, Key>;
  /** How many rooms are worked on at once. */
  readonly concurrency: number;
  /** A room that has been worked on for this long in one go no longer counts towards `concurrency`: what it waits for may never come. */
  readonly slowAfterMs?: number;
  readonly clock: Clock;
  /** Whether a place was given out by this start of the program. */
  readonly isOwnPlace: (place: QueuePlace) => boolean;
  readonly process: (entry: LaneEntry<Item, Key>) => Promise<LaneVerdict>;
  /** The store or `process` failed unexpectedly; the room is tried again a little later. */
  readonly onError: (roomId: Key, error: unknown) => void;
}

interface Lane<Item, Key extends string> {
  readonly roomId: Key;
  readonly buffer: QueueEntry<Item>[];
  /** The store may hold entries of the room that are not in the buffer. */
  hasMore: boolean;
  grewWhileReading: boolean;
  /** The place of the last entry that is over. */
  last: QueuePlace | undefined;
  /** The place of the last entry that was taken into memory, over or not. */
  taken: QueuePlace;
  /** Something that the room waited for happened while it was worked on. */
  isWoken: boolean;
  state: "idle" | "ready" | "running" | "delayed";
  /** It is running, and counts towards `concurrency`. */
  isCounted: boolean;
  /** It waits for something beside the turns; nothing is taken into memory for it. */
  isApart: boolean;
  cancelDelay: (() => void) | undefined;
  /** Entries that are over but not yet so in the store, in order. */
  readonly unsettled: Set<Promise<void>>;
  /** How many callers keep the room from being worked on. */
  holds: number;
}

/** Entries of one room that are worked on in one turn, before the next room gets its turn. */
const entriesPerTurn = 32;
/** Over all rooms; what exceeds it is read from the store when its turn comes. */
const bufferedEntries = 2_000;
const roomsPerPage = 256;
const delayAfterErrorMs = 1_000;
const heldPollMs = 20;
/** While the store does not take outcomes no more than this is done ahead of it, in each room: it would all be done again after a crash. */
const mostUnsettled = 16;

/**
 * Works on stored queues, one entry of a room at a time, rooms in parallel. What is pushed while a room is idle is handed over
 * in memory; a backlog stays in the store and is read piece by piece, so memory does not grow with what waits.
 *
 * A room has a lane only while it has something to do. A lane is dropped when the store knows everything it did:
 * dropped earlier, a new lane could read an entry again that is done already.
 */
export class RoomLanes<Item, Key extends string = RoomId> {
  readonly #options: RoomLanesOptions<Item, Key>;
  readonly #lanes = new Map<Key, Lane<Item, Key>>();
  readonly #turns: Turns;
  #ready: Lane<Item, Key>[] = [];
  #readyHead = 0;
  #running = 0;
  #buffered = 0;
  /** Entries of lanes that wait beside the turns. */
  #apart = 0;
  /** Until the store was looked through, any room may have a backlog. */
  #isBacklogKnown = false;
  /** Counts the looks that began: only the last one knows. */
  #looks = 0;
  #isStarted = false;
  #isStopped = false;
  #onQuiet: (() => void)[] = [];

  constructor(options: RoomLanesOptions<Item, Key>) {
    this.#options = options;
    this.#turns = new Turns(options.concurrency);
  }

  /** Begins to work, on what is pushed and on what the store holds from before. */
  async start(): Promise<void> {
    this.#isStarted = true;
    this.#pump();
    await this.#lookThroughStore();
  }

  /** Takes up what the store holds although nobody pushed it, because its commit seemed to fail. Called before anything else is stored. */
  async catchUp(): Promise<void> {
    this.#isBacklogKnown = false;
    for (const lane of this.#lanes.values()) {
      this.#returnToStore(lane);
      // A read under way may be of the time before.
      lane.grewWhileReading = true;
    }
    await this.#lookThroughStore();
  }

  async #lookThroughStore(): Promise<void> {
    this.#looks += 1;
    const look = this.#looks;
    let after: Key | undefined;
    for (;;) {
      const rooms = await this.#options.store.rooms(after, roomsPerPage);
      for (const roomId of rooms) this.#makeReady(this.#laneOf(roomId));
      after = rooms.at(-1);
      if (rooms.length < roomsPerPage || this.#isStopped) break;
    }
    if (look === this.#looks) this.#isBacklogKnown = true;
  }

  /** Hands over an entry that the store holds already. Entries of a room come in the order of their places. */
  push(roomId: Key, entry: QueueEntry<Item>): void {
    const lane = this.#laneOf(roomId);
    // The store may show an entry before its commit is known here: then it was taken from there.
    if (entry.place <= lane.taken) return;
    if (lane.hasMore) lane.grewWhileReading = true;
    else if (lane.buffer.length >= entriesPerTurn || lane.holds > 0 || lane.isApart || this.#buffered >= bufferedEntries)
      lane.hasMore = true;
    else this.#take(lane, [entry]);
    if (lane.state === "idle") this.#makeReady(lane);
  }

  /** Entries in memory, those being worked on included; what waits beside the turns is not. */
  get inMemory(): number {
    return this.#buffered + this.#running - this.#apart;
  }

  /**
   * Runs what the entry in work has to wait for, beside the turns: however long it takes, the room does not count towards `concurrency`
   * meanwhile. It has a turn again when this resolves.
   */
  async apart<T>(roomId: Key, task: () => Promise<T>): Promise<T> {
    const lane = this.#laneOf(roomId);
    // Thousands of rooms may wait here: what lies behind is read again when it comes to that.
    if (this.#buffered >= bufferedEntries) this.#returnToStore(lane);
    const entries = lane.buffer.length + 1;
    this.#apart += entries;
    lane.isApart = true;
    this.#leaveTurn(lane);
    this.#pump();
    try {
      return await task();
    } finally {
      lane.isApart = false;
      this.#apart -= entries;
      await this.#turns.takeAgain();
      lane.isCounted = true;
    }
  }

  /** Ends a room's delay. */
  wake(roomId: Key): void {
    const lane = this.#lanes.get(roomId);
    if (lane?.state === "running") lane.isWoken = true;
    if (lane?.state === "delayed") this.#makeReady(lane);
  }

  /** Ends the delays of all rooms. */
  wakeAll(): void {
    for (const roomId of this.#lanes.keys()) this.wake(roomId);
  }

  /** Keeps a room from being worked on; resolves when the entry in work is over, for the store too. Each hold needs its `unhold`. */
  async hold(roomId: Key): Promise<void> {
    const lane = this.#laneOf(roomId);
    lane.holds += 1;
    while ((lane.state === "running" || lane.unsettled.size > 0) && !this.#isStopped) await sleep(this.#options.clock, heldPollMs);
  }

  /** Works on a held room again, from the first entry that the store holds: entries may have been put before others. */
  unhold(roomId: Key): void {
    const lane = this.#laneOf(roomId);
    lane.holds -= 1;
    if (lane.holds > 0) return;
    lane.last = undefined;
    this.#returnToStore(lane);
    this.#makeReady(lane);
  }

  /** Takes no further entries; resolves when those being worked on are over. */
  stop(): Promise<void> {
    this.#isStopped = true;
    for (const lane of this.#lanes.values()) lane.cancelDelay?.();
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onQuiet.push(resolve));
  }

  #laneOf(roomId: Key): Lane<Item, Key> {
    const known = this.#lanes.get(roomId);
    if (known !== undefined) return known;
    const lane: Lane<Item, Key> = {
      roomId,
      buffer: [],
      hasMore: !this.#isBacklogKnown,
      grewWhileReading: false,
      last: undefined,
      taken: "",
      isWoken: false,
      state: "idle",
      isCounted: false,
      isApart: false,
      cancelDelay: undefined,
      unsettled: new Set(),
      holds: 0,
    };
    this.#lanes.set(roomId, lane);
    return lane;
  }

  #makeReady(lane: Lane<Item, Key>): void {
    if (lane.holds > 0 || lane.state === "ready" || lane.state === "running") return;
    lane.cancelDelay?.();
    lane.cancelDelay = undefined;
    lane.state = "ready";
    this.#ready.push(lane);
    this.#pump();
  }

  #leaveTurn(lane: Lane<Item, Key>): void {
    if (lane.isCounted) this.#turns.leave();
    lane.isCounted = false;
  }

  #pump(): void {
    this.#turns.giveToReturning();
    while (this.#isStarted && !this.#isStopped && this.#turns.isFree && this.#readyHead < this.#ready.length) {
      const lane = this.#ready[this.#readyHead];
      this.#readyHead += 1;
      if (this.#readyHead > 1_000 && this.#readyHead * 2 > this.#ready.length) {
        this.#ready = this.#ready.slice(this.#readyHead);
        this.#readyHead = 0;
      }
      if (lane === undefined) continue;
      if (lane.holds > 0) {
        lane.state = "idle";
        continue;
      }
      this.#running += 1;
      this.#turns.take();
      lane.isCounted = true;
      lane.state = "running";
      void this.#turn(lane);
    }
  }

  async #turn(lane: Lane<Item, Key>): Promise<void> {
    let delayMs: number | undefined;
    const isOver = this.#uncountWhenSlow(lane);
    try {
      for (let count = 0; count < entriesPerTurn && delayMs === undefined && !this.#isStopped && lane.holds === 0; count += 1) {
        while (lane.unsettled.size >= mostUnsettled) await Promise.race(lane.unsettled);
        if (lane.buffer.length === 0 && lane.hasMore) await this.#refill(lane);
        const entry = lane.buffer.shift();
        if (entry === undefined) break;
        this.#buffered -= 1;
        lane.isWoken = false;
        const { place, item } = entry;
        const maybeTried = !this.#options.isOwnPlace(place);
        delayMs = this.#note(lane, place, await this.#options.process({ place, item, roomId: lane.roomId, maybeTried }));
      }
    } catch (error) {
      this.#options.onError(lane.roomId, error);
      this.#returnToStore(lane);
      delayMs = delayAfterErrorMs;
    }
    this.#running -= 1;
    isOver?.();
    this.#leaveTurn(lane);
    if (delayMs !== undefined) this.#delay(lane, delayMs);
    else this.#rest(lane);
    if (this.#isStopped && this.#running === 0) for (const resolve of this.#onQuiet.splice(0)) resolve();
    this.#pump();
  }

  /** @returns how long the room has to wait, if it has to */
  #note(lane: Lane<Item, Key>, place: QueuePlace, verdict: LaneVerdict): number | undefined {
    if (verdict.kind === "later") {
      this.#returnToStore(lane);
      // Looked at now: what the room waits for may have happened during the try.
      return lane.isWoken ? 0 : verdict.delayMs;
    }
    lane.last = place;
    this.#settle(lane, verdict.settled);
    return undefined;
  }

  /** @returns to be called when the turn is over */
  #uncountWhenSlow(lane: Lane<Item, Key>): (() => void) | undefined {
    const { slowAfterMs, clock } = this.#options;
    if (slowAfterMs === undefined) return undefined;
    return clock.after(slowAfterMs, () => {
      this.#leaveTurn(lane);
      this.#pump();
    });
  }

  async #refill(lane: Lane<Item, Key>): Promise<void> {
    lane.grewWhileReading = false;
    const entries = await this.#options.store.read(lane.roomId, lane.last, entriesPerTurn);
    this.#take(lane, entries);
    lane.hasMore = entries.length === entriesPerTurn || lane.grewWhileReading;
  }

  #take(lane: Lane<Item, Key>, entries: readonly QueueEntry<Item>[]): void {
    lane.buffer.push(...entries);
    this.#buffered += entries.length;
    lane.taken = entries.at(-1)?.place ?? lane.taken;
  }

  /** Forgets what is in memory; it is read again from the store. */
  #returnToStore(lane: Lane<Item, Key>): void {
    this.#buffered -= lane.buffer.length;
    lane.buffer.length = 0;
    lane.hasMore = true;
    lane.taken = lane.last ?? "";
  }

  #settle(lane: Lane<Item, Key>, settled: Promise<void>): void {
    const over = (): void => {
      lane.unsettled.delete(tracked);
      this.#dropIfOver(lane);
    };
    const tracked = settled.then(over, over);
    lane.unsettled.add(tracked);
  }

  #delay(lane: Lane<Item, Key>, delayMs: number): void {
    lane.state = "delayed";
    if (this.#isStopped) return;
    lane.cancelDelay = this.#options.clock.after(delayMs, () => {
      this.#makeReady(lane);
    });
  }

  #rest(lane: Lane<Item, Key>): void {
    lane.state = "idle";
    if (lane.buffer.length > 0 || lane.hasMore) this.#makeReady(lane);
    else this.#dropIfOver(lane);
  }

  #dropIfOver(lane: Lane<Item, Key>): void {
    if (lane.state === "idle" && lane.holds === 0 && lane.unsettled.size === 0 && lane.buffer.length === 0 && !lane.hasMore)
      this.#lanes.delete(lane.roomId);
  }
}
