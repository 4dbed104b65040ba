import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FolderRig } from "../../../test/support/folder-rig.js";
import type { TestRepository } from "../../../test/support/git-repositories.js";

let rig: FolderRig;
beforeEach(() => {
  rig = new FolderRig();
});
afterEach(() => rig.folder.remove());

const three = [1, 2, 3].map((index) => ({ branch: "main", message: `PLAY-${index}` }));

function made(name = "app", ...options: readonly string[]): TestRepository {
  const repository = rig.folder.init(name, ...options);
  repository.commit(...three);
  return repository;
}

async function messagesOf(root: string, cursor?: string): Promise<readonly string[]> {
  return (await rig.read(root, cursor)).commits.map(({ message }) => message);
}

const all = three.map(({ message }) => message);

describe("a repository of its own kind", () => {
  it("may be empty, and is read once there is something", async () => {
    const repository = rig.folder.init("app");

    const { slices, cursor } = await rig.read(repository.path);
    expect(slices).toMatchObject([{ allBranches: [], allTags: [], totals: { commits: 0 }, percent: 100 }]);

    repository.commit(...three);
    expect(await messagesOf(repository.path, cursor)).toEqual(all);
  });

  it("may lose everything", async () => {
    const repository = made();
    const { cursor } = await rig.read(repository.path);
    repository.git("update-ref", "-d", "refs/heads/main");

    expect((await rig.read(repository.path, cursor)).slices).toMatchObject([{ allBranches: [], totals: { commits: 0 } }]);
  });

  it.each(["--bare", "--object-format=sha256"])("may be made with %s", async (option) => {
    const repository = made("app", option);

    const { commits, branches } = await rig.read(repository.path);

    expect(commits.map(({ id }) => id)).toEqual([...repository.history()].reverse());
    expect(branches.map(({ lastCommit }) => lastCommit.id)).toEqual([repository.head()]);
  });

  it("may be packed, refs and objects", async () => {
    const repository = made();
    repository.git("gc", "-q");
    repository.git("commit-graph", "write", "--reachable");

    expect(await messagesOf(repository.path)).toEqual(all);
  });

  it("may stand on no branch: what it stands on is read too", async () => {
    const repository = made();
    repository.git("checkout", "-q", "--detach");
    repository.git("commit", "-q", "--allow-empty", "-m", "on no branch");

    const { commits, branches, cursor } = await rig.read(repository.path);

    expect(commits.map(({ message }) => message)).toEqual([...all, "on no branch\n"]);
    expect(branches.map(({ name }) => name)).toEqual(["main"]);
    expect((await rig.read(repository.path, cursor)).slices).toEqual([]);
  });

  it("may be a shallow clone, also one that is fetched again", async () => {
    const origin = made("origin");
    rig.folder.folder("clones");
    origin.git("clone", "-q", "--depth", "2", "--bare", `file://${origin.path}`, "../clones/app");
    const clone = join(rig.folder.path, "clones/app");
    const url = join(rig.folder.path, "clones/*");
    const root = (await rig.list(url))[0]?.root ?? "";

    const first = await rig.read(root);
    origin.commit({ branch: "main", message: "PLAY-4" });
    origin.git("-C", clone, "fetch", "-q", "--depth", "1", "origin", "+main:main");

    expect(first.commits.map(({ message }) => message)).toEqual(["PLAY-2", "PLAY-3"]);
    expect(await messagesOf(root, first.cursor)).toEqual(["PLAY-4"]);
  });

  it("may have branches of remotes alone, as a mirror that was only fetched", async () => {
    const origin = made("origin");
    origin.git("branch", "PLAY-9");
    const mirror = rig.folder.init("mirror", "--bare");
    mirror.git("fetch", "-q", origin.path, "refs/heads/*:refs/remotes/origin/*");
    mirror.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main");

    const { commits, branches } = await rig.read(mirror.path);

    expect(commits).toHaveLength(3);
    expect(branches.map(({ name }) => name)).toEqual(["origin/PLAY-9", "origin/main"]);
  });

  it("may be a worktree of another", async () => {
    const repository = made();
    repository.git("worktree", "add", "-q", "--detach", "../tree");
    const tree = join(rig.folder.path, "tree");
    repository.git("-C", tree, "commit", "-q", "--allow-empty", "-m", "in the tree");

    expect((await rig.list()).map(({ name }) => name)).toEqual(["app", "tree"]);
    expect(await messagesOf(tree)).toEqual([...all, "in the tree\n"]);
    expect(await messagesOf(repository.path)).toEqual(all);
  });

  it("may be a submodule of another", async () => {
    const library = made("library");
    const app = made();
    app.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", library.path, "inner");

    expect(await messagesOf(join(app.path, "inner"))).toEqual(all);
  });

  it("may borrow objects of others within, through as many as git follows", async () => {
    const first = made("first");
    for (const [from, to] of [
      ["first", "second"],
      ["second", "third"],
      ["third", "fourth"],
    ] as const) {
      first.git("clone", "-q", "--shared", "--bare", `../${from}`, `../${to}`);
    }
    writeFileSync(join(rig.folder.path, "fourth/objects/info/alternates"), "# borrowed\n../../third/objects\n/nowhere/objects\n");

    expect(await messagesOf(join(rig.folder.path, "fourth"))).toEqual(all);
  });

  it("may have a ref that is another's name, and files that are no refs", async () => {
    const repository = made();
    const refs = join(repository.path, ".git/refs/heads");
    repository.git("symbolic-ref", "refs/heads/master", "refs/heads/main");
    writeFileSync(join(refs, "broken"), "nonsense");
    writeFileSync(join(refs, "empty"), "");
    writeFileSync(join(refs, "gone"), `${"1".repeat(40)}\n`);
    writeFileSync(join(refs, "half.lock"), repository.head());
    repository.git("symbolic-ref", "refs/heads/round", "refs/heads/round");

    const { commits, branches, last, cursor } = await rig.read(repository.path);

    expect(commits).toHaveLength(3);
    expect(branches.map(({ name }) => name)).toEqual(["main", "master"]);
    expect(last?.allBranches).toEqual(["gone", "main", "master"]);
    expect(branches.every(({ lastCommit }) => lastCommit.id === repository.head())).toBe(true);
    expect((await rig.read(repository.path, cursor)).slices).toEqual([]);

    repository.git("update-ref", "refs/heads/gone", repository.git("commit-tree", "-m", "mended", `${repository.head()}^{tree}`));
    expect((await rig.read(repository.path, cursor)).branches.map(({ name }) => name)).toEqual(["gone"]);
  });

  it("may have names of branches that are no UTF-8", async () => {
    const repository = made();
    const head = repository.head();
    repository.feed(
      Buffer.concat([Buffer.from("create refs/heads/PLAY-8-"), Buffer.from([0xe9]), Buffer.from(` ${head}\n`)]),
      "update-ref",
      "--stdin",
    );

    const loose = await rig.read(repository.path);
    repository.git("pack-refs", "--all");

    expect(loose.last?.allBranches).toEqual(["PLAY-8-é", "main"]);
    expect((await rig.read(repository.path, loose.cursor)).slices).toEqual([]);
  });

  it("is read whoever owns it", async () => {
    const repository = made();
    // Only root may give files away; for whoever else runs this, it is one more repository.
    if (process.getuid?.() === 0) for (const path of filesBelow(repository.path)) chownSync(path, 12_345, 12_345);

    expect(await messagesOf(repository.path)).toEqual(all);
  });
});

describe("a repository that is damaged", () => {
  const damages: readonly { readonly title: string; readonly damage: (path: string) => void; readonly says: RegExp }[] = [
    {
      title: "has no objects",
      damage: (path) => rmSync(join(path, "objects"), { recursive: true }),
      says: /the folder `objects` in it is not there/,
    },
    {
      title: "lost its objects",
      damage: (path) => {
        rmSync(join(path, "objects"), { recursive: true });
        mkdirSync(join(path, "objects"));
      },
      says: /no commit that its branches name is there/,
    },
    { title: "has a pack that is none", damage: (path) => breakPack(path), says: /it is damaged, or incomplete/ },
    { title: "has refs in another format", damage: (path) => mkdirSync(join(path, "reftable")), says: /`reftable`/ },
    {
      title: "has packed refs without an end",
      damage: (path) => writeFileSync(join(path, "packed-refs"), "x".repeat(10_000)),
      says: /a line in it is too long/,
    },
    {
      title: "has more names than we could hold",
      damage: (path) => {
        const line = (index: number): string => `${"0".repeat(40)} refs/heads/${index}/${"x".repeat(4_000)}\n`;
        writeFileSync(join(path, "packed-refs"), Array.from({ length: 9_000 }, (_, index) => line(index)).join(""));
      },
      says: /the names of its branches and tags take too much space/,
    },
    { title: "has a pipe for packed refs", damage: (path) => makePipe(join(path, "packed-refs")), says: /should be a file is none/ },
    { title: "has a folder for packed refs", damage: (path) => mkdirSync(join(path, "packed-refs")), says: /should be a file is none/ },
    {
      title: "has a pipe among its objects",
      damage: (path) => {
        mkdirSync(join(path, "objects/ab"), { recursive: true });
        makePipe(join(path, "objects/ab/cdef"));
      },
      says: /something among its objects is no file/,
    },
    { title: "names a folder with a quote", damage: (path) => alternates(path, '"/etc"\n'), says: /in an unusual way/ },
    { title: "names itself without end", damage: (path) => alternates(path, manyFolders(path)), says: /too many other repositories/ },
    { title: "names a very long folder", damage: (path) => writeFileSync(join(path, "commondir"), "x".repeat(5_000)), says: /too large/ },
    {
      title: "has a worktree of nothing",
      damage: (path) => writeFileSync(join(path, "commondir"), "../nothing\n"),
      says: /the repository of this worktree is not there/,
    },
  ];

  it.each(damages)("says so where it $title, and not that its host is away", async ({ damage, says }) => {
    const { path } = made("app", "--bare");
    damage(path);

    const failure: unknown = await rig.read(path).catch((error: unknown) => error);

    expect(failure).toMatchObject({ code: "HS_REMOTE_ERROR", message: expect.stringMatching(says), isTransient: false });
  });

  it("may have lost what leads further back", async () => {
    const repository = made("app", "--bare");
    const oldest = repository.history().at(-1) ?? "";
    rmSync(join(repository.path, "objects", oldest.slice(0, 2), oldest.slice(2)));

    await expect(rig.read(repository.path)).rejects.toThrow("git cannot read its history: it is damaged, or incomplete");
  });

  it("may be forbidden to us", async () => {
    const { path } = made("app", "--bare");
    // Root may read everything.
    if (process.getuid?.() === 0) return;
    chmodSync(join(path, "objects"), 0);

    await expect(rig.read(path)).rejects.toThrow("may not be read");
    chmodSync(join(path, "objects"), 0o700);
  });

  it("may have been moved away", async () => {
    const { path } = made();
    renameSync(path, `${path}-elsewhere`);

    await expect(rig.read(path)).rejects.toThrow("the folder is not there");
    symlinkSync("/etc", path);
    await expect(rig.read(path)).rejects.toThrow("leads out of");
  });
});

function filesBelow(path: string): readonly string[] {
  return [path, ...readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => join(path, name))];
}

function makePipe(path: string): void {
  execFileSync("/usr/bin/env", ["mkfifo", path]);
}

function breakPack(path: string): void {
  execFileSync("git", ["--git-dir", path, "gc", "-q"], { stdio: "ignore" });
  const pack = readdirSync(join(path, "objects/pack")).find((name) => name.endsWith(".pack")) ?? "";
  chmodSync(join(path, "objects/pack", pack), 0o600);
  writeFileSync(join(path, "objects/pack", pack), "garbage");
}

function alternates(path: string, lines: string): void {
  mkdirSync(join(path, "objects/info"), { recursive: true });
  writeFileSync(join(path, "objects/info/alternates"), lines);
}

/** Each with the next one's objects. @returns the first */
function manyFolders(path: string): string {
  for (let index = 0; index < 10; index += 1) {
    const folder = join(path, `more-${index}`);
    mkdirSync(join(folder, "info"), { recursive: true });
    writeFileSync(join(folder, "info/alternates"), `${join(path, `more-${index + 1}`)}\n`);
  }
  return `${join(path, "more-0")}\n`;
}
