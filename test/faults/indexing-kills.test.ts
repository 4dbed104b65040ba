import { appendFileSync, chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { countDevinfo, devinfoOfGit, readByGit, storedDevinfo, type GitContent } from "../support/git-devinfo.js";
import { largeHistory, RepositoryFolder, type TestRepository } from "../support/git-repositories.js";
import { IndexingServer, type IndexAnswer, type ListedRepository } from "../support/indexing-server.js";
import { poll } from "../support/poll.js";

// A folder with real repositories is indexed by a real process, which is ended by SIGKILL again and again. What is stored is compared with what
// git itself says.

const commits = 2_000;
/** A start takes seconds where other tests run beside it. */
const lifeMs = 24_000;
const indexingMs = 60_000;

let folder: RepositoryFolder;
let outside: RepositoryFolder;
let server: IndexingServer;
let repositories: ReadonlyMap<string, TestRepository>;

beforeEach(async () => {
  folder = new RepositoryFolder();
  outside = new RepositoryFolder();
  repositories = new Map([
    ["door", createRepository("door", "PLAY")],
    ["lamp", createRepository("lamp", "WEB")],
    ["window", createRepository("window", "OPS", "--bare")],
  ]);
  server = await IndexingServer.create(folder.path);
});

afterEach(async () => {
  await server.remove();
  folder.remove();
  outside.remove();
});

/** `main` and fifty branches that are named after issues. */
function createRepository(name: string, project: string, ...options: readonly string[]): TestRepository {
  const repository = folder.init(name, ...options);
  const last = [
    { branch: "main", message: "Names no issue" },
    { branch: "main", message: "PLAY-7 and OPS-8 at once", author: "Zoë Ωmega <zoe@example.org> 1700009000 +0200" },
    { branch: "main", message: "Merged", merge: [`feature/${project}-1`] },
  ];
  repository.commit(...largeHistory(commits - last.length, project), ...last);
  repository.git("tag", "v1", "refs/heads/main");
  return repository;
}

function contents(): ReadonlyMap<string, GitContent> {
  return new Map([...repositories].map(([name, repository]) => [name, readByGit(repository)]));
}

type Records = readonly (readonly [key: string, value: string])[];

/** @param found what git says, by name of the repository */
function compare(records: Records, found: ReadonlyMap<string, GitContent>) {
  const stored = storedDevinfo(records);
  const expected = new Map(
    [...idsByName(records)].flatMap(([name, id]) => {
      const content = found.get(name);
      return content === undefined ? [] : [...devinfoOfGit(id, name, content)];
    }),
  );
  const few = (keys: readonly string[]): readonly string[] => keys.slice(0, 5);
  return {
    lost: few([...expected.keys()].filter((key) => !stored.has(key))),
    unknown: few([...stored.keys()].filter((key) => !expected.has(key))),
    different: few([...stored.keys()].filter((key) => expected.has(key) && !isSame(stored.get(key), expected.get(key)))),
    count: stored.size,
  };
}

const everything = { lost: [], unknown: [], different: [] };

/** Members that are undefined are none. */
function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(asJson(one), asJson(other));
}

function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

const repositoryPrefix = "!repositories!repository ";

function idsByName(records: Records): ReadonlyMap<string, number> {
  const own = records.filter(([key]) => key.startsWith(repositoryPrefix));
  // Written by the store of repositories.
  const stored = own.map(([, value]) => JSON.parse(value) as { readonly id: number; readonly hosted: { readonly name: string } });
  return new Map(stored.map(({ id, hosted }) => [hosted.name, id]));
}

function countsOf({ name, commits: read, branches, tags, pullRequests }: ListedRepository) {
  return [name, { commits: read, branches, tags, pullRequests }];
}

function countsByGit(found: ReadonlyMap<string, GitContent>) {
  return [...found].map(([name, { commits: all, branches, tags }]) => [
    name,
    { commits: all.length, branches: branches.length, tags, pullRequests: 0 },
  ]);
}

async function untilFinished(of: string): Promise<readonly IndexAnswer[]> {
  const answers: IndexAnswer[] = [];
  const isFinished = async (): Promise<true | undefined> => {
    const answer = await server.progress(of);
    answers.push(answer);
    return answer.finished ? true : undefined;
  };
  await poll(isFinished, { what: `${of} is finished`, timeoutMs: indexingMs, everyMs: 5 });
  return answers;
}

/** A process that nobody asks for anything goes on by itself. */
function untilIndexed(): Promise<readonly ListedRepository[]> {
  const areIndexed = async (): Promise<readonly ListedRepository[] | undefined> => {
    const listed = await server.repositories();
    const areAll = listed.length === repositories.size && listed.every((each) => each.lastIndexedDate !== undefined && !each.indexing);
    return areAll ? listed : undefined;
  };
  return poll(areIndexed, { what: "everything is indexed", timeoutMs: indexingMs });
}

const readLine = "A repository was read";

/** By repository, from so many lines of the log on. */
function commitsRead(from = 0): Readonly<Record<string, number>> {
  const read: Record<string, number> = {};
  for (const { name, commitsRead: count } of server.logged(readLine).slice(from))
    read[String(name)] = (read[String(name)] ?? 0) + Number(count);
  return read;
}

const removalLine = "What was read of removed repositories is deleted";

/** Of repositories that are removed, and whose removal is not at its end. */
function hasMarks(records: Records): boolean {
  return records.some(([key]) => key.startsWith("!repositories!"));
}

function repositoriesCleaned(): number {
  return server.logged("Deleted development information is cleaned away").reduce((sum, { repositories: count }) => sum + Number(count), 0);
}

describe("a tracked folder with three repositories of 2,000 commits", () => {
  it("is read once, then only what is new, and what is hostile in it runs nothing and leads nowhere", { timeout: 120_000 }, async () => {
    const hostile = createHostile();
    createAstray();
    const before = new Map([...contents(), ["hostile", readByGit(hostile.repository)]]);
    hostile.plant();
    await server.start();

    const integrationId = await server.register();
    const answers = await untilFinished(`repoId=${integrationId}`);

    expect(answers.some(({ messages }) => Object.values(messages).some((percent) => percent > 0 && percent < 100))).toBe(true);
    expect(answers.at(-1)).toEqual({
      ...{ success: true, finished: true, threadId: expect.any(String), lastOperationPercent: 100 },
      messages: Object.fromEntries(["astray", "door", "hostile", "lamp", "window"].map((name) => [`Indexing ${name}`, 100])),
      errors: { astray: expect.stringContaining("leads out of") },
    });
    expect(commitsRead()).toEqual({ door: commits, lamp: commits, window: commits, hostile: 3 });

    addTenCommits();
    const after = new Map([...contents(), ["hostile", before.get("hostile") ?? expect.fail()]]);
    const lines = server.logged(readLine).length;
    await untilFinished(`threadId=${await server.reindex()}`);

    expect(commitsRead(lines)).toEqual({ door: 4, lamp: 3, window: 3, hostile: 0 });
    const listed = await server.repositories();
    expect(listed.filter(({ name }) => name !== "astray").map(countsOf)).toEqual(expect.arrayContaining(countsByGit(after)));
    expect(listed).toHaveLength(after.size + 1);
    expect(await server.stop()).toBe(0);
    const records = await server.records();
    expect(compare(records, after)).toMatchObject(everything);
    const texts = [server.log, ...records.map(([key, value]) => key + value)];
    expect(texts.filter((text) => text.includes(outsideText) || text.includes(outside.path))).toEqual([]);
    expect(hostile.ran()).toEqual([]);
    hostile.use();
    expect(hostile.ran()).toEqual(programs);
  });

  it("is read whole, and nothing of it twice, however often the process is killed", { timeout: 8 * lifeMs }, async () => {
    const found = contents();
    await server.start();
    await server.register();
    const counts: number[] = [];

    // How many bytes are written before the kill, of about four million: at first none, so not even the repositories are listed for sure.
    for (const bytes of [0, 50_000, 300_000, 600_000, 150_000]) {
      if (counts.length > 0) await server.launch();
      await server.killAfterWriting(bytes);
      const { count, ...differences } = compare(await server.records(), found);
      expect(differences).toMatchObject({ unknown: [], different: [] });
      counts.push(count);
    }
    await server.start();
    const listed = await untilIndexed();

    expect(listed.map(countsOf)).toEqual(expect.arrayContaining(countsByGit(found)));
    expect(await server.stop()).toBe(0);
    const { count, ...differences } = compare(await server.records(), found);
    expect(differences).toEqual(everything);
    expect(counts).toEqual([...counts].sort((one, other) => one - other));
    // Four of them on a machine that is not busy.
    expect(counts.filter((each) => each > 0 && each < count).length, "kills in the middle").toBeGreaterThanOrEqual(2);
    const readAtLast = Object.values(commitsRead()).reduce((sum, each) => sum + each, 0);
    expect(readAtLast).toBeLessThan(repositories.size * commits);
  });

  it("leaves nothing behind when its integration is removed and the process is killed meanwhile", { timeout: 5 * lifeMs }, async () => {
    await server.start();
    const integrationId = await server.register();
    await untilIndexed();
    await server.unregister(integrationId);
    await server.kill();
    const whole = countDevinfo(await server.records());

    await server.launch();
    await server.killAfterWriting(150_000);
    const killed = await server.records();
    const rest = countDevinfo(killed);
    await server.start();
    expect(await server.repositories()).toEqual([]);
    const isDeleted = async () => (hasMarks(killed) ? server.logged(removalLine).at(0) : {});
    await poll(isDeleted, { what: "everything is deleted", timeoutMs: indexingMs });
    const isCleaned = async () => (repositoriesCleaned() === rest.repositories ? true : undefined);
    await poll(isCleaned, { what: "everything is cleaned away", timeoutMs: indexingMs });
    expect(await server.stop()).toBe(0);

    expect(rest.entities).toBeGreaterThan(0);
    expect(rest.entities).toBeLessThan(whole.entities);
    const records = await server.records();
    expect([storedDevinfo(records).size, countDevinfo(records)]).toEqual([0, { repositories: 0, entities: 0 }]);
    expect(records.filter(([key, value]) => key.startsWith("!repositories!") || (key + value).includes(folder.path))).toEqual([]);
    expect(records.filter(([key]) => key.startsWith("!git-integrations!")).map(([key]) => key)).toEqual(["!git-integrations!next"]);
  });
});

function addTenCommits(): void {
  const more = (branch: string, project: string, count: number, from?: string) =>
    Array.from({ length: count }, (_, index) => ({
      ...{ branch, message: `${project}-${900 + index} came later` },
      ...(index === 0 && from !== undefined ? { from } : {}),
    }));
  repositories.get("door")?.commit(...more("main", "PLAY", 3), { branch: "main", message: "Names no issue either" });
  repositories.get("lamp")?.commit(...more("feature/WEB-1", "WEB", 3));
  repositories.get("window")?.commit(...more("feature/OPS-900", "OPS", 3, "main"));
}

const outsideText = "planted outside";
/** What a repository may name; each leaves a mark when it is run. */
const programs = ["fsmonitor", "gpg", "pre-commit", "ssh"];

/** Its `.git` is a file that names a repository outside of the folder. */
function createAstray(): void {
  const other = outside.init("other");
  other.commit({ branch: "main", message: `PLAY-1 ${outsideText}` });
  plant(other);
  writeFileSync(join(folder.folder("astray"), ".git"), `gitdir: ${join(other.path, ".git")}\n`);
}

/** One in which everything that git would do for a person starts a program. */
function createHostile() {
  const repository = folder.init("hostile");
  repository.commit(...["PLAY-1", "PLAY-2", "PLAY-3"].map((message) => ({ branch: "main", message })));
  const signed = repository.git("cat-file", "commit", "main").replace("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n\n");
  repository.git("update-ref", "refs/heads/main", repository.feed(`${signed}\n`, "hash-object", "-t", "commit", "-w", "--stdin"));
  return {
    repository,
    plant: () => plant(repository),
    ran: () => readdirSync(outside.folder("marks")).sort(),
    use() {
      for (const command of [["status"], ["log", "-1", "main"], ["fetch", "origin"], ["commit", "--allow-empty", "-m", "x"]]) {
        try {
          repository.git(...command);
        } catch {
          // What the program says is no answer to git.
        }
      }
    },
  };
}

function plant({ path }: TestRepository): void {
  const [fsmonitor, gpg, , ssh] = programs.map((name) => writeProgram(outside.folder("programs"), name));
  const config = [
    ...["[core]", `fsmonitor = ${fsmonitor}`, `sshCommand = ${ssh}`, "[gpg]", `program = ${gpg}`, "[log]", "showSignature = true"],
    ...[`[remote "origin"]`, "url = ssh://remote.example.org/app", "fetch = +refs/heads/*:refs/heads/*"],
  ];
  appendFileSync(join(path, ".git/config"), `${config.join("\n")}\n`);
  mkdirSync(join(path, ".git/hooks"), { recursive: true });
  writeProgram(join(path, ".git/hooks"), "pre-commit");
}

function writeProgram(place: string, name: string): string {
  const file = join(place, name);
  writeFileSync(file, `#!/bin/sh\n: > ${join(outside.folder("marks"), name)}\n`);
  chmodSync(file, 0o755);
  return file;
}
