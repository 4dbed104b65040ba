import { RemoteError } from "../../core/errors.js";
import type { RoomId } from "../../core/ids.js";
import type { RoomQueue } from "../../core/ports/room-work.js";
import type { Clock } from "../../shared/clock.js";

/** How long a program waits for its room's turn and for remotes, before it is told that they take too long. */
const patienceMs = 15_000;

/**
 * How many requests wait for the turn of one room. Those whose callers were told that it took too long count until the turn comes, so a room
 * that is stuck does not gather them.
 */
const mostWaiting = 200;

/** Requests wait for their room's turn, and for remotes, up to a time (reference 4.5). */
export class Turns {
  readonly #queue: RoomQueue;
  readonly #clock: Clock;
  readonly #waiting = new Map<RoomId, number>();

  constructor({ queue, clock }: { readonly queue: RoomQueue; readonly clock: Clock }) {
    this.#queue = queue;
    this.#clock = clock;
  }

  /** Until when something that is asked now is waited for; milliseconds since the epoch. */
  deadline(): number {
    return this.#clock.now() + patienceMs;
  }

  /**
   * Runs a change in the room's turn. What did not begin by the deadline never begins; what began is waited for, because whoever asked has to
   * know what became of it.
   * @param task calls `begin` after its checks, before it changes anything. Too late, that throws, and whoever asked was answered already
   * @throws RemoteError when it did not begin
   */
  change<T>(roomId: RoomId, deadline: number, task: (begin: () => void) => Promise<T>): Promise<T> {
    return this.#inTurn(roomId, deadline, task);
  }

  /** Runs in the room's turn what changes nothing. @throws RemoteError when it is not done by the deadline */
  read<T>(roomId: RoomId, task: () => Promise<T>): Promise<T> {
    return this.#inTurn(roomId, this.deadline(), task);
  }

  /** Waits for what needs no turn. @throws RemoteError when it is not done in time */
  async inTime<T>(task: () => Promise<T>): Promise<T> {
    const watch = this.#watch(this.deadline());
    return Promise.race([Promise.resolve().then(task), watch.over]).finally(watch.end);
  }

  async #inTurn<T>(roomId: RoomId, deadline: number, task: (begin: () => void) => Promise<T>): Promise<T> {
    this.#count(roomId, 1);
    // What it holds, such as a body of a megabyte, is not kept for a turn that comes too late.
    let pending: typeof task | undefined = task;
    const watch = this.#watch(deadline, () => {
      pending = undefined;
    });
    const begin = (): void => {
      // Whoever asked was told that nothing is done.
      if (pending === undefined) throw tooLate();
      watch.end();
    };
    const turn = this.#queue.run(roomId, async () => {
      this.#count(roomId, -1);
      if (pending === undefined) throw tooLate();
      return pending(begin);
    });
    return Promise.race([turn, watch.over]).finally(watch.end);
  }

  /** @throws RemoteError when too many wait already */
  #count(roomId: RoomId, change: 1 | -1): void {
    const waiting = (this.#waiting.get(roomId) ?? 0) + change;
    if (waiting > mostWaiting) throw new RemoteError("Too many requests wait for the room already. Nothing was changed; try again later.");
    if (waiting === 0) this.#waiting.delete(roomId);
    else this.#waiting.set(roomId, waiting);
  }

  #watch(deadline: number, onOver: () => void = () => undefined): { readonly over: Promise<never>; readonly end: () => void } {
    let end = (): void => undefined;
    const over = new Promise<never>((_resolve, reject) => {
      end = this.#clock.after(deadline - this.#clock.now(), () => {
        onOver();
        reject(tooLate());
      });
    });
    return { over, end };
  }
}

function tooLate(): RemoteError {
  return new RemoteError("It took too long: the room is busy, or the remote does not answer. Nothing was changed; try again later.");
}
