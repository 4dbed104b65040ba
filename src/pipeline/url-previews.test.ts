import { describe, expect, it } from "vitest";
import { notice, reaction } from "../core/message.js";
import { applyUrlPreviews } from "./url-previews.js";

const key = "com.beeper.linkpreviews";

describe("link previews", () => {
  it.each([
    { room: undefined, config: true, isOff: false },
    { room: undefined, config: false, isOff: true },
    { room: true, config: false, isOff: false },
    { room: false, config: true, isOff: true },
  ])("with $room in the room and $config in the configuration are off: $isOff", ({ room, config, isOff }) => {
    const state = room === undefined ? {} : { showUrlPreviews: room };

    const { content } = applyUrlPreviews(notice("see https://example.org"), state, config);

    expect(Object.hasOwn(content, key)).toBe(isOff);
  });

  it.each([true, false])("follow the message's own word, %s, before the room's and the configuration's", (own) => {
    const message = { ...notice("see https://example.org"), showUrlPreviews: own };

    const { content } = applyUrlPreviews(message, { showUrlPreviews: !own }, !own);

    expect(Object.hasOwn(content, key)).toBe(!own);
  });

  it("are a matter of messages only", () => {
    const message = reaction("$event", "✅");

    expect(applyUrlPreviews(message, {}, false)).toBe(message);
  });
});
