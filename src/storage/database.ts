import type { AbstractLevel } from "abstract-level";

/** The database all stores are written over: LevelDB by default, memory in tests. Keys and values are UTF-8 unless an operation says otherwise. */
export type Database = AbstractLevel<string | Buffer | Uint8Array, string, string>;
