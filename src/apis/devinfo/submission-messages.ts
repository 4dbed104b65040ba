import type { DevinfoEntry, SubmittedRepository } from "../../core/devinfo.js";
import type { ErrorCode } from "../../core/errors.js";
import type { ReadSubmission } from "./read-submission.js";

/*
 * What the program and the thread that reads large bodies say to each other. The thread gets a body's bytes and says what it read, without
 * entities; then it hands over entities in parts, each when it is asked for, so that the program never stands still for a whole body.
 */

export type ThreadRequest = { readonly kind: "read"; readonly bytes: Uint8Array } | { readonly kind: "next" };

export type ThreadAnswer =
  /** Said once, when bodies can be read. */
  | { readonly kind: "ready" }
  /** `bytes` comes back. */
  | { readonly kind: "head"; readonly submission: ReadSubmission; readonly bytes: Uint8Array }
  /** The body does not fit. */
  | { readonly kind: "refused"; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: "failed"; readonly message: string }
  | EntriesPart;

/** Entities of one repository, the next in their order. */
export interface EntriesPart {
  readonly kind: "entries";
  /** Position of the repository in the submission. */
  readonly repository: number;
  readonly entries: readonly DevinfoEntry[];
  readonly isLast: boolean;
}

/** Of texts and keys in a part: to take them over costs the program a few milliseconds. */
const partLength = 500_000;
/** Beside its characters. */
const costOfKey = 50;

/** The submission without its entities, and those in parts; at least one. */
export function splitSubmission(submission: ReadSubmission): {
  readonly head: ReadSubmission;
  readonly parts: readonly Omit<EntriesPart, "isLast">[];
} {
  const head = { ...submission, repositories: submission.repositories.map((each): SubmittedRepository => ({ ...each, entries: [] })) };
  return { head, parts: submission.repositories.flatMap(({ entries }, repository) => cutEntries(entries, repository)) };
}

function cutEntries(entries: readonly DevinfoEntry[], repository: number): readonly Omit<EntriesPart, "isLast">[] {
  const parts: DevinfoEntry[][] = [];
  let length = partLength;
  for (const entry of entries) {
    if (length >= partLength) {
      parts.push([]);
      length = 0;
    }
    parts.at(-1)?.push(entry);
    length += entry.json.length + entry.issueKeys.length * costOfKey;
  }
  return parts.map((part) => ({ kind: "entries", repository, entries: part }));
}

/** @param parts all of them, in their order */
export function joinSubmission(head: ReadSubmission, parts: readonly EntriesPart[]): ReadSubmission {
  const entries = head.repositories.map((): DevinfoEntry[] => []);
  for (const part of parts) entries[part.repository]?.push(...part.entries);
  return { ...head, repositories: head.repositories.map((each, index) => ({ ...each, entries: entries[index] ?? [] })) };
}
