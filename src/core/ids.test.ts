import { describe, expect, it } from "vitest";
import { isRoomId, isUserId } from "./ids.js";

describe("user ids", () => {
  it.each(["@alice:example.org", "@alice:example.org:8448", "@:example.org", "@a:[::1]", `@${"a".repeat(242)}:example.org`])(
    "%s is one",
    (id) => {
      expect(isUserId(id)).toBe(true);
    },
  );

  it.each([
    "",
    "alice:example.org",
    "foo@alice:example.org",
    " @alice:example.org",
    "@alice",
    "@alice:",
    "@alice:example.org\n",
    `@${"a".repeat(243)}:example.org`,
    `@${"ä".repeat(122)}:example.org`,
    ["@alice:example.org"],
    undefined,
  ])("%j is none", (id) => {
    expect(isUserId(id)).toBe(false);
  });
});

describe("room ids", () => {
  it.each(["!room:example.org", "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM", "!a", `!${"ä".repeat(127)}`])("%s is one", (id) => {
    expect(isRoomId(id)).toBe(true);
  });

  it.each(["", "!", "room:example.org", "#room:example.org", `!${"a".repeat(255)}`, `!${"ä".repeat(128)}`, 7])("%j is none", (id) => {
    expect(isRoomId(id)).toBe(false);
  });
});
