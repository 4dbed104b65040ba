import { describe, expect, it } from "vitest";
import { settle } from "../../test/support/manual-clock.js";
import { FakeSmartCommitTracker, SmartCommitRig } from "../../test/support/smart-commit-rig.js";
import { PermissionError, RemoteError, StorageError, ValidationError, type SwitchboardError } from "../core/errors.js";
import type { SmartCommitAnswer } from "../core/smart-commits.js";

const hourMs = 3_600_000;
const away = new RemoteError("Jira gave no answer.");
const never = new Promise<never>(() => undefined);

async function started(...options: ConstructorParameters<typeof SmartCommitRig>): Promise<SmartCommitRig> {
  const rig = new SmartCommitRig(...options);
  await rig.worker.start();
  return rig;
}

/** The process ended: another one opens the folder. */
function restarted(rig: SmartCommitRig): Promise<SmartCommitRig> {
  return started({ database: rig.database, clock: rig.clock, startCount: 2 });
}

describe("carrying out smart commits", () => {
  it("is done in the order in which they are written, each once, and nothing is left", async () => {
    const rig = await started();

    await rig.submit([rig.commit("PLAY-1 #comment one #time 2h 30m #close\nPLAY-1 #comment two")]);
    await rig.clock.advance(10);

    expect(rig.tracker.changed).toEqual(["PLAY-1 comment one", "PLAY-1 time 2h 30m", "PLAY-1 move close", "PLAY-1 comment two"]);
    expect([await rig.waiting(), rig.errors]).toEqual([0, []]);
    expect(rig.tracker.calls[0]).toMatchObject({
      place: { name: "main" },
      authorEmail: "ada@example.org",
      happenedAt: rig.clock.now() - 10,
      command: { kind: "comment", text: "one" },
    });
  });

  it("waits until they are stored", async () => {
    const rig = await started();
    const first = await rig.record([rig.commit("PLAY-1 #comment one")]);
    const second = await rig.record([rig.commit("PLAY-2 #comment two", { id: "c2", issueKeys: ["PLAY-2"] })]);

    await rig.unitOfWork.commit(second.changes);
    rig.observer.stored?.();
    await rig.clock.advance(10);
    expect(rig.tracker.changed).toEqual(["PLAY-2 comment two"]);
    await rig.unitOfWork.commit(first.changes);
    rig.observer.stored?.();
    await rig.clock.advance(100);

    expect(rig.tracker.changed).toEqual(["PLAY-2 comment two", "PLAY-1 comment one"]);
  });

  it("takes up what was read before and stored after something else about the issue", async () => {
    const rig = await started();
    const first = await rig.record([rig.commit("PLAY-1 #comment one")]);

    await rig.submit([rig.commit("PLAY-1 #comment two", { id: "c2" })]);
    await rig.clock.advance(10);
    await rig.unitOfWork.commit(first.changes);
    rig.observer.stored?.();
    await rig.clock.advance(100);

    expect(rig.tracker.changed).toEqual(["PLAY-1 comment two", "PLAY-1 comment one"]);
  });

  it("forgets in memory what was never stored", async () => {
    const rig = await started();
    await rig.record([rig.commit("PLAY-1 #comment lost")]);

    await rig.clock.advance(hourMs);
    await rig.submit([rig.commit("PLAY-1 #comment one")]);
    await rig.clock.advance(10);

    expect(rig.tracker.changed).toEqual(["PLAY-1 comment one"]);
  });

  it("goes on after a restart with what was stored", async () => {
    const rig = new SmartCommitRig();
    await rig.submit([rig.commit("PLAY-1 #comment one #close")]);

    const after = await restarted(rig);
    await rig.clock.advance(10);

    expect(after.tracker.changed).toEqual(["PLAY-1 comment one", "PLAY-1 move close"]);
  });
});

describe("a smart commit that is told of again", () => {
  it.each([
    ["by another provider", { provider: "other" }, {}],
    ["in another repository", {}, { id: "fork" }],
    ["with its hash written otherwise", {}, { hash: "ABC1234" }],
  ])("%s is not carried out twice", async (_what, submission, commit) => {
    const rig = await started();
    await rig.submit([rig.commit("PLAY-1 #comment one #close", { hash: "abc1234" })]);
    await rig.clock.advance(10);

    await rig.submit([rig.commit("PLAY-1 #comment one #close", { hash: "abc1234", ...commit })], submission);
    await rig.clock.advance(10);

    expect(rig.tracker.changed).toEqual(["PLAY-1 comment one", "PLAY-1 move close"]);
    expect(rig.ended.at(-1)?.[1]).toMatchObject({ state: "refused", reason: expect.stringContaining("before") });
  });

  it.each([
    ["numbers of two repositories", { id: "7" }, { id: "7" }],
    ["long numbers of two repositories", { id: "1234567" }, { id: "1234567" }],
    ["without a hash, though one is written", { id: "r1", hash: "" }, { id: "r2", hash: "" }],
  ])("is another one by %s", async (_what, one, other) => {
    const rig = await started();
    await rig.submit([rig.commit("PLAY-1 #comment one", one)]);
    await rig.clock.advance(10);

    await rig.submit([rig.commit("PLAY-1 #comment two", other)], { provider: "other" });
    await rig.clock.advance(10);

    expect(rig.tracker.changed).toEqual(["PLAY-1 comment one", "PLAY-1 comment two"]);
  });

  it("is carried out where it was refused before", async () => {
    const rig = await started();
    rig.tracker.answer = async () => ({ kind: "refused", reason: "Nobody." });
    await rig.submit([rig.commit("PLAY-1 #comment one")]);
    await rig.clock.advance(10);
    rig.tracker.answer = (call) => rig.tracker.change(call);

    await rig.submit([rig.commit("PLAY-1 #comment one")], { provider: "other" });
    await rig.clock.advance(10);

    expect(rig.endings).toEqual(["PLAY-1 comment refused", "PLAY-1 comment done"]);
  });

  it("is carried out for each issue, and at each tracker", async () => {
    const rig = await started();
    await rig.submit([rig.commit("PLAY-1 PLAY-2 #close", { issueKeys: ["PLAY-1", "PLAY-2"] })]);
    await rig.clock.advance(10);

    rig.tracker.places.splice(0, 1, { name: "other", url: "https://other.example.org" });
    await rig.submit([rig.commit("PLAY-1 #close")], { provider: "other" });
    await rig.clock.advance(10);

    expect(rig.tracker.changed).toEqual(["PLAY-1 move close", "PLAY-2 move close", "PLAY-1 move close"]);
  });

  it("by two keys of one issue, at the same time, is carried out once", async () => {
    const rig = await started();
    rig.tracker.answer = (call) => rig.tracker.change(call, "OPS-7");

    await rig.submit([rig.commit("PLAY-1 OPS-7 #close", { issueKeys: ["PLAY-1", "OPS-7"] })]);
    await rig.clock.advance(10);

    expect(rig.tracker.changed).toHaveLength(1);
    expect([...rig.endings].sort()).toEqual([expect.stringMatching(/transition/), expect.stringMatching(/transition/)]);
  });

  it("is forgotten when no such commit would be carried out any more, with how it ended", async () => {
    const rig = await started();
    const [line] = await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(10);
    const deed = { commit: "c0ffee7", url: "https://jira.example.org", issueKey: "PLAY-1" };

    await rig.clock.advance(90.5 * 24 * hourMs);
    expect([await rig.store.claimOf(deed), (await rig.store.outcomes([line?.id ?? ""]))[0]?.state]).toEqual([line?.id, "done"]);
    await rig.clock.advance(25 * hourMs);

    expect([await rig.store.claimOf(deed), (await rig.store.outcomes([line?.id ?? ""]))[0]]).toEqual([undefined, undefined]);
    expect(await rig.database.keys().all()).toEqual([]);
  });
});

describe("a smart commit", () => {
  it.each([
    ["nowhere", [], "No room is connected to the project of PLAY-1, so it is not known where the issue is."],
    [
      "at two places",
      [
        { name: "a", url: "https://a.example" },
        { name: "b", url: "https://b.example" },
      ],
      "PLAY-1 may be at any of a (https://a.example), b (https://b.example). Bind the provider to one of them with `instance`.",
    ],
  ])("whose issue is %s is refused", async (_where, places, reason) => {
    const rig = await started();
    rig.tracker.places.splice(0, 1, ...places);

    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(10);

    expect([rig.tracker.calls, rig.ended[0]?.[1]]).toMatchObject([[], { state: "refused", reason }]);
  });

  it("whose issue may be at two services is refused", async () => {
    const rig = await started();
    rig.trackers.push(new FakeSmartCommitTracker());

    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(10);

    expect(rig.endings).toEqual(["PLAY-1 transition refused"]);
  });

  it("of a provider that is bound to a tracker which is not there is refused", async () => {
    const rig = await started();
    rig.tracker.places.pop();

    await rig.submit([rig.commit("PLAY-1 #close")], { about: { instance: "gone" } });
    await rig.clock.advance(10);

    expect(rig.ended[0]?.[1].reason).toBe("There is no tracker `gone` here, to which the provider is bound.");
  });

  it.each([
    ["is carried out where its integration says so", async () => true, "PLAY-1 comment done"],
    ["is refused where its integration does not", async () => false, "PLAY-1 comment refused"],
    ["is refused where nobody can say", undefined, "PLAY-1 comment refused"],
  ])("that we read ourselves %s", async (_what, integrationActs, ending) => {
    const rig = await started(integrationActs === undefined ? {} : { integrationActs });

    await rig.submit([rig.commit("PLAY-1 #comment x")], { provider: "git-integrations" });
    await rig.clock.advance(10);

    expect(rig.endings).toEqual([ending]);
  });

  it("does not comment on a move that was not made", async () => {
    const rig = await started();
    rig.tracker.answer = async (call) =>
      call.command.kind === "transition" ? { kind: "refused", reason: "No such move." } : rig.tracker.change(call);

    await rig.submit([rig.commit("PLAY-1 #close Fixed #comment more")]);
    await rig.clock.advance(10);

    expect(rig.tracker.changed).toEqual(["PLAY-1 comment more"]);
    expect(rig.ended.map(([, { reason }]) => reason)).toEqual([
      "No such move.",
      "It belongs to a move that was not made.",
      "Carried out as @ada:example.org.",
    ]);
  });

  it("comments on the move that was made", async () => {
    const rig = await started();

    await rig.submit([rig.commit("PLAY-1 #close Fixed")]);
    await rig.clock.advance(10);

    expect(rig.tracker.changed).toEqual(["PLAY-1 move close", "PLAY-1 comment Fixed"]);
  });

  it.each<readonly [string, SwitchboardError]>([
    ["the workflow", new ValidationError("PLAY-1 cannot be moved.")],
    ["the person's rights", new PermissionError("You may not.")],
    ["Jira", new RemoteError("Jira refuses this (400).", { status: 400 })],
    ["an ended login", new RemoteError("Your login has ended.", { status: 401 })],
  ])("that %s does not allow is refused, once", async (_what, error) => {
    const rig = await started();
    rig.tracker.answer = () => Promise.reject(error);

    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(48 * hourMs);

    expect(rig.ended.map(([, { state, reason }]) => [state, reason])).toEqual([["refused", error.message]]);
    expect(rig.tracker.calls).toHaveLength(1);
  });

  it("at which we make a mistake ends, and the log has it", async () => {
    const rig = await started();
    const mistake = new TypeError("planted");
    rig.tracker.answer = () => Promise.reject(mistake);

    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(hourMs);

    expect([rig.errors, rig.ended[0]?.[1].reason]).toEqual([[mistake], "Something is wrong here; the log has it."]);
  });
});

describe("while the tracker is away", () => {
  it("an issue's smart commits wait in their order, and other issues' do not", async () => {
    const rig = await started();
    let isAway = true;
    rig.tracker.answer = async (call) => {
      if (isAway && call.issueKey === "PLAY-1") throw away;
      return rig.tracker.change(call);
    };

    await rig.submit([rig.commit("PLAY-1 #comment one #close\nPLAY-2 #close", { issueKeys: ["PLAY-1", "PLAY-2"] })]);
    await rig.clock.advance(hourMs);
    expect(rig.tracker.changed).toEqual(["PLAY-2 move close"]);
    isAway = false;
    await rig.clock.advance(10 * 60_000);

    expect(rig.tracker.changed).toEqual(["PLAY-2 move close", "PLAY-1 comment one", "PLAY-1 move close"]);
    expect(rig.errors).toEqual([]);
  });

  it("they are tried ever more rarely, and given up after a day", async () => {
    const rig = await started();
    rig.tracker.answer = () => Promise.reject(away);

    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(24 * hourMs - 10 * 60_000);
    expect(rig.ended).toEqual([]);
    await rig.clock.advance(hourMs);

    expect(rig.ended[0]?.[1]).toMatchObject({ state: "failed", reason: "Given up after a day. Jira gave no answer." });
    expect(rig.tracker.calls.length).toBeLessThan(700);
  });

  it("it is not asked before it wants to be", async () => {
    const rig = await started();
    rig.tracker.answer = () => Promise.reject(new RemoteError("Later.", { status: 429, retryAfterMs: 600_000 }));

    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(599_000);
    expect(rig.tracker.calls).toHaveLength(1);
    await rig.clock.advance(2_000);

    expect(rig.tracker.calls).toHaveLength(2);
  });

  it("what was begun, and surely not taken, is begun again", async () => {
    const rig = await started();
    let tries = 0;
    rig.tracker.answer = async (call) => {
      await call.begin(call.issueKey);
      tries += 1;
      if (tries < 3) throw new RemoteError("Nobody listens.");
      return { kind: "done", as: "Ada" };
    };

    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(hourMs);

    expect([tries, rig.endings]).toEqual([3, ["PLAY-1 transition done"]]);
  });

  it("a try that hangs before it has begun is given up, and changes nothing later", async () => {
    const rig = await started();
    let goOn = (): void => undefined;
    const late: Promise<unknown>[] = [];
    rig.tracker.answer = (call) => {
      const trying = new Promise<void>((resolve) => {
        goOn = resolve;
      }).then(() => rig.tracker.change(call));
      late.push(trying.catch((error: unknown) => error));
      return trying;
    };
    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(120_000);
    rig.tracker.answer = (call) => rig.tracker.change(call);
    await rig.clock.advance(60_000);

    goOn();

    expect(await Promise.all(late)).toEqual([expect.any(RemoteError)]);
    expect(rig.tracker.changed).toEqual(["PLAY-1 move close"]);
  });
});

describe("an outcome that is not known", () => {
  const unknown = { state: "failed", reason: expect.stringContaining("not known") };

  it.each([
    ["no answer came", new RemoteError("No answer.", { outcomeUnknown: true })],
    ["the tracker failed", new RemoteError("Failed (500).", { status: 500, outcomeUnknown: true })],
  ])("because %s is told, and nothing is repeated", async (_what, error) => {
    const rig = await started();
    rig.tracker.answer = async (call) => {
      await call.begin(call.issueKey);
      throw error;
    };

    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(48 * hourMs);

    expect([rig.tracker.calls.length, rig.ended.map(([, outcome]) => outcome)]).toMatchObject([1, [unknown]]);
  });

  it("because the process ended is told, and what is behind it goes on", async () => {
    const rig = await started();
    rig.tracker.answer = async (call) => {
      await call.begin(call.issueKey);
      return never;
    };
    await rig.submit([rig.commit("PLAY-1 #close #comment two")]);
    await rig.clock.advance(10);
    expect(rig.tracker.calls).toHaveLength(1);

    const after = await restarted(rig);
    await rig.clock.advance(10);

    expect(after.tracker.changed).toEqual(["PLAY-1 comment two"]);
    expect(after.ended.map(([, outcome]) => outcome)).toMatchObject([unknown, { state: "done" }]);
  });

  it("because the request hangs is told", async () => {
    const rig = await started();
    rig.tracker.answer = async (call) => {
      await call.begin(call.issueKey);
      return never;
    };

    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(121_000);

    expect(rig.ended.map(([, outcome]) => outcome)).toMatchObject([unknown]);
  });

  it("is not what a process that ended before it began leaves", async () => {
    const rig = await started();
    rig.tracker.answer = () => never;
    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(10);

    const after = await restarted(rig);
    await rig.clock.advance(10);

    expect(after.tracker.changed).toEqual(["PLAY-1 move close"]);
  });
});

describe("marks", () => {
  it("are on the disk before the tracker is asked", async () => {
    const rig = await started();
    const seen: unknown[] = [];
    rig.tracker.answer = async (call): Promise<SmartCommitAnswer> => {
      await call.begin(call.issueKey);
      const [entry] = await rig.store.read("PLAY-1", undefined, 1);
      seen.push(entry?.item.begun, await rig.store.claimOf({ commit: "c0ffee7", url: call.place.url, issueKey: "PLAY-1" }));
      return { kind: "done", as: "Ada" };
    };

    const [line] = await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(10);

    expect(seen).toEqual([true, line?.id]);
  });

  it("that the disk does not take keep the tracker from being asked", async () => {
    const rig = await started();
    rig.tracker.answer = async (call) => {
      rig.diskFailure = new StorageError("full");
      return rig.tracker.change(call).finally(() => {
        rig.diskFailure = undefined;
        rig.tracker.answer = (again) => rig.tracker.change(again);
      });
    };

    await rig.submit([rig.commit("PLAY-1 #close")]);
    await settle();
    expect([rig.tracker.changed, rig.errors.length]).toEqual([[], 1]);
    await rig.clock.advance(10_000);

    expect(rig.tracker.changed).toEqual(["PLAY-1 move close"]);
  });

  it("of what is done are tried until the disk takes them", async () => {
    const rig = await started();
    rig.tracker.answer = async (call) => {
      const answer = await rig.tracker.change(call);
      rig.diskFailure = new StorageError("full");
      return answer;
    };

    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(10_000);
    expect(rig.ended).toEqual([]);
    rig.diskFailure = undefined;
    await rig.clock.advance(2_000);

    expect([rig.tracker.changed.length, rig.endings]).toEqual([1, ["PLAY-1 transition done"]]);
  });
});

describe("a stop", () => {
  it("waits for a request under way, and stores what came of it", async () => {
    const rig = await started();
    let answer = (_: SmartCommitAnswer): void => undefined;
    rig.tracker.answer = async (call) => {
      await call.begin(call.issueKey);
      return new Promise((resolve) => {
        answer = resolve;
      });
    };
    await rig.submit([rig.commit("PLAY-1 #close #comment two")]);
    await rig.clock.advance(10);

    const stopping = rig.worker.stop();
    await settle();
    answer({ kind: "done", as: "Ada" });
    await stopping;

    expect([rig.endings, await rig.waiting()]).toEqual([["PLAY-1 transition done"], 1]);
  });

  it("waits for five seconds and no more", async () => {
    const rig = await started();
    rig.tracker.answer = async (call) => {
      await call.begin(call.issueKey);
      return never;
    };
    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(10);

    const stopping = rig.worker.stop();
    await rig.clock.advance(5_000);
    await stopping;

    expect(rig.endings).toEqual(["PLAY-1 transition failed"]);
  });

  it("leaves what was not begun, and begins nothing more", async () => {
    const rig = await started();
    let goOn = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let late: Promise<unknown> = Promise.resolve();
    rig.tracker.answer = (call) => {
      const trying = waiting.then(() => rig.tracker.change(call));
      late = trying.catch((error: unknown) => error);
      return trying;
    };
    await rig.submit([rig.commit("PLAY-1 #close")]);
    await rig.clock.advance(10);

    await rig.worker.stop();
    goOn();

    expect(await late).toBeInstanceOf(RemoteError);
    expect([rig.tracker.changed, await rig.waiting()]).toEqual([[], 1]);
  });
});
