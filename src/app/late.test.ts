import { describe, expect, it } from "vitest";
import { Late } from "./late.js";

describe("a part that is made later", () => {
  it("is there once it is filled in", () => {
    const late = new Late<{ readonly answer: number }>("the answer");

    late.fill({ answer: 42 });

    expect(late.get().answer).toBe(42);
  });

  it("cannot be used before, nor filled in twice: both are mistakes in the order of joining", () => {
    const late = new Late<object>("the answer");

    expect(() => late.get()).toThrow(/the answer: used before/);
    late.fill({});
    expect(() => late.fill({})).toThrow(/the answer: joined twice/);
  });
});
