import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for real repositories, made by the git of this machine and not by its owner's settings. */
export class RepositoryFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), "repositories-")));

  /** A new repository. @param options further ones of `git init`, such as `--bare` */
  init(name: string, ...options: readonly string[]): TestRepository {
    const path = join(this.path, name);
    mkdirSync(path, { recursive: true });
    runGit(path, ["init", "-q", "-b", "main", ...options]);
    return new TestRepository(path);
  }

  folder(name: string): string {
    const path = join(this.path, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** One commit on a branch, made upon what the branch stands on. */
export interface TestCommit {
  readonly branch: string;
  readonly message: string | Buffer;
  /** `Ada <ada@example.org> 1700000000 +0000` unless given. */
  readonly author?: string;
  /** What it is made upon instead: a branch, or the commit of that index among those of the same call. */
  readonly from?: string | number;
  /** Branches that are merged. */
  readonly merge?: readonly string[];
}

export class TestRepository {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  git(...command: readonly string[]): string {
    return runGit(this.path, command).toString("utf8").trim();
  }

  /** What a command prints when it is given something. */
  feed(input: string | Buffer, ...command: readonly string[]): string {
    return runGit(this.path, command, input).toString("utf8").trim();
  }

  /** Thousands take less than a second. */
  commit(...commits: readonly TestCommit[]): void {
    const begun = new Set<string>();
    const stream = commits.map((commit, index) => {
      const part = this.#toStream(commit, index, begun);
      begun.add(commit.branch);
      return part;
    });
    runGit(this.path, ["fast-import", "--quiet", "--force"], Buffer.concat(stream));
  }

  head(branch = "main"): string {
    return this.git("rev-parse", `refs/heads/${branch}`);
  }

  /** As git itself lists them: what our own reading is measured by. */
  history(...from: readonly string[]): readonly string[] {
    return this.git("rev-list", ...(from.length === 0 ? ["--branches"] : from))
      .split("\n")
      .filter((line) => line !== "");
  }

  #toStream(commit: TestCommit, index: number, begun: ReadonlySet<string>): Buffer {
    const { branch, message, author = "Ada <ada@example.org> 1700000000 +0000", merge = [] } = commit;
    const bytes = Buffer.from(message);
    const lines = [`commit refs/heads/${branch}`, `mark :${index + 1}`, `author ${author}`, `committer ${author}`, `data ${bytes.length}`];
    return Buffer.concat([
      Buffer.from(`${lines.join("\n")}\n`),
      bytes,
      Buffer.from(`\n${this.#parentOf(commit, begun)}${merge.map((other) => `merge ${nameOf(other, begun)}\n`).join("")}\n`),
    ]);
  }

  #parentOf({ branch, from }: TestCommit, begun: ReadonlySet<string>): string {
    if (typeof from === "number") return `from :${from + 1}\n`;
    if (from !== undefined) return `from ${nameOf(from, begun)}\n`;
    return begun.has(branch) || !this.#exists(branch) ? "" : `from ${nameOf(branch, begun)}\n`;
  }

  #exists(branch: string): boolean {
    return this.git("for-each-ref", "--format=x", `refs/heads/${branch}`) !== "";
  }
}

/** A history of so many commits, 50 branches among them, with issue keys in messages and names. */
export function largeHistory(commits: number, key = "PLAY", branches = 50): readonly TestCommit[] {
  const onBranches = branches * 4;
  return Array.from({ length: commits }, (_, index) => {
    const author = `Ada <ada@example.org> ${1_700_000_000 + index} +0000`;
    const message = `${key}-${(index % 100) + 1} change ${index}\n\nWhy it was made.\n`;
    const onMain = index < commits - onBranches;
    const number = index % branches;
    const isNew = !onMain && index < commits - onBranches + branches;
    const branch = onMain ? "main" : `feature/${key}-${number + 1}`;
    return { branch, message, author, ...(isNew ? { from: commits - onBranches - 1 - number } : {}) };
  });
}

/** As fast-import asks for it: what it does not know yet is resolved in the repository. */
function nameOf(branch: string, begun: ReadonlySet<string>): string {
  return begun.has(branch) ? `refs/heads/${branch}` : `refs/heads/${branch}^0`;
}

function runGit(cwd: string, command: readonly string[], input?: string | Buffer): Buffer {
  const env = {
    ...{ PATH: process.env["PATH"], HOME: cwd, LC_ALL: "C", GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
    ...{ GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.org", GIT_COMMITTER_NAME: "Ada", GIT_COMMITTER_EMAIL: "ada@example.org" },
  };
  return execFileSync("git", command, {
    cwd,
    env,
    maxBuffer: 1 << 30,
    stdio: ["pipe", "pipe", "pipe"],
    ...(input === undefined ? {} : { input }),
  });
}
