import { describe, expect, it } from "vitest";
import { createRepositoriesRig, type RepositoriesRig } from "../../test/support/repositories-rig.js";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { recordingLog } from "../../test/support/recording-log.js";

const quarterHourMs = 15 * 60_000;

/** One repository with commits, branches, tags and pull requests. */
function fill(rig: RepositoriesRig, name = "octo/hello", commits = 10) {
  const repository = rig.host.add(name);
  repository.commit(commits, "PLAY-{n} opens the door");
  repository.branch("feature/PLAY-1");
  repository.branch("main");
  repository.tag("v1", "v2", "nightly");
  repository.pull("1", { title: "PLAY-1 door" });
  repository.pull("2", { title: "Window", sourceBranch: "play-2" });
  repository.pull("3", { title: "names none" });
  return repository;
}

const nothing = { commits: 0, branches: 0, tags: 0, pullRequests: 0 };
const everything = { commits: 10, branches: 2, tags: 3, pullRequests: 3 };

async function idsOf(rig: RepositoriesRig, repositoryId: number): Promise<readonly string[]> {
  return (await rig.entitiesOf(repositoryId)).map(({ type, issueKeys }) => `${type} ${issueKeys.join("+")}`).sort();
}

const keysOfEverything = [
  ...["branch PLAY-1", "commit PLAY-1", "commit PLAY-10", "commit PLAY-2", "commit PLAY-3", "commit PLAY-4", "commit PLAY-5"],
  ...["commit PLAY-6", "commit PLAY-7", "commit PLAY-8", "commit PLAY-9", "pull_request PLAY-1", "pull_request PLAY-2"],
];

describe("repositories of registered git hosts", () => {
  it("are listed and read a moment after the start", async () => {
    const rig = createRepositoriesRig();
    fill(rig);
    rig.host.add("octo/empty", { description: "nothing yet" });
    const integrationId = await rig.integrations.add("GitHub", { projectMappingIds: [7], isGlobal: false });

    await rig.start();

    const shared = {
      integrationId,
      displayName: "GitHub",
      origin: "https://git.example",
      isDisabled: false,
      isGlobal: false,
      projectMappingIds: [7],
    };
    const indexed = { isIndexing: false, lastIndexedAt: rig.clock.now() };
    expect(await rig.index.list()).toEqual([
      { id: 2, name: "octo/hello", root: "https://git.example/octo/hello.git", ...shared, ...indexed, counts: everything },
      { id: 3, name: "octo/empty", root: "https://git.example/octo/empty.git", ...shared, ...indexed, counts: nothing },
    ]);
    expect(await idsOf(rig, 2)).toEqual(keysOfEverything);
    expect(await rig.index.lastIndexedAt(integrationId)).toBe(rig.clock.now());
    expect(await rig.recordOf(3)).toMatchObject({ name: "octo/empty", description: "nothing yet" });
  });

  it("share their ids with integrations, and never give one again", async () => {
    const rig = createRepositoriesRig();
    for (const name of ["a", "b"]) rig.host.add(name);
    await rig.integrations.add("first");
    await rig.start();

    rig.host.repositories.delete("a");
    await rig.clock.advance(quarterHourMs);
    rig.host.add("c");
    const second = await rig.integrations.add("second", { serviceId: "listed" });
    await rig.clock.advance(quarterHourMs);

    expect(second).toBe(4);
    expect((await rig.index.list()).map(({ id, name, integrationId }) => [id, name, integrationId])).toEqual(
      [
        [3, "b", 1],
        [5, "b", 4],
        [6, "c", 4],
        [7, "c", 1],
      ].sort(),
    );
  });

  it("are only listed where their host cannot be read, and nothing is said where it cannot be listed", async () => {
    const rig = createRepositoriesRig();
    fill(rig);
    await rig.integrations.add("listed", { serviceId: "listed" });
    const other = await rig.integrations.add("other", { serviceId: "other" });

    await rig.start();

    expect(await rig.index.list()).toMatchObject([{ name: "octo/hello", counts: nothing, isIndexing: false }]);
    expect(rig.host.reads).toEqual([]);
    expect(await rig.index.progress({ id: other })).toMatchObject({
      isFinished: true,
      errors: { other: expect.stringMatching(/cannot be listed/) },
    });
  });

  it("that are new, renamed or gone are found by the next listing", async () => {
    const rig = createRepositoriesRig();
    fill(rig);
    rig.host.add("octo/old");
    await rig.integrations.add("GitHub");
    await rig.start();

    rig.host.repositories.delete("octo/hello");
    rig.host.add("octo/renamed", { id: "octo/old", root: "https://bob:planted@git.example/renamed.git" });
    rig.host.add("octo/new");
    await rig.clock.advance(quarterHourMs);
    await rig.quiet();

    expect((await rig.index.list()).map(({ id, name, root }) => [id, name, root])).toEqual([
      [3, "octo/renamed", "https://git.example/renamed.git"],
      [4, "octo/new", "https://git.example/octo/new.git"],
    ]);
    expect(await rig.recordOf(3)).toMatchObject({ name: "octo/renamed" });
    expect([await rig.entitiesOf(2), await rig.recordOf(2), await rig.store.get(2)]).toEqual([[], undefined, undefined]);
    expect(await rig.devinfo.byIssueKey("PLAY-1", { limit: 10 })).toEqual({ entries: [] });
  });

  it("are not gone because a listing failed in its middle", async () => {
    const rig = createRepositoriesRig();
    for (const name of ["a", "b", "c"]) rig.host.add(name);
    await rig.integrations.add("GitHub");
    await rig.start();

    rig.host.onList = (count) => {
      if (count === 1) throw new Error("cut off with planted-token");
    };
    await rig.clock.advance(quarterHourMs);

    expect((await rig.index.list()).map(({ name, lastError }) => [name, lastError])).toEqual(
      ["a", "b", "c"].map((name) => [name, "An internal error occurred; the log says more."]),
    );
    rig.host.onList = () => undefined;
    await rig.clock.advance(2 * 60_000);
    expect((await rig.index.list()).map(({ lastError }) => lastError)).toEqual([undefined, undefined, undefined]);
  });

  it("are not gone because a page of the list moved while it was read", async () => {
    const rig = createRepositoriesRig();
    for (const name of ["a", "b", "c"]) rig.host.add(name);
    await rig.integrations.add("GitHub");
    await rig.start();
    await rig.index.setDisabled(3, true);

    const moved = rig.host.repositories.get("b") ?? expect.fail();
    rig.host.repositories.delete("b");
    rig.host.onList = (count) => {
      if (count === 2) rig.host.repositories.set("b", moved);
    };
    await rig.clock.advance(quarterHourMs);
    await rig.quiet();

    expect((await rig.index.list()).map(({ id, name, isDisabled }) => [id, name, isDisabled])).toEqual([
      [2, "a", false],
      [3, "b", true],
      [4, "c", false],
    ]);
  });

  it("are not all gone because none is listed, as where a disk is not there for a while, unless somebody asks for it", async () => {
    const rig = createRepositoriesRig();
    const repository = fill(rig);
    await rig.integrations.add("GitHub");
    await rig.start();

    rig.host.repositories.clear();
    await rig.clock.advance(5 * quarterHourMs);
    expect(await rig.index.list()).toMatchObject([{ id: 2, counts: everything, lastError: expect.stringMatching(/reindex/) }]);
    rig.host.repositories.set("octo/hello", repository);
    await rig.clock.advance(4 * quarterHourMs);
    expect((await rig.index.list())[0]).not.toHaveProperty("lastError");
    rig.host.repositories.clear();
    await rig.index.reindex(1, 24, "new");
    await rig.quiet();

    expect([await rig.index.list(), await rig.entitiesOf(2)]).toEqual([[], []]);
  });

  it("have new ids, and are read anew, once their integration points elsewhere: the host's ids mean something else there", async () => {
    const rig = createRepositoriesRig();
    fill(rig);
    const integrationId = await rig.integrations.add("GitHub");
    await rig.start();

    await rig.integrations.change(integrationId, { origin: "https://elsewhere.example" });
    await rig.quiet();

    expect((await rig.index.list()).map(({ id, origin, counts }) => [id, origin, counts])).toEqual([
      [3, "https://elsewhere.example", everything],
    ]);
    expect(await rig.entitiesOf(2)).toEqual([]);
    expect(rig.host.reads).toEqual([
      ["octo/hello", undefined],
      ["octo/hello", undefined],
    ]);
  });

  it("are found by the project keys that were seen in them, or by any where they are global", async () => {
    const rig = createRepositoriesRig();
    fill(rig);
    rig.host.add("octo/web").commit(1, "WEB-1 page");
    await rig.integrations.add("for some", { isGlobal: false });
    await rig.start();
    const namesFor = async (key: string) => (await rig.index.list(key)).map(({ name }) => name);

    expect([await namesFor("PLAY"), await namesFor("web"), await namesFor("PLA"), await namesFor("NONE")]).toEqual([
      ["octo/hello"],
      ["octo/web"],
      [],
      [],
    ]);
    await rig.integrations.change(1, { isGlobal: true });
    expect(await namesFor("NONE")).toEqual(["octo/hello", "octo/web"]);
  });
});

describe("reading what is new", () => {
  it("begins where the last run ended, counts what comes twice once, and writes nothing again", async () => {
    const { log, lines } = recordingLog();
    const rig = createRepositoriesRig({ log });
    const repository = fill(rig);
    await rig.integrations.add("GitHub");
    await rig.start();
    const before = await rig.entitiesOf(2);
    repository.commit(10, "PLAY-99 more");
    repository.deleteBranch("feature/PLAY-1");
    repository.branch("PLAY-7");
    repository.pull("1", { title: "PLAY-5 door", status: "MERGED" });
    await rig.clock.advance(quarterHourMs);
    await rig.quiet();

    expect((await rig.index.list())[0]?.counts).toEqual({ commits: 20, branches: 2, tags: 3, pullRequests: 3 });
    const after = await rig.entitiesOf(2);
    const kept = before.filter(({ type }) => type === "commit");
    expect(after).toEqual(expect.arrayContaining(kept));
    expect(after.filter(({ type }) => type === "branch").map(({ id }) => id)).toEqual(["PLAY-7"]);
    const pull = after.find(({ type, id }) => type === "pull_request" && id === "1");
    expect(JSON.parse(pull?.json ?? "")).toMatchObject({ issueKeys: ["PLAY-5"], status: "MERGED" });
    expect((await rig.devinfo.byIssueKey("PLAY-99", { limit: 100 })).entries).toHaveLength(10);
    // The host gives the last commit of a slice once more in the next one.
    expect(lines("A repository was read").map(({ commitsRead, written }) => [commitsRead, written])).toEqual([
      [13, 13],
      [13, 12],
    ]);
  });

  it("leaves the store alone where nothing is new, but for the time", async () => {
    const rig = createRepositoriesRig();
    fill(rig);
    await rig.integrations.add("GitHub");
    await rig.start();
    const [entities, commits] = [await rig.entitiesOf(2), rig.commits()];

    await rig.clock.advance(quarterHourMs);
    await rig.quiet();

    expect(await rig.entitiesOf(2)).toEqual(entities);
    expect(rig.commits() - commits).toBe(1);
    expect(await rig.index.lastIndexedAt(1)).toBeGreaterThan(rig.clock.now() - 60_000);
  });

  it("takes away what names no issue any more, or is to be hidden", async () => {
    const rig = createRepositoriesRig();
    const repository = fill(rig);
    await rig.integrations.add("GitHub");
    await rig.start();

    repository.pull("1", { title: "names none", sourceBranch: "none" });
    await rig.clock.advance(quarterHourMs);
    await rig.quiet();
    expect(await rig.devinfo.list("git-integrations", "2", "pull_request", "", 10)).toMatchObject([{ id: "2" }]);
    await rig.integrations.change(1, { prHideFilter: "^Wind", tagsFilter: "^v\\d" });
    await rig.quiet();

    expect(await rig.devinfo.list("git-integrations", "2", "pull_request", "", 10)).toEqual([]);
    expect((await rig.index.list())[0]?.counts).toEqual({ commits: 10, branches: 2, tags: 2, pullRequests: 2 });
  });

  it("ends with an error that names the filter when it cannot be used", async () => {
    const rig = createRepositoriesRig();
    fill(rig).pull("9", { title: `${"a".repeat(100)}!` });
    await rig.integrations.add("GitHub", { prHideFilter: "^(a+)+$" });

    await rig.start();

    expect(await rig.index.list()).toMatchObject([
      { lastError: expect.stringMatching(/^prHideFilter /), counts: { commits: 10, pullRequests: 0 } },
    ]);
  });

  it("replaces what was stored although the clock was set back", async () => {
    const rig = createRepositoriesRig();
    const repository = fill(rig);
    await rig.integrations.add("GitHub");
    await rig.start();
    const sequence = (await rig.store.get(2))?.sequence ?? 0;
    await rig.index.stop();
    repository.pull("1", { title: "PLAY-77 door" });

    const next = createRepositoriesRig({ database: rig.database, host: rig.host, clock: new ManualClock(0) });
    await next.start();

    expect((await next.devinfo.byIssueKey("PLAY-77", { limit: 10 })).entries).toHaveLength(1);
    expect((await next.store.get(2))?.sequence).toBeGreaterThan(sequence);
  });
});

describe("reading again from the beginning", () => {
  it("reads everything, tells how far it is, and ends with what a first run ends with", async () => {
    const rig = createRepositoriesRig();
    const repository = fill(rig);
    await rig.integrations.add("GitHub");
    await rig.start();
    repository.commits.splice(8);
    let whileItRuns: unknown;
    rig.host.onSlice = async (_name, number) => {
      if (number === 2) whileItRuns = await rig.index.progress({});
    };

    const threadId = await rig.index.reindex(2, 24);
    await rig.quiet();

    const percent = Math.floor((900 * 6) / 8) / 10;
    expect(whileItRuns).toEqual({ threadId, isFinished: false, perRepository: { "octo/hello": percent }, errors: {}, percent });
    const over = { threadId, isFinished: true, perRepository: { "octo/hello": 100 }, errors: {}, percent: 100 };
    const asked = [{ threadId: threadId! }, { id: 2 }, {}, { threadId: threadId!, id: 2 }];
    for (const wanted of asked) expect(await rig.index.progress(wanted)).toEqual(over);
    expect(rig.host.reads.map(([, cursor]) => cursor)).toEqual([undefined, undefined]);
    expect((await rig.index.list())[0]?.counts).toEqual({ ...everything, commits: 8 });
    expect(await idsOf(rig, 2)).toEqual(keysOfEverything);
  });

  it("reads only what is new where that is wanted", async () => {
    const { log, lines } = recordingLog();
    const rig = createRepositoriesRig({ log });
    const repository = fill(rig);
    await rig.integrations.add("GitHub");
    await rig.start();
    repository.commit(2, "PLAY-1 more");

    await rig.index.reindex(2, 24, "new");
    await rig.quiet();

    expect(lines("A repository was read").at(-1)).toMatchObject({ name: "octo/hello", commitsRead: 2 });
  });

  it("covers all repositories of an integration, and of everything, new ones included", async () => {
    const rig = createRepositoriesRig();
    for (const name of ["a", "b"]) rig.host.add(name).commit(1, "PLAY-1");
    await rig.integrations.add("GitHub");
    await rig.integrations.add("other", { serviceId: "other" });
    await rig.start();
    rig.host.add("c").commit(1, "PLAY-2");

    const one = await rig.index.reindex(1, 24);
    expect(await rig.index.progress({ threadId: one! })).toMatchObject({ isFinished: false, percent: 0 });
    await rig.quiet();
    expect(await rig.index.progress({ id: 1 })).toEqual({
      ...{ threadId: one, isFinished: true, percent: 100, errors: {} },
      perRepository: { a: 100, b: 100, c: 100 },
    });
    const all = await rig.index.reindex(undefined, 24);
    await rig.quiet();

    expect(await rig.index.progress({})).toEqual({
      ...{ threadId: all, isFinished: true, percent: 100 },
      perRepository: { a: 100, b: 100, c: 100 },
      errors: { other: expect.stringMatching(/cannot be listed/) },
    });
    expect(rig.host.reads.filter(([name]) => name === "a").map(([, cursor]) => cursor)).toEqual([undefined, undefined, undefined]);
  });

  it("comes before what nobody asked for, by priority", async () => {
    const rig = createRepositoriesRig();
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) rig.host.add(name).commit(1, "PLAY-1");
    await rig.integrations.add("GitHub");
    await rig.start();
    const gate = createGate();
    rig.host.onSlice = () => gate.opened;
    for (const name of names) rig.host.repositories.get(name)?.commit(1, "PLAY-2");
    await rig.clock.advance(quarterHourMs);

    await rig.index.reindex(6, 24);
    await rig.index.reindex(5, 1);
    gate.open();
    await rig.quiet();

    expect(rig.host.reads.slice(5).map(([name]) => name)).toEqual(["a", "b", "d", "e", "c"]);
  });

  it("of a repository that is just being read comes after that run", async () => {
    const rig = createRepositoriesRig();
    fill(rig);
    const gate = createGate();
    rig.host.onSlice = () => gate.opened;
    await rig.integrations.add("GitHub");
    rig.begin();
    await rig.clock.advance(1_000);

    const threadId = await rig.index.reindex(2, 1);
    await settle();
    expect([rig.host.reads.length, await rig.index.progress({ threadId: threadId! })]).toMatchObject([
      1,
      { isFinished: false, percent: 0 },
    ]);
    gate.open();
    await rig.quiet();

    expect(rig.host.reads).toEqual([
      ["octo/hello", undefined],
      ["octo/hello", undefined],
    ]);
    expect(await rig.index.progress({ threadId: threadId! })).toMatchObject({ isFinished: true, percent: 100 });
    expect((await rig.index.list())[0]?.counts).toEqual(everything);
  });

  it("is not known where there is nothing by that number, or no such thread", async () => {
    const rig = createRepositoriesRig();
    fill(rig);
    await rig.integrations.add("GitHub");
    await rig.start();

    expect(await rig.index.reindex(3, 24)).toBeUndefined();
    expect(
      await Promise.all([{ id: 3 }, { threadId: "none" }, { threadId: "none", id: 2 }].map((wanted) => rig.index.progress(wanted))),
    ).toEqual([undefined, undefined, undefined]);
    expect(await rig.index.progress({})).toMatchObject({ isFinished: true, perRepository: {}, percent: 100 });
    expect(await rig.index.progress({ id: 1 })).toMatchObject({ isFinished: true, perRepository: { "octo/hello": 100 }, percent: 100 });
  });

  it("tells repositories of one name apart, whatever the name", async () => {
    const rig = createRepositoriesRig();
    for (const id of ["1", "2"]) rig.host.add("__proto__", { id });
    await rig.integrations.add("GitHub");
    await rig.start();

    const threadId = await rig.index.reindex(1, 24);
    await rig.quiet();

    const progress = await rig.index.progress({ threadId: threadId! });
    expect(Object.entries(progress?.perRepository ?? {})).toEqual([
      ["__proto__", 100],
      ["__proto__ (3)", 100],
    ]);
  });

  it("keeps the last hundred threads", async () => {
    const rig = createRepositoriesRig();
    fill(rig);
    await rig.integrations.add("GitHub");
    await rig.start();

    const ids: (string | undefined)[] = [];
    for (let count = 0; count < 101; count += 1) ids.push(await rig.index.reindex(2, 24));
    await rig.quiet();

    const known = await Promise.all(ids.map((threadId) => rig.index.progress({ threadId: threadId! })));
    expect([known[0], known.filter((each) => each?.isFinished === true).length, new Set(ids).size]).toEqual([undefined, 100, 101]);
  });
});

describe("what is disabled", () => {
  it("is neither listed nor read, and goes on where it was once it is enabled", async () => {
    const rig = createRepositoriesRig();
    const repository = fill(rig);
    await rig.integrations.add("GitHub", { isDisabled: true });
    await rig.start();
    expect([rig.host.listings, rig.host.reads, await rig.index.list()]).toEqual([0, [], []]);

    await rig.integrations.change(1, { isDisabled: false });
    await rig.quiet();
    expect([await rig.index.setDisabled(2, true), await rig.index.setDisabled(9, true)]).toEqual([true, false]);
    repository.commit(1, "PLAY-50");
    await rig.clock.advance(quarterHourMs);
    expect([rig.host.reads.length, (await rig.index.list())[0]?.isDisabled]).toEqual([1, true]);
    const threadId = await rig.index.reindex(2, 24);
    await rig.quiet();
    expect(await rig.index.progress({ threadId: threadId! })).toMatchObject({
      isFinished: true,
      errors: { "octo/hello": "It is disabled." },
    });
    await rig.index.setDisabled(2, false);
    await rig.quiet();

    expect((await rig.index.list())[0]).toMatchObject({ isDisabled: false, counts: { commits: 11 } });
    expect(rig.host.reads.length).toBe(2);
  });

  it.each([
    ["disabled", (rig: RepositoriesRig) => rig.integrations.change(1, { isDisabled: true })],
    ["removed", (rig: RepositoriesRig) => rig.integrations.remove(1)],
  ])("is soon not asked any more when it is %s while it is listed", async (_what, end) => {
    const rig = createRepositoriesRig();
    for (let number = 0; number < 1_000; number += 1) rig.host.add(`r${number}`);
    await rig.integrations.add("GitHub");
    let listed = 0;
    rig.host.onList = async (count) => {
      listed = count;
      if (count === 50) await end(rig);
    };

    await rig.start();

    expect(listed).toBeLessThan(200);
    expect([await rig.index.list(), rig.host.reads]).toEqual([[], []]);
  });

  it.each([
    ["a repository", (rig: RepositoriesRig) => rig.index.setDisabled(2, true)],
    ["an integration", (rig: RepositoriesRig) => rig.integrations.change(1, { isDisabled: true })],
  ])("ends a run under way after its slice: %s", async (_what, disable) => {
    const rig = createRepositoriesRig();
    fill(rig);
    await rig.integrations.add("GitHub");
    rig.host.onSlice = async (_name, number) => {
      if (number === 2) await disable(rig);
    };

    await rig.start();

    expect(await rig.index.list()).toMatchObject([{ isDisabled: true, isIndexing: false, counts: { commits: 6 } }]);
    expect(await rig.entitiesOf(2)).toHaveLength(6);
  });
});

describe("what was removed", () => {
  it("is deleted at once when the index is told so, without waiting for a host that hangs", async () => {
    const rig = createRepositoriesRig();
    fill(rig);
    await rig.integrations.add("GitHub");
    for (const name of ["slow", "slower"]) await rig.integrations.add(name, { serviceId: "listed" });
    await rig.start();
    rig.host.onList = () => new Promise<void>(() => undefined);
    await rig.index.reindex(2, 24);
    await rig.index.reindex(3, 24);

    await rig.integrations.remove(1);
    for (let turns = 0; turns < 10; turns += 1) await settle();

    expect(await keysAbout(rig, 4)).toEqual([]);
    await rig.index.stop();
  });

  it("is deleted with the words in which other sites are asked for the same", async () => {
    const deleted: unknown[] = [];
    const rig = createRepositoriesRig({
      observers: [
        {
          deleted: (...told) => {
            deleted.push(told);
            return [];
          },
        },
      ],
    });
    fill(rig);
    await rig.integrations.add("GitHub");
    await rig.start();

    await rig.integrations.remove(1);
    await rig.clock.advance(1_000);
    await rig.quiet();

    expect(deleted).toEqual([["git-integrations", { request: { pathAndQuery: "/repository/2" } }]]);
    await rig.index.stop();
  });

  it("is not listed any more at once, and what was read of it goes", async () => {
    const rig = createRepositoriesRig();
    fill(rig, "a", 1_200);
    fill(rig, "b");
    await rig.integrations.add("GitHub");
    await rig.integrations.add("other", {});
    await rig.start();
    const ofOther = (await rig.index.list()).filter(({ integrationId }) => integrationId === 2);

    await rig.integrations.remove(1);

    expect(await rig.index.list()).toEqual(ofOther);
    expect([await rig.index.setDisabled(3, true), await rig.index.reindex(3, 1)]).toEqual([false, undefined]);
    expect([await rig.index.progress({ id: 1 }), await rig.index.progress({ id: 3 })]).toEqual([undefined, undefined]);
    await rig.clock.advance(1_000);
    await rig.quiet();
    expect([await rig.entitiesOf(3), await rig.entitiesOf(4), await rig.store.list(1, 0, 10), await rig.index.lastIndexedAt(1)]).toEqual([
      [],
      [],
      [],
      undefined,
    ]);
    expect(await keysAbout(rig, 3)).toEqual([]);
    expect((await rig.index.list()).map(({ counts }) => counts.commits)).toEqual([1_200, 10]);
  });

  it.each([0, 1, 2, 3, 4])("while it is being read leaves nothing behind: removed before slice %d", async (slice) => {
    const rig = createRepositoriesRig();
    fill(rig);
    await rig.integrations.add("GitHub");
    let removal: Promise<void> | undefined;
    // Not awaited: removing and storing the slice run side by side.
    rig.host.onSlice = (_name, number) => {
      if (number === slice) removal = rig.integrations.remove(1);
    };

    rig.begin();
    await rig.clock.advance(1_000);
    while (removal === undefined) await settle();
    await removal;
    await rig.clock.advance(60_000);
    await rig.quiet();

    expect([await rig.index.list(), await keysAbout(rig, 2), await rig.index.lastIndexedAt(1)]).toEqual([[], [], undefined]);
  });

  it.each([0, 1, 2])("while it is being listed gets no repositories: removed before number %d", async (place) => {
    const rig = createRepositoriesRig();
    for (const name of ["a", "b"]) rig.host.add(name);
    await rig.integrations.add("GitHub");
    let removal: Promise<void> | undefined;
    rig.host.onList = (count) => {
      if (count === place) removal = rig.integrations.remove(1);
    };

    rig.begin();
    await rig.clock.advance(1_000);
    while (removal === undefined) await settle();
    await removal;
    await rig.clock.advance(60_000);
    await rig.quiet();

    expect([await rig.index.list(), await rig.store.list(1, 0, 10), rig.host.reads]).toEqual([[], [], []]);
  });

  it("is deleted by the next process where this one did not come to it", async () => {
    const rig = createRepositoriesRig();
    fill(rig);
    await rig.integrations.add("GitHub");
    await rig.start();
    await rig.index.stop();
    await rig.integrations.remove(1);

    const next = createRepositoriesRig({ database: rig.database, host: rig.host });
    await next.start();

    expect([await next.index.list(), await keysAbout(next, 2)]).toEqual([[], []]);
  });
});

describe("stopping", () => {
  it("does not wait for hosts, keeps what is stored, and the next process goes on there", async () => {
    const rig = createRepositoriesRig();
    fill(rig);
    await rig.integrations.add("GitHub");
    let signal: AbortSignal | undefined;
    rig.host.onSlice = (_name, number, access) => {
      signal = access.signal;
      return number < 2 ? undefined : new Promise<void>(() => undefined);
    };
    rig.begin();
    await rig.clock.advance(1_000);
    for (let turns = 0; turns < 10; turns += 1) await settle();

    await rig.index.stop();
    rig.host.onSlice = () => undefined;
    expect([signal?.aborted, (await rig.index.list())[0]]).toMatchObject([true, { counts: { commits: 6 }, isIndexing: false }]);
    expect((await rig.index.list())[0]).not.toHaveProperty("lastError");
    const next = createRepositoriesRig({ database: rig.database, host: rig.host });
    await next.start();

    expect(rig.host.reads.map(([, cursor]) => cursor)).toEqual([undefined, '{"commits":6,"version":0}']);
    expect([(await next.index.list())[0]?.counts, await idsOf(next, 2)]).toEqual([everything, keysOfEverything]);
  });

  it("leaves no timers behind", async () => {
    const rig = createRepositoriesRig();
    rig.host.add("a");
    rig.host.onSlice = () => {
      throw new Error("fails");
    };
    rig.host.repositories.get("a")?.commit(1, "PLAY-1");
    await rig.integrations.add("GitHub");
    await rig.integrations.add("other", { serviceId: "other" });
    await rig.start();

    await rig.integrations.remove(2);
    await Promise.all([rig.index.stop(), rig.devinfo.stop()]);

    expect(rig.clock.pendingTimers).toBe(0);
  });
});

/** Every key of the database that is about the repository. */
async function keysAbout({ database }: RepositoriesRig, repositoryId: number): Promise<readonly string[]> {
  const keys = await database.keys().all();
  const ofRecord = new RegExp(`(repository|counted|removed|of \\d+) 0*${repositoryId}( |$)`);
  return keys.filter((key) => ofRecord.test(key) || key.includes(`git-integrations\u0000${repositoryId}`));
}

function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
