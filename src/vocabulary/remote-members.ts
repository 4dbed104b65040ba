import type { ReadPerson } from "../core/repository-host.js";
import { parseIsoTime } from "../shared/iso-time.js";
import { ownMember, ownText } from "../shared/own-member.js";
import { parseHttpUrl } from "../shared/url.js";
import { wellFormed } from "../shared/well-formed.js";

// Members of what a remote answers. What is not as it has to be counts as missing.

const longestLine = 255;
const longestUrl = 2_048;

/** Text of any length, empty text included. */
export function textIn(value: unknown, key: string): string | undefined {
  const text = ownText(value, key);
  return text === undefined ? undefined : wellFormed(text);
}

/** A name or title: not empty, in one line, not long. */
export function lineIn(value: unknown, key: string): string | undefined {
  const line = (textIn(value, key) ?? "").replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line === "" ? undefined : cut(line, longestLine);
}

/** Text of so many characters at most; no half of a character is left at its end. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");
}

/** A number for counting, from 0. */
export function countIn(value: unknown, key: string): number | undefined {
  const member = ownMember(value, key);
  return Number.isSafeInteger(member) && Number(member) >= 0 ? Number(member) : undefined;
}

/** The name of a commit: SHA-1 or SHA-256 in hexadecimal. Nothing else may come into a request's path. */
export function hashIn(value: unknown, key: string): string | undefined {
  const text = ownText(value, key);
  return text !== undefined && isHash(text) ? text : undefined;
}

export function isHash(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** A branch or tag: what git takes for a name ("git check-ref-format"), as far as that matters here. It is not changed in any way. */
export function refIn(value: unknown, key: string): string | undefined {
  const name = ownText(value, key);
  return name !== undefined && isRef(name) ? name : undefined;
}

export function isRef(name: string): boolean {
  return name !== "" && name.length <= longestLine && !/[\s\p{Cc}\p{Surrogate}]/u.test(name);
}

/** Milliseconds since the epoch. */
export function timeIn(value: unknown, key: string): number | undefined {
  return parseIsoTime(ownText(value, key) ?? "");
}

/** An address to be opened: `https:` or `http:`, without credentials. */
export function addressIn(value: unknown, key: string): string | undefined {
  const url = parseHttpUrl(ownText(value, key));
  if (url === undefined) return undefined;
  url.username = "";
  url.password = "";
  return url.href.length <= longestUrl ? url.href : undefined;
}

/** Of whom nothing is known has no members. */
export function person(members: { readonly [name in keyof ReadPerson]: string | undefined }): ReadPerson {
  return known(members);
}

/** The members that are there. */
export function known<T extends object>(members: T): { readonly [name in keyof T]?: Exclude<T[name], undefined> } {
  // What is undefined was taken out.
  return Object.fromEntries(Object.entries(members).filter(([, member]) => member !== undefined)) as {
    readonly [name in keyof T]?: Exclude<T[name], undefined>;
  };
}
