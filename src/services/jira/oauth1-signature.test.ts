import { generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { oauth1Header, signatureBase } from "./oauth1-signature.js";

describe("what OAuth 1.0a signs", () => {
  // The request and the result of RFC 5849, section 3.4.1.1.
  it("is the base string of RFC 5849 for its example", () => {
    const query = "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b";
    const header = {
      oauth_consumer_key: "9djdj82h48djs9d2",
      oauth_token: "kkk9d7dh3k39sjv7",
      oauth_signature_method: "HMAC-SHA1",
      oauth_timestamp: "137131201",
      oauth_nonce: "7d8f3e4a",
    };
    const body = [
      ["c2", ""],
      ["a3", "2 q"],
    ] as const;

    const base = signatureBase({ method: "post", url: query }, [...Object.entries(header), ...body]);

    expect(base).toBe(
      "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7",
    );
  });

  // The addresses of section 3.4.1.2.
  it.each([
    ["http://EXAMPLE.COM:80/r%20v/X?id=123", "GET&http%3A%2F%2Fexample.com%2Fr%2520v%2FX&id%3D123"],
    ["https://www.example.net:8080/?q=1", "GET&https%3A%2F%2Fwww.example.net%3A8080%2F&q%3D1"],
  ])("names the address of %s as section 3.4.1.2 does", (url, base) => {
    expect(signatureBase({ method: "GET", url }, [])).toBe(base);
  });

  it("encodes what a browser leaves alone", () => {
    expect(signatureBase({ method: "GET", url: "https://example.org/" }, [["x", "!'()*~-._ é☃"]])).toBe(
      "GET&https%3A%2F%2Fexample.org%2F&x%3D%2521%2527%2528%2529%252A~-._%2520%25C3%25A9%25E2%2598%2583",
    );
  });
});

describe("the header of OAuth 1.0a", () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const request = { method: "GET", url: "https://jira.example.org/jira/rest/api/2/user/search?query=a+b&x=%26" } as const;

  function read(header: string): Readonly<Record<string, string>> {
    const pairs = header.slice("OAuth ".length).split(", ");
    return Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), decodeURIComponent(pair.slice(pair.indexOf("=") + 2, -1))]),
    );
  }

  it("is one that the public key verifies", () => {
    const parameters = { oauth_token: "to/ken+" };

    const header = oauth1Header(request, { key: "a key", privateKey }, parameters, { nowMs: 1_700_000_000_999, nonce: "n0nce" });

    const { oauth_signature: signature = "", ...signed } = read(header);
    expect(header).toMatch(/^OAuth [^\s"=,]+="[^"]*"(?:, [^\s"=,]+="[^"]*")*$/);
    expect(signed).toEqual({
      oauth_consumer_key: "a key",
      oauth_nonce: "n0nce",
      oauth_signature_method: "RSA-SHA1",
      oauth_timestamp: "1700000000",
      oauth_version: "1.0",
      oauth_token: "to/ken+",
    });
    const base = signatureBase(request, Object.entries(signed));
    expect(verify("sha1", Buffer.from(base), publicKey, Buffer.from(signature, "base64"))).toBe(true);
    expect(verify("sha1", Buffer.from(base.replace("GET", "PUT")), publicKey, Buffer.from(signature, "base64"))).toBe(false);
  });
});
