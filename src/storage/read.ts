import type { AbstractLevel } from "abstract-level";

type Readable = AbstractLevel<string | Buffer | Uint8Array, string, string>;

/**
 * Reads one value, at once where the database can: LevelDB answers in 7 µs that way, against 25 µs through a promise.
 * @returns undefined when there is none
 */
export function readValue(level: Readable, key: string): string | undefined | Promise<string | undefined> {
  return readsAtOnce(level) ? level.getSync(key) : level.get(key);
}

/** More would hold up others. */
const mostAtOnce = 200;

/**
 * Reads several values, at once where the database can and they are few.
 * @returns in the order of the keys; undefined where there is none
 */
export function readValues(
  level: Readable,
  keys: readonly string[],
): readonly (string | undefined)[] | Promise<readonly (string | undefined)[]> {
  return keys.length <= mostAtOnce && readsAtOnce(level) ? keys.map((key) => level.getSync(key)) : level.getMany([...keys]);
}

/** A sublevel opens itself a moment after it was made; until then only the awaited way works. */
function readsAtOnce(level: Readable): boolean {
  // The published type of the manifest does not know this property yet.
  const { getSync } = level.supports as { readonly getSync?: boolean };
  return getSync === true && level.status === "open";
}
