import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { DemoFailure } from "./failure.js";

const repository = join(import.meta.dirname, "../..");

/** Builds the product unless what is built is newer than all that it is made of. @throws DemoFailure with the build's words */
export async function buildIfStale(progress: (line: string) => void): Promise<void> {
  const made = await Promise.all(["package.json", "tsconfig.json", "scripts/build.ts"].map((name) => timeOf(join(repository, name))));
  if (Math.max(await newest(join(repository, "src")), ...made) < (await timeOf(join(repository, "dist/main.js")))) return;
  progress("Building Switchboard …");
  try {
    await promisify(execFile)("npm", ["run", "--silent", "build"], { cwd: repository });
  } catch (error) {
    throw new DemoFailure("Switchboard does not build.", { cause: error, details: outputOf(error) });
  }
}

/** Milliseconds of the youngest file below a folder, or of a folder itself, which is younger than what was removed from it. */
async function newest(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const times = await Promise.all([folder, ...entries.map((entry) => join(entry.parentPath, entry.name))].map(timeOf));
  return Math.max(...times);
}

/** 0 for what is not there. */
async function timeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found?.mtimeMs ?? 0;
}

function outputOf(error: unknown): string {
  const parts = error instanceof Error ? (["stdout", "stderr"] as const).map((name) => Reflect.get(error, name) as unknown) : [];
  return parts.filter((part) => typeof part === "string").join("");
}
