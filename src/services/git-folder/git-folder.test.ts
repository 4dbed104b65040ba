import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FolderRig } from "../../../test/support/folder-rig.js";
import { largeHistory, RepositoryFolder, type TestRepository } from "../../../test/support/git-repositories.js";

let rig: FolderRig;
beforeEach(() => {
  rig = new FolderRig();
});
afterEach(() => rig.folder.remove());

const ids = (commits: readonly { readonly id: string }[]): readonly string[] => commits.map(({ id }) => id);
const names = (things: readonly { readonly name: string }[]): readonly string[] => things.map(({ name }) => name);
const chain = (branch: string, count: number, word = branch): readonly { readonly branch: string; readonly message: string }[] =>
  Array.from({ length: count }, (_, index) => ({ branch, message: `${word} ${index}` }));

describe("the repositories of a folder", () => {
  it("are those directly in it, with and without a working tree, whatever else lies there", async () => {
    rig.folder.init("app");
    rig.folder.init("bare.git", "--bare");
    rig.folder.init("deeper/inner");
    rig.folder.folder("empty");
    writeFileSync(join(rig.folder.path, "file"), "");

    expect(await rig.list()).toEqual(
      ["app", "bare.git"].map((name) => ({ id: join(rig.folder.path, name), name, root: join(rig.folder.path, name) })),
    );
  });

  it.each([
    { depth: "1", found: ["a"] },
    { depth: "2", found: ["a", "b/c"] },
    { depth: "3", found: ["a", "b/c", "b/d/e"] },
    { depth: "5", found: ["a", "b/c", "b/d/e", "b/d/f/g/h"] },
    { depth: "", found: ["a"] },
  ])("are found as far down as is asked for, and none inside another: $depth", async ({ depth, found }) => {
    for (const name of ["a", "a/inside", "b/c", "b/d/e", "b/d/f/g/h", "b/d/f/g/i/too-deep"]) rig.folder.init(name);

    expect(names(await rig.list(undefined, depth))).toEqual(found);
  });

  it("are the folder itself where no `*` is said and it is one, and otherwise those in it", async () => {
    rig.folder.init("group/app");

    expect(names(await rig.list(join(rig.folder.path, "group/app")))).toEqual(["app"]);
    expect(names(await rig.list(join(rig.folder.path, "group")))).toEqual(["app"]);
    expect(names(await rig.list(join(rig.folder.path, "group/app/*")))).toEqual([]);
  });

  it("are found through links that stay in the folder, once, and through no others", async () => {
    const outside = new RepositoryFolder();
    rig.folder.init("group/app");
    rig.folder.init("beside");
    outside.init("elsewhere");
    const origin = join(rig.folder.path, "group");
    symlinkSync(outside.path, join(origin, "out"));
    symlinkSync(join(outside.path, "elsewhere"), join(origin, "out-too"));
    symlinkSync("../beside", join(origin, "up"));
    symlinkSync("app", join(origin, "a-link"));
    symlinkSync(".", join(origin, "round"));
    symlinkSync("nowhere", join(origin, "dangling"));

    expect(names(await rig.list(`${origin}/*`, "5"))).toEqual(["app"]);

    rmSync(join(origin, "app"), { recursive: true });
    mkdirSync(join(origin, "hidden"));
    rig.folder.init("group/hidden/real");
    symlinkSync("hidden/real", join(origin, "shown"));
    expect(names(await rig.list(`${origin}/*`, "1"))).toEqual(["shown"]);
    outside.remove();
  });

  it("include those that are broken, and one of them hides no other", async () => {
    rig.folder.init("good").commit({ branch: "main", message: "one" });
    rig.folder.init("no-head");
    rmSync(join(rig.folder.path, "no-head/.git/HEAD"));
    writeFileSync(join(rig.folder.folder("file"), ".git"), "nonsense");
    symlinkSync("nowhere", join(rig.folder.folder("link"), ".git"));

    const found = await rig.list();

    expect(names(found)).toEqual(["file", "good", "link", "no-head"]);
    await expect(rig.read(join(rig.folder.path, "no-head"))).rejects.toThrow("it has no `HEAD`");
    await expect(rig.read(join(rig.folder.path, "file"))).rejects.toThrow("a file in it that should name a folder does not");
    await expect(rig.read(join(rig.folder.path, "link"))).rejects.toThrow("its `.git` is a link to nothing");
    expect((await rig.read(join(rig.folder.path, "good"))).commits).toHaveLength(1);
  });
});

describe("a folder", () => {
  it("is good when it is tracked, there, and holds a repository", async () => {
    rig.folder.init("deep/er/app");

    expect(await rig.check(undefined, "3")).toEqual({ isGood: true });
    expect(await rig.check(join(rig.folder.path, "deep/er/app"))).toEqual({ isGood: true });
    expect(await rig.check()).toEqual({
      isGood: false,
      reason:
        "Unable to connect to Git folder service (Check folder, repositories.trackedFolders). Reason: the folder holds no git repository.",
    });
  });

  const refusals: readonly { readonly origin: (path: string) => string; readonly reason: RegExp }[] = [
    { origin: (path) => `${path}/missing/*`, reason: /the folder `.*\/missing` is not there\.$/ },
    { origin: () => "/etc/*", reason: /it leads out of the folders that `repositories\.trackedFolders` names/ },
    { origin: (path) => `${path}-private/*`, reason: /leads out of|is not there/ },
    { origin: (path) => `${path}/../*`, reason: /leads out of/ },
    { origin: (path) => `${path}/link/*`, reason: /leads out of/ },
    { origin: () => "D:\\tmp\\*", reason: /no path of a folder on this machine/ },
    { origin: () => "repos/*", reason: /no path of a folder on this machine/ },
    { origin: (path) => `${path}/a\u0000b`, reason: /no path of a folder on this machine/ },
    { origin: (path) => `${path}/app*`, reason: /only as its last part/ },
    { origin: (path) => `${path}/*/*`, reason: /only as its last part/ },
  ];
  it.each(refusals)("is refused otherwise, with the reason: $reason", async ({ origin, reason }) => {
    rig.folder.init("app");
    symlinkSync("/etc", join(rig.folder.path, "link"));
    const url = origin(rig.folder.path);

    const outcome = await rig.check(url);

    expect(outcome).toEqual({ isGood: false, reason: expect.stringMatching(reason) });
    await expect(rig.list(url)).rejects.toThrow();
    await expect(async () => {
      for await (const _slice of rig.slices(join(rig.folder.path, "app"), undefined, undefined, url));
    }).rejects.toThrow();
  });

  it.each([
    { tracked: [], reason: /`repositories\.trackedFolders` of the configuration names no folder/ },
    { tracked: ["/nowhere-at-all"], reason: /none of the folders that `repositories\.trackedFolders` names is there/ },
  ])("is not read where nothing is tracked: $tracked", async ({ tracked, reason }) => {
    const other = new FolderRig(() => tracked);
    const { path } = other.folder.init("app");

    expect(await other.check()).toEqual({ isGood: false, reason: expect.stringMatching(reason) });
    await expect(other.list()).rejects.toThrow(reason);
    await expect(other.read(path)).rejects.toThrow(reason);
    other.folder.remove();
  });

  it("is compared with tracked folders segment by segment, and both may be links", async () => {
    const linked = new FolderRig((path) => [join(path, "missing"), join(path, "tracked")]);
    linked.folder.init("real/app").commit({ branch: "main", message: "one" });
    linked.folder.init("tracked-private/app");
    symlinkSync("real", join(linked.folder.path, "tracked"));
    symlinkSync("tracked/app", join(linked.folder.path, "way-in"));

    expect(await linked.check(join(linked.folder.path, "way-in"))).toEqual({ isGood: true });
    expect(await linked.check(join(linked.folder.path, "tracked-private/*"))).toMatchObject({ isGood: false });
    const url = join(linked.folder.path, "tracked/*");
    expect(names(await linked.list(url))).toEqual(["app"]);
    linked.folder.remove();
  });

  it("that may not be read by us, and is tracked as well, hides no other", async () => {
    const circle = join(rig.folder.path, "circle");
    symlinkSync("circle", circle);
    rig.folder.init("app");
    const both = new FolderRig(() => [circle, rig.folder.path]);
    const url = join(rig.folder.path, "app");

    expect(await both.check(url)).toEqual({ isGood: true });
    expect(await new FolderRig(() => [circle]).check(url)).toMatchObject({ reason: expect.stringContaining("a tracked folder is a link") });
    both.folder.remove();
  });

  it.each([
    { what: "folders", make: (path: string) => mkdirSync(path) },
    { what: "files", make: (path: string) => writeFileSync(path, "") },
    { what: "links", make: (path: string) => symlinkSync("/etc", path) },
  ])("of $what that takes too long to look through is given up", async ({ make }) => {
    for (let index = 0; index < 20; index += 1) make(join(rig.folder.path, `empty-${index}`));
    let time = 0;
    const slow = (): number => (time += 1_000);

    const outcome = await rig.check(undefined, undefined, slow);

    expect(outcome).toMatchObject({ isGood: false, reason: expect.stringContaining("takes too long") });
  });
});

describe("a repository that is read", () => {
  let repository: TestRepository;
  beforeEach(() => {
    repository = rig.folder.init("app");
  });

  it("brings each commit once, each after those that it was made upon, then branches, then what there is in all", async () => {
    repository.commit(...largeHistory(2_000));
    repository.git("tag", "v1");
    repository.git("tag", "-m", "second", "v2");

    const { slices, commits, branches, last } = await rig.read(repository.path);

    expect(new Set(ids(commits))).toEqual(new Set(repository.history()));
    expect(commits).toHaveLength(2_000);
    const at = new Map(commits.map(({ id }, index) => [id, index]));
    const edges = repository
      .git("rev-list", "--branches", "--parents")
      .split("\n")
      .map((line) => line.split(" "));
    for (const [id = "", ...parents] of edges) for (const parent of parents) expect(at.get(parent)).toBeLessThan(at.get(id) ?? 0);
    expect(slices.every(({ commits: some = [] }) => some.length <= 500)).toBe(true);
    expect(branches).toHaveLength(51);
    for (const { name, lastCommit } of branches) expect(lastCommit.id).toBe(repository.head(name));
    expect(last).toMatchObject({ allTags: ["v1", "v2"], totals: { commits: 2_000 }, percent: 100 });
    expect(last?.allBranches).toEqual(names(branches));
    const percents = slices.map(({ percent = -1 }) => percent);
    expect(percents).toEqual([...percents].sort((one, other) => one - other));
  });

  it("brings nothing again, and starts no git, where nothing is new", async () => {
    repository.commit(...chain("main", 3));
    const { cursor } = await rig.read(repository.path);
    rmSync(join(repository.path, ".git/objects"), { recursive: true });
    mkdirSync(join(repository.path, ".git/objects"));

    expect((await rig.read(repository.path, cursor)).slices).toEqual([]);
  });

  it("brings only what was added, and branches whose heads are others", async () => {
    repository.commit(...largeHistory(1_000));
    const { cursor } = await rig.read(repository.path);
    const before = repository.history();
    repository.commit(...chain("feature/PLAY-7", 4), ...chain("main", 5), { branch: "new", message: "PLAY-8", from: "main" });

    const { commits, branches, last } = await rig.read(repository.path, cursor);

    expect(commits).toHaveLength(10);
    expect(new Set([...before, ...ids(commits)])).toEqual(new Set(repository.history()));
    expect(names(branches)).toEqual(["feature/PLAY-7", "main", "new"]);
    expect(last?.totals).toEqual({ commits: 1_010 });
  });

  it("goes on behind the slice at which it was stopped, wherever that was, and loses and doubles nothing", async () => {
    repository.commit(...largeHistory(1_100));
    const whole = (await rig.read(repository.path)).slices.length;

    expect(whole).toBe(5);
    for (let stop = 1; stop < whole; stop += 1) {
      const first = await rig.readSlices(repository.path, stop);
      const rest = await rig.read(repository.path, first.cursor);

      expect([...ids([...first.commits, ...rest.commits])].sort()).toEqual([...repository.history()].sort());
      expect(names([...first.branches, ...rest.branches])).toHaveLength(51);
      expect(rest.last).toMatchObject({ totals: { commits: 1_100 }, percent: 100 });
      expect((await rig.read(repository.path, rest.cursor)).slices).toEqual([]);
    }
  });

  it("goes on after each slice, with commits added and branches rewritten meanwhile", async () => {
    repository.commit(...largeHistory(1_200));
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let round = 0; round < 30; round += 1) {
      const run = await rig.readSlices(repository.path, 1, cursor);
      seen.push(...ids(run.commits));
      cursor = run.cursor;
      if (round < 5)
        repository.commit(
          { branch: "main", message: `later ${round}` },
          { branch: `feature/PLAY-${round + 1}`, message: "anew", from: "main" },
        );
      if (run.last === undefined) break;
    }

    const all = new Set(repository.history());
    expect(new Set(seen).size).toBe(seen.length);
    expect([...all].filter((id) => !seen.includes(id))).toEqual([]);
    expect((await rig.read(repository.path, cursor)).slices).toEqual([]);
  });

  it("tells how many commits there are when some were taken away, and does not mind those that are gone for good", async () => {
    repository.commit(...chain("main", 10), { branch: "old", message: "old 0", from: 4 }, ...chain("old", 3));
    const { cursor } = await rig.read(repository.path);
    repository.git("update-ref", "refs/heads/main", repository.git("rev-parse", "main~5"));
    repository.commit({ branch: "main", message: "instead" });

    const rewritten = await rig.read(repository.path, cursor);
    expect(rewritten.commits.map(({ message }) => message)).toEqual(["instead"]);
    expect(rewritten.last?.totals).toEqual({ commits: repository.history().length });

    repository.git("update-ref", "-d", "refs/heads/old");
    repository.git("reflog", "expire", "--expire=now", "--all");
    repository.git("gc", "-q", "--prune=now");
    repository.commit({ branch: "main", message: "after" });
    const collected = await rig.read(repository.path, rewritten.cursor);
    expect(collected.commits.map(({ message }) => message)).toEqual(["after"]);
    expect(collected.last).toMatchObject({ totals: { commits: 7 }, allBranches: ["main"] });
  });

  it("says which branches and tags there are when only those changed", async () => {
    repository.commit(...chain("main", 2));
    repository.git("branch", "other");
    repository.git("tag", "v1");
    const first = await rig.read(repository.path);
    repository.git("branch", "-D", "other");
    const second = await rig.read(repository.path, first.cursor);
    repository.git("tag", "v2");
    const third = await rig.read(repository.path, second.cursor);

    expect(first.last).toMatchObject({ allBranches: ["main", "other"], allTags: ["v1"] });
    expect(second.last).toMatchObject({ allBranches: ["main"], allTags: ["v1"] });
    expect(third.last).toMatchObject({ allBranches: ["main"], allTags: ["v1", "v2"] });
    expect([second, third].flatMap(({ commits, branches }) => [...commits, ...branches])).toEqual([]);
  });

  it("may have thousands of branches, packed or not", async () => {
    repository.commit(...chain("main", 3));
    const head = repository.head();
    const packed = Array.from({ length: 2_000 }, (_, index) => `${head} refs/heads/topic/${index}\n`);
    writeFileSync(join(repository.path, ".git/packed-refs"), ["# pack-refs with: peeled fully-peeled sorted \n", ...packed].join(""));
    mkdirSync(join(repository.path, ".git/refs/heads/topic"));
    for (let index = 2_000; index < 2_300; index += 1) writeFileSync(join(repository.path, `.git/refs/heads/topic/${index}`), `${head}\n`);
    repository.commit({ branch: "topic/7", message: "newer than what is packed" });

    const { slices, branches, cursor, last } = await rig.read(repository.path);

    expect(branches).toHaveLength(2_301);
    expect(slices.every(({ branches: some = [] }) => some.length <= 200)).toBe(true);
    expect(branches.find(({ name }) => name === "topic/7")?.lastCommit.id).toBe(repository.head("topic/7"));
    expect(last?.allBranches).toHaveLength(2_301);
    expect(cursor?.length).toBeLessThan(60_000);
  });

  it("may be read from the beginning again, also with a cursor that nobody understands", async () => {
    repository.commit(...chain("main", 3));

    for (const cursor of [undefined, "", "null", "{}", '{"form":1,"hashLength":40,"read":7}', "[1", '{"form":2,"hashLength":40}']) {
      expect((await rig.read(repository.path, cursor)).commits).toHaveLength(3);
    }
  });

  it("may be replaced by another under the same name", async () => {
    repository.commit(...chain("main", 3));
    const { cursor } = await rig.read(repository.path);
    renameSync(repository.path, `${repository.path}-before`);
    rig.folder.init("app").commit(...chain("main", 4, "other"));

    const { commits, last } = await rig.read(repository.path, cursor);

    expect(commits).toHaveLength(4);
    expect(last?.totals).toEqual({ commits: 4 });
  });

  it("leaves nothing behind, whether it is read to the end or not", async () => {
    repository.commit(...largeHistory(1_200));
    const temporary = rig.folder.folder("temporary");
    vi.stubEnv("TMPDIR", temporary);

    await rig.read(repository.path);
    await rig.readSlices(repository.path, 1);
    rmSync(join(repository.path, ".git/objects/pack"), { recursive: true });
    await expect(rig.read(repository.path)).rejects.toThrow();

    expect(readdirSync(temporary)).toEqual([]);
    vi.unstubAllEnvs();
  });

  it("ends when it is called off", async () => {
    repository.commit(...largeHistory(1_200));
    const calling = new AbortController();
    const read: number[] = [];

    const ended = (async () => {
      for await (const { commits = [] } of rig.slices(repository.path, undefined, calling.signal)) {
        read.push(commits.length);
        calling.abort(new Error("called off"));
      }
    })();

    await expect(ended).rejects.toThrow("called off");
    expect(read).toEqual([500]);
  });
});
