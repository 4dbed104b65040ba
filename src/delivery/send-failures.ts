import type { Delivery, DeliveryOutcome, DeliveryProgress } from "../core/delivery.js";
import { RemoteError } from "../core/errors.js";
import type { RoomId, UserId } from "../core/ids.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import { absenceReason, type AbsentSenders } from "./absent-senders.js";
import type { DeliveryEvents } from "./events.js";
import type { FailingRooms } from "./failing-rooms.js";
import { GhostNotReadyError } from "./ghost-speakers.js";
import type { HomeserverGate } from "./homeserver-gate.js";
import type { ProgressBook } from "./progress-book.js";
import {
  failingRoomLimitMs,
  forbiddenRetryMs,
  forbiddenRoomLimitMs,
  meaningOfFailure,
  retryDelayMs,
  type FailureMeaning,
} from "./retry-policy.js";

interface SendFailuresOptions {
  readonly gate: HomeserverGate;
  readonly progress: ProgressBook;
  readonly failing: FailingRooms;
  readonly absent: AbsentSenders;
  /** Whether the user is joined to the room, asked at the homeserver after a 403. */
  readonly isJoined: (roomId: RoomId, user: UserId) => Promise<boolean>;
  /** Whether the user is banned from the room, asked about a ghost that could not get in. */
  readonly isBanned: (roomId: RoomId, user: UserId) => Promise<boolean>;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Pick<DeliveryEvents, "retried">;
}

/** What becomes of a delivery whose send failed. */
export type FailureVerdict =
  { readonly kind: "later"; readonly delayMs: number } | { readonly kind: "over"; readonly outcome: DeliveryOutcome };

const spreadMs = 200;
/** Ghosts are many: above this, pauses that are over are let go. */
const manySenders = 1_000;

/** Decides what a failed send means: for the delivery, its room, its sender, and the homeserver. */
export class SendFailures {
  readonly #options: SendFailuresOptions;
  /** Until when each limited sender pauses, in all rooms. */
  readonly #pausedUntil = new Map<UserId, number>();
  #wakes = 0;

  constructor(options: SendFailuresOptions) {
    this.#options = options;
  }

  /** Something changed in a room: a sender that was absent may have come back. */
  noteWake(): void {
    this.#wakes += 1;
  }

  /** How long a sender has to pause, if it has to; spread, so that its rooms do not come all at once. */
  pauseOf(sender: UserId, now: number): number | undefined {
    const pauseMs = (this.#pausedUntil.get(sender) ?? 0) - now;
    return pauseMs > 0 ? pauseMs + this.#options.random.fraction() * spreadMs : undefined;
  }

  /** @param before how far the delivery had come @throws StorageError when it cannot be noted */
  async judge(delivery: Delivery, before: DeliveryProgress, error: unknown): Promise<FailureVerdict> {
    const now = this.#options.clock.now();
    const meaning = meaningOfFailure(error);
    this.#tellGate(delivery.roomId, meaning);
    if (meaning.kind === "refused") return this.#dead(before, meaning.reason);
    if (meaning.kind === "sender-limited") {
      this.#pause(delivery.sender, now, meaning.delayMs);
      return { kind: "later", delayMs: meaning.delayMs };
    }
    this.#options.events.retried(delivery, meaning.reason);
    const isUnknown = !(error instanceof RemoteError) || error.outcomeUnknown;
    const tried: DeliveryProgress = {
      ...before,
      attempts: before.attempts + 1,
      lastError: meaning.reason,
      ...(isUnknown ? { unknownSince: before.unknownSince ?? now } : {}),
    };
    if (meaning.kind === "homeserver-away") {
      if (isUnknown) await this.#options.progress.save(delivery.id, tried);
      return { kind: "later", delayMs: 0 };
    }
    const progress = this.#countFailing(delivery, tried, meaning);
    const verdict =
      meaning.kind === "forbidden"
        ? await this.#afterForbidden(delivery, progress, error instanceof GhostNotReadyError)
        : this.#afterRoomFailure(progress);
    if (verdict.kind === "later") await this.#options.progress.save(delivery.id, progress);
    return verdict;
  }

  #pause(sender: UserId, now: number, delayMs: number): void {
    if (this.#pausedUntil.size >= manySenders)
      for (const [one, until] of this.#pausedUntil) if (until <= now) this.#pausedUntil.delete(one);
    this.#pausedUntil.set(sender, now + delayMs);
  }

  #tellGate(roomId: RoomId, meaning: FailureMeaning): void {
    const { gate } = this.#options;
    if (meaning.kind === "homeserver-away") gate.failed(meaning.reason);
    else if (meaning.kind === "room-failing") gate.failedInRoom(roomId, meaning.reason);
    else gate.answered();
  }

  #countFailing(delivery: Delivery, progress: DeliveryProgress, { kind }: FailureMeaning): DeliveryProgress {
    const { gate, failing, clock } = this.#options;
    const now = clock.now();
    const isRoomsOwn = kind === "forbidden" || (gate.isOpen && failing.doOthersWork(gate.lastSuccessAt, now));
    if (isRoomsOwn) return failing.count(delivery, progress, now);
    failing.forget(delivery.roomId);
    const { firstFailedAt: _first, lastFailedAt: _last, ...rest } = progress;
    return rest;
  }

  #afterRoomFailure(progress: DeliveryProgress): FailureVerdict {
    const now = this.#options.clock.now();
    if (now - (progress.firstFailedAt ?? now) >= failingRoomLimitMs) {
      return this.#dead(progress, `failed for 24 hours while other rooms worked: ${progress.lastError ?? ""}`);
    }
    return { kind: "later", delayMs: this.#retryDelayMs(progress) };
  }

  /**
   * @param isNotReady it is a ghost that could not get into the room. It is waited for as one that may not speak there, since a bot may be
   *   given the power to invite it; but one that was banned is not wanted, and whatever else is said in the room does not wait for it
   */
  async #afterForbidden(delivery: Delivery, progress: DeliveryProgress, isNotReady: boolean): Promise<FailureVerdict> {
    const { clock, isJoined, isBanned } = this.#options;
    const { roomId, sender } = delivery;
    const now = clock.now();
    const wakes = this.#wakes;
    let isAbsent: boolean;
    try {
      isAbsent = isNotReady ? await isBanned(roomId, sender) : !(await isJoined(roomId, sender));
    } catch {
      return { kind: "later", delayMs: this.#retryDelayMs(progress) };
    }
    // It may have come back while the answer was on its way.
    if (isAbsent && wakes !== this.#wakes) return { kind: "later", delayMs: 0 };
    if (isAbsent) {
      this.#options.absent.note(delivery, now);
      return { kind: "over", outcome: { kind: "discarded", at: now, reason: absenceReason(delivery) } };
    }
    if (now - (progress.firstFailedAt ?? now) < forbiddenRoomLimitMs) return { kind: "later", delayMs: forbiddenRetryMs };
    return this.#dead(progress, `${delivery.sender} was not allowed to speak for 7 days: ${progress.lastError ?? ""}`);
  }

  #retryDelayMs({ attempts }: DeliveryProgress): number {
    return retryDelayMs(attempts, this.#options.random.fraction());
  }

  #dead({ sentEventIds: eventIds }: DeliveryProgress, reason: string): FailureVerdict {
    return { kind: "over", outcome: { kind: "dead", at: this.#options.clock.now(), reason, eventIds } };
  }
}
