import { RemoteError, StorageError } from "../core/errors.js";
import type { ConnectionId, RoomId, UserId } from "../core/ids.js";
import { notice } from "../core/message.js";
import type { ForwardStore, StoredForward } from "../core/ports/delivery-stores.js";
import type { Announcer, Forward } from "../core/ports/room-work.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import { sleep, type Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import type { IdSource } from "./id-source.js";
import { tooLate, within } from "./limit.js";
import { retryDelayMs } from "./retry-policy.js";
import { RoomLanes, type LaneVerdict } from "./room-lanes.js";
import { stopped, StopSignal } from "./stop-signal.js";

/** What handing an event on came to, where nothing failed. */
export type HandingOn =
  | { readonly kind: "done" }
  /** Nothing is there any more that would take it. */
  | { readonly kind: "unwanted"; readonly reason: string };

interface ForwardsOptions {
  readonly store: ForwardStore;
  readonly unitOfWork: UnitOfWork;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly random: Random;
  /** Hands the event on, for its connection as it is now. @throws RemoteError, StorageError: tried again while that may help */
  readonly handOn: (forward: StoredForward) => Promise<HandingOn>;
  readonly announcer: Announcer;
  /** Who tells the room that something was given up. */
  readonly speaker: (roomId: RoomId) => Promise<UserId | undefined>;
  /** How people call the connection. */
  readonly describe: (id: ConnectionId) => Promise<string | undefined>;
  readonly onGivenUp: (forward: StoredForward, reason: string) => void;
  readonly onUnwanted: (forward: StoredForward, reason: string) => void;
  readonly onError: (id: ConnectionId, error: unknown) => void;
}

const dayMs = 24 * 3_600_000;
const giveUpMs = 3 * dayMs;
const limitMs = 60_000;
const connectionsAtOnce = 64;
/** A remote that does not answer holds its own connections only. */
const slowAfterMs = 1_000;
const longestAskedDelayMs = 3_600_000;
const pageSize = 200;
const storeRetryMs = 1_000;

/**
 * Hands room events on to remotes: in order within a connection, connections in parallel, beside the rooms' own work. An event leaves its
 * queue when the remote has it, so after a crash it is handed on again: the remote may get it twice, under the same event id.
 */
export class Forwards {
  readonly #options: ForwardsOptions;
  readonly #lanes: RoomLanes<StoredForward, ConnectionId>;
  readonly #attempts = new Map<string, number>();
  readonly #stop = new StopSignal();

  constructor(options: ForwardsOptions) {
    this.#options = options;
    this.#lanes = new RoomLanes({
      store: options.store,
      concurrency: connectionsAtOnce,
      slowAfterMs,
      clock: options.clock,
      isOwnPlace: (place) => options.ids.isOwn(place),
      process: ({ item }) => this.#process(item),
      onError: options.onError,
    });
  }

  /** Takes up what waits from before. */
  start(): Promise<void> {
    return this.#lanes.start();
  }

  stop(): Promise<void> {
    this.#stop.give();
    return this.#lanes.stop();
  }

  /** Takes up what is stored although its commit seemed to fail. */
  catchUp(): Promise<void> {
    return this.#lanes.catchUp();
  }

  /**
   * Makes events ready to be stored. The caller commits the changes, together with its own, and then calls `release`.
   * @param receivedAt when the transaction brought them; milliseconds since the epoch
   */
  prepare(forwards: readonly Forward[], receivedAt: number): { readonly changes: readonly StoreChange[]; release(): void } {
    const placed = forwards.map((forward): StoredForward => ({ ...forward, place: this.#options.ids.next(), receivedAt }));
    return {
      changes: placed.flatMap((forward) => this.#options.store.add(forward)),
      release: () => {
        for (const forward of placed) this.#lanes.push(forward.connectionId, { place: forward.place, item: forward });
      },
    };
  }

  /** Moves what waits for a connection to the one that took its place in another room; it keeps its places. */
  async move(from: ConnectionId, to: ConnectionId): Promise<void> {
    await Promise.all([this.#lanes.hold(from), this.#lanes.hold(to)]);
    try {
      await this.#moveHeld(from, to);
    } finally {
      this.#lanes.unhold(from);
      this.#lanes.unhold(to);
    }
  }

  async #moveHeld(from: ConnectionId, to: ConnectionId): Promise<void> {
    const { store, unitOfWork } = this.#options;
    let after: string | undefined;
    for (;;) {
      const page = await store.read(from, after, pageSize);
      await unitOfWork.commit(page.flatMap(({ item }) => [...store.remove(item), ...store.add({ ...item, connectionId: to })]));
      after = page.at(-1)?.place;
      if (page.length < pageSize) return;
    }
  }

  async #process(forward: StoredForward): Promise<LaneVerdict> {
    let handing: HandingOn | typeof tooLate | typeof stopped;
    try {
      handing = await this.#stop.unlessGiven(within(this.#options.clock, limitMs, this.#options.handOn(forward)));
    } catch (error) {
      return await this.#afterFailure(forward, error);
    }
    if (handing === stopped) return { kind: "later", delayMs: 0 };
    if (handing === tooLate) return await this.#afterFailure(forward, new RemoteError(`no answer within ${limitMs / 1_000} seconds`));
    if (handing.kind === "unwanted") this.#options.onUnwanted(forward, handing.reason);
    return await this.#over(forward);
  }

  async #afterFailure(forward: StoredForward, error: unknown): Promise<LaneVerdict> {
    // The disk is no fault of the remote's.
    if (error instanceof StorageError) return this.#later(forward, 0);
    const isYoung = this.#options.clock.now() - forward.receivedAt < giveUpMs;
    if (error instanceof RemoteError && error.isTransient && isYoung) return this.#later(forward, error.retryAfterMs ?? 0);
    await this.#giveUp(forward, error);
    return await this.#over(forward);
  }

  #later({ place }: StoredForward, askedMs: number): LaneVerdict {
    const attempts = (this.#attempts.get(place) ?? 0) + 1;
    this.#attempts.set(place, attempts);
    const delayMs = retryDelayMs(attempts, this.#options.random.fraction());
    return { kind: "later", delayMs: Math.max(delayMs, Math.min(askedMs, longestAskedDelayMs)) };
  }

  /** Told once for a connection and day: where one event fails, others mostly do. The reason may name a secret address, so it stays here. */
  async #giveUp(forward: StoredForward, error: unknown): Promise<void> {
    const { clock, announcer, speaker, describe, onGivenUp } = this.#options;
    const { connectionId, event } = forward;
    onGivenUp(forward, error instanceof Error ? error.message : String(error));
    const sender = await speaker(event.room_id);
    if (sender === undefined) return;
    const name = (await describe(connectionId)) ?? "a remote that is connected here";
    const why = error instanceof RemoteError && error.status !== undefined ? `it answered ${error.status}` : "it could not be reached";
    const text = `A message from this room could not be handed on to ${name}: ${why}. There may be more; this is told once a day.`;
    const day = Math.floor(clock.now() / dayMs);
    await announcer.announce(`given up for ${connectionId} on day ${day}`, { roomId: event.room_id, sender, message: notice(text) });
  }

  async #over(forward: StoredForward): Promise<LaneVerdict> {
    this.#attempts.delete(forward.place);
    return (await this.#stop.unlessGiven(this.#remove(forward))) === stopped
      ? { kind: "later", delayMs: 0 }
      : { kind: "done", settled: Promise.resolve() };
  }

  /** What the remote has it must not get again and again, so this is tried until the disk takes it. */
  async #remove(forward: StoredForward): Promise<void> {
    const { unitOfWork, store, clock, onError } = this.#options;
    while (!this.#stop.isGiven) {
      try {
        await unitOfWork.commit(store.remove(forward));
        return;
      } catch (error) {
        onError(forward.connectionId, error);
        await sleep(clock, storeRetryMs);
      }
    }
  }
}
