import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { Level } from "level";
import { StorageError } from "../core/errors.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import type { Database } from "./database.js";
import { GroupCommit, type Replacement } from "./group-commit.js";
import { createReopen } from "./reopen.js";
import { createMetaStore } from "./stores/meta-store.js";

/**
 * What LevelDB takes for its sorting, measured at full load. It gathers half as many bytes again as by default before it writes a sorted file,
 * and compresses eight times as many together: both make what a busy hour writes far cheaper to sort and sort again, which costs a third of a
 * core otherwise. It holds fewer blocks for reading, since what is needed often is held decoded.
 */
const tuning = { writeBufferSize: 6 * 1_048_576, blockSize: 32_768, cacheSize: 4 * 1_048_576 };

/** Tells a folder that lost its store from one that never had any. */
const markerName = "switchboard-data.txt";

/** Version of the layout. A folder with a higher one was written by a newer Switchboard. */
const layoutVersion = 1;

export interface Storage {
  readonly database: Database;
  readonly unitOfWork: UnitOfWork;
  /**
   * Writes or removes each value whose key still has the expected one, synced; never undoes what somebody else commits, before or behind it.
   * @throws StorageError when the disk does not take it
   */
  replace(replacements: readonly Replacement[]): Promise<void>;
  /** Called each time the disk takes writes again after it did not; a write that seemed to fail may have been stored all the same. */
  onRecovered(listener: () => void): void;
  /** Random id of this data folder, made once. */
  readonly folderId: string;
  /** Counts the starts on this folder, and random characters of this start: together never the same again, not even on a restored copy. */
  readonly start: { readonly count: number; readonly token: string };
  close(): Promise<void>;
}

/**
 * Opens the data folder, makes it if it is not there, and notes this start in it.
 * @param folder the configuration's `storage.path`; the database lies in its subfolder `store`
 * @throws StorageError with one sentence that names the folder and the remedy
 */
export async function openStorage(folder: string, { clock, random }: { readonly clock: Clock; readonly random: Random }): Promise<Storage> {
  const location = path.join(folder, "store");
  const marker = path.join(folder, markerName);
  // Looked at before opening: LevelDB takes a folder without its index for a new one and deletes what it finds there.
  if (existsSync(marker) && !existsSync(path.join(location, "CURRENT"))) throw damaged(folder, "its index is gone");
  try {
    await mkdir(location, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new StorageError(
      `The data folder ${folder} cannot be made (${codeOf(cause)}). Give this user the right to write there, or change storage.path (or --data).`,
      { cause },
    );
  }
  const database: Database = new Level<string, string>(location, { keyEncoding: "utf8", valueEncoding: "utf8", ...tuning });
  const reopen = createReopen(database, clock);
  try {
    await database.open();
  } catch (cause) {
    throw explainFailedOpen(folder, cause);
  }
  const isNew = !existsSync(marker);
  if (!isNew && (await createMetaStore(database).get("layout")) === undefined) {
    await database.close();
    throw damaged(folder, "what was written first is gone");
  }
  const storage = await prepareStorage(database, folder, { random, recover: () => reopen.run() });
  if (isNew) await writeFile(marker, "Switchboard keeps its data in the folder beside this file. Remove both or none.\n");
  return {
    ...storage,
    close() {
      reopen.end();
      return storage.close();
    },
  };
}

/**
 * Notes a start in an open database and joins what belongs to it.
 * @throws StorageError when the layout is newer than this program
 */
export async function prepareStorage(
  database: Database,
  folder: string,
  { random, recover }: { readonly random: Random; readonly recover: () => Promise<void> },
): Promise<Storage> {
  const unitOfWork = new GroupCommit({ database, location: folder, recover });
  const meta = createMetaStore(database);
  const version = Number((await meta.get("layout")) ?? layoutVersion);
  if (version > layoutVersion) {
    await database.close();
    throw new StorageError(
      `The data folder ${folder} was written by a newer Switchboard (layout ${version}, this one knows ${layoutVersion}). ` +
        "Start the newer version, or name another folder in storage.path (or --data).",
    );
  }
  const folderId = (await meta.get("folder-id")) ?? random.token(20);
  const count = Number((await meta.get("starts")) ?? 0) + 1;
  await unitOfWork.commit([meta.put("layout", String(layoutVersion)), meta.put("folder-id", folderId), meta.put("starts", String(count))]);
  return {
    database,
    unitOfWork,
    replace: (replacements) => unitOfWork.replace(replacements),
    onRecovered: (listener) => {
      unitOfWork.onRecovered(listener);
    },
    folderId,
    start: { count, token: random.token(4) },
    async close() {
      await unitOfWork.drained();
      await database.close();
    },
  };
}

function explainFailedOpen(folder: string, cause: unknown): StorageError {
  const code = codeOf(cause);
  const inner = cause instanceof Error ? cause.cause : undefined;
  const detail = inner instanceof Error ? inner.message : String(cause);
  if (code === "LEVEL_LOCKED" || codeOf(inner) === "LEVEL_LOCKED") {
    return new StorageError(
      `The data folder ${folder} is used by another process. Stop that one, or name another folder in storage.path (or --data).`,
      { cause },
    );
  }
  if (codeOf(inner) === "LEVEL_CORRUPTION" || /CURRENT|MANIFEST/.test(detail)) {
    return damaged(folder, detail, cause);
  }
  return new StorageError(
    `The data folder ${folder} cannot be opened (${detail}). Check that it is a folder this user may read and write, or change storage.path (or --data).`,
    { cause },
  );
}

function damaged(folder: string, detail: string, cause?: unknown): StorageError {
  return new StorageError(
    `The data folder ${folder} is damaged (${detail}). Restore it from a backup, or move it away: ` +
      "connections are then read again from the rooms, but what was waiting to be sent lies only in it.",
    { cause },
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
