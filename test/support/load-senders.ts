import { createHmac, randomUUID } from "node:crypto";
import type { RoomPreset } from "./fake-homeserver-rooms.js";
import { jiraIssueWebhook } from "./jira-load.js";
import type { LoadRequest } from "./patient-client.js";

/** A remote that sends webhooks for one room. */
export interface LoadSender {
  readonly path: string;
  /** State and account data that connect the room to it. */
  readonly room: Pick<RoomPreset, "state" | "accountData">;
  /** What it sends as its event of that number; the words `"event <number>"`, in quotes, come into the room. */
  webhook(number: number): LoadRequest;
}

interface SenderOptions {
  /** Tells it from others of its kind; letters and digits. */
  readonly name: string;
  /** The user who wrote the state, and whose account data holds the hooks. */
  readonly bot: string;
  readonly secret: string;
}

/** Stand-in for the address of a Jira; nobody asks there. */
export const loadJiraUrl = "https://jira.example.org";

export function jiraSender({ name, bot, secret }: SenderOptions): LoadSender {
  const url = `${loadJiraUrl}/projects/${name}`;
  return {
    path: "/jira/webhook",
    room: { state: [{ type: "uk.half-shot.matrix-hookshot.jira.project", stateKey: url, content: { url }, sender: bot }] },
    webhook: (number) => jiraIssueWebhook({ jiraUrl: loadJiraUrl, project: name, number, summary: `event ${number}`, secret }),
  };
}

/** A repository's issues, signed and named as GitHub does. */
export function gitHubSender({ name, bot, secret }: SenderOptions): LoadSender {
  const content = { org: "load", repo: name };
  return {
    path: "/github/webhook",
    room: { state: [{ type: "uk.half-shot.matrix-hookshot.github.repository", stateKey: `load/${name}`, content, sender: bot }] },
    webhook(number) {
      const body = Buffer.from(JSON.stringify(openedIssue(name, number)));
      const signature = createHmac("sha256", secret).update(body).digest("hex");
      return {
        body,
        headers: {
          "content-type": "application/json",
          "x-github-event": "issues",
          "x-github-delivery": randomUUID(),
          "x-hub-signature-256": `sha256=${signature}`,
        },
      };
    },
  };
}

function openedIssue(repo: string, number: number): object {
  const alice = { login: "alice", id: 1, html_url: "https://github.com/alice", type: "User" };
  const url = `https://github.com/load/${repo}`;
  return {
    action: "opened",
    issue: {
      ...{ id: 10_000 + number, number, state: "open", title: `event ${number}`, user: alice, labels: [], assignees: [] },
      html_url: `${url}/issues/${number}`,
      created_at: "2026-01-01T00:00:00Z",
      body: "Steps: open the page, press the button, wait. Expected: it works. Seen: it does not. ".repeat(6),
    },
    repository: { id: 1, name: repo, full_name: `load/${repo}`, html_url: url, owner: { login: "load", id: 2 } },
    sender: alice,
  };
}

/**
 * A hook whose sender names each event, so that a repeat is known as one.
 * @param script a transformation function; without one the payload's text is said
 */
export function hookSender({ name, bot }: SenderOptions, script?: string): LoadSender {
  const hookId = `load-hook-${name}`;
  const type = "uk.half-shot.matrix-hookshot.generic.hook";
  const content = { name, ...(script === undefined ? {} : { transformationFunction: script }) };
  return {
    path: `/webhook/${hookId}`,
    room: {
      state: [{ type, stateKey: name, content, sender: bot }],
      accountData: [{ user: bot, type, content: { [hookId]: name } }],
    },
    webhook: (number) => ({
      body: Buffer.from(JSON.stringify({ text: `Something happened: "event ${number}"`, details: { number, list: [1, 2, 3] } })),
      headers: { "content-type": "application/json", "idempotency-key": randomUUID() },
    }),
  };
}

/** Says what the plain payload would say. */
export const loadScript = "result = { version: 'v2', plain: data.text };";
