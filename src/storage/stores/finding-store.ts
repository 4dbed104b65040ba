import { createHash } from "node:crypto";
import type { FindingDeed, FindingGroup, FindingRecord, FindingRun, FindingStore } from "../../core/ports/finding-store.js";
import type { Database } from "../database.js";

/*
 * Layout, relative to the sublevels:
 *
 *   findings      <target> <hash>      -> what is known of the finding
 *   finding-runs  run <id>             -> the run
 *                 deed <id> <position> -> what was done, positions with six digits
 *
 * The hash is over project, scanner and fingerprint, which may be long and hold anything. Targets and ids hold no space.
 */
const runPrefix = "run ";
const deedPrefix = "deed ";

/** Findings and open runs. Nothing in them is secret: hashes, keys and addresses of issues, and for a moment their titles. */
export function createFindingStore(database: Database): FindingStore {
  const findings = database.sublevel("findings");
  const runs = database.sublevel("finding-runs");
  const absolute = (level: typeof findings, key: string): string => level.prefixKey(key, "utf8", false);

  return {
    async get(group, fingerprint) {
      const stored = await findings.get(findingKey(group, fingerprint));
      // Written by `put`.
      return stored === undefined ? undefined : (JSON.parse(stored) as FindingRecord);
    },
    put: (group, record) => ({
      type: "put",
      key: absolute(findings, findingKey(group, record.fingerprint)),
      value: JSON.stringify(record),
    }),
    remove: (group, fingerprint) => ({ type: "del", key: absolute(findings, findingKey(group, fingerprint)) }),
    async forget(target) {
      // "!" follows the space in ASCII.
      const keys = await findings.keys({ gt: `${target} `, lt: `${target}!` }).all();
      return keys.map((key) => ({ type: "del", key: absolute(findings, key) }));
    },
    addDeed: (run, position, deed) => [
      { type: "put", key: absolute(runs, runPrefix + run.id), value: JSON.stringify(run) },
      { type: "put", key: absolute(runs, deedKey(run.id, position)), value: JSON.stringify(deed) },
    ],
    async openRunIds() {
      const keys = await runs.keys({ gt: runPrefix, lt: "run!" }).all();
      return keys.map((key) => key.slice(runPrefix.length));
    },
    async openRun(id) {
      const stored = await runs.get(runPrefix + id);
      if (stored === undefined) return undefined;
      const deeds = await runs.iterator({ gt: `${deedPrefix}${id} `, lt: `${deedPrefix}${id}!` }).all();
      const keys = [runPrefix + id, ...deeds.map(([key]) => key)];
      return {
        // Both were written by `addDeed`.
        run: JSON.parse(stored) as FindingRun,
        deeds: deeds.map(([, value]) => JSON.parse(value) as FindingDeed),
        end: keys.map((key) => ({ type: "del", key: absolute(runs, key) })),
      };
    },
  };
}

function findingKey({ target, project, scanner }: FindingGroup, fingerprint: string): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([project, scanner, fingerprint]))
    .digest("base64url");
  return `${target} ${hash}`;
}

function deedKey(id: string, position: number): string {
  return `${deedPrefix}${id} ${String(position).padStart(6, "0")}`;
}
