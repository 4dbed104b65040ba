import { describe, expect, it } from "vitest";
import { entityId } from "./entity-id.js";

describe("the id of an entity", () => {
  it.each([
    ["main", "main"],
    ["release-1.2_x", "release-1.2_x"],
    ["a~b", "a~b"],
    ["feature/PLAY-1", "~666561747572652f504c41592d31"],
    ["ä", "~c3a4"],
    ["~c3a4", "~7e63336134"],
    ["", "~"],
    ["a".repeat(1024), "a".repeat(1024)],
  ])("is for %j %j", (name, id) => {
    expect(entityId(name)).toBe(id);
  });

  it("is a hash where the name is too long, another one for each name", () => {
    const ids = ["/".repeat(1024), "/".repeat(1025), "a".repeat(1025)].map(entityId);

    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^~~[0-9a-f]{64}$/);
  });
});
