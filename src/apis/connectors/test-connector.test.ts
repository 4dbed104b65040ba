import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConnectorsRig, fitting } from "../../../test/support/connectors-rig.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";

const testing = "/api/v2/connectors/test-issue-tracker/";

let rig: ConnectorsRig;

beforeEach(() => {
  rig = new ConnectorsRig();
});

afterEach(() => rig.stop());

describe("testing a connector", () => {
  it("answers with success, and stores nothing", async () => {
    const answer = await rig.call("POST", testing, { body: fitting });

    expect([answer.status, answer.json()]).toEqual([200, { success: true }]);
    expect(await rig.connectors.list()).toEqual([]);
    expect(await rig.database.keys().all()).toEqual([]);
  });

  it("takes the published example, which says little", async () => {
    const params = {
      issue_tracker_server: "github.com",
      github_repo_owner: "octo",
      issue_tracker_auth_mode: "api_token",
      issue_tracker_api_token: "t",
      issue_tracker_validate_cert: false,
    };

    const answer = await rig.call("POST", testing, { body: { name: "GitHub", system: { id: "github" }, params } });

    expect(answer.json()).toEqual({ success: true });
    expect(rig.checked[0]).toMatchObject({ serviceId: "github", url: "https://github.com", checksCertificate: false });
  });

  it("answers 200 with the reason where the tracker refuses", async () => {
    const reason = "Unable to connect to GitHub service (Check server URL, api token). Reason: the token is not accepted (401).";
    rig.onCheck = () => Promise.resolve({ isGood: false, reason });

    const answer = await rig.call("POST", testing, { body: fitting });

    expect([answer.status, answer.json()]).toEqual([200, { success: false, error: reason }]);
  });

  it("asks nobody where the tracker cannot be reached from here", async () => {
    const answer = await rig.call("POST", testing, { body: { ...fitting, inaccessible: true } });

    expect([answer.status, answer.json()]).toEqual([200, { success: false, error: expect.stringContaining("inaccessible") }]);
    expect(rig.checked).toEqual([]);
  });

  it.each(["pivotal_tracker", "rational", "hp_alm", "mingle", "trac"])(
    "says that it cannot, of a system that is only stored: %s",
    async (id) => {
      const params = { issue_tracker_server: "tracker.test", issue_tracker_user: "a", issue_tracker_pass: "b", hp_alm_domain: "c" };
      const body = { name: "x", system: { id }, params: { ...params, issue_tracker_api_token: "d" } };

      const answer = await rig.call("POST", testing, { body });

      expect([answer.status, answer.json()]).toEqual([
        200,
        { success: false, error: expect.stringMatching(/ cannot be tested from here\.$/) },
      ]);
    },
  );

  it("ends after ten seconds", async () => {
    rig.onCheck = () => new Promise(() => undefined);
    const asked = rig.call("POST", testing, { body: fitting });
    while (rig.clock.pendingTimers === 0) await new Promise((resolve) => setImmediate(resolve));

    await rig.clock.advance(10_000);

    expect((await asked).json()).toEqual({ success: false, error: expect.stringContaining("within 10 seconds") });
  });

  it("sends nothing to a name that is not on the public internet", async () => {
    const services = [{ id: "github", title: "GitHub", remote: { check: askPlainly } }];
    const guarded = new ConnectorsRig({ services });
    const params = { ...fitting.params, issue_tracker_server: "localhost:9", issue_tracker_method: "http" };

    const answer = await guarded.call("POST", testing, { body: { ...fitting, params } });
    await guarded.stop();

    expect([answer.status, answer.json()]).toEqual([200, { success: false, error: expect.stringContaining("outbound.allow") }]);
  });

  it("lets a caller test thirty times a minute", async () => {
    for (let count = 0; count < 30; count += 1) expect((await rig.call("POST", testing, { body: fitting })).status).toBe(200);
    await rig.clock.advance(20_500);

    const answer = await rig.call("POST", testing, { body: fitting });
    await rig.clock.advance(39_499);
    const last = await rig.call("POST", testing, { body: fitting });
    await rig.clock.advance(1);

    expect([answer.status, answer.json(), answer.headers["retry-after"]]).toEqual([
      429,
      { detail: "Request was throttled. Expected available in 40 seconds." },
      "40",
    ]);
    expect(last.json()).toEqual({ detail: "Request was throttled. Expected available in 1 second." });
    expect((await rig.call("POST", testing, { body: fitting })).status).toBe(200);
  });
});

const askPlainly = async ({ url }: RegisteredRemote, http: { request(request: { method: "GET"; url: string }): Promise<unknown> }) => {
  await http.request({ method: "GET", url });
  return { isGood: true } as const;
};
