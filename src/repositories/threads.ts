import type { Random } from "../shared/random.js";
import type { IndexProgress } from "./repositories.js";

/** What somebody asked to be read again. */
export interface Thread {
  readonly id: string;
  /** Integrations whose repositories are being listed, or were. */
  readonly listings: Map<number, Step>;
  readonly repositories: Map<number, RepositoryStep>;
}

export interface Step {
  readonly name: string;
  percent: number;
  isOver: boolean;
  error?: string;
}

export interface RepositoryStep extends Step {
  readonly integrationId: number;
  /** Of the run that was asked for: what other runs of the repository do is not part of it. */
  readonly ticket: number;
}

const mostThreads = 100;
/** Over all threads; the newest one is kept whatever it has. */
const mostSteps = 50_000;

/** The last things that somebody asked for, and how far they have come. Only in memory. */
export class Threads {
  readonly #random: Random;
  readonly #threads = new Map<string, Thread>();

  constructor(random: Random) {
    this.#random = random;
  }

  create(): Thread {
    const id = createUuid(this.#random);
    const thread: Thread = { id, listings: new Map(), repositories: new Map() };
    this.#threads.set(id, thread);
    this.#dropOldest();
    return thread;
  }

  get(id: string): Thread | undefined {
    return this.#threads.get(id);
  }

  /** The newest of those that fit. */
  find(fits: (thread: Thread) => boolean): Thread | undefined {
    return [...this.#threads.values()].findLast(fits);
  }

  progressed(repositoryId: number, ticket: number, percent: number): void {
    for (const step of this.#stepsOf(repositoryId, ticket)) step.percent = percent;
  }

  ended(repositoryId: number, ticket: number, error?: string): void {
    for (const step of this.#stepsOf(repositoryId, ticket)) end(step, error);
  }

  listed(thread: Thread, integrationId: number, error?: string): void {
    const step = thread.listings.get(integrationId);
    if (step !== undefined) end(step, error);
    this.#dropOldest();
  }

  *#stepsOf(repositoryId: number, ticket: number): Generator<RepositoryStep> {
    for (const { repositories } of this.#threads.values()) {
      const step = repositories.get(repositoryId);
      if (step !== undefined && step.ticket === ticket && !step.isOver) yield step;
    }
  }

  #dropOldest(): void {
    const threads = [...this.#threads.values()];
    let steps = threads.reduce((sum, { repositories }) => sum + repositories.size, 0);
    for (const { id, repositories } of threads.slice(0, -1)) {
      if (this.#threads.size <= mostThreads && steps <= mostSteps) return;
      this.#threads.delete(id);
      steps -= repositories.size;
    }
  }
}

function end(step: Step, error: string | undefined): void {
  step.isOver = true;
  step.percent = 100;
  if (error !== undefined) step.error = error;
}

/** What a list of steps comes to. Of two repositories with one name the second is named with its number. */
export function summarize(threadId: string, listings: Iterable<Step>, repositories: Iterable<readonly [number, Step]>): IndexProgress {
  const percents = new Map<string, number>();
  const errors = new Map<string, string>();
  const steps = [...listings];
  for (const { name, error } of steps) if (error !== undefined) errors.set(name, error);
  for (const [id, step] of repositories) {
    const name = percents.has(step.name) ? `${step.name} (${id})` : step.name;
    percents.set(name, step.percent);
    if (step.error !== undefined) errors.set(name, step.error);
    steps.push(step);
  }
  const isFinished = steps.every(({ isOver }) => isOver);
  return {
    threadId,
    isFinished,
    perRepository: Object.fromEntries(percents),
    errors: Object.fromEntries(errors),
    percent: isFinished ? 100 : mean(steps.map(({ percent }) => percent)),
  };
}

/** Never the whole before the end: rounded down to a tenth. */
function mean(percents: readonly number[]): number {
  const sum = percents.reduce((total, percent) => total + percent, 0);
  return Math.floor((sum / percents.length) * 10) / 10;
}

/** A UUID of version 4 (RFC 9562, section 5.4). */
export function createUuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
