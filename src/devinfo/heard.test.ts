import { describe, expect, it } from "vitest";
import type { CardEntity } from "../vocabulary/devinfo-card.js";
import { hearing, isNews, readHeard, writeHeard, type Heard } from "./heard.js";

type Told = Parameters<typeof isNews>[0];

/** By whom, with which sequence, in which state, when it happened; and whether it is news. */
type Step = readonly [teller: string, sequence: number, status: NonNullable<CardEntity["status"]>, happenedAt: number, isNews: boolean];

function pull(sequence: number, status: Step[2], happenedAt: number): Told {
  return { type: "pull_request", sequence: String(sequence), status, happenedAt };
}

describe("a state of a pull request", () => {
  it.each<[string, readonly Step[]]>([
    [
      "is heard once, whoever tells of it",
      [
        ["a", 1, "OPEN", 1, true],
        ["b", 500, "OPEN", 1, false],
        ["b", 501, "OPEN", 9, false],
      ],
    ],
    [
      "is heard as it changes",
      [
        ["a", 1, "OPEN", 1, true],
        ["a", 2, "MERGED", 2, true],
        ["b", 5, "OPEN", 1, false],
        ["b", 6, "MERGED", 2, false],
      ],
    ],
    [
      "is heard from who comes first",
      [
        ["a", 1, "OPEN", 1, true],
        ["b", 7, "MERGED", 2, true],
        ["a", 2, "MERGED", 2, false],
      ],
    ],
    [
      "is heard again when it comes again",
      [
        ["a", 1, "OPEN", 1, true],
        ["a", 2, "DECLINED", 2, true],
        ["a", 3, "OPEN", 3, true],
        ["b", 9, "OPEN", 3, false],
      ],
    ],
    [
      "is heard again from another one when it is newer",
      [
        ["a", 1, "OPEN", 1, true],
        ["a", 2, "DECLINED", 2, true],
        ["b", 9, "OPEN", 3, true],
      ],
    ],
    [
      "is not heard when it is late",
      [
        ["a", 2, "MERGED", 5, true],
        ["b", 9, "OPEN", 4, false],
      ],
    ],
    [
      "is heard where nobody says when it happened",
      [
        ["a", 1, "OPEN", 0, true],
        ["b", 9, "MERGED", 0, true],
        ["a", 2, "MERGED", 0, false],
        ["b", 10, "OPEN", 0, true],
      ],
    ],
    [
      "is told anew by who told it, as for another title, once",
      [
        ["a", 1, "OPEN", 1, true],
        ["a", 2, "OPEN", 2, true],
        ["a", 2, "OPEN", 2, false],
      ],
    ],
  ])("%s", (_what, steps) => {
    let heard: Heard | undefined;
    const news = steps.map(([teller, sequence, status, happenedAt]) => {
      const told = pull(sequence, status, happenedAt);
      const answer = isNews(told, teller, heard);
      if (answer) heard = readHeard(writeHeard(hearing(told, teller, heard)));
      return answer;
    });

    expect(news).toEqual(steps.map((step) => step[4]));
  });

  it("is noted once, however often it comes", () => {
    let heard: Heard | undefined;
    for (let sequence = 0; sequence < 100; sequence += 1)
      heard = hearing(pull(sequence, sequence % 2 === 0 ? "OPEN" : "DRAFT", sequence), "a", heard);

    expect(heard?.statuses).toEqual(["OPEN", "DRAFT"]);
  });
});

describe("what has no state", () => {
  const heard: Heard = { teller: "a", sequence: "1" };

  it.each<[Told["type"], string, string, boolean]>([
    ["commit", "a", "1", false],
    ["commit", "a", "2", false],
    ["commit", "b", "2", false],
    ["branch", "a", "1", false],
    ["branch", "a", "2", true],
    ["branch", "b", "2", false],
  ])("is heard once: a %s told by %s with %s", (type, teller, sequence, expected) => {
    expect(isNews({ type, sequence, happenedAt: 9 }, teller, heard)).toBe(expected);
  });
});
