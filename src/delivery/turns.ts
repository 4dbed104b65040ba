/** How many work at once. Whoever left a turn to wait for something has it again before anybody new. */
export class Turns {
  readonly #limit: number;
  readonly #returning: (() => void)[] = [];
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFree(): boolean {
    return this.#taken < this.#limit;
  }

  /** Begins a turn; called only while one is free. */
  take(): void {
    this.#taken += 1;
  }

  leave(): void {
    this.#taken -= 1;
  }

  /** Begins a turn as soon as one is free. @returns undefined when it is begun */
  takeAgain(): Promise<void> | undefined {
    if (!this.isFree) return new Promise((resolve) => this.#returning.push(resolve));
    this.take();
    return undefined;
  }

  /** Begins the turns of those that wait for one again, as far as turns are free. */
  giveToReturning(): void {
    while (this.isFree && this.#returning.length > 0) {
      this.take();
      this.#returning.shift()?.();
    }
  }
}
