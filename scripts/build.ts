// Builds dist/: the program and the code of its threads, joined to few files, because Node takes a millisecond for each one that it loads.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const repository = join(import.meta.dirname, "..");
const folder = join(repository, "dist");

const { outputFiles } = await build({
  absWorkingDir: repository,
  entryPoints: ["src/main.ts", "src/apis/devinfo/submission-worker.ts", "src/services/generic/transform-worker.ts"],
  outdir: folder,
  // All beside each other: a thread's code is looked for beside the file that starts it.
  entryNames: "[name]",
  bundle: true,
  // What is loaded when it is needed stays a file of its own.
  splitting: true,
  // Packages stay packages, installed and updated as such.
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20.19",
  sourcemap: true,
  sourcesContent: false,
  logLevel: "warning",
  // What was built before stays until this is known to build.
  write: false,
});
await rm(folder, { recursive: true, force: true });
await mkdir(folder);
const command = join(folder, "main.js");
await Promise.all(outputFiles.map(({ path, contents }) => writeFile(path, contents, { mode: path === command ? 0o755 : 0o644 })));
