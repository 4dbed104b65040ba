import { BodyBudget } from "../../http/body-budget.js";
import type { Clock } from "../../shared/clock.js";
import { RateLimit } from "./rate-limit.js";
import { SubmissionReader } from "./submission-reader.js";

export interface DevinfoIntakeOptions {
  readonly clock: Clock;
  /** Of each caller; absent: none. */
  readonly rateLimit?: { readonly perMinute: number };
}

/** Bytes of bodies that may be in memory at once. */
const maxBytesInFlight = 128 * 1_048_576;

/** What all listeners that serve the API share. */
export class DevinfoIntake {
  readonly reader: SubmissionReader;
  readonly bodyBudget = new BodyBudget(maxBytesInFlight);
  readonly rateLimit: RateLimit | undefined;

  constructor({ clock, rateLimit }: DevinfoIntakeOptions) {
    this.reader = new SubmissionReader(clock);
    this.rateLimit = rateLimit === undefined ? undefined : new RateLimit(rateLimit.perMinute, clock);
  }

  /** Refuses what is still to be read. */
  stop(): Promise<void> {
    return this.reader.stop();
  }
}
