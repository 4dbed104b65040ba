import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandFailure } from "./failure.js";
import { alreadyThere, writeSecretFiles } from "./secret-files.js";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "switchboard-files-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => path.join(folder, name);
const read = (name: string): string => readFileSync(at(name), "utf8");

describe("writing files that hold secrets", () => {
  it("makes them for their owner only", () => {
    writeSecretFiles([
      { path: at("a"), content: "text", mayReplace: false },
      { path: at("b"), content: Buffer.from([0, 255]), mayReplace: true },
    ]);

    expect(read("a")).toBe("text");
    expect([...readFileSync(at("b"))]).toEqual([0, 255]);
    expect(["a", "b"].map((name) => statSync(at(name)).mode & 0o777)).toEqual([0o600, 0o600]);
  });

  it("replaces where it may, with nothing of the old text left, and takes others' rights away", () => {
    writeFileSync(at("a"), "an old and much longer text");
    chmodSync(at("a"), 0o644);

    writeSecretFiles([{ path: at("a"), content: "new", mayReplace: true }]);

    expect(read("a")).toBe("new");
    expect(statSync(at("a")).mode & 0o777).toBe(0o600);
  });

  it("writes none when one is there already, even one that came to be a moment ago", () => {
    writeFileSync(at("c"), "theirs");

    expect(() => {
      writeSecretFiles(["a", "b", "c"].map((name) => ({ path: at(name), content: "ours", mayReplace: false })));
    }).toThrow(`${at("c")} is there already; --force overwrites it.`);
    expect(readdirSync(folder)).toEqual(["c"]);
    expect(read("c")).toBe("theirs");
  });

  it("puts back what it replaced when a later one cannot be written", () => {
    writeFileSync(at("a"), "old");

    expect(() => {
      writeSecretFiles([
        { path: at("a"), content: "a new and longer text", mayReplace: true },
        { path: at("b"), content: "new", mayReplace: true },
        { path: at("nowhere/c"), content: "new", mayReplace: true },
      ]);
    }).toThrow(CommandFailure);
    expect(readdirSync(folder)).toEqual(["a"]);
    expect(read("a")).toBe("old");
  });

  it("does not write through a link that leads nowhere, unless it may replace", () => {
    symlinkSync(at("elsewhere"), at("a"));

    expect(() => {
      writeSecretFiles([{ path: at("a"), content: "ours", mayReplace: false }]);
    }).toThrow(/is there already/);
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it.each([
    { paths: ["a"], says: "a is there already; --force overwrites it." },
    { paths: ["a", "b"], says: "a and b are there already; --force overwrites them." },
    { paths: ["a", "b", "c"], says: "a, b and c are there already; --force overwrites them." },
  ])("names what is there: $paths", ({ paths, says }) => {
    expect(alreadyThere(paths).message).toBe(says);
  });
});
