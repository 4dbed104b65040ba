import { describe, expect, it } from "vitest";
import type { DevinfoEntry } from "../../core/devinfo.js";
import { DevinfoEdit } from "./devinfo-edit.js";

const repository = { handle: "11", provider: 1, repositoryId: "r", isStored: false };

/** Texts of their own, as those that are read from a disk. */
function keysOf(from: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `PLAYGROUND-${10_000 + from + index}`);
}

function entryOf(issueKeys: readonly string[], updateSequenceId: bigint): DevinfoEntry {
  return { type: "commit", id: "c", issueKeys, updateSequenceId, happenedAt: 0, json: "{}" };
}

/** @returns what becomes of entries by issue: how many are put, and how many deleted */
function replaced(before: readonly string[], after: readonly string[]): readonly [put: number, deleted: number] {
  const edit = new DevinfoEdit(repository);
  edit.put(entryOf(after, 2n), 2, { ...entryOf(before, 1n), acceptedAt: 1 });
  edit.unknownCounts();
  const ofIssues = edit.take().filter(({ key }) => key.startsWith("!devinfo!k"));
  return [ofIssues.filter(({ type }) => type === "put").length, ofIssues.filter(({ type }) => type === "del").length];
}

describe("an entity that is replaced", () => {
  it.each([
    ["one issue by the same", keysOf(0, 1), keysOf(0, 1), [0, 0]],
    ["one issue by another", keysOf(0, 1), keysOf(1, 1), [1, 1]],
    ["a few issues by some of them and one more", keysOf(0, 3), keysOf(1, 3), [1, 1]],
    ["many issues by the same", keysOf(0, 500), keysOf(0, 500), [0, 0]],
    ["many issues by some of them and others", keysOf(0, 500), keysOf(100, 500), [100, 100]],
    ["one issue by many", keysOf(499, 1), keysOf(0, 500), [499, 0]],
  ])("changes the lists of those issues alone that it names no more, or names now: %s", (_what, before, after, expected) => {
    expect(replaced(before, after)).toEqual(expected);
  });

  it("takes little time where it names as many issues as an entity may", () => {
    const startedAt = performance.now();

    for (let count = 0; count < 100; count += 1) replaced(keysOf(0, 500), keysOf(0, 500));

    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
