import { createQueryStringHash, fromMethodAndUrl } from "atlassian-jwt";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "../support/ask.js";
import { signed, signedWrongly, type SignOptions } from "../support/connect-signer.js";
import { DevinfoRig, secrets, type DevinfoRigOptions } from "../support/devinfo-rig.js";

// Requests that Atlassian's own library signs for a Connect app, and what is wrong with others.

let rig: DevinfoRig;

beforeEach(() => {
  rig = new DevinfoRig();
});

afterEach(() => rig.stop());

const api = "/rest/devinfo/0.10";
const path = `${api}/existsByProperties?account=1`;

function options(changes: Partial<SignOptions> = {}): SignOptions {
  return { key: "com.example.app", secret: secrets.app, now: rig.clock.now(), ...changes };
}

async function get(target: string, authorization: string): Promise<Asked> {
  return ask(await rig.start(), target, { headers: { authorization } });
}

/** Asks for `path` with claims that replace the usual ones. */
async function withClaims(claims: Readonly<Record<string, unknown>>): Promise<number> {
  return (await get(path, signed("GET", path, options({ claims })))).status;
}

function seconds(): number {
  return Math.floor(rig.clock.now() / 1_000);
}

describe("a signed request", () => {
  it.each([
    "existsByProperties?account=1",
    "existsByProperties?accountId=1+a*b&projectId=A%26B",
    "existsByProperties?accountId=1%20a%2Ab&projectId=A%26B",
    "existsByProperties?b=2&a=1&_updateSequenceId=3",
    "existsByProperties?a=!'()~&b=%7E%21%27%28%29",
    "existsByProperties?gr%C3%BC%C3%9Fe=%E2%9C%93%F0%9F%98%80",
    "existsByProperties?a=1%2C2&A=3",
    "existsByProperties?a=%3D%25%2F%3F%23",
    "existsByProperties/?account=1",
  ])("is known by Atlassian's own hash: %s", async (target) => {
    const url = `${api}/${target}`;

    expect((await get(url, signed("GET", url, options()))).status).toBe(200);
  });

  it.each(["repository/a%7Eb.c", "repository/a%7eb.c", "repository/a&b", "repository/a&b/", "repository/a%26b?c=d"])(
    "is known by its path as sent, still percent-encoded: %s",
    async (target) => {
      const url = `${api}/${target}`;

      expect((await get(url, signed("GET", url, options()))).status).toBe(404);
    },
  );

  it.each(["b=2&a=2&a=1", "a=b&a=B&A=a", "a=1,2&a=1", "a=&a"])(
    "is known with a name that stands twice, which then does not fit: %s",
    async (query) => {
      const url = `${api}/existsByProperties?${query}`;

      expect((await get(url, signed("GET", url, options()))).status).toBe(400);
    },
  );

  it("is known with claims that do not count", async () => {
    expect(await withClaims({ sub: "ada", aud: ["elsewhere"], context: { user: { accountId: "1" } } })).toBe(200);
  });

  it("is known whatever its body is", async () => {
    const answer = await ask(await rig.start(), `${api}/bulk`, {
      method: "POST",
      headers: { authorization: signed("POST", `${api}/bulk`, options()), "content-type": "application/json" },
      body: JSON.stringify({ repositories: [] }),
    });

    expect(answer.status).toBe(400);
  });

  it("is known through the gateway with its prefix in the hash and without it", async () => {
    const gateway = `/ex/jira/${rig.cloudId}`;

    expect((await get(`${gateway}${path}`, signed("GET", path, options()))).status).toBe(200);
    expect((await get(`${gateway}${path}`, signed("GET", `${gateway}${path}`, options()))).status).toBe(200);
    expect((await get(path, signed("GET", `${gateway}${path}`, options()))).status).toBe(401);
  });

  it("is known with a jwt parameter beside the header, which counts in no hash and is no property", async () => {
    const url = `${path}&jwt=abc`;

    expect((await get(url, signed("GET", path, options()))).status).toBe(200);
    expect((await get(`${api}/existsByProperties?jwt=abc`, signed("GET", `${api}/existsByProperties`, options()))).status).toBe(400);
  });
});

describe("a signed request is refused", () => {
  it.each<{ what: string; authorization: () => string }>([
    { what: "with a wrong secret", authorization: () => signed("GET", path, options({ secret: "wrong" })) },
    { what: "with the secret of another app", authorization: () => signed("GET", path, options({ secret: secrets.readingApp })) },
    { what: "of an unknown app", authorization: () => signed("GET", path, options({ key: "com.example.nobody" })) },
    { what: "of an app named like a member of every object", authorization: () => signed("GET", path, options({ key: "__proto__" })) },
    { what: "for another value in the query", authorization: () => signed("GET", `${api}/existsByProperties?account=2`, options()) },
    { what: "for another name in the query", authorization: () => signed("GET", `${api}/existsByProperties?accounts=1`, options()) },
    { what: "for one parameter more", authorization: () => signed("GET", `${path}&project=1`, options()) },
    { what: "for another path", authorization: () => signed("GET", `${api}/bulkByProperties?account=1`, options()) },
    { what: "for another method", authorization: () => signed("DELETE", path, options()) },
    { what: "with the hash of browser contexts", authorization: () => signed("GET", path, options({ claims: { qsh: "context-qsh" } })) },
    { what: "without a hash", authorization: () => signed("GET", path, options({ claims: { qsh: undefined } })) },
    { what: "with a hash in capitals", authorization: () => signed("GET", path, options({ claims: { qsh: capitals() } })) },
    { what: "with a hash that is no text", authorization: () => signed("GET", path, options({ claims: { qsh: 1 } })) },
    { what: "without an issuer", authorization: () => signed("GET", path, options({ claims: { iss: undefined } })) },
    { what: "unsigned", authorization: () => signedWrongly("none", "GET", path, options()) },
    { what: "with HS384", authorization: () => signedWrongly("HS384", "GET", path, options()) },
    { what: "with HS512", authorization: () => signedWrongly("HS512", "GET", path, options()) },
    { what: "with RS256", authorization: () => signedWrongly("RS256", "GET", path, options()) },
    { what: "with its last character cut off", authorization: () => signed("GET", path, options()).slice(0, -1) },
    { what: "with a claim changed afterwards", authorization: tampered },
    { what: "as Bearer", authorization: () => signed("GET", path, options()).replace("JWT", "Bearer") },
    { what: "as what is no token", authorization: () => "JWT a.b.c" },
    { what: "as nothing", authorization: () => "JWT " },
  ])("$what", async ({ authorization }) => {
    const answer = await get(path, authorization());

    expect([answer.status, answer.json()]).toEqual([401, { errorMessages: [{ message: expect.any(String) }] }]);
    expect(answer.text + rig.logged.join("\n")).not.toContain(secrets.app);
  });

  it("with its token in the address only", async () => {
    const token = signed("GET", path, options()).slice("JWT ".length);

    expect((await ask(await rig.start(), `${path}&jwt=${token}`)).status).toBe(401);
  });
});

function capitals(): string {
  return createQueryStringHash(fromMethodAndUrl("GET", path)).toUpperCase();
}

/** Another app's key under the first one's signature. */
function tampered(): string {
  const [head, , signature] = signed("GET", path, options()).split(".");
  const [, claims] = signed("GET", path, options({ key: "com.example.reader" })).split(".");
  return `${head ?? ""}.${claims ?? ""}.${signature ?? ""}`;
}

describe("the times of a token", () => {
  it.each<{ what: string; claims: () => Readonly<Record<string, unknown>>; status: number }>([
    { what: "just ended, within the clocks' difference", claims: () => ({ iat: seconds() - 180, exp: seconds() - 29 }), status: 200 },
    { what: "ended", claims: () => ({ iat: seconds() - 180, exp: seconds() - 31 }), status: 401 },
    { what: "not begun, within the clocks' difference", claims: () => ({ iat: seconds() + 30, exp: seconds() + 210 }), status: 200 },
    { what: "not begun", claims: () => ({ iat: seconds() + 31, exp: seconds() + 211 }), status: 401 },
    { what: "good for nearly an hour", claims: () => ({ iat: seconds(), exp: seconds() + 3_599 }), status: 200 },
    { what: "good for an hour", claims: () => ({ iat: seconds(), exp: seconds() + 3_600 }), status: 200 },
    { what: "good for longer than an hour", claims: () => ({ iat: seconds(), exp: seconds() + 3_601 }), status: 401 },
    { what: "good for ever", claims: () => ({ exp: undefined }), status: 401 },
    { what: "without a beginning", claims: () => ({ iat: undefined }), status: 401 },
    { what: "ending in words", claims: () => ({ exp: "tomorrow" }), status: 401 },
  ])("$what: $status", async ({ claims, status }) => {
    expect(await withClaims(claims())).toBe(status);
  });
});

describe("the scopes of a Connect app", () => {
  it("are those of the configuration", async () => {
    const reader = options({ key: "com.example.reader", secret: secrets.readingApp });
    const url = `${api}/bulkByProperties?account=1`;
    const deleting = await ask(await rig.start(), url, { method: "DELETE", headers: { authorization: signed("DELETE", url, reader) } });

    expect((await get(path, signed("GET", path, reader))).status).toBe(200);
    expect(deleting.status).toBe(403);
    expect(deleting.json()).toEqual({ errorMessages: [{ message: expect.any(String) }] });
  });
});

describe("the path that is signed", () => {
  it.each<{ what: string; place: DevinfoRigOptions; sent: string }>([
    { what: "a prefix", place: { prefix: "/hooks" }, sent: `/hooks${path}` },
    { what: "a public address behind a proxy that cuts its path off", place: { publicUrl: "https://dev.example.org/hooks" }, sent: path },
    {
      what: "a public address behind a proxy that has another path",
      place: { publicUrl: "https://dev.example.org/hooks", prefix: "/inner" },
      sent: `/inner${path}`,
    },
    {
      what: "a public address with the same path",
      place: { publicUrl: "https://dev.example.org/hooks", prefix: "/hooks" },
      sent: `/hooks${path}`,
    },
  ])("is the one below $what", async ({ place, sent }) => {
    const placed = new DevinfoRig(place);
    try {
      const port = await placed.start();
      const now = placed.clock.now();
      const base = place.publicUrl ?? `http://127.0.0.1:${port}${place.prefix ?? ""}`;
      const authorization = signed("GET", `${base}${path}`, options({ now, baseUrl: base }));

      expect((await ask(port, sent, { headers: { authorization } })).status).toBe(200);
    } finally {
      await placed.stop();
    }
  });
});
