import type { Clock } from "../../shared/clock.js";
import { tooManyRequests } from "./errors.js";

const windowMs = 60_000;

interface Window {
  readonly startedAt: number;
  requests: number;
}

/** Lets each caller make as many requests a minute; the minute begins with the first of them. */
export class RateLimit {
  readonly #perMinute: number;
  readonly #clock: Pick<Clock, "now">;
  /** There are as many callers as are registered. */
  readonly #windows = new Map<string, Window>();

  constructor(perMinute: number, clock: Pick<Clock, "now">) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  /** @throws SwitchboardError HS_TOO_MANY_REQUESTS */
  take(caller: string): void {
    const now = this.#clock.now();
    const window = this.#windowOf(caller, now);
    if (window.requests >= this.#perMinute) throw tooManyRequests(this.#perMinute, window.startedAt + windowMs, now);
    window.requests += 1;
  }

  #windowOf(caller: string, now: number): Window {
    const window = this.#windows.get(caller);
    // A clock that was set back must not lock anybody out.
    if (window !== undefined && now >= window.startedAt && now < window.startedAt + windowMs) return window;
    const next = { startedAt: now, requests: 0 };
    this.#windows.set(caller, next);
    return next;
  }
}
