import { afterEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/support/manual-clock.js";
import { fitting, plantedPassword, statusUrl, type TicketingRig } from "../../../test/support/ticketing-rig.js";
import { itemUrl, name, TicketingRigs } from "../../../test/support/ticketing-rigs.js";

const rigs = new TicketingRigs();
afterEach(() => rigs.stopAll());

describe("the status of an integration", () => {
  const status = (rig: TicketingRig, query = `?integrationName=${name}`) => rig.call("GET", statusUrl + query);

  it("is asked for just now, and remembered", async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
    const rig = rigs.create({ clock });
    const jira = await rig.startJira();
    await rig.create(fitting(jira.url));

    const healthy = await status(rig);
    expect([healthy.status, healthy.json()]).toEqual([
      200,
      {
        status: "HEALTHY_INTEGRATION",
        reason: "Integration is healthy and operational.",
        time: "2026-01-02T03:04:05Z",
        integration_name: name,
      },
    ]);

    jira.failWith({ kind: "status", status: 401 });
    await clock.advance(60_000);
    const faulty = await status(rig, `/?integrationName=${name}`);
    expect([faulty.status, faulty.json()]).toEqual([
      200,
      {
        status: "FAULTY_CONFIGURATION",
        reason: expect.stringMatching(/\(401\)\.$/),
        time: "2026-01-02T03:05:05Z",
        integration_name: name,
      },
    ]);
    expect((await rig.integrations.find(name))?.lastCheck).toMatchObject({ isGood: false, at: clock.now() });
  });

  it("is told where it cannot be remembered", async () => {
    const { rig } = await rigs.createVerified();
    rig.isDiskFull = true;

    expect((await status(rig)).json()).toMatchObject({ status: "HEALTHY_INTEGRATION" });
    expect(rig.logged.join()).toContain("could not be stored");
  });

  it("of an integration that was changed meanwhile is not remembered", async () => {
    const { rig, jira } = await rigs.createVerified();
    rig.onAsk = async () => {
      rig.onAsk = () => undefined;
      await rig.call("PUT", itemUrl, { body: { jira_server_url: `${jira.url}/`, password: plantedPassword } });
      // Whatever is written from here on is told in the log.
      rig.isDiskFull = true;
    };

    expect((await status(rig)).status).toBe(200);
    expect(rig.logged.join()).not.toContain("could not be stored");
  });

  it.each(["", "?", "?integrationName", "?integrationName=", "?name=x", "?integrationname=x", "?integrationName=a&integrationName=b"])(
    "needs a name: %s",
    async (query) => {
      const answered = await status(rigs.create({ clock: new ManualClock(0) }), query);

      expect([answered.status, answered.json()]).toEqual([
        400,
        { status: "FAULTY_CONFIGURATION", reason: "integrationName is required.", time: "1970-01-01T00:00:00Z", integration_name: "" },
      ]);
    },
  );

  it("tells that there is no such integration", async () => {
    const answered = await status(rigs.create({ clock: new ManualClock(0) }), "?integrationName=no%20body");

    expect([answered.status, answered.json()]).toEqual([
      404,
      { status: "INTEGRATION_NOT_FOUND", reason: "Integration not found", time: "1970-01-01T00:00:00Z", integration_name: "no body" },
    ]);
  });

  it("tells with the same members that the store failed", async () => {
    const rig = await rigs.createUnverified({ clock: new ManualClock(0) });
    await rig.database.close();

    const answered = await status(rig);

    expect([answered.status, answered.json()]).toEqual([
      500,
      {
        status: "INTERNAL_SERVER_ERROR",
        reason: "Failed to retrieve integration status",
        time: "1970-01-01T00:00:00Z",
        integration_name: name,
        id: expect.any(String),
      },
    ]);
  });
});
