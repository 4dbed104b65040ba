import type { Database } from "./database.js";

/** What LevelDB has besides what every database has. */
interface Compactable {
  compactRange(start: string, end: string): Promise<void>;
}

/**
 * Writes what is in memory to files, and merges the files of a range of keys: LevelDB keeps what was overwritten or deleted until then. What
 * was in memory together with what it was overwritten by may be kept all the same. Nothing to do for databases that keep no such thing.
 */
export async function compact(database: Database, start: string, end: string): Promise<void> {
  if (isCompactable(database)) await database.compactRange(start, end);
}

function isCompactable(database: Database): database is Database & Compactable {
  return "compactRange" in database && typeof database.compactRange === "function";
}
