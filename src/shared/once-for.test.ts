import { describe, expect, it } from "vitest";
import { onceFor } from "./once-for.js";

describe("onceFor", () => {
  it("works each argument out once, undefined too", () => {
    const worked: object[] = [];
    const work = onceFor((key: { readonly value?: string }) => {
      worked.push(key);
      return key.value;
    });
    const [first, second] = [{ value: "one" }, {}];

    expect([work(first), work(second), work(first), work(second)]).toEqual(["one", undefined, "one", undefined]);
    expect(worked).toEqual([first, second]);
  });
});
