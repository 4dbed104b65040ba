/** How many bytes of bodies may be in memory at once, over all routes that share it. */
export class BodyBudget {
  readonly #maxBytes: number;
  #taken = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Of one request; it is given back whole. */
  open(): BodyShare {
    let bytes = 0;
    return {
      take: (more) => {
        if (this.#taken + more > this.#maxBytes) return false;
        bytes += more;
        this.#taken += more;
        return true;
      },
      release: () => {
        this.#taken -= bytes;
        bytes = 0;
      },
    };
  }

  get takenBytes(): number {
    return this.#taken;
  }
}

export interface BodyShare {
  /** @returns false when there is no room */
  take(bytes: number): boolean;
  /** Gives back all that was taken. */
  release(): void;
}
