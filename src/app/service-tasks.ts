import type { ActiveService } from "../core/service.js";
import type { ServiceTask } from "../core/service-task.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";

interface ServiceTasksOptions {
  readonly services: readonly ActiveService[];
  readonly clock: Clock;
  readonly log: Log;
}

interface Entry {
  readonly active: ActiveService;
  readonly task: ServiceTask<unknown>;
  /** Runs in a row that failed. */
  failures: number;
}

const firstRunMs = 1_000;
/** What a task asks for that is less, or no number, would keep the process busy with it. */
const shortestPauseMs = 100;
const longestPauseMs = 24 * 3_600_000;
const firstRetryMs = 1_000;
const longestRetryMs = 5 * 60_000;

/** Runs what services do by the clock: each task again and again, never twice at once, beside each other. */
export class ServiceTasks {
  readonly #options: ServiceTasksOptions;
  readonly #entries: readonly Entry[];
  readonly #callOffs = new Map<Entry, () => void>();
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;

  constructor(options: ServiceTasksOptions) {
    this.#options = options;
    this.#entries = options.services.flatMap((active) => (active.service.tasks ?? []).map((task) => ({ active, task, failures: 0 })));
  }

  start(): void {
    for (const entry of this.#entries) this.#after(firstRunMs, entry);
  }

  /** Resolves when what runs has ended; nothing is begun any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const callOff of this.#callOffs.values()) callOff();
    await Promise.all(this.#running);
  }

  #after(delayMs: number, entry: Entry): void {
    if (this.#isStopped) return;
    const begin = (): void => {
      this.#callOffs.delete(entry);
      const running = this.#run(entry).finally(() => this.#running.delete(running));
      this.#running.add(running);
    };
    this.#callOffs.set(entry, this.#options.clock.after(delayMs, begin));
  }

  async #run(entry: Entry): Promise<void> {
    this.#after(await this.#pauseAfter(entry), entry);
  }

  /** @returns milliseconds until the next run */
  async #pauseAfter(entry: Entry): Promise<number> {
    const { active, task } = entry;
    try {
      const pauseMs = await task.run(active.context);
      entry.failures = 0;
      return Math.min(Math.max(Number.isFinite(pauseMs) ? pauseMs : longestPauseMs, shortestPauseMs), longestPauseMs);
    } catch (error) {
      const pauseMs = Math.min(firstRetryMs * 2 ** entry.failures, longestRetryMs);
      entry.failures = Math.min(entry.failures + 1, 30);
      const fields = { service: active.service.id, task: task.name, againInMs: pauseMs, error };
      this.#options.log.error(fields, "What a service does by the clock failed; it is tried again");
      return pauseMs;
    }
  }
}
