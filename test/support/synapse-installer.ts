import { spawn } from "node:child_process";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The homeserver that tests and demo run against. */
export const synapseVersion = "1.163.2";

const scratchFolder = join(import.meta.dirname, "../../.scratch");
const environmentFolder = join(scratchFolder, "synapse-venv");
const lockFile = join(scratchFolder, "synapse-venv.lock");
const markerFile = join(environmentFolder, "switchboard-installed");
const lockPollMs = 500;

/** Told what is going on, a line at a time. */
export type Progress = (line: string) => void;

/**
 * Installs Synapse from PyPI into a virtual environment in the scratch folder, once: a marker says that it is complete,
 * and a lock keeps a second process from installing at the same time.
 * @returns the path of the environment's Python
 * @throws Error with a sentence that says what is missing
 */
export async function installSynapse(progress: Progress): Promise<string> {
  const python = join(environmentFolder, "bin/python");
  if (await isInstalled()) return python;
  await mkdir(scratchFolder, { recursive: true });
  await withLock(progress, async () => {
    if (await isInstalled()) return;
    await install(python, progress);
  });
  return python;
}

async function isInstalled(): Promise<boolean> {
  return (await readFile(markerFile, "utf8").catch(() => "")) === synapseVersion;
}

async function install(python: string, progress: Progress): Promise<void> {
  progress(`Installing Synapse ${synapseVersion} (once; about a minute) …`);
  await rm(environmentFolder, { recursive: true, force: true });
  await requirePython();
  await run("python3", ["-m", "venv", environmentFolder], progress).catch((cause: unknown) => {
    throw new Error("Python cannot make virtual environments: install its venv and pip modules (Debian: apt install python3-venv).", {
      cause,
    });
  });
  const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--prefer-binary", `matrix-synapse==${synapseVersion}`];
  await run(python, pip, (line) => {
    const [, name] = /^(?:Collecting|Downloading|Installing collected packages:?) ?(\S*)/.exec(line) ?? [];
    if (name !== undefined) progress(`Installing Synapse: ${name}`);
  }).catch((cause: unknown) => {
    const reason = `pip could not install matrix-synapse ${synapseVersion}: ${lastLine(cause)}`;
    throw new Error(`${reason} Is the Python package index (PyPI, or the one that pip is configured for) within reach?`, { cause });
  });
  await writeFile(markerFile, synapseVersion);
  progress("Synapse is installed.");
}

async function requirePython(): Promise<void> {
  const check = "import sys; sys.exit(0 if sys.version_info >= (3, 10) else 1)";
  await run("python3", ["-c", check], () => undefined).catch((cause: unknown) => {
    throw new Error("Synapse needs Python 3.10 or newer, called python3, in the path.", { cause });
  });
}

/** Runs a program to its end. @throws Error with its last lines when it fails */
function run(program: string, parameters: readonly string[], onLine: Progress): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: ["ignore", "pipe", "pipe"] });
    const lines: string[] = [];
    // An interrupted installation must not go on behind the next one.
    const end = (): void => void child.kill();
    process.once("exit", end);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines.push(line);
        onLine(line);
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      process.off("exit", end);
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${code ?? "a signal"}: ${lines.slice(-5).join("\n")}`));
    });
  });
}

function lastLine(cause: unknown): string {
  const line = cause instanceof Error ? (cause.message.trim().split("\n").at(-1) ?? "") : String(cause);
  return line.endsWith(".") ? line : `${line}.`;
}

/** The lock is a file with our process id; one whose process is gone is taken over. */
async function withLock(progress: Progress, task: () => Promise<void>): Promise<void> {
  for (let told = false; !(await tryLock());) {
    if (!told) progress("Another process is installing Synapse; waiting for it …");
    told = true;
    await new Promise((resolve) => setTimeout(resolve, lockPollMs));
  }
  try {
    await task();
  } finally {
    await rm(lockFile, { force: true });
  }
}

async function tryLock(): Promise<boolean> {
  try {
    const file = await open(lockFile, "wx");
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch {
    const holder = Number(await readFile(lockFile, "utf8").catch(() => "0"));
    if (holder > 0 && !isAlive(holder)) await rm(lockFile, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
