import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RepositoryFolder } from "../../../test/support/git-repositories.js";
import { ManualClock } from "../../../test/support/manual-clock.js";
import { poll } from "../../../test/support/poll.js";
import { GitProgram, type GitRun } from "./git-program.js";

let folder: RepositoryFolder;
let clock: ManualClock;
beforeEach(() => {
  folder = new RepositoryFolder();
  clock = new ManualClock();
});
afterEach(() => folder.remove());

/** A program that stands for git. */
function programOf(script: string): GitProgram {
  const path = join(folder.path, "program");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return new GitProgram(clock, { program: path, timeLimitMs: 60_000 });
}

function runOf(input = "", signal = new AbortController().signal, check = async (): Promise<string> => "/objects"): GitRun {
  return { command: ["rev-list", "--stdin"], input, place: { folder: folder.path, check }, signal };
}

async function printed(program: GitProgram, run = runOf()): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of program.run(run)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** What has ended may lie in the table of processes until its parent, which may be anybody, asks for its end. */
const isAlive = (pid: number): boolean => {
  try {
    return existsSync(`/proc/${pid}/stat`) ? !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")) : process.kill(pid, 0);
  } catch {
    return false;
  }
};

function until(what: string, isSo: () => boolean): Promise<true> {
  return poll(async () => isSo() || undefined, { what, timeoutMs: 5_000 });
}

async function pidIn(path: string): Promise<number> {
  await until("a program that tells its id", () => existsSync(path) && readFileSync(path, "utf8").endsWith("\n"));
  return Number(readFileSync(path, "utf8"));
}

describe("the git program", () => {
  it("is started without a shell, with our environment and no other, and is told what to print over standard input", async () => {
    const output = await printed(programOf('env | sort; echo "[$*]"; cat; pwd'), runOf("$(touch x); `touch y`\n"));

    const own = folder.path;
    expect(output.split("\n").filter((line) => !/^(_|PWD|OLDPWD|SHLVL)=/.test(line))).toEqual([
      ...["GIT_ALLOC_LIMIT=128m", "GIT_ALLOW_PROTOCOL=", "GIT_ATTR_NOSYSTEM=1", `GIT_CEILING_DIRECTORIES=${own}`],
      ...["GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_SYSTEM=/dev/null", `GIT_DIR=${own}`],
      ...["GIT_NO_LAZY_FETCH=1", "GIT_NO_REPLACE_OBJECTS=1", "GIT_OBJECT_DIRECTORY=/objects", "GIT_OPTIONAL_LOCKS=0"],
      ...["GIT_TERMINAL_PROMPT=0", "HOME=/nonexistent", "LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin"],
      `[--no-pager --no-replace-objects -c safe.directory=${own} -c protocol.allow=never rev-list --stdin]`,
      ...["$(touch x); `touch y`", own, ""],
    ]);
  });

  it("is not started where what it would read is not good", async () => {
    const refused = runOf("", undefined, () => Promise.reject(new Error("leads out")));

    await expect(printed(programOf(`touch ${folder.path}/ran`), refused)).rejects.toThrow("leads out");
    expect(existsSync(join(folder.path, "ran"))).toBe(false);
  });

  it("says in our words that it failed; its own are for the log", async () => {
    const failure: unknown = await printed(programOf("echo some; printf 'fatal: \\033[31mbad\\nobject' >&2; exit 128")).catch(
      (error: unknown) => error,
    );

    expect(failure).toMatchObject({ message: "git cannot read its history: it is damaged, or incomplete", isTransient: false });
    expect((failure as Error).cause).toMatchObject({ message: "fatal:  [31mbad object" });
  });

  it("says that it is not installed, and that it cannot be started", async () => {
    const program = programOf("");
    chmodSync(join(folder.path, "program"), 0o600);

    await expect(printed(new GitProgram(clock, { program: "no-such-program" }))).rejects.toThrow("the program git is not installed");
    await expect(printed(program)).rejects.toThrow("the program git could not be started");
  });

  it("may complain without end, and end before it was told everything", async () => {
    expect(await printed(programOf("head -c 1000000 /dev/zero >&2; echo done"), runOf("x\n".repeat(1_000_000)))).toBe("done\n");
  });

  const endings = [
    { title: "takes too long", end: (): Promise<void> => clock.advance(60_000), says: "git took longer than 1 minutes" },
    {
      title: "is called off",
      end: async (calling: AbortController): Promise<void> => calling.abort(new Error("called off")),
      says: "called off",
    },
  ];
  it.each(endings)("is ended with all that it started when it $title", async ({ end, says }) => {
    const calling = new AbortController();
    const program = programOf(`sleep 600 & echo $! > ${folder.path}/inner; echo $$ > ${folder.path}/outer; wait`);
    const ended = expect(printed(program, runOf("", calling.signal))).rejects.toThrow(says);
    const pids = [await pidIn(join(folder.path, "outer")), await pidIn(join(folder.path, "inner"))];

    await end(calling);

    await ended;
    await until("the end of both", () => !pids.some(isAlive));
  });

  it("is ended when nobody wants more of what it prints", async () => {
    const program = programOf(`echo $$ > ${folder.path}/outer; exec yes`);

    for await (const chunk of program.run(runOf())) if (chunk.length > 0) break;

    const pid = await pidIn(join(folder.path, "outer"));
    await until("its end", () => !isAlive(pid));
    expect(clock.pendingTimers).toBe(0);
  });

  it("runs twice at a time, the others in their turn, and who leaves the line holds up nobody", async () => {
    const program = programOf(
      `echo x >> ${folder.path}/begun; cat > /dev/null; while [ ! -e ${folder.path}/go ]; do sleep 0.02; done; echo ok`,
    );
    const leaving = new AbortController();
    const begun = (): number => (existsSync(join(folder.path, "begun")) ? readFileSync(join(folder.path, "begun"), "utf8").length / 2 : 0);

    const runs = [printed(program), printed(program)];
    await until("two that run", () => begun() === 2);
    const left = printed(program, runOf("", leaving.signal));
    const third = printed(program);
    leaving.abort(new Error("left"));

    await expect(left).rejects.toThrow("left");
    expect(begun()).toBe(2);
    writeFileSync(join(folder.path, "go"), "");
    expect(await Promise.all([...runs, third])).toEqual(["ok\n", "ok\n", "ok\n"]);
    expect(begun()).toBe(3);
    await expect(printed(program, runOf("", AbortSignal.abort(new Error("over"))))).rejects.toThrow("over");
  });
});
