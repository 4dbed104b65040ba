import type { Database } from "../database.js";
import { isSealed, keyIdOf, type SealedPlace } from "./sealer.js";

/** Name of the sublevel in which a service's logins lie. */
export function loginStoreName(serviceId: string): string {
  return `logins-${serviceId}`;
}

/** Name of the sublevel in which a service's own secrets lie. */
export function secretStoreName(serviceId: string): string {
  return `secrets-${serviceId}`;
}

/** Name of the sublevel in which tickets of one sort lie. */
export function ticketStoreName(sort: string): string {
  return `login-tickets-${sort}`;
}

/** What people are to be told about their logins. */
export const noticeStoreName = "login-notices";

export const workStoreName = "room-work";

export const forwardStoreName = "forwards";

/** Name of the sublevel in which installed apps of the Development Information API lie, and the key that signs installations. */
export const devinfoAppStoreName = "devinfo-apps";

/** Names of the sublevels in which lies what was registered over an API. */
export const recordStoreNames = ["connectors", "git-integrations", "ticketing-integrations", "remote-webhooks"] as const;
export type RecordStoreName = (typeof recordStoreNames)[number];

/** Before the id of each sealed ticket; other keys of that store hold nothing sealed. */
export const ticketKeyPrefix = "ticket ";

/** One sort of sealed values. Values are sealed as a whole, each for its place. */
interface SealedSort {
  /** Its sublevel, or what the names of its sublevels begin with. */
  readonly store: string;
  readonly isFamily?: true;
  readonly field: string;
  /** What stands before the record's key, and is no part of the place. */
  readonly keyPrefix?: string;
}

/** Where sealed values lie. A store that seals belongs here, and takes its places from `sealedPlace`: so keys can be changed. */
const sorts: readonly SealedSort[] = [
  { store: loginStoreName(""), isFamily: true, field: "login" },
  { store: secretStoreName(""), isFamily: true, field: "secret" },
  { store: ticketStoreName(""), isFamily: true, field: "ticket", keyPrefix: ticketKeyPrefix },
  { store: noticeStoreName, field: "notice" },
  { store: workStoreName, field: "work" },
  { store: forwardStoreName, field: "forward" },
  { store: devinfoAppStoreName, field: "record" },
  ...recordStoreNames.map((store) => ({ store, field: "record" })),
];

/** Keys as the whole database sees them: `!<sublevel>!<key>`. */
export interface KeyRange {
  readonly gt: string;
  readonly lt: string;
}

export const sealedRanges: readonly KeyRange[] = sorts.map(({ store, isFamily }) => {
  const start = isFamily === true ? `!${store}` : `!${store}!`;
  return { gt: start, lt: nextAfter(start) };
});

/**
 * The place for which a value is sealed.
 * @param key of its record, within the store
 * @throws TypeError for a store that is not listed above
 */
export function sealedPlace(store: string, key: string): SealedPlace {
  const sort = sorts.find((one) => (one.isFamily === true ? store.startsWith(one.store) : store === one.store));
  if (sort === undefined) throw new TypeError(`The store ${store} is not listed among those that seal.`);
  const { keyPrefix = "", field } = sort;
  return { store, record: key.startsWith(keyPrefix) ? key.slice(keyPrefix.length) : key, field };
}

/** The same for a key as the whole database sees it. */
export function placeOfKey(absoluteKey: string): SealedPlace {
  const end = absoluteKey.indexOf("!", 1);
  return sealedPlace(absoluteKey.slice(1, end), absoluteKey.slice(end + 1));
}

export interface SealedEntry {
  /** As the whole database sees it. */
  readonly key: string;
  readonly sealed: string;
}

/** All sealed values, in slices; each slice is read when it is asked for. */
export async function* sealedSlices(database: Database, size: number): AsyncGenerator<readonly SealedEntry[]> {
  for (const range of sealedRanges) {
    let isMore = true;
    for (let after = range.gt; isMore;) {
      const entries = await database.iterator({ gt: after, lt: range.lt, limit: size }).all();
      yield entries.filter(([, value]) => isSealed(value)).map(([key, sealed]) => ({ key, sealed }));
      isMore = entries.length === size;
      after = entries.at(-1)?.[0] ?? after;
    }
  }
}

const sliceSize = 100;

/**
 * Whether anything in the database needs a key. Reads few values: logins, secrets and waiting work are the smallest of its stores.
 * @param keyId that key; any, unless given
 */
export async function holdsSealedValues(database: Database, keyId?: string): Promise<boolean> {
  for await (const entries of sealedSlices(database, sliceSize)) {
    if (entries.some(({ sealed }) => keyId === undefined || keyIdOf(sealed) === keyId)) return true;
  }
  return false;
}

/** The first text behind all that begin with the given one. */
function nextAfter(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
