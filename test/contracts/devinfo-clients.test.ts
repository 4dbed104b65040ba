import { AgileClient, type Config } from "jira.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "../support/ask.js";
import { DevinfoRig, secrets } from "../support/devinfo-rig.js";
import { branch, bulk, commit, hash, pullRequest, repository, type Sent } from "../support/devinfo-samples.js";

// Real clients of the Development Information API: jira.js itself, and the requests of others as their sources make them.

let rig: DevinfoRig;

beforeEach(() => {
  rig = new DevinfoRig();
});

afterEach(() => rig.stop());

type Authentication = NonNullable<Config["authentication"]>;
const connect = { jwt: { issuer: "com.example.app", secret: secrets.app } };

describe.each<{ name: string; authentication: () => Promise<Authentication>; prefix: () => string }>([
  { name: "a Connect JWT", authentication: async () => connect, prefix: () => "" },
  { name: "a Bearer token", authentication: async () => ({ oauth2: { accessToken: await rig.token() } }), prefix: () => "" },
  { name: "a Connect JWT through the gateway", authentication: async () => connect, prefix: () => `/ex/jira/${rig.cloudId}` },
  {
    name: "a Bearer token through the gateway",
    authentication: async () => ({ oauth2: { accessToken: await rig.token() } }),
    prefix: () => `/ex/jira/${rig.cloudId}`,
  },
])("jira.js with $name", ({ authentication, prefix }) => {
  /** @param params it has no parameters for properties: they are given beside */
  async function client(params: Sent = {}): Promise<AgileClient["developmentInformation"]> {
    const host = `${await rig.origin()}${prefix()}`;
    // The union of its configurations wants to know which one it is.
    const config = { host, authentication: await authentication(), baseRequestConfig: { params } } as Config;
    return new AgileClient(config).developmentInformation;
  }

  it("completes all six operations", async () => {
    // Its types leave out what the contract and its own models have.
    const repositories = [
      repository("hello", 1, { commits: [commit("c1")], branches: [branch("b1")], pullRequests: [pullRequest("1")] }),
      repository("other", 1, { commits: [commit("c1")] }),
    ] as never;
    const properties = { accountId: "1 a*b", projectId: "A&B" };
    const api = await client();

    const stored = await api.storeDevelopmentInformation({ repositories, properties, operationType: "NORMAL" });
    expect(stored).toEqual({
      acceptedDevinfoEntities: {
        hello: { commits: ["c1"], branches: ["b1"], pullRequests: ["1"] },
        other: { commits: ["c1"], branches: [], pullRequests: [] },
      },
      failedDevinfoEntities: {},
      unknownIssueKeys: [],
    });

    const read = await api.getRepository({ repositoryId: "hello" });
    expect(read).toMatchObject({ id: "hello", commits: [{ id: "c1" }], branches: [{ id: "b1" }], pullRequests: [{ id: "1" }] });

    const withProperties = await client(properties);
    const found = { hasDataMatchingProperties: true };
    expect(await withProperties.existsByProperties({})).toEqual(found);
    expect(await withProperties.existsByProperties({ updateSequenceId: 0 })).toEqual({ hasDataMatchingProperties: false });
    expect(await (await client({ accountId: "another" })).existsByProperties({})).toEqual({ hasDataMatchingProperties: false });

    await api.deleteEntity({ repositoryId: "hello", entityType: "commit", entityId: "c1", updateSequenceId: 7 });
    expect((await api.getRepository({ repositoryId: "hello" })).commits).toEqual([]);

    await api.deleteRepository({ repositoryId: "hello" });
    await expect(api.getRepository({ repositoryId: "hello" })).rejects.toMatchObject({ status: 404 });
    expect(await withProperties.existsByProperties({})).toEqual(found);

    await withProperties.deleteByProperties({ updateSequenceId: 7 });
    expect(await withProperties.existsByProperties({})).toEqual({ hasDataMatchingProperties: false });
    await expect(api.getRepository({ repositoryId: "other" })).rejects.toMatchObject({ status: 404 });
  });
});

describe("jira.js with what does not count here", () => {
  it.each<{ name: string; authentication: Authentication }>([
    { name: "a name and a password", authentication: { basic: { email: "ada@example.org", apiToken: secrets.ci } } },
    { name: "a wrong secret", authentication: { jwt: { issuer: "com.example.app", secret: "wrong" } } },
    { name: "the key of no app", authentication: { jwt: { issuer: "com.example.nobody", secret: secrets.app } } },
    { name: "a token that is none", authentication: { oauth2: { accessToken: "none" } } },
    { name: "a token of our other APIs", authentication: { oauth2: { accessToken: secrets.api } } },
  ])("is answered 401: $name", async ({ authentication }) => {
    const config = { host: await rig.origin(), authentication } as Config;
    const api = new AgileClient(config).developmentInformation;

    await expect(api.getRepository({ repositoryId: "hello" })).rejects.toMatchObject({ status: 401 });
    await expect(api.storeDevelopmentInformation({ repositories: [] })).rejects.toMatchObject({ status: 401 });
  });
});

describe("the token endpoint", () => {
  const good = { grant_type: "client_credentials", client_id: "ci", client_secret: secrets.ci };
  const json = { "content-type": "application/json" };
  const form = { "content-type": "application/x-www-form-urlencoded" };

  async function grant(body: object, headers: Readonly<Record<string, string>> = json): Promise<Asked> {
    // Every sample is flat.
    const text = headers === json ? JSON.stringify(body) : new URLSearchParams(body as Record<string, string>).toString();
    return ask(await rig.start(), "/oauth/token", { method: "POST", headers, body: text });
  }

  it.each([
    { what: "JSON", headers: json, body: { audience: "api.atlassian.com", ...good } },
    { what: "JSON without an audience", headers: json, body: good },
    { what: "a form", headers: form, body: { audience: "api.atlassian.com", ...good } },
  ])("gives a token for $what, which is good for a quarter of an hour", async ({ headers, body }) => {
    const answer = await grant(body, headers);

    expect(answer.status).toBe(200);
    const { access_token, ...others } = answer.json() as Readonly<Record<string, unknown>>;
    expect(others).toEqual({ expires_in: 900, token_type: "Bearer", scope: "READ WRITE DELETE" });
    expect(answer.headers["cache-control"]).toContain("no-store");
    const authorization = `Bearer ${String(access_token)}`;
    expect((await rig.call("GET", "existsByProperties?a=1", { headers: { authorization } })).status).toBe(200);

    await rig.advance(899_000);
    expect((await rig.call("GET", "existsByProperties?a=1", { headers: { authorization } })).status).toBe(200);
    await rig.advance(2_000);
    expect((await rig.call("GET", "existsByProperties?a=1", { headers: { authorization } })).status).toBe(401);
  });

  it.each([
    { what: "a wrong secret", body: { ...good, client_secret: "wrong" }, status: 401, error: "invalid_client" },
    { what: "an unknown client", body: { ...good, client_id: "nobody" }, status: 401, error: "invalid_client" },
    { what: "another client's secret", body: { ...good, client_id: "reader" }, status: 401, error: "invalid_client" },
    { what: "another grant", body: { ...good, grant_type: "password" }, status: 400, error: "unsupported_grant_type" },
    { what: "no grant", body: { ...good, grant_type: undefined }, status: 400, error: "invalid_request" },
    { what: "no secret", body: { ...good, client_secret: undefined }, status: 400, error: "invalid_request" },
    { what: "an object for a secret", body: { ...good, client_secret: {} }, status: 400, error: "invalid_request" },
  ])("refuses $what: $error", async ({ body, status, error }) => {
    const answer = await grant(body);

    expect([answer.status, answer.json()]).toEqual([status, expect.objectContaining({ error })]);
    expect(answer.text).not.toContain(secrets.ci);
  });
});

describe("scopes", () => {
  const requests: readonly (readonly [method: string, path: string])[] = [
    ["GET", "existsByProperties?a=1"],
    ["GET", "repository/hello"],
    ["POST", "bulk"],
    ["DELETE", "repository/hello"],
    ["DELETE", "repository/hello/commit/x"],
    ["DELETE", "bulkByProperties?a=1"],
  ];

  it.each([
    { as: "reader", statuses: [200, 404, 403, 403, 403, 403] },
    { as: "writer", statuses: [200, 404, 202, 403, 403, 403] },
    { as: "ci", statuses: [200, 404, 202, 202, 202, 202] },
  ])("$as may do what its scope includes", async ({ as, statuses }) => {
    const answers: number[] = [];
    for (const [method, path] of requests) {
      const body = method === "POST" ? { body: bulk([repository("hello")]) } : {};
      answers.push((await rig.call(method, path, { as, ...body })).status);
    }

    expect(answers).toEqual(statuses);
  });
});

describe("the prefixes", () => {
  it.each([
    { name: "Connect's", prefix: () => "/rest/devinfo/0.10" },
    { name: "the gateway's for on-premise tools", prefix: () => `/jira/devinfo/0.1/cloud/${rig.cloudId}` },
    { name: "the gateway's for Forge", prefix: () => `/ex/jira/${rig.cloudId}/rest/devinfo/0.10` },
  ])("mean the same: $name", async ({ prefix }) => {
    const stored = await rig.call("POST", `${prefix()}/bulk`, { body: bulk([repository("hello", 1, { commits: [commit("c1")] })]) });
    const read = await rig.call("GET", `${prefix()}/repository/hello`);

    expect([stored.status, read.status, read.json()]).toEqual([202, 200, await rig.read("hello")]);
    expect((await rig.call("DELETE", `${prefix()}/repository/hello/commit/c1`)).status).toBe(202);
    expect((await rig.call("GET", `${prefix()}/existsByProperties?a=1`)).json()).toEqual({ hasDataMatchingProperties: false });
    expect((await rig.call("DELETE", `${prefix()}/bulkByProperties?a=1`)).status).toBe(202);
    expect((await rig.call("DELETE", `${prefix()}/repository/hello`)).status).toBe(202);
    expect((await rig.call("GET", `${prefix()}/repository/hello`)).status).toBe(404);
  });

  it.each([
    "/jira/devinfo/0.1/cloud/00000000-0000-4000-8000-000000000000/repository/hello",
    "/ex/jira/00000000-0000-4000-8000-000000000000/rest/devinfo/0.10/repository/hello",
    "/rest/devinfo/0.11/repository/hello",
  ])("are those of this place only: %s", async (path) => {
    await rig.store([repository("hello")]);

    expect((await rig.call("GET", path)).status).toBe(404);
  });

  it("are told apart by the cloud's id, which everybody may ask for", async () => {
    const answer = await ask(await rig.start(), "/_edge/tenant_info");

    expect([answer.status, answer.json()]).toEqual([200, expect.objectContaining({ cloudId: rig.cloudId })]);
  });
});

describe("github-for-jira", () => {
  const installation = { installationId: 4711 };

  it("is answered what its audit trail wants: each sent id as text, although it sends numbers, and once more for the same request", async () => {
    const pulls = [
      pullRequest("ignored", 1, {
        id: 42,
        status: "DRAFT",
        reviewers: [{ name: "Bo", approvalStatus: "NEEDSWORK", email: "b@example.org" }],
      }),
      pullRequest("ignored", 1, { id: 43, status: "MERGED", reviewers: [{ name: "Cy" }] }),
    ];
    // Blank addresses are dropped by it.
    const commits = [{ ...commit(hash(1)), url: undefined, hash: hash(1) }];
    const lastCommit = { ...commit(hash(2)), issueKeys: [] };
    const body = bulk(
      [repository("123456", 1_767_225_600_000, { pullRequests: pulls, commits, branches: [branch("~6d61696e", 1, { lastCommit })] })],
      { preventTransitions: false, operationType: "NORMAL", properties: installation, timestamp: 1_767_225_600_000 },
    );

    // Its slices of 400 share one object, so the same request goes out twice at once.
    const answers = await Promise.all([rig.call("POST", "bulk", { body, as: "app" }), rig.call("POST", "bulk", { body, as: "app" })]);

    for (const answer of answers) {
      expect(answer.status).toBe(202);
      expect(answer.json()).toEqual({
        acceptedDevinfoEntities: { "123456": { commits: [hash(1)], branches: ["~6d61696e"], pullRequests: ["42", "43"] } },
        failedDevinfoEntities: {},
        unknownIssueKeys: [],
      });
    }
    const read = await rig.read("123456", "app");
    expect(read.pullRequests.map(({ id, status, reviewers }) => [id, status, reviewers])).toEqual([
      ["42", "DRAFT", [{ name: "Bo", approvalStatus: "NEEDSWORK", email: "b@example.org" }]],
      ["43", "MERGED", [expect.objectContaining({ name: "Cy" })]],
    ]);
    expect(read.commits[0]).not.toHaveProperty("url");
    expect((await rig.call("GET", "existsByProperties?installationId=4711", { as: "app" })).json()).toEqual({
      hasDataMatchingProperties: true,
    });
  });

  it("sends its slices of 400 at once", async () => {
    const slices = [0, 400, 800].map((first) => Array.from({ length: first === 800 ? 1 : 400 }, (_, index) => commit(hash(first + index))));

    const answers = await Promise.all(
      slices.map((commits) =>
        rig.call("POST", "bulk", { body: bulk([repository("1", 1, { commits, branches: [branch("main")] })]), as: "app" }),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(await rig.entity("1", "commit", hash(0), "com.example.app")).toBeDefined();
    expect(await rig.entity("1", "commit", hash(800), "com.example.app")).toBeDefined();
  });

  it("probes its credentials with a property that nobody has", async () => {
    const answer = await rig.call("GET", "existsByProperties?fakeProperty=1", { as: "app" });

    expect([answer.status, answer.json()]).toEqual([200, { hasDataMatchingProperties: false }]);
  });

  it("deletes an installation everywhere at once, builds and deployments included", async () => {
    await rig.store([repository("1"), repository("2")], { properties: installation }, "app");
    const query = "bulkByProperties?installationId=4711";

    const answers = await Promise.all(
      [query, `/rest/builds/0.1/${query}`, `/rest/deployments/0.1/${query}`].map((path) => rig.call("DELETE", path, { as: "app" })),
    );

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect((await rig.call("GET", "repository/1", { as: "app" })).status).toBe(404);
  });

  it("deletes a repository with the time of the delete, builds and deployments by its id", async () => {
    await rig.store([repository("1", 1_767_225_600_000)], {}, "app");
    const now = rig.clock.now();

    const answers = await Promise.all([
      rig.call("DELETE", `repository/1?_updateSequenceId=${now}`, { as: "app" }),
      rig.call("DELETE", `/rest/builds/0.1/bulkByProperties?repositoryId=1&_updateSequenceId=${now}`, { as: "app" }),
      rig.call("DELETE", `/rest/deployments/0.1/bulkByProperties?repositoryId=1&_updateSequenceId=${now}`, { as: "app" }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect((await rig.call("GET", "repository/1", { as: "app" })).status).toBe(404);
  });

  it("takes 405 for a redirect that was followed, and then asks for the status", async () => {
    const [redirected, status] = [await rig.call("GET", "bulk", { as: "app" }), await ask(await rig.start(), "/status")];

    expect([redirected.status, redirected.headers.allow, status.status]).toEqual([405, expect.stringContaining("POST"), 200]);
  });
});

describe("GitLab", () => {
  const none = { description: null, avatar: null, branches: null, pullRequests: null };

  it("sends whole messages, empty lists and nulls", async () => {
    const message = `PLAY-1 ${"ä😀".repeat(1_000)}`;
    const sent = commit(hash(1), 7, { message, flags: [], files: [], issueKeys: ["PLAY-1", "PLAY-1"], hash: hash(1) });

    const answer = await rig.store([repository("278964", 7, { ...none, commits: [sent] })], { timestamp: 7 }, "app");

    expect(answer.failedDevinfoEntities).toEqual({});
    const { commits } = await rig.read("278964", "app");
    expect(commits[0]?.["message"]).toBe(`PLAY-1 ${"ä😀".repeat(508)}ä`);
    expect(commits[0]).toMatchObject({ id: hash(1), issueKeys: ["PLAY-1"] });
  });

  it("sends branches by the hash of their name, with a last commit that names no issue, and deletes them without a sequence", async () => {
    const lastCommit = { ...commit(hash(9), 7), issueKeys: [], files: [], flags: [] };
    const id = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
    const content = { commits: null, pullRequests: null, branches: [branch(id, 7, { name: "PLAY-1-door", lastCommit })] };

    const answer = await rig.store([repository("278964", 7, content)], {}, "app");
    expect(answer).toMatchObject({ acceptedDevinfoEntities: { "278964": { branches: [id] } }, failedDevinfoEntities: {} });
    const deleted = await rig.call("DELETE", `repository/278964/branch/${id}`, { as: "app" });

    expect([deleted.status, (await rig.read("278964", "app")).branches]).toEqual([202, []]);
  });

  it("sends merge requests with reviewers in its words", async () => {
    const reviewers = [
      { name: "Bo", email: null, approvalStatus: "NEEDSWORK" },
      { name: "Cy", email: "cy@example.org", approvalStatus: "APPROVED" },
    ];
    const pulls = [pullRequest("12", 7, { reviewers, sourceBranchUrl: null })];

    const answer = await rig.store([repository("278964", 7, { ...none, commits: null, pullRequests: pulls })], {}, "app");

    expect(answer.acceptedDevinfoEntities["278964"]?.pullRequests).toEqual(["12"]);
    expect((await rig.read("278964", "app")).pullRequests[0]?.["reviewers"]).toEqual([
      { name: "Bo", approvalStatus: "NEEDSWORK" },
      { name: "Cy", email: "cy@example.org", approvalStatus: "APPROVED" },
    ]);
  });
});

describe("the on-premise bridge", () => {
  it("asks for the cloud's id and a token, sends, reads back what is stored and deletes it", async () => {
    const port = await rig.start();
    const cloud = (await ask(port, "/_edge/tenant_info")).json() as { readonly cloudId: string };
    const credentials = { grant_type: "client_credentials", client_id: "ci", client_secret: secrets.ci, audience: "api.atlassian.com" };
    const granted = await ask(port, "/oauth/token", {
      ...{ method: "POST", headers: { "content-type": "application/json" } },
      body: JSON.stringify(credentials),
    });
    const { access_token: token } = granted.json() as { readonly access_token: string };
    const base = `/jira/devinfo/0.1/cloud/${cloud.cloudId}`;
    const headers = { authorization: `Bearer ${token}` };

    expect((await rig.call("GET", `${base}/repository/7`, { headers })).status).toBe(404);
    const sent = bulk([repository("7", 1, { commits: [commit("c1")] })], { properties: { source: "ghes" } });
    expect((await rig.call("POST", `${base}/bulk`, { headers, body: sent })).status).toBe(202);
    expect((await rig.call("GET", `${base}/repository/7`, { headers })).json()).toMatchObject({ commits: [{ id: "c1" }] });
    expect((await rig.call("DELETE", `${base}/repository/7`, { headers })).status).toBe(202);
    expect((await rig.call("GET", `${base}/repository/7`, { headers })).status).toBe(404);
  });
});
