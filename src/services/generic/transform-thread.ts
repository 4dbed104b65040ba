import type { Worker } from "node:worker_threads";
import { RemoteError } from "../../core/errors.js";
import type { Clock } from "../../shared/clock.js";
import { startThread } from "../../shared/thread.js";
import { workerIsReady, type TransformAnswer, type TransformRequest } from "./transform-messages.js";

/**
 * Some of what a script can call never looks at the time (`new Array(4294967295).indexOf(1)`), so a thread that says nothing for so long is
 * ended. Longer than a run may take, by what interrupting it and reading its result can take on a busy machine.
 */
const longestSilenceMs = 4_000;
const longestStartMs = 30_000;

/**
 * The script's heap is not in it. What comes and goes takes far less (transform-messages.ts, transform-sandbox.ts): were all of it used, the whole
 * process could end.
 */
const limits = { maxOldGenerationSizeMb: 128, stackSizeMb: 4 };

/** What became of a question: an answer; `silent`: none came, and the thread was ended; `died`: the thread ended by itself. */
export type ThreadAnswer = TransformAnswer | "silent" | "died";

interface Running {
  readonly worker: Worker;
  /** Told what the thread says, and that it has ended; one at a time. */
  listener: ((said: unknown) => void) | undefined;
}

const ended = Symbol("ended");

/**
 * The thread in which scripts run. It is started for the first question, and again for the next one after it has ended; it does not keep the
 * process alive.
 */
export class TransformThread {
  readonly #clock: Pick<Clock, "after">;
  readonly #start: () => Worker;
  #running: Running | undefined;

  constructor(clock: Pick<Clock, "after">, start: () => Worker = startWorker) {
    this.#clock = clock;
    this.#start = start;
  }

  /** Asked only once the last question is over. @throws RemoteError, to be tried again, when no thread can be started */
  async ask(request: TransformRequest): Promise<ThreadAnswer> {
    const running = this.#running ?? (await this.#begin());
    const said = this.#hear(running, longestSilenceMs);
    running.worker.postMessage(request);
    const answer = await said;
    if (answer === ended) return "died";
    if (answer !== undefined) return answer as TransformAnswer; // Nothing else is said after `workerIsReady`.
    await this.#end(running);
    return "silent";
  }

  async stop(): Promise<void> {
    if (this.#running !== undefined) await this.#end(this.#running);
  }

  async #begin(): Promise<Running> {
    const running = this.#watch(this.#start());
    const said = await this.#hear(running, longestStartMs);
    if (said === workerIsReady) {
      this.#running = running;
      return running;
    }
    await this.#end(running);
    throw new RemoteError("The sandbox for functions of webhooks cannot be started just now");
  }

  #watch(worker: Worker): Running {
    const running: Running = { worker, listener: undefined };
    worker.unref();
    worker.on("message", (said: unknown) => running.listener?.(said));
    // `exit` follows, which is all that matters here.
    worker.on("error", () => undefined);
    worker.on("exit", () => {
      if (this.#running === running) this.#running = undefined;
      running.listener?.(ended);
    });
    return running;
  }

  /**
   * Waits in two halves: where this process itself stood still, the first is over at once, and what was said meanwhile is heard in the second.
   * @returns undefined when nothing was said in that time
   */
  #hear(running: Running, withinMs: number): Promise<unknown> {
    return new Promise((resolve) => {
      const settle = (said: unknown): void => {
        cancel();
        running.listener = undefined;
        resolve(said);
      };
      const halfMs = withinMs / 2;
      let cancel = this.#clock.after(halfMs, () => {
        cancel = this.#clock.after(halfMs, () => {
          settle(undefined);
        });
      });
      running.listener = settle;
    });
  }

  async #end(running: Running): Promise<void> {
    if (this.#running === running) this.#running = undefined;
    await running.worker.terminate();
  }
}

function startWorker(): Worker {
  return startThread(new URL("./transform-worker.ts", import.meta.url), limits);
}
