import { cp, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../src/shared/clock.js";
import { systemRandom } from "../../src/shared/random.js";
import { openStorage } from "../../src/storage/open.js";

/** Something in a data folder: a file, or a record of the store, whose files may be compressed. */
export interface KeptText {
  readonly where: string;
  readonly text: string;
}

/** The store's keys and values. Switchboard has to be stopped. */
export async function readRecords(dataFolder: string): Promise<readonly (readonly [key: string, value: string])[]> {
  const storage = await openStorage(dataFolder, { clock: systemClock, random: systemRandom });
  const records = await storage.database.iterator().all();
  await storage.close();
  return records;
}

/**
 * As `readRecords`, of a copy: so the next process finds the store as the last one left it.
 * @param within where the copy is made
 */
export async function readCopiedRecords(dataFolder: string, within: string): ReturnType<typeof readRecords> {
  const copy = await mkdtemp(join(within, "copy-"));
  const isCopied = async (path: string): Promise<boolean> => {
    const found = await stat(path);
    return found.isFile() || found.isDirectory();
  };
  await cp(dataFolder, copy, { recursive: true, filter: isCopied });
  const records = await readRecords(copy);
  await rm(copy, { recursive: true });
  return records;
}

/** Everything in a data folder. Switchboard has to be stopped. */
export async function readDataFolder(
  dataFolder: string,
): Promise<{ readonly files: readonly KeptText[]; readonly records: readonly KeptText[] }> {
  const entries = await readdir(dataFolder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const files = await Promise.all(paths.map(async (path) => ({ where: path, text: await readFile(path, "latin1") })));
  const records = await readRecords(dataFolder);
  return { files, records: records.map(([key, value]) => ({ where: key, text: key + value })) };
}
