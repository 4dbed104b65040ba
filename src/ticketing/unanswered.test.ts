import { describe, expect, it } from "vitest";
import { finding, FindingsRig, report, settleMs } from "../../test/support/findings-rig.js";
import { settle } from "../../test/support/manual-clock.js";
import { refusal } from "../../test/support/memory-tracker.js";

// Creations of which nobody knows what came: never two issues for a finding.

const fixed = { state: "fixed" } as const;

/** A rig whose process ended within a creation, and the next process over what it left. */
async function afterCrash(searchLag = 0): Promise<FindingsRig> {
  const rig = new FindingsRig();
  rig.tracker.searchLag = searchLag;
  rig.tracker.failWith("create", { kind: "hang" });
  void rig.findings.report(report([finding("a")]));
  await settle();
  expect(rig.tracker.issues).toHaveLength(1);
  return new FindingsRig({ database: rig.database, tracker: rig.tracker, clock: rig.clock, seed: 2 });
}

describe("after a crash within a creation", () => {
  it("the issue is found by its label, and counts as created", async () => {
    const rig = await afterCrash();

    expect(await rig.counts([finding("a")])).toEqual({ created: 1 });
    expect(await rig.counts([finding("a")])).toEqual({ unchanged: 1 });

    expect(rig.tracker.changes).toEqual(["created PLAY-1"]);
  });

  it("the issue is changed where the finding says something else meanwhile, and closed where it is fixed", async () => {
    const changed = await afterCrash();
    const closed = await afterCrash();

    expect(await changed.counts([finding("a", { title: "New" })])).toEqual({ created: 1 });
    expect(await closed.counts([finding("a", fixed)])).toEqual({ closed: 1 });

    expect(changed.tracker.issue("PLAY-1").summary).toBe("New");
    expect(closed.tracker.issue("PLAY-1").status).toBe("Done");
  });

  it("no other is made while a search may not know it yet", async () => {
    const rig = await afterCrash(1);

    const { failed } = await rig.summary([finding("a")]);
    expect(failed).toEqual([{ fingerprint: "a", error: "It is not known yet whether its issue was made. Send it again in 60 seconds." }]);
    await rig.clock.advance(settleMs - 1);
    expect(await rig.counts([finding("a", fixed)])).toEqual({ failed: 1 });
    rig.tracker.now = 1;
    await rig.clock.advance(1);

    expect(await rig.counts([finding("a")])).toEqual({ created: 1 });
    expect(rig.tracker.issues).toHaveLength(1);
  });

  it("no other is made by a search that was begun before and took its time", async () => {
    const rig = await afterCrash(1);
    await rig.clock.advance(settleMs - 1);
    const { findLabelled } = rig.tracker;
    rig.tracker.findLabelled = async (project, label) => {
      const found = await findLabelled.call(rig.tracker, project, label);
      await rig.clock.advance(5_000);
      return found;
    };

    expect(await rig.counts([finding("a")])).toEqual({ failed: 1 });
    expect(rig.tracker.issues).toHaveLength(1);
  });

  it("another is made once a search must know it and does not", async () => {
    const rig = await afterCrash();
    rig.tracker.delete("PLAY-1");

    expect(await rig.counts([finding("a")])).toEqual({ failed: 1 });
    await rig.clock.advance(settleMs);

    expect(await rig.counts([finding("a")])).toEqual({ created: 1 });
    expect(rig.tracker.issues).toHaveLength(1);
  });

  it("none is made without a search that was answered", async () => {
    const rig = await afterCrash();
    rig.tracker.delete("PLAY-1");
    await rig.clock.advance(settleMs);
    rig.tracker.failWith("findLabelled", { kind: "refuse", error: refusal.broken });

    expect(await rig.summary([finding("a")])).toMatchObject({ failed: [{ error: "The tracker failed (503)." }] });
    expect(rig.tracker.issues).toEqual([]);
  });

  it("a finding that is fixed by then is as if it had never been", async () => {
    const rig = await afterCrash();
    rig.tracker.delete("PLAY-1");
    await rig.clock.advance(settleMs);

    expect(await rig.counts([finding("a", fixed)])).toEqual({ unchanged: 1 });
    expect(await rig.counts([finding("a")])).toEqual({ created: 1 });
  });

  it("a clock that was set back does not hold it up for long", async () => {
    const rig = await afterCrash();
    rig.tracker.delete("PLAY-1");
    const { now } = rig.clock;
    rig.clock.now = () => now.call(rig.clock) - 86_400_000;

    expect(await rig.counts([finding("a")])).toEqual({ failed: 1 });
    await rig.clock.advance(settleMs);

    expect(await rig.counts([finding("a")])).toEqual({ created: 1 });
  });

  it("many unanswered ones do not keep others from their issues", async () => {
    const rig = new FindingsRig({ limits: { lanes: 4 } });
    const names = ["a", "b", "c", "d"];
    rig.tracker.failWith("create", ...names.map(() => ({ kind: "hang" }) as const));
    rig.tracker.searchLag = 1;
    void rig.findings.report(report(names.map((name) => finding(name))));
    await settle();
    const next = new FindingsRig({ database: rig.database, tracker: rig.tracker, clock: rig.clock, seed: 2 });

    expect(await next.counts([...names, "e"].map((name) => finding(name)))).toEqual({ failed: 4, created: 1 });
  });
});

describe("a creation that was not answered", () => {
  it("is looked for at once, as often as pauses are given", async () => {
    const rig = new FindingsRig({ limits: { lookPausesMs: [1_000, 2_000] } });
    rig.tracker.failWith("create", { kind: "lose answer" });
    rig.tracker.searchLag = 1;

    const summary = rig.summary([finding("a")]);
    await rig.clock.advance(1_000);
    rig.tracker.now = 1;
    await rig.clock.advance(2_000);

    expect(await summary).toMatchObject({ counts: { created: 1 }, issues: [{ key: "PLAY-1" }] });
    expect(await rig.counts([finding("a")])).toEqual({ unchanged: 1 });
  });

  it("is told as such where it is not found, and found later", async () => {
    const rig = new FindingsRig();
    rig.tracker.failWith("create", { kind: "lose answer" });

    const { failed } = await rig.summary([finding("a")]);

    expect(failed[0]?.error).toBe(
      "The tracker gave no answer. It is looked for when the finding is sent again, and made only if it is not there.",
    );
    expect(await rig.counts([finding("a")])).toEqual({ created: 1 });
    expect(rig.tracker.issues).toHaveLength(1);
  });

  it("and was not carried out is made later, once", async () => {
    const rig = new FindingsRig();
    rig.tracker.failWith("create", { kind: "lose request" });

    expect(await rig.counts([finding("a")])).toEqual({ failed: 1 });
    expect(await rig.counts([finding("a")])).toEqual({ failed: 1 });
    await rig.clock.advance(settleMs);

    expect(await rig.counts([finding("a")])).toEqual({ created: 1 });
    expect(rig.tracker.issues).toHaveLength(1);
  });

  it("keeps the known issue of a finding whose second one is refused", async () => {
    const rig = new FindingsRig();
    await rig.summary([finding("a")]);
    const [kept] = rig.tracker.issues;
    rig.tracker.delete("PLAY-1");
    rig.tracker.failWith("create", { kind: "refuse", error: refusal.badRequest });
    await rig.summary([finding("a")]);

    // Its rights had been taken away for a while.
    rig.tracker.issues.push(kept!);

    expect(await rig.counts([finding("a")])).toEqual({ unchanged: 1 });
  });

  it("of a copy that people made is not taken for it", async () => {
    const rig = new FindingsRig();
    rig.tracker.failWith("create", { kind: "lose answer" });
    await rig.summary([finding("a")]);
    rig.tracker.issues.push({ ...rig.tracker.issue("PLAY-1"), key: "PLAY-2" });

    expect(await rig.summary([finding("a")])).toMatchObject({ issues: [{ key: "PLAY-1" }] });
  });
});
