import { describe, expect, it } from "vitest";
import { DevinfoEngineRig, devinfoSubmission } from "../../test/support/devinfo-engine.js";
import type { DevinfoEntry } from "../core/devinfo.js";
import type { SubmissionDetails } from "../core/ports/devinfo.js";

function entriesOf(count: number, keyCount: number, length: number): readonly DevinfoEntry[] {
  const issueKeys = Array.from({ length: keyCount }, (_, index) => `PLAY-${index}`);
  const json = JSON.stringify({ issueKeys, message: "m".repeat(length) });
  return Array.from({ length: count }, (_, index) => {
    return { type: "commit", id: `c${index}`, issueKeys, updateSequenceId: 1n, happenedAt: 0, json };
  });
}

function createRig() {
  const { engine, sizes } = new DevinfoEngineRig();
  const record = async (entries: readonly DevinfoEntry[], about?: SubmissionDetails): Promise<void> => {
    await engine.record(devinfoSubmission(["r"], entries), about);
  };
  return { sizes, record, stored: () => engine.list("ci", "r", "commit", "", 2_000) };
}

describe("what is submitted at once", () => {
  it("is one batch where it is a usual request of a thousand entities", async () => {
    const { sizes, record, stored } = createRig();

    await record(entriesOf(1_000, 1, 600));

    expect([sizes.length, (await stored()).length]).toEqual([1, 1_000]);
  });

  it.each([
    ["names many issues", entriesOf(100, 500, 10)],
    ["is long", entriesOf(100, 1, 100_000)],
  ])("is several small batches where it %s", async (_what, entries) => {
    const { sizes, record, stored } = createRig();

    await record(entries);

    expect(await stored()).toHaveLength(entries.length);
    expect(sizes.length).toBeGreaterThan(2);
    expect(Math.max(...sizes)).toBeLessThan(30_000);
  });

  it("removes what is there no more in small batches too, and ends with what goes with it", async () => {
    const { sizes, record, stored } = createRig();
    const entries = entriesOf(100, 500, 10);
    await record(entries);
    sizes.splice(0);
    const remove = entries.map(({ type, id }) => ({ provider: "ci", repositoryId: "r", type, id }));

    await record([], { remove, also: () => [{ type: "put", key: "also", value: "" }] });

    expect([await stored(), sizes.length > 2, Math.max(...sizes) < 30_000]).toEqual([[], true, true]);
  });
});
