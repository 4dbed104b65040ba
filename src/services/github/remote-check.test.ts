import { afterEach, describe, expect, it } from "vitest";
import { GitHubStandIn } from "../../../test/support/github-stand-in.js";
import { addressesAsked, checkAt, describeRemoteCheck, plantedSecret, RemoteCheckRig } from "../../../test/support/remote-checks.js";
import { inFrontOf, json } from "../../../test/support/remote-stand-in.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { Secret } from "../../shared/secret.js";
import { gitHubRemote } from "./remote-check.js";

const common: RegisteredRemote = {
  ...{ serviceId: "github", url: "", settings: {}, checksCertificate: true, usesProxy: true },
  account: { kind: "token", token: new Secret(plantedSecret) },
};

async function startGitHub(rig: RemoteCheckRig): Promise<GitHubStandIn> {
  const github = await GitHubStandIn.start();
  rig.atEnd(() => github.stop());
  github.addAccount("ada", plantedSecret);
  return github;
}

describeRemoteCheck({
  title: "GitHub",
  check: gitHubRemote,
  remote: common,
  api: async (rig) => inFrontOf((await startGitHub(rig)).url),
  account: "ada",
  thingsToCheck: "server URL, api token",
  wrongSecret: /the api token is not accepted \(401\)/,
});

let rig = new RemoteCheckRig();
afterEach(async () => {
  await rig.close();
  rig = new RemoteCheckRig();
});

describe("a registered GitHub", () => {
  it("takes a token in a password's place", async () => {
    const { url } = await startGitHub(rig);
    const account = { kind: "password", username: "ada", password: new Secret(plantedSecret) } as const;

    const good = await gitHubRemote.check({ ...common, url, account }, rig.client(), Date.now);
    const bad = await gitHubRemote.check({ ...common, url, account: { ...account, password: new Secret("x") } }, rig.client(), Date.now);

    expect(good).toEqual({ isGood: true, account: "ada" });
    expect(bad).toEqual({
      isGood: false,
      reason: "Unable to connect to GitHub service (Check server URL, user, password). Reason: user or password are not accepted (401).",
    });
  });

  it.each([{ "x-ratelimit-remaining": "0" }, { "retry-after": "60" }])("says when nothing is left of its limits: %j", async (headers) => {
    const { outcome } = await checkAt(rig, gitHubRemote, () => ({ ...json({ message: "hush" }, 403), headers }), common);

    expect(outcome).toMatchObject({ reason: expect.stringContaining("no more requests for now (403)") });
  });

  it.each([
    { url: "https://github.com", asks: "https://api.github.com/user" },
    { url: "http://www.github.com", asks: "https://api.github.com/user" },
    { url: "https://api.github.com", asks: "https://api.github.com/user" },
    { url: "https://acme.ghe.com", asks: "https://api.acme.ghe.com/user" },
    { url: "https://api.acme.ghe.com", asks: "https://api.acme.ghe.com/user" },
    { url: "https://ghe.example.org", asks: "https://ghe.example.org/api/v3/user" },
    { url: "https://ghe.example.org/api/v3", asks: "https://ghe.example.org/api/v3/user" },
    { url: "https://ghe.example.org/x", apiPath: "/api", asks: "https://ghe.example.org/x/api/user" },
    { url: "https://github.com.example.org", asks: "https://github.com.example.org/api/v3/user" },
    { url: "https://notgithub.com", asks: "https://notgithub.com/api/v3/user" },
  ])("at $url is asked at $asks", async ({ asks, ...place }) => {
    expect(await addressesAsked(gitHubRemote, { ...common, ...place })).toEqual([asks]);
  });
});
