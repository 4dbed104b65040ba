import { describe, expect, it } from "vitest";
import { KeyFilter } from "./key-filter.js";

function filledWith(keys: Iterable<string>): KeyFilter {
  const filter = new KeyFilter();
  for (const key of keys) filter.found(key);
  filter.fill();
  return filter;
}

function* manyKeys(name: string, count: number): Generator<string> {
  for (let number = 0; number < count; number += 1) yield `in|jira|jira.example.org ${name}-${number}`;
}

function shareHeld(filter: KeyFilter, keys: Iterable<string>): number {
  let [held, all] = [0, 0];
  for (const key of keys) {
    all += 1;
    if (filter.mayHave(key)) held += 1;
  }
  return held / all;
}

describe("KeyFilter", () => {
  it("takes everything for possible until somebody went through the store", () => {
    expect(new KeyFilter().mayHave("key")).toBe(true);
  });

  it("has every key that was found", () => {
    const keys = ["", "a", "ä", "😀", "x".repeat(10_000), ...manyKeys("found", 20_000)];

    expect(shareHeld(filledWith(keys), keys)).toBe(1);
  });

  it("has nothing of an empty store", () => {
    expect(shareHeld(filledWith([]), manyKeys("strange", 1_000))).toBe(0);
  });

  it.each([
    { count: 300_000, share: 0.001 },
    { count: 1_000_000, share: 0.03 },
  ])("takes less than $share of strange keys for some of $count", ({ count, share }) => {
    expect(shareHeld(filledWith(manyKeys("found", count)), manyKeys("strange", 50_000))).toBeLessThan(share);
  });

  it("has what was put before, during and after somebody went through", () => {
    const filter = new KeyFilter();
    filter.add("put before");
    filter.found("stored");
    filter.add("put during");
    filter.fill();
    filter.add("put after");

    expect(shareHeld(filter, ["put before", "stored", "put during", "put after"])).toBe(1);
    expect(filter.mayHave("strange")).toBe(false);
  });

  it("forgets what is not found the next time, and keeps what was put since the last", () => {
    const filter = filledWith(["gone", "stays"]);
    filter.add("put since");
    filter.found("stays");
    filter.fill();

    expect([filter.mayHave("gone"), filter.mayHave("stays"), filter.mayHave("put since")]).toEqual([false, true, true]);
  });

  it("knows a key as the database gives it back, where halves of surrogate pairs became U+FFFD", () => {
    expect(filledWith(["a\ufffdb"]).mayHave("a\ud800b")).toBe(true);
  });
});
