import { describe, expect, it } from "vitest";
import { readText, sourceFiles } from "./source-tree.js";

/** Files that `startThread` is given, as paths from the top level. */
const threads = sourceFiles("src").flatMap((file) => {
  const started = readText(file).matchAll(/startThread\(new URL\("\.\/([a-z-]+\.ts)", import\.meta\.url\)/g);
  return [...started].map(([, name]) => file.replace(/[^/]+$/, String(name)));
});

describe("the build", () => {
  it.each(threads)("has %s as a file of its own, for the thread that runs it", (file) => {
    expect(readText("scripts/build.ts")).toContain(`"${file}"`);
  });

  it("knows every thread", () => {
    const importers = sourceFiles("src").filter((file) => readText(file).includes('from "node:worker_threads"'));
    const starters = importers.filter((file) => readText(file).includes("new Worker("));

    expect(starters).toEqual(["src/shared/thread.ts"]);
    expect(threads).toHaveLength(2);
  });
});
