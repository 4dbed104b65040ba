import { describe, expect, it } from "vitest";
import { createMetrics, type Metrics } from "./metrics.js";

async function linesOf(metrics: Metrics): Promise<readonly string[]> {
  return (await metrics.read()).text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

describe("metrics", () => {
  it("count by label, in Hookshot's names where it has one", async () => {
    const metrics = createMetrics();
    metrics.webhookRequests.of("/jira/webhook", "POST").inc();
    metrics.webhookRequests.of("/jira/webhook", "POST").inc();
    metrics.webhookRequests.of("/", "POST").inc();
    metrics.appserviceEvents.inc(100);

    expect(await linesOf(metrics)).toEqual(
      expect.arrayContaining([
        'hookshot_webhooks_http_request{path="/jira/webhook",method="POST"} 2',
        'hookshot_webhooks_http_request{path="/",method="POST"} 1',
        "matrix_appservice_events 100",
      ]),
    );
  });

  it("give the same object for the same label, so that hot paths may keep it or ask each time", () => {
    const { deliveriesSent } = createMetrics();

    expect(deliveriesSent.of("jira")).toBe(deliveriesSent.of("jira"));
    expect(deliveriesSent.of("jira")).not.toBe(deliveriesSent.of("github"));
  });

  it("keep labels apart that would read the same in one string", async () => {
    const metrics = createMetrics();
    metrics.connectionEventsFailed.of("a,b", "c").inc();
    metrics.connectionEventsFailed.of("a", "b,c").inc();

    expect((await linesOf(metrics)).filter((line) => line.startsWith("hookshot_connection_event_failed"))).toHaveLength(2);
  });

  it("ask for gauges when they are read, and leave out what cannot be had", async () => {
    const metrics = createMetrics();
    let waiting = 1;
    metrics.deliveriesWaiting.readFrom(() => waiting);
    metrics.connections.readFrom(() => Promise.resolve(new Map([["jira", 3]])));
    metrics.oldestDeliverySeconds.readFrom(() => Promise.reject(new Error("the store is closed")));

    waiting = 7;
    const lines = await linesOf(metrics);

    expect(lines).toEqual(expect.arrayContaining(["switchboard_deliveries_waiting 7", 'hookshot_connections{service="jira"} 3']));
    expect(lines.filter((line) => line.startsWith("switchboard_delivery_oldest_seconds"))).toEqual([]);
  });

  it("forget a service that has no connections any more", async () => {
    const metrics = createMetrics();
    let counts = new Map([["jira", 1]]);
    metrics.connections.readFrom(() => counts);
    await metrics.read();

    counts = new Map();

    expect((await linesOf(metrics)).filter((line) => line.startsWith("hookshot_connections"))).toEqual([]);
  });

  it("measure deliveries from milliseconds to half an hour", async () => {
    const metrics = createMetrics();
    metrics.deliverySeconds.observe(0.004);
    metrics.deliverySeconds.observe(1500);

    expect(await linesOf(metrics)).toEqual(
      expect.arrayContaining(['switchboard_delivery_seconds_bucket{le="0.005"} 1', 'switchboard_delivery_seconds_bucket{le="1800"} 2']),
    );
  });

  it("say whether the homeserver answers", async () => {
    const metrics = createMetrics();
    metrics.homeserverUp.set(true);
    expect(await linesOf(metrics)).toContain("switchboard_homeserver_up 1");

    metrics.homeserverUp.set(false);
    expect(await linesOf(metrics)).toContain("switchboard_homeserver_up 0");
  });

  it("include the process where that is wanted", async () => {
    expect((await createMetrics({ withProcess: true }).read()).text).toContain("process_resident_memory_bytes");
    expect((await createMetrics().read()).text).not.toContain("process_");
  });
});
