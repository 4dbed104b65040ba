import type { DevinfoForward, DevinfoForwardStore, ForwardBacklog, ForwardTarget } from "../core/ports/devinfo-forward-store.js";
import type { QueuePlace } from "../core/ports/delivery-stores.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { IdSource } from "../delivery/id-source.js";
import { KeyedMutex } from "../delivery/keyed-mutex.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { CopiedRequest } from "./copied-requests.js";
import { GivenPlaces } from "./given-places.js";

export interface ForwardLimits {
  /** What waits for one site. */
  readonly waiting: ForwardBacklog;
  /** What one site refused. */
  readonly dead: ForwardBacklog;
}

/** A site that is away for days costs this much disk at most, and what it refuses this much. */
const usualLimits: ForwardLimits = {
  waiting: { count: 1_000_000, bytes: 10 * 1_073_741_824 },
  dead: { count: 1_000, bytes: 1_073_741_824 },
};

export interface ForwardQueueOptions {
  readonly target: ForwardTarget;
  readonly store: DevinfoForwardStore;
  readonly unitOfWork: UnitOfWork;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly log: Log;
  /** Present in tests. */
  readonly limits?: ForwardLimits;
}

const removedAtOnce = 200;
/** Down to this part of the limit in one go: so it is told now and then, and not with each submission. */
const keptPart = 0.95;

/**
 * What waits for one site, and what it refused. An entry is stored together with what it copies, and removed in a synced write of its own once
 * the site has it; a crash in between only repeats it. Of what grows beyond its limit the oldest goes.
 */
export class ForwardQueue {
  readonly #options: ForwardQueueOptions;
  readonly #limits: ForwardLimits;
  readonly #given: GivenPlaces;
  /** What is stored before it is from before the start; what was prepared by this one comes behind. */
  readonly #firstPlace: QueuePlace;
  /** The sender, people and the limit may want the same entry gone: each looks for it in its turn. */
  readonly #turns = new KeyedMutex();
  /** The last that is over; what waits lies behind it. */
  #last: QueuePlace | undefined;
  /** Something may lie before what is on its way just now. */
  #looksAgain = false;
  readonly #waiting = { count: 0, bytes: 0 };
  readonly #dead = { count: 0, bytes: 0 };
  #isOpen = false;
  #isTrimming = false;

  constructor(options: ForwardQueueOptions) {
    this.#options = options;
    this.#limits = options.limits ?? usualLimits;
    this.#given = new GivenPlaces(options.clock);
    this.#firstPlace = options.ids.next();
  }

  get target(): ForwardTarget {
    return this.#options.target;
  }

  /** What was prepared and never stored is counted too, until the limit seems to be reached. */
  get backlog(): { readonly waiting: ForwardBacklog; readonly dead: ForwardBacklog } {
    return { waiting: { ...this.#waiting }, dead: { ...this.#dead } };
  }

  /** Counts what is there from before. To be awaited before anything is taken or changed. */
  async open(): Promise<void> {
    const { store, target } = this.#options;
    const [waiting, dead] = await Promise.all([
      store.measure(target.id, "waiting", this.#firstPlace),
      store.measure(target.id, "dead", this.#firstPlace),
    ]);
    add(this.#waiting, waiting);
    add(this.#dead, dead);
    this.#isOpen = true;
  }

  /**
   * Makes a copy ready to be stored; the caller commits the changes.
   * @param body compressed; absent for deletes
   */
  prepare(copied: CopiedRequest, provider: string, body?: Uint8Array): readonly StoreChange[] {
    const { store, ids, clock, target } = this.#options;
    const request = copied.kind === "bulk" ? ({ kind: "bulk", bodyBytes: copied.body.length } as const) : copied;
    const place = ids.next();
    const forward = { target: target.id, place, provider, acceptedAt: clock.now(), request, storedBytes: body?.length ?? 0 };
    this.#given.add(place);
    add(this.#waiting, sizeOf(forward));
    return store.add(forward, body);
  }

  /** Whether something that was prepared may be stored by now. Asked at every submission, so it looks at nothing but memory. */
  get isExpecting(): boolean {
    return this.#given.earliest() !== undefined;
  }

  /** The first that waits. */
  async next(): Promise<DevinfoForward | undefined> {
    const { store, target } = this.#options;
    this.#looksAgain = false;
    const earliest = this.#given.earliest();
    const from = earliest !== undefined && this.#last !== undefined && earliest < this.#last ? earliest : this.#last;
    const [first] = await store.waiting(target.id, from, 1);
    return first;
  }

  /** Looks for what waits from the very beginning: something may lie where nothing was expected any more. */
  lookAgain(): void {
    this.#last = undefined;
    this.#looksAgain = true;
  }

  readBody(forward: DevinfoForward): Promise<Uint8Array | undefined> {
    return this.#options.store.readBody(forward);
  }

  /** The site has it. @throws StorageError */
  done({ place }: DevinfoForward): Promise<void> {
    return this.#inTurn(async () => {
      await this.#removeWaiting(place);
      if (!this.#looksAgain) this.#last = this.#last === undefined || place > this.#last ? place : this.#last;
    });
  }

  /** The site will never take it. @throws StorageError */
  bury({ place }: DevinfoForward, reason: string): Promise<void> {
    const { store, unitOfWork, clock, target } = this.#options;
    return this.#inTurn(async () => {
      const forward = await store.findWaiting(target.id, place);
      if (forward === undefined) return;
      await unitOfWork.commit(store.bury(forward, { reason, at: clock.now() }));
      this.#given.seen(place);
      subtract(this.#waiting, sizeOf(forward));
      add(this.#dead, sizeOf(forward));
      await this.#trimDead();
    });
  }

  /** Sends a dead copy again, before what waits. @returns whether it is one @throws StorageError */
  replay(place: QueuePlace): Promise<boolean> {
    const { store, unitOfWork, target } = this.#options;
    return this.#inTurn(async () => {
      const dead = await store.findDead(target.id, place);
      if (dead === undefined) return false;
      await unitOfWork.commit(store.revive(dead));
      subtract(this.#dead, sizeOf(dead));
      add(this.#waiting, sizeOf(dead));
      this.lookAgain();
      return true;
    });
  }

  /** Gives up a copy, dead or waiting. @returns whether it is one @throws StorageError */
  discard(place: QueuePlace): Promise<boolean> {
    return this.#inTurn(async () => (await this.#removeDead(place)) || (await this.#removeWaiting(place)));
  }

  /** Gives up the oldest of what waits, a slice of it. @returns how many they were @throws StorageError */
  discardSlice(): Promise<number> {
    return this.#giveUpOldest(() => false);
  }

  /** Gives up the oldest of what waits where that is too much. Never fails: what it leaves is for the next time. */
  async trim(): Promise<void> {
    const { log } = this.#options;
    const { url, clientId } = this.target;
    if (this.#isTrimming || !this.#isOpen || !exceeds(this.#waiting, this.#limits.waiting)) return;
    this.#isTrimming = true;
    try {
      const givenUp = await this.#trimWaiting();
      if (givenUp > 0)
        log.error({ url, clientId, givenUp }, "Too much waits for a site: the oldest copies of development information were given up");
    } catch (error) {
      log.error({ error, url }, "Old copies of development information could not be given up");
    } finally {
      this.#isTrimming = false;
    }
  }

  async #trimWaiting(): Promise<number> {
    await this.#countAnew();
    if (!exceeds(this.#waiting, this.#limits.waiting)) return 0;
    const kept = { count: this.#limits.waiting.count * keptPart, bytes: this.#limits.waiting.bytes * keptPart };
    let givenUp = 0;
    while (exceeds(this.#waiting, kept)) {
      const some = await this.#giveUpOldest((left) => !exceeds(left, kept));
      // What is counted may be prepared only.
      if (some === 0) break;
      givenUp += some;
    }
    return givenUp;
  }

  /** While the disk takes no writes much may be prepared that is never stored: nothing is given up for it. */
  #countAnew(): Promise<void> {
    const { store, target, ids } = this.#options;
    return this.#inTurn(async () => {
      const counted = { ...this.#waiting };
      const found = await store.measure(target.id, "waiting", ids.next());
      subtract(this.#waiting, counted);
      add(this.#waiting, found);
    });
  }

  #giveUpOldest(isEnough: (left: ForwardBacklog) => boolean): Promise<number> {
    const { store, target, unitOfWork } = this.#options;
    return this.#inTurn(async () => {
      const oldest = await store.waiting(target.id, undefined, removedAtOnce);
      const left = { ...this.#waiting };
      const chosen = oldest.filter((forward) => {
        if (isEnough(left)) return false;
        subtract(left, sizeOf(forward));
        return true;
      });
      await unitOfWork.commit(chosen.flatMap((forward) => store.remove(forward)));
      for (const forward of chosen) {
        this.#given.seen(forward.place);
        subtract(this.#waiting, sizeOf(forward));
      }
      return chosen.length;
    });
  }

  async #trimDead(): Promise<void> {
    const { store, target, log } = this.#options;
    while (exceeds(this.#dead, this.#limits.dead)) {
      const [oldest] = await store.dead(target.id, "oldest", 1);
      if (oldest === undefined || !(await this.#removeDead(oldest.place))) return;
      log.warn({ url: target.url, id: oldest.place }, "The oldest dead copy of development information was given up: there are too many");
    }
  }

  async #removeWaiting(place: QueuePlace): Promise<boolean> {
    const { store, target, unitOfWork } = this.#options;
    this.#given.seen(place);
    const forward = await store.findWaiting(target.id, place);
    if (forward === undefined) return false;
    await unitOfWork.commit(store.remove(forward));
    subtract(this.#waiting, sizeOf(forward));
    return true;
  }

  async #removeDead(place: QueuePlace): Promise<boolean> {
    const { store, target, unitOfWork } = this.#options;
    const dead = await store.findDead(target.id, place);
    if (dead === undefined) return false;
    await unitOfWork.commit(store.remove(dead));
    subtract(this.#dead, sizeOf(dead));
    return true;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    return this.#turns.run(this.target.id, task);
  }
}

interface Counted {
  count: number;
  bytes: number;
}

function sizeOf({ storedBytes }: DevinfoForward): ForwardBacklog {
  return { count: 1, bytes: storedBytes };
}

function add(counted: Counted, { count, bytes }: ForwardBacklog): void {
  counted.count += count;
  counted.bytes += bytes;
}

/** What was being stored while all was counted anew may be missing there. */
function subtract(counted: Counted, { count, bytes }: ForwardBacklog): void {
  counted.count = Math.max(0, counted.count - count);
  counted.bytes = Math.max(0, counted.bytes - bytes);
}

function exceeds(backlog: ForwardBacklog, limit: ForwardBacklog): boolean {
  return backlog.count > limit.count || backlog.bytes > limit.bytes;
}
