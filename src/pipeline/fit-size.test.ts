import { describe, expect, it } from "vitest";
import { notice } from "../core/message.js";
import { fitSize } from "./fit-size.js";

const contentBytes = 60_000;
const own = {
  "uk.half-shot.matrix-hookshot.jira.issue": { id: "1", key: "PLAY-1" },
  external_url: "https://jira.example.org/browse/PLAY-1",
};

function bytesOf(content: object): number {
  return Buffer.byteLength(JSON.stringify(content));
}

describe("fitting a message into an event", () => {
  it("leaves a message that fits as it is", () => {
    const message = notice("hello", "<p>hello</p>", own);

    expect(fitSize(message)).toEqual(message);
  });

  it("leaves a message that just fits as it is", () => {
    const message = notice("x".repeat(contentBytes - 200));

    expect(fitSize(message)).toEqual(message);
  });

  it("drops our own keys first", () => {
    const fitted = fitSize(
      notice("x".repeat(29_000), "y".repeat(30_000), { ...own, filler: "kept", "uk.half-shot.more": "z".repeat(2_000) }),
    );

    expect(fitted.content).toMatchObject({ body: "x".repeat(29_000), formatted_body: "y".repeat(30_000), filler: "kept" });
    expect(fitted.content).not.toHaveProperty("external_url");
    expect(bytesOf(fitted.content)).toBeLessThanOrEqual(contentBytes);
  });

  it("drops the formatted text next", () => {
    const fitted = fitSize(notice("x".repeat(40_000), "y".repeat(40_000), own));

    expect(fitted.content).toEqual({ msgtype: "m.notice", body: "x".repeat(40_000) });
  });

  it.each([
    { title: "plain letters", character: "x" },
    { title: "characters of four bytes", character: "😀" },
    { title: "characters that JSON escapes", character: "\u0001" },
    { title: "quotes", character: '"' },
  ])("cuts the text last, of $title, at a character and to the limit", ({ character }) => {
    const { content } = fitSize(notice(character.repeat(70_000)));

    expect(bytesOf(content)).toBeLessThanOrEqual(contentBytes);
    expect(bytesOf(content)).toBeGreaterThan(contentBytes - 20);
    expect(content["body"]).toMatch(new RegExp(`^(?:${character})+…$`, "u"));
  });
});
