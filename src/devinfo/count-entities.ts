import type { DevinfoEntityType, DevinfoResult } from "../core/devinfo.js";
import type { DevinfoOutcome, RecordedEntry, RefusedDevinfo } from "../core/ports/devinfo.js";
import type { EntityCounts } from "../core/ports/devinfo-reports.js";
import { mostExplained, ofRecorded, ofRefused, type NotTakenEntity } from "./not-taken.js";

/** What became of the entities of a submission. */
export interface CountedEntities {
  readonly counts: Readonly<Partial<Record<DevinfoEntityType, EntityCounts>>>;
  readonly storedCount: number;
  /** The first of them. */
  readonly notTaken: readonly NotTakenEntity[];
  readonly notTakenCount: number;
}

type Counts = Partial<Record<DevinfoEntityType, Partial<Record<DevinfoResult | "refused", number>>>>;

/** Made for submissions of a thousand entities of which all are taken. */
export function countEntities({ repositories }: DevinfoOutcome, refused: readonly RefusedDevinfo[]): CountedEntities {
  const counts: Counts = {};
  const notTaken = refused.slice(0, mostExplained).map(ofRefused);
  let notTakenCount = refused.length;
  let storedCount = 0;
  for (const { type } of refused) if (type !== undefined) add(counts, type, "refused");
  for (const { repository, entries } of repositories) {
    for (const recorded of entries) {
      const result = resultOf(recorded);
      add(counts, recorded.entry.type, result);
      if (result === "stored") storedCount += 1;
      if (result !== "older" && result !== "deleted") continue;
      notTakenCount += 1;
      if (notTaken.length < mostExplained) notTaken.push(ofRecorded(repository.id, recorded));
    }
  }
  return { counts, storedCount, notTaken, notTakenCount };
}

/** What comes again is no news: it is stored as it is. */
function resultOf({ entry, result, before }: RecordedEntry): DevinfoResult {
  return result === "older" && before?.updateSequenceId === entry.updateSequenceId ? "unchanged" : result;
}

function add(counts: Counts, type: DevinfoEntityType, result: DevinfoResult | "refused"): void {
  const ofType = (counts[type] ??= {});
  ofType[result] = (ofType[result] ?? 0) + 1;
}
