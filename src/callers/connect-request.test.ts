import { createCanonicalRequest, createQueryStringHash, fromMethodAndUrl } from "atlassian-jwt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalRequest, queryStringHash } from "./connect-request.js";

const base = "https://switchboard.test";

function ours(method: string, target: string): string {
  const [path = "", ...search] = target.split("?");
  return canonicalRequest({ method, path, query: new URLSearchParams(search.join("?")) });
}

function theirs(method: string, target: string): string {
  return createCanonicalRequest(fromMethodAndUrl(method, base + target), false, base);
}

const targets = [
  "/",
  "/rest/devinfo/0.10/bulk",
  "/rest/devinfo/0.10/bulk/",
  "/rest/devinfo/0.10/bulk?",
  "/rest/devinfo/0.10/existsByProperties?fakeProperty=1",
  "/rest/devinfo/0.10/bulkByProperties?accountId=1+a*b&projectId=A%26B",
  "/rest/devinfo/0.10/bulkByProperties?a=b%20c&a=%2B&A=x",
  "/rest/devinfo/0.10/repository/hello%20w%C3%B6rld",
  "/rest/devinfo/0.10/repository/a%2Fb",
  "/rest/devinfo/0.10/repository/a&b?c=d",
  "/rest/devinfo/0.10/repository/a&b&/?c=d",
  "/rest/devinfo/0.10/repository/a~b-c._",
  "/p?name=ä&name=z&name=a",
  "/p?name=b&name=a,b&name=",
  "/p?b=2&a=1&jwt=eyJ.a.b&ab=3",
  "/p?jwt=x",
  "/p?jwt=x&JWT=y",
  "/p?a",
  "/p?a=&b",
  "/p?=x",
  "/p?a=b=c",
  "/p?a[]=1&a[]=2",
  "/p?q=!'()*~-._%20",
  "/p?q=%F0%9F%8E%89&ü=%C3%BC",
  "/p?a=1&&b=2",
  "/p?a=100%25",
  "/p?%61=1",
  "/p?_updateSequenceId=9223372036854775807&installationId=4711",
];

describe("the canonical request", () => {
  it.each(targets)("is that of Atlassian's own library: %s", (target) => {
    for (const method of ["GET", "post", "DELETE"]) {
      expect(ours(method, target)).toBe(theirs(method, target));
      const [path = "", ...search] = target.split("?");
      const request = { method, path, query: new URLSearchParams(search.join("?")) };
      expect(queryStringHash(request)).toBe(createQueryStringHash(fromMethodAndUrl(method, base + target), false, base));
    }
  });

  it("is that of Atlassian's own library for whatever names and values", () => {
    // Their library orders by UTF-16 units, and drops a name that JavaScript objects have.
    const text = fc.string({ unit: "grapheme", maxLength: 8 }).filter((each) => each !== "__proto__" && !/[\uD800-\uFFFF]/.test(each));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 6 }), (pairs) => {
        const target = `/p?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&")}`;
        expect(ours("GET", target)).toBe(theirs("GET", target));
      }),
      { seed: 8, numRuns: 300 },
    );
  });

  it.each([
    { title: "capitals in the method", given: ["get", "/p"], is: "GET&/p&" },
    { title: "no parameters", given: ["GET", "/p"], is: "GET&/p&" },
    { title: "no path", given: ["GET", ""], is: "GET&/&" },
    { title: "a slash at the end", given: ["GET", "/p/"], is: "GET&/p&" },
    { title: "two slashes at the end", given: ["GET", "/p//"], is: "GET&/p/&" },
    { title: "nothing but a slash", given: ["GET", "/"], is: "GET&/&" },
    { title: "an ampersand in the path", given: ["GET", "/a&b"], is: "GET&/a%26b&" },
    { title: "a blank written as a plus", given: ["GET", "/p?a=b+c"], is: "GET&/p&a=b%20c" },
    { title: "unreserved and other characters", given: ["GET", "/p?a=~*!'()"], is: "GET&/p&a=~%2A%21%27%28%29" },
    {
      title: "names in the order of code points",
      given: ["GET", "/p?%F0%9F%8E%89=1&%EF%BF%BD=2"],
      is: "GET&/p&%EF%BF%BD=2&%F0%9F%8E%89=1",
    },
    { title: "several values of a name", given: ["GET", "/p?a=b&a=a"], is: "GET&/p&a=a,b" },
    { title: "a token in the query", given: ["GET", "/p?jwt=secret&b=1"], is: "GET&/p&b=1" },
  ])("has $title: $is", ({ given: [method = "", target = ""], is }) => {
    expect(ours(method, target)).toBe(is);
  });
});
