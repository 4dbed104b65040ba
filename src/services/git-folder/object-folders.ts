import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { unreadableCharacter, type Bounds } from "./bounds.js";
import { brokenRepository } from "./failures.js";
import { entriesIn } from "./folder-entries.js";

/** As deep as git follows one folder of objects to the next (object-file.c). */
const mostLevels = 6;
const mostFolders = 100;
const alternatesBytes = 64 * 1024;

/**
 * Makes sure that git, when it is pointed to a folder of objects, opens nothing outside: not through `info/alternates`, however many times
 * one leads to the next, nor through links among its files. `info/http-alternates` is for git's own HTTP client alone, which is not run.
 * @throws RemoteError
 */
export async function checkObjectFolders(objects: string, bounds: Bounds): Promise<void> {
  const seen = new Set([objects]);
  let level: readonly string[] = [objects];
  for (let depth = 0; level.length > 0; depth += 1) {
    const next = new Set<string>();
    for (const folder of level) {
      await checkFiles(folder, bounds);
      for (const alternate of await alternatesOf(folder, bounds)) if (!seen.has(alternate)) next.add(alternate);
      if (depth === mostLevels || seen.size + next.size > mostFolders)
        throw brokenRepository("its objects lie in too many other repositories");
    }
    level = [...next];
    level.forEach((folder) => seen.add(folder));
  }
}

/** Those that are there: git passes over others too. */
async function alternatesOf(objects: string, bounds: Bounds): Promise<readonly string[]> {
  const bytes = await bounds.read(join(objects, "info", "alternates"), alternatesBytes);
  const lines = (bytes?.toString("utf8") ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const found = await Promise.all(lines.map((line) => bounds.find(resolve(objects, plainPath(line)))));
  return [...new Set(found.filter((folder) => folder !== undefined))];
}

/** git also knows paths in quotes; we do not read what two programs might read differently. */
function plainPath(line: string): string {
  if (line.startsWith('"') || /\p{Cc}/u.test(line) || line.includes(unreadableCharacter))
    throw brokenRepository("its `objects/info/alternates` names a folder in an unusual way");
  return line;
}

/** Folders among the objects that git opens files in. */
const readFolders = /^(?:[0-9a-f]{2}|pack|info)$/;

async function checkFiles(objects: string, bounds: Bounds): Promise<void> {
  for await (const { name } of await entriesIn(objects)) {
    if (!readFolders.test(name)) continue;
    const folder = await bounds.find(join(objects, name));
    if (folder === undefined || !(await stat(folder)).isDirectory()) continue;
    for await (const entry of await entriesIn(folder)) {
      if (!entry.isFile() && !entry.isDirectory()) await checkOddFile(join(folder, entry.name), bounds);
    }
  }
}

/** A link is followed to its end; a pipe would keep git waiting. git opens files whatever their names, so we have to know them. */
async function checkOddFile(path: string, bounds: Bounds): Promise<void> {
  if (path.includes(unreadableCharacter)) throw brokenRepository("something among its objects is named in an unusual way");
  const real = await bounds.find(path);
  if (real !== undefined && !(await stat(real)).isFile()) throw brokenRepository("something among its objects is no file");
}
