import { constants } from "node:fs";
import { open, realpath, type FileHandle } from "node:fs/promises";
import { sep } from "node:path";
import { RemoteError } from "../../core/errors.js";
import { brokenRepository, explainFailure, isMissing } from "./failures.js";

/**
 * What we may read: real paths below the folders of `repositories.trackedFolders`. What lies there belongs to people whom we do not trust, so
 * every path is followed to its end and judged before it is used, and bounds are drawn anew for each use.
 */
export interface Bounds {
  /** The real path, if it is within; undefined if there is nothing. @throws RemoteError when it leads out, or cannot be read */
  find(path: string): Promise<string | undefined>;
  /** The same, where something has to be. @param place as it is called in a message */
  follow(path: string, place: string): Promise<string>;
  /** A small file's bytes; undefined if there is none. @throws RemoteError when it leads out, is larger, or is no plain file */
  read(path: string, limitBytes: number): Promise<Buffer | undefined>;
  /** A plain file, to be closed by the caller; undefined if there is none. @throws RemoteError */
  open(path: string): Promise<FileHandle | undefined>;
}

/**
 * Stands in a name where it is no UTF-8 (U+FFFD). Such a name leads elsewhere when it is used: to whatever has that character in its own, and
 * that may be a link.
 */
export const unreadableCharacter = "\uFFFD";

/** @throws RemoteError when nothing may be read at all */
export async function drawBounds(trackedFolders: readonly string[]): Promise<Bounds> {
  const folders = await realFolders(trackedFolders);

  const find = async (path: string): Promise<string | undefined> => {
    const real = await realPathOf(path, "it");
    if (real?.includes(unreadableCharacter) === true) throw brokenRepository("a name in it is written in an unusual way: it is no UTF-8");
    if (real === undefined || folders.some((folder) => isBelow(real, folder))) return real;
    throw brokenRepository("it leads out of the folders that `repositories.trackedFolders` names, so it is not read");
  };
  return {
    find,
    async open(path) {
      const real = await find(path);
      return real === undefined ? undefined : openPlainFile(real);
    },
    async follow(path, place) {
      const real = await find(path);
      if (real === undefined) throw brokenRepository(`${place} is not there`);
      return real;
    },
    async read(path, limitBytes) {
      const real = await find(path);
      return real === undefined ? undefined : readPlainFile(real, limitBytes);
    },
  };
}

/** Whether a path is a folder or lies below it, segment by segment: `/srv/git-private` is not below `/srv/git`. Both are real. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/** One that may not be read, such as another user's, hides no other. */
async function realFolders(trackedFolders: readonly string[]): Promise<readonly string[]> {
  const looks = await Promise.allSettled(trackedFolders.map((folder) => realPathOf(folder, "a tracked folder")));
  const folders = looks.flatMap((look) => (look.status === "fulfilled" && look.value !== undefined ? [look.value] : []));
  if (folders.length > 0) return folders;
  for (const look of looks) if (look.status === "rejected") throw look.reason;
  throw new RemoteError(describeMissing(trackedFolders), { isFinal: trackedFolders.length === 0 });
}

function describeMissing(trackedFolders: readonly string[]): string {
  return trackedFolders.length === 0
    ? "`repositories.trackedFolders` of the configuration names no folder, so no folder is read"
    : "none of the folders that `repositories.trackedFolders` names is there";
}

async function realPathOf(path: string, place: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw explainFailure(error, place);
  }
}

/** A small file's bytes, where its folder is known to be within bounds; undefined if there is none. @throws RemoteError */
export async function readPlainFile(path: string | Buffer, limitBytes: number): Promise<Buffer | undefined> {
  const file = await openPlainFile(path);
  if (file === undefined) return undefined;
  try {
    return await readUpTo(file, limitBytes);
  } finally {
    await file.close();
  }
}

/** No link is followed here any more, and a pipe in a file's place must not keep a thread waiting for somebody to write into it. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function openPlainFile(path: string | Buffer): Promise<FileHandle | undefined> {
  try {
    const file = await open(path, openFlags);
    if (await isPlain(file)) return file;
    await file.close();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw explainFailure(error, "a file in it");
  }
  throw brokenRepository("something in it that should be a file is none");
}

async function isPlain(file: FileHandle): Promise<boolean> {
  try {
    return (await file.stat()).isFile();
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readUpTo(file: FileHandle, limitBytes: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(limitBytes + 1);
  let length = 0;
  while (length <= limitBytes) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
    if (bytesRead === 0) return bytes.subarray(0, length);
    length += bytesRead;
  }
  throw brokenRepository("a small file in it is too large to be what it should be");
}
