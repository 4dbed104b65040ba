import { afterEach, describe, expect, it } from "vitest";
import { baseUrl, GitIntegrationsRig, integrationsUrl } from "../../../test/support/git-integrations-rig.js";
import type { Repository } from "../../repositories/repositories.js";

const rigs: GitIntegrationsRig[] = [];
afterEach(() => Promise.all(rigs.splice(0).map((rig) => rig.stop())));

const repository: Repository = {
  ...{ id: 2, integrationId: 1, name: "octo/hello", displayName: "https://github.com/*", root: "https://github.com/octo/hello.git" },
  ...{ origin: "https://api.github.com", isDisabled: false, isGlobal: true, projectMappingIds: [], isIndexing: false },
  counts: { commits: 5, branches: 4, tags: 3, pullRequests: 2 },
};

/** An API with an integration, 1, and a repository, 2. */
async function createRig(): Promise<GitIntegrationsRig> {
  const rig = new GitIntegrationsRig();
  rigs.push(rig);
  await rig.create();
  rig.repositories.repositories = [repository];
  rig.repositories.woken.length = 0;
  return rig;
}

const repositoriesUrl = `${baseUrl}/repository`;
const reindexUrl = "/rest/gitplugin/2.0/reindex";
const progressUrl = `${baseUrl}/index.json`;

function refused(error: string): object {
  return { success: false, error: expect.stringContaining(error), advice: expect.any(String) };
}

describe("listing repositories", () => {
  it("shows them with their counts, and leaves out what is not known", async () => {
    const rig = await createRig();
    const failed = {
      ...repository,
      id: 3,
      isIndexing: true,
      lastIndexedAt: 77,
      lastError: "it was away",
      projectMappingIds: [9],
      isGlobal: false,
    };
    rig.repositories.repositories = [repository, failed];

    const answered = await rig.call("GET", repositoriesUrl);

    const counts = { commits: 5, branches: 4, tags: 3, pullRequests: 2 };
    const place = { root: repository.root, origin: repository.origin, disabled: false };
    const shown = [
      {
        id: 2,
        integrationId: 1,
        name: "octo/hello",
        displayName: "https://github.com/*",
        ...place,
        global: true,
        projectMappingIds: [],
        indexing: false,
        ...counts,
      },
      {
        ...{
          id: 3,
          integrationId: 1,
          name: "octo/hello",
          displayName: "https://github.com/*",
          ...place,
          global: false,
          projectMappingIds: [9],
        },
        ...{ lastIndexedDate: 77, indexing: true, ...counts, lastError: "it was away" },
      },
    ];
    // The order of members too.
    expect(answered.text).toBe(JSON.stringify({ success: true, repositories: shown }));
  });

  it.each([
    { query: "", projectKey: undefined },
    { query: "?all", projectKey: undefined },
    { query: "?all=true", projectKey: undefined },
    { query: "?projectKey=PLAY", projectKey: "PLAY" },
    { query: "?projectKey=PLAY&all", projectKey: "PLAY" },
    { query: "?projectKey=a%26b", projectKey: "a&b" },
  ])("asks for those of a project, or all: $query", async ({ query, projectKey }) => {
    const rig = await createRig();

    expect((await rig.call("GET", repositoriesUrl + query)).status).toBe(200);
    expect(rig.repositories.asked).toEqual([{ projectKey }]);
  });

  it.each(["?projectKey=", "?projectKey=A&projectKey=B"])("refuses %s", async (query) => {
    const answered = await (await createRig()).call("GET", repositoriesUrl + query);

    expect([answered.status, answered.json()]).toEqual([400, refused("projectKey has to be")]);
  });
});

describe("disabling and enabling", () => {
  it("is of an integration, once and again", async () => {
    const rig = await createRig();
    const states = [];

    for (const disable of ["true", "true", "false", "false"]) {
      const answered = await rig.call("PUT", `${repositoriesUrl}/1/disable?disable=${disable}`);
      expect([answered.status, answered.json()]).toEqual([200, { success: true }]);
      states.push((await rig.integrations.get(1))?.isDisabled);
    }

    expect(states).toEqual([true, true, false, false]);
    // When something is new about it, and not otherwise.
    expect(rig.repositories.woken).toEqual([1, 1]);
  });

  it("is of a repository", async () => {
    const rig = await createRig();

    const answered = await rig.call("PUT", `${repositoriesUrl}/2/disable?disable=true`);

    expect([answered.status, answered.json()]).toEqual([200, { success: true }]);
    expect(rig.repositories.repositories).toMatchObject([{ id: 2, isDisabled: true }]);
    expect(await rig.integrations.get(1)).toMatchObject({ isDisabled: false });
  });

  it.each(["", "?disable", "?disable=", "?disable=yes", "?disable=1", "?disable=TRUE", "?disable=null", "?disable=true&disable=false"])(
    "needs to be told which: %s",
    async (query) => {
      const answered = await (await createRig()).call("PUT", `${repositoriesUrl}/1/disable${query}`);

      expect([answered.status, answered.json()]).toEqual([400, refused("disable has to be true or false.")]);
    },
  );
});

describe("reading repositories again", () => {
  it.each([
    { body: undefined, asked: { id: undefined, priority: 24, extent: "new" } },
    { body: {}, asked: { id: undefined, priority: 24, extent: "new" } },
    { body: { repoId: 2 }, asked: { id: 2, priority: 24, extent: "new" } },
    { body: { repoId: 1, priority: 1, unknown: true }, asked: { id: 1, priority: 1, extent: "new" } },
    { body: { repoId: 1, full: true }, asked: { id: 1, priority: 24, extent: "everything" } },
  ])("is begun for $body", async ({ body, asked }) => {
    const rig = await createRig();

    const answered = await rig.call("POST", reindexUrl, { body });

    expect(answered.text).toBe('{"success":true,"finished":false,"threadId":"8f1ea8ba-9ad2-4c3c-b4f2-1c3f0c3a2f10"}');
    expect([answered.status, rig.repositories.asked]).toEqual([200, [asked]]);
  });

  it.each([{ repoId: "2" }, { repoId: null }, { repoId: 1.5 }, { priority: 0 }, { priority: "1" }, { priority: null }, { full: "true" }])(
    "refuses %j",
    async (body) => {
      const rig = await createRig();

      const answered = await rig.call("POST", reindexUrl, { body });

      expect([answered.status, answered.json(), rig.repositories.asked]).toEqual([
        400,
        refused(`${Object.keys(body)[0] ?? ""} has to be`),
        [],
      ]);
    },
  );

  it.each(["[]", "null", "{", "7"])("refuses the body %s", async (body) => {
    expect((await (await createRig()).call("POST", reindexUrl, { body })).status).toBe(400);
  });

  it("of what there is not is refused", async () => {
    const rig = await createRig();
    rig.repositories.onReindex = () => undefined;

    const answered = await rig.call("POST", reindexUrl, { body: { repoId: 5 } });

    expect([answered.status, answered.json()]).toEqual([404, refused("Repository with id=5 does not exist")]);
  });
});

describe("how far that has come", () => {
  it.each([
    { query: "", wanted: {} },
    { query: "?threadId=t", wanted: { threadId: "t" } },
    { query: "?repoId=2", wanted: { id: 2 } },
    { query: "?threadId=t&repoId=2", wanted: { threadId: "t", id: 2 } },
  ])("is told for $query", async ({ query, wanted }) => {
    const rig = await createRig();
    rig.repositories.onProgress = () => ({
      ...{
        threadId: "t",
        isFinished: false,
        perRepository: { "octo/hello": 100, __proto__x: 12.5 },
        errors: { b: "it was away" },
        percent: 56.25,
      },
    });

    const answered = await rig.call("GET", progressUrl + query);

    expect(answered.text).toBe(
      '{"success":true,"finished":false,"threadId":"t","messages":{"Indexing octo/hello":100,"Indexing __proto__x":12.5},"errors":{"b":"it was away"},"lastOperationPercent":56.25}',
    );
    expect([answered.status, rig.repositories.asked]).toEqual([200, [wanted]]);
  });

  it.each([
    { query: "?threadId=t", error: "There is no index run with that threadId." },
    { query: "?repoId=5", error: "Repository with id=5 does not exist" },
  ])("is not known of what there is not: $query", async ({ query, error }) => {
    const answered = await (await createRig()).call("GET", progressUrl + query);

    expect([answered.status, answered.json()]).toEqual([404, { success: false, error, advice: "Retry with an existing id." }]);
  });

  it.each(["?repoId=x", "?repoId=1.5", "?repoId=", "?repoId=1&repoId=2", "?threadId=", "?threadId=a&threadId=b"])(
    "refuses %s",
    async (query) => {
      const answered = await (await createRig()).call("GET", progressUrl + query);

      expect([answered.status, answered.json()]).toEqual([400, refused(`${query.slice(1).split("=", 1).join("")} has to be`)]);
    },
  );
});

describe("who reads the repositories", () => {
  it("is told of what is new about an integration, and of its end", async () => {
    const rig = await createRig();

    await rig.create();
    await rig.call("PUT", `${integrationsUrl}/1`, { body: { displayName: "x" } });
    await rig.call("PUT", `${integrationsUrl}/1`, { body: { displayName: "x" } });
    await rig.call("PUT", `${integrationsUrl}/1`, { body: { displayName: "" } });
    await rig.call("DELETE", `${integrationsUrl}/1`);
    await rig.call("DELETE", `${integrationsUrl}/1`);

    expect(rig.repositories.woken).toEqual([2, 1, 1]);
  });
});
