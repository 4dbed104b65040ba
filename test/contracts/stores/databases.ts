import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Level } from "level";
import { MemoryLevel } from "memory-level";
import { onTestFinished } from "vitest";
import type { Database } from "../../../src/storage/database.js";

export interface OpenedDatabase {
  readonly database: Database;
  /** The database as the next process finds it. */
  reopen(): Promise<Database>;
}

/** Opens a new, empty database for one test. */
export type OpenDatabase = () => Promise<OpenedDatabase>;

const openMemory: OpenDatabase = async () => {
  const database = new MemoryLevel<string, string>();
  await database.open();
  return { database, reopen: () => Promise.resolve(database) };
};

const openLevelDb: OpenDatabase = async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "switchboard-stores-"));
  let database = new Level<string, string>(folder);
  await database.open();
  onTestFinished(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });
  return {
    database,
    async reopen() {
      await database.close();
      database = new Level<string, string>(folder);
      await database.open();
      return database;
    },
  };
};

/** A database whose reads all take their time, as one across the network would. */
class SlowLevel extends MemoryLevel<string, string> {
  constructor() {
    super();
    Object.assign(this.supports, { getSync: false });
  }
}

const openSlow: OpenDatabase = async () => {
  const database = new SlowLevel();
  await database.open();
  return { database, reopen: () => Promise.resolve(database) };
};

/** The databases every store must work on, by name. */
export const databases: readonly (readonly [string, OpenDatabase])[] = [
  ["memory", openMemory],
  ["LevelDB", openLevelDb],
  ["a database without synchronous reads", openSlow],
];
