/** What was waited for did not come before everything ended. */
export const stopped = Symbol("stopped");

/** Ends all waiting when the program does: what is waited for may take longer than a stop can. */
export class StopSignal {
  readonly #enders = new Set<() => void>();
  #isGiven = false;

  get isGiven(): boolean {
    return this.#isGiven;
  }

  give(): void {
    this.#isGiven = true;
    for (const end of this.#enders) end();
  }

  /** What the promise comes to, or `stopped`. */
  async unlessGiven<T>(promise: Promise<T>): Promise<T | typeof stopped> {
    let end = (): void => undefined;
    const given = new Promise<typeof stopped>((resolve) => {
      end = () => {
        resolve(stopped);
      };
    });
    if (this.#isGiven) end();
    this.#enders.add(end);
    try {
      return await Promise.race([given, promise]);
    } finally {
      this.#enders.delete(end);
    }
  }
}
