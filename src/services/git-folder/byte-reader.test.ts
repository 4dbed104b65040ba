import { describe, expect, it } from "vitest";
import { ByteReader } from "./byte-reader.js";

const text = "first\n\n12345678\nlast";

async function* inPieces(whole: string, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < whole.length; at += size) yield Buffer.from(whole.slice(at, at + size));
}

describe("reading lines and bytes", () => {
  it.each([1, 2, 3, 5, 100])("is the same in pieces of %s", async (size) => {
    const reader = new ByteReader(inPieces(text, size));
    const line = async (): Promise<string | undefined> => (await reader.line(10))?.toString();

    expect([await line(), await line()]).toEqual(["first", ""]);
    expect((await reader.bytes(8, 3)).toString()).toBe("123");
    expect((await reader.bytes(1, 0)).length).toBe(0);
    expect([await line(), await line(), await line()]).toEqual(["last", undefined, undefined]);
  });

  it("ends at a line that is too long, and before it is held whole", async () => {
    let pieces = 0;
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (; pieces < 1_000; pieces += 1) yield Buffer.alloc(100, "x");
    };

    await expect(new ByteReader(endless()).line(1_000)).rejects.toThrow("too long");
    expect(pieces).toBeLessThan(20);
    await expect(new ByteReader(inPieces("12345\n", 100)).line(4)).rejects.toThrow("too long");
  });

  it("says so when there are fewer bytes", async () => {
    await expect(new ByteReader(inPieces("123", 2)).bytes(4, 4)).rejects.toThrow("git stopped in the middle of an answer");
  });

  it("lets its source end", async () => {
    let isEnded = false;
    const source = async function* (): AsyncGenerator<Buffer> {
      try {
        for (;;) yield Buffer.from("line\n");
      } finally {
        isEnded = true;
      }
    };
    const reader = new ByteReader(source());
    await reader.line(10);

    await reader.close();

    expect(isEnded).toBe(true);
  });
});
