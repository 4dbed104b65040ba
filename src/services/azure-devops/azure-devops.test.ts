import { afterEach, describe, expect, it } from "vitest";
import { azureDevOpsApi, type StandInAzureDevOps } from "../../../test/support/azure-devops-api.js";
import { addressesAsked, checkAt, describeRemoteCheck, plantedSecret, RemoteCheckRig } from "../../../test/support/remote-checks.js";
import type { HttpClient } from "../../core/ports/http-client.js";
import type { RegisteredRemote, RemoteAccount } from "../../core/registered-remote.js";
import { Secret } from "../../shared/secret.js";
import { azureDevOpsRemote } from "./remote-check.js";

const secret = new Secret(plantedSecret);
const common: RegisteredRemote = {
  ...{ serviceId: "azure-devops", url: "", settings: {}, checksCertificate: true, usesProxy: true },
  account: { kind: "token", token: secret },
};

describeRemoteCheck({
  title: "Azure DevOps",
  check: azureDevOpsRemote,
  remote: common,
  api: () => azureDevOpsApi({ token: plantedSecret, stranger: "401" }),
  account: "ada@example.org",
  thingsToCheck: "server URL, api token",
  wrongSecret: /the api token is not accepted \(401\)/,
});

let rig = new RemoteCheckRig();
afterEach(async () => {
  await rig.close();
  rig = new RemoteCheckRig();
});

describe("Azure DevOps", () => {
  const server: StandInAzureDevOps = { path: "/tfs", collection: "Tools", token: plantedSecret, stranger: "401" };
  const byPassword: StandInAzureDevOps = { username: "corp\\ada", password: plantedSecret, stranger: "401" };

  it.each<{ title: string; api: StandInAzureDevOps; remote: Partial<RegisteredRemote> }>([
    { title: "a server with its virtual directory", api: server, remote: { url: "/tfs" } },
    { title: "a collection beside the address", api: server, remote: { url: "/tfs", settings: { collection: "Tools" } } },
    { title: "a collection at its end", api: server, remote: { url: "/tfs/Tools", settings: { collection: "tools" } } },
    {
      title: "a token with the user name that stands for all",
      api: server,
      remote: { url: "/tfs", account: { kind: "token", username: "all", token: secret } },
    },
    {
      title: "a user and password",
      api: byPassword,
      remote: { account: { kind: "password", username: "corp\\ada", password: secret } },
    },
    {
      title: "a token in the password's place",
      api: server,
      remote: { url: "/tfs", account: { kind: "password", username: "ada", password: secret } },
    },
  ])("is good with $title", async ({ api, remote }) => {
    const { outcome } = await checkAt(rig, azureDevOpsRemote, azureDevOpsApi(api), { ...common, ...remote });

    expect(outcome).toEqual({ isGood: true, account: "ada@example.org" });
  });

  it.each([
    { stranger: "sign in", says: "asks to sign in (203)" },
    { stranger: "sign in elsewhere", says: "redirects to another origin (302)" },
    { stranger: "anybody", says: "the server only lets us in as anybody" },
  ] as const)("is not good for a token that is answered with: $stranger", async ({ stranger, says }) => {
    const account: RemoteAccount = { kind: "token", token: new Secret("another") };

    const { outcome } = await checkAt(rig, azureDevOpsRemote, azureDevOpsApi({ token: plantedSecret, stranger }), { ...common, account });

    expect(outcome).toMatchObject({ isGood: false, reason: expect.stringContaining(says) });
  });

  it("tells a collection that is not there", async () => {
    const { outcome } = await checkAt(rig, azureDevOpsRemote, azureDevOpsApi(server), {
      ...common,
      ...{ url: "/tfs", settings: { collection: "Other/../Tools" } },
    });

    expect(outcome).toMatchObject({ reason: expect.stringContaining("there is no such organization or collection (404)") });
  });

  const profile = "https://app.vssps.visualstudio.com/_apis/profile/profiles/me?api-version=6.0";
  it.each([
    { url: "https://dev.azure.com/acme", asks: "https://dev.azure.com/acme/_apis/connectionData" },
    { url: "https://dev.azure.com/acme/project", asks: "https://dev.azure.com/acme/_apis/connectionData" },
    { url: "https://dev.azure.com", collection: "acme", asks: "https://dev.azure.com/acme/_apis/connectionData" },
    { url: "https://dev.azure.com", collection: "DefaultCollection", asks: profile },
    { url: "https://dev.azure.com", asks: profile },
    { url: "https://app.vssps.visualstudio.com", asks: profile },
    { url: "https://acme.visualstudio.com", collection: "DefaultCollection", asks: "https://acme.visualstudio.com/_apis/connectionData" },
    { url: "https://dev.azure.com.example.org", asks: "https://dev.azure.com.example.org/_apis/connectionData" },
    { url: "http://tfs:8080/tfs", collection: "A b", asks: "http://tfs:8080/tfs/A%20b/_apis/connectionData" },
  ])("at $url is asked at $asks", async ({ url, collection, asks }) => {
    const settings = collection === undefined ? {} : { collection };

    expect(await addressesAsked(azureDevOpsRemote, { ...common, url, settings })).toEqual([asks]);
  });

  it("without an organization is good when there is a profile", async () => {
    const body = JSON.stringify({ displayName: "Ada Example", emailAddress: "ada@example.org" });
    const http: HttpClient = { request: async () => ({ status: 200, headers: {}, body, bytes: Buffer.from(body) }) };

    const outcome = await azureDevOpsRemote.check({ ...common, url: "https://dev.azure.com" }, http, () => 0);

    expect(outcome).toEqual({ isGood: true, account: "ada@example.org" });
  });
});
