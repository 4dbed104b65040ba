import type { Dirent } from "node:fs";
import { lstat, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { RemoteError } from "../../core/errors.js";
import type { HostedRepository } from "../../core/repository-host.js";
import { isBelow, unreadableCharacter, type Bounds } from "./bounds.js";
import { codeOf, explainFailure } from "./failures.js";
import { entriesIn } from "./folder-entries.js";
import { followFolder, type FolderOrigin } from "./origin.js";
import { cleanLine } from "./text.js";

/** Folders that are looked at before we give up: somebody tracks a whole disk. */
const mostFolders = 100_000;

interface Folder {
  readonly path: string;
  readonly real: string;
  /** From the folder that is searched. */
  readonly name: string;
}

/**
 * Repositories of a folder, level by level. What is broken is found as well: why, is told when it is read.
 * Links are followed as far as they stay within the folder; what two names lead to is found once, under the one that is no link.
 * @param checkTime called for each name that is looked at; throws when there is no more time
 * @throws RemoteError
 */
export async function* findRepositories(
  { folder, isSearched, depth }: FolderOrigin,
  bounds: Bounds,
  checkTime: () => void,
): AsyncGenerator<HostedRepository> {
  const top: Folder = { path: folder, real: await followFolder(folder, bounds), name: basename(folder) };
  if (!isSearched && (await isRepository(top.real))) {
    yield toHosted(top);
    return;
  }
  const seen = new Set([top.real]);
  let level: readonly Folder[] = [{ ...top, name: "" }];
  for (let left = depth; left > 0 && level.length > 0; left -= 1) {
    const next: Folder[] = [];
    for (const parent of level) {
      for (const child of await childrenOf(parent, top, checkTime)) {
        if (seen.has(child.real)) continue;
        seen.add(child.real);
        if (seen.size > mostFolders) throw tooMany();
        checkTime();
        if (await isRepository(child.real)) yield toHosted(child);
        else next.push(child);
      }
    }
    level = next;
  }
}

function tooMany(): RemoteError {
  return new RemoteError(`more than ${mostFolders} folders lie in it: name one further down`);
}

/** By name, links last. */
async function childrenOf(parent: Folder, top: Folder, checkTime: () => void): Promise<readonly Folder[]> {
  const children: Folder[] = [];
  for (const entry of await entriesOf(parent, parent.real === top.real, checkTime)) {
    checkTime();
    const real = entry.isDirectory() ? join(parent.real, entry.name) : await folderBehind(parent, entry.name, top);
    if (real !== undefined) children.push({ path: join(parent.path, entry.name), real, name: join(parent.name, entry.name) });
  }
  return children;
}

/** Folders, and links to whatever. There may be millions of files beside them. */
async function entriesOf({ path, real }: Folder, isTop: boolean, checkTime: () => void): Promise<readonly Dirent[]> {
  const entries: Dirent[] = [];
  try {
    for await (const entry of await entriesIn(real)) {
      checkTime();
      if (mayBeSearched(entry)) entries.push(entry);
      if (entries.length > mostFolders) throw tooMany();
    }
  } catch (error) {
    if (isTop) throw explainFailure(error, `the folder \`${path}\``);
    // One folder that may not be read, or went away, hides no other.
    if (codeOf(error) === undefined) throw error;
  }
  return entries.sort((one, other) => Number(one.isSymbolicLink()) - Number(other.isSymbolicLink()) || (one.name < other.name ? -1 : 1));
}

function mayBeSearched(entry: Dirent): boolean {
  // The inside of a repository is none; a name that is no UTF-8 cannot be told to anybody.
  return (entry.isDirectory() || entry.isSymbolicLink()) && entry.name !== ".git" && !entry.name.includes(unreadableCharacter);
}

async function folderBehind({ real }: Folder, name: string, top: Folder): Promise<string | undefined> {
  try {
    const target = await realpath(join(real, name));
    if (target.includes(unreadableCharacter)) return undefined;
    return isBelow(target, top.real) && (await stat(target)).isDirectory() ? target : undefined;
  } catch (error) {
    if (codeOf(error) !== undefined) return undefined;
    throw error;
  }
}

/** With a `.git` of any kind, or bare: as git judges it, but for what is in the files. */
async function isRepository(real: string): Promise<boolean> {
  if (await isThere(join(real, ".git"))) return true;
  const parts = await Promise.all(["HEAD", "objects", "refs"].map((name) => isThere(join(real, name))));
  return parts.every(Boolean);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (codeOf(error) !== undefined) return false;
    throw error;
  }
}

function toHosted({ path, name }: Folder): HostedRepository {
  return { id: path, name: cleanLine(name), root: path };
}
