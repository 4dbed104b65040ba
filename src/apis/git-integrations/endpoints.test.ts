import { afterEach, describe, expect, it } from "vitest";
import { baseUrl, fitting, GitIntegrationsRig, integrationsUrl, plantedSecret } from "../../../test/support/git-integrations-rig.js";
import { integrationSchema } from "./schema.js";

const rigs: GitIntegrationsRig[] = [];
afterEach(() => Promise.all(rigs.splice(0).map((rig) => rig.stop())));

/** An API with one integration. */
async function createRig(body: object = fitting): Promise<GitIntegrationsRig> {
  const rig = new GitIntegrationsRig();
  rigs.push(rig);
  expect((await rig.create(body)).status).toBe(200);
  return rig;
}

const shown = { id: 1, displayName: "https://github.com/*", integrationType: "GITHUB" };

describe("the endpoints of the API of Git integrations", () => {
  it.each([
    { method: "POST", path: integrationsUrl, body: fitting, answer: { success: true, integration: { ...shown, id: 2 } } },
    { method: "GET", path: integrationsUrl, answer: { success: true, integrations: [shown] } },
    { method: "GET", path: `${integrationsUrl}/1`, answer: { success: true, integration: [shown] } },
    { method: "PUT", path: `${integrationsUrl}/1`, body: {}, answer: { success: true, integration: shown } },
    { method: "DELETE", path: `${integrationsUrl}/1`, query: "?deleteFiles=true", answer: { success: true } },
    { method: "PUT", path: `${baseUrl}/repository/1/disable`, query: "?disable=true", answer: { success: true } },
    { method: "GET", path: `${baseUrl}/repository`, query: "?all", answer: { success: true, repositories: [] } },
    { method: "POST", path: "/rest/gitplugin/2.0/reindex", body: {}, answer: { success: true, finished: false } },
  ])("$method $path answers as published, with a slash or .json at its end too", async ({ method, path, query = "", body, answer }) => {
    for (const end of ["", "/", ".json", ".json/"]) {
      const answered = await (await createRig()).call(method, path + end + query, { body });

      expect([answered.status, answered.headers["content-type"]]).toEqual([200, "application/json"]);
      expect(answered.json()).toMatchObject(answer);
    }
  });

  it("show an integration's members in the published order, and nothing that is not set", async () => {
    const rig = await createRig();

    const [least = {}] = listIn((await rig.call("GET", `${integrationsUrl}/1`)).json());

    expect(Object.keys(least).join(" ")).toBe(
      "id displayName origin disabled sendCommitEmails maxMinsToCommitEmail global initDate revisionIndexing gitViewerEnabled disableSslVerification smartCommitsEnabled requireUserPat projectMappingIds integrationType showAllTags sourcesDiffViewEnabled refSpecNotes refSpecChanges trustFolderStat",
    );
  });

  it("show everything that is set, in that order", async () => {
    const set = {
      ...{ tagsFilter: "^v", prHideFilter: "wip", apiPath: "/api/v3", apiFilter: "[?a]", tfsCollection: "c", awsRegion: "us-east-1" },
      ...{ folderDepth: 2, refSpecCustom: "+refs/a/*:refs/b/*" },
    };
    const rig = await createRig({ ...set, ...fitting });
    rig.repositories.indexedAt.set(1, 1234);

    const [most = {}] = listIn((await rig.call("GET", `${integrationsUrl}/1`)).json());

    expect(Object.keys(most).join(" ")).toBe(
      "id displayName origin disabled sendCommitEmails maxMinsToCommitEmail global initDate lastIndexedDate revisionIndexing gitViewerEnabled disableSslVerification smartCommitsEnabled tagsFilter prHideFilter requireUserPat projectMappingIds integrationType showAllTags sourcesDiffViewEnabled refSpecNotes refSpecChanges trustFolderStat apiPath apiFilter tfsCollection awsRegion folderDepth refSpecCustom",
    );
    expect(Object.keys(integrationSchema["properties"] as object)).toEqual(Object.keys(most));
    expect(most).toMatchObject({ ...set, initDate: rig.clock.now(), lastIndexedDate: 1234, showAllTags: false });
  });

  it("list integrations by id, each with when it was indexed", async () => {
    const rig = await createRig();
    for (const displayName of ["b", "a"]) await rig.create({ ...fitting, displayName });
    rig.repositories.indexedAt.set(3, 99);

    const answered = await rig.call("GET", integrationsUrl);

    expect(answered.json()).toMatchObject({
      integrations: [{ id: 1 }, { id: 2, displayName: "b" }, { id: 3, displayName: "a", lastIndexedDate: 99 }],
    });
  });

  it("take one type, origin and account twice", async () => {
    const rig = await createRig();

    expect((await rig.create()).json()).toMatchObject({ success: true, integration: { id: 2, displayName: "https://github.com/*" } });
  });

  it("never give an id again", async () => {
    const rig = await createRig();
    await rig.call("DELETE", `${integrationsUrl}/1`);

    expect((await rig.create()).json()).toMatchObject({ integration: { id: 2 } });
  });

  it("have no secret in any answer", async () => {
    const secrets = { username: "planted-user", password: `planted-password`, pat: plantedSecret };
    const rig = await createRig({ ...fitting, ...secrets });
    await rig.call("GET", integrationsUrl);
    await rig.call("GET", `${integrationsUrl}/1`);
    await rig.call("PUT", `${integrationsUrl}/1`, { body: { ...secrets, displayName: "x" } });

    expect([...rig.answered, ...rig.logged].join("\n")).not.toMatch(/planted|username|password|"pat"/);
  });
});

/** The list of an answer. */
function listIn(answer: unknown): readonly Readonly<Record<string, unknown>>[] {
  const { integration } = answer as { readonly integration: readonly Readonly<Record<string, unknown>>[] };
  return integration;
}

describe("ids in paths", () => {
  const requests = [
    { method: "GET", path: (id: string) => `${integrationsUrl}/${id}` },
    { method: "PUT", path: (id: string) => `${integrationsUrl}/${id}`, body: { displayName: "x" } },
    { method: "DELETE", path: (id: string) => `${integrationsUrl}/${id}` },
    { method: "PUT", path: (id: string) => `${baseUrl}/repository/${id}/disable?disable=true` },
  ];

  it.each(requests)("that nothing has are named: $method", async ({ method, path, body }) => {
    const rig = await createRig();

    for (const id of ["5", "0", "-1", "9007199254740991"]) {
      const answered = await rig.call(method, path(id), { body });

      const error = `Repository with id=${id} does not exist`;
      expect([answered.status, answered.json()]).toEqual([404, { success: false, error, advice: "Retry with an existing id." }]);
    }
  });

  it.each(requests)("that are none are refused: $method", async ({ method, path, body }) => {
    const rig = await createRig();

    for (const id of ["one", "1.5", "1e0", "%31x", "%zz", "0x1", "1;", "99999999999999999", "1.json.json"]) {
      const answered = await rig.call(method, path(id), { body });

      const error = "The id in the path has to be a whole number.";
      expect([answered.status, answered.json()]).toEqual([404, { success: false, error, advice: "Retry with an existing id." }]);
    }
  });

  it("are found once only", async () => {
    const rig = await createRig();

    const statuses = [];
    for (let time = 0; time < 2; time += 1) statuses.push((await rig.call("DELETE", `${integrationsUrl}/1`)).status);

    expect(statuses).toEqual([200, 404]);
  });
});

describe("what the API does not serve", () => {
  it.each(["", "/", "/1.0", "/1.0/integrations", "/1.0/integration/1/2", "/2.0/integration", "/1.0/repository/1", "/1.0/index"])(
    "is refused in its shape: /rest/gitplugin%s",
    async (path) => {
      const answered = await (await createRig()).call("GET", `/rest/gitplugin${path}`);

      const refusal = { success: false, error: "There is no such route.", advice: "Check the path." };
      expect([answered.status, answered.json()]).toEqual([404, refusal]);
    },
  );

  it.each([
    ...["POST", "PUT", "DELETE"].map((method) => ({ method, path: `${baseUrl}/repository`, allow: "GET, HEAD, OPTIONS" })),
    { method: "DELETE", path: integrationsUrl, allow: "GET, HEAD, POST, OPTIONS" },
    { method: "POST", path: `${integrationsUrl}/1`, allow: "GET, HEAD, PUT, DELETE, OPTIONS" },
    { method: "GET", path: `${baseUrl}/repository/1/disable`, allow: "PUT, OPTIONS" },
    { method: "GET", path: "/rest/gitplugin/2.0/reindex", allow: "POST, OPTIONS" },
    { method: "POST", path: `${baseUrl}/index.json`, allow: "GET, HEAD, OPTIONS" },
  ])("is refused with what there is: $method $path", async ({ method, path, allow }) => {
    const answered = await (await createRig()).call(method, path);

    const refusal = { success: false, error: `The route takes ${allow}.`, advice: "Use one of the methods that the header Allow names." };
    expect([answered.status, answered.headers.allow, answered.json()]).toEqual([405, allow, refusal]);
  });
});
