import type { HeardStore } from "../../core/ports/heard-store.js";
import type { RoomId } from "../../core/ids.js";
import type { Database } from "../database.js";

/*
 * Layout, relative to the sublevel:
 *
 *   <period> <room> <name>  -> what was noted
 *
 * A period is 30 days, counted from the epoch, with six digits. Notes are written into the period of their time and read in that one and the
 * three before. So what is over lies at the beginning, in periods that nobody writes to any more: removing it meets nobody who notes the same
 * thing anew.
 */
const periodMs = 30 * 24 * 3_600_000;
const periodsKept = 4;
const digits = 6;

/** What rooms heard of. Nothing in it is secret: hashes, and the states of pull requests. */
export function createHeardStore(database: Database): HeardStore {
  const level = database.sublevel("heard");
  const absolute = (key: string): string => level.prefixKey(key, "utf8", false);

  return {
    async find(roomId, names, nowMs) {
      const found = new Map<string, string>();
      const newest = periodOf(nowMs);
      for (let period = newest; period > newest - periodsKept && period >= 0; period -= 1) {
        const open = names.filter((name) => !found.has(name));
        if (open.length === 0) break;
        const notes = await level.getMany(open.map((name) => keyOf(period, roomId, name)));
        for (const [index, name] of open.entries()) {
          const note = notes[index];
          if (note !== undefined) found.set(name, note);
        }
      }
      return found;
    },
    put: (roomId, heard, nowMs) =>
      [...heard].map(([name, note]) => ({ type: "put", key: absolute(keyOf(periodOf(nowMs), roomId, name)), value: note })),
    async removeOver(nowMs, limit) {
      const oldestKept = periodOf(nowMs) - periodsKept + 1;
      if (oldestKept <= 0) return [];
      const keys = await level.keys({ lt: padded(oldestKept), limit }).all();
      return keys.map((key) => ({ type: "del", key: absolute(key) }));
    },
  };
}

function periodOf(nowMs: number): number {
  return Math.max(0, Math.floor(nowMs / periodMs));
}

function keyOf(period: number, roomId: RoomId, name: string): string {
  return `${padded(period)} ${roomId} ${name}`;
}

function padded(period: number): string {
  return String(period).padStart(digits, "0");
}
