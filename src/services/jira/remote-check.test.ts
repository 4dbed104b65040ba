import { afterEach, describe, expect, it } from "vitest";
import { JiraStandIn } from "../../../test/support/jira-stand-in.js";
import { addressesAsked, checkAt, describeRemoteCheck, plantedSecret, RemoteCheckRig } from "../../../test/support/remote-checks.js";
import { inFrontOf, json } from "../../../test/support/remote-stand-in.js";
import type { CheckOutcome, RegisteredRemote } from "../../core/registered-remote.js";
import { Secret } from "../../shared/secret.js";
import { jiraRemote } from "./remote-check.js";

const secret = new Secret(plantedSecret);
const byPassword = { kind: "password", username: "ada", password: secret } as const;
const byMail = { kind: "password", username: "ada@example.org", password: secret } as const;
const byToken = { kind: "token", token: secret } as const;
const common: RegisteredRemote = {
  ...{ serviceId: "jira", url: "", settings: {}, checksCertificate: true, usesProxy: true },
  account: byToken,
};

async function startJira(rig: RemoteCheckRig, deployment: "cloud" | "server", createsIssues = true): Promise<JiraStandIn> {
  const jira = await JiraStandIn.start({ deployment, credential: { token: "unused" } });
  rig.atEnd(() => jira.stop());
  jira.addAccount({ name: "ada", token: plantedSecret, password: plantedSecret, createsIssues });
  return jira;
}

describeRemoteCheck({
  title: "Jira",
  check: jiraRemote,
  remote: { ...common, deployment: "server", mustCreateIssues: true },
  api: async (rig) => inFrontOf((await startJira(rig, "server")).url),
  account: "Ada Example",
  thingsToCheck: "server URL, api token",
  wrongSecret: /the api token is not accepted \(401\)/,
});

let rig = new RemoteCheckRig();
afterEach(async () => {
  await rig.close();
  rig = new RemoteCheckRig();
});

describe("a registered Jira", () => {
  const outcomeOf = async (jira: JiraStandIn, remote: Partial<RegisteredRemote>): Promise<CheckOutcome> =>
    jiraRemote.check({ ...common, ...remote, url: jira.url }, rig.client(), Date.now);

  it.each<{ deployment: "cloud" | "server"; title: string; account: RegisteredRemote["account"] }>([
    { deployment: "server", title: "user and password", account: byPassword },
    { deployment: "server", title: "a personal access token", account: byToken },
    { deployment: "server", title: "a personal access token beside a user", account: { ...byToken, username: "ada" } },
    { deployment: "cloud", title: "an e-mail address and an API token as password", account: byMail },
    { deployment: "cloud", title: "an API token beside an e-mail address", account: { ...byToken, username: "ada@example.org" } },
  ])("($deployment) is good with $title", async ({ deployment, account }) => {
    const jira = await startJira(rig, deployment);

    const outcome = await outcomeOf(jira, { deployment, account });

    expect(outcome).toEqual({ isGood: true, account: "Ada Example" });
    expect(jira.requests).toEqual(["GET /rest/api/2/myself"]);
  });

  it.each(["cloud", "server"] as const)("(%s) is asked for the right to make issues only where issues are made", async (deployment) => {
    const jira = await startJira(rig, deployment, false);
    const remote = { deployment, account: deployment === "cloud" ? byMail : byPassword };

    const without = await outcomeOf(jira, remote);
    const refused = await outcomeOf(jira, { ...remote, mustCreateIssues: true });

    expect(without.isGood).toBe(true);
    expect(refused).toEqual({
      isGood: false,
      reason: "Unable to connect to Jira service (Check server URL, user, password). Reason: the account may not create issues anywhere.",
    });
  });

  it("is good without an answer about rights where it is too old to give one", async () => {
    const jira = await startJira(rig, "server", false);
    jira.failWith({ kind: "status", status: 404, only: /mypermissions/ });

    expect(await outcomeOf(jira, { account: byPassword, mustCreateIssues: true })).toMatchObject({ isGood: true });
  });

  it.each([500, 401])("is not good when it answers %i about rights", async (status) => {
    const jira = await startJira(rig, "server");
    jira.failWith({ kind: "status", status, only: /mypermissions/ });

    expect(await outcomeOf(jira, { account: byPassword, mustCreateIssues: true })).toMatchObject({ isGood: false });
  });

  it("says when a captcha has to be solved", async () => {
    const headers = { "x-authentication-denied-reason": "CAPTCHA_CHALLENGE; login-url=https://jira.example.org/login.jsp?hush" };

    const { outcome } = await checkAt(rig, jiraRemote, () => ({ ...json({}, 403), headers }), common);

    expect(outcome).toEqual({
      isGood: false,
      reason:
        "Unable to connect to Jira service (Check server URL, api token). Reason: the account has to log in with a browser once, to solve a captcha (403).",
    });
  });

  it("shows nobody's name that is longer than a name, or holds the secret", async () => {
    for (const displayName of ["x".repeat(300), `Ada ${plantedSecret}`, "a\nb", " "]) {
      const { outcome } = await checkAt(rig, jiraRemote, () => json({ name: "ada", displayName }), common);

      expect(outcome).toEqual({ isGood: true });
    }
  });

  it("may have its API below a context path, or elsewhere", async () => {
    const url = "https://example.org/jira";

    expect(await addressesAsked(jiraRemote, { ...common, url })).toEqual(["https://example.org/jira/rest/api/2/myself"]);
    expect(await addressesAsked(jiraRemote, { ...common, url, apiPath: "/api" })).toEqual(["https://example.org/jira/api/myself"]);
  });
});
