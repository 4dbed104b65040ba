import { closeSync, fchmodSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { CommandFailure } from "./failure.js";

export interface SecretFile {
  readonly path: string;
  readonly content: string | Buffer;
  /** Whether a file that is there already may be overwritten. */
  readonly mayReplace: boolean;
}

/**
 * Writes files for their owner only: all of them, or none.
 * @throws CommandFailure naming the file that could not be written; all are then as they were
 */
export function writeSecretFiles(files: readonly SecretFile[]): void {
  const undo: (() => void)[] = [];
  try {
    for (const file of files) writeSecretFile(file, undo);
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

function writeSecretFile({ path, content, mayReplace }: SecretFile, undo: (() => void)[]): void {
  try {
    const before = mayReplace ? readIfThere(path) : undefined;
    // `x` refuses a file that came to be since it was looked for.
    const file = openSync(path, before === undefined ? "wx" : "w", 0o600);
    undo.push(() => {
      if (before === undefined) rmSync(path);
      else writeFileSync(path, before);
    });
    fill(file, content);
  } catch (error) {
    throw isExisting(error) ? alreadyThere([path]) : new CommandFailure(`${path} cannot be written: ${describe(error)}`, { cause: error });
  }
}

function fill(file: number, content: string | Buffer): void {
  try {
    // A file that was there keeps its own mode otherwise.
    fchmodSync(file, 0o600);
    writeFileSync(file, content);
  } finally {
    closeSync(file);
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Files are not overwritten unless somebody says so. */
export function alreadyThere(paths: readonly string[]): CommandFailure {
  const [verb, them] = paths.length === 1 ? ["is", "it"] : ["are", "them"];
  return new CommandFailure(`${listOf(paths)} ${verb} there already; --force overwrites ${them}.`);
}

/** `a, b and c`. */
export function listOf(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EEXIST";
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
