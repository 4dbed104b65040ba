import { afterEach, describe, expect, it } from "vitest";
import { rallyApi } from "../../../test/support/rally-api.js";
import { addressesAsked, checkAt, describeRemoteCheck, plantedSecret, RemoteCheckRig } from "../../../test/support/remote-checks.js";
import { json } from "../../../test/support/remote-stand-in.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import { Secret } from "../../shared/secret.js";
import { rallyRemote } from "./remote-check.js";

const common: RegisteredRemote = {
  ...{ serviceId: "rally", url: "", settings: {}, checksCertificate: true, usesProxy: true },
  account: { kind: "token", token: new Secret(plantedSecret) },
};

describeRemoteCheck({
  title: "Rally",
  check: rallyRemote,
  remote: common,
  api: () => rallyApi({ username: "ada@example.org", apiKey: plantedSecret }),
  account: "ada@example.org",
  thingsToCheck: "server URL, api token",
  wrongSecret: /the api token is not accepted \(401\)/,
});

let rig = new RemoteCheckRig();
afterEach(async () => {
  await rig.close();
  rig = new RemoteCheckRig();
});

describe("Rally", () => {
  const account = { kind: "password", username: "ada@example.org", password: new Secret(plantedSecret) } as const;

  it("takes a user and password as well", async () => {
    const api = rallyApi({ username: "ada@example.org", password: plantedSecret });

    const good = await checkAt(rig, rallyRemote, api, { ...common, account });
    const bad = await checkAt(rig, rallyRemote, api, { ...common, account: { ...account, username: "bo@example.org" } });

    expect(good.outcome).toEqual({ isGood: true, account: "ada@example.org" });
    expect(bad.outcome).toMatchObject({ reason: expect.stringContaining("user or password are not accepted (401)") });
  });

  it.each([{ User: { Errors: ["hush"], Warnings: [] } }, { OperationResult: { Errors: ["hush"], Warnings: [] } }])(
    "is not good when it refuses with 200: %j",
    async (body) => {
      const { outcome } = await checkAt(rig, rallyRemote, () => json(body), common);

      expect(outcome).toEqual({
        isGood: false,
        reason: "Unable to connect to Rally service (Check server URL, api token). Reason: the server refuses to say who the user is.",
      });
    },
  );

  it.each(["https://rally1.rallydev.com", "https://rally1.rallydev.com/slm"])("at %s is asked below its context path", async (url) => {
    expect(await addressesAsked(rallyRemote, { ...common, url })).toEqual([
      "https://rally1.rallydev.com/slm/webservice/v2.0/user?fetch=UserName",
    ]);
  });
});
