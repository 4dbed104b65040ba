import { drawBounds, isBelow, type Bounds } from "./bounds.js";
import { CommitList } from "./commit-list.js";
import { brokenRepository, explainFailure } from "./failures.js";
import { locateGitFolders, type GitFolders } from "./git-folders.js";
import type { GitProgram } from "./git-program.js";
import { checkObjectFolders } from "./object-folders.js";
import { followFolder } from "./origin.js";
import { createOwnFolder, readShallow, type OwnFolder } from "./own-folder.js";
import { parseCommit, type ParsedCommit } from "./parse-commit.js";
import { readObjects, type GitObject } from "./read-objects.js";
import { readRefs, type RepositoryRefs } from "./refs.js";

/** Of a commit. A longer message is cut. */
const keptBytes = 32 * 1024;

interface OpenRepositoryOptions {
  readonly root: string;
  /** Of the origin. */
  readonly folder: string;
  readonly trackedFolders: readonly string[];
  readonly git: GitProgram;
  readonly signal: AbortSignal;
}

/** A repository while it is read. To be closed. */
export class OpenRepository {
  readonly refs: RepositoryRefs;
  readonly #options: OpenRepositoryOptions;
  readonly #folders: GitFolders;
  readonly #own: OwnFolder;

  private constructor(options: OpenRepositoryOptions, folders: GitFolders, refs: RepositoryRefs, own: OwnFolder) {
    this.#options = options;
    this.#folders = folders;
    this.refs = refs;
    this.#own = own;
  }

  /** @throws RemoteError when it is none, is damaged, or leads out of the tracked folders */
  static async open(options: OpenRepositoryOptions): Promise<OpenRepository> {
    const { folders, refs, shallow } = await explained(inIt, async () => {
      const bounds = await drawBounds(options.trackedFolders);
      const located = await locate(options, bounds);
      // Before git looks at the objects: what a ref names was there first.
      const read = await readRefs(located, bounds);
      return { folders: located, refs: read, shallow: await readShallow(located, read.hashLength, bounds) };
    });
    const own = await explained(ours, () => createOwnFolder(refs.hashLength, shallow));
    return new OpenRepository(options, folders, refs, own);
  }

  /** Those that are there, and commits. */
  async commitsAmong(hashes: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for await (const { id, type } of this.#objects("--batch-check", hashes, 0)) if (type === "commit") found.add(id);
    return found;
  }

  /** In the order of the hashes, without those that are missing. */
  async *commits(hashes: readonly string[]): AsyncGenerator<ParsedCommit> {
    for await (const object of this.#objects("--batch", hashes, keptBytes)) if (object.type === "commit") yield parseCommit(object);
  }

  /** What is reached from some commits and not from others: each after those that it was made upon. To be closed. */
  async listCommits(from: readonly string[], without: Iterable<string>): Promise<CommitList> {
    const hashes = this.#walk(["--topo-order", "--reverse"], from, without);
    return explained(ours, () => CommitList.write(hashes, this.#own.path, this.refs.hashLength));
  }

  /** How many are reached. */
  async countCommits(from: readonly string[]): Promise<number> {
    const printed: Buffer[] = [];
    for await (const chunk of this.#walk(["--count"], from, [])) printed.push(chunk);
    return Number(Buffer.concat(printed).toString("latin1"));
  }

  async close(): Promise<void> {
    await this.#own.remove();
  }

  async *#objects(how: "--batch" | "--batch-check", hashes: readonly string[], keep: number): AsyncGenerator<GitObject> {
    if (hashes.length > 0) yield* readObjects(this.#git(["cat-file", how], hashes), keep);
  }

  #walk(how: readonly string[], from: readonly string[], without: Iterable<string>): AsyncGenerator<Buffer> {
    return this.#git(["rev-list", ...how, "--stdin"], [...from, ...Array.from(without, (hash) => `^${hash}`)]);
  }

  #git(command: readonly string[], lines: readonly string[]): AsyncGenerator<Buffer> {
    const { git, signal } = this.#options;
    const place = { folder: this.#own.path, check: () => this.#check() };
    return git.run({ command, input: lines.map((line) => `${line}\n`).join(""), place, signal });
  }

  async #check(): Promise<string> {
    return explained(inIt, async () => {
      const bounds = await drawBounds(this.#options.trackedFolders);
      const { objects } = await locate(this.#options, bounds);
      if (objects !== this.#folders.objects) throw brokenRepository("it was moved while it was read");
      await checkObjectFolders(objects, bounds);
      return objects;
    });
  }
}

async function locate({ root, folder }: OpenRepositoryOptions, bounds: Bounds): Promise<GitFolders> {
  const top = await followFolder(folder, bounds);
  if (!isBelow(await bounds.follow(root, "the folder"), top)) {
    throw brokenRepository(`it leads out of the folder \`${folder}\`, so it is not read`);
  }
  return locateGitFolders(root, bounds);
}

const inIt = "something in it";
const ours = "the folder for temporary files";

async function explained<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainFailure(error, place);
  }
}
