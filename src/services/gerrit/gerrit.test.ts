import { afterEach, describe, expect, it } from "vitest";
import { gerritApi } from "../../../test/support/gerrit-api.js";
import { addressesAsked, checkAt, describeRemoteCheck, plantedSecret, RemoteCheckRig } from "../../../test/support/remote-checks.js";
import { json } from "../../../test/support/remote-stand-in.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { Secret } from "../../shared/secret.js";
import { gerritRemote } from "./remote-check.js";

const account = { username: "ada", password: plantedSecret };
const common: RegisteredRemote = {
  ...{ serviceId: "gerrit", url: "", settings: {}, checksCertificate: true, usesProxy: true },
  account: { kind: "password", username: "ada", password: new Secret(plantedSecret) },
};

describeRemoteCheck({
  title: "Gerrit",
  check: gerritRemote,
  remote: common,
  api: () => gerritApi(account),
  account: "ada",
  thingsToCheck: "server URL, user, password",
  wrongSecret: /user or password are not accepted \(401\)/,
});

let rig = new RemoteCheckRig();
afterEach(async () => {
  await rig.close();
  rig = new RemoteCheckRig();
});

describe("Gerrit", () => {
  it("may stand below a path", async () => {
    const { outcome } = await checkAt(rig, gerritRemote, gerritApi({ ...account, path: "/review" }), { ...common, url: "/review" });

    expect(outcome).toEqual({ isGood: true, account: "ada" });
  });

  it("is told apart from what answers JSON without Gerrit's prefix", async () => {
    const { outcome } = await checkAt(rig, gerritRemote, () => json({ _account_id: 1, username: "ada" }), common);

    expect(outcome).toMatchObject({ isGood: false, reason: expect.stringContaining("the answer is none of Gerrit's") });
  });

  it("that takes Digest alone says so", async () => {
    const { outcome } = await checkAt(rig, gerritRemote, gerritApi({ ...account, scheme: "Digest" }), common);

    expect(outcome).toMatchObject({ isGood: false, reason: expect.stringContaining("the server takes Digest alone") });
  });

  it("is asked where somebody put its API", async () => {
    const remote = { ...common, url: "https://review.example.org", apiPath: "/api/a" };

    expect(await addressesAsked(gerritRemote, remote)).toEqual(["https://review.example.org/api/a/accounts/self"]);
  });
});
