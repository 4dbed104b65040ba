import { afterEach, describe, expect, it } from "vitest";
import { gitLabApi } from "../../../test/support/gitlab-api.js";
import { addressesAsked, checkAt, describeRemoteCheck, plantedSecret, RemoteCheckRig } from "../../../test/support/remote-checks.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { Secret } from "../../shared/secret.js";
import { gitLabRemote } from "./remote-check.js";

const token = { kind: "token", token: new Secret(plantedSecret) } as const;
const password = { kind: "password", username: "ada", password: new Secret(plantedSecret) } as const;
const accounts = { username: "ada", token: plantedSecret, password: plantedSecret };
const common: RegisteredRemote = {
  ...{ serviceId: "gitlab", url: "", settings: {}, checksCertificate: true, usesProxy: true },
  account: token,
};

describeRemoteCheck({
  title: "GitLab",
  check: gitLabRemote,
  remote: common,
  api: () => gitLabApi(accounts),
  account: "ada",
  thingsToCheck: "server URL, api token",
  wrongSecret: /the api token is not accepted \(401\)/,
});

let rig = new RemoteCheckRig();
afterEach(async () => {
  await rig.close();
  rig = new RemoteCheckRig();
});

describe("GitLab", () => {
  it.each([
    { title: "a personal access token", secret: "glpat-hush", header: "private-token" },
    { title: "a token of OAuth", secret: "0123456789abcdef".repeat(4), header: "authorization" },
  ])("is shown $title in the header that is made for it", async ({ secret, header }) => {
    const remote = { ...common, account: { kind: "token", token: new Secret(secret) } } as const;

    const { outcome, standIn } = await checkAt(rig, gitLabRemote, gitLabApi({ username: "ada", token: secret }), remote);

    expect(outcome).toEqual({ isGood: true, account: "ada" });
    expect(Object.keys(standIn.requests[0]?.headers ?? {}).filter((name) => /token|authorization/.test(name))).toEqual([header]);
  });

  it("says when it is the scope that the token lacks", async () => {
    const { outcome } = await checkAt(rig, gitLabRemote, gitLabApi({ ...accounts, scopes: ["read_repository"] }), common);

    expect(outcome).toMatchObject({ reason: expect.stringMatching(/lacks the scope read_user or api \(403\)\.$/) });
  });

  it.each([{ deployment: "legacy" }, { apiPath: "/api/v3" }])("of version 3 is shown a password in a body, and once (%j)", async (kind) => {
    const { outcome, standIn } = await checkAt(rig, gitLabRemote, gitLabApi(accounts, "v3"), { ...common, ...kind, account: password });

    expect(outcome).toEqual({ isGood: true, account: "ada" });
    expect(standIn.requests.map(({ method, path, query }) => [method, path, query.size])).toEqual([["POST", "/api/v3/session", 0]]);
  });

  it("of version 3 tells a wrong password, and takes a token as well", async () => {
    const wrong = { ...password, password: new Secret("another") };
    const legacy = { ...common, deployment: "legacy" };

    const refused = await checkAt(rig, gitLabRemote, gitLabApi(accounts, "v3"), { ...legacy, account: wrong });
    const byToken = await checkAt(rig, gitLabRemote, gitLabApi(accounts, "v3"), legacy);

    expect(refused.outcome).toEqual({
      isGood: false,
      reason: "Unable to connect to GitLab service (Check server URL, user, password). Reason: user or password are not accepted (401).",
    });
    expect(byToken.outcome.isGood).toBe(true);
  });

  it("of version 4 is not asked with a password", async () => {
    const { outcome, standIn } = await checkAt(rig, gitLabRemote, gitLabApi(accounts), { ...common, account: password });

    expect(outcome).toMatchObject({ isGood: false, reason: expect.stringContaining("personal access token") });
    expect(standIn.requests).toEqual([]);
  });

  it.each([
    { url: "https://example.org/gitlab", asks: "https://example.org/gitlab/api/v4/user" },
    { url: "https://example.org", apiPath: "/x/api/v4", asks: "https://example.org/x/api/v4/user" },
    { url: "https://gitlab.com", asks: "https://gitlab.com/api/v4/user" },
  ])("is asked at $asks", async ({ asks, ...place }) => {
    expect(await addressesAsked(gitLabRemote, { ...common, ...place })).toEqual([asks]);
  });
});
