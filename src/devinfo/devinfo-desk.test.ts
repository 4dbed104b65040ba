import { describe, expect, it } from "vitest";
import { NotFoundError, ValidationError } from "../core/errors.js";
import type { SubmissionReport } from "../core/ports/devinfo-reports.js";
import { createDevinfoDesk, type DevinfoDesk } from "./devinfo-desk.js";
import { warnOfLostProviders } from "./lost-providers.js";

const report: SubmissionReport = {
  ...{ id: "0abc", at: 1, provider: "ci", road: "api", kind: "submission", isBackfill: false, counts: {}, notTaken: [], notTakenCount: 0 },
  ...{ repositories: { count: 0, ids: [] }, unknownIssueKeys: { count: 0, keys: [] } },
  smartCommits: [{ commit: "c", issueKey: "PLAY-1", command: "comment", state: "reported", outcome: "It waits.", id: "s1" }],
};

function open(): { readonly desk: DevinfoDesk; readonly calls: readonly unknown[] } {
  const calls: unknown[] = [];
  const names = ["ci", "git-integrations", "old", "webhooks-alpha"];
  const desk = createDevinfoDesk({
    devinfo: {
      providers: async () => names.map((provider, repositories) => ({ provider, repositories })),
      renameProvider: async (...given) => void calls.push(["rename", ...given]),
      deleteProvider: async (...given) => void calls.push(["delete", ...given]),
    },
    reports: {
      list: async (query) => (query.provider === "none" ? [] : [report]),
      get: async (id) => (id === report.id ? report : undefined),
    },
    smartCommits: { outcomes: async (ids) => ids.map(() => ({ state: "done", reason: "It was added.", at: 2 })) },
    called: async () => new Set(["ci", "new"]),
  });
  return { desk, calls };
}

describe("submissions", () => {
  const told = { ...report, smartCommits: [{ ...report.smartCommits?.[0], state: "done", outcome: "It was added." }] };

  it("are told with what became of their smart commits", async () => {
    const { desk } = open();

    expect(await desk.submissions({ limit: 5 })).toEqual([told]);
    expect(await desk.submission(report.id)).toEqual(told);
    expect(await desk.submissions({ provider: "none", limit: 5 })).toEqual([]);
  });

  it("that are not there are not found", async () => {
    await expect(open().desk.submission("other")).rejects.toThrow(NotFoundError);
  });
});

describe("providers", () => {
  it("are told with whether somebody calls for them", async () => {
    expect((await open().desk.providers()).map(({ provider, caller }) => [provider, caller])).toEqual([
      ...[
        ["ci", "there"] as const,
        ["git-integrations", "ours"] as const,
        ["old", "missing"] as const,
        ["webhooks-alpha", "ours"] as const,
      ],
    ]);
  });

  it("are renamed and deleted", async () => {
    const { desk, calls } = open();

    await desk.renameProvider("old", "new");
    await desk.deleteProvider("old");
    await desk.deleteProvider("webhooks-alpha");

    expect(calls).toEqual([
      ["rename", "old", "new"],
      ["delete", "old"],
      ["delete", "webhooks-alpha"],
    ]);
  });

  it.each([
    ["old", "git-integrations"],
    ["old", "webhooks-alpha"],
    ["old", "a b"],
    ["old", ""],
    ["old", "x".repeat(256)],
    ["git-integrations", "new"],
    ["webhooks-alpha", "new"],
  ])("are not renamed from %s to %s", async (from, to) => {
    const { desk, calls } = open();

    await expect(desk.renameProvider(from, to)).rejects.toThrow(ValidationError);
    expect(calls).toEqual([]);
  });

  it("lose nothing of registered Git integrations, which would not be read again", async () => {
    const { desk, calls } = open();

    await expect(desk.deleteProvider("git-integrations")).rejects.toThrow("delete those instead");
    expect(calls).toEqual([]);
  });
});

describe("the warning of lost providers", () => {
  const stored = (...names: readonly string[]) => names.map((provider) => ({ provider, repositories: 1 }));

  it("names those that have data and no caller", () => {
    expect(warnOfLostProviders(stored("ci", "old", "git-integrations", "webhooks-alpha"), new Set(["ci"]))).toBe(
      "Of development information, old has data and no caller. Give a caller the name back, or rename or delete it with `switchboard devinfo providers`.",
    );
    expect(warnOfLostProviders(stored("a", "b"), new Set())).toContain("a, b have data and no caller.");
  });

  it("is short, however many there are", () => {
    const many = stored(...Array.from({ length: 500 }, (_, index) => `p${index}`));

    expect(warnOfLostProviders(many, new Set())).toContain("p9 and 490 others have data");
  });

  it("is none where all have callers", () => {
    expect(warnOfLostProviders(stored("ci", "git-integrations"), new Set(["ci", "other"]))).toBeUndefined();
  });
});
