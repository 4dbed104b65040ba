import { describe, expect, it } from "vitest";
import { finding, FindingsRig, report } from "../../test/support/findings-rig.js";
import { settle } from "../../test/support/manual-clock.js";
import { StorageError } from "../core/errors.js";

const names = Array.from({ length: 12 }, (_, index) => `f${index}`);

describe("what rooms are told", () => {
  it("is one card for a report, with counts and the first issues, new ones first", async () => {
    const rig = new FindingsRig();
    await rig.summary([finding("old", { severity: "low" })]);
    await settle();

    await rig.summary([finding("old", { state: "fixed", severity: "low" }), ...names.map((name) => finding(name))]);
    await settle();

    expect(rig.announced).toHaveLength(2);
    const [, { card, ...rest }] = rig.announced as [unknown, (typeof rig.announced)[number]];
    expect(rest).toMatchObject({ serviceId: "tracker" });
    expect(card).toMatchObject({
      ...{ remoteUrl: "https://tracker.example", scanner: "trivy", project: "PLAY" },
      ...{ created: 12, closed: 1, updated: 0, reopened: 0, failed: 0 },
    });
    expect(card.issues).toHaveLength(10);
    expect(card.issues[0]).toEqual({
      what: "created",
      key: "PLAY-2",
      url: "https://tracker.example/browse/PLAY-2",
      title: "Title of f0",
    });
    expect(await rig.openRuns()).toBe(0);
  });

  it("is nothing where nothing was done", async () => {
    const rig = new FindingsRig();
    await rig.summary([finding("a")]);

    await rig.summary([finding("a")]);
    await settle();

    expect(rig.announced).toHaveLength(1);
  });

  it("is told after the next start where a crash came before, once", async () => {
    const rig = new FindingsRig();
    rig.tracker.failWith("create", { kind: "refuse", error: new Error("x") });
    // The third creation never ends: the process is killed there.
    const { create } = rig.tracker;
    let made = 0;
    rig.tracker.create = (issue) => ((made += 1) === 3 ? new Promise(() => undefined) : create.call(rig.tracker, issue));
    void rig.findings.report(report(names.slice(0, 4).map((name) => finding(name))));
    await settle();
    expect(rig.announced).toEqual([]);

    const next = new FindingsRig({ database: rig.database, tracker: rig.tracker, seed: 2 });
    await next.findings.start();
    await settle();
    await next.findings.start();
    await settle();

    expect(next.announced.map(({ card }) => card)).toMatchObject([{ created: 1, issues: [{ key: "PLAY-1" }] }]);
    expect(next.announced[0]?.card).not.toHaveProperty("failed");
  });

  it("is tried again where it could not be stored", async () => {
    const rig = new FindingsRig();
    rig.announceError = new StorageError("The disk is full.");
    await rig.summary([finding("a")]);
    await settle();
    expect(await rig.openRuns()).toBe(1);

    rig.announceError = undefined;
    await rig.clock.advance(60_000);

    expect(rig.announced).toHaveLength(1);
    expect(await rig.openRuns()).toBe(0);
  });

  it("is not tried again once we stop", async () => {
    const rig = new FindingsRig();
    rig.announceError = new StorageError("The disk is full.");
    await rig.summary([finding("a")]);
    await settle();

    await rig.findings.stop();

    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("has a key of its own for each report", async () => {
    const rig = new FindingsRig();
    await rig.summary([finding("a")]);
    await rig.summary([finding("b")]);
    await settle();

    const keys = rig.announced.map(({ key }) => key);
    expect(new Set(keys).size).toBe(2);
    expect(keys[0]).toMatch(/^findings [0-9a-f]{64}$/);
  });
});
