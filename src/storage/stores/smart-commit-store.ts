import { createHash } from "node:crypto";
import type { SmartCommitAction, SmartCommitDeed, SmartCommitOutcome, SmartCommitStore } from "../../core/ports/smart-commit-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { queueKey, readEntries, roomsWithEntries, type Queue } from "./room-queue.js";

/*
 * Layout, relative to the sublevels:
 *
 *   smart-commits         <issue key> 0 <place>  -> the action (room-queue.ts)
 *   smart-commits-known   outcome <place>        -> how it ended
 *                         claim <hash>           -> whose the deed is; the hash is over commit, address and issue, which may be long
 *                         age <time> <key>       -> nothing: the key above was written at that time, which has 16 digits
 */
const agePrefix = "age ";
const digits = 16;

/** What is waiting holds what devinfo holds as well: names, addresses and texts of commits. None of it is secret. */
export function createSmartCommitStore(database: Database): SmartCommitStore {
  const waiting: Queue = database.sublevel("smart-commits");
  const known: Queue = database.sublevel("smart-commits-known");
  const absolute = (level: Queue, key: string): string => level.prefixKey(key, "utf8", false);

  function remember(key: string, value: string, at: number): readonly StoreChange[] {
    return [
      { type: "put", key: absolute(known, key), value },
      { type: "put", key: absolute(known, ageKey(at, key)), value: "" },
    ];
  }

  return {
    rooms: (after, limit) => roomsWithEntries<string>(waiting, after, limit),
    async read(issueKey, after, limit) {
      const entries = await readEntries(waiting, issueKey, after, limit);
      // Written by `put`.
      return entries.map(({ place, value }) => ({ place, item: JSON.parse(value) as SmartCommitAction }));
    },
    put: (action) => ({ type: "put", key: absolute(waiting, keyOf(action)), value: JSON.stringify(action) }),
    has: async (action) => (await waiting.get(keyOf(action))) !== undefined,
    end: (action, outcome) => [
      { type: "del", key: absolute(waiting, keyOf(action)) },
      ...remember(outcomeKey(action.place), JSON.stringify(outcome), outcome.at),
    ],
    async outcomes(places) {
      const stored = await known.getMany(places.map(outcomeKey));
      // Written by `end`.
      return stored.map((text) => (text === undefined ? undefined : (JSON.parse(text) as SmartCommitOutcome)));
    },
    claimOf: (deed) => known.get(claimKey(deed)),
    putClaim: (deed, claim, at) => remember(claimKey(deed), claim, at),
    async removeSlice(before, limit) {
      const keys = await known.keys({ gt: agePrefix, lt: ageKey(before, ""), limit }).all();
      return keys
        .flatMap((key) => [key, key.slice(agePrefix.length + digits + 1)])
        .map((key) => ({ type: "del", key: absolute(known, key) }));
    },
  };
}

function keyOf({ issueKey, place }: Pick<SmartCommitAction, "issueKey" | "place">): string {
  return queueKey(issueKey, place);
}

function outcomeKey(place: string): string {
  return `outcome ${place}`;
}

function claimKey({ commit, url, issueKey }: SmartCommitDeed): string {
  const hash = createHash("sha256").update(JSON.stringify([commit, url, issueKey]));
  return `claim ${hash.digest("base64url")}`;
}

function ageKey(at: number, key: string): string {
  return `${agePrefix}${String(Math.max(0, Math.trunc(at))).padStart(digits, "0")} ${key}`;
}
