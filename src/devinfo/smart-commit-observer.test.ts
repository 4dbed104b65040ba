import { describe, expect, it } from "vitest";
import { SmartCommitRig } from "../../test/support/smart-commit-rig.js";
import type { SubmissionReport } from "../core/ports/devinfo-reports.js";
import { withSmartCommitOutcomes } from "./smart-commit-outcomes.js";

const dayMs = 24 * 3_600_000;

describe("smart commits of a submission", () => {
  it("are stored as work in the submission's batch, in the order in which they are written", async () => {
    const rig = new SmartCommitRig();
    const message = "PLAY-1 PLAY-2 #time 2h #close all done\nPLAY-1 #comment again";

    const { reports, changes } = await rig.record([rig.commit(message, { hash: "C0FFEE", issueKeys: ["PLAY-1", "PLAY-2"] })], {
      about: { instance: "main" },
    });

    expect(rig.commits).toEqual([]);
    await rig.unitOfWork.commit(changes);
    const queues = await Promise.all(["PLAY-1", "PLAY-2"].map((key) => rig.store.read(key, undefined, 10)));
    expect(queues.map((queue) => queue.map(({ item }) => item.command.kind))).toEqual([
      ["time", "transition", "comment", "comment"],
      ["time", "transition", "comment"],
    ]);
    const [, move, comment] = queues[0] ?? [];
    expect(comment?.item).toMatchObject({ after: move?.place, claim: move?.item.claim });
    expect(queues[0]?.[0]?.item).toEqual({
      ...{ place: reports[0]?.id, claim: reports[0]?.id, issueKey: "PLAY-1", command: { kind: "time", spent: "2h", text: "" } },
      ...{ commit: "c0ffee7", authorEmail: "ada@example.org", happenedAt: rig.clock.now(), receivedAt: rig.clock.now() },
      ...{ provider: "ci", repositoryId: "repo", instance: "main" },
    });
    expect(queues[1]?.[0]?.item.claim).not.toBe(queues[0]?.[0]?.item.claim);
  });

  it("are told in its report", async () => {
    const rig = new SmartCommitRig();

    const reports = await rig.submit([rig.commit("PLAY-1 #comment one #time soon #close")]);

    expect(reports).toEqual([
      {
        commit: "c0ffee7",
        issueKey: "PLAY-1",
        command: "comment",
        state: "reported",
        outcome: "It is to be carried out.",
        id: expect.any(String),
      },
      { commit: "c0ffee7", issueKey: "PLAY-1", command: "time", state: "refused", outcome: expect.stringContaining("2h 30m") },
      { commit: "c0ffee7", issueKey: "PLAY-1", command: "close", state: "reported", outcome: expect.any(String), id: expect.any(String) },
    ]);
  });

  it("are read as they ended once they were carried out", async () => {
    const rig = new SmartCommitRig();
    await rig.worker.start();
    const smartCommits = await rig.submit([rig.commit("PLAY-1 #comment one #comment")]);
    // The rest of a report is nobody's business here.
    const report = { kind: "submission", id: "r", smartCommits } as unknown as SubmissionReport;
    const other = { kind: "delete", id: "d", at: 1, provider: "ci", road: "api", asked: "/" } as const;
    await rig.clock.advance(10);

    const [read, same] = await withSmartCommitOutcomes([report, other], rig.store);

    expect(read).toMatchObject({ smartCommits: [{ state: "done", outcome: "Carried out as @ada:example.org." }, { state: "refused" }] });
    expect(same).toBe(other);
    await rig.worker.stop();
  });

  it.each([
    ["a backfill", { isBackfill: true }],
    ["a submission with preventTransitions", { preventTransitions: true }],
  ])("are not looked for in %s", async (_what, details) => {
    const rig = new SmartCommitRig();

    expect(await rig.record([rig.commit("PLAY-1 #comment one")], details)).toEqual({ reports: [], changes: [] });
  });

  it.each([
    ["what is stored already", { result: "unchanged" }],
    ["what is older", { result: "older" }],
    ["what was deleted", { result: "deleted" }],
    ["what takes the place of a stored commit", { isKnown: true }],
    ["issues that the sender does not name", { issueKeys: ["PLAY-2"] }],
  ] as const)("are not looked for in %s", async (_what, details) => {
    const rig = new SmartCommitRig();

    expect(await rig.record([rig.commit("PLAY-1 #comment one", details)])).toEqual({ reports: [], changes: [] });
  });

  it("are not looked for in branches and pull requests", async () => {
    const rig = new SmartCommitRig();
    const { entry } = rig.commit("PLAY-1 #comment one");

    const { reports } = await rig.record(
      (["branch", "pull_request"] as const).map((type) => ({ entry: { ...entry, type }, result: "stored" })),
    );

    expect(reports).toEqual([]);
  });

  it.each(["comment", "time", "transition"] as const)("are reported and left alone where %s is not allowed", async (kind) => {
    const rig = new SmartCommitRig({ allowed: { [kind]: false } });
    const message = { comment: "#comment x", time: "#time 1h", transition: "#close" }[kind];

    const { reports, changes } = await rig.record([rig.commit(`PLAY-1 ${message}`)]);

    expect(reports).toMatchObject([{ state: "reported", outcome: `Nothing is done about it: \`devinfo.smartCommits.${kind}\` is false.` }]);
    expect([changes, reports[0]?.id]).toEqual([[], undefined]);
  });

  it("do not comment on a move that is not allowed", async () => {
    const rig = new SmartCommitRig({ allowed: { transition: false } });

    const { reports, changes } = await rig.record([rig.commit("PLAY-1 #close Fixed #comment more")]);

    expect(reports.map(({ command, outcome }) => [command, outcome])).toEqual([
      ["close", expect.stringContaining("smartCommits.transition")],
      ["comment", "It belongs to a move that is not carried out."],
      ["comment", "It is to be carried out."],
    ]);
    expect(changes).toHaveLength(1);
  });

  it.each([
    ["webhooks", {}, { provider: "webhooks-github" }, "What webhooks tell of is reported, and never carried out."],
    ["an author without an address", { email: null }, {}, "The commit's author has no e-mail address."],
    ["an author with a blank address", { email: " " }, {}, "The commit's author has no e-mail address."],
    ["a commit of nobody knows when", { happenedAt: 0 }, {}, expect.stringContaining("older than 90 days")],
    ["a commit of the future", { happenedAt: Date.UTC(2026, 0, 2) + 1 }, {}, expect.stringContaining("in the future")],
    ["an old commit", { happenedAt: Date.UTC(2026, 0, 1) - 90 * dayMs - 1 }, {}, expect.stringContaining("older than 90 days")],
  ])("of %s are refused", async (_what, commit, submission, outcome) => {
    const rig = new SmartCommitRig();

    const { reports, changes } = await rig.record([rig.commit("PLAY-1 #comment one", commit)], submission);

    expect(reports).toMatchObject([{ state: "refused", outcome }]);
    expect(changes).toEqual([]);
  });

  it("are refused behind the first thousand", async () => {
    const rig = new SmartCommitRig();
    const message = Array.from({ length: 40 }, (_, index) => `PLAY-1 #comment ${index}`).join("\n");

    const { reports, changes } = await rig.record(Array.from({ length: 30 }, (_, index) => rig.commit(message, { id: `c${index}` })));

    expect([reports.length, changes.length]).toEqual([1_200, 1_000]);
    expect(reports.at(-1)).toMatchObject({ state: "refused", outcome: expect.stringContaining("1,000") });
  });

  it("cost a push without any next to nothing", async () => {
    const rig = new SmartCommitRig();
    const entries = Array.from({ length: 1_000 }, (_, index) =>
      rig.commit(`PLAY-1 fixes #${index} ${"words ".repeat(100)}`, { id: `c${index}` }),
    );
    const startedAt = performance.now();

    const { changes } = await rig.record(entries);

    expect(changes).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
