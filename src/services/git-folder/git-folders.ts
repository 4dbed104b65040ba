import { lstat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Bounds } from "./bounds.js";
import { brokenRepository, isMissing } from "./failures.js";

/** Real paths of a repository's parts, all within bounds (gitrepository-layout). */
export interface GitFolders {
  /** With `HEAD`: of the repository, or of one of its worktrees. */
  readonly own: string;
  /** With `refs`, `packed-refs` and `shallow`. */
  readonly common: string;
  readonly objects: string;
}

/** A file that holds one path. */
const pathFileBytes = 4096 + 16;

/** Where the parts of a repository are, wherever its files say that they are. @throws RemoteError when one leads out or is missing */
export async function locateGitFolders(root: string, bounds: Bounds): Promise<GitFolders> {
  const folder = await bounds.follow(root, "the folder");
  const own = await gitFolderOf(folder, bounds);
  const common = await pathIn(join(own, "commondir"), "", bounds);
  const commonFolder = common === undefined ? own : await bounds.follow(resolve(own, common), "the repository of this worktree");
  if (!(await isThere(join(own, "HEAD")))) throw brokenRepository("it has no `HEAD`: it is no git repository, or damaged");
  return { own, common: commonFolder, objects: await bounds.follow(join(commonFolder, "objects"), "the folder `objects` in it") };
}

/** A `.git` may be a folder, or a file that says where the folder is (submodules, worktrees); a bare repository has none. */
async function gitFolderOf(folder: string, bounds: Bounds): Promise<string> {
  const inner = await bounds.find(join(folder, ".git"));
  if (inner === undefined) {
    if (await isThere(join(folder, ".git"))) throw brokenRepository("its `.git` is a link to nothing");
    return folder;
  }
  if ((await lstat(inner)).isDirectory()) return inner;
  const path = await pathIn(inner, "gitdir: ", bounds);
  if (path === undefined) throw brokenRepository("its `.git` is a file that names no folder");
  return bounds.follow(resolve(folder, path), "the folder that its `.git` names");
}

/** The path that a file holds behind a prefix; undefined if there is no such file. */
async function pathIn(file: string, prefix: string, bounds: Bounds): Promise<string | undefined> {
  const text = (await bounds.read(file, pathFileBytes))?.toString("utf8").replace(/[\r\n]+$/, "");
  if (text === undefined) return undefined;
  const path = text.slice(prefix.length);
  if (text.startsWith(prefix) && path !== "" && !/[\p{Cc}\uFFFD]/u.test(path)) return path;
  throw brokenRepository("a file in it that should name a folder does not");
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
