import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine, type CliResult } from "../../test/support/cli-run.js";
import { answerAsServer } from "../../test/support/control-answers.js";

const at = Date.UTC(2026, 0, 2, 3, 4, 5);
const notTaken = Array.from({ length: 5 }, (_, index) => ({
  repositoryId: "r",
  type: "pull_request",
  id: `p${index}`,
  reason: "It is older.",
}));
const submission = {
  ...{ id: "0abc", at, provider: "ci", road: "api", kind: "submission", isBackfill: true, product: "Builds 2" },
  ...{ repositories: { count: 12, ids: ["r1", "r2"] }, counts: { commit: { stored: 3, unchanged: 1 }, pull_request: { older: 5 } } },
  ...{ notTaken, notTakenCount: 9, unknownIssueKeys: { count: 1, keys: ["NOPE-1"] } },
  smartCommits: [{ commit: "0123", issueKey: "PLAY-1", command: "time", state: "refused", outcome: "Nobody is linked." }],
};
const deleted = { id: "0abd", at, provider: "ci", road: "api", kind: "delete", asked: "/repository/r1?_updateSequenceId=5" };

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "switchboard-devinfo-"));
});

afterEach(() => {
  rmSync(data, { recursive: true });
});

function run(...argv: readonly string[]): Promise<CliResult> {
  return runCommandLine(["devinfo", ...argv, "--data", data]);
}

describe("switchboard devinfo submissions", () => {
  it("lists them with some of their reasons", async () => {
    const asked = await answerAsServer(data, { submissions: [deleted, submission] });

    const { exitCode, stdout } = await run("submissions");

    expect(exitCode).toBe(0);
    expect(stdout).toBe(`2026-01-02T03:04:05.000Z  ci  (api, 0abd)
  asked for: DELETE /repository/r1?_updateSequenceId=5

2026-01-02T03:04:05.000Z  ci  (api, 0abc)
  repositories: r1, r2 and 10 more
  commits: 3 stored, 1 unchanged
  pull requests: 5 older
  product: Builds 2
  a backfill: rooms heard nothing of it
  not taken: pull request p0 of r: It is older.
  not taken: pull request p1 of r: It is older.
  not taken: pull request p2 of r: It is older.
  and 6 more that were not taken
  unknown issues: NOPE-1
  smart commit 0123: PLAY-1 #time: refused: Nobody is linked.
`);
    expect(asked).toEqual(["GET /v1/devinfo/submissions?limit=20"]);
  });

  it("passes the provider and the limit on", async () => {
    const asked = await answerAsServer(data, { submissions: [] });

    const { stdout } = await run("submissions", "--provider", "ci", "--limit", "200");

    expect([asked, stdout]).toEqual([["GET /v1/devinfo/submissions?limit=200&provider=ci"], "Nothing was submitted.\n"]);
  });

  it("shows one whole", async () => {
    const asked = await answerAsServer(data, submission);

    const { stdout } = await run("submissions", "0a/bc");

    expect(asked).toEqual(["GET /v1/devinfo/submissions/0a%2Fbc"]);
    expect(stdout).toContain("p4 of r: It is older.\n  and 4 more that were not taken\n");
  });

  it("prints JSON", async () => {
    await answerAsServer(data, { submissions: [submission] });

    expect(JSON.parse((await run("submissions", "--json")).stdout)).toEqual({ submissions: [submission] });
  });

  it("does not let what was sent move the cursor or begin a line", async () => {
    const planted = "\u001b[2Jx\nplanted\r\u202ey";
    const parts = { repositories: { count: 1, ids: [planted] }, product: planted, counts: { [planted]: { [planted]: 1 } } };
    const refused = {
      notTaken: [{ repositoryId: planted, type: planted, id: planted, reason: planted }],
      unknownIssueKeys: { count: 1, keys: [planted] },
    };
    const smartCommits = [{ commit: planted, issueKey: planted, command: planted, state: planted, outcome: planted }];
    await answerAsServer(data, {
      submissions: [
        { ...submission, ...parts, ...refused, smartCommits, provider: planted },
        { ...deleted, asked: planted },
      ],
    });

    const { stdout } = await run("submissions");

    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(stdout).not.toMatch(/[\u001b\r\u202e]|^planted/m);
    expect(stdout).toContain("planted");
  });

  it.each(["0", "201", "x"])("does not take the limit %s", async (limit) => {
    expect((await run("submissions", "--limit", limit)).exitCode).toBe(2);
  });

  it("says that an answer does not fit", async () => {
    await answerAsServer(data, { submissions: [{ ...deleted, kind: "other" }] });

    expect((await run("submissions")).stderr).toContain("is of another version");
  });
});

describe("switchboard devinfo providers", () => {
  it("lists them", async () => {
    const providers = [
      { provider: "ci", repositories: 12, caller: "there" },
      { provider: "old", repositories: 1, caller: "missing" },
      { provider: "git-integrations", repositories: 3, caller: "ours" },
    ];
    const asked = await answerAsServer(data, { providers });

    const { stdout } = await run("providers", "list");

    expect(asked).toEqual(["GET /v1/devinfo/providers"]);
    expect(stdout).toBe(`PROVIDER          REPOSITORIES  CALLER
ci                12            configured
old               1             nobody
git-integrations  3             Switchboard itself
`);
  });

  it("renames one", async () => {
    const asked = await answerAsServer(data, { provider: "new" });

    const { stdout } = await run("providers", "rename", "old", "new");

    expect(asked).toEqual(['POST /v1/devinfo/providers/rename {"provider":"old","name":"new"}']);
    expect(stdout).toBe("What old had is new's now.\n");
  });

  it("deletes one only when it is told so twice", async () => {
    const asked = await answerAsServer(data, { provider: "old" });

    const hesitant = await run("providers", "delete", "old");
    const sure = await run("providers", "delete", "old", "--yes");

    expect([hesitant.exitCode, hesitant.stderr]).toEqual([1, expect.stringContaining("repeat it with --yes")]);
    expect([sure.exitCode, sure.stdout]).toEqual([0, "Deleted all that old had.\n"]);
    expect(asked).toEqual(['POST /v1/devinfo/providers/delete {"provider":"old"}']);
  });

  it("says what the server refuses", async () => {
    await answerAsServer(data, { errcode: "HS_CONFLICTING_CONNECTION", error: "The provider new has data already." }, 409);

    const { exitCode, stderr } = await run("providers", "rename", "old", "new");

    expect([exitCode, stderr]).toEqual([1, "The provider new has data already.\n"]);
  });
});
