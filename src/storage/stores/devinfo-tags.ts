import type { AbstractKeyIterator } from "abstract-level";
import type { Properties } from "../../core/ports/devinfo-store.js";
import type { Database } from "../database.js";
import * as keys from "./devinfo-keys.js";

const handlesAtOnce = 1_000;

/**
 * Handles of repositories that have all of the tags, in parts. The lists of all tags lie in the order of handles: each is asked for its first
 * handle that is not before the one which another list has reached. So every step passes over a handle of the rarest tag, however long the other
 * lists are.
 */
export async function* findTagged(database: Database, provider: number, properties: Properties): AsyncGenerator<readonly string[]> {
  const lists = Object.entries(properties).map((tag) => keys.tagEntries(provider, tag));
  if (lists.length === 1 && lists[0] !== undefined) yield* wholeList(database, lists[0]);
  else if (lists.length > 1) yield* inAll(database, lists);
}

async function* wholeList(database: Database, range: keys.Range): AsyncGenerator<readonly string[]> {
  const iterator = database.keys(range);
  try {
    for (let found = await iterator.nextv(handlesAtOnce); found.length > 0; found = await iterator.nextv(handlesAtOnce))
      yield found.map(keys.atEnd);
  } finally {
    await iterator.close();
  }
}

async function* inAll(database: Database, lists: readonly keys.Range[]): AsyncGenerator<readonly string[]> {
  const iterators: readonly AbstractKeyIterator<Database, string>[] = lists.map((range) => database.keys(range));
  let found: string[] = [];
  try {
    for (let handle: string | undefined = ""; ;) {
      handle = await firstInAll(iterators, lists, handle);
      if (handle === undefined) break;
      found.push(handle);
      if (found.length < handlesAtOnce) continue;
      yield found;
      found = [];
    }
    if (found.length > 0) yield found;
  } finally {
    for (const iterator of iterators) await iterator.close();
  }
}

/** @param after the last one that was found */
async function firstInAll(
  iterators: readonly AbstractKeyIterator<Database, string>[],
  lists: readonly keys.Range[],
  after: string,
): Promise<string | undefined> {
  let candidate = "";
  /** How many lists, one after the other, have the candidate. */
  let having = 0;
  for (let position = 0; having < lists.length; position = (position + 1) % lists.length) {
    const [iterator, range] = [iterators[position], lists[position]];
    if (iterator === undefined || range === undefined) return undefined;
    // The first step leads behind what was found last.
    iterator.seek(candidate === "" ? keys.behindTagEntry(range, after) : keys.tagEntry(range, candidate));
    const key = await iterator.next();
    if (key === undefined) return undefined;
    const handle = keys.atEnd(key);
    having = handle === candidate ? having + 1 : 1;
    candidate = handle;
  }
  return candidate;
}
