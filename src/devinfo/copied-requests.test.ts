import { describe, expect, it } from "vitest";
import { stored, submission, submittedRepository } from "../../test/support/forwards-rig.js";
import type { DevinfoEntityType, DevinfoEntry } from "../core/devinfo.js";
import type { DevinfoOutcome, RecordedRepository } from "../core/ports/devinfo.js";
import { copyDelete, copySubmission, type CopiedRequest } from "./copied-requests.js";

const highest = 9_223_372_036_854_775_807n;

function entry(id: string, type: DevinfoEntityType = "commit"): DevinfoEntry {
  const json = `{"id":"${id}","issueKeys":["PLAY-1"],"updateSequenceId":${String(highest)}}`;
  return { type, id, issueKeys: ["PLAY-1"], updateSequenceId: highest, happenedAt: 0, json };
}

function entries(count: number, prefix = "c"): readonly DevinfoEntry[] {
  return Array.from({ length: count }, (_, index) => entry(`${prefix}${index}`));
}

function outcome(repositories: readonly RecordedRepository[], more: Partial<DevinfoOutcome> = {}): DevinfoOutcome {
  return { at: 1, repositories, ...more };
}

function copyOwn(repositories: readonly RecordedRepository[], more: Partial<DevinfoOutcome> = {}): readonly CopiedRequest[] {
  const submitted = submission(
    "git-integrations",
    repositories.map(({ repository }) => repository),
  );
  return copySubmission(submitted, outcome(repositories, more), {});
}

interface ParsedBody {
  readonly repositories: readonly { readonly id: string; readonly commits: readonly { readonly id: string }[] }[];
}

function parse(copied: CopiedRequest | undefined): ParsedBody {
  if (copied?.kind !== "bulk") throw new TypeError("it is no bulk request");
  return JSON.parse(copied.body.toString()) as ParsedBody;
}

describe("a copy of what came through the API", () => {
  const body = Buffer.from(`{"repositories": [ ],"odd":"as sent"}`);
  const request = { body, refused: [], unknownIssueKeys: [] };

  it("is its body, byte for byte", () => {
    const repository = submittedRepository("r");

    expect(copySubmission(submission("ci", [repository]), outcome([stored(repository)]), { request })).toEqual([{ kind: "bulk", body }]);
  });

  it("is made although nothing of it is news here", () => {
    const repository = submittedRepository("r");

    expect(copySubmission(submission("ci", [repository]), outcome([{ ...stored(repository), result: "older" }]), { request })).toHaveLength(
      1,
    );
  });

  it("is not made of a request in which nothing was good", () => {
    expect(copySubmission(submission("ci", []), outcome([]), { request })).toEqual([]);
  });

  it("is not made of what a caller's provider got in another way", () => {
    const repository = submittedRepository("r");

    expect(copySubmission(submission("ci", [repository]), outcome([stored(repository)]), {})).toEqual([]);
  });
});

describe("a copy of what we read ourselves", () => {
  it("holds what was stored of it, with every digit", () => {
    const repository = submittedRepository("r", [entry("a"), entry("b"), entry("x", "branch"), entry("p", "pull_request")]);
    const [a, b, x, p] = stored(repository).entries;
    const recorded = { ...stored(repository), entries: [a, { ...b, result: "unchanged" }, x, p] } as RecordedRepository;

    const [copied] = copyOwn([recorded]);

    expect(copied).toMatchObject({ kind: "bulk" });
    expect(copied?.kind === "bulk" ? copied.body.toString() : "").toBe(
      `{"repositories":[{"updateSequenceId":5,"commits":[${entry("a").json}],"branches":[${entry("x").json}],` +
        `"pullRequests":[${entry("p").json}],"id":"r","name":"r","url":"https://git.example"}],` +
        `"preventTransitions":false,"operationType":"NORMAL"}`,
    );
  });

  it("says what a submission says of itself", () => {
    const repository = submittedRepository("r");
    const submitted = {
      ...submission("webhooks-github", [repository]),
      isBackfill: true,
      preventTransitions: true,
      properties: { a: '"b"' },
    };

    const [copied] = copySubmission(submitted, outcome([stored(repository)]), {});

    expect(parse(copied)).toMatchObject({ preventTransitions: true, operationType: "BACKFILL", properties: { a: '"b"' } });
  });

  it("is not made where nothing was news", () => {
    const recorded: RecordedRepository = { ...stored(submittedRepository("r", entries(2))), result: "older" };
    const unchanged = { ...recorded, entries: recorded.entries.map((each) => ({ ...each, result: "unchanged" as const })) };

    expect(copyOwn([unchanged])).toEqual([]);
  });

  it("deletes what was removed before", () => {
    const removed = [{ provider: "git-integrations", repositoryId: "7", type: "branch" as const, id: "~6f" }];

    expect(copyOwn([stored(submittedRepository("7"))], { removed })).toMatchObject([
      { kind: "delete", pathAndQuery: "/repository/7/branch/~6f" },
      { kind: "bulk" },
    ]);
  });

  it.each([
    { title: "1000 entities", sizes: [1_000], requests: [[1_000]] },
    { title: "1001 entities", sizes: [1_001], requests: [[1_000], [1]] },
    { title: "repositories that fit together", sizes: [400, 600, 1], requests: [[400, 600], [1]] },
    { title: "100 repositories", sizes: Array<number>(100).fill(0), requests: [Array<number>(100).fill(0)] },
    { title: "101 repositories", sizes: Array<number>(101).fill(0), requests: [Array<number>(100).fill(0), [0]] },
    { title: "the rest of one and the next", sizes: [1_200, 300], requests: [[1_000], [200, 300]] },
  ])("keeps to the limits of a request: $title", ({ sizes, requests }) => {
    const copied = copyOwn(sizes.map((size, index) => stored(submittedRepository(`r${index}`, entries(size)))));

    const found = copied.map((each) => parse(each).repositories);
    expect(found.map((repositories) => repositories.map(({ commits }) => commits.length))).toEqual(requests);
    for (const repositories of found) expect(new Set(repositories.map(({ id }) => id)).size).toBe(repositories.length);
  });
});

describe("a copy of a delete", () => {
  it.each([
    ["/repository/r", "/repository/r"],
    ["/repository/r?_updateSequenceId=5", "/repository/r?_updateSequenceId=5"],
    ["/bulkByProperties?a=b%20c&jwt=secret&_updateSequenceId=5", "/bulkByProperties?a=b%20c&_updateSequenceId=5"],
    ["/repository/r?jwt=secret", "/repository/r"],
    ["/repository/r?%6Awt=secret&a=1", "/repository/r?a=1"],
    ["/repository/r?jwt", "/repository/r"],
    ["/bulkByProperties?ajwt=1&a=jwt=2", "/bulkByProperties?ajwt=1&a=jwt=2"],
    ["/bulkByProperties?a=what?&jwt=secret", "/bulkByProperties?a=what?"],
  ])("of %s is %s: without a token", (asked, pathAndQuery) => {
    expect(copyDelete(asked)).toEqual({ kind: "delete", pathAndQuery });
  });
});
