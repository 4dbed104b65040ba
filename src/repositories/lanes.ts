/** Keeps tasks going, so many side by side, as long as there are any. */
export class Lanes {
  readonly #count: number;
  readonly #next: () => (() => Promise<void>) | undefined;
  readonly #running = new Set<Promise<void>>();
  #isOpen = false;

  /** @param next what to do next, if anything; the task never throws */
  constructor(count: number, next: () => (() => Promise<void>) | undefined) {
    this.#count = count;
    this.#next = next;
  }

  /** Nothing is begun before. */
  start(): void {
    this.#isOpen = true;
    this.wake();
  }

  /** There may be something to do. */
  wake(): void {
    while (this.#isOpen && this.#running.size < this.#count) {
      const task = this.#next();
      if (task === undefined) return;
      const running = task().finally(() => {
        this.#running.delete(running);
        this.wake();
      });
      this.#running.add(running);
    }
  }

  /** Resolves when what runs has ended; nothing is begun any more. */
  async stop(): Promise<void> {
    this.#isOpen = false;
    await Promise.all(this.#running);
  }
}
