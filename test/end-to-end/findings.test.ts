import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, type Asked } from "../support/ask.js";
import { answerTo, EndToEnd, hear, said } from "../support/end-to-end.js";
import type { MatrixPerson } from "../support/matrix-client.js";

const tokens = {
  registrar: `planted-registrar-${randomBytes(16).toString("hex")}`,
  scanner: `planted-scanner-${randomBytes(16).toString("hex")}`,
  stranger: `planted-stranger-${randomBytes(16).toString("hex")}`,
};

let all: EndToEnd;
let alice: MatrixPerson;
let roomId: string;

beforeAll(async () => {
  const sectionsFor = ({ webhookPort }: { readonly webhookPort: number }): Readonly<Record<string, unknown>> => ({
    jira: undefined,
    listeners: [
      {
        port: webhookPort,
        bindAddress: "127.0.0.1",
        publicUrl: `http://127.0.0.1:${webhookPort}`,
        resources: ["webhooks", "connectors"],
      },
    ],
    api: {
      tokens: [
        { name: "registrar", token: tokens.registrar, scopes: ["connectors"] },
        { name: "scanner", token: tokens.scanner, scopes: ["findings"], targets: ["connector/main"] },
        { name: "stranger", token: tokens.stranger, scopes: ["findings"], targets: ["connector/other"] },
      ],
    },
    outbound: { allow: ["127.0.0.1"] },
  });
  all = await EndToEnd.start({ sectionsFor });
  alice = await all.person("alice");
  roomId = await all.roomWithBot(alice);
});

afterAll(() => all.stop());

function post(path: string, token: string, body: object): Promise<Asked> {
  return ask(all.installation.webhookPort, path, {
    method: "POST",
    headers: { authorization: `Token ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function createConnector(): Promise<void> {
  const params = {
    issue_tracker_server: new URL(all.jira.url).host,
    issue_tracker_method: "http",
    issue_tracker_auth_mode: "personal_access_token",
    issue_tracker_api_token: all.secrets.jiraToken,
    issue_tracker_project: "PLAY",
  };
  const created = await post("/api/v2/connectors/issue-tracker/", tokens.registrar, { name: "main", system: { id: "jira" }, params });
  expect(created.status).toBe(201);
}

/** Two findings, both in one state. */
function reportOf(state: "open" | "fixed"): object {
  const findings = ["CVE-1", "CVE-2"].map((fingerprint) => ({
    fingerprint,
    title: `${fingerprint} in @scope/swing`,
    severity: "high",
    state,
  }));
  return { target: "connector/main", project: "PLAY", scanner: "trivy", findings };
}

async function reported(state: "open" | "fixed"): Promise<unknown> {
  const answer = await post("/api/v2/findings", tokens.scanner, reportOf(state));
  expect([answer.status, answer.text]).toEqual([200, expect.not.stringContaining("planted")]);
  return answer.json();
}

/** What the room was told of findings. */
async function cards(): Promise<readonly string[]> {
  return (await said(alice, roomId)).filter((text) => text.includes("trivy"));
}

const nothing = { created: 0, updated: 0, reopened: 0, closed: 0, unchanged: 0, failed: [] };

describe("findings, with nothing but a connector", () => {
  it("become issues, and one card in the room of their project", async () => {
    await createConnector();
    expect(await answerTo(alice, roomId, "!connect jira PLAY")).toContain("Connected to Jira project PLAY at connector main");

    const answer = await reported("open");

    const urlOf = (key: string): string => `${all.jira.url}/browse/${key}`;
    expect(answer).toMatchObject({
      ...{ ...nothing, created: 2 },
      issues: all.jira.issues.map(({ key }) => ({ outcome: "created", key, url: urlOf(key) })),
    });
    expect(all.jira.issues.map(({ summary }) => summary).toSorted()).toEqual(["CVE-1 in @scope/swing", "CVE-2 in @scope/swing"]);
    await hear(alice, roomId, "2 created");
    const [card = ""] = await cards();
    for (const { key } of all.jira.issues) expect(card).toContain(urlOf(key));
  });

  it("make nothing when they are reported again, after a restart too", async () => {
    expect(await reported("open")).toMatchObject({ ...nothing, unchanged: 2 });
    await all.restartSwitchboard();
    expect(await reported("open")).toMatchObject({ ...nothing, unchanged: 2 });

    expect(all.jira.issues).toHaveLength(2);
  });

  it("are closed when they are fixed, and the room hears of it; of what changed nothing it heard nothing", async () => {
    for (const { key } of all.jira.issues) await all.jira.updateIssue(key, { status: "In Progress" });

    expect(await reported("fixed")).toMatchObject({ ...nothing, closed: 2 });

    await hear(alice, roomId, "2 closed");
    expect(all.jira.issues.map(({ status }) => status)).toEqual(["Done", "Done"]);
    expect(await cards()).toEqual([expect.stringContaining("2 created"), expect.stringContaining("2 closed")]);
  });

  it("are taken of nobody who may report for other targets only", async () => {
    const answer = await post("/api/v2/findings", tokens.stranger, reportOf("open"));

    expect([answer.status, answer.json()]).toEqual([403, { detail: "You do not have permission to perform this action." }]);
    expect(all.jira.issues.map(({ status }) => status)).toEqual(["Done", "Done"]);
  });

  it("never showed a secret in the log", () => {
    expect(all.log.join("\n")).not.toMatch(new RegExp(`planted|${all.secrets.jiraToken}`));
  });
});
