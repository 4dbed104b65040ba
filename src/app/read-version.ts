import { readFileSync } from "node:fs";

/** The version of the package, whose description lies two folders up from here, in the sources and in the build alike. */
export function readVersion(): string {
  // Our own file, with a version as npm requires it.
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string };
  return version;
}
