/** What the fake homeserver does wrong, and to whom. Shares are from 0 to 1 and fall evenly, not by chance. */
export interface Faults {
  /** Share of sends answered with `failStatus`, nothing stored. */
  readonly failShare: number;
  readonly failStatus: number;
  /** Share of sends that are stored, and the connection cut instead of an answer. */
  readonly storeAndCutShare: number;
  /** Share of sends that are cut before anything is stored. */
  readonly cutShare: number;
  /** Share of sends that are stored, and answered only after `stallMs`. */
  readonly stallShare: number;
  readonly stallMs: number;
  /** Share of sends answered 429 with `retryAfterMs`. */
  readonly rateLimitShare: number;
  readonly retryAfterMs: number;
  /** Delay of every answer, sends included. */
  readonly delayMs: number;
  /** Rooms the shares above count for; absent: all. */
  readonly rooms?: readonly string[];
  /** Answers to every request of one kind: `send`, `state`, `login` and so on; see the counters. */
  readonly refusals: readonly {
    readonly kind: string;
    readonly roomId?: string;
    readonly status: number;
    readonly errcode: string;
    readonly times?: number;
  }[];
}

export const noFaults: Faults = {
  failShare: 0,
  failStatus: 502,
  storeAndCutShare: 0,
  cutShare: 0,
  stallShare: 0,
  stallMs: 60_000,
  rateLimitShare: 0,
  retryAfterMs: 100,
  delayMs: 0,
  refusals: [],
};

export type SendFault = "fail" | "store-and-cut" | "cut" | "stall" | "rate-limit";

/** Deals out the faults. */
export class FaultDealer {
  #faults: Faults = noFaults;
  #hasSendFaults = false;
  readonly #due = new Map<SendFault, number>();
  readonly #refused = new Map<number, number>();

  get faults(): Faults {
    return this.#faults;
  }

  /** Replaces all faults; what is not named is switched off. */
  set(faults: Partial<Faults>): void {
    this.#faults = { ...noFaults, ...faults };
    this.#hasSendFaults = this.#shares().some(([, share]) => share > 0);
    this.#due.clear();
    this.#refused.clear();
  }

  forSend(roomId: string): SendFault | undefined {
    if (!this.#hasSendFaults || this.#faults.rooms?.includes(roomId) === false) return undefined;
    return this.#shares().find(([fault, share]) => this.#isDue(fault, share))?.[0];
  }

  /** The refusal that a request of the kind gets, if any. */
  forRequest(kind: string, roomId: string | undefined): { readonly status: number; readonly errcode: string } | undefined {
    const index = this.#faults.refusals.findIndex(
      (refusal, position) =>
        refusal.kind === kind &&
        (refusal.roomId === undefined || refusal.roomId === roomId) &&
        (this.#refused.get(position) ?? 0) < (refusal.times ?? Infinity),
    );
    if (index === -1) return undefined;
    this.#refused.set(index, (this.#refused.get(index) ?? 0) + 1);
    return this.#faults.refusals[index];
  }

  #shares(): readonly (readonly [SendFault, number])[] {
    const { failShare, storeAndCutShare, cutShare, stallShare, rateLimitShare } = this.#faults;
    return [
      ["store-and-cut", storeAndCutShare],
      ["cut", cutShare],
      ["fail", failShare],
      ["stall", stallShare],
      ["rate-limit", rateLimitShare],
    ];
  }

  #isDue(fault: SendFault, share: number): boolean {
    const due = (this.#due.get(fault) ?? 0) + share;
    const falls = due >= 1;
    this.#due.set(fault, falls ? due - 1 : due);
    return falls;
  }
}
