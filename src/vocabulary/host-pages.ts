import { RemoteError } from "../core/errors.js";
import { foreignAnswer } from "./remote-answers.js";
import type { HostAnswer } from "./host-asker.js";

/** How much is asked for at once: the most that hosts give. */
export const pageSize = 100;

/** A part of a list. Where it goes on is a number that we made: addresses that a host names are not asked. */
export interface HostPage<T> {
  readonly items: readonly T[];
  /** Where the next part begins; absent on the last. */
  readonly next?: number;
}

/** Pages of a list of repositories. */
const maxPages = 1_000;

/** Branches and tags of a repository; what comes behind them is passed over. */
const maxNames = 10_000;

/** @throws RemoteError for an answer that is no list */
export function listOf({ json }: HostAnswer, title: string): readonly unknown[] {
  if (!Array.isArray(json)) throw foreignAnswer(title);
  return json;
}

/**
 * The page after one with so many entries, for hosts that number pages and say in a header whether there are more: GitHub ("Using
 * pagination in the REST API") and GitLab ("Offset-based pagination"). Without such a header a full page has a next one.
 */
export function nextNumber({ headers }: Pick<HostAnswer, "headers">, page: number, count: number): { readonly next?: number } {
  return hasNext(headers, count) ? { next: page + 1 } : {};
}

function hasNext(headers: HostAnswer["headers"], count: number): boolean {
  if (count === 0) return false;
  const { "x-next-page": number, link } = headers;
  if (number !== undefined) return number.trim() !== "";
  return link === undefined ? count >= pageSize : link.includes('rel="next"');
}

/** How many there are, by the number of the last page of a list with one entry a page (GitHub's `Link`). */
export function countOfSingles({ headers }: HostAnswer, count: number): number {
  const last = (headers["link"] ?? "").split(",").find((link) => link.includes('rel="last"'));
  const [, number] = /[?&]page=(\d{1,9})[&>]/.exec(last ?? "") ?? [];
  return number === undefined ? count : Number(number);
}

/** Every entry of a list, as it comes in. @throws RemoteError when it does not end */
export async function* allOf<T>(read: (position: number | undefined) => Promise<HostPage<T>>): AsyncGenerator<T> {
  let position: number | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const { items, next }: HostPage<T> = await read(position);
    yield* items;
    if (next === undefined) return;
    position = next;
  }
  throw new RemoteError(`its list does not end after ${maxPages} pages`, { isFinal: true });
}

/** The beginning of a list, which is all of it where there is not too much. */
export async function firstOf<T>(read: (position: number | undefined) => Promise<HostPage<T>>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of allOf(read)) {
    found.push(item);
    if (found.length >= maxNames) break;
  }
  return found;
}
