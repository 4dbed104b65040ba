import { createHmac, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, type Asked } from "../support/ask.js";
import { answerTo, bodyOf, connectionType, EndToEnd, hear, said } from "../support/end-to-end.js";
import { JiraStandIn } from "../support/jira-stand-in.js";
import type { MatrixPerson } from "../support/matrix-client.js";

const apiToken = `planted-api-${randomBytes(16).toString("hex")}`;
const readerToken = `planted-reader-${randomBytes(16).toString("hex")}`;

let all: EndToEnd;
let alice: MatrixPerson;

beforeAll(async () => {
  // Nothing of Jira: what rooms are connected to is registered over HTTP.
  const sectionsFor = ({ webhookPort }: { readonly webhookPort: number }): Readonly<Record<string, unknown>> => ({
    jira: undefined,
    listeners: [
      {
        port: webhookPort,
        bindAddress: "127.0.0.1",
        publicUrl: `http://127.0.0.1:${webhookPort}`,
        resources: ["webhooks", "connectors", "metrics"],
      },
    ],
    api: { tokens: [{ name: "ci", token: apiToken, scopes: ["connectors"] }] },
    outbound: { allow: ["127.0.0.1"] },
  });
  all = await EndToEnd.start({ sectionsFor });
  alice = await all.person("alice");
});

afterAll(() => all.stop());

function api(method: string, path: string, body?: object): Promise<Asked> {
  return ask(all.installation.webhookPort, `/api/v2/connectors/issue-tracker/${path}`, {
    method,
    headers: { authorization: `Token ${apiToken}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** @returns its id */
async function createConnector(name: string, jira: JiraStandIn, token: string, further: object = {}): Promise<number> {
  const { host } = new URL(jira.url);
  const params = {
    issue_tracker_server: host,
    issue_tracker_method: "http",
    issue_tracker_auth_mode: "personal_access_token",
    issue_tracker_api_token: token,
    ...further,
  };
  const created = await api("POST", "", { name, system: { id: "jira" }, params });
  expect(created.status).toBe(201);
  // The contract's shape.
  return (JSON.parse(created.text) as { readonly id: number }).id;
}

async function listConnectors(): Promise<readonly { readonly id: number; readonly name: string }[]> {
  // The contract's shape.
  const { results } = JSON.parse((await api("GET", "")).text) as {
    readonly results: readonly { readonly id: number; readonly name: string }[];
  };
  return results;
}

/** Sends a webhook to a path as Jira does, signed with a secret. */
function send(path: string, payload: object, secret: string): Promise<Asked> {
  const body = JSON.stringify(payload);
  const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  return ask(all.installation.webhookPort, path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-hub-signature": signature },
    body,
  });
}

function issueCreated(jira: JiraStandIn, key: string, summary: string): object {
  const project = { id: "10001", key: "PLAY" };
  return {
    webhookEvent: "jira:issue_created",
    issue: { id: "1", key, self: `${jira.url}/rest/api/2/issue/1`, fields: { summary, project } },
  };
}

/** The secret in the address that was registered at a Jira which cannot sign. */
function secretOf({ registeredWebhooks: [webhook] }: JiraStandIn): string {
  return new URL(webhook?.url ?? expect.fail("no webhook is registered")).searchParams.get("secret") ?? "";
}

describe("a room that is connected through a connector alone", () => {
  it("hears its project by the webhook that was registered with the connector's account", async () => {
    const id = await createConnector("main", all.jira, all.secrets.jiraToken);
    const roomId = await all.roomWithBot(alice);

    const answer = await answerTo(alice, roomId, "!connect jira PLAY");

    expect(answer).toBe(
      `Connected to Jira project PLAY at connector main (${all.jira.url}). I registered a webhook there, so that it tells me what happens.`,
    );
    const url = all.projectUrl();
    expect(await alice.getStateContent(roomId, connectionType, url)).toMatchObject({ url, events: ["issue_created", "issue_updated"] });
    const path = `/jira/webhook/connector-${id}`;
    expect(all.jira.registeredWebhooks).toMatchObject([{ name: `Switchboard (connector-${id})` }]);
    expect(all.jira.registeredWebhooks[0]?.url.split("?")[0]).toBe(`http://127.0.0.1:${all.installation.webhookPort}${path}`);
    expect(await answerTo(alice, roomId, "!connections")).toMatch(/Jira project \[PLAY\]\(.*\): active, no event yet$/);

    const { key } = await all.jira.createIssue("PLAY", "Heard");
    await hear(alice, roomId, `created a new JIRA issue [${key}](${all.jira.url}/browse/${key})`);
    expect(await answerTo(alice, roomId, "!connections")).not.toContain("no event yet");

    expect((await send(path, issueCreated(all.jira, "PLAY-77", "Signed"), secretOf(all.jira))).status).toBe(200);
    await hear(alice, roomId, "[PLAY-77]");
  });

  it("hears nothing by the webhook that the configuration would have a secret for, nor by another secret", async () => {
    const [connector] = await listConnectors();
    const path = `/jira/webhook/connector-${connector!.id}`;

    const payload = issueCreated(all.jira, "PLAY-88", "Forged");
    const unconfigured = await send("/jira/webhook", payload, secretOf(all.jira));
    const wrong = await send(path, payload, "wrong");
    const unknown = await send("/jira/webhook/connector-99", payload, secretOf(all.jira));

    expect([unconfigured, wrong, unknown].map(({ status }) => status)).toEqual([401, 401, 404]);
    // The stand-in's other webhook is the one of a configuration that is not there.
    expect(all.jira.reports.some(({ statuses }) => statuses.includes(401))).toBe(true);
  });

  it("in a second room makes no second webhook, and every event is said once in each", async () => {
    const roomId = await all.roomWithBot(alice);

    expect(await answerTo(alice, roomId, "!connect jira:connector/main PLAY")).toBe(
      `Connected to Jira project PLAY at connector main (${all.jira.url}).`,
    );

    expect(all.jira.registeredWebhooks).toHaveLength(1);
    const { key } = await all.jira.createIssue("PLAY", "Once");
    await hear(alice, roomId, `[${key}]`);
    await all.jira.createIssue("PLAY", "Last");
    await hear(alice, roomId, '"Last"');
    expect((await said(alice, roomId)).filter((text) => text.includes(`[${key}]`))).toHaveLength(1);
  });

  it("where the account may not register webhooks, is told so, and whoever typed it gets address and secret in the direct chat", async () => {
    const other = await JiraStandIn.start({ deployment: "server", credential: { token: "unused" }, contextPath: "/jira" });
    try {
      other.addAccount({ name: "reader", token: readerToken });
      other.addProject("PLAY");
      const id = await createConnector("SD Elements", other, readerToken, { issue_tracker_context_root: "jira" });
      const chat = await all.directChat(alice);
      const roomId = await all.roomWithBot(alice);

      const several = await answerTo(alice, roomId, "!connect jira PLAY");
      const answer = await answerTo(alice, roomId, `!connect jira:"sd elements" PLAY`);

      expect(several).toContain(`- \`!connect jira:connector/main PLAY\`: PLAY at ${all.jira.url} (connector #${id - 1})`);
      expect(several).toContain(`- \`!connect "jira:connector/SD Elements" PLAY\`: PLAY at ${other.url} (connector #${id})`);
      expect(answer).toBe(
        `Connected to Jira project PLAY at connector SD Elements (${other.url}). Nothing comes from there yet: I could not register a webhook, for the registered account may not administer it (403), so somebody has to add a webhook there by hand. More about it stands in our direct chat.`,
      );
      const told = bodyOf(await hear(alice, chat, "Whoever administers the Jira"));
      const [, secret = ""] = /\*\*Secret:\*\* `([^`]+)`/.exec(told) ?? [];
      expect(told).toContain(`http://127.0.0.1:${all.installation.webhookPort}/jira/webhook/connector-${id}`);
      expect((await said(alice, roomId)).join("\n")).not.toContain(secret);
      expect(await alice.getStateContent(roomId, connectionType, `${other.url}/projects/PLAY`)).toMatchObject({
        url: `${other.url}/projects/PLAY`,
      });

      other.addWebhook({ url: `http://127.0.0.1:${all.installation.webhookPort}/jira/webhook/connector-${id}`, secret });
      const { key } = await other.createIssue("PLAY", "By hand");
      await hear(alice, roomId, `[${key}](${other.url}/browse/${key})`);
      // Each Jira has a say in its own projects only.
      const foreign = await send(`/jira/webhook/connector-${id}`, issueCreated(all.jira, "PLAY-99", "Foreign"), secret);
      expect(foreign.status).toBe(200);
      await other.createIssue("PLAY", "Afterwards");
      await hear(alice, roomId, '"Afterwards"');
      expect((await said(alice, roomId)).join("\n")).not.toContain("PLAY-99");

      expect(await answerTo(alice, roomId, `!disconnect jira:"SD Elements" PLAY`)).toContain("Disconnected from Jira project");
    } finally {
      await other.stop();
    }
  });

  it.each([
    { typed: "!connect jira NOPE", answer: "There is no project NOPE at connector main" },
    { typed: "!connect jira:nobody PLAY", answer: "There is no Jira called `nobody` here. Known: connector main" },
    { typed: "!connect jira:connector/#77 PLAY", answer: "There is no Jira called `connector/#77` here." },
    { typed: "!connect jira https://elsewhere.example/projects/PLAY", answer: "No Jira at elsewhere.example is set up." },
    { typed: "!connect jira PLAY-1", answer: "`PLAY-1` is an issue" },
  ])("says what is wrong with `$typed`", async ({ typed, answer }) => {
    const roomId = await all.roomWithBot(alice);

    expect(await answerTo(alice, roomId, typed)).toContain(answer);
  });

  it("hears the same after a restart", async () => {
    const roomId = await all.roomWithBot(alice);
    await answerTo(alice, roomId, "!connect jira:main PLAY");

    await all.restartSwitchboard();

    const { key } = await all.jira.createIssue("PLAY", "After a restart");
    await hear(alice, roomId, `[${key}]`);
  });

  it("hears nothing more once the connector was removed: its webhook is answered 404", async () => {
    const { id } = (await listConnectors()).find(({ name }) => name === "main")!;
    const secret = secretOf(all.jira);

    expect((await api("DELETE", `${id}/`)).status).toBe(204);

    expect((await send(`/jira/webhook/connector-${id}`, issueCreated(all.jira, "PLAY-1", "Gone"), secret)).status).toBe(404);
    await all.jira.createIssue("PLAY", "For nobody");
    expect(all.jira.reports.slice(-2).map(({ statuses }) => statuses)).toEqual([[401], [404]]);
  });

  it("never showed a secret in the log", () => {
    const log = all.log.join("\n");

    expect(log).not.toContain("planted");
    expect(log).not.toContain(secretOf(all.jira));
  });
});
