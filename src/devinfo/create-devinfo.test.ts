import { describe, expect, it } from "vitest";
import { DevinfoEngineRig, devinfoSubmission } from "../../test/support/devinfo-engine.js";
import { StorageError } from "../core/errors.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";

describe("development information on a disk that refuses a batch and has it all the same", () => {
  it("is under the name that its provider has then", async () => {
    const rig = new DevinfoEngineRig();
    const { engine } = rig;
    const refused: StoreChange[] = [];
    await engine.record(devinfoSubmission(["r"]));
    rig.beforeCommit = (changes) => {
      refused.push(...changes);
      throw new StorageError("The disk is full.");
    };
    await expect(engine.renameProvider("ci", "tool")).rejects.toThrow("disk");
    expect((await engine.providers()).map(({ provider }) => provider)).toEqual(["ci"]);

    rig.beforeCommit = () => undefined;
    await rig.write(refused);
    engine.recovered();
    await engine.record(devinfoSubmission(["other"]));

    expect(await engine.providers()).toEqual([
      { provider: "ci", repositories: 1 },
      { provider: "tool", repositories: 1 },
    ]);
    expect([await engine.readRepository("ci", "r"), (await engine.readRepository("tool", "r"))?.id]).toEqual([undefined, "r"]);
  });
});
