import { describe, expect, it } from "vitest";
import { GitIntegrationsRig } from "../../test/support/git-integrations-rig.js";
import { RemoteError } from "../core/errors.js";
import type { SentGitIntegration } from "./git-integration.js";
import { GitIntegrations, type GitIntegrationsOptions } from "./git-integrations.js";
import type { GitIntegrationType } from "./git-integration-type.js";

const types: readonly GitIntegrationType[] = [
  { id: "FORGE", serviceId: "forge", namedAfter: "everything below", accounts: ["pat", "password"] },
  {
    ...{ id: "CLOUD", serviceId: "cloud", deployment: "cloud", accounts: ["password"], namedAfter: "origin" },
    ...{
      usualOrigin: ({ awsRegion = "" }) => `https://${awsRegion}.cloud.example`,
      required: ["awsRegion"],
      settings: { region: "awsRegion" },
    },
  },
  { id: "FOLDER", serviceId: "folder", isFolder: true, namedAfter: "origin", accounts: [], defaults: { folderDepth: 1 } },
];

function createIntegrations(options: Partial<GitIntegrationsOptions> = {}) {
  const { registry } = new GitIntegrationsRig();
  const woken: number[] = [];
  const desk = { wake: (id: number) => void woken.push(id) };
  return { registry, woken, integrations: new GitIntegrations({ registry, types, http: {}, desk, ...options }) };
}

function forge(settings: SentGitIntegration["settings"] = {}, more: object = {}): SentGitIntegration & { readonly type: string } {
  return { type: "FORGE", origin: "https://forge.example/base/", secrets: { pat: "planted" }, settings, ...more };
}

describe("git integrations", () => {
  it("are handed on with everything that reading their repositories needs", async () => {
    const { integrations } = createIntegrations();
    const settings = { disableSslVerification: true, apiPath: "/api/v9/", projectMappingIds: [7], tagsFilter: "^v", prHideFilter: "wip" };
    await integrations.create(forge(settings, { displayName: "Ours" }));

    const indexed = await integrations.get(1);

    expect(indexed).toEqual({
      ...{ id: 1, displayName: "Ours", origin: "https://forge.example/base/", isDisabled: false, isGlobal: false, projectMappingIds: [7] },
      actsOnSmartCommits: true,
      ...{ tagsFilter: "^v", prHideFilter: "wip" },
      remote: {
        ...{ serviceId: "forge", url: "https://forge.example/base", apiPath: "/api/v9", settings: {} },
        ...{ account: { kind: "token", token: expect.anything() }, checksCertificate: false, usesProxy: true },
      },
    });
    expect(JSON.stringify(indexed)).not.toContain("planted");
  });

  it.each([
    { apiPath: undefined, handedOn: undefined },
    { apiPath: "/", handedOn: "" },
    { apiPath: "/x//", handedOn: "/x" },
  ])("have their API where their service expects it, unless somebody said where: $apiPath", async ({ apiPath, handedOn }) => {
    const { integrations } = createIntegrations();
    await integrations.create(forge(apiPath === undefined ? {} : { apiPath }));

    expect((await integrations.get(1))?.remote.apiPath).toBe(handedOn);
  });

  it("have no API where they are a folder: a path of one is kept without effect", async () => {
    const { integrations } = createIntegrations();
    await integrations.create({ type: "FOLDER", origin: "/srv/git/*", secrets: {}, settings: { apiPath: "/x" } });

    expect((await integrations.get(1))?.remote).not.toHaveProperty("apiPath");
    expect(await integrations.find(1)).toMatchObject({ settings: { apiPath: "/x" } });
  });

  it("are listed in slices, by id, and all of them however many there are", async () => {
    const { integrations, registry } = createIntegrations();
    await integrations.create(forge());
    const { name, fields, secrets } = (await registry.get(1)) ?? expect.fail();
    for (let id = 2; id <= 1001; id += 1) await registry.create({ name, fields, secrets });

    expect((await integrations.list(0, 2)).map(({ id }) => id)).toEqual([1, 2]);
    expect((await integrations.list(1000, 5)).map(({ id }) => id)).toEqual([1001]);
    expect([(await integrations.all()).length, (await integrations.listRemotes()).length]).toEqual([1001, 1001]);
  });

  it("are known to rooms by what they are registered as", async () => {
    const { integrations } = createIntegrations();
    await integrations.create(forge({}, { displayName: "Ours" }));
    await integrations.create(forge({ projectMappingIds: [10, 11], disabled: true }, { displayName: "Ours" }));
    await integrations.create({ type: "FOLDER", origin: "/srv/git/*", secrets: {}, settings: { global: false } });

    const common = { kind: "integration", serviceId: "forge", name: "Ours", url: "https://forge.example/base" };
    const [all, some, folder] = await integrations.listRemotes();
    expect(all).toMatchObject({ ...common, key: "integration-1", id: 1 });
    expect(all).not.toHaveProperty("onlyBesideProjects");
    expect(some).toMatchObject({ ...common, key: "integration-2", id: 2, onlyBesideProjects: ["10", "11"], isInaccessible: true });
    expect(folder).toMatchObject({
      key: "integration-3",
      serviceId: "folder",
      url: "/srv/git/*",
      onlyBesideProjects: [],
      account: { kind: "none" },
    });
    expect([await integrations.findRemote(2), await integrations.findRemote(4)]).toEqual([some, undefined]);
  });

  it("wake whoever reads them when something is new, and only once it is stored", async () => {
    const { integrations, registry, woken } = createIntegrations();
    await integrations.create(forge());
    await integrations.create(forge({ tagsFilter: "(" }));
    await integrations.change(1, { settings: {}, secrets: {} });
    await integrations.change(1, { settings: { disabled: true }, secrets: {} });
    await integrations.change(1, { settings: { apiPath: "/x" }, secrets: {} });
    await integrations.change(9, { settings: {}, secrets: {} });
    await integrations.remove(9);
    expect(woken).toEqual([1, 1]);

    await integrations.remove(1);

    expect([woken, await registry.get(1)]).toEqual([[1, 1, 1], undefined]);
  });

  it("ask nothing about an address but whether it may be asked", async () => {
    const judged: string[] = [];
    const http = {
      check(url: string) {
        judged.push(url);
        if (url.includes("private")) throw new RemoteError("private.example is not to be asked");
      },
    };
    const { integrations } = createIntegrations({ http });
    const refused = { kind: "unfit", problems: ["origin cannot be asked: private.example is not to be asked"] };
    const origin = "https://private.example";

    expect(await integrations.create(forge({}, { origin }))).toEqual(refused);
    await integrations.create(forge());
    expect(await integrations.change(1, { origin, settings: {}, secrets: { pat: "x" } })).toEqual(refused);
    await integrations.change(1, { settings: { disabled: true }, secrets: {} });
    await integrations.create({ type: "FOLDER", origin: "/private", settings: {}, secrets: {} });

    expect(judged).toEqual([origin, "https://forge.example/base/", origin]);
  });

  it("do not hide a mistake of ours behind a refusal", async () => {
    const http = {
      check() {
        throw new TypeError("a mistake");
      },
    };

    await expect(createIntegrations({ http }).integrations.create(forge())).rejects.toThrow(TypeError);
    await expect(createIntegrations().integrations.create(forge({}, { type: "UNKNOWN" }))).rejects.toThrow(TypeError);
  });

  it("are changed as they are when the change has its turn", async () => {
    const { integrations, registry } = createIntegrations();
    await integrations.create(forge({ apiPath: "/a" }));

    // Each is right by itself; the second finds the place that the first left, and its secret.
    const outcomes = await Promise.all([
      integrations.change(1, { origin: "https://other.example", settings: {}, secrets: { pat: "other" } }),
      integrations.change(1, { origin: "https://forge.example", settings: {}, secrets: {} }),
    ]);

    expect(outcomes.map(({ kind }) => kind)).toEqual(["changed", "unfit"]);
    expect(await registry.get(1)).toMatchObject({ fields: { origin: "https://other.example" }, secrets: { pat: "other" } });
  });
});
