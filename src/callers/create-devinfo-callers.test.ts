import { generateKeyPairSync } from "node:crypto";
import {
  AsymmetricAlgorithm,
  createQueryStringHash,
  encodeAsymmetric,
  encodeSymmetric,
  fromMethodAndUrl,
  SymmetricAlgorithm,
} from "atlassian-jwt";
import { describe, expect, it } from "vitest";
import { configured, DevinfoAccessRig } from "../../test/support/devinfo-access-rig.js";
import { PermissionError, StorageError, type SwitchboardError } from "../core/errors.js";
import type { DevinfoCaller, SignedRequest } from "./devinfo-callers.js";

const target = "/rest/devinfo/0.10/existsByProperties?a=1+b&c=%26";
const rig = new DevinfoAccessRig();
const now = Math.floor(rig.clock.now() / 1000);

function hashOf(method = "GET", url = target): string {
  return createQueryStringHash(fromMethodAndUrl(method, `https://switchboard.test${url}`), false, "https://switchboard.test");
}

const claims = { iss: "com.example.app", iat: now, exp: now + 180, qsh: hashOf() };

function tokenOf(changes: object = {}, secret = "shared", algorithm = SymmetricAlgorithm.HS256): string {
  return encodeSymmetric({ ...claims, ...changes }, secret, algorithm);
}

function signed(authorization: string | undefined, changes: Partial<SignedRequest> = {}): SignedRequest {
  const [path = "", search] = target.split("?");
  return { method: "GET", paths: [path], query: new URLSearchParams(search), authorization, ...changes };
}

/** A token put together by hand. */
function handMade(header: object, payload: object | string, signature = "c2ln"): string {
  const encode = (part: object | string): string =>
    Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
  return `${encode(header)}.${encode(payload)}.${signature}`;
}

async function refusalOf(request: SignedRequest, access = rig.access()): Promise<SwitchboardError> {
  const error: unknown = await access.callers.authenticate(request).then(
    (caller) => new Error(`let in as ${caller.name}`),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PermissionError);
  return error as PermissionError;
}

describe("a Connect JWT", () => {
  const caller: DevinfoCaller = {
    ...{ name: "com.example.app", provider: "com.example.app", instance: "main" },
    scopes: new Set(["READ", "WRITE", "DELETE"]),
  };

  it.each([
    { title: "by Atlassian's own library", authorization: `JWT ${tokenOf()}` },
    { title: "with the scheme in other letters", authorization: `jwt ${tokenOf()}` },
    { title: "with claims that do not count", authorization: `JWT ${tokenOf({ sub: "x", aud: "other", context: { user: 1 } })}` },
    { title: "that ended within the skew", authorization: `JWT ${tokenOf({ iat: now - 209, exp: now - 29 })}` },
    { title: "that begins within the skew", authorization: `JWT ${tokenOf({ iat: now + 30, exp: now + 210 })}` },
    { title: "that is good for an hour", authorization: `JWT ${tokenOf({ exp: now + 3600 })}` },
  ])("$title is known", async ({ authorization }) => {
    expect(await rig.access().callers.authenticate(signed(authorization))).toEqual(caller);
  });

  it("fits any of the paths that it may mean, and the token parameter never counts", async () => {
    const { callers } = rig.access();
    const query = new URLSearchParams([...new URLSearchParams("a=1+b&c=%26"), ["jwt", "eyJ.x.y"]]);
    const paths = ["/ex/j/1/rest/devinfo/0.10/existsByProperties", "/rest/devinfo/0.10/existsByProperties"];

    expect(await callers.authenticate(signed(`JWT ${tokenOf()}`, { paths, query }))).toEqual(caller);
  });

  const rsa = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const [head = "", body = "", signature = ""] = tokenOf().split(".");

  it.each([
    { title: "with a wrong secret", token: tokenOf({}, "wrong") },
    { title: "of an app that nobody knows", token: tokenOf({ iss: "com.other" }) },
    { title: "of an app by another spelling", token: tokenOf({ iss: "COM.EXAMPLE.APP" }) },
    { title: "without iss", token: tokenOf({ iss: undefined }) },
    { title: "with an iss that is no text", token: tokenOf({ iss: 1 }) },
    { title: "that has expired", token: tokenOf({ iat: now - 210, exp: now - 30 }) },
    { title: "without exp", token: tokenOf({ exp: undefined }) },
    { title: "with an exp that is text", token: tokenOf({ exp: String(now + 180) }) },
    { title: "with an exp that never comes", token: handMade({ alg: "HS256" }, `{"iss":"com.example.app","exp":1e999}`) },
    { title: "without iat", token: tokenOf({ iat: undefined }) },
    { title: "with an iat that is text", token: tokenOf({ iat: String(now) }) },
    { title: "from the future", token: tokenOf({ iat: now + 31, exp: now + 180 }) },
    { title: "that is not good yet", token: tokenOf({ nbf: now + 31 }) },
    { title: "that is good for longer than an hour", token: tokenOf({ exp: now + 3601 }) },
    { title: "that ends before it begins", token: tokenOf({ iat: now + 20, exp: now - 20 }) },
    { title: "without qsh", token: tokenOf({ qsh: undefined }) },
    { title: "with a qsh that is no text", token: tokenOf({ qsh: 1 }) },
    { title: "with the hash of browsers' tokens", token: tokenOf({ qsh: "context-qsh" }) },
    { title: "with an empty hash", token: tokenOf({ qsh: "" }) },
    { title: "with the hash in capitals", token: tokenOf({ qsh: hashOf().toUpperCase() }) },
    { title: "for another method", token: tokenOf({ qsh: hashOf("DELETE") }) },
    { title: "for another path", token: tokenOf({ qsh: hashOf("GET", "/rest/devinfo/0.10/bulk?a=1+b&c=%26") }) },
    { title: "for another query", token: tokenOf({ qsh: hashOf("GET", "/rest/devinfo/0.10/existsByProperties?a=1+b") }) },
    { title: "signed with HS384", token: tokenOf({}, "shared", SymmetricAlgorithm.HS384) },
    { title: "signed with HS512", token: tokenOf({}, "shared", SymmetricAlgorithm.HS512) },
    { title: "signed with RS256", token: encodeAsymmetric(claims, rsa.privateKey, AsymmetricAlgorithm.RS256, { kid: "k" }) },
    { title: "not signed", token: handMade({ typ: "JWT", alg: "none" }, claims, "") },
    { title: "not signed, in other letters", token: handMade({ typ: "JWT", alg: "None" }, claims, "") },
    { title: "without an algorithm", token: handMade({ typ: "JWT" }, claims, signature) },
    { title: "with a critical header that nobody knows", token: handMade({ alg: "HS256", crit: ["x"], x: 1 }, claims, signature) },
    {
      title: "whose claims were changed",
      token: `${head}.${handMade({}, { ...claims, iss: "com.example.app", x: 1 }).split(".")[1]}.${signature}`,
    },
    { title: "whose signature was cut off", token: `${head}.${body}.` },
    { title: "whose signature was cut short", token: `${head}.${body}.${signature.slice(0, -4)}` },
    { title: "of two parts", token: `${head}.${body}` },
    { title: "of four parts", token: `${head}.${body}.${signature}.${signature}` },
    { title: "whose claims are no object", token: handMade({ alg: "HS256" }, "[1]") },
    { title: "whose claims are no JSON", token: handMade({ alg: "HS256" }, "{") },
    { title: "whose claims are no base64", token: `${head}.%%%.${signature}` },
    { title: "whose header is no base64", token: `%%%.${body}.${signature}` },
    { title: "that is none", token: "x" },
    { title: "of many dots", token: "..".repeat(2000) },
    { title: "beyond ASCII", token: `${head}.${body}.ä` },
  ])("$title is refused, in the same words as all others", async ({ token }) => {
    const error = await refusalOf(signed(`JWT ${token}`));

    expect([error.message, error.code]).toEqual(["Unauthorized", "HS_BAD_TOKEN"]);
  });

  it.each([
    { title: "another method", changes: { method: "DELETE" } },
    { title: "another path", changes: { paths: ["/rest/devinfo/0.10/bulkByProperties"] } },
    { title: "no path", changes: { paths: [] } },
    { title: "a parameter more", changes: { query: new URLSearchParams("a=1+b&c=%26&d=1") } },
    { title: "another value", changes: { query: new URLSearchParams("a=1+b&c=%26%26") } },
  ])("is refused for $title than it was signed for", async ({ changes }) => {
    await refusalOf(signed(`JWT ${tokenOf()}`, changes));
  });

  it.each([undefined, "", "JWT", "JWT ", "Basic Y2k6cmlnaHQ=", "Token x", "Bearer x", `JWT ${tokenOf()} x`, tokenOf()])(
    "is not found in the header %s",
    async (authorization) => {
      await refusalOf(signed(authorization));
    },
  );

  it("that is refused although its signature is right says why in the log, once a minute", async () => {
    const own = new DevinfoAccessRig();
    const access = own.access();
    const bad = [tokenOf({ qsh: hashOf("POST") }), tokenOf({ exp: now - 60 }), tokenOf({ exp: now + 4000 })];

    for (const token of [...bad, ...bad]) await refusalOf(signed(`JWT ${token}`), access);
    await refusalOf(signed(`JWT ${tokenOf({}, "wrong")}`), access);

    expect(own.logged.map((line) => (JSON.parse(line) as { fault: string }).fault)).toEqual(["query", "expired", "claims"]);
    expect(own.logged[0]).toContain("compare the publicUrl of the listener");
    await own.clock.advance(60_000);
    await refusalOf(signed(`JWT ${tokenOf({ qsh: hashOf("POST") })}`), access);
    expect(own.logged).toHaveLength(4);
    expect(own.logged.join()).not.toMatch(/shared|eyJ/);
  });

  it("is no 401 where the store cannot be read", async () => {
    const own = new DevinfoAccessRig();
    const store = { ...own.store, getApp: () => Promise.reject(new StorageError("broken")) };

    await expect(own.access(configured, { store }).callers.authenticate(signed(`JWT ${tokenOf()}`))).rejects.toThrow(StorageError);
  });

  it("of an app that nobody knows is looked for as long as one with a wrong secret", async () => {
    const own = new DevinfoAccessRig();
    const asked: string[] = [];
    const store = { ...own.store, getApp: (key: string) => (asked.push(key), own.store.getApp(key)) };
    const access = own.access(configured, { store });

    await refusalOf(signed(`JWT ${tokenOf({}, "wrong")}`), access);
    await refusalOf(signed(`JWT ${tokenOf({ iss: "com.other" })}`), access);

    expect(asked).toEqual(["com.example.app", "com.other"]);
  });
});

describe("the providers", () => {
  it("are those of all callers, and what they are bound to", async () => {
    const own = new DevinfoAccessRig();
    const access = own.access({ ...configured, clients: [...configured.clients].map((client) => ({ ...client, provider: "builds" })) });
    await access.clients.create({ name: "made" });
    await access.clients.create({ name: "bound", provider: "other", instance: "second" });

    expect([...(await access.callers.providers())].sort()).toEqual(["builds", "com.example.app", "made", "other"]);
    const bound = ["builds", "com.example.app", "made", "other", "nobody"].map((name) => access.callers.instanceOf(name));
    expect(await Promise.all(bound)).toEqual([undefined, "main", undefined, "second", undefined]);

    await access.clients.revoke("bound");
    expect(await access.callers.instanceOf("other")).toBeUndefined();
    expect([...(await access.callers.providers())].sort()).toEqual(["builds", "com.example.app", "made"]);
  });
});
