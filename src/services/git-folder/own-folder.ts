import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bounds } from "./bounds.js";
import type { GitFolders } from "./git-folders.js";

/** What git is shown instead of the repository: see `GitProgram`. For nobody but us, and only while a repository is read. */
export interface OwnFolder {
  readonly path: string;
  remove(): Promise<void>;
}

const shallowBytes = 16 * 1024 * 1024;

/** Where the history of a shallow clone ends. What is no hash would be an error to git. @throws RemoteError */
export async function readShallow({ common }: GitFolders, hashLength: number, bounds: Bounds): Promise<readonly string[]> {
  const lines = (await bounds.read(join(common, "shallow"), shallowBytes))?.toString("latin1").split("\n") ?? [];
  return lines.filter((line) => line.length === hashLength && /^[0-9a-f]+$/.test(line));
}

/** @param shallow see `readShallow` */
export async function createOwnFolder(hashLength: 40 | 64, shallow: readonly string[]): Promise<OwnFolder> {
  const path = await mkdtemp(join(tmpdir(), "switchboard-git-"));
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true });
  try {
    await mkdir(join(path, "refs"));
    await writeFile(join(path, "HEAD"), "ref: refs/heads/none\n");
    await writeFile(join(path, "config"), hashLength === 64 ? `${config(1)}[extensions]\n\tobjectFormat = sha256\n` : config(0));
    if (shallow.length > 0) await writeFile(join(path, "shallow"), shallow.map((hash) => `${hash}\n`).join(""));
    return { path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The last two: files beside the objects that only make reading faster, and may say anything. */
function config(version: 0 | 1): string {
  const lines = [
    ...[`repositoryFormatVersion = ${version}`, "bare = true", "hooksPath = /dev/null", "attributesFile = /dev/null", "fsmonitor = false"],
    ...["commitGraph = false", "multiPackIndex = false"],
  ];
  return ["[core]", ...lines.map((line) => `\t${line}`), ""].join("\n");
}
