import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConnectorsRig } from "../../../test/support/connectors-rig.js";

const list = "/api/v2/connectors/issue-tracker/";

interface Page {
  readonly count: number;
  readonly next: string | null;
  readonly previous: string | null;
  readonly results: readonly { readonly id: number }[];
}

let rig: ConnectorsRig;

beforeEach(() => {
  rig = new ConnectorsRig();
});

afterEach(() => rig.stop());

describe("pages of connectors", () => {
  it.each([
    { query: "?page_size=2", ids: [1, 2], next: "?page_size=2&page=2", previous: null },
    { query: "?page_size=2&page=2", ids: [3, 4], next: "?page_size=2&page=3", previous: "?page_size=2" },
    { query: "?page=3&page_size=2&exclude=params", ids: [5], next: null, previous: "?page=2&page_size=2&exclude=params" },
    { query: "?page=1", ids: [1, 2, 3, 4, 5], next: null, previous: null },
    { query: "?page=7&page=2&page_size=4", ids: [5], next: null, previous: "?page_size=4" },
    { query: "?page_size=1000", ids: [1, 2, 3, 4, 5], next: null, previous: null },
    { query: "?page_size=05", ids: [1, 2, 3, 4, 5], next: null, previous: null },
  ])("are asked for with $query", async ({ query, ids, next, previous }) => {
    await rig.register("a", "b", "c", "d", "e");
    const place = `http://127.0.0.1:${await rig.start()}${list}`;

    const answer = await rig.call("GET", list + query);

    const page = answer.json() as Page;
    expect(Object.keys(page)).toEqual(["count", "next", "previous", "results"]);
    expect({ ...page, results: page.results.map(({ id }) => id) }).toEqual({
      count: 5,
      next: next === null ? null : place + next,
      previous: previous === null ? null : place + previous,
      results: ids,
    });
  });

  it.each([
    "page_size=0",
    "page_size=1001",
    "page_size=-1",
    "page_size=x",
    "page_size=",
    "page=0",
    "page=2",
    "page=x",
    "page=1.0",
    "page=99999999999999999999",
  ])("are not there: %s", async (query) => {
    await rig.register("a");

    const answer = await rig.call("GET", `${list}?${query}`);

    expect([answer.status, answer.json()]).toEqual([404, { detail: "Invalid page." }]);
  });

  it("have a first one where there are no connectors", async () => {
    expect((await rig.call("GET", `${list}?page=1`)).json()).toEqual({ count: 0, next: null, previous: null, results: [] });
  });

  it("have a hundred where their size is not said", async () => {
    await rig.register(...Array.from({ length: 101 }, (_, index) => `remote ${index}`));

    const page = (await rig.call("GET", `${list}?page=1`)).json() as Page;

    expect([page.results.length, page.count]).toEqual([100, 101]);
    expect(page.next).toMatch(/\?page=2$/);
    expect(((await rig.call("GET", list)).json() as Page).results).toHaveLength(101);
    const last = (await rig.call("GET", `${list}?page=2`)).json() as Page;
    // Without the number it would be the address of everything at once.
    expect(last.previous).toMatch(/\?page=1$/);
  });

  it("lead from the first to the last", async () => {
    await rig.register("a", "b", "c");
    const seen: number[] = [];

    for (let path: string | null = `${list}?page_size=1`; path !== null;) {
      const page: Page = (await rig.call("GET", path)).json() as Page;
      seen.push(...page.results.map(({ id }) => id));
      path = page.next === null ? null : page.next.replace(/^http:\/\/[^/]+/, "");
    }

    expect(seen).toEqual([1, 2, 3]);
  });

  it.each([
    { options: { prefix: "/base" }, host: "tracker.test:8080", expected: `http://tracker.test:8080/base${list}?page_size=1&page=2` },
    { options: { prefix: "/base", publicUrl: "https://sb.test/x" }, host: "a", expected: `https://sb.test/x${list}?page_size=1&page=2` },
    { options: {}, host: "a:b:c", expected: `http://localhost${list}?page_size=1&page=2` },
  ])("are found from outside: $expected", async ({ options, host, expected }) => {
    const placed = new ConnectorsRig({ ...options, database: rig.database });
    await rig.register("a", "b");

    const answer = await placed.call("GET", `${"prefix" in options ? options.prefix : ""}${list}?page_size=1`, {
      headers: { authorization: "Token right", host },
    });
    await placed.stop();

    expect((answer.json() as Page).next).toBe(expected);
  });
});
