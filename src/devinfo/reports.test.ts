import { describe, expect, it } from "vitest";
import { ReportsRig } from "../../test/support/reports-rig.js";
import type { DevinfoEntry, DevinfoResult, DevinfoSubmission } from "../core/devinfo.js";
import type { DevinfoOutcome, RecordedEntry, RefusedDevinfo, SubmissionDetails, SubmittedRequest } from "../core/ports/devinfo.js";
import { ReportRetention } from "./report-retention.js";

/** When the rig's clock begins. */
const at = Date.UTC(2026, 0, 1);

function entry(id: string, issueKeys: readonly string[] = ["PLAY-1"], updateSequenceId = 5n): DevinfoEntry {
  return { type: "commit", id, issueKeys, updateSequenceId, happenedAt: 0, json: `{"id":"${id}"}` };
}

function recorded(result: DevinfoResult, of: DevinfoEntry = entry("c"), stored?: bigint): RecordedEntry {
  return { entry: of, result, ...(stored === undefined ? {} : { before: { ...of, updateSequenceId: stored } }) };
}

/** What was submitted to one repository, and what became of it. */
function submitted(provider: string, ...entries: readonly RecordedEntry[]): readonly [DevinfoSubmission, DevinfoOutcome] {
  const repository = { id: "r", updateSequenceId: 5n, json: '{"id":"r"}', entries: entries.map((each) => each.entry) };
  return [
    { provider, repositories: [repository], isBackfill: false, preventTransitions: false },
    { at, repositories: [{ repository, result: "stored", entries }] },
  ];
}

function request(parts: Partial<SubmittedRequest> = {}): SubmissionDetails {
  return { request: { body: Buffer.from("{}"), refused: [], unknownIssueKeys: [], ...parts } };
}

function refusal(index: number, issueKeys: readonly string[] = ["PLAY-1"]): RefusedDevinfo {
  return { repositoryId: "r", type: "branch", id: `b${index}`, issueKeys, messages: ["Its name is missing."] };
}

describe("a submission of which everything was taken", () => {
  it("is told in one record", async () => {
    const rig = new ReportsRig();
    const thousand = Array.from({ length: 1_000 }, (_, index) => recorded("stored", entry(`c${index}`)));

    const written = await rig.record(submitted("ci", ...thousand), request({ product: "Builds 2.0" }));

    expect(written).toBe(1);
    const [report] = await rig.store.list({ limit: 10 });
    expect(report).toEqual({
      ...{ id: expect.stringMatching(/^[0-9a-z]{16}$/), at, provider: "ci", road: "api", kind: "submission", isBackfill: false },
      ...{ repositories: { count: 1, ids: ["r"] }, counts: { commit: { stored: 1_000 } }, notTaken: [], notTakenCount: 0 },
      ...{ unknownIssueKeys: { count: 0, keys: [] }, product: "Builds 2.0" },
    });
    expect(await rig.store.get(report?.id ?? "")).toEqual(report);
  });

  it("that came again is told too, and leaves nothing with its issues", async () => {
    const rig = new ReportsRig();

    await rig.record(submitted("ci", recorded("older", entry("c"), 5n), recorded("unchanged", entry("d"), 5n)), request());

    expect(await rig.store.list({ limit: 10 })).toMatchObject([{ counts: { commit: { unchanged: 2 } }, notTaken: [] }]);
    expect(await rig.store.notTaken("PLAY-1", 10)).toEqual([]);
  });
});

describe("what was not taken", () => {
  it("is told with its reason, in the report and by each issue that it names", async () => {
    const rig = new ReportsRig();
    const late = recorded("older", entry("late", ["PLAY-1", "PLAY-2"]), 7n);

    await rig.record(
      submitted("ci", late, recorded("deleted", entry("gone")), recorded("stored", entry("good"))),
      request({ refused: [refusal(1)] }),
    );

    const [report] = await rig.store.list({ limit: 10 });
    expect(report).toMatchObject({
      counts: { commit: { stored: 1, older: 1, deleted: 1 }, branch: { refused: 1 } },
      notTakenCount: 3,
      notTaken: [
        { repositoryId: "r", type: "branch", id: "b1", reason: "Its name is missing." },
        { repositoryId: "r", type: "commit", id: "late", reason: "Its updateSequenceId is 5, and 7 is stored already." },
        { repositoryId: "r", type: "commit", id: "gone", reason: "A delete was asked for that covers its updateSequenceId 5." },
      ],
    });
    expect((await rig.store.notTaken("PLAY-1", 10)).map(({ id }) => id).sort()).toEqual(["b1", "gone", "late"]);
    expect(await rig.store.notTaken("PLAY-2", 10)).toMatchObject([{ at, provider: "ci", repositoryId: "r", type: "commit", id: "late" }]);
  });

  it("is told with the Jira that its sender was bound to", async () => {
    const rig = new ReportsRig();

    await rig.record(submitted("ci"), { ...request({ refused: [refusal(1)] }), instance: "main" });

    expect(await rig.store.notTaken("PLAY-1", 10)).toMatchObject([{ id: "b1", instance: "main" }]);
  });

  it("is told of a whole repository too", async () => {
    const rig = new ReportsRig();
    const refused = [{ repositoryId: "repositories[0]", issueKeys: ["PLAY-3"], messages: ["It has no name.", "It has no url."] }];

    await rig.record(
      [
        { ...submitted("ci")[0], repositories: [] },
        { at, repositories: [] },
      ],
      request({ refused }),
    );

    const told = { repositoryId: "repositories[0]", reason: "It has no name. It has no url." };
    expect(await rig.store.notTaken("PLAY-3", 10)).toEqual([{ at, provider: "ci", ...told }]);
    expect(await rig.store.list({ limit: 10 })).toMatchObject([{ counts: {}, notTakenCount: 1, notTaken: [told] }]);
  });

  it("is cut and counted, however much it is", async () => {
    const rig = new ReportsRig();
    const many = Array.from({ length: 500 }, (_, index) => `PLAY-${index}`);
    const refused = Array.from({ length: 1_000 }, (_, index) => ({
      ...refusal(index, many),
      ...{ id: "i".repeat(5_000), repositoryId: "r".repeat(5_000), messages: Array.from({ length: 100 }, () => "m".repeat(5_000)) },
    }));

    const written = await rig.record(
      submitted("ci"),
      request({ refused, unknownIssueKeys: Array.from({ length: 900 }, () => "🎉".repeat(500)), product: "p".repeat(9_000) }),
    );

    expect(written).toBe(251);
    const [report] = await rig.store.list({ limit: 10 });
    expect(report).toMatchObject({ notTakenCount: 1_000, unknownIssueKeys: { count: 900 }, counts: { branch: { refused: 1_000 } } });
    expect(report?.kind === "submission" && report.notTaken.length).toBe(50);
    expect(JSON.stringify(report).length).toBeLessThan(100_000);
  });
});

describe("what we read ourselves", () => {
  it.each([
    ["git-integrations", "stored", 1],
    ["git-integrations", "unchanged", 0],
    ["git-integrations", "older", 0],
    ["webhooks-alpha", "stored", 1],
    ["webhooks-alpha", "unchanged", 0],
    ["webhooks-alpha", "older", 1],
    ["webhooks-alpha", "deleted", 1],
  ] as const)("of %s that is %s leaves %d reports", async (provider, result, count) => {
    const rig = new ReportsRig();

    await rig.record(submitted(provider, recorded(result, entry("c"), 7n)));

    expect(await rig.store.list({ limit: 10 })).toHaveLength(count);
  });

  it("of which there is nothing takes no record", async () => {
    expect(await new ReportsRig().record(submitted("git-integrations"))).toBe(0);
  });

  it("says by which road it came", async () => {
    const rig = new ReportsRig();

    for (const provider of ["ci", "git-integrations", "webhooks-alpha"]) await rig.record(submitted(provider, recorded("stored")));

    const roads = (await rig.store.list({ limit: 10 })).map(({ provider, road }) => [provider, road]);
    expect(Object.fromEntries(roads)).toEqual({ ci: "api", "git-integrations": "git-integration", "webhooks-alpha": "webhook" });
  });
});

describe("smart commits", () => {
  it("are told in the submission's report, even where nothing else is", async () => {
    const rig = new ReportsRig();
    rig.smartCommits = [{ commit: "c0ffee", issueKey: "PLAY-1", command: "comment", state: "reported", outcome: "o".repeat(9_000) }];

    await rig.record(submitted("git-integrations", recorded("unchanged")));

    expect(await rig.store.list({ limit: 10 })).toMatchObject([
      { smartCommits: [{ issueKey: "PLAY-1", command: "comment", outcome: "o".repeat(300) }] },
    ]);
  });
});

describe("a delete", () => {
  it.each([
    ["/repository/r1?_updateSequenceId=5", "/repository/r1?_updateSequenceId=5"],
    ["/bulkByProperties?a=b&jwt=planted&c=d", "/bulkByProperties?a=b&c=d"],
    ["/repository/r1?%6awt=planted", "/repository/r1"],
    [`/repository/${"x".repeat(9_000)}`, `/repository/${"x".repeat(1_988)}`],
  ])("of %s is told as %s", async (pathAndQuery, asked) => {
    const rig = new ReportsRig();

    await rig.delete("ci", pathAndQuery);

    expect(await rig.store.list({ limit: 10 })).toMatchObject([{ kind: "delete", at, provider: "ci", road: "api", asked }]);
  });

  it("of our own is not told", async () => {
    expect(await new ReportsRig().delete("git-integrations")).toBe(0);
  });
});

describe("the time of a report", () => {
  const keepMs = 14 * 86_400_000;
  const retention = (rig: ReportsRig, onError: (error: unknown) => void = (error) => expect.unreachable(String(error))): ReportRetention =>
    new ReportRetention({ store: rig.store, unitOfWork: rig.unitOfWork, clock: rig.clock, keepMs, keepCount: 1_000, onError });

  it("is over after the days that are configured, for what it explains too", async () => {
    const rig = new ReportsRig();
    await rig.record(submitted("ci", recorded("deleted")));
    const running = retention(rig);
    running.start();

    await rig.clock.advance(keepMs - 600_000);
    expect(await rig.store.list({ limit: 10 })).toHaveLength(1);
    await rig.clock.advance(1_200_000);
    running.stop();

    expect(await rig.store.list({ limit: 10 })).toEqual([]);
    expect(await rig.store.notTaken("PLAY-1", 10)).toEqual([]);
    expect(await rig.database.keys().all()).toEqual([]);
  });

  it("is found over in slices", async () => {
    const rig = new ReportsRig();
    for (let count = 0; count < 250; count += 1) await rig.record(submitted("ci", recorded("stored")));
    await rig.clock.advance(keepMs + 1);

    await retention(rig).sweep();

    expect(await rig.store.list({ limit: 10 })).toEqual([]);
  });

  it("is asked for again after a failure", async () => {
    const rig = new ReportsRig();
    const errors: unknown[] = [];
    const store = { overdue: () => Promise.reject(new Error("no disk")), removeSlice: () => Promise.resolve([]) };
    const running = new ReportRetention({
      ...{ store, unitOfWork: rig.unitOfWork, clock: rig.clock, keepMs, keepCount: 1_000 },
      onError: (error) => errors.push(error),
    });
    running.start();

    await rig.clock.advance(1_300_000);
    running.stop();
    await rig.clock.advance(1_300_000);

    expect(errors).toHaveLength(2);
  });
});
