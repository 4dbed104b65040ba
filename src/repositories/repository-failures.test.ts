import { describe, expect, it } from "vitest";
import { settle } from "../../test/support/manual-clock.js";
import { recordingLog } from "../../test/support/recording-log.js";
import { createRepositoriesRig, type RepositoriesRig } from "../../test/support/repositories-rig.js";
import { RemoteError } from "../core/errors.js";

const minuteMs = 60_000;

function fill(rig: RepositoriesRig, ...names: readonly string[]): void {
  for (const name of names) rig.host.add(name).commit(6, "PLAY-{n}");
}

/** Lets the host fail, for all or for one repository. */
function fail(rig: RepositoriesRig, error: Error | undefined, name?: string): void {
  rig.host.onSlice = (each) => {
    if (error !== undefined && (name === undefined || each === name)) throw error;
  };
}

describe("a repository that cannot be read", () => {
  it("says why until it can, and is tried again later and later", async () => {
    const rig = createRepositoriesRig();
    fill(rig, "a", "b");
    fail(rig, new RemoteError("git.example answered 403", { status: 403 }), "a");
    await rig.integrations.add("GitHub");
    await rig.start();
    expect((await rig.index.list()).map(({ lastError, counts }) => [lastError, counts.commits])).toEqual([
      ["git.example answered 403", 0],
      [undefined, 6],
    ]);
    expect(await rig.index.progress({ id: 1 })).toMatchObject({ isFinished: true, errors: { a: "git.example answered 403" } });

    const tries = async (minutes: number): Promise<number> => {
      const before = rig.host.reads.length;
      await rig.clock.advance(minutes * minuteMs);
      await rig.quiet();
      return rig.host.reads.slice(before).filter(([name]) => name === "a").length;
    };
    expect([await tries(1), await tries(2), await tries(4), await tries(8)]).toEqual([1, 1, 1, 1]);
    expect(await tries(24 * 60)).toBeLessThan(12);
    fail(rig, undefined);
    await rig.clock.advance(6 * 60 * minuteMs);
    await rig.quiet();

    const [first] = await rig.index.list();
    expect([first?.counts.commits, first]).toEqual([6, expect.not.objectContaining({ lastError: expect.anything() })]);
  });

  it("goes on behind the last slice that was stored", async () => {
    const rig = createRepositoriesRig();
    fill(rig, "a");
    rig.host.onSlice = (_name, number) => {
      if (number === 1) throw new RemoteError("git.example was cut off");
    };
    await rig.integrations.add("GitHub");
    await rig.start();
    rig.host.onSlice = () => undefined;

    await rig.index.reindex(2, 1, "new");
    await rig.quiet();

    expect(rig.host.reads.map(([, cursor]) => cursor)).toEqual([undefined, '{"commits":3,"version":0}']);
    expect([(await rig.index.list())[0]?.counts.commits, (await rig.entitiesOf(2)).length]).toEqual([6, 6]);
  });

  it("ends what somebody asked for, with the reason", async () => {
    const rig = createRepositoriesRig();
    fill(rig, "a", "b");
    await rig.integrations.add("GitHub");
    await rig.start();
    fail(rig, new RemoteError("git.example is away", { status: 503 }), "b");

    const threadId = await rig.index.reindex(1, 24);
    await rig.quiet();

    expect(await rig.index.progress({ threadId: threadId! })).toEqual({
      ...{ threadId, isFinished: true, perRepository: { a: 100, b: 100 }, errors: { b: "git.example is away" }, percent: 100 },
    });
  });

  it.each([
    ["as it is", "planted-token"],
    ["for Basic", Buffer.from(":planted-token").toString("base64")],
  ])("shows no secret that a host repeats %s, to nobody", async (_what, secret) => {
    const { log, text } = recordingLog();
    const rig = createRepositoriesRig({ log });
    fill(rig, "a");
    fail(rig, new RemoteError(`git.example says:\n${secret}\u0000${"x".repeat(1_000)}`, { status: 403 }));
    await rig.integrations.add("GitHub");

    await rig.start();

    const [shown] = await rig.index.list();
    expect([shown?.lastError?.length, shown?.lastError?.slice(0, 30)]).toEqual([500, "git.example says: [secret] xxx"]);
    expect([text().includes(secret), JSON.stringify(await rig.index.progress({ id: 2 })).includes(secret)]).toEqual([false, false]);
  });

  it("ends when nothing comes for ten minutes", async () => {
    const rig = createRepositoriesRig();
    fill(rig, "a", "b");
    rig.host.onSlice = (name) => (name === "a" ? new Promise<void>(() => undefined) : undefined);
    await rig.integrations.add("GitHub");
    rig.begin();

    await rig.clock.advance(10 * minuteMs + 2_000);

    expect((await rig.index.list()).map(({ name, isIndexing, lastError }) => [name, isIndexing, lastError])).toEqual([
      ["a", false, "Nothing came within 10 minutes."],
      ["b", false, undefined],
    ]);
  });
});

describe("a host that is at fault", () => {
  it("is left alone after three repositories, and others are not", async () => {
    const rig = createRepositoriesRig();
    const names = Array.from({ length: 20 }, (_, index) => `r${index}`);
    fill(rig, ...names);
    fail(rig, new RemoteError("git.example does not answer"));
    await rig.integrations.add("GitHub");
    rig.begin();
    await rig.clock.advance(1_000);
    for (let turns = 0; turns < 20; turns += 1) await settle();
    // Two run side by side: the fourth had begun when the third failed.
    expect(rig.host.reads.length).toBeLessThanOrEqual(4);

    fail(rig, undefined);
    await rig.clock.advance(2 * minuteMs);
    await rig.quiet();

    expect((await rig.index.list()).map(({ counts }) => counts.commits)).toEqual(names.map(() => 6));
  });

  it("is left alone for as long as it asks, unless somebody changes the integration", async () => {
    const rig = createRepositoriesRig();
    fill(rig, "a", "b", "c", "d");
    fail(rig, new RemoteError("git.example asks for a pause", { status: 429, retryAfterMs: 40 * minuteMs }), "a");
    await rig.integrations.add("GitHub");
    rig.begin();
    await rig.clock.advance(30 * minuteMs);
    const readBefore = rig.host.reads.map(([name]) => name);
    expect(readBefore.filter((name) => name === "c" || name === "d")).toEqual([]);

    fail(rig, undefined);
    await rig.integrations.change(1, { tagsFilter: "v" });
    await rig.quiet();

    expect(rig.host.reads.slice(readBefore.length).map(([name]) => name)).toEqual(expect.arrayContaining(["a", "b", "c", "d"]));
  });

  it("does not keep other repositories waiting for ever because one always fails", async () => {
    const rig = createRepositoriesRig();
    fill(rig, "a", "b", "c", "d", "e", "f");
    rig.host.onSlice = (name) => {
      if (["a", "b", "c", "d"].includes(name)) throw new RemoteError("took too long");
    };
    await rig.integrations.add("GitHub");
    rig.begin();

    await rig.clock.advance(60 * minuteMs);

    expect((await rig.index.list()).slice(4).map(({ counts }) => counts.commits)).toEqual([6, 6]);
  });

  it("that cannot be listed is asked again later and later, and at once when somebody wants it", async () => {
    const rig = createRepositoriesRig();
    rig.host.onList = () => {
      throw new RemoteError("git.example answered 401", { status: 401 });
    };
    await rig.integrations.add("GitHub");
    await rig.start();
    expect(await rig.index.progress({ id: 1 })).toMatchObject({ isFinished: true, errors: { GitHub: "git.example answered 401" } });

    await rig.clock.advance(60 * minuteMs);
    expect(rig.host.listings).toBeLessThan(9);
    rig.host.onList = () => undefined;
    fill(rig, "a");
    const threadId = await rig.index.reindex(1, 24);
    await rig.quiet();

    expect(await rig.index.progress({ threadId: threadId! })).toMatchObject({ perRepository: { a: 100 }, errors: {} });
  });

  it.each([
    ["others each time", Infinity],
    ["the same ones again and again", 100],
  ])("that lists repositories for ever is given up: %s", async (_what, distinct) => {
    const rig = createRepositoriesRig({
      host: {
        async *list() {
          for (let id = 0; ; id += 1) yield { id: String(id % distinct), name: "r", root: "x" };
        },
      },
    });
    await rig.integrations.add("GitHub");

    rig.begin();
    await rig.clock.advance(1_000);
    for (let turns = 0; turns < 100; turns += 1) await settle();

    expect([await rig.index.list(), await rig.index.progress({ id: 1 })]).toMatchObject([
      [],
      { errors: { GitHub: expect.stringMatching(/20000/) } },
    ]);
  });
});
