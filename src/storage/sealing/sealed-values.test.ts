import { MemoryLevel } from "memory-level";
import { describe, expect, it } from "vitest";
import { holdsSealedValues, placeOfKey, sealedPlace, sealedRanges, sealedSlices } from "./sealed-values.js";

async function databaseWith(entries: Readonly<Record<string, string>>): Promise<MemoryLevel<string, string>> {
  const database = new MemoryLevel<string, string>();
  await database.open();
  await database.batch(Object.entries(entries).map(([key, value]) => ({ type: "put", key, value })));
  return database;
}

describe("the place of a sealed value", () => {
  it.each([
    ["logins-jira", '["@a:b","main"]', { store: "logins-jira", record: '["@a:b","main"]', field: "login" }],
    ["secrets-generic-outbound", "a!b", { store: "secrets-generic-outbound", record: "a!b", field: "secret" }],
    ["login-tickets-begun", "ticket x", { store: "login-tickets-begun", record: "x", field: "ticket" }],
    ["login-tickets-undo", "ticket ticket x", { store: "login-tickets-undo", record: "ticket x", field: "ticket" }],
    ["login-notices", "1", { store: "login-notices", record: "1", field: "notice" }],
    ["room-work", "!a:b\u00001", { store: "room-work", record: "!a:b\u00001", field: "work" }],
    ["forwards", "c\u00001", { store: "forwards", record: "c\u00001", field: "forward" }],
    ["connectors", "record 1", { store: "connectors", record: "record 1", field: "record" }],
  ])("of %s follows from its key %j, also as the whole database sees it", (store, key, place) => {
    expect(sealedPlace(store, key)).toEqual(place);
    expect(placeOfKey(`!${store}!${key}`)).toEqual(place);
  });

  it.each(["meta", "connectors2", "logins", "login-notices-2", ""])("is not there for a store that does not seal: %j", (store) => {
    expect(() => sealedPlace(store, "a")).toThrow(TypeError);
  });
});

describe("looking for sealed values", () => {
  it("finds them in slices, once each, and nothing else", async () => {
    const entries = Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`!logins-a!${index}`, `sealed1.k${index % 2}.x`]));
    const database = await databaseWith({
      ...entries,
      "!logins-b!1": "sealed1.k0.x",
      "!room-work!1": "{}",
      "!room-works!1": "sealed1.k0.x",
      "!connectors!next": "2",
    });

    const found: string[][] = [];
    for await (const slice of sealedSlices(database, 3)) found.push(slice.map(({ key }) => key));

    expect(found.flat()).toEqual([...Object.keys(entries), "!logins-b!1"]);
    expect(Math.max(...found.map(({ length }) => length))).toBe(3);
  });

  it("tells of any key, or of one", async () => {
    const database = await databaseWith({ "!forwards!1": "sealed1.one.x" });

    expect(await Promise.all([undefined, "one", "two"].map((keyId) => holdsSealedValues(database, keyId)))).toEqual([true, true, false]);
    expect(await holdsSealedValues(await databaseWith({ "!forwards!1": "{}" }))).toBe(false);
  });

  it("has ranges that do not overlap", () => {
    const inOrder = [...sealedRanges].sort((left, right) => (left.gt < right.gt ? -1 : 1));

    for (const [index, { gt }] of inOrder.entries()) expect(gt >= (inOrder[index - 1]?.lt ?? "")).toBe(true);
  });
});
