import { SwitchboardError } from "../../core/errors.js";
import type { Clock } from "../../shared/clock.js";

const mostTests = 30;
const spanMs = 60_000;

/** Holds back a caller that tests without end: whoever may test can have us knock at any address of the internet. */
export class TestPace {
  readonly #clock: Pick<Clock, "now">;
  /** When each caller tested last. There are as many callers as tokens. */
  readonly #times = new Map<string, readonly number[]>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** @throws SwitchboardError HS_TOO_MANY_REQUESTS */
  take(caller: string): void {
    const now = this.#clock.now();
    // A clock that was set back must not lock anybody out.
    const recent = (this.#times.get(caller) ?? []).filter((time) => time > now - spanMs && time <= now);
    const [first = now] = recent;
    if (recent.length >= mostTests) {
      const retryAfterSeconds = Math.ceil((first + spanMs - now) / 1000);
      throw new SwitchboardError("HS_TOO_MANY_REQUESTS", `More than ${mostTests} tests within a minute.`, {
        details: { retryAfterSeconds },
      });
    }
    this.#times.set(caller, [...recent, now]);
  }
}
