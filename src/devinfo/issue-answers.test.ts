import { describe, expect, it } from "vitest";
import { branchEntry, commitEntry, pullEntry } from "../../test/support/devinfo-outcomes.js";
import type { DevinfoEntry } from "../core/devinfo.js";
import type { IssuePage } from "../core/ports/devinfo.js";
import type { NotTaken } from "../core/ports/devinfo-reports.js";
import { describeIssue, explainIssue, type IssueQuestion, type IssueSources } from "./issue-answers.js";

type Found = IssuePage["entries"][number];

const sha = (number: number): string => number.toString(16).padStart(40, "a");

function found(entry: DevinfoEntry, given: Partial<Found> = {}, name = "hello"): Found {
  const repository = { id: "1", json: JSON.stringify({ name, url: `https://git.example.org/octo/${name}` }) };
  return { ...entry, provider: "ci", repositoryId: repository.id, acceptedAt: Date.UTC(2026, 1, 3, 4, 5, 6), repository, ...given };
}

/** Gives them in pages, and counts those. */
class Sources implements IssueSources {
  pages = 0;
  readonly #entries: readonly Found[];
  readonly #notTaken: readonly NotTaken[];

  constructor(entries: readonly Found[], notTaken: readonly NotTaken[] = []) {
    this.#entries = entries;
    this.#notTaken = notTaken;
  }

  readonly devinfo: IssueSources["devinfo"] = {
    byIssueKey: async (_key, { limit, after = "0" }) => {
      this.pages += 1;
      const end = Number(after) + limit;
      return { entries: this.#entries.slice(Number(after), end), ...(end < this.#entries.length ? { next: String(end) } : {}) };
    },
  };

  readonly reports: IssueSources["reports"] = { notTaken: async (_key, limit) => this.#notTaken.slice(0, limit) };
}

function question(given: Partial<IssueQuestion> = {}): IssueQuestion {
  return { key: "PLAY-1", asked: "!tracker dev PLAY-1", isShown: async () => true, ...given };
}

async function answer(entries: readonly Found[], given: Partial<IssueQuestion> = {}): Promise<string> {
  return (await describeIssue(question(given), new Sources(entries))).text;
}

describe("what is known of an issue", () => {
  it("is linked, by type, with place and day", async () => {
    const entries = [
      found(commitEntry(sha(1), { displayId: "aaaaaaa", message: "Fix it\n\nand more", authorTimestamp: "2026-01-02T23:00:00Z" })),
      found(pullEntry("7", { status: "MERGED", title: "Fix it all", lastUpdate: "2026-01-01T00:00:00Z" })),
      found(branchEntry("b", { name: "PLAY-1-fix" })),
    ];

    expect(await answer(entries, { url: "https://tracker.example/browse/PLAY-1" })).toBe(
      [
        "[PLAY-1](https://tracker.example/browse/PLAY-1): 1 pull request, 1 branch, 1 commit",
        "",
        "- pull request [#7](https://git.example.org/octo/hello/pull/7) merged: Fix it all (Ann Lee) in hello, 2026-01-01",
        "- branch [PLAY-1-fix](https://git.example.org/octo/hello/tree/b) in hello",
        `- [aaaaaaa](https://git.example.org/octo/hello/commit/${sha(1)}) Fix it (Ann Lee) in hello, 2026-01-02`,
      ].join("\n"),
    );
  });

  it("names the providers where there are several, and a thing once that several tell of", async () => {
    const entries = [
      found(commitEntry(sha(1), { displayId: "one" })),
      found(commitEntry(sha(1), { displayId: "same" }), { provider: "other" }),
      found(commitEntry(sha(2), { displayId: "two" }), { provider: "other" }),
    ];

    const text = await answer(entries);

    expect(text).toContain("PLAY-1: 2 commits\n");
    expect(text).toMatch(/\[one\].* in hello, 2026-01-31, from ci and other\n/);
    expect(text).toMatch(/\[two\].*, from other$/);
    expect(text).not.toContain("same");
  });

  it("is ten lines, the newest of each type, and how much more there is", async () => {
    const commits = Array.from({ length: 30 }, (_, index) => found(commitEntry(sha(index), { displayId: `c${index}` })));
    const pulls = [found(pullEntry("7")), found(pullEntry("8"))];

    const text = await answer([...commits, ...pulls]);

    expect(
      text
        .split("\n")
        .slice(2)
        .map((line) => /\[(.*?)\]/.exec(line)?.[1]),
    ).toEqual(["#7", "#8", "c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", undefined]);
    expect(text.endsWith("\n- and 22 more")).toBe(true);
  });

  it("is not read to its end where it is very much", async () => {
    const sources = new Sources(Array.from({ length: 5_000 }, (_, index) => found(commitEntry(sha(index)))));

    const { text } = await describeIssue(question(), sources);

    expect(sources.pages).toBe(1);
    expect(text).toContain("PLAY-1: 100 commits and more\n");
    expect(text.endsWith("\n- and more than 90 more")).toBe(true);
  });

  it("is nothing of what may not be shown, and what may is found behind it", async () => {
    const hidden = Array.from({ length: 250 }, (_, index) => found(commitEntry(sha(index)), { provider: "bound" }));
    const isShown = async (provider: string): Promise<boolean> => provider !== "bound";

    expect(await answer([...hidden, found(commitEntry(sha(999), { displayId: "shown" }))], { isShown })).toMatch(
      /^PLAY-1: 1 commit\n\n- \[shown\]/,
    );
    expect(await answer(hidden, { isShown })).toBe(
      "No commit, branch or pull request is known that names `PLAY-1`. `!tracker dev PLAY-1 why` says what was seen and what could be missing.",
    );
  });

  it("is looked for among so many of what may not be shown, and no more", async () => {
    const sources = new Sources(Array.from({ length: 5_000 }, (_, index) => found(commitEntry(sha(index)), { provider: "bound" })));

    await describeIssue(question({ isShown: async () => false }), sources);

    expect(sources.pages).toBe(10);
  });

  it("shows text from outside as it is", async () => {
    const evil = "**x** <b> [y](https://evil.example)";
    const { source } = await describeIssue(
      question(),
      new Sources([found(pullEntry("7", { title: evil, displayId: evil, author: { name: evil }, url: "javascript:x" }), {}, evil)]),
    );

    expect(source).not.toMatch(/(?<!\\)\*\*x|(?<!\\)<b|(?<!\\)\]\(https:\/\/evil/);
    expect(source).not.toContain("javascript");
  });
});

describe("an address from outside", () => {
  it("is written so that it stays one, and that a homeserver takes it", async () => {
    const url = " https://git.example.org/a\n\n# b \ud800\u202ec";

    expect(await answer([found(commitEntry(sha(1), { displayId: "x", url }))])).toContain(
      "- [x](https://git.example.org/a#%20b%20%EF%BF%BD%E2%80%AEc) ",
    );
  });
});

describe("why an issue has what it has", () => {
  const notTaken: NotTaken = {
    at: Date.UTC(2026, 1, 3),
    provider: "ci",
    repositoryId: "1",
    type: "commit",
    id: "abc",
    reason: "It is too old.",
  };

  it("tells what was seen, what was not taken, and what holds where it is asked", async () => {
    const sources = new Sources(
      [found(commitEntry(sha(1), { displayId: "one", updateSequenceId: 1 }))],
      [notTaken, { at: 0, provider: "ci", repositoryId: "2", reason: "No name." }],
    );

    const { text } = await explainIssue(
      question({ url: "https://tracker.example/PLAY-1" }),
      ["This room hears nothing: type `!connect`."],
      sources,
    );

    expect(text).toBe(
      [
        "Seen for [PLAY-1](https://tracker.example/PLAY-1):",
        "",
        "- commit one from ci, repository hello (1): accepted 2026-02-03 04:05:06 UTC, sequence 1",
        "",
        "Not taken:",
        "",
        "- 2026-02-03 00:00:00 UTC from ci: commit abc of repository 1: It is too old.",
        "- 1970-01-01 00:00:00 UTC from ci: the record of repository 2: No name.",
        "",
        "This room hears nothing: type `!connect`.",
      ].join("\n"),
    );
  });

  it("tells exact sequences", async () => {
    const entry = { ...commitEntry(sha(1)), updateSequenceId: 9_007_199_254_740_993n };

    expect((await explainIssue(question(), [], new Sources([found(entry)]))).text).toContain("sequence 9007199254740993");
  });

  it("tells that nothing was seen, and of each list ten", async () => {
    const many = Array.from({ length: 12 }, () => notTaken);

    const { text } = await explainIssue(question(), [], new Sources([], many));

    expect(text).toContain("Nothing was seen that names PLAY-1.\n\nNot taken:\n");
    expect(text.match(/It is too old/g)).toHaveLength(10);
    expect(text.endsWith("\n- and 2 more")).toBe(true);
  });

  it("leaves out what may not be shown", async () => {
    const sources = new Sources([found(commitEntry(sha(1)), { provider: "bound" })], [{ ...notTaken, provider: "bound" }]);

    expect((await explainIssue(question({ isShown: async () => false }), [], sources)).text).toBe("Nothing was seen that names PLAY-1.");
  });

  it("asks by what a sender was bound to when it sent what was not taken: there may be nobody of its name any more", async () => {
    const sources = new Sources([], [{ ...notTaken, instance: "other" }]);
    const isShown: IssueQuestion["isShown"] = async (_provider, instance) => instance === undefined;

    expect((await explainIssue(question({ isShown }), [], sources)).text).toBe("Nothing was seen that names PLAY-1.");
  });
});
