import type { DeliveryOutcome } from "../core/delivery.js";
import type { DeliveryId, InboxId } from "../core/ids.js";
import type { WebhookAnswer, WebhookOutcome, WebhookResult } from "../core/webhook.js";
import type { Clock } from "../shared/clock.js";

/** What an event comes to through one connection: a delivery on its way, or what is known at once. `unknown` never ends. */
export type Expected = { readonly delivery: DeliveryId } | { readonly result: WebhookResult } | "unknown";

/** Somebody may ask what an event comes to. */
export interface Watch {
  /** Waits until everything is over, but no longer than the milliseconds. */
  outcome(withinMs: number): Promise<WebhookOutcome>;
  /** Nobody will ask. */
  end(): void;
}

interface Watched {
  readonly id: InboxId;
  /** Undefined until the event is routed. */
  expected: readonly Expected[] | undefined;
  readonly results: Map<DeliveryId, WebhookResult>;
  readonly replies: Map<DeliveryId, WebhookAnswer>;
  readonly waiting: Set<() => void>;
  over: WebhookOutcome | undefined;
  /** Until when somebody may ask; milliseconds since the epoch. */
  until: number;
  cancelExpiry: () => void;
}

/** Whoever wants to know asks soon after the event was accepted. */
const askableMs = 60_000;

const stillWaiting: WebhookOutcome = { kind: "waiting" };

/**
 * What became of the events that a sender waits for. Lives in memory only: after a crash no sender waits any more. Events that nobody waits
 * for cost a look at the size of an empty map.
 */
export class Outcomes {
  readonly #clock: Clock;
  readonly #watched = new Map<InboxId, Watched>();
  readonly #byDelivery = new Map<DeliveryId, Watched>();
  #isStopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Begins to watch an event; called before it is taken, since what it comes to may be stored together with it. */
  watch(id: InboxId): Watch {
    const watched: Watched = {
      ...{ id, expected: undefined, over: undefined, results: new Map(), replies: new Map(), waiting: new Set() },
      until: this.#clock.now() + askableMs,
      cancelExpiry: () => undefined,
    };
    this.#watched.set(id, watched);
    this.#expireLater(watched);
    return {
      outcome: (withinMs) => this.#outcomeOf(watched, withinMs),
      end: () => {
        this.#forget(watched);
      },
    };
  }

  /** From now on nobody is kept waiting: the process ends, and a homeserver that is away would hold it up. */
  stop(): void {
    this.#isStopped = true;
    for (const { waiting } of this.#watched.values()) for (const tell of waiting) tell();
  }

  /** Whether somebody may ask about the event. */
  isWatched(id: InboxId): boolean {
    return this.#watched.size > 0 && this.#watched.has(id);
  }

  /** The event is routed, and the store knows; told before any of its deliveries can be over. */
  routed(id: InboxId, expected: readonly Expected[]): void {
    const watched = this.#watched.get(id);
    if (watched === undefined) return;
    watched.expected = expected;
    for (const one of expected) if (one !== "unknown" && "delivery" in one) this.#byDelivery.set(one.delivery, watched);
    this.#endIfOver(watched);
  }

  /** What `renderLater` would like to be answered. */
  replied(id: DeliveryId, reply: WebhookAnswer): void {
    if (this.#byDelivery.size > 0) this.#byDelivery.get(id)?.replies.set(id, reply);
  }

  /** @param isIgnored it ended because its late words were none */
  ended(id: DeliveryId, outcome: DeliveryOutcome, isIgnored: boolean): void {
    if (this.#byDelivery.size === 0) return;
    const watched = this.#byDelivery.get(id);
    if (watched === undefined) return;
    const reply = watched.replies.get(id);
    watched.results.set(id, {
      kind: isIgnored ? "ignored" : outcome.kind,
      ...("reason" in outcome ? { reason: outcome.reason } : {}),
      ...(reply === undefined ? {} : { reply }),
    });
    this.#endIfOver(watched);
  }

  #endIfOver(watched: Watched): void {
    const results = (watched.expected ?? ["unknown"]).map((one) => {
      if (one === "unknown") return undefined;
      return "delivery" in one ? watched.results.get(one.delivery) : one.result;
    });
    const known = results.filter((result) => result !== undefined);
    if (known.length < results.length) return;
    watched.over = { kind: "over", results: known };
    this.#forget(watched);
    for (const tell of watched.waiting) tell();
  }

  #outcomeOf(watched: Watched, withinMs: number): Promise<WebhookOutcome> {
    if (watched.over !== undefined) return Promise.resolve(watched.over);
    if (this.#isStopped) return Promise.resolve(stillWaiting);
    watched.until = Math.max(watched.until, this.#clock.now() + withinMs);
    return new Promise((resolve) => {
      const tell = (): void => {
        cancel();
        watched.waiting.delete(tell);
        resolve(watched.over ?? stillWaiting);
      };
      const cancel = this.#clock.after(withinMs, tell);
      watched.waiting.add(tell);
    });
  }

  #expireLater(watched: Watched): void {
    watched.cancelExpiry = this.#clock.after(watched.until - this.#clock.now(), () => {
      if (watched.until > this.#clock.now()) this.#expireLater(watched);
      else this.#forget(watched);
    });
  }

  #forget(watched: Watched): void {
    watched.cancelExpiry();
    this.#watched.delete(watched.id);
    for (const one of watched.expected ?? []) if (one !== "unknown" && "delivery" in one) this.#byDelivery.delete(one.delivery);
  }
}
