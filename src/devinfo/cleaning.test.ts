import { describe, expect, it } from "vitest";
import { devinfoEntries, DevinfoEngineRig, devinfoSubmission } from "../../test/support/devinfo-engine.js";

/** Three entities are more than are deleted at once, and they are cleaned away one by one. */
const limits = { sliceSize: 1_000, deletedAtOnce: 2, cleanedAtOnce: 1 };

function createRig(): DevinfoEngineRig {
  let looks = 0;
  return new DevinfoEngineRig({
    limits,
    watch: (store) => ({
      ...store,
      toBeCleaned(limit) {
        looks += 1;
        if (looks > 50) throw new Error("The cleaning does not end.");
        return store.toBeCleaned(limit);
      },
    }),
  });
}

/** Without entries of when to look for tombstones, which stay until then. */
async function keysIn({ database }: DevinfoEngineRig): Promise<readonly string[]> {
  return (await database.keys().all()).filter((key) => !/^!devinfo!(?:x|acceptance$)/.test(key));
}

describe("cleaning away what was deleted", () => {
  it("ends, and leaves nothing, where a provider is deleted while a part of its repository is cleaned away", async () => {
    const rig = createRig();
    const { engine, sizes } = rig;
    await engine.record(devinfoSubmission(["r"], devinfoEntries([1n, 2n, 3n, 4n, 9n])));
    sizes.splice(0);
    let deleting: Promise<void> | undefined;
    rig.beforeCommit = () => {
      // The first is the delete itself, then come slices of the cleaning.
      if (sizes.length === 2) deleting ??= engine.deleteProvider("ci");
    };

    engine.start();
    await engine.deleteRepository("ci", "r", 5n);
    await engine.settled();
    await deleting;
    await engine.settled();
    await engine.stop();

    expect([deleting !== undefined, await keysIn(rig)]).toEqual([true, []]);
  });

  it("leaves nothing of a deleted provider with few tombstones", async () => {
    const rig = createRig();
    await rig.engine.record(devinfoSubmission(["r"], devinfoEntries([1n])));
    await rig.engine.deleteEntity({ provider: "ci", repositoryId: "gone", type: "commit", id: "c" }, 5n);
    await rig.engine.deleteProvider("ci");

    await rig.clean();

    expect(await keysIn(rig)).toEqual([]);
  });
});
