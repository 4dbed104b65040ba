/** A repository that is to be read. */
export interface QueuedRun {
  readonly repositoryId: number;
  readonly integrationId: number;
  /** As people know the repository. */
  readonly name: string;
  /** From 1; the lower, the sooner. */
  readonly priority: number;
  /** From the beginning. */
  readonly isFresh: boolean;
  /** Tells this run from other runs of the repository; rises. */
  readonly ticket: number;
}

export type WantedRun = Omit<QueuedRun, "ticket">;

type ByPriority = Map<number, Map<number, QueuedRun>>;

/**
 * Repositories that are to be read, each once: the more urgent ones first, and of those that are equally urgent the one that came first. They lie
 * apart by integration, so that one whose host is left alone for a while holds up no other.
 */
export class RunQueue {
  readonly #byIntegration = new Map<number, ByPriority>();
  readonly #byRepository = new Map<number, QueuedRun>();
  #lastTicket = 0;

  get size(): number {
    return this.#byRepository.size;
  }

  has(repositoryId: number): boolean {
    return this.#byRepository.has(repositoryId);
  }

  /**
   * One that waits already becomes as urgent, and as thorough, as the more urgent and thorough of the two. It keeps its place unless it becomes more
   * urgent: what is asked for again and again has its turn all the same.
   * @returns its ticket
   */
  add(wanted: WantedRun): number {
    const waiting = this.#byRepository.get(wanted.repositoryId);
    if (waiting === undefined) {
      this.#lastTicket += 1;
      this.#put({ ...wanted, ticket: this.#lastTicket });
      return this.#lastTicket;
    }
    const priority = Math.min(wanted.priority, waiting.priority);
    if (priority !== waiting.priority) this.#remove(waiting);
    this.#put({ ...waiting, priority, isFresh: wanted.isFresh || waiting.isFresh });
    return waiting.ticket;
  }

  /**
   * Takes the next one out.
   * @param isHeld whether runs of an integration wait
   * @param isRunning of a repository that is being read just now; a second run of it waits for the first
   */
  take(isHeld: (integrationId: number) => boolean, isRunning: (repositoryId: number) => boolean): QueuedRun | undefined {
    let next: QueuedRun | undefined;
    for (const [integrationId, byPriority] of this.#byIntegration) {
      if (isHeld(integrationId)) continue;
      const first = firstOf(byPriority, isRunning);
      if (first !== undefined && (next === undefined || isBefore(first, next))) next = first;
    }
    if (next !== undefined) this.#remove(next);
    return next;
  }

  #put(run: QueuedRun): void {
    const byPriority = this.#byIntegration.get(run.integrationId) ?? new Map<number, Map<number, QueuedRun>>();
    const runs = byPriority.get(run.priority) ?? new Map<number, QueuedRun>();
    this.#byIntegration.set(run.integrationId, byPriority.set(run.priority, runs.set(run.repositoryId, run)));
    this.#byRepository.set(run.repositoryId, run);
  }

  #remove({ repositoryId, integrationId, priority }: QueuedRun): void {
    this.#byRepository.delete(repositoryId);
    const byPriority = this.#byIntegration.get(integrationId);
    const runs = byPriority?.get(priority);
    runs?.delete(repositoryId);
    if (runs?.size === 0) byPriority?.delete(priority);
    if (byPriority?.size === 0) this.#byIntegration.delete(integrationId);
  }
}

/** Of an integration. Few run, so few are passed over. */
function firstOf(byPriority: ByPriority, isRunning: (repositoryId: number) => boolean): QueuedRun | undefined {
  for (const priority of [...byPriority.keys()].sort((left, right) => left - right)) {
    for (const run of byPriority.get(priority)?.values() ?? []) if (!isRunning(run.repositoryId)) return run;
  }
  return undefined;
}

function isBefore(left: QueuedRun, right: QueuedRun): boolean {
  return left.priority === right.priority ? left.ticket < right.ticket : left.priority < right.priority;
}
