import type { Bounds } from "./bounds.js";
import type { GitFolders } from "./git-folders.js";
import { readDetachedHead, readRefFiles, refFolders, type FoundRefs } from "./ref-files.js";

/** Branches and tags as they are now. */
export interface RepositoryRefs {
  /** Heads by name; those of remotes (`origin/main`) where there are no branches of its own. By name, ascending. */
  readonly branches: ReadonlyMap<string, string>;
  readonly tags: readonly string[];
  /** From where all commits that count are reached: heads, and what a worktree without a branch stands on. Each once. */
  readonly heads: readonly string[];
  /** Hexadecimal digits of a hash: 40 (SHA-1) or 64 (SHA-256). */
  readonly hashLength: 40 | 64;
}

type Ref = readonly [name: string, hash: string];

/** A ref may name a ref, and so on: as far as git follows (refs.c). */
const longestChain = 5;

/** What is no ref any more, or never was one, is passed over, as git does. @throws RemoteError */
export async function readRefs({ own, common }: GitFolders, bounds: Bounds): Promise<RepositoryRefs> {
  const found = await readRefFiles(common, bounds);
  const resolved = [...found.keys()].map((name): Ref => [name, resolveRef(name, found)]);
  const detached = (await readDetachedHead(own, bounds)) ?? "";
  const hashLength = lengthOf([...resolved.map(([, hash]) => hash), detached]);
  const refs = resolved.filter(([, hash]) => isHash(hash, hashLength)).sort(([one], [other]) => (one < other ? -1 : 1));
  const branches = new Map(branchesAmong(refs));
  const heads = isHash(detached, hashLength) ? [...branches.values(), detached] : branches.values();
  return { branches, tags: below(refFolders.tags, refs).map(([name]) => name), heads: [...new Set(heads)].sort(), hashLength };
}

function branchesAmong(refs: readonly Ref[]): readonly Ref[] {
  const own = below(refFolders.branches, refs);
  return own.length > 0 ? own : below(refFolders.remotes, refs).filter(([name]) => !name.endsWith("/HEAD"));
}

function below(folder: string, refs: readonly Ref[]): readonly Ref[] {
  return refs.filter(([name]) => name.startsWith(folder)).map(([name, hash]) => [name.slice(folder.length), hash]);
}

function resolveRef(name: string, found: FoundRefs): string {
  let value = found.get(name) ?? "";
  for (let links = 0; links < longestChain && value.startsWith("ref:"); links += 1)
    value = found.get(value.slice("ref:".length).trim()) ?? "";
  return value;
}

function isHash(text: string, length: number): boolean {
  return text.length === length && /^[0-9a-f]+$/.test(text);
}

/** A repository has hashes of one kind; what does not fit most of them is damage. */
function lengthOf(hashes: readonly string[]): 40 | 64 {
  const count = (length: number): number => hashes.filter((hash) => isHash(hash, length)).length;
  return count(64) > count(40) ? 64 : 40;
}
