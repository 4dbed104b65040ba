import type { Database } from "./database.js";

/** What LevelDB has besides what every database has. */
interface Compactable {
  compactRange(start: string, end: string): Promise<void>;
}

/**
 * Removes from the disk what was overwritten or deleted in a range of keys: LevelDB keeps it until it sorts that range again. Nothing to do for
 * databases that keep no such thing.
 */
export async function compact(database: Database, start: string, end: string): Promise<void> {
  if (isCompactable(database)) await database.compactRange(start, end);
}

function isCompactable(database: Database): database is Database & Compactable {
  return "compactRange" in database && typeof database.compactRange === "function";
}
