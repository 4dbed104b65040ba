import { describe, expect, it } from "vitest";
import { allOf, countOfSingles, firstOf, nextNumber } from "./host-pages.js";

const link = (rel: string, page = 7): string => `<http://169.254.169.254/x?per_page=1&page=${page}>; rel="${rel}"`;

describe("pages of a host's list", () => {
  it.each([
    { headers: {}, count: 100, next: 3, title: "a full page without a header has a next one" },
    { headers: {}, count: 99, next: undefined, title: "any other has none" },
    { headers: { link: `${link("prev")}, ${link("next")}` }, count: 5, next: 3, title: "a link says that there is more, and not where" },
    { headers: { link: link("prev") }, count: 100, next: undefined, title: "links without a next one say that this is all" },
    { headers: { "x-next-page": "2000" }, count: 5, next: 3, title: "a number says that there is more, and not where" },
    { headers: { "x-next-page": "", link: link("next") }, count: 100, next: undefined, title: "an empty number says that this is all" },
    { headers: { link: link("next") }, count: 0, next: undefined, title: "behind nothing there is nothing" },
  ])("end where the host says so: $title", ({ headers, count, next }) => {
    expect(nextNumber({ headers }, 2, count)).toEqual(next === undefined ? {} : { next });
  });

  it.each([
    { header: `${link("next", 2)}, ${link("last", 1234)}`, count: 1234 },
    { header: link("next", 2), count: 1 },
    { header: `<x?page=99999999999999999999>; rel="last"`, count: 1 },
    { header: undefined, count: 1 },
  ])("tell how many there are by the last one's number: $header", ({ header, count }) => {
    expect(countOfSingles({ json: [1], headers: header === undefined ? {} : { link: header } }, 1)).toBe(count);
  });

  it("do not go on for ever", async () => {
    let pages = 0;
    const endless = async (): Promise<{ items: number[]; next: number }> => ({ items: [(pages += 1)], next: 1 });

    await expect(firstOf(endless)).rejects.toThrow("its list does not end after 1000 pages");
    expect(pages).toBe(1_000);
  });

  it("are cut where there are too many names", async () => {
    const full = async (): Promise<{ items: number[]; next: number }> => ({ items: Array.from({ length: 100 }, () => 1), next: 1 });

    expect(await firstOf(full)).toHaveLength(10_000);
    for await (const item of allOf(full)) {
      expect(item).toBe(1);
      break;
    }
  });
});
