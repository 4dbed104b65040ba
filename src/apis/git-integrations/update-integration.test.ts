import { afterEach, describe, expect, it } from "vitest";
import { GitIntegrationsRig, integrationsUrl } from "../../../test/support/git-integrations-rig.js";
import type { GitSecrets } from "../../remotes/git-integration.js";

const rigs: GitIntegrationsRig[] = [];
afterEach(() => Promise.all(rigs.splice(0).map((rig) => rig.stop())));

const itemUrl = `${integrationsUrl}/1`;
const server = { type: "GITHUB_SERVER", origin: "https://git.example.com/", pat: "old-pat", displayName: "Ours" };
const gerrit = { type: "GERRIT", origin: "https://git.example.com", username: "ada", password: "old-pw" };
const both = { ...server, username: "ada", password: "old-pw" };
const aws = { type: "AWS", username: "AKIA", password: "old-pw", awsRegion: "eu-west-1" };

interface Changed {
  readonly rig: GitIntegrationsRig;
  readonly status: number;
  readonly answer: { readonly integration: Readonly<Record<string, unknown>>; readonly error: string };
  readonly secrets: GitSecrets | undefined;
}

/** What becomes of an integration by one change. */
async function change(body: object, sent: unknown): Promise<Changed> {
  const rig = new GitIntegrationsRig();
  rigs.push(rig);
  expect((await rig.create(body)).status).toBe(200);
  const answered = await rig.call("PUT", itemUrl, { body: sent });
  const record = await rig.registry.get(1);
  return { rig, status: answered.status, answer: answered.json() as Changed["answer"], secrets: record?.secrets };
}

describe("changing an integration", () => {
  it.each([
    { displayName: "Theirs" },
    { disabled: true },
    { sendCommitEmails: true, maxMinsToCommitEmail: 7 },
    { gitViewerEnabled: false, smartCommitsEnabled: false, revisionIndexing: false, sourcesDiffViewEnabled: false },
    { global: false, projectMappingIds: [3] },
    { tagsFilter: "^v", prHideFilter: "wip", refSpecCustom: "+refs/x/*:refs/x/*", apiFilter: "a", tfsCollection: "b", folderDepth: 2 },
    { disableSslVerification: true, requireUserPat: true, trustFolderStat: true, refSpecNotes: false, refSpecChanges: true },
    { origin: "https://git.example.com/below/" },
    { awsRegion: "us-east-1" },
  ])("replaces what is sent and leaves the rest: %j", async (sent) => {
    const { rig } = await change(server, {});
    const before = ((await rig.call("GET", itemUrl)).json() as { integration: readonly [object] }).integration[0];

    const changed = await rig.call("PUT", itemUrl, { body: sent });

    const after = { success: true, integration: { ...before, ...sent, ...("tagsFilter" in sent ? { showAllTags: false } : {}) } };
    expect([changed.status, changed.json()]).toEqual([200, after]);
    expect((await rig.registry.get(1))?.secrets).toEqual({ pat: "old-pat" });
  });

  it("keeps the name that was made of an origin which is another now", async () => {
    const { answer } = await change(gerrit, { origin: "https://other.example.com", password: "new" });

    expect(answer.integration).toMatchObject({ displayName: "https://git.example.com/*", origin: "https://other.example.com" });
  });

  it.each(["tagsFilter", "prHideFilter", "refSpecCustom", "apiFilter", "tfsCollection", "awsRegion"])(
    "takes %s away where it is empty",
    async (field) => {
      const set = {
        tagsFilter: "v",
        prHideFilter: "v",
        refSpecCustom: "refs/a:refs/b",
        apiFilter: "a",
        tfsCollection: "c",
        awsRegion: "us-east-1",
      };

      const { status, answer } = await change({ ...server, ...set }, { [field]: "" });

      const { [field]: _gone, ...rest } = set as Readonly<Record<string, string>>;
      expect(status).toBe(200);
      expect(answer.integration).not.toHaveProperty(field);
      expect(answer.integration).toMatchObject({ ...rest, showAllTags: field === "tagsFilter" });
    },
  );

  it.each([
    { sent: { type: "GITHUB_SERVER" }, status: 200 },
    { sent: { type: "GITHUB" }, status: 400 },
    { sent: { type: "github_server" }, status: 400 },
    { sent: { type: null }, status: 400 },
    { sent: { id: 7, integrationType: "GITLAB", initDate: 1, limitGitData: true }, status: 200 },
  ])("never changes what it is: $sent", async ({ sent, status }) => {
    const changed = await change(server, { ...sent, displayName: "new" });

    expect(changed.status).toBe(status);
    if (status === 400) expect(changed.answer.error).toMatch(/^type /);
    const shown = (await changed.rig.call("GET", itemUrl)).json();
    expect(shown).toMatchObject({
      integration: [{ id: 1, integrationType: "GITHUB_SERVER", displayName: status === 200 ? "new" : "Ours" }],
    });
  });

  it.each([
    { before: { global: true }, sent: { projectMappingIds: [1] }, after: { global: true, projectMappingIds: [] } },
    { before: { projectMappingIds: [1] }, sent: { projectMappingIds: [2] }, after: { global: false, projectMappingIds: [2] } },
    { before: { projectMappingIds: [1] }, sent: { global: true }, after: { global: true, projectMappingIds: [] } },
    { before: { projectMappingIds: [1] }, sent: { projectMappingIds: [] }, after: { global: false, projectMappingIds: [] } },
    { before: {}, sent: { global: false, projectMappingIds: [2] }, after: { global: false, projectMappingIds: [2] } },
  ])("of $before by $sent makes $after", async ({ before, sent, after }) => {
    expect((await change({ ...server, ...before }, sent)).answer.integration).toMatchObject(after);
  });

  it.each([
    { sent: { origin: "" }, field: "origin" },
    { sent: { origin: "ftp://a" }, field: "origin" },
    { sent: { origin: "http://127.0.0.1", pat: "x" }, field: "origin" },
    { sent: { displayName: "" }, field: "displayName" },
    { sent: { tagsFilter: "(" }, field: "tagsFilter" },
    { sent: { folderDepth: 9 }, field: "folderDepth" },
    { sent: { pat: " " }, field: "pat" },
    { sent: { disabled: null }, field: "disabled" },
    { sent: [], field: "The body" },
    { sent: "", field: "The body" },
    { sent: "{", field: "The body" },
  ])("refuses what does not fit, and changes nothing: $sent", async ({ sent, field }) => {
    const { rig, status, answer } = await change(server, sent);

    expect([status, answer]).toEqual([400, { success: false, error: expect.stringMatching(`^${field} `), advice: expect.any(String) }]);
    expect(await rig.registry.get(1)).toMatchObject({
      name: "Ours",
      fields: { origin: "https://git.example.com/" },
      secrets: { pat: "old-pat" },
    });
  });

  it("judges no address that was typed before", async () => {
    const rig = new GitIntegrationsRig({ allow: ["10.0.0.0/8"] });
    rigs.push(rig);
    await rig.create({ ...server, origin: "http://10.0.0.1" });
    const later = new GitIntegrationsRig({ database: rig.database });
    rigs.push(later);

    const renamed = await later.call("PUT", itemUrl, { body: { displayName: "x" } });
    const sentAgain = await later.call("PUT", itemUrl, { body: { origin: "http://10.0.0.1" } });

    expect([renamed.status, sentAgain.status]).toEqual([200, 400]);
  });
});

describe("the secrets of an integration", () => {
  it.each([
    { body: server, sent: { pat: "new" }, secrets: { pat: "new" } },
    { body: server, sent: { username: "eve", password: "pw" }, secrets: { username: "eve", password: "pw", pat: "old-pat" } },
    { body: server, sent: { username: "eve", password: "pw", pat: "" }, secrets: { username: "eve", password: "pw" } },
    { body: both, sent: { pat: "" }, secrets: { username: "ada", password: "old-pw" } },
    { body: both, sent: { username: "", password: "" }, secrets: { pat: "old-pat" } },
    { body: gerrit, sent: { pat: "x" }, secrets: { username: "ada", password: "old-pw", pat: "x" } },
  ])("are replaced, and removed by empty texts: $sent", async ({ body, sent, secrets }) => {
    const changed = await change(body, sent);

    expect([changed.status, changed.secrets]).toEqual([200, secrets]);
  });

  it.each([
    { body: server, sent: { pat: "" }, names: "pat" },
    { body: server, sent: { pat: "", username: "ada" }, names: "pat" },
    { body: gerrit, sent: { username: "" }, names: "username" },
    { body: gerrit, sent: { password: "" }, names: "password" },
    { body: { type: "TFS_SERVER", origin: "https://a.example", username: "all", pat: "x" }, sent: { username: "ada" }, names: "username" },
  ])("stay where the type cannot do without: $sent", async ({ body, sent, names }) => {
    const changed = await change(body, sent);

    expect([changed.status, changed.answer.error]).toEqual([400, expect.stringMatching(`${names}.* required`)]);
    const { type: _type, origin: _origin, displayName: _name, ...secrets } = body as Readonly<Record<string, string>>;
    expect(changed.secrets).toEqual(secrets);
  });
});

describe("a stored secret", () => {
  const elsewhere = [
    "http://git.example.com",
    "https://git.example.com:444",
    "https://evil.example",
    "https://git.example.com.evil.example/",
  ];
  const moves = [...elsewhere.map((origin) => ({ origin })), { apiPath: "/x" }];

  it.each([
    ...moves.map((sent) => ({ body: server, sent, names: "pat" })),
    ...moves.map((sent) => ({ body: gerrit, sent, names: "password" })),
    ...moves.map((sent) => ({ body: gerrit, sent: { ...sent, username: "eve" }, names: "password" })),
    ...moves.map((sent) => ({ body: gerrit, sent: { ...sent, pat: "x" }, names: "password" })),
    // A password that does not count beside a token would count once the token is gone.
    ...moves.map((sent) => ({ body: both, sent: { ...sent, pat: "new" }, names: "password" })),
    ...moves.map((sent) => ({ body: both, sent: { ...sent, pat: "" }, names: "password" })),
    ...moves.map((sent) => ({ body: both, sent: { ...sent, password: "new" }, names: "pat" })),
    { body: { ...server, apiPath: "/x" }, sent: { apiPath: "" }, names: "pat" },
    { body: aws, sent: { origin: "https://git-codecommit.evil.example" }, names: "password" },
    { body: { type: "GITHUB", pat: "x" }, sent: { origin: "https://evil.example" }, names: "pat" },
  ])("goes nowhere but where it was given for: $sent", async ({ body, sent, names }) => {
    const { rig, status, answer } = await change(body, { ...sent, displayName: "new" });

    const error = `${names} is required where origin gets another scheme, host or port, or apiPath another value.`;
    expect([status, answer.error]).toEqual([400, error]);
    expect((await rig.registry.get(1))?.name).not.toBe("new");
  });

  it.each([
    { body: server, sent: { origin: "https://other.example", pat: "new" } },
    { body: server, sent: { origin: "https://other.example", pat: "old-pat" } },
    { body: server, sent: { origin: "https://GIT.example.com:443/other" } },
    { body: server, sent: { apiPath: "/x", pat: "new" } },
    { body: server, sent: { apiPath: "" } },
    { body: { ...server, apiPath: "/x" }, sent: { apiPath: "/x", origin: "https://git.example.com" } },
    { body: both, sent: { origin: "https://other.example", pat: "new", password: "new" } },
    { body: both, sent: { origin: "https://other.example", pat: "new", password: "" } },
    { body: gerrit, sent: { origin: "https://other.example", password: "new" } },
    { body: { type: "GITLAB", pat: "x", password: "unused" }, sent: { origin: "https://other.example", pat: "new" } },
    { body: { type: "FILESPACE", origin: "/repos", pat: "unused" }, sent: { origin: "D:\\repos", apiPath: "/x" } },
  ])("stays or is given again: $sent", async ({ body, sent }) => {
    expect((await change(body, sent)).status).toBe(200);
  });

  it("goes with a region to Amazon's own host, where nobody chose another", async () => {
    const followed = await change(aws, { awsRegion: "us-east-1" });
    const chosen = await change({ ...aws, origin: "https://vpce.example" }, { awsRegion: "us-east-1" });

    expect([followed.status, followed.answer.integration["origin"]]).toEqual([200, "https://git-codecommit.us-east-1.amazonaws.com"]);
    expect([chosen.status, chosen.answer.integration["origin"]]).toEqual([200, "https://vpce.example"]);
  });
});
