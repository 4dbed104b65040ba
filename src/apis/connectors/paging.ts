import type { RequestHead } from "../../http/route.js";
import { InvalidPageError } from "./errors.js";

const defaultPageSize = 100;
const maxPageSize = 1000;

/** A part of a list, as Django REST Framework numbers them: from 1. */
export interface Page {
  readonly number: number;
  readonly size: number;
}

/** Where the listener is found from outside. */
export interface Place {
  readonly prefix: string;
  /** Absent: by the request's host. */
  readonly publicUrl?: string;
}

/** @returns undefined where everything is asked for at once. @throws InvalidPageError */
export function readPage(query: URLSearchParams): Page | undefined {
  const size = query.getAll("page_size").at(-1);
  const number = query.getAll("page").at(-1);
  if (size === undefined && number === undefined) return undefined;
  return { size: readCount(size ?? String(defaultPageSize), maxPageSize), number: readCount(number ?? "1", Number.MAX_SAFE_INTEGER) };
}

function readCount(text: string, most: number): number {
  const count = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > most) throw new InvalidPageError();
  return count;
}

/** @throws InvalidPageError for one behind the last; the first is always there */
export function cutPage<T>(all: readonly T[], { number, size }: Page): readonly T[] {
  const part = all.slice((number - 1) * size, number * size);
  if (part.length === 0 && number > 1) throw new InvalidPageError();
  return part;
}

/** Addresses of the pages beside one. */
export function besides(
  head: RequestHead,
  { number, size }: Page,
  count: number,
  place: Place,
): { readonly next: string | null; readonly previous: string | null } {
  const next = number * size < count ? number + 1 : undefined;
  const previous = number > 1 ? number - 1 : undefined;
  return { next: addressOf(head, next, place), previous: addressOf(head, previous, place) };
}

function addressOf({ headers, path, query }: RequestHead, number: number | undefined, { prefix, publicUrl }: Place): string | null {
  if (number === undefined) return null;
  const sent = `http://${headers["host"] ?? ""}`;
  const base = publicUrl ?? `${URL.canParse(sent) ? new URL(sent).origin : "http://localhost"}${prefix}`;
  const asked = new URLSearchParams(query);
  // The first page goes without a number, as Django REST Framework has it; where the number alone asks for pages it has to stay.
  if (number === 1 && asked.has("page_size")) asked.delete("page");
  else asked.set("page", String(number));
  return [`${base}${path}`, asked.toString()].filter((part) => part !== "").join("?");
}
