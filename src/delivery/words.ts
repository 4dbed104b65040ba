import type { Delivery, DeliveryOutcome, DeliveryProgress } from "../core/delivery.js";
import { RemoteError, StorageError } from "../core/errors.js";
import type { RoomMessage } from "../core/message.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { WebhookAnswer } from "../core/webhook.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import type { DeliveryEvents } from "./events.js";
import { FailingRooms } from "./failing-rooms.js";
import { tooLate, within } from "./limit.js";
import type { ProgressBook } from "./progress-book.js";
import { failingRoomLimitMs, retryDelayMs } from "./retry-policy.js";
import type { RoomRendering } from "./room-rendering.js";
import { Slots } from "./slots.js";
import { stopped, StopSignal } from "./stop-signal.js";

/** What an event says after all, where that had to be waited for. */
export type LateWords = Exclude<RoomRendering, { readonly kind: "later" }> & {
  /** For a sender that waits for it. */
  readonly reply?: WebhookAnswer;
  /** Stored together with the words. */
  readonly changes?: readonly StoreChange[];
};

/**
 * Asks for the words of a delivery that has none; joined by the app from inbox, connections, services and pipeline.
 * @throws RemoteError, StorageError: tried again while that may help. Any other error: the words cannot be had
 */
export type AskForWords = (delivery: Delivery) => Promise<LateWords>;

interface WordsOptions {
  readonly ask: AskForWords;
  readonly progress: ProgressBook;
  /** Cuts a message to what a homeserver takes. */
  readonly fit: (message: RoomMessage) => RoomMessage;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Pick<DeliveryEvents, "retried">;
}

/** What asking for a delivery's words came to. */
export type Wording =
  | {
      readonly kind: "words";
      /** With its words; not stored yet. */
      readonly delivery: Delivery;
      readonly changes: readonly StoreChange[];
      readonly reply?: WebhookAnswer;
    }
  | {
      readonly kind: "none";
      readonly outcome: DeliveryOutcome;
      /** There is nothing to say, and that is in order. */
      readonly isIgnored: boolean;
      readonly changes: readonly StoreChange[];
      readonly reply?: WebhookAnswer;
    }
  | { readonly kind: "later"; readonly delayMs: number };

/** Behind it the whole room waits. */
const limitMs = 30_000;
const slowTries = 3;
const askedAtOnce = 32;
/** Words that take longer leave their slot to the next: a remote that hangs must not silence those that answer. */
const slowAfterMs = 1_000;
const longestAskedDelayMs = 3_600_000;

/** Gets the words of deliveries that were stored without any. It stores none of them: that goes together with what the outbox stores. */
export class Words {
  readonly #options: WordsOptions;
  readonly #slots: Slots;
  readonly #failing = new FailingRooms();
  readonly #stop = new StopSignal();

  constructor(options: WordsOptions) {
    this.#options = options;
    this.#slots = new Slots({ count: askedAtOnce, slowAfterMs, clock: options.clock });
  }

  stop(): void {
    this.#stop.give();
  }

  /** @param maybeTried an earlier life of the process may have asked in vain */
  async find(delivery: Delivery, maybeTried: boolean): Promise<Wording> {
    let words: LateWords | typeof tooLate | typeof stopped;
    try {
      words = await this.#stop.unlessGiven(this.#slots.run(() => this.#ask(delivery)));
    } catch (error) {
      return await this.#afterFailure(delivery, maybeTried, error);
    }
    if (words === stopped) return { kind: "later", delayMs: 0 };
    if (words === tooLate) return await this.#afterSilence(delivery, maybeTried);
    this.#failing.forget(delivery.roomId);
    const { reply, changes = [] } = words;
    const common = { changes, ...(reply === undefined ? {} : { reply }) };
    if (words.kind === "messages") return { kind: "words", delivery: this.#worded(delivery, words), ...common };
    const outcome: DeliveryOutcome = { kind: "discarded", at: this.#options.clock.now(), reason: words.reason };
    return { kind: "none", outcome, isIgnored: true, ...common };
  }

  #ask(delivery: Delivery): Promise<LateWords | typeof tooLate> {
    return within(this.#options.clock, limitMs, this.#options.ask(delivery));
  }

  #worded({ isWordless: _, ...delivery }: Delivery, words: Extract<LateWords, { kind: "messages" }>): Delivery {
    const { sender, ghost } = words;
    return { ...delivery, sender, ...(ghost === undefined ? {} : { ghost }), messages: words.messages.map(this.#options.fit) };
  }

  async #afterFailure(delivery: Delivery, maybeTried: boolean, error: unknown): Promise<Wording> {
    const reason = error instanceof Error ? error.message : String(error);
    const mayHelp = error instanceof StorageError || (error instanceof RemoteError && error.isTransient);
    if (!mayHelp) return this.#dead(`could not be rendered: ${reason}`);
    const now = this.#options.clock.now();
    const progress = this.#failing.count(delivery, await this.#progressOf(delivery, maybeTried), now);
    if (now - (progress.firstFailedAt ?? now) >= failingRoomLimitMs) return this.#dead(`could not be rendered for 24 hours: ${reason}`);
    const askedMs = error instanceof RemoteError ? Math.min(error.retryAfterMs ?? 0, longestAskedDelayMs) : 0;
    return await this.#later(delivery, progress, reason, askedMs);
  }

  async #afterSilence(delivery: Delivery, maybeTried: boolean): Promise<Wording> {
    const progress = await this.#progressOf(delivery, maybeTried);
    const slowWords = (progress.slowWords ?? 0) + 1;
    const reason = `its words did not come within ${limitMs / 1_000} seconds`;
    if (slowWords > slowTries) return this.#dead(`could not be rendered: ${reason}, ${slowWords} times`);
    return await this.#later(delivery, { ...progress, slowWords }, reason, 0);
  }

  async #later(delivery: Delivery, progress: DeliveryProgress, lastError: string, leastMs: number): Promise<Wording> {
    const attempts = progress.attempts + 1;
    this.#options.events.retried(delivery, lastError);
    await this.#options.progress.save(delivery.id, { ...progress, attempts, lastError });
    return { kind: "later", delayMs: Math.max(retryDelayMs(attempts, this.#options.random.fraction()), leastMs) };
  }

  /** What has no words was never sent, whatever a crash left open. */
  async #progressOf(delivery: Delivery, maybeTried: boolean): Promise<DeliveryProgress> {
    const { unknownSince: _, ...progress } = await this.#options.progress.of(delivery, maybeTried);
    return progress;
  }

  #dead(reason: string): Wording {
    const outcome: DeliveryOutcome = { kind: "dead", at: this.#options.clock.now(), reason, eventIds: [] };
    return { kind: "none", outcome, isIgnored: false, changes: [] };
  }
}
