import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JiraStandIn } from "./jira-stand-in.js";
import { cloudRetries } from "./jira-webhook-sender.js";
import { ManualClock } from "./manual-clock.js";

interface Received {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let receiver: Server;
let received: Received[];
let statuses: number[];
let jira: JiraStandIn;

beforeEach(async () => {
  received = [];
  statuses = [];
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ url: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(statuses.shift() ?? 200).end("OK");
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  await jira.stop();
  receiver.closeAllConnections();
  receiver.close();
});

function receiverUrl(): string {
  const address = receiver.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/jira/webhook`;
}

function payloads(): readonly Readonly<Record<string, unknown>>[] {
  return received.map(({ body }) => JSON.parse(body) as Readonly<Record<string, unknown>>);
}

describe("the Jira stand-in's webhooks", () => {
  it("are signed and carry an identifier of their own", async () => {
    jira = await JiraStandIn.start({ deployment: "server", credential: { token: "t" } });
    jira.addWebhook({ url: receiverUrl(), secret: "secret" });
    jira.addProject("PLAY");

    await jira.createIssue("PLAY", "one");
    await jira.createIssue("PLAY", "two");

    const [first, second] = received;
    expect(first?.headers["x-hub-signature"]).toBe(
      `sha256=${createHmac("sha256", "secret")
        .update(first?.body ?? "")
        .digest("hex")}`,
    );
    expect(first?.headers["x-atlassian-webhook-identifier"]).not.toBe(second?.headers["x-atlassian-webhook-identifier"]);
    expect(payloads()).toMatchObject([
      { webhookEvent: "jira:issue_created", issue: { key: "PLAY-1", fields: { summary: "one" } } },
      { webhookEvent: "jira:issue_created", issue: { key: "PLAY-2", fields: { summary: "two" } } },
    ]);
  });

  it("carry the secret in the address for a Jira that cannot sign", async () => {
    jira = await JiraStandIn.start({ deployment: "server", credential: { token: "t" } });
    jira.addWebhook({ url: receiverUrl(), secret: "a b", proof: "query" });
    jira.addProject("PLAY");

    await jira.createIssue("PLAY", "one");

    expect(received[0]?.url).toBe("/jira/webhook?secret=a+b");
    expect(received[0]?.headers).not.toHaveProperty("x-hub-signature");
  });

  it("tell what an update changed, and of versions", async () => {
    jira = await JiraStandIn.start({ deployment: "server", credential: { token: "t" } });
    jira.addWebhook({ url: receiverUrl(), secret: "secret" });
    const project = jira.addProject("PLAY");

    const issue = await jira.createIssue("PLAY", "one");
    await jira.updateIssue(issue.key, { status: "Done", summary: "one" });
    await jira.releaseVersion(await jira.createVersion("PLAY", "1.0", "First"));

    expect(payloads().slice(1)).toMatchObject([
      { webhookEvent: "jira:issue_updated", changelog: { items: [{ field: "status", fromString: "To Do", toString: "Done" }] } },
      { webhookEvent: "jira:version_created", version: { name: "1.0", description: "First", projectId: Number(project.id) } },
      { webhookEvent: "jira:version_released", version: { released: true } },
    ]);
  });

  it("are sent again by Cloud with the same identifier, at most five times", async () => {
    const clock = new ManualClock();
    jira = await JiraStandIn.start({ deployment: "cloud", credential: { token: "t" }, clock });
    jira.addWebhook({ url: receiverUrl(), secret: "secret" });
    jira.addProject("PLAY");
    statuses = Array<number>(10).fill(503);

    const created = jira.createIssue("PLAY", "one");
    while (jira.reports.length === 0) await clock.advance(clock.pendingTimers === 0 ? 0 : cloudRetries.afterMs);
    await created;

    expect(jira.reports[0]?.statuses).toEqual(Array(6).fill(503));
    expect(new Set(received.map(({ headers }) => headers["x-atlassian-webhook-identifier"])).size).toBe(1);
    expect(received.map(({ headers }) => headers["x-atlassian-webhook-retry"])).toEqual([undefined, "1", "2", "3", "4", "5"]);
  });

  it.each([
    ["server", 503],
    ["cloud", 401],
  ] as const)("are not sent again by %s after %i", async (deployment, status) => {
    jira = await JiraStandIn.start({ deployment, credential: { token: "t" } });
    jira.addWebhook({ url: receiverUrl(), secret: "secret" });
    jira.addProject("PLAY");
    statuses = [status];

    await jira.createIssue("PLAY", "one");

    expect(jira.reports.map((report) => report.statuses)).toEqual([[status]]);
  });
});
