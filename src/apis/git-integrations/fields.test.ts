import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fitting, GitIntegrationsRig, integrationsUrl } from "../../../test/support/git-integrations-rig.js";

// Nothing here depends on what is stored already.
let rig: GitIntegrationsRig;
beforeAll(async () => {
  rig = new GitIntegrationsRig({ allow: ["10.1.0.0/16"] });
  await rig.create({ type: "GITHUB_SERVER", origin: "https://git.example.com", pat: "x" });
});
afterAll(() => rig.stop());

const server = { type: "GITHUB_SERVER", origin: "https://git.example.com", pat: "x" };
const folder = { type: "FILESPACE" };

const flags = [
  "disabled",
  "disableSslVerification",
  "sendCommitEmails",
  "gitViewerEnabled",
  "smartCommitsEnabled",
  "requireUserPat",
  "global",
];
const moreFlags = ["sourcesDiffViewEnabled", "revisionIndexing", "trustFolderStat", "refSpecNotes", "refSpecChanges"];

/** Values that fit, as answers show them. */
const fit: readonly { readonly field: string; readonly values: readonly unknown[]; readonly beside?: object }[] = [
  ...[...flags, ...moreFlags].map((field) => ({ field, values: [true, false] })),
  { field: "displayName", values: ["x", "🎉".repeat(255)] },
  { field: "maxMinsToCommitEmail", values: [0, 1, 9007199254740991] },
  { field: "projectMappingIds", values: [[], [1], [10000, 10001, -1]], beside: { global: false } },
  { field: "tagsFilter", values: ["^v\\d+\\-rc", "(?<a>x)|y{2}"] },
  { field: "prHideFilter", values: [".*", "(a|b)+"] },
  { field: "refSpecCustom", values: ["+refs/x/*:refs/x/*", "refs/a:refs/b", "+refs/pull/*/head:refs/pr/*, refs/x/*:refs/x/*"] },
  { field: "apiPath", values: ["/", "/api/v3", "/x/../y", "/a%20b"] },
  { field: "apiFilter", values: ["[?archived==`false`]", " "] },
  { field: "tfsCollection", values: ["DefaultCollection", "a b"] },
  { field: "folderDepth", values: [1, 5] },
  { field: "awsRegion", values: ["us-east-1", "sa-east-1", "me-south-1", "ap-southeast-3", "eu-central-2"] },
  {
    field: "origin",
    values: [
      "http://git.example.com",
      "https://GIT.example.com:8443/x/",
      "https://[2606:4700::1111]",
      "https://1.1.1.1/",
      "https://10.1.2.3",
    ],
  },
  { field: "origin", values: ["/", "/repos", "/repos/*", "/a b/../c*", "D:\\tmp\\*", "d:/tmp", "\\\\host\\share\\*"], beside: folder },
];

describe("a field of an integration", () => {
  it.each(fit.flatMap(({ field, values, beside = {} }) => values.map((value) => ({ field, value, beside }))))(
    "is taken and shown as it is sent: $field $value",
    async ({ field, value, beside }) => {
      const answered = await rig.create({ ...server, ...beside, [field]: value });

      expect([answered.status, answered.json()]).toMatchObject([200, { integration: { [field]: value } }]);
    },
  );

  it.each([
    ...[...flags, ...moreFlags].flatMap((field) => ["true", 1, null, []].map((value) => ({ field, value }))),
    ...["", "  ", "x".repeat(256), null, 7].map((value) => ({ field: "displayName", value })),
    ...[-1, 1.5, "1", null, 1e300].map((value) => ({ field: "maxMinsToCommitEmail", value })),
    ...["1", [1.5], ["1"], [null], { 0: 1 }, null].map((value) => ({ field: "projectMappingIds", value })),
    ...["[", "(", "*", "a{2,1}", "\\", 7, null].flatMap((value) => ["tagsFilter", "prHideFilter"].map((field) => ({ field, value }))),
    ...[
      "refs/x/*",
      "x:y",
      "+refs/x/*:refs/x",
      "refs/x/*:refs/*/*",
      "refs/x:refs/y,",
      "refs/a..b:refs/c",
      "refs/a b:refs/c",
      "^refs/a:refs/b",
    ].map((value) => ({ field: "refSpecCustom", value })),
    ...["api", "//evil.example", "/\\evil.example", "/a?b", "/a#b", "/a b", "\\a", "@evil.example", 7, null].map((value) => ({
      field: "apiPath",
      value,
    })),
    ...[7, null, {}].flatMap((value) => ["apiFilter", "tfsCollection"].map((field) => ({ field, value }))),
    ...[0, 6, 1.5, "1", null].map((value) => ({ field: "folderDepth", value })),
    ...["", "eu-west-9", "US-EAST-1", "all", null].map((value) => ({ field: "awsRegion", value })),
    ...["", " ", null, 7, ["x"]].flatMap((value) => ["username", "password", "pat"].map((field) => ({ field, value }))),
    ...["", "github", "Github", "BITBUCKET", "toString", null, 7].map((value) => ({ field: "type", value })),
    ...[
      "",
      "git.example.com",
      "ftp://a",
      "https://",
      "https:///a",
      "//a",
      "https://a@b",
      "https://a:b@c",
      "https://a/?b",
      "https://a/#b",
    ].map((value) => ({ field: "origin", value })),
    ...[
      "https://a b",
      " https://a",
      "https://a\n",
      "https://a\\b",
      "https://[::1",
      "https://a:99999",
      "javascript:1",
      "/repos",
      7,
      null,
    ].map((value) => ({ field: "origin", value })),
    ...[
      "http://127.0.0.1",
      "http://10.0.0.1",
      "https://[::1]/",
      "http://2130706433",
      "http://0x7f.1",
      "http://017700000001",
      "http://169.254.169.254",
    ].map((value) => ({ field: "origin", value })),
    ...["http://[::ffff:127.0.0.1]", "http://192.168.1.1:80/x", "http://[fe80::1]", "http://[fd00::1]"].map((value) => ({
      field: "origin",
      value,
    })),
    ...["repos", "repos/*", "", "C:repos", "C:", "*", "~/repos", "\\repos", "/a\u0007b", "https://a"].map((value) => ({
      ...{ field: "origin", value, beside: folder },
    })),
  ] as { field: string; value: unknown; beside?: object }[])(
    "is refused by its name: $field $value",
    async ({ field, value, beside = {} }) => {
      const answered = await rig.create({ ...server, ...beside, [field]: value });

      const error = expect.stringMatching(new RegExp(`^${field} (?:has to|is required|cannot be asked)`)) as string;
      expect([answered.status, answered.json()]).toEqual([400, { success: false, error, advice: expect.any(String) }]);
    },
  );

  it("has no value repeated in a refusal", async () => {
    const values = ["username", "password", "pat", "origin", "apiPath", "tagsFilter", "displayName", "refSpecCustom", "awsRegion"];
    const answered = await rig.create(Object.fromEntries([["type", "GITHUB"], ...values.map((field) => [field, ["planted"]])]));

    expect(answered.status).toBe(400);
    expect(answered.text).not.toContain("planted");
    for (const field of values) expect(answered.text).toContain(field);
  });

  it.each(["limitGitData", "id", "integrationType", "group", "githubAppId", "initDate", "unknown"])(
    "is ignored where it is none: %s",
    async (field) => {
      const answered = await rig.create({ ...server, [field]: ["anything"] });

      expect(answered.status).toBe(200);
      expect(answered.json()).toMatchObject({ integration: { integrationType: "GITHUB_SERVER" } });
      expect(answered.text).not.toContain("anything");
    },
  );

  it("of another type is stored without effect", async () => {
    const answered = await rig.create({ ...fitting, awsRegion: "us-east-1", folderDepth: 3, tfsCollection: "c" });

    const { integration } = answered.json() as { integration: { id: number } };
    expect(integration).toMatchObject({ awsRegion: "us-east-1", folderDepth: 3, tfsCollection: "c" });
    expect((await rig.integrations.get(integration.id))?.remote.settings).toEqual({});
  });

  it.each(["tagsFilter", "prHideFilter", "refSpecCustom", "apiPath", "apiFilter", "tfsCollection"])(
    "is absent where it is empty: %s",
    async (field) => {
      const answered = await rig.create({ ...server, [field]: "" });

      expect(answered.json()).toMatchObject({ success: true, integration: { showAllTags: true } });
      expect(answered.text).not.toContain(field);
    },
  );

  it("may have blanks around a name, which are cut", async () => {
    const answered = await rig.create({ ...server, displayName: `\t ${"x".repeat(255)} \n` });

    expect(answered.json()).toMatchObject({ integration: { displayName: "x".repeat(255) } });
  });
});

describe("global and projectMappingIds", () => {
  it.each([
    { sent: {}, shows: { global: true, projectMappingIds: [] } },
    { sent: { projectMappingIds: [] }, shows: { global: true, projectMappingIds: [] } },
    { sent: { projectMappingIds: [7] }, shows: { global: false, projectMappingIds: [7] } },
    { sent: { global: true, projectMappingIds: [7] }, shows: { global: true, projectMappingIds: [] } },
    { sent: { global: false }, shows: { global: false, projectMappingIds: [] } },
    { sent: { global: false, projectMappingIds: [7, 8] }, shows: { global: false, projectMappingIds: [7, 8] } },
  ])("$sent makes $shows", async ({ sent, shows }) => {
    expect((await rig.create({ ...server, ...sent })).json()).toMatchObject({ integration: shows });
  });
});

describe("a body", () => {
  it.each(["", "{", "null", "[]", "7", '"text"', "\u0000", '{"type":"GITHUB","pat":"x"'])(
    "that is no JSON object is refused: %j",
    async (body) => {
      const answered = await rig.call("POST", integrationsUrl, { body });

      expect([answered.status, answered.json()]).toEqual([
        400,
        { success: false, error: expect.stringContaining("body"), advice: expect.any(String) },
      ]);
    },
  );

  it("has everything that is wrong with it told at once", async () => {
    const answered = await rig.create({ disabled: "x", global: 1, pat: "" });

    const error =
      "type is required. pat has to be text that is not blank. disabled has to be true or false. global has to be true or false.";
    expect(answered.json()).toMatchObject({ error });
  });
});
