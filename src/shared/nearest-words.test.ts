import { describe, expect, it } from "vitest";
import { nearestWords } from "./nearest-words.js";

describe("the nearest words", () => {
  it("come first, whatever their letters' case, each with its distance", () => {
    expect(nearestWords("WEBHOK", ["instances", "url", "webhook"])).toEqual([
      { word: "webhook", edits: 1 },
      { word: "url", edits: 6 },
      { word: "instances", edits: 9 },
    ]);
  });

  it("keep their order where they are equally near", () => {
    expect(nearestWords("x", ["b", "a"]).map(({ word }) => word)).toEqual(["b", "a"]);
  });
});
