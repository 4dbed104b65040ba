import { describe, expect, it } from "vitest";
import type { ReadCommit, ReadPullRequest } from "../core/repository-host.js";
import { toDevinfoBranch, toDevinfoCommit, toDevinfoPullRequest, toDevinfoRepository } from "./to-devinfo.js";

const repository = { id: "1", name: "octo/hello", root: "https://git.example/hello.git", url: "https://git.example/hello" };
const mapping = { repository, sequence: 7 };
const commit: ReadCommit = {
  id: "0123456789abcdef0123456789abcdef01234567",
  message: "PLAY-1 opens the door\n\nplay-2",
  author: { name: "Ann", email: "ann@example.org" },
  authoredAt: Date.UTC(2025, 0, 2, 3, 4, 5),
  isMerge: true,
  url: "https://git.example/c/1",
  fileCount: 3,
};
const pull: ReadPullRequest = {
  ...{ id: "12", displayId: "#12", title: "Door", description: "see PLAY-3", status: "OPEN", author: { username: "ann" } },
  ...{ sourceBranch: "feature/PLAY-1", destinationBranch: "main", commentCount: 2, updatedAt: 0, url: "https://git.example/p/12" },
  reviewers: [
    { name: "Bob", isApproved: true },
    { name: "Eve", isApproved: false },
  ],
};

describe("what a host reads, as development information", () => {
  it("is a repository with its page, or the path of a folder", () => {
    expect(toDevinfoRepository("5", mapping)).toEqual({ id: "5", name: "octo/hello", url: repository.url, updateSequenceId: 7 });
    const folder = { id: "x", name: "hello", root: "/srv/git/hello", description: "d".repeat(2_000) };
    expect(toDevinfoRepository("5", { repository: folder, sequence: 7 })).toMatchObject({
      url: "/srv/git/hello",
      description: "d".repeat(1024),
    });
  });

  it("is a commit with the issues that its whole message names", () => {
    expect(toDevinfoCommit(commit, mapping)).toEqual({
      ...{ id: commit.id, issueKeys: ["PLAY-1", "PLAY-2"], updateSequenceId: 7, message: commit.message },
      ...{ author: { name: "Ann", email: "ann@example.org" }, authorTimestamp: "2025-01-02T03:04:05.000Z", displayId: "0123456" },
      ...{ fileCount: 3, url: commit.url, flags: ["MERGE_COMMIT"] },
    });
  });

  it("is cut to what the contract takes, and no character is split", () => {
    const long = toDevinfoCommit({ ...commit, message: `${"🎉".repeat(1_023)}ab PLAY-9`, author: { name: "ä".repeat(300) } }, mapping);

    expect([long.message, long.author.name, long.issueKeys]).toEqual([`${"🎉".repeat(1_023)}a`, "ä".repeat(255), ["PLAY-9"]]);
  });

  it.each([
    [Number.NaN, "1970-01-01T00:00:00.000Z"],
    [-1, "1970-01-01T00:00:00.000Z"],
    [8.64e15, "9999-12-31T23:59:59.999Z"],
    [Number.POSITIVE_INFINITY, "1970-01-01T00:00:00.000Z"],
  ])("takes the time %d of a commit for %s", (authoredAt, time) => {
    expect(toDevinfoCommit({ ...commit, authoredAt }, mapping).authorTimestamp).toBe(time);
  });

  it.each([
    ["", undefined],
    [" ", undefined],
    [`https://git.example/${"x".repeat(2_000)}`, undefined],
  ])("leaves the address %j out", (url, shown) => {
    expect(toDevinfoCommit({ ...commit, url }, mapping).url).toBe(shown);
  });

  it("is a branch with the issues that its name names, and its last commit with its own", () => {
    const branch = toDevinfoBranch({ name: "feature/PLAY-7", lastCommit: { ...commit, message: "no key" } }, mapping);

    expect(branch).toMatchObject({
      id: "~666561747572652f504c41592d37",
      issueKeys: ["PLAY-7"],
      name: "feature/PLAY-7",
      url: repository.url,
    });
    expect(branch.lastCommit).toMatchObject({ issueKeys: [], updateSequenceId: 7 });
  });

  it("is a pull request with the issues of title, branches and description", () => {
    expect(toDevinfoPullRequest(pull, mapping)).toEqual({
      ...{ id: "12", issueKeys: ["PLAY-1", "PLAY-3"], updateSequenceId: 7, status: "OPEN", title: "Door", author: { username: "ann" } },
      ...{ commentCount: 2, sourceBranch: "feature/PLAY-1", destinationBranch: "main", lastUpdate: "1970-01-01T00:00:00.000Z" },
      ...{ url: pull.url, displayId: "#12" },
      reviewers: [
        { name: "Bob", approvalStatus: "APPROVED" },
        { name: "Eve", approvalStatus: "UNAPPROVED" },
      ],
    });
  });
});
