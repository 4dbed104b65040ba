import { describe, expect, it } from "vitest";
import type { ClientEvent } from "../../test/support/matrix-client.js";
import { eventLine } from "./event-line.js";

function event(extra: Partial<ClientEvent>): ClientEvent {
  return { type: "m.room.message", event_id: "$e", sender: "@ada:localhost", origin_server_ts: 0, content: {}, ...extra };
}

describe("the line of an event", () => {
  it("has sender, type and text", () => {
    expect(eventLine(event({ content: { body: "!connect jira PLAY" } }))).toMatch(
      /^ {2}@ada:localhost +m\.room\.message +!connect jira PLAY$/,
    );
  });

  it("names a member", () => {
    const line = eventLine(event({ type: "m.room.member", state_key: "@bot:localhost", content: { membership: "join" } }));

    expect(line).toMatch(/m\.room\.member +join @bot:localhost$/);
  });

  it("has state key and content of other state, in a line of their own behind a long type", () => {
    const line = eventLine(event({ type: "org.example.a.rather.long.event.type", state_key: "key", content: { url: "u" } }));

    expect(line).toMatch(/type\n +\[key\] \{"url":"u"\}$/);
  });

  it.each([
    {
      type: "m.room.redaction",
      content: { redacts: "$other", reason: "It held a secret." },
      shows: "removes a message: It held a secret.",
    },
    { type: "m.reaction", content: { "m.relates_to": { rel_type: "m.annotation", event_id: "$other", key: "✅" } }, shows: "✅" },
  ])("has what a person sees of $type", ({ shows, ...extra }) => {
    expect(eventLine(event(extra)).endsWith(` ${shows}`)).toBe(true);
  });

  it("keeps the lines of a text in their column", () => {
    const [first = "", second = ""] = eventLine(event({ content: { body: "one\ntwo" } })).split("\n");

    expect(second.indexOf("two")).toBe(first.indexOf("one"));
  });

  it("lets no text move the cursor", () => {
    expect(eventLine(event({ content: { body: "a\u001b[2Jb\rc" } }))).toMatch(/ab c$/);
  });

  it("cuts what is very long", () => {
    expect(eventLine(event({ content: { body: "x".repeat(10_000) } })).length).toBeLessThan(500);
  });
});
