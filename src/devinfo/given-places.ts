import type { QueuePlace } from "../core/ports/delivery-stores.js";
import type { Clock } from "../shared/clock.js";

/** A commit takes milliseconds; what took longer than this failed, or is found by whoever looks again from the beginning. */
const expectedForMs = 60_000;

/**
 * Places that were given out and may not be stored yet. Submissions to different repositories are committed side by side, so a place may appear in
 * the store before an earlier one; whoever reads begins with the earliest that is expected, and so keeps the order within each repository.
 */
export class GivenPlaces {
  readonly #clock: Pick<Clock, "now">;
  /** In their order, and so in that of time; a map keeps it. */
  readonly #givenAt = new Map<QueuePlace, number>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** @param place behind all that were added before */
  add(place: QueuePlace): void {
    this.#forgetOld();
    this.#givenAt.set(place, this.#clock.now());
  }

  /** It was found in the store. */
  seen(place: QueuePlace): void {
    this.#givenAt.delete(place);
  }

  /** The first that is expected. */
  earliest(): QueuePlace | undefined {
    this.#forgetOld();
    const [first] = this.#givenAt.keys();
    return first;
  }

  #forgetOld(): void {
    const before = this.#clock.now() - expectedForMs;
    for (const [place, at] of this.#givenAt) {
      if (at > before) return;
      this.#givenAt.delete(place);
    }
  }
}
