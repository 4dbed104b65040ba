import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bulk as bulkPath, cloudId, DevinfoApiRig } from "../../../test/support/devinfo-api-rig.js";
import { fittingBranch, fittingCommit, fittingPullRequest, fittingRepository } from "../../../test/support/devinfo-fitting.js";
import { branch, bulk, commit, pullRequest, repository } from "../../../test/support/devinfo-samples.js";
import { StorageError, SwitchboardError } from "../../core/errors.js";

const places = ["/rest/devinfo/0.10", `/jira/devinfo/0.1/cloud/${cloudId}`, `/ex/jira/${cloudId}/rest/devinfo/0.10`];
const place = "/rest/devinfo/0.10";
const full = { ...fittingRepository, commits: [fittingCommit], branches: [fittingBranch], pullRequests: [fittingPullRequest] };
const isRefusal = { errorMessages: [{ message: expect.any(String) as string }] };

let rig: DevinfoApiRig;

beforeEach(() => {
  rig = new DevinfoApiRig();
});

afterEach(() => rig.stop());

describe.each(places)("the API at %s", (base) => {
  it("stores, reads, looks for and deletes", async () => {
    const stored = await rig.call("POST", `${base}/bulk`, { body: bulk([full], { properties: { installationId: 4711 } }) });
    const read = await rig.call("GET", `${base}/repository/r1`);
    const exists = await rig.call("GET", `${base}/existsByProperties?installationId=4711`);
    const entity = await rig.call("DELETE", `${base}/repository/r1/branch/b1`);
    const without = await rig.call("GET", `${base}/repository/r1`);
    const byProperties = await rig.call("DELETE", `${base}/bulkByProperties?installationId=4711&_updateSequenceId=10`);
    const gone = await rig.call("GET", `${base}/existsByProperties?installationId=4711`);
    const deleted = await rig.call("DELETE", `${base}/repository/r1?_updateSequenceId=99`);

    expect([stored.status, stored.json()]).toEqual([
      202,
      {
        acceptedDevinfoEntities: { r1: { commits: ["c1"], branches: ["b1"], pullRequests: ["p1"] } },
        failedDevinfoEntities: {},
        unknownIssueKeys: [],
      },
    ]);
    expect([read.status, read.headers["content-type"], read.json()]).toEqual([200, "application/json", full]);
    expect([exists.status, exists.json()]).toEqual([200, { hasDataMatchingProperties: true }]);
    expect(without.json()).toEqual({ ...full, branches: [] });
    for (const answer of [entity, byProperties, deleted]) expect([answer.status, answer.text]).toEqual([202, ""]);
    expect(gone.json()).toEqual({ hasDataMatchingProperties: false });
    expect(rig.devinfo.deletes.map(({ upTo, about }) => [upTo, about?.request?.pathAndQuery])).toEqual([
      [undefined, "/repository/r1/branch/b1"],
      [10n, "/bulkByProperties?installationId=4711&_updateSequenceId=10"],
      [99n, "/repository/r1?_updateSequenceId=99"],
    ]);
  });

  it.each([
    ["GET", "/bulk", ["POST"]],
    ["DELETE", "/bulk?accountId=1", ["POST"]],
    ["POST", "/repository/r1", ["GET", "HEAD", "DELETE"]],
    ["PUT", "/repository/r1/commit/c1", ["DELETE"]],
    ["GET", "/bulkByProperties?a=1", ["DELETE"]],
    ["DELETE", "/existsByProperties?a=1", ["GET", "HEAD"]],
  ])("answers 405 to %s %s, and names the methods", async (method, path, allowed) => {
    const stranger = await rig.call(method, base + path, { token: "nobody" });
    const answer = await rig.call(method, base + path);

    expect(stranger.status).toBe(401);
    expect([answer.status, answer.headers.allow?.split(", ").sort()]).toEqual([405, [...allowed, "OPTIONS"].sort()]);
    expect(answer.json()).toEqual(isRefusal);
  });

  it.each(["/", "/other", "/repository", "/repository/r1/commit", "/repository/r1/commit/c1/x", "/bulk/x"])(
    "answers 404 below it for %s, and 401 to strangers",
    async (path) => {
      const stranger = await rig.call("GET", base + path, { token: "nobody" });
      const answer = await rig.call("GET", base + path);

      expect([stranger.status, stranger.json()]).toEqual([401, isRefusal]);
      expect([answer.status, answer.json()]).toEqual([404, isRefusal]);
    },
  );

  it.each([
    ["POST", "/bulk", "read"],
    ["DELETE", "/repository/r1", "write"],
    ["DELETE", "/repository/r1/commit/c1", "write"],
    ["DELETE", "/repository/r1/nothing/c1", "write"],
    ["DELETE", "/bulkByProperties", "write"],
  ])("checks who calls, then whether they may, then the body: %s %s", async (method, path, token) => {
    const body = method === "POST" ? { body: "{", headers: { "content-type": "text/plain" } } : {};

    const stranger = await rig.call(method, base + path, { token: "nobody", ...body });
    const refused = await rig.call(method, base + path, { token, ...body });

    expect([stranger.status, stranger.json(), stranger.headers["www-authenticate"]]).toEqual([
      401,
      isRefusal,
      expect.stringContaining("Bearer"),
    ]);
    expect([refused.status, refused.json()]).toEqual([403, isRefusal]);
  });

  it("lets who may read read", async () => {
    expect((await rig.call("GET", `${base}/existsByProperties?fakeProperty=1`, { token: "read" })).status).toBe(200);
    expect((await rig.call("GET", `${base}/repository/r1`, { token: "read" })).status).toBe(404);
    expect((await rig.call("GET", `${base}/repository/r1`, { token: "nobody" })).status).toBe(401);
  });
});

describe("the places of the gateway", () => {
  it.each(["/jira/devinfo/0.1/cloud/other", "/ex/jira/other/rest/devinfo/0.10"])("are not there for another cloud id: %s", async (base) => {
    const body = bulk([full]);

    expect((await rig.call("POST", `${base}/bulk`, { body, token: "nobody" })).status).toBe(401);
    expect((await rig.call("POST", `${base}/bulk`, { body, token: "read" })).status).toBe(403);
    const answer = await rig.call("POST", `${base}/bulk`, { body });
    expect([answer.status, answer.json()]).toEqual([404, isRefusal]);
    expect(rig.devinfo.recorded).toEqual([]);
  });
});

describe("what tools ask of a site", () => {
  it.each([
    ["/_edge/tenant_info", { cloudId }],
    ["/status", { state: "RUNNING" }],
  ])("%s is for everybody", async (path, body) => {
    const answer = await rig.call("GET", path, { token: "nobody" });

    expect([answer.status, answer.json()]).toEqual([200, body]);
  });

  it.each(["/rest/builds/0.1", "/rest/deployments/0.1", `/jira/builds/0.1/cloud/${cloudId}`, `/ex/jira/${cloudId}/rest/deployments/0.1`])(
    "%s takes what it is sent and deletes what it does not have",
    async (base) => {
      const word = base.includes("builds") ? "Builds" : "Deployments";

      const taken = await rig.call("POST", `${base}/bulk`, { body: { builds: [{}] } });
      const deleted = await rig.call("DELETE", `${base}/bulkByProperties?installationId=1`);

      expect([taken.status, taken.json()]).toEqual([202, { [`accepted${word}`]: [], [`rejected${word}`]: [], unknownIssueKeys: [] }]);
      expect([deleted.status, deleted.text]).toEqual([202, ""]);
      expect((await rig.call("POST", `${base}/bulk`, { body: {}, token: "read" })).status).toBe(403);
      expect((await rig.call("DELETE", `${base}/bulkByProperties?a=1`, { token: "write" })).status).toBe(403);
      expect((await rig.call("DELETE", `${base}/bulkByProperties?a=1`, { token: "nobody" })).status).toBe(401);
      expect((await rig.call("GET", `${base}/bulk`)).status).toBe(405);
      expect((await rig.call("GET", `${base}/other`, { token: "nobody" })).status).toBe(401);
    },
  );
});

describe("a submission", () => {
  it("is handed on with everything that others have to know of it", async () => {
    const body = bulk([repository("r1", 10, { commits: [commit("c1", 10), commit("c2", 10, { issueKeys: ["<string>"] })] })], {
      ...{ operationType: "BACKFILL", preventTransitions: true, properties: { a: 1 }, providerMetadata: { product: "GitLab" } },
    });

    await rig.call("POST", bulkPath, { body, token: "bound" });

    const [{ submission, about } = {}] = rig.devinfo.recorded;
    expect(submission).toMatchObject({ provider: "ci", isBackfill: true, preventTransitions: true, properties: { a: "1" } });
    expect(submission?.repositories[0]?.entries).toHaveLength(1);
    expect(about).toMatchObject({ instance: "main", request: { product: "GitLab", unknownIssueKeys: ["<string>"] } });
    expect(about?.request?.refused).toMatchObject([{ repositoryId: "r1", type: "commit", id: "c2" }]);
    expect(JSON.parse(about?.request?.body.toString() ?? "")).toEqual(body);
  });

  it("names what failed, repository by repository, in the words of the contract", async () => {
    const bad = { ...repository("r2"), name: 7 };
    const content = {
      commits: [commit("c1"), commit("c2", 1, { fileCount: -1 }), { ...commit("c3"), id: "a/b" }],
      branches: [branch("b1", 1, { lastCommit: null })],
      pullRequests: [pullRequest("p1", 1, { status: "open" })],
    };

    const { status, ...answer } = await rig.call("POST", bulkPath, { body: bulk([repository("r1", 1, content), bad, { ...bad, id: "" }]) });

    const failed = (id: string, code: string): object => ({
      id,
      errorMessages: [{ message: expect.stringContaining(`devInformation.repository.${code}: `) as string }],
    });
    expect(status).toBe(202);
    expect(answer.json()).toEqual({
      acceptedDevinfoEntities: { r1: { commits: ["c1"], branches: [], pullRequests: [] } },
      failedDevinfoEntities: {
        r1: {
          commits: [failed("c2", "commit.fileCount.invalid"), failed("commits[2]", "commit.id.invalid")],
          branches: [failed("b1", "branch.lastCommit.required")],
          pullRequests: [failed("p1", "pullRequest.status.invalid")],
        },
        r2: { errorMessages: [{ message: expect.stringContaining("devInformation.repository.name.invalid: ") as string }] },
        "repositories[2]": {
          errorMessages: [
            { message: expect.stringContaining("id.invalid") as string },
            { message: expect.stringContaining("name.invalid") as string },
          ],
        },
      },
      unknownIssueKeys: [],
    });
  });

  it("is answered 202 and told of even where nothing is accepted", async () => {
    const answer = await rig.call("POST", bulkPath, { body: { repositories: [{}] } });

    expect(answer.status).toBe(202);
    expect(answer.json()).toMatchObject({ acceptedDevinfoEntities: {}, unknownIssueKeys: [] });
    expect(rig.devinfo.recorded).toMatchObject([{ submission: { repositories: [] } }]);
  });

  it("is accepted again, older or equal", async () => {
    const answers = [];
    for (const sequence of [10, 10, 9])
      answers.push(await rig.call("POST", bulkPath, { body: bulk([repository("r1", sequence, { commits: [commit("c1", sequence)] })]) }));

    for (const answer of answers)
      expect(answer.json()).toMatchObject({ acceptedDevinfoEntities: { r1: { commits: ["c1"] } }, failedDevinfoEntities: {} });
  });

  it("lists keys that do not fit and those of projects that nobody knows, but not those of last commits", async () => {
    const commits = [
      commit("c1", 1, { issueKeys: ["play-1", "<string>", "nope-1", "NOPE-1"] }),
      commit("c2", 1, { issueKeys: ["NOPE-2"], fileCount: -1 }),
    ];
    const branches = [branch("b1", 1, { lastCommit: commit("c1", 1, { issueKeys: ["HIDDEN-1", "<x>"] }) })];

    const answer = await rig.call("POST", bulkPath, { body: bulk([repository("r1", 1, { commits, branches })]) });

    expect(answer.json()).toMatchObject({ unknownIssueKeys: ["<string>", "NOPE-1", "NOPE-2"] });
    expect(rig.devinfo.recorded[0]?.submission.repositories[0]?.entries[0]?.issueKeys).toEqual(["PLAY-1", "NOPE-1"]);
  });

  it("tells associations that are no issue's key", async () => {
    const associations = [{ associationType: "issueIdOrKeys", values: ["PLAY-1", "10001"] }];

    const answer = await rig.call("POST", bulkPath, {
      body: bulk([repository("r1", 1, { commits: [{ ...commit("c1"), issueKeys: null, associations }] })]),
    });

    expect(answer.json()).toMatchObject({
      acceptedDevinfoEntities: { r1: { commits: ["c1"] } },
      unknownAssociations: [{ associationType: "issueIdOrKeys", values: ["10001"] }],
    });
  });

  it("may have ids that are words of JavaScript", async () => {
    const body = bulk([
      repository("__proto__", 1, { commits: [commit("constructor"), commit("__proto__")] }),
      { ...repository("toString"), name: 1 },
    ]);

    const answer = await rig.call("POST", bulkPath, { body });

    expect(answer.text).toContain(
      '"acceptedDevinfoEntities":{"__proto__":{"commits":["constructor","__proto__"],"branches":[],"pullRequests":[]}}',
    );
    expect(answer.text).toContain('"failedDevinfoEntities":{"toString":');
    expect((await rig.call("GET", `${place}/repository/__proto__`)).json()).toMatchObject({
      commits: [{ id: "constructor" }, { id: "__proto__" }],
    });
  });

  it("keeps providers apart", async () => {
    await rig.call("POST", bulkPath, { body: bulk([full]) });

    expect((await rig.call("GET", `${place}/repository/r1`, { token: "other" })).status).toBe(404);
  });

  it.each([
    ["text/plain", 415],
    ["application/xml", 415],
    ["multipart/form-data; boundary=x", 415],
    ["application/json; charset=utf-8", 202],
    ["application/vnd.api+json", 202],
  ])("may be %s: %d", async (type, status) => {
    const answer = await rig.call("POST", bulkPath, { body: bulk([full]), headers: { "content-type": type } });

    expect(answer.status).toBe(status);
    if (status === 415) expect(answer.json()).toEqual(isRefusal);
  });

  it.each([
    ["gzip", 415],
    ["br", 415],
    ["deflate, gzip", 415],
    ["identity", 202],
    ["", 202],
  ])("is not unpacked: Content-Encoding %s: %d", async (encoding, status) => {
    const answer = await rig.call("POST", bulkPath, { body: bulk([full]), headers: { "content-encoding": encoding } });

    expect(answer.status).toBe(status);
  });

  it.each([
    ["{"],
    ["[]"],
    ["null"],
    ['{"repositories":[]}'],
    [""],
    ["\u0000"],
    ["[".repeat(200_000)],
    ['{"__proto__":{"repositories":[{}]}}'],
  ])("is refused as a whole in the shape of the contract: %.30s", async (body) => {
    const answer = await rig.call("POST", bulkPath, { body });

    expect([answer.status, answer.json()]).toEqual([400, isRefusal]);
    expect(rig.devinfo.recorded).toEqual([]);
  });

  it("is refused with 413 for more than 1000 entities", async () => {
    const commits = Array.from({ length: 1001 }, (_, index) => commit(`c${index}`));

    const answer = await rig.call("POST", bulkPath, { body: bulk([repository("r1", 1, { commits })]) });

    expect([answer.status, answer.json()]).toEqual([413, isRefusal]);
  });

  it("quotes nothing of the body in the log", async () => {
    await rig.call("POST", bulkPath, { body: '{"secret":"planted-secret",' });
    await rig.call("POST", bulkPath, {
      body: bulk([repository("r1", 1, { commits: [commit("c1", 1, { authorTimestamp: "planted-secret" })] })]),
    });

    expect(rig.logged.join("\n")).not.toContain("planted-secret");
  });
});

describe("queries", () => {
  const int64 = ["0", "-1", "9223372036854775807", "-9223372036854775808"];
  const others = ["", "1.5", "x", "9223372036854775808", "-9223372036854775809", "1e3", "%2B1", "0x10", "%201"];
  const operations = [
    ["DELETE", `${place}/repository/r1?`],
    ["DELETE", `${place}/repository/r1/commit/c1?`],
    ["DELETE", `${place}/bulkByProperties?a=1&`],
    ["GET", `${place}/existsByProperties?a=1&`],
  ] as const;

  it.each(operations)("take a sequence of 64 bits and nothing else: %s %s", async (method, path) => {
    for (const sequence of int64) {
      const answer = await rig.call(method, `${path}_updateSequenceId=${sequence}`);
      expect(answer.status, sequence).toBe(method === "GET" ? 200 : 202);
      if (method === "DELETE") expect(rig.devinfo.deletes.at(-1)?.upTo).toBe(BigInt(sequence));
    }
    for (const sequence of [...others, "1&_updateSequenceId=2"]) {
      const answer = await rig.call(method, `${path}_updateSequenceId=${sequence}`);
      expect([answer.status, answer.json()], sequence).toEqual([400, isRefusal]);
    }
  });

  it.each([
    ["", 400],
    ["?", 400],
    ["?_updateSequenceId=1", 400],
    ["?jwt=x", 400],
    ["?a=1&a=2", 400],
    ["?a=1&a=1", 400],
    ["?_a=1", 400],
    ["?a=1&_b=2", 400],
    ["?a=1&jwt=x&jwt=y", 200],
    ["?a=1&_updateSequenceId=5", 200],
    ["?a=1&b=2&c=3&d=4&e=5&f=6", 200],
    ["?__proto__=1", 400],
    ["?constructor=1", 200],
    ["?fakeProperty=1", 200],
  ])("by properties: %s is answered %d", async (query, status) => {
    const exists = await rig.call("GET", `${place}/existsByProperties${query}`);
    const deleted = await rig.call("DELETE", `${place}/bulkByProperties${query}`);

    expect([exists.status, deleted.status]).toEqual([status, status === 200 ? 202 : 400]);
    if (status === 400) expect([exists.json(), deleted.json()]).toEqual([isRefusal, isRefusal]);
    else expect(exists.json()).toEqual({ hasDataMatchingProperties: false });
  });

  it("are handed on without a token", async () => {
    await rig.call("DELETE", `${place}/bulkByProperties?a=1+b&jwt=secret&_updateSequenceId=5`);
    await rig.call("DELETE", `${place}/repository/r1/?jwt=secret`);

    expect(rig.devinfo.deletes.map(({ about }) => about?.request?.pathAndQuery)).toEqual([
      "/bulkByProperties?a=1+b&_updateSequenceId=5",
      "/repository/r1",
    ]);
  });
});

describe("paths", () => {
  it.each(["commits", "pullrequest", "Commit", "pull-request", "x"])("know no entity of the type %s", async (type) => {
    const answer = await rig.call("DELETE", `${place}/repository/r1/${type}/c1`);

    expect([answer.status, answer.json()]).toEqual([400, isRefusal]);
  });

  it("are decoded once", async () => {
    await rig.call("POST", bulkPath, { body: bulk([repository("a~b.c", 1, { commits: [commit("x~y")] })]) });

    expect((await rig.call("GET", `${place}/repository/a%7Eb%2Ec`)).status).toBe(200);
    expect((await rig.call("GET", `${place}/repository/a%257Eb.c`)).status).toBe(404);
    expect((await rig.call("DELETE", `${place}/repository/a%7eb.c/commit/x%7ey`)).status).toBe(202);
    expect((await rig.call("GET", `${place}/repository/a~b.c`)).json()).toMatchObject({ commits: [] });
  });

  it.each(["a%2Fb", "a%00b", "%20", "a!b", "%C3%A4", "x".repeat(1025)])("may have ids that nothing has: %.20s", async (id) => {
    expect((await rig.call("GET", `${place}/repository/${id}`)).status).toBe(404);
    expect((await rig.call("DELETE", `${place}/repository/${id}`)).status).toBe(202);
    expect((await rig.call("DELETE", `${place}/repository/r1/commit/${id}`)).status).toBe(202);
    expect(rig.devinfo.deletes).toEqual([]);
  });

  it("that are not encoded well are refused, strangers first", async () => {
    expect((await rig.call("GET", `${place}/repository/%zz`, { token: "nobody" })).status).toBe(401);
    const answer = await rig.call("GET", `${place}/repository/%zz`);
    expect([answer.status, answer.json()]).toEqual([400, isRefusal]);
  });
});

describe("what a signature covers", () => {
  const signedPaths = async (
    options: ConstructorParameters<typeof DevinfoApiRig>[0],
    path: string,
  ): Promise<readonly string[] | undefined> => {
    const other = new DevinfoApiRig(options);
    try {
      await other.call("GET", path);
      return other.signed[0]?.paths;
    } finally {
      await other.stop();
    }
  };

  it.each([
    ["as sent", {}, "/rest/devinfo/0.10/repository/a%7eb?x=1", ["/rest/devinfo/0.10/repository/a%7eb"]],
    ["below the prefix", { prefix: "/hook" }, "/hook/rest/devinfo/0.10/repository/r1", ["/rest/devinfo/0.10/repository/r1"]],
    [
      "below the public address, whose path the proxy put in the place of the prefix",
      { prefix: "/hook", publicUrl: "https://example.org/base" },
      "/hook/rest/devinfo/0.10/repository/r1",
      ["/rest/devinfo/0.10/repository/r1"],
    ],
    [
      "below the public address, with the prefix",
      { prefix: "/hook", publicUrl: "https://example.org" },
      "/hook/rest/devinfo/0.10/repository/r1",
      ["/rest/devinfo/0.10/repository/r1", "/hook/rest/devinfo/0.10/repository/r1"],
    ],
    [
      "with what the gateway adds and without it",
      {},
      `/ex/jira/${cloudId}/rest/devinfo/0.10/repository/r1`,
      [`/ex/jira/${cloudId}/rest/devinfo/0.10/repository/r1`, "/rest/devinfo/0.10/repository/r1"],
    ],
    [
      "with the gateway's other form",
      {},
      `/jira/devinfo/0.1/cloud/${cloudId}/repository/r1`,
      [`/jira/devinfo/0.1/cloud/${cloudId}/repository/r1`],
    ],
    ["of what there is not", {}, "/ex/jira/x/other", ["/ex/jira/x/other", "/other"]],
  ])("is the path %s", async (_title, options, path, paths) => {
    expect(await signedPaths(options, path)).toEqual(paths);
  });

  it("is the query, decoded, and the method", async () => {
    await rig.call("DELETE", `${place}/bulkByProperties?a=1+a*b&b=%26&jwt=x`, { headers: { authorization: "JWT x" } });

    expect(rig.signed[0]).toMatchObject({ method: "DELETE", authorization: "JWT x" });
    expect([...(rig.signed[0]?.query ?? [])]).toEqual([
      ["a", "1 a*b"],
      ["b", "&"],
      ["jwt", "x"],
    ]);
  });
});

describe("failures", () => {
  it("are 500 with an id that stands in the log", async () => {
    rig.devinfo.failure = new Error("planted detail");

    const answer = await rig.call("POST", bulkPath, { body: bulk([full]) });

    const { errorMessages } = answer.json() as { readonly errorMessages: readonly { readonly errorTraceId: string }[] };
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("planted detail");
    expect(rig.logged.join("\n")).toContain(errorMessages[0]?.errorTraceId);
  });

  it("are 503 with Retry-After where it can be sent again", async () => {
    rig.devinfo.failure = new SwitchboardError("HS_UNAVAILABLE", "The disk is full.");

    const answer = await rig.call("DELETE", `${place}/repository/r1`);

    expect([answer.status, answer.headers["retry-after"], answer.json()]).toEqual([503, "5", isRefusal]);
  });

  it.each([
    ["POST", bulkPath, bulk([full])],
    ["GET", `${place}/repository/r1`, undefined],
    ["GET", `${place}/existsByProperties?a=1`, undefined],
    ["DELETE", `${place}/repository/r1`, undefined],
    ["DELETE", `${place}/repository/r1/commit/c1`, undefined],
    ["DELETE", `${place}/bulkByProperties?a=1`, undefined],
  ])("are 503 with Retry-After where the disk does not take it: %s %s", async (method, path, body) => {
    rig.devinfo.failure = new StorageError("The data folder /planted does not take writes.");

    const answer = await rig.call(method, path, { body });

    expect([answer.status, answer.headers["retry-after"], answer.json()]).toEqual([503, "5", isRefusal]);
    expect(answer.text).not.toContain("planted");
    expect(rig.logged.join("\n")).toContain("/planted");
  });

  it.each([bulkPath, `${place}/repository/r1`, `${place}/nothing`])(
    "are 503 where the disk does not tell who calls: GET %s",
    async (path) => {
      rig.onAuthenticate = () => {
        throw new StorageError("The data folder cannot be read.");
      };

      const answer = await rig.call("GET", path);

      expect([answer.status, answer.headers["retry-after"], answer.json()]).toEqual([503, "5", isRefusal]);
    },
  );

  it("of knowing who calls are never 401", async () => {
    rig.onAuthenticate = () => {
      throw new Error("The store is gone");
    };

    const answer = await rig.call("GET", `${place}/existsByProperties?fakeProperty=1`);

    expect(answer.status).toBe(500);
    expect(answer.json()).toMatchObject({ errorMessages: [{ errorTraceId: expect.any(String) as string }] });
  });
});

describe("the rate limit", () => {
  it("holds for each caller and minute, and tells when to go on", async () => {
    const limited = new DevinfoApiRig({ perMinute: 2 });
    const path = `${place}/existsByProperties?a=1`;
    try {
      expect((await limited.call("GET", path)).status).toBe(200);
      await limited.clock.advance(15_000);
      expect((await limited.call("GET", path)).status).toBe(200);
      await limited.clock.advance(5_500);

      const answer = await limited.call("GET", path);

      expect([answer.status, answer.json()]).toEqual([429, isRefusal]);
      expect(answer.headers).toMatchObject({
        "retry-after": "40",
        "x-ratelimit-limit": "2",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": "2026-01-01T00:01:00.000Z",
      });
      expect((await limited.call("GET", path, { token: "nobody" })).status).toBe(401);
      expect((await limited.call("GET", path, { token: "other" })).status).toBe(200);
      await limited.clock.advance(39_499);
      expect((await limited.call("GET", path)).status).toBe(429);
      await limited.clock.advance(1);
      expect((await limited.call("GET", path)).status).toBe(200);
    } finally {
      await limited.stop();
    }
  });

  it("is none unless it is configured", async () => {
    for (let index = 0; index < 30; index += 1) expect((await rig.call("GET", `${place}/existsByProperties?a=1`)).status).toBe(200);
  });
});
