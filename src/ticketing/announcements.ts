import { createHash } from "node:crypto";
import type { FindingDeed, FindingStore, OpenRun } from "../core/ports/finding-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import { mostCardIssues, type FindingCard } from "../vocabulary/finding-card.js";

/*
 * What a run does is stored with what is known of its findings, deed by deed. When it is over, one card goes to the rooms of the project,
 * stored in one batch with the end of the run. A run that a crash cut short is told of at the next start. The card's key follows from the
 * run's id, so that it is told once.
 */

/** A card on its way to the rooms that are connected to a project. */
export interface Announcement {
  readonly serviceId: string;
  readonly card: FindingCard;
  /** The same one is taken once. */
  readonly key: string;
  /** Stored with it, in one batch; where nobody can be told, by themselves. */
  readonly changes: readonly StoreChange[];
}

/** Resolves once it is stored. @throws StorageError */
export type Announce = (announcement: Announcement) => Promise<void>;

interface AnnouncementsOptions {
  readonly store: FindingStore;
  readonly announce: Announce;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
}

const againAfterMs = 60_000;

/** Tells rooms of runs that are over. Nobody waits for it. */
export class Announcements {
  readonly #options: AnnouncementsOptions;
  readonly #underWay = new Set<Promise<void>>();
  readonly #callOffs = new Set<() => void>();
  #isStopped = false;

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
  }

  /** Tells of what the last process did and did not tell of. @throws StorageError */
  async start(): Promise<void> {
    for (const id of await this.#options.store.openRunIds()) this.tell(id);
  }

  /** @param failed how many findings failed, if that is known */
  tell(runId: string, failed?: number): void {
    const telling = this.#tell(runId, failed).catch((error: unknown) => {
      this.#options.log.warn({ error, runId }, "Rooms could not be told of findings; it is tried again");
      this.#tellLater(runId, failed);
    });
    this.#underWay.add(telling);
    void telling.finally(() => this.#underWay.delete(telling));
  }

  /** What is not told then is told after the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const callOff of this.#callOffs) callOff();
    await Promise.all(this.#underWay);
  }

  async #tell(runId: string, failed: number | undefined): Promise<void> {
    const { store, announce } = this.#options;
    const open = await store.openRun(runId);
    if (open === undefined) return;
    const { serviceId } = open.run;
    const key = `findings ${createHash("sha256").update(runId).digest("hex")}`;
    await announce({ serviceId, card: cardOf(open, failed), key, changes: open.end });
  }

  #tellLater(runId: string, failed: number | undefined): void {
    if (this.#isStopped) return;
    const callOff = this.#options.clock.after(againAfterMs, () => {
      this.#callOffs.delete(callOff);
      this.tell(runId, failed);
    });
    this.#callOffs.add(callOff);
  }
}

const order: readonly FindingDeed["what"][] = ["created", "reopened", "updated", "closed"];

function cardOf({ run: { remoteUrl, scanner, project }, deeds }: OpenRun, failed: number | undefined): FindingCard {
  const count = (what: FindingDeed["what"]): number => deeds.filter((deed) => deed.what === what).length;
  const sorted = deeds.toSorted((left, right) => order.indexOf(left.what) - order.indexOf(right.what));
  return {
    ...{ remoteUrl, scanner, project, created: count("created"), updated: count("updated") },
    ...{ reopened: count("reopened"), closed: count("closed"), issues: sorted.slice(0, mostCardIssues) },
    ...(failed === undefined ? {} : { failed }),
  };
}
