import { spawn, type ChildProcess } from "node:child_process";
import { RemoteError } from "../../core/errors.js";
import type { Clock } from "../../shared/clock.js";
import { brokenRepository, codeOf } from "./failures.js";
import { cleanLine, decodeText } from "./text.js";
import { Turns } from "./turns.js";

/**
 * Runs git, which reads files that somebody may have made to harm us: some fields of a repository's configuration name programs, and so do
 * hooks, attributes and remotes. Therefore
 *
 * - it is shown a folder of ours as the repository, with configuration of ours, and the real folder of objects and nothing else. No
 *   configuration, hook, ref, graft, replacement or work tree of the repository's is ever read by it;
 * - only commands run that print objects, without a shell; what they are to print comes over standard input, as hashes that we checked;
 * - its environment is ours, with no configuration of the system or of a user, and no protocol allowed: what a partial clone lacks is missing;
 * - the folders of objects are checked right before it starts, when its turn has come;
 * - it takes no more than a share of memory at once, and of time, and ends with us.
 */
export class GitProgram {
  readonly #clock: Pick<Clock, "after">;
  readonly #turns = new Turns(mostAtOnce);
  readonly #program: string;
  readonly #timeLimitMs: number;

  constructor(clock: Pick<Clock, "after">, { program = "git", timeLimitMs = usualTimeLimitMs }: GitProgramOptions = {}) {
    this.#clock = clock;
    this.#program = program;
    this.#timeLimitMs = timeLimitMs;
  }

  /** What it prints. @throws RemoteError when it fails, or what the signal was aborted with */
  async *run({ command, input, place, signal }: GitRun): AsyncGenerator<Buffer> {
    const end = await this.#turns.take(signal);
    try {
      const objects = await place.check();
      signal.throwIfAborted();
      yield* this.#listen(this.#start(command, place.folder, objects), input, signal);
    } finally {
      end();
    }
  }

  #start(command: readonly string[], folder: string, objects: string): ChildProcess {
    return spawn(this.#program, [...settings(folder), ...command], {
      cwd: folder,
      env: environment(folder, objects),
      // In a process group of its own, which is ended as a whole.
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
  }

  async *#listen(git: ChildProcess, input: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    const ending = endingOf(git);
    const overdue = new AbortController();
    const stop = (): void => endGroup(git);
    const callOff = this.#clock.after(this.#timeLimitMs, () => {
      overdue.abort();
      stop();
    });
    signal.addEventListener("abort", stop, { once: true });
    try {
      // It may end before it has read everything; why, its exit code says.
      git.stdin?.on("error", () => undefined).end(input);
      for await (const chunk of git.stdout ?? []) yield Buffer.from(chunk as Uint8Array); // No encoding is set, so these are bytes.
      const { failure, complaint, code } = await ending;
      signal.throwIfAborted();
      if (overdue.signal.aborted) throw brokenRepository(`git took longer than ${this.#timeLimitMs / 60_000} minutes`);
      if (failure !== undefined) throw explainStart(failure);
      if (code !== 0) throw brokenRepository("git cannot read its history: it is damaged, or incomplete", new Error(complaint));
    } finally {
      callOff();
      signal.removeEventListener("abort", stop);
      stop();
      await ending;
    }
  }
}

export interface GitRun {
  readonly command: readonly string[];
  /** Lines of hashes. */
  readonly input: string;
  readonly place: GitPlace;
  readonly signal: AbortSignal;
}

/** What git is shown. */
export interface GitPlace {
  /** Ours: stands for the repository. */
  readonly folder: string;
  /** Judges all that git will read. @returns the real folder of objects. @throws RemoteError */
  check(): Promise<string>;
}

export interface GitProgramOptions {
  readonly program?: string;
  readonly timeLimitMs?: number;
}

const mostAtOnce = 2;
/** Whoever reads waits ten minutes for a slice. */
const usualTimeLimitMs = 8 * 60_000;
const complaintBytes = 4096;

/** Where the program is looked for. What it would start itself it takes from its own folders, and it is not to start anything. */
const programFolders = "/usr/local/bin:/usr/bin:/bin";

/** A commit may unpack to far more than it takes on disk. */
const allocationLimit = "128m";

/** Over those in the folder's own file, for it is of the command line that git asks what is safe. */
function settings(folder: string): readonly string[] {
  return ["--no-pager", "--no-replace-objects", "-c", `safe.directory=${folder}`, "-c", "protocol.allow=never"];
}

function environment(folder: string, objects: string): NodeJS.ProcessEnv {
  return {
    PATH: programFolders,
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_DIR: folder,
    GIT_OBJECT_DIRECTORY: objects,
    GIT_CEILING_DIRECTORIES: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    // Older versions do not know it; without a remote that promised objects they fetch none either, and no protocol is allowed.
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_ALLOC_LIMIT: allocationLimit,
  };
}

interface Ending {
  readonly code: number | null;
  /** What it printed about what went wrong: for the log alone. */
  readonly complaint: string;
  /** Why it did not even start. */
  readonly failure: Error | undefined;
}

/** Where the system has no more files for us there are no streams; why, is told all the same. */
function endingOf(git: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    let failure: Error | undefined;
    let complaint = Buffer.alloc(0);
    git.stderr?.on("data", (chunk: Buffer) => {
      if (complaint.length < complaintBytes) complaint = Buffer.concat([complaint, chunk]);
    });
    git.once("error", (error) => {
      failure = error;
    });
    git.once("close", (code) => resolve({ code, failure, complaint: cleanLine(decodeText(complaint)) }));
  });
}

function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // It ended meanwhile; of what ended and was not buried yet macOS says EPERM.
    if (!["ESRCH", "EPERM"].includes(codeOf(error) ?? "")) throw error;
  }
}

function explainStart(failure: Error): RemoteError {
  const what = codeOf(failure) === "ENOENT" ? "the program git is not installed" : "the program git could not be started";
  return new RemoteError(what, { cause: failure });
}
