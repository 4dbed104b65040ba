import { describe, expect, it } from "vitest";
import { RecentMap } from "./recent-map.js";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

describe("a map of recent values", () => {
  it("gives what was set last, and nothing for what was deleted", () => {
    const map = new RecentMap<string, number>(10);
    map.set("a", 1);
    map.set("a", 2);
    map.set("b", 3);
    map.delete("b");

    expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([2, undefined, undefined]);
  });

  it("keeps as many as it is told, and never more than twice as many", () => {
    const map = new RecentMap<number, string>(50);
    for (const number of numbers(1_000)) map.set(number, "value");

    const held = numbers(1_000).filter((number) => map.has(number));

    expect(held.length).toBeLessThanOrEqual(100);
    for (const number of numbers(50)) expect(held).toContain(999 - number);
  });

  it("keeps what is asked for again and again", () => {
    const map = new RecentMap<string | number, string>(10);
    map.set("often", "kept");
    for (const number of numbers(500)) {
      map.set(number, "value");
      expect(map.get("often")).toBe("kept");
    }
  });

  it("does not give a value of before once it was set or deleted anew", () => {
    const map = new RecentMap<string | number, string>(2);
    map.set("key", "before");
    for (const number of numbers(2)) map.set(number, "value");
    map.set("key", "after");
    expect(map.get("key")).toBe("after");

    map.delete("key");
    for (const number of numbers(8)) map.set(number, "value");
    expect(map.get("key")).toBeUndefined();
  });
});
