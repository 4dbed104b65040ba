import { describe, expect, it } from "vitest";
import { devinfoEntries, DevinfoEngineRig, devinfoSubmission } from "../../test/support/devinfo-engine.js";

describe("a delete", () => {
  it("by properties, up to a sequence, is small however much the repositories have", async () => {
    const rig = new DevinfoEngineRig();
    const { engine, sizes } = rig;
    const ids = Array.from({ length: 30 }, (_, index) => `r${index}`);
    const sequences = Array.from({ length: 100 }, (_, index) => (index === 0 ? 9n : 1n));
    await engine.record({ ...devinfoSubmission(ids, devinfoEntries(sequences)), properties: { of: "all" } });
    sizes.splice(0);

    await engine.deleteByProperties("ci", { of: "all" }, 5n);

    expect(Math.max(...sizes)).toBeLessThan(4_000);
    const left = await Promise.all(ids.map((id) => engine.readRepository("ci", id)));
    expect(left.map((repository) => [repository?.updateSequenceId, repository?.entries.map(({ id }) => id)])).toEqual(
      ids.map(() => [9n, ["c0"]]),
    );
    await rig.clean();
    expect((await engine.byIssueKey("PLAY-1", { limit: 100 })).entries).toHaveLength(30);
  });

  it.each([5n, undefined])("up to %s is small, and so is what cleans away behind it, however many issues are named", async (upTo) => {
    const rig = new DevinfoEngineRig();
    const { engine, sizes } = rig;
    const issueKeys = Array.from({ length: 500 }, (_, index) => `PLAY-${index}`);
    await engine.record(devinfoSubmission(["r"], devinfoEntries([9n, ...new Array<bigint>(80).fill(1n)], issueKeys)));
    sizes.splice(0);

    await engine.deleteRepository("ci", "r", upTo);
    await rig.clean();

    expect([Math.max(...sizes) < 10_000, sizes.reduce((sum, size) => sum + size) > 40_000]).toEqual([true, true]);
    expect((await engine.byIssueKey("PLAY-499", { limit: 100 })).entries).toHaveLength(upTo === undefined ? 0 : 1);
  });

  it("up to a sequence does not name again what it took, where somebody else removes it", async () => {
    const { engine } = new DevinfoEngineRig();
    await engine.record(devinfoSubmission(["r"], devinfoEntries([9n, ...new Array<bigint>(1_001).fill(1n)])));
    await engine.deleteRepository("ci", "r", 5n);

    const remove = ["c0", "c1"].map((id) => ({ provider: "ci", repositoryId: "r", type: "commit" as const, id }));
    const { removed } = await engine.record(devinfoSubmission([]), { remove });

    expect(removed).toEqual([remove[0]]);
  });
});
