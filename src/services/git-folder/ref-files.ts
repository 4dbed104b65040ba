import { join } from "node:path";
import { readPlainFile, type Bounds } from "./bounds.js";
import { ByteReader } from "./byte-reader.js";
import { brokenRepository, isMissing } from "./failures.js";
import { rawEntriesIn, type RawEntry } from "./folder-entries.js";
import { decodeText } from "./text.js";

/** Refs by whole name: a hash, or `ref: ` and another name; of a broken one anything. */
export type FoundRefs = ReadonlyMap<string, string>;

/** Where refs are that are read. */
export const refFolders = { branches: "refs/heads/", remotes: "refs/remotes/", tags: "refs/tags/" } as const;

const mostRefs = 200_000;
const longestRef = 4096;
/** Of all of them, names and what they name. They are held several times over. */
const mostBytes = 32 * 1024 * 1024;
const deepest = 64;
/** With refs that we pass over: a host may have a million of its own. */
const packedBytes = 256 * 1024 * 1024;
/** Names in the folders of refs, whatever they are. */
const mostEntries = 2 * mostRefs;

/**
 * Reads refs from their files (gitrepository-layout, git-pack-refs), so that git need not be shown the repository's own configuration, which
 * may name programs.
 * @throws RemoteError
 */
export async function readRefFiles(common: string, bounds: Bounds): Promise<FoundRefs> {
  if ((await bounds.find(join(common, "reftable"))) !== undefined) {
    throw brokenRepository(
      "its branches are kept in the format `reftable`, which is not read; `git refs migrate --ref-format=files` changes it",
    );
  }
  const found = new Map<string, string>();
  let bytes = 0;
  const note = (name: Buffer, value: string): void => {
    const text = decodeText(name);
    if (found.has(text) || /\p{Cc}/u.test(text)) return;
    found.set(text, value);
    bytes += name.length + value.length;
    if (bytes > mostBytes) throw brokenRepository("the names of its branches and tags take too much space");
    if (found.size > mostRefs) throw brokenRepository(`it has more than ${mostRefs} branches and tags`);
  };
  let entries = 0;
  const look = (): void => {
    entries += 1;
    if (entries > mostEntries) throw brokenRepository("too many files lie among its branches and tags");
  };
  // Packed ones last. A ref with a file of its own as well is newer there, and one that is packed just now is missed in neither.
  for (const name of Object.values(refFolders)) {
    const folder = await bounds.find(join(common, name));
    if (folder !== undefined) await readLooseRefs({ folder: Buffer.from(folder), name: Buffer.from(name), depth: 0 }, { note, look });
  }
  await readPackedRefs(join(common, "packed-refs"), bounds, note);
  return found;
}

/** The commit that `HEAD` names, where it stands on no branch. @throws RemoteError */
export async function readDetachedHead(own: string, bounds: Bounds): Promise<string | undefined> {
  const text = (await bounds.read(join(own, "HEAD"), longestRef))?.toString("latin1").trim();
  return text?.startsWith("ref:") === true ? undefined : text;
}

type NoteRef = (name: Buffer, value: string) => void;

async function readPackedRefs(path: string, bounds: Bounds, note: NoteRef): Promise<void> {
  const file = await bounds.open(path);
  if (file === undefined) return;
  const reader = new ByteReader(file.createReadStream({ autoClose: false, end: packedBytes }));
  try {
    if ((await file.stat()).size > packedBytes) throw brokenRepository("its `packed-refs` is too large");
    const wanted = Object.values(refFolders).map((folder) => Buffer.from(folder));
    for (let line = await reader.line(longestRef); line !== undefined; line = await reader.line(longestRef)) {
      // Comments, and lines with what the tag before them points to, have no second word that is such a name.
      const name = line.subarray(line.indexOf(0x20) + 1);
      if (wanted.some((folder) => name.subarray(0, folder.length).equals(folder)))
        note(name, line.toString("latin1", 0, line.indexOf(0x20)));
    }
  } finally {
    await reader.close();
    await file.close();
  }
}

/** Names are bytes here: they need not be UTF-8. */
interface RefFolder {
  readonly folder: Buffer;
  readonly name: Buffer;
  readonly depth: number;
}

interface LooseRefReader {
  readonly note: NoteRef;
  /** Called for each name. */
  readonly look: () => void;
}

async function readLooseRefs({ folder, name, depth }: RefFolder, reader: LooseRefReader): Promise<void> {
  if (depth > deepest) throw brokenRepository("its refs lie in too many folders");
  for await (const entry of entriesOf(folder)) {
    reader.look();
    const path = Buffer.concat([folder, Buffer.from("/"), entry.name]);
    const whole = Buffer.concat([name, entry.name]);
    if (entry.isDirectory())
      await readLooseRefs({ folder: path, name: Buffer.concat([whole, Buffer.from("/")]), depth: depth + 1 }, reader);
    // Links are not followed: git has made none since 2006, and they may lead anywhere.
    if (!entry.isFile() || whole.subarray(-".lock".length).equals(Buffer.from(".lock"))) continue;
    const value = await readPlainFile(path, longestRef);
    if (value !== undefined) reader.note(whole, value.toString("utf8").trim());
  }
}

/** None where the folder went away meanwhile: git removes those that it emptied. */
async function* entriesOf(folder: Buffer): AsyncGenerator<RawEntry> {
  try {
    yield* await rawEntriesIn(folder);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
