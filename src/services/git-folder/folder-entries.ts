import type { Dirent } from "node:fs";
import { opendir } from "node:fs/promises";

/** Names that the system is asked for at a time. */
const bufferSize = 1024;

/** What lies in a folder, piece by piece: there may be millions of names. */
export function entriesIn(folder: string): Promise<AsyncIterable<Dirent>> {
  return opendir(folder, { bufferSize });
}

/** With its name as bytes, which need not be UTF-8. */
export interface RawEntry {
  readonly name: Buffer;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** The same, for folders in which names need not be UTF-8. */
export function rawEntriesIn(folder: Buffer): Promise<AsyncIterable<RawEntry>> {
  // The published types do not know that names can be had as bytes.
  return opendir(folder, { bufferSize, encoding: "buffer" as BufferEncoding }) as Promise<unknown> as Promise<AsyncIterable<RawEntry>>;
}
