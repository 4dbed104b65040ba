import { beforeEach, describe, expect, it } from "vitest";
import { DevinfoSite } from "../../test/support/devinfo-site.js";
import { ManualClock } from "../../test/support/manual-clock.js";
import { Secret } from "../shared/secret.js";
import { ForwardSite, type SiteVerdict } from "./forward-site.js";

const apiUrl = "https://api.example.com";
const apiPath = "/jira/devinfo/0.1/cloud/:cloudId";
const bulk = { kind: "bulk", body: Buffer.from(`{"repositories":[{"id":"r"}]}`) } as const;

let remote: DevinfoSite;
let clock: ManualClock;
let site: ForwardSite;

beforeEach(() => {
  remote = new DevinfoSite();
  clock = new ManualClock();
  site = createSite();
});

function createSite(clientSecret = remote.clientSecret): ForwardSite {
  const options = { url: "https://site.example.net", apiUrl, clientId: remote.clientId, http: remote, clock };
  return new ForwardSite({ ...options, apiPath, ownCloudId: "own-cloud", clientSecret: new Secret(clientSecret) });
}

function prefix(): string {
  return `/jira/devinfo/0.1/cloud/${remote.cloudId}`;
}

function tokensAsked(): number {
  return remote.calls.filter((call) => call === "POST /oauth/token").length;
}

/** The first answers of the API itself. */
function answerFirst(
  ...answers: readonly { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }[]
): void {
  const left = [...answers];
  remote.fault = (call) => (call.includes("/devinfo/") ? left.shift() : undefined);
}

describe("a Jira site", () => {
  it("is asked as on-premise tools ask", async () => {
    expect(await site.send(bulk)).toEqual({ kind: "taken" });
    expect(await site.send({ kind: "delete", pathAndQuery: "/repository/r?_updateSequenceId=5" })).toEqual({ kind: "taken" });

    expect(remote.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET https://site.example.net/_edge/tenant_info",
      `POST ${apiUrl}/oauth/token`,
      `POST ${apiUrl}${prefix()}/bulk`,
      `DELETE ${apiUrl}${prefix()}/repository/r?_updateSequenceId=5`,
    ]);
    expect(remote.taken[0]?.body).toBe(bulk.body.toString());
    expect(remote.requests[0]?.headers).toEqual({ accept: "application/json" });
    expect(remote.requests[2]?.headers).toMatchObject({ "content-type": "application/json" });
  });

  it("is asked for a new token a minute before the old one ends", async () => {
    await site.send(bulk);
    await clock.advance(900_000 - 60_001);
    await site.send(bulk);
    expect(tokensAsked()).toBe(1);

    await clock.advance(1);
    await site.send(bulk);

    expect(tokensAsked()).toBe(2);
  });

  it("that forgot our token is asked for another at once", async () => {
    await site.send(bulk);
    remote.revokeTokens();

    expect(await site.send(bulk)).toEqual({ kind: "taken" });

    expect(tokensAsked()).toBe(2);
  });

  it("that wants no token at all is left alone for a while", async () => {
    answerFirst({ status: 401 }, { status: 401 });

    expect(await site.send(bulk)).toEqual({ kind: "later", reason: "it answered 401, although the token is fresh" });

    expect(tokensAsked()).toBe(2);
    expect(await site.send(bulk)).toEqual({ kind: "taken" });
    expect(tokensAsked()).toBe(3);
  });

  it.each<[string, SiteVerdict]>([
    ["429", { kind: "later", reason: "it answered 429", retryAfterMs: 60_000 }],
    ["429 after 7", { kind: "later", reason: "it answered 429", retryAfterMs: 7_000 }],
    ["500", { kind: "later", reason: "it answered 500" }],
    ["502 after 9", { kind: "later", reason: "it answered 502", retryAfterMs: 9_000 }],
    ["503 after 3", { kind: "later", reason: "it answered 503", retryAfterMs: 3_000 }],
    ["307", { kind: "later", reason: "it answered 307, a redirect; apiUrl has to be the final address" }],
    ["400", { kind: "refused", reason: "it answered 400" }],
    ["403", { kind: "refused", reason: "it answered 403" }],
    ["404", { kind: "refused", reason: "it answered 404" }],
    ["413", { kind: "refused", reason: "it answered 413" }],
    ["200", { kind: "taken" }],
  ])("that answers %s", async (answer, verdict) => {
    const [status = "", , seconds] = answer.split(" ");
    answerFirst({
      status: Number(status),
      headers: { location: "https://elsewhere.example", ...(seconds === undefined ? {} : { "retry-after": seconds }) },
    });

    expect(await site.send(bulk)).toEqual(verdict);

    expect(remote.requests.every(({ url }) => /^https:\/\/(site\.example\.net|api\.example\.com)\//.test(url))).toBe(true);
  });

  it.each([
    {
      title: "the documented object",
      body: { errorMessages: [{ message: "devInformation.x: no" }, { message: "and no" }] },
      said: "devInformation.x: no; and no",
    },
    { title: "a bare list", body: [{ message: "no" }, { message: "no" }], said: "no" },
    { title: "texts", body: { errorMessages: ["no"] }, said: "no" },
    { title: "one message", body: { code: 400, message: "no" }, said: "no" },
    {
      title: "more than can be read",
      body: { errorMessages: Array.from({ length: 9 }, (_, index) => ({ message: `no ${index}` })) },
      said: "no 0; no 1; no 2",
    },
    { title: "too long a text", body: { errorMessages: [{ message: "ä".repeat(5_000) }] }, said: "ä".repeat(200) },
    { title: "what moves a terminal's cursor", body: [{ message: "a\u001b[2Jb\r\n\u202ec" }], said: "a [2Jb c" },
    { title: "its secrets", body: [{ message: "planted-site-token-1 of planted-site-secret" }], said: "[secret] of [secret]" },
    { title: "nonsense", body: { errorMessages: { message: 5 } }, said: "" },
    { title: "no JSON", body: "<html>", said: "" },
  ])("says why it refuses with $title", async ({ body, said }) => {
    answerFirst({ status: 400, body });

    expect(await site.send(bulk)).toEqual({ kind: "refused", reason: `it answered 400${said === "" ? "" : `: ${said}`}` });
  });

  it("says what it did not take of a request that it took", async () => {
    const failed = [
      { id: "c", errorMessages: [{ message: "bad key" }] },
      { id: "d", errorMessages: [{ message: "bad key" }] },
    ];
    const repositories = {
      r: { commits: failed, branches: [{ id: "b", errorMessages: [{ message: "bad name" }] }] },
      s: { errorMessages: [{ message: "no url" }] },
    };
    answerFirst({ status: 202, body: { failedDevinfoEntities: repositories } });

    const notTaken = { repositories: 1, entities: 3, reasons: ["bad key", "bad name", "no url"] };
    expect(await site.send(bulk)).toEqual({ kind: "taken", notTaken });
  });

  it.each([
    null,
    [],
    { failedDevinfoEntities: null },
    { failedDevinfoEntities: { r: null, s: { commits: {} } } },
    "no JSON",
    { failedDevinfoEntities: "x" },
  ])("that took a request may answer %j", async (body) => {
    answerFirst({ status: 202, body });

    expect(await site.send(bulk)).toEqual({ kind: "taken" });
  });

  it.each([
    { title: "is away", answer: "cut" as const, reason: "the site cut the connection" },
    {
      title: "tells no cloud id",
      answer: { status: 200, body: {} },
      reason: "site.example.net does not tell its cloud id (200); url has to be that of the site itself",
    },
    {
      title: "tells one that is a path",
      answer: { status: 200, body: { cloudId: "../x" } },
      reason: "site.example.net does not tell its cloud id (200); url has to be that of the site itself",
    },
    {
      title: "is no Jira",
      answer: { status: 404 },
      reason: "site.example.net does not tell its cloud id (404); url has to be that of the site itself",
    },
    {
      title: "is ourselves",
      answer: { status: 200, body: { cloudId: "own-cloud" } },
      reason: "url is that of this Switchboard: what it copied would come back to be copied again",
    },
  ])("that $title is left alone, without a word of our credentials", async ({ answer, reason }) => {
    remote.fault = () => answer;

    expect(await site.send(bulk)).toEqual({ kind: "later", reason });

    expect(remote.calls).toEqual(["GET /_edge/tenant_info"]);
  });

  it("is asked for its cloud id once more when it does not know it any more", async () => {
    await site.send(bulk);
    remote.cloudId = "moved";

    expect(await site.send(bulk)).toMatchObject({ kind: "refused", reason: "it answered 404: No such cloud" });
    expect(await site.send(bulk)).toEqual({ kind: "taken" });
  });

  it("whose gateway does not know our credentials holds nothing against a copy", async () => {
    site = createSite("planted-wrong-secret");

    const verdict = await site.send(bulk);

    expect(verdict).toEqual({
      kind: "later",
      reason: "the token address of api.example.com refuses clientId and clientSecret (invalid_client)",
    });
  });

  it.each(["/repository/..", "/repository/%2E%2e/commit/c", "/repository/r/commit/.", "/repository/r\\..\\x", "repository/r"])(
    "is not asked for %s, which leads elsewhere",
    async (pathAndQuery) => {
      expect(await site.send({ kind: "delete", pathAndQuery })).toEqual({ kind: "refused", reason: "its path cannot be asked for" });

      expect(remote.taken).toEqual([]);
    },
  );

  it("gets the whole query of a delete", async () => {
    await site.send({ kind: "delete", pathAndQuery: "/bulkByProperties?a='b'#c&_updateSequenceId=5" });

    expect(remote.taken.map(({ path }) => new URL(path, apiUrl).searchParams.toString())).toEqual(["a=%27b%27%23c&_updateSequenceId=5"]);
  });
});
