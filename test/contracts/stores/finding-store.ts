import { describe, expect, it } from "vitest";
import type { FindingDeed, FindingGroup, FindingRecord, FindingRun } from "../../../src/core/ports/finding-store.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createFindingStore } from "../../../src/storage/stores/finding-store.js";
import type { OpenDatabase } from "./databases.js";

const group: FindingGroup = { target: "connector-1", project: "play", scanner: "trivy" };
const record: FindingRecord = {
  fingerprint: 'CVE-1 "\u0000ü',
  issue: { key: "PLAY-1", url: "https://tracker.example/browse/PLAY-1" },
  written: { title: "a", description: "b" },
};
const run: FindingRun = { id: "run1", serviceId: "tracker", remoteUrl: "https://tracker.example", project: "PLAY", scanner: "trivy" };

function deed(key: string): FindingDeed {
  return { what: "created", key, url: `https://tracker.example/browse/${key}`, title: key };
}

/** What every database must give the store of findings. */
export function findingStoreContract(name: string, openDatabase: OpenDatabase): void {
  describe(`the store of findings on ${name}`, () => {
    async function open() {
      const { database, reopen } = await openDatabase();
      const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
      return { findings: createFindingStore(database), work, reopen };
    }

    it("keeps what is known of a finding until it is removed, in the batches that carry it", async () => {
      const { findings, work, reopen } = await open();
      const put = findings.put(group, record);
      expect(await findings.get(group, record.fingerprint)).toBeUndefined();

      await work.commit([put]);
      expect(await createFindingStore(await reopen()).get(group, record.fingerprint)).toEqual(record);
    });

    it("tells findings apart by target, project, scanner and fingerprint", async () => {
      const { findings, work } = await open();
      const groups = [
        group,
        { ...group, target: "connector-11" },
        { ...group, project: "play2" },
        { ...group, scanner: "trivy2" },
        // Parts do not run into each other.
        { ...group, project: 'play","trivy', scanner: "" },
      ];

      await work.commit(groups.map((one, index) => findings.put(one, { ...record, creatingSince: index })));
      await work.commit([findings.remove(group, record.fingerprint)]);

      const found = await Promise.all(groups.map((one) => findings.get(one, record.fingerprint)));
      expect(found.map((one) => one?.creatingSince)).toEqual([undefined, 1, 2, 3, 4]);
    });

    it("takes away all of one target", async () => {
      const { findings, work } = await open();
      const other = { ...group, target: "connector-11" };
      const fingerprints = ["a", "b", "c"];
      await work.commit([group, other].flatMap((one) => fingerprints.map((fingerprint) => findings.put(one, { ...record, fingerprint }))));

      await work.commit(await findings.forget(group.target));

      expect(await findings.forget(group.target)).toEqual([]);
      expect(await findings.get(group, "a")).toBeUndefined();
      expect(await findings.get(other, "a")).toBeDefined();
    });

    it("keeps what a run did, in its order, until rooms were told", async () => {
      const { findings, work } = await open();
      const keys = Array.from({ length: 12 }, (_, index) => `PLAY-${index}`);
      const other = { ...run, id: "run12" };
      await work.commit(findings.addDeed(other, 0, deed("OPS-1")));
      // A deed that the disk refused leaves a gap.
      for (const [index, key] of keys.entries()) await work.commit(findings.addDeed(run, index * 2, deed(key)));

      expect((await findings.openRunIds()).toSorted()).toEqual(["run1", "run12"]);
      expect(await findings.openRun("run1")).toMatchObject({ run, deeds: keys.map(deed) });
      expect(await findings.openRun("run")).toBeUndefined();
      await work.commit((await findings.openRun("run1"))?.end ?? []);

      expect(await findings.openRunIds()).toEqual(["run12"]);
      expect(await findings.openRun("run1")).toBeUndefined();
      await work.commit(findings.addDeed(run, 7, deed("PLAY-100")));
      expect(await findings.openRun("run1")).toMatchObject({ deeds: [deed("PLAY-100")] });
      expect(await findings.openRun("run12")).toMatchObject({ run: other, deeds: [deed("OPS-1")] });
    });
  });
}
