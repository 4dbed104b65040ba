import type { DevinfoSubmission } from "../core/devinfo.js";
import type { DeleteDetails, DevinfoEcho, DevinfoObserver, DevinfoOutcome, SubmissionDetails } from "../core/ports/devinfo.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { DevinfoEvents } from "./commit.js";

/** What all observers together add to a change. */
interface Echo {
  readonly changes: readonly StoreChange[];
  readonly events: DevinfoEvents;
  /** Tells those who added anything that it is on disk. */
  stored(): void;
}

export function tellRecorded(
  observers: readonly DevinfoObserver[],
  submission: DevinfoSubmission,
  outcome: DevinfoOutcome,
  about: SubmissionDetails,
): Promise<Echo> {
  return collect(observers, (observer) => observer.recorded?.(submission, outcome, about));
}

export function tellDeleted(observers: readonly DevinfoObserver[], provider: string, about: DeleteDetails): Promise<Echo> {
  return collect(observers, async (observer) => ({ changes: (await observer.deleted?.(provider, about)) ?? [] }));
}

async function collect(
  observers: readonly DevinfoObserver[],
  tell: (observer: DevinfoObserver) => DevinfoEcho | Promise<DevinfoEcho> | undefined,
): Promise<Echo> {
  const changes: StoreChange[] = [];
  const events: DevinfoEvents[number][] = [];
  const adding: DevinfoObserver[] = [];
  for (const observer of observers) {
    const echo = await tell(observer);
    if (echo === undefined || (echo.changes.length === 0 && (echo.events ?? []).length === 0)) continue;
    changes.push(...echo.changes);
    events.push(...(echo.events ?? []));
    adding.push(observer);
  }
  return { changes, events, stored: () => adding.forEach((observer) => observer.stored?.()) };
}
