import { createHash } from "node:crypto";
import { ownMember, ownText } from "../../shared/own-member.js";
import type { RepositoryRefs } from "./refs.js";

/**
 * How far a repository was read. `read` are commits: these and all that they were made upon were read, and no others. A run goes from the
 * oldest to the newest, so after each slice there is such a set, and the next run reads what it does not reach.
 */
export interface Progress {
  readonly read: ReadonlySet<string>;
  /** Marks of branches that were read, each with its head. */
  readonly branches: ReadonlySet<string>;
  /** Of refs when a run came to its end; empty in the middle of one. */
  readonly state: string;
}

const nothingRead: Progress = { read: new Set(), branches: new Set(), state: "" };

const markBytes = 12;

/** Stands for a branch and its head, in few bytes: there may be thousands. */
export function markOf(branch: string, head: string): string {
  return digest(`${head} ${branch}`).toString("base64");
}

/** Stands for branches, tags and all. @param heads those that are not damaged */
export function stateOf({ branches, tags }: RepositoryRefs, heads: readonly string[]): string {
  return digest(JSON.stringify([[...branches], tags, heads])).toString("base64");
}

export function writeCursor({ read, branches, state }: Progress, hashLength: number): string {
  return JSON.stringify({ form: 1, hashLength, state, read: pack(read, "hex"), branches: pack(branches, "base64") });
}

/** What it does not understand, and what belongs to another kind of hashes, is as if nothing had been read. */
export function readCursor(cursor: string | undefined, hashLength: number): Progress {
  const parsed = parse(cursor);
  if (ownMember(parsed, "form") !== 1 || ownMember(parsed, "hashLength") !== hashLength) return nothingRead;
  return {
    state: ownText(parsed, "state") ?? "",
    read: unpack(ownText(parsed, "read"), hashLength / 2, "hex"),
    branches: unpack(ownText(parsed, "branches"), markBytes, "base64"),
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest().subarray(0, markBytes);
}

function parse(cursor = "null"): unknown {
  try {
    return JSON.parse(cursor);
  } catch {
    return undefined;
  }
}

function pack(values: Iterable<string>, encoding: "hex" | "base64"): string {
  return Buffer.concat(Array.from(values, (value) => Buffer.from(value, encoding))).toString("base64");
}

function unpack(packed = "", bytes: number, encoding: "hex" | "base64"): ReadonlySet<string> {
  const all = Buffer.from(packed, "base64");
  const values = new Set<string>();
  for (let at = 0; at + bytes <= all.length; at += bytes) values.add(all.toString(encoding, at, at + bytes));
  return values;
}
