import { describe, expect, it } from "vitest";
import { wrapLongIntegers } from "./long-integers.js";

function wrap(text: string): string {
  return wrapLongIntegers(Buffer.from(text), "w").toString();
}

describe("long integers", () => {
  it.each([
    ["9007199254740993", '{"w":"9007199254740993"}'],
    ["-9223372036854775808", '{"w":"-9223372036854775808"}'],
    ["[1234567890123456,1,1234567890123457]", '[{"w":"1234567890123456"},1,{"w":"1234567890123457"}]'],
    ['{"a":1234567890123456 }', '{"a":{"w":"1234567890123456"} }'],
  ])("are wrapped: %s", (text, wrapped) => {
    expect(wrap(text)).toBe(wrapped);
    expect(JSON.parse(wrapped)).toBeDefined();
  });

  it.each([
    ...["123456789012345", "-123456789012345", "1234567890123456.5", "0.1234567890123456", "1234567890123456e3", "1e1234567890123456"],
    ...["1E+1234567890123456", "1e-1234567890123456", '"1234567890123456"', '"\\"1234567890123456"', '{"1234567890123456":"é"}', "[]", ""],
  ])("are nothing else: %s", (text) => {
    expect(wrap(text)).toBe(text);
  });

  it("take the memory of their text, however many there are", () => {
    const bytes = Buffer.from(`[${new Array(1_000_000).fill("1234567890123456").join(",")}]`);
    const before = process.memoryUsage().heapUsed;

    const wrapped = wrapLongIntegers(bytes, "w");

    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
    expect(wrapped.length).toBe(bytes.length + 1_000_000 * '{"w":""}'.length);
  });
});
