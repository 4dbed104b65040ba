import { describe, expect, it } from "vitest";
import { IdSource } from "./id-source.js";

describe("the source of ids", () => {
  it("gives ids that sort by the order in which they were given out, over starts too", () => {
    const given = [1, 35, 36, 1_295, 1_296].flatMap((count) => {
      const ids = new IdSource({ count, token: "zzzz" });
      return Array.from({ length: 100 }, () => ids.next());
    });

    expect([...given].sort()).toEqual(given);
    expect(new Set(given).size).toBe(given.length);
  });

  it("gives other ids on a restored copy of the folder, though it counts the same start", () => {
    const before = new IdSource({ count: 7, token: "abcd" });
    const restored = new IdSource({ count: 7, token: "efgh" });

    expect(before.next()).not.toBe(restored.next());
  });

  it("knows its own ids from those of other starts", () => {
    const ids = new IdSource({ count: 7, token: "abcd" });
    const restored = new IdSource({ count: 7, token: "efgh" });

    expect([ids.isOwn(ids.next()), ids.isOwn(restored.next())]).toEqual([true, false]);
  });
});
