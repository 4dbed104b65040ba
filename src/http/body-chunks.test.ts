import { describe, expect, it } from "vitest";
import { BodyChunks } from "./body-chunks.js";

describe("the chunks of a body", () => {
  it.each([
    ["none", 0],
    ["one", 1],
    ["as many as lie loose", 1023],
    ["as many as are joined", 1024],
    ["many", 2500],
  ])("are joined in their order: %s", (_title, count) => {
    const chunks = new BodyChunks();
    const sent = Array.from({ length: count }, (_, index) => Buffer.from(`${index};`));

    for (const chunk of sent) chunks.add(chunk);

    expect([chunks.bytes, chunks.take().toString()]).toEqual([Buffer.concat(sent).length, sent.join("")]);
  });

  it("is the chunk itself where there is one: nothing is copied", () => {
    const chunks = new BodyChunks();
    const sent = Buffer.from("whole");

    chunks.add(sent);

    expect(chunks.take()).toBe(sent);
  });

  it("lie in few pieces, however small they come", () => {
    const chunks = new BodyChunks();

    for (let count = 0; count < 200_000; count += 1) chunks.add(Buffer.from("x"));

    expect(chunks.pieces).toBeLessThan(2_000);
    expect(chunks.take().length).toBe(200_000);
  });
});
