import { RemoteError } from "../../core/errors.js";
import type { RoomId } from "../../core/ids.js";
import type { RoomQueue } from "../../core/ports/room-work.js";
import type { Clock } from "../../shared/clock.js";

/** How long a program waits for its room's turn and for remotes, before it is told that they take too long. */
const patienceMs = 15_000;

/** Requests wait for their room's turn, and for remotes, up to a time (reference 4.5). */
export class Turns {
  readonly #queue: RoomQueue;
  readonly #clock: Clock;

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
   * @throws RemoteError when it did not begin
   */
  change<T>(roomId: RoomId, deadline: number, task: () => Promise<T>): Promise<T> {
    return this.#inTurn(roomId, deadline, task, "until it begins");
  }

  /** Runs in the room's turn what changes nothing. @throws RemoteError when it is not done by the deadline */
  read<T>(roomId: RoomId, task: () => Promise<T>): Promise<T> {
    return this.#inTurn(roomId, this.deadline(), task, "until it ends");
  }

  /** Waits for what needs no turn. @throws RemoteError when it is not done in time */
  async inTime<T>(task: () => Promise<T>): Promise<T> {
    const watch = this.#watch(this.deadline());
    return Promise.race([Promise.resolve().then(task), watch.over]).finally(watch.end);
  }

  #inTurn<T>(roomId: RoomId, deadline: number, task: () => Promise<T>, watched: "until it begins" | "until it ends"): Promise<T> {
    const watch = this.#watch(deadline);
    const turn = this.#queue.run(roomId, async () => {
      // Whoever asked was told that nothing is done.
      if (watch.isOver()) throw tooLate();
      if (watched === "until it begins") watch.end();
      return task();
    });
    return Promise.race([turn, watch.over]).finally(watch.end);
  }

  #watch(deadline: number): { readonly over: Promise<never>; readonly isOver: () => boolean; readonly end: () => void } {
    let isOver = false;
    let end = (): void => undefined;
    const over = new Promise<never>((_resolve, reject) => {
      end = this.#clock.after(deadline - this.#clock.now(), () => {
        isOver = true;
        reject(tooLate());
      });
    });
    return { over, isOver: () => isOver, end };
  }
}

function tooLate(): RemoteError {
  return new RemoteError("It took too long: the room is busy, or the remote does not answer. Nothing was changed; try again later.");
}
