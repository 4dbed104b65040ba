import { describe, expect, it } from "vitest";
import { readText, sourceFiles } from "./source-tree.js";

const sealing = sourceFiles("src").filter((path) => !path.startsWith("src/storage/sealing/") && /\bsealer\??\.seal\(/.test(readText(path)));

describe("what encrypts values at rest", () => {
  it("is found by this test", () => {
    expect(sealing.length).toBeGreaterThan(5);
  });

  it.each(sealing)("%s is a store, and takes its places from the table by which keys are changed", (path) => {
    const source = readText(path);

    expect(path).toMatch(/^src\/storage\/stores\//);
    expect(source).toContain("sealedPlace(");
    expect(source).not.toMatch(/\bfield: "/);
  });
});
