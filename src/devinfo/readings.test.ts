import { describe, expect, it } from "vitest";
import { devinfoEntries, DevinfoEngineRig, devinfoSubmission } from "../../test/support/devinfo-engine.js";
import type { DevinfoEntry, DevinfoSubmission } from "../core/devinfo.js";

function entriesOf(count: number, issueKey: string, happenedAt: number): readonly DevinfoEntry[] {
  return devinfoEntries(new Array<bigint>(count).fill(1n), [issueKey], happenedAt);
}

function submissionOf(id: string, entries: readonly DevinfoEntry[]): DevinfoSubmission {
  return devinfoSubmission([id], entries);
}

/** Nothing is cleaned away. */
function createRig() {
  const counts = { looks: 0 };
  const { engine } = new DevinfoEngineRig({
    watch: (store) => ({
      ...store,
      naming(...asked) {
        counts.looks += 1;
        return store.naming(...asked);
      },
    }),
  });
  return { engine, counts };
}

describe("what names an issue", () => {
  it("is read a page at a time also past what is deleted and not cleaned away yet", async () => {
    const { engine, counts } = createRig();
    await engine.record(submissionOf("live", entriesOf(20, "PLAY-1", 2)));
    await engine.record(submissionOf("gone", entriesOf(400, "PLAY-1", 1)));
    await engine.record(submissionOf("old", entriesOf(1, "PLAY-1", 0)));
    await engine.deleteRepository("ci", "gone");

    const first = await engine.byIssueKey("PLAY-1", { limit: 20 });
    const second = await engine.byIssueKey("PLAY-1", { limit: 20, after: first.next ?? "" });

    expect([first.entries.length, second.entries.map(({ repositoryId }) => repositoryId), second.next]).toEqual([20, ["old"], undefined]);
    expect(counts.looks).toBeLessThan(30);
  });

  it.each([
    ["nothing", "", 3],
    ["no place", Buffer.from("garbage").toString("base64url"), 0],
    ["no base64url", "%%%", 3],
    ["half a character", Buffer.from([0xf0, 0x9f, 0xff]).toString("base64url"), 0],
    ["what lies before all", Buffer.from("\u0000").toString("base64url"), 3],
    ["what lies behind all", Buffer.from("\u{10ffff}".repeat(9)).toString("base64url"), 0],
    ["far too much", Buffer.alloc(1_000_000, "9").toString("base64url"), 0],
  ])("is of that issue alone, whatever it is asked to follow: %s", async (_what, after, count) => {
    const { engine } = createRig();
    for (const key of ["PLAY-0", "PLAY-1", "PLAY-10", "PLAY-2"]) await engine.record(submissionOf(key, entriesOf(3, key, 5)));

    const { entries } = await engine.byIssueKey("PLAY-1", { limit: 9, after });

    expect(entries.map(({ repositoryId }) => repositoryId)).toEqual(new Array<string>(count).fill("PLAY-1"));
  });

  it("follows a place of another issue in its own list", async () => {
    const { engine } = createRig();
    await engine.record(submissionOf("other", entriesOf(2, "WEB-1", 7)));
    await engine.record(submissionOf("r", [...entriesOf(1, "PLAY-1", 9), ...entriesOf(3, "PLAY-1", 5).slice(1)]));
    const { next = "" } = await engine.byIssueKey("WEB-1", { limit: 1 });

    const { entries } = await engine.byIssueKey("PLAY-1", { limit: 9, after: next });

    expect(entries.map(({ id }) => id)).toEqual(["c1", "c2"]);
  });
});
