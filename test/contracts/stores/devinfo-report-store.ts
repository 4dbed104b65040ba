import { describe, expect, it } from "vitest";
import { devinfoReportId } from "../../../src/core/devinfo-report-id.js";
import type { DevinfoReportStore, ExplainedIssue, SubmissionReport } from "../../../src/core/ports/devinfo-reports.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createDevinfoReportStore } from "../../../src/storage/stores/devinfo-report-store.js";
import type { OpenDatabase } from "./databases.js";

const start = Date.UTC(2026, 0, 1);

function reportOf(provider: string, at: number, token = "0000000"): SubmissionReport {
  return {
    ...{ id: devinfoReportId(at, token), at, provider, road: "api", kind: "submission", isBackfill: false },
    ...{ repositories: { count: 1, ids: ["r"] }, counts: { commit: { stored: 1 } }, notTaken: [], notTakenCount: 0 },
    unknownIssueKeys: { count: 0, keys: [] },
  };
}

function explained(issueKey: string, id = "c1"): ExplainedIssue {
  return { issueKey, repositoryId: "r", type: "commit", id, reason: "It is older." };
}

/** What every database must give the store of reports about development information. */
export function devinfoReportStoreContract(name: string, openDatabase: OpenDatabase): void {
  describe(`reports about development information in ${name}`, () => {
    async function open() {
      const { database } = await openDatabase();
      const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
      const store: DevinfoReportStore = createDevinfoReportStore(database);
      const add = (report: SubmissionReport, ...issues: readonly ExplainedIssue[]): Promise<void> => work.commit(store.add(report, issues));
      return { store, work, add };
    }

    it("are listed newest first, of all providers or of one", async () => {
      const { store, add } = await open();
      for (const [at, provider] of ["b", "a", "a.b", "a-b", "a"].entries()) await add(reportOf(provider, start + at));

      const all = await store.list({ limit: 10 });

      expect(all.map(({ at, provider }) => [at - start, provider])).toEqual([
        ...[[4, "a"] as const, [3, "a-b"] as const, [2, "a.b"] as const, [1, "a"] as const, [0, "b"] as const],
      ]);
      expect((await store.list({ limit: 2 })).map(({ at }) => at - start)).toEqual([4, 3]);
      expect((await store.list({ provider: "a", limit: 10 })).map(({ at }) => at - start)).toEqual([4, 1]);
      expect(await store.list({ provider: "c", limit: 10 })).toEqual([]);
    });

    it("are found by their ids", async () => {
      const { store, add } = await open();
      const report = reportOf("b", start);
      await add(reportOf("a", start, "1111111"));
      await add(report);

      expect(await store.get(report.id)).toEqual(report);
      expect(await store.get(devinfoReportId(start, "2222222"))).toBeUndefined();
      expect(await store.get("")).toBeUndefined();
    });

    it("take one record where everything was taken", async () => {
      const { store } = await open();
      expect(store.add(reportOf("a", start), [])).toHaveLength(1);
    });

    it("tell of an issue what was not taken, newest first", async () => {
      const { store, add } = await open();
      await add(reportOf("a", start), explained("PLAY-1", "old"), explained("PLAY-11"));
      await add(reportOf("b", start + 1), explained("PLAY-1", "new"), explained("PLAY-1", "newer"));

      const told = await store.notTaken("PLAY-1", 10);

      expect(told.map(({ provider, id }) => [provider, id])).toEqual([
        ["b", "newer"],
        ["b", "new"],
        ["a", "old"],
      ]);
      expect(told[2]).toEqual({ at: start, provider: "a", repositoryId: "r", type: "commit", id: "old", reason: "It is older." });
      expect(await store.notTaken("PLAY-1", 1)).toHaveLength(1);
      expect(await store.notTaken("PLAY-2", 10)).toEqual([]);
    });

    it("go with what they explain, the oldest of each provider first, a slice at a time", async () => {
      const { store, work, add } = await open();
      for (let at = 0; at < 8; at += 1) await add(reportOf(at % 2 === 0 ? "a" : "b", start + at), explained("PLAY-1", String(at)));

      const [a, ...others] = await store.overdue({ before: start + 6, keepCount: 100 });
      expect([a?.provider, others.map(({ provider }) => provider)]).toEqual(["a", ["b"]]);
      const removed: number[] = [];
      for (;;) {
        const changes = await store.removeSlice(a!, 2);
        if (changes.length === 0) break;
        removed.push(changes.length);
        await work.commit(changes);
      }

      expect(removed).toEqual([4, 2]);
      expect((await store.list({ limit: 10 })).map(({ at }) => at - start)).toEqual([7, 6, 5, 3, 1]);
      expect((await store.notTaken("PLAY-1", 10)).map(({ id }) => id)).toEqual(["7", "6", "5", "3", "1"]);
      expect((await store.overdue({ before: start + 6, keepCount: 100 })).map(({ provider }) => provider)).toEqual(["b"]);
    });

    it.each([
      { keepCount: 1, left: 1 },
      { keepCount: 4_999, left: 4_999 },
      { keepCount: 5_000, left: 5_000 },
      { keepCount: 5_001, left: 5_001 },
      { keepCount: 5_002, left: 5_002 },
      { keepCount: 5_003, left: 5_002 },
    ])("are kept up to $keepCount of each provider", async ({ keepCount, left }) => {
      const { store, work } = await open();
      const all = Array.from({ length: 5_002 }, (_, at) => store.add(reportOf("a", start + at), [])).flat();
      await work.commit([...all, ...store.add(reportOf("b", start), [])]);

      const overdue = await store.overdue({ before: 0, keepCount });
      for (const one of overdue) await work.commit(await store.removeSlice(one, 10_000));

      expect(overdue.map(({ provider }) => provider)).toEqual(left === 5_002 ? [] : ["a"]);
      expect(await store.list({ provider: "a", limit: 10_000 })).toHaveLength(left);
      expect(await store.list({ provider: "b", limit: 10_000 })).toHaveLength(1);
    });
  });
}
