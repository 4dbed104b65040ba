import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FolderRig } from "../../../test/support/folder-rig.js";
import { RepositoryFolder, type TestRepository } from "../../../test/support/git-repositories.js";

let rig: FolderRig;
let outside: RepositoryFolder;
/** Leaves a mark wherever it is run from. */
let program: string;
let mark: string;
beforeEach(() => {
  rig = new FolderRig();
  outside = new RepositoryFolder();
  mark = join(outside.path, "mark");
  program = join(outside.path, "program");
  writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> ${mark}\n`);
  chmodSync(program, 0o755);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rig.folder.remove();
  outside.remove();
});

const messages = ["PLAY-1", "PLAY-2", "PLAY-3"];

function made(folder: RepositoryFolder, name: string, ...options: readonly string[]): TestRepository {
  const repository = folder.init(name, ...options);
  repository.commit(...messages.map((message) => ({ branch: "main", message })));
  return repository;
}

/** What git does when a person uses it there: it fails, or does not, but the program has run. */
function use(repository: TestRepository, ...command: readonly string[]): void {
  try {
    repository.git(...command);
  } catch {
    // What the program says is no answer to git.
  }
}

interface Plant {
  readonly title: string;
  plant(repository: TestRepository): void;
  /** With which git does run the program, so that the test is one. */
  readonly trigger?: (repository: TestRepository) => readonly string[];
}

const config =
  (...lines: readonly string[]) =>
  (repository: TestRepository): void =>
    appendFileSync(join(repository.path, ".git/config"), `${lines.join("\n").replaceAll("PROGRAM", program)}\n`);

const plants: readonly Plant[] = [
  {
    title: "a program that checks signatures",
    plant(repository) {
      config("[gpg]", "program = PROGRAM", "[log]", "showSignature = true")(repository);
      const object = repository
        .git("cat-file", "commit", "HEAD")
        .replace("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n -----END PGP SIGNATURE-----\n\n");
      repository.git("update-ref", "refs/heads/main", repository.feed(`${object}\n`, "hash-object", "-t", "commit", "-w", "--stdin"));
    },
    trigger: () => ["log", "-1"],
  },
  { title: "a program that watches files", plant: config("[core]", "fsmonitor = PROGRAM"), trigger: () => ["status"] },
  {
    title: "hooks",
    plant(repository) {
      const hooks = join(repository.path, ".git/hooks");
      mkdirSync(hooks, { recursive: true });
      for (const hook of [
        "pre-commit",
        "post-checkout",
        "reference-transaction",
        "post-index-change",
        "fsmonitor-watchman",
        "pre-auto-gc",
      ]) {
        cpSync(program, join(hooks, hook));
      }
    },
    trigger: () => ["commit", "--allow-empty", "-m", "x"],
  },
  {
    title: "hooks elsewhere",
    plant(repository) {
      mkdirSync(join(repository.path, "hooks"));
      cpSync(program, join(repository.path, "hooks/pre-commit"));
      config("[core]", `hooksPath = ${join(repository.path, "hooks")}`)(repository);
    },
    trigger: () => ["commit", "--allow-empty", "-m", "x"],
  },
  {
    title: "configuration that includes more of it",
    plant(repository) {
      writeFileSync(join(repository.path, "more"), `[core]\nfsmonitor = ${program}\n`);
      config("[include]", "path = ../more", `[includeIf "gitdir:/**"]`, "path = ../more")(repository);
    },
    trigger: () => ["status"],
  },
  {
    title: "configuration of a worktree's own",
    plant(repository) {
      config("[core]", "repositoryFormatVersion = 1", "[extensions]", "worktreeConfig = true")(repository);
      writeFileSync(join(repository.path, ".git/config.worktree"), `[core]\nfsmonitor = ${program}\n`);
    },
    trigger: () => ["status"],
  },
  {
    title: "a program that lists what others have",
    plant(repository) {
      const other = made(rig.folder, "other");
      writeFileSync(join(repository.path, ".git/objects/info/alternates"), `${join(other.path, ".git/objects")}\n`);
      config("[core]", "alternateRefsCommand = PROGRAM")(repository);
    },
    trigger: () => ["rev-list", "--alternate-refs"],
  },
  {
    title: "programs that show differences",
    plant(repository) {
      config(
        "[diff]",
        "external = PROGRAM",
        `[diff "x"]`,
        "textconv = PROGRAM",
        "command = PROGRAM",
        `[filter "x"]`,
        "smudge = PROGRAM",
        "clean = PROGRAM",
        "required = true",
      )(repository);
      writeFileSync(join(repository.path, ".gitattributes"), "* diff=x filter=x\n");
      writeFileSync(join(repository.path, ".git/info/attributes"), "* diff=x filter=x\n");
      writeFileSync(join(repository.path, "file"), "text\n");
    },
    trigger: () => ["add", "file"],
  },
  {
    title: "a program that opens connections",
    plant: config(
      "[core]",
      "sshCommand = PROGRAM",
      `[remote "origin"]`,
      "url = ssh://remote.example.org/app",
      "fetch = +refs/heads/*:refs/heads/*",
    ),
    trigger: () => ["fetch", "origin"],
  },
  {
    title: "a remote that promised what is missing, over a protocol that is a program",
    plant(repository) {
      config(
        "[core]",
        "repositoryFormatVersion = 1",
        "[extensions]",
        "partialClone = origin",
        `[remote "origin"]`,
        "url = ext::PROGRAM",
        "promisor = true",
        "[protocol]",
        "allow = always",
        `[protocol "ext"]`,
        "allow = always",
      )(repository);
      const oldest = repository.history().at(-1) ?? "";
      writeFileSync(join(repository.path, ".git/refs/heads/missing"), `${"1".repeat(40)}\n`);
      rmSync(join(repository.path, ".git/objects", oldest.slice(0, 2), oldest.slice(2)));
    },
    trigger: () => ["cat-file", "-p", "1".repeat(40)],
  },
  {
    title: "programs for people's eyes and hands, and names of commands",
    plant: config(
      "[core]",
      "pager = PROGRAM",
      "editor = PROGRAM",
      "askPass = PROGRAM",
      "gitProxy = PROGRAM",
      "[pager]",
      "rev-list = PROGRAM",
      "cat-file = PROGRAM",
      "[alias]",
      "rev-list = !PROGRAM",
      "x = !PROGRAM",
      "[credential]",
      "helper = !PROGRAM",
      "[uploadpack]",
      "packObjectsHook = PROGRAM",
    ),
    trigger: () => ["x"],
  },
];

describe("a hostile repository runs nothing", () => {
  it.each(plants)("with $title", async ({ plant, trigger }) => {
    const repository = made(rig.folder, "app");
    repository.git("reset", "-q", "--hard");
    plant(repository);
    rmSync(mark, { force: true });

    await rig.check();
    await rig.list();
    const outcome = await rig.read(repository.path).then(({ commits }) => commits.length, String);
    const ran = existsSync(mark);

    // That what was planted works at all.
    if (trigger !== undefined) use(repository, ...trigger(repository));
    expect({ outcome, ran, works: existsSync(mark) }).toEqual({ outcome: expect.anything(), ran: false, works: true });
  });

  it("with configuration that git cannot even read", async () => {
    const repository = made(rig.folder, "app");
    writeFileSync(join(repository.path, ".git/config"), "[core\nnonsense");

    expect((await rig.read(repository.path)).commits).toHaveLength(3);
  });

  it("with variables of our own environment", async () => {
    const { path } = made(rig.folder, "app");
    const other = made(outside, "other");
    for (const name of ["GIT_TRACE", "GIT_TRACE2", "GIT_TRACE_SETUP", "GIT_TRACE2_EVENT"]) vi.stubEnv(name, mark);
    for (const name of ["GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_EDITOR", "GIT_ASKPASS"]) vi.stubEnv(name, program);
    vi.stubEnv("GIT_DIR", join(other.path, ".git"));
    vi.stubEnv("GIT_ALTERNATE_OBJECT_DIRECTORIES", join(other.path, ".git/objects"));
    vi.stubEnv("GIT_CONFIG_COUNT", "1");
    vi.stubEnv("GIT_CONFIG_KEY_0", "core.fsmonitor");
    vi.stubEnv("GIT_CONFIG_VALUE_0", program);
    vi.stubEnv("PATH", outside.path);
    cpSync(program, join(outside.path, "git"));

    expect((await rig.read(path)).commits).toHaveLength(3);
    expect(existsSync(mark)).toBe(false);
  });

  it("with files that only make reading faster, and say anything", async () => {
    const { path } = made(rig.folder, "app", "--bare");
    mkdirSync(join(path, "objects/info/commit-graphs"), { recursive: true });
    for (const file of ["info/commit-graph", "info/commit-graphs/commit-graph-chain", "pack/multi-pack-index", "pack/pack-1.bitmap"]) {
      writeFileSync(join(path, "objects", file), "garbage");
    }

    expect((await rig.read(path)).commits).toHaveLength(3);
  });

  it("with history that is to look otherwise", async () => {
    const repository = made(rig.folder, "app", "--bare");
    const [newest = "", middle = ""] = repository.history();
    repository.git("replace", newest, middle);
    mkdirSync(join(repository.path, "info"), { recursive: true });
    writeFileSync(join(repository.path, "info/grafts"), `${newest}\n`);

    expect((await rig.read(repository.path)).commits.map(({ message }) => message)).toEqual(messages);
  });
});

describe("a hostile repository leads nowhere", () => {
  const secret = "planted outside";
  let other: TestRepository;
  beforeEach(() => {
    other = outside.init("other", "--bare");
    other.commit(...Array.from({ length: 3 }, (_, index) => ({ branch: "main", message: `${secret} ${index}` })));
  });

  const oneObject = (repository: TestRepository): string => repository.head().replace(/^../, (start) => `${start}/`);
  /** Puts a link to what is outside in a file's or folder's place. */
  const link = (path: string, target: string): void => {
    rmSync(path, { recursive: true, force: true });
    symlinkSync(target, path);
  };
  /** A path with a byte that is no UTF-8 in the place of its `%`; what reads it as text reads U+FFFD there. */
  const unreadable = (path: string): Buffer => Buffer.from(path.replace("%", "\u00ff"), "latin1");
  /** Makes a folder a link to one whose name is no UTF-8, and the name that it is read by a link to what is outside. */
  const doubled = (path: string, folder: string, target: string): void => {
    mkdirSync(unreadable(join(path, "%")));
    symlinkSync(target, join(path, "\uFFFD"));
    rmSync(join(path, folder), { recursive: true, force: true });
    symlinkSync(unreadable(join(path, "%")), join(path, folder));
  };
  /** Whatever leads out, a branch names what is there. */
  const point = (repository: TestRepository): void => writeFileSync(join(repository.path, "refs/heads/main"), `${other.head()}\n`);
  const alternates = (repository: TestRepository, line: string): void =>
    writeFileSync(join(repository.path, "objects/info/alternates"), line);

  const leads: readonly {
    readonly title: string;
    /** @returns what is read then, if it is not the repository itself */
    readonly lead: (repository: TestRepository) => unknown;
  }[] = [
    { title: "a `.git` that names a folder", lead: () => dotGitFile(`gitdir: ${other.path}\n`) },
    {
      title: "a `.git` that names a folder by the way",
      lead: () => dotGitFile(`gitdir: ${relative(join(rig.folder.path, "tree"), other.path)}\n`),
    },
    {
      title: "a `.git` that is a link",
      lead() {
        symlinkSync(other.path, join(rig.folder.folder("tree"), ".git"));
        return join(rig.folder.path, "tree");
      },
    },
    { title: "a folder that is a link", lead: ({ path }) => link(path, other.path) },
    { title: "a common folder", lead: ({ path }) => writeFileSync(join(path, "commondir"), `${other.path}\n`) },
    { title: "a link for objects", lead: ({ path }) => link(join(path, "objects"), join(other.path, "objects")) },
    { title: "a link for packs", lead: ({ path }) => link(join(path, "objects/pack"), join(other.path, "objects/pack")) },
    {
      title: "a link for what is said of objects",
      lead: ({ path }) => link(join(path, "objects/info"), join(other.path, "objects/info")),
    },
    {
      title: "a link for one object",
      lead(repository) {
        const object = join("objects", oneObject(other));
        mkdirSync(join(repository.path, object, ".."), { recursive: true });
        link(join(repository.path, object), join(other.path, object));
      },
    },
    {
      title: "a link for objects that begin alike",
      lead(repository) {
        const folder = join("objects", other.head().slice(0, 2));
        link(join(repository.path, folder), join(other.path, folder));
      },
    },
    {
      title: "links for each file of a pack",
      lead(repository) {
        other.git("gc", "-q");
        const pack = join(other.path, "objects/pack");
        for (const name of readdirSync(pack)) symlinkSync(join(pack, name), join(repository.path, "objects/pack", name));
      },
    },
    {
      title: "links for each file of a pack, with names that are no UTF-8",
      lead(repository) {
        other.git("gc", "-q");
        const pack = join(other.path, "objects/pack");
        for (const name of readdirSync(pack)) {
          symlinkSync(join(pack, name), unreadable(join(repository.path, "objects/pack", name.replace(/^pack-.*(?=\.)/, "pack-%"))));
        }
      },
    },
    { title: "objects of others", lead: (repository) => alternates(repository, `${join(other.path, "objects")}\n`) },
    {
      title: "objects of others by the way",
      lead: (repository) => alternates(repository, `${relative(join(repository.path, "objects"), join(other.path, "objects"))}\n`),
    },
    { title: "objects of others in quotes", lead: (repository) => alternates(repository, `"${join(other.path, "objects")}"\n`) },
    {
      title: "objects of others that borrow in turn",
      lead(repository) {
        const between = made(rig.folder, "between", "--bare");
        alternates(between, `${join(other.path, "objects")}\n`);
        alternates(repository, `../../between/objects\n`);
      },
    },
    {
      title: "objects of others through a link",
      lead(repository) {
        symlinkSync(outside.path, join(rig.folder.path, "way"));
        alternates(repository, `${join(rig.folder.path, "way/other/objects")}\n`);
      },
    },
    {
      title: "a list of others that is a link",
      lead(repository) {
        writeFileSync(join(outside.path, "list"), `${join(other.path, "objects")}\n`);
        link(join(repository.path, "objects/info/alternates"), join(outside.path, "list"));
      },
    },
    { title: "a link for refs", lead: ({ path }) => link(join(path, "refs"), join(other.path, "refs")) },
    { title: "a link for branches", lead: ({ path }) => link(join(path, "refs/heads"), join(other.path, "refs/heads")) },
    { title: "a link for packed refs", lead: ({ path }) => link(join(path, "packed-refs"), join(other.path, "HEAD")) },
    { title: "a link for HEAD", lead: ({ path }) => link(join(path, "HEAD"), join(other.path, "refs/heads/main")) },
    {
      title: "a folder whose name is no UTF-8, where what it is read as is a link",
      lead: ({ path }) => doubled(path, "refs/heads", join(other.path, "refs/heads")),
    },
    {
      title: "such a folder that holds packed refs",
      lead({ path }) {
        other.git("pack-refs", "--all");
        doubled(path, "inner", other.path);
        writeFileSync(unreadable(join(path, "%/packed-refs")), "");
        link(join(path, "packed-refs"), join(path, "inner/packed-refs"));
      },
    },
    {
      title: "a link for where its history ends",
      lead: ({ path }) => link(join(path, "shallow"), join(other.path, "refs/heads/main")),
    },
  ];

  it.each(leads)("by $title", async ({ lead }) => {
    const repository = made(rig.folder, "app", "--bare");
    point(repository);
    const elsewhere = lead(repository);

    const failure: unknown = await rig.read(typeof elsewhere === "string" ? elsewhere : repository.path).catch((error: unknown) => error);

    expect(failure).toMatchObject({ code: "HS_REMOTE_ERROR", isTransient: false });
    const { message } = failure as Error;
    expect(message).toMatch(/leads out of|in an unusual way/);
    expect(message).not.toContain(outside.path);
    expect(message).not.toContain(secret);
  });

  it("by a name in its folder that is read as another's", async () => {
    doubled(rig.folder.folder("inside"), "way", outside.path);

    expect(await rig.list(undefined, "5")).toEqual([]);
  });

  it("by a link for one branch: that one is passed over", async () => {
    const repository = made(rig.folder, "app", "--bare");
    link(join(repository.path, "refs/heads/linked"), join(other.path, "refs/heads/main"));
    link(join(repository.path, "refs/tags/linked"), join(other.path, "refs/heads"));

    expect((await rig.read(repository.path)).last).toMatchObject({ allBranches: ["main"], allTags: [] });
  });

  it("by what was good when it was read last, or when a run began", async () => {
    const repository = rig.folder.init("app", "--bare");
    repository.commit(...Array.from({ length: 1_200 }, (_, index) => ({ branch: "main", message: `PLAY-${index}` })));
    const slices = rig.slices(repository.path)[Symbol.asyncIterator]();
    await slices.next();
    const { cursor } = await rig.readSlices(repository.path, 1);
    renameSync(join(repository.path, "objects"), join(repository.path, "objects-before"));
    symlinkSync(join(other.path, "objects"), join(repository.path, "objects"));

    await expect(slices.next()).rejects.toThrow("leads out of");
    await expect(rig.read(repository.path, cursor)).rejects.toThrow("leads out of");
  });

  it("by a ref whose name is a path", async () => {
    const repository = made(rig.folder, "app", "--bare");
    writeFileSync(join(repository.path, "refs/heads/x"), `ref: ../../../../${relative("/", join(other.path, "refs/heads/main"))}\n`);
    writeFileSync(join(repository.path, "packed-refs"), `${repository.head()} refs/heads/../../x\n`);

    expect((await rig.read(repository.path)).commits.map(({ message }) => message)).toEqual(messages);
  });

  function dotGitFile(text: string): string {
    writeFileSync(join(rig.folder.folder("tree"), ".git"), text);
    return join(rig.folder.path, "tree");
  }
});
