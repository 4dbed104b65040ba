import { describe, expect, it } from "vitest";
import { alice, botRig, messageEvent, room } from "../../test/support/bot-fakes.js";
import { BotDirectory } from "../core/bots.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import { createSecretCutter, createSecretWords } from "./secret-words.js";

const secret = "s3cret-1";
const { bots } = botRig({ withServiceBot: true }).deps;
const named = new BotDirectory({ ...bots.main, displayName: "Our  bot" }, bots.all.slice(1), []);
const { deps } = botRig({ overrides: { bots: named } });
const cut = createSecretCutter({ ...deps, index: { isCommandPrefix: (word) => word === "!own" } });
const secretWords = createSecretWords(deps);
const isCustomPrefix = (word: string): boolean => word === "!own";

const everywhere = {
  format: "org.matrix.custom.html",
  formatted_body: `<p>tracker token main ${secret}</p>`,
  "org.example.other": { deep: [secret] },
};

describe("an event whose secret is cut off", () => {
  it.each<[string, Partial<MatrixEvent>, string]>([
    [`tracker token main ${secret}`, {}, "tracker token"],
    [`Tracker  Token\nmain ${secret}`, {}, "tracker token"],
    [`!tracker token ${secret}`, {}, "!tracker token"],
    [`!hookshot tracker token main ${secret}`, {}, "!hookshot tracker token"],
    [`!track token main ${secret}`, {}, "!track token"],
    [`!own token main ${secret}`, {}, "!own token"],
    [`tracker token is broken in ${secret}`, {}, "tracker token"],
    [`Hookshot: tracker token main ${secret}`, {}, "tracker token"],
    [`@tracker:example.org tracker token main ${secret}`, {}, "tracker token"],
    [`Our Bot, tracker token main ${secret}`, {}, "tracker token"],
    [
      `* tracker token main ${secret}`,
      { content: { "m.relates_to": { rel_type: "m.replace", event_id: "$old" }, "m.new_content": { body: `tracker token ${secret}` } } },
      "tracker token",
    ],
    [`> <@a:b> hm\n\ntracker token ${secret}`, { content: { "m.relates_to": { "m.in_reply_to": { event_id: "$old" } } } }, "tracker token"],
  ])("holds nothing of %j but the command's name", (body, extra, name) => {
    const event = messageEvent(body, { ...extra, content: { ...everywhere, ...extra.content }, unsigned: { "m.relations": secret } });

    const stored = cut(event);

    expect(JSON.stringify(stored)).not.toContain(secret);
    expect(stored).toMatchObject({ event_id: event.event_id, room_id: room, sender: alice, content: { msgtype: "m.text", body: name } });
  });

  it("is still seen as what it was", () => {
    const { isCut, isCertain, words } = secretWords.find(cut(messageEvent(`tracker token main ${secret}`)), isCustomPrefix)!;

    expect({ isCut, isCertain, words }).toEqual({ isCut: true, isCertain: true, words: [] });
  });

  it.each(["tracker token", "tracker logout", "!tracker create Bug x", "hello"])("is the same where there is none (%j)", (body) => {
    const event = messageEvent(body, { content: everywhere });

    expect(cut(event)).toBe(event);
  });
});

it("a long run of punctuation does not hold up what comes after it", () => {
  const event = messageEvent(`tracker token ${"!".repeat(60_000)}x`);
  const began = performance.now();

  expect(secretWords.find(event, isCustomPrefix)?.isCertain).toBe(true);
  expect(performance.now() - began).toBeLessThan(500);
});
