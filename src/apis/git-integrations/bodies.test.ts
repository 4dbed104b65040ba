import { afterEach, describe, expect, it } from "vitest";
import { GitIntegrationsRig, integrationsUrl } from "../../../test/support/git-integrations-rig.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { gitIntegrationTypes } from "./schema.js";

const rigs: GitIntegrationsRig[] = [];
afterEach(() => Promise.all(rigs.splice(0).map((rig) => rig.stop())));

function createRig(): GitIntegrationsRig {
  const rig = new GitIntegrationsRig();
  rigs.push(rig);
  return rig;
}

/** Of every integration, where nothing else is said; in the order of answers. */
const usual = {
  disabled: false,
  sendCommitEmails: false,
  maxMinsToCommitEmail: 1440,
  global: true,
  initDate: expect.any(Number),
  revisionIndexing: true,
  gitViewerEnabled: true,
  disableSslVerification: false,
  smartCommitsEnabled: true,
  requireUserPat: false,
  projectMappingIds: [],
  showAllTags: true,
  sourcesDiffViewEnabled: true,
  refSpecNotes: true,
  refSpecChanges: false,
  trustFolderStat: false,
};

interface Example {
  readonly body: { readonly type: string } & Readonly<Record<string, unknown>>;
  /** Besides what is usual. */
  readonly shows: { readonly displayName: string; readonly origin: string } & Readonly<Record<string, unknown>>;
  readonly remote: Partial<RegisteredRemote>;
  /** What the account is made of. */
  readonly account: readonly string[];
}

const user = { username: "ada", password: "pw" };
const byPassword = ["password", "ada", "pw"];

/** One for each kind of body that the reference's types have: what is required and no more, unless said. */
const examples: readonly Example[] = [
  {
    body: { type: "GITHUB", pat: "pat" },
    shows: { displayName: "https://github.com/*", origin: "https://api.github.com" },
    remote: { serviceId: "github", url: "https://api.github.com" },
    account: ["token", "pat"],
  },
  {
    body: { type: "GITHUB", ...user },
    shows: { displayName: "https://github.com/*", origin: "https://api.github.com" },
    remote: { serviceId: "github" },
    account: byPassword,
  },
  {
    body: { type: "GITHUB_SERVER", origin: "https://github.example.com/", pat: "pat" },
    shows: { displayName: "https://github.example.com/*", origin: "https://github.example.com/" },
    remote: { serviceId: "github", url: "https://github.example.com" },
    account: ["token", "pat"],
  },
  {
    body: { type: "GITHUB_SERVER", origin: "https://github.example.com", ...user },
    shows: { displayName: "https://github.example.com/*", origin: "https://github.example.com" },
    remote: { serviceId: "github" },
    account: byPassword,
  },
  {
    body: { type: "GITLAB", pat: "pat" },
    shows: { displayName: "https://gitlab.com/*", origin: "https://gitlab.com" },
    remote: { serviceId: "gitlab", url: "https://gitlab.com" },
    account: ["token", "pat"],
  },
  {
    body: { type: "GITLAB_SERVER", origin: "https://git.example.com/gitlab/", pat: "pat" },
    shows: { displayName: "https://git.example.com/gitlab/*", origin: "https://git.example.com/gitlab/" },
    remote: { serviceId: "gitlab", url: "https://git.example.com/gitlab" },
    account: ["token", "pat"],
  },
  {
    body: { type: "GITLAB_SERVER_LEGACY", origin: "http://git.example.com:8080", ...user },
    shows: { displayName: "http://git.example.com:8080/*", origin: "http://git.example.com:8080" },
    remote: { serviceId: "gitlab", deployment: "legacy" },
    account: byPassword,
  },
  {
    body: { type: "AWS", ...user, awsRegion: "eu-west-1" },
    shows: {
      displayName: "https://git-codecommit.eu-west-1.amazonaws.com",
      origin: "https://git-codecommit.eu-west-1.amazonaws.com",
      awsRegion: "eu-west-1",
    },
    remote: { serviceId: "aws-codecommit", settings: { region: "eu-west-1" } },
    account: byPassword,
  },
  {
    body: { type: "AZURE", pat: "pat" },
    shows: { displayName: "https://dev.azure.com", origin: "https://dev.azure.com" },
    remote: { serviceId: "azure-devops", settings: {} },
    account: ["token", "pat"],
  },
  {
    body: { type: "VSTS", pat: "pat" },
    shows: { displayName: "https://app.vssps.visualstudio.com", origin: "https://app.vssps.visualstudio.com" },
    remote: { serviceId: "azure-devops" },
    account: ["token", "pat"],
  },
  {
    body: { type: "TFS_SERVER", origin: "https://tfs.example.com/tfs/", ...user, tfsCollection: "Main" },
    shows: { displayName: "https://tfs.example.com/tfs/*", origin: "https://tfs.example.com/tfs/", tfsCollection: "Main" },
    remote: { serviceId: "azure-devops", settings: { collection: "Main" } },
    account: byPassword,
  },
  {
    body: { type: "TFS_SERVER", origin: "https://tfs.example.com/tfs", username: "all", pat: "pat" },
    shows: { displayName: "https://tfs.example.com/tfs/*", origin: "https://tfs.example.com/tfs" },
    remote: { serviceId: "azure-devops" },
    account: ["token", "all", "pat"],
  },
  {
    body: { type: "AZURE_DEVOPS", origin: "https://azure.example.com", ...user },
    shows: { displayName: "https://azure.example.com/*", origin: "https://azure.example.com" },
    remote: { serviceId: "azure-devops" },
    account: byPassword,
  },
  {
    body: { type: "AZURE_DEVOPS", origin: "https://azure.example.com", pat: "pat" },
    shows: { displayName: "https://azure.example.com/*", origin: "https://azure.example.com" },
    remote: { serviceId: "azure-devops" },
    account: ["token", "pat"],
  },
  {
    body: { type: "FILESPACE", origin: "D:\\tmp\\*" },
    shows: { displayName: "D:\\tmp\\*", origin: "D:\\tmp\\*", folderDepth: 1 },
    remote: { serviceId: "git-folder", url: "D:\\tmp\\*", settings: { folderDepth: "1" } },
    account: ["none"],
  },
  {
    body: { type: "FILESPACE", origin: "/repos/*", folderDepth: 3 },
    shows: { displayName: "/repos/*", origin: "/repos/*", folderDepth: 3 },
    remote: { serviceId: "git-folder", url: "/repos/*", settings: { folderDepth: "3" } },
    account: ["none"],
  },
  {
    body: { type: "GERRIT", origin: "https://review.example.com/", ...user, refSpecChanges: true },
    shows: { displayName: "https://review.example.com/*", origin: "https://review.example.com/", refSpecChanges: true },
    remote: { serviceId: "gerrit", url: "https://review.example.com" },
    account: byPassword,
  },
];

function describeAccount({ account }: RegisteredRemote): readonly string[] {
  if (account.kind === "password") return [account.kind, account.username, account.password.reveal()];
  if (account.kind === "none") return [account.kind];
  return [account.kind, ...(account.username === undefined ? [] : [account.username]), account.token.reveal()];
}

describe("the bodies of the published API", () => {
  it("are of every type", () => {
    expect([...new Set(examples.map(({ body }) => body.type))].sort()).toEqual(gitIntegrationTypes.map(({ id }) => id).sort());
    expect(gitIntegrationTypes).toHaveLength(12);
  });

  it.each(examples)("are taken, with what follows from them: $body", async ({ body, shows }) => {
    const answered = await createRig().create(body);

    expect([answered.status, answered.json()]).toEqual([
      200,
      { success: true, integration: { id: 1, ...usual, integrationType: body.type, ...shows } },
    ]);
  });

  it.each(examples)("make the remote that its service is handed: $body", async ({ body, remote, account }) => {
    const rig = createRig();
    await rig.create(body);

    const made = (await rig.integrations.get(1))?.remote;

    expect(made).toMatchObject({ checksCertificate: true, usesProxy: true, ...remote });
    expect(made && describeAccount(made)).toEqual(account);
  });

  it.each(
    examples.flatMap(({ body }) =>
      Object.keys(body)
        .filter((field) => !["tfsCollection", "folderDepth", "refSpecChanges"].includes(field))
        .map((field) => ({ body, field })),
    ),
  )("are refused without what is required: $body without $field", async ({ body, field }) => {
    const rig = createRig();

    const answered = await rig.create(Object.fromEntries(Object.entries(body).filter(([name]) => name !== field)));

    const error = expect.stringMatching(new RegExp(`\\b${field}\\b.*required`)) as string;
    expect([answered.status, answered.json()]).toEqual([400, { success: false, error, advice: expect.any(String) }]);
    expect((await rig.call("GET", integrationsUrl)).json()).toEqual({ success: true, integrations: [] });
  });

  it.each([
    { body: { type: "GITHUB", origin: "https://api.github.com/" }, displayName: "https://github.com/*" },
    { body: { type: "GITHUB", origin: "https://api.acme.ghe.com" }, displayName: "https://api.acme.ghe.com/*" },
    { body: { type: "GITLAB", origin: "https://gitlab.com" }, displayName: "https://gitlab.com/*" },
    { body: { type: "AZURE", origin: "https://dev.azure.com/acme/" }, displayName: "https://dev.azure.com/acme/" },
    { body: { type: "VSTS", origin: "https://acme.visualstudio.com" }, displayName: "https://acme.visualstudio.com" },
  ])("may say where a host in the cloud is: $body", async ({ body, displayName }) => {
    const answered = await createRig().create({ ...body, pat: "x" });

    expect(answered.json()).toMatchObject({ integration: { origin: body.origin, displayName } });
  });

  it.each([
    { body: { type: "GITHUB", pat: "pat", ...user }, account: ["token", "ada", "pat"] },
    { body: { type: "AZURE_DEVOPS", origin: "https://a.example", pat: "pat", ...user }, account: ["token", "ada", "pat"] },
    { body: { type: "TFS_SERVER", origin: "https://a.example", pat: "pat", ...user }, account: ["token", "ada", "pat"] },
    { body: { type: "GITLAB", pat: "pat", ...user }, account: ["token", "ada", "pat"] },
    { body: { type: "GERRIT", origin: "https://a.example", pat: "pat", ...user }, account: byPassword },
  ])("may have a token beside a password: $body", async ({ body, account }) => {
    const rig = createRig();
    await rig.create(body);

    const made = (await rig.integrations.get(1))?.remote;

    expect(made && describeAccount(made)).toEqual(account);
    expect((await rig.registry.get(1))?.secrets).toEqual({ pat: "pat", ...user });
  });
});
