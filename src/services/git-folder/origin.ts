import { isAbsolute, resolve } from "node:path";
import { RemoteError } from "../../core/errors.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import type { Bounds } from "./bounds.js";

/** What somebody typed for a folder: `/srv/git/*`, or `/srv/git/app`. */
export interface FolderOrigin {
  readonly folder: string;
  /** False: the folder itself may be the repository. */
  readonly isSearched: boolean;
  /** How far below the folder repositories are looked for; 1: its direct children. */
  readonly depth: number;
}

const deepest = 5;

/** @throws RemoteError when it is no path of this machine's */
export function readOrigin({ url, settings }: Pick<RegisteredRemote, "url" | "settings">): FolderOrigin {
  const isSearched = /[\\/]\*$/.test(url);
  const folder = isSearched ? url.slice(0, -1) : url;
  if (!isAbsolute(folder) || /\p{Cc}/u.test(folder))
    throw new RemoteError("the origin is no path of a folder on this machine", { isFinal: true });
  if (folder.includes("*"))
    throw new RemoteError("a `*` can stand in the origin only as its last part, as in `/srv/git/*`", { isFinal: true });
  return { folder: resolve(folder), isSearched, depth: readDepth(settings["folderDepth"]) };
}

/** Its real path. @throws RemoteError */
export async function followFolder(folder: string, bounds: Bounds): Promise<string> {
  const real = await bounds.find(folder);
  // Not for good: a disk may be mounted later, and until then none of its repositories can be read.
  if (real === undefined) throw new RemoteError(`the folder \`${folder}\` is not there`);
  return real;
}

function readDepth(text = "1"): number {
  const depth = Number(text);
  return Number.isInteger(depth) ? Math.min(Math.max(depth, 1), deepest) : 1;
}
