import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A file of the repository by its path from the top level. */
export function absolutePath(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

export function readText(path: string): string {
  return readFileSync(absolutePath(path), "utf8");
}

export function hasFile(path: string): boolean {
  return existsSync(absolutePath(path));
}

/** Names of the folders directly below a folder; none when it is not there. */
export function foldersIn(path: string): readonly string[] {
  if (!hasFile(path)) return [];
  const entries = readdirSync(absolutePath(path), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Files with the given ending anywhere below a folder, as paths from the top level. */
export function filesIn(path: string, ending: string): readonly string[] {
  const entries = readdirSync(absolutePath(path), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(absolutePath("").length))
    .sort();
}

/** TypeScript files of the program below a folder, without tests, as paths from the top level. */
export function sourceFiles(path: string): readonly string[] {
  return filesIn(path, ".ts").filter((file) => !file.endsWith(".test.ts"));
}
