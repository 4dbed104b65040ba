import type { LoadRequest } from "./patient-client.js";
import { createHmac, randomUUID } from "node:crypto";

/** A signed webhook as Jira Data Center sends it; `summary` tells which one it is. */
export function jiraIssueWebhook(options: {
  jiraUrl: string;
  project: string;
  number: number;
  summary: string;
  secret: string;
}): LoadRequest {
  const { jiraUrl, project, number, summary, secret } = options;
  const body = Buffer.from(
    JSON.stringify({
      timestamp: 1_767_225_600_000 + number,
      webhookEvent: "jira:issue_created",
      issue_event_type_name: "issue_created",
      user: { name: "alice", key: "alice", displayName: "Alice Archer", active: true, timeZone: "Etc/UTC" },
      issue: {
        id: String(10_000 + number),
        self: `${jiraUrl}/rest/api/2/issue/${10_000 + number}`,
        key: `${project}-${number}`,
        fields: {
          summary,
          issuetype: { id: "10001", name: "Task", subtask: false, self: `${jiraUrl}/rest/api/2/issuetype/10001` },
          project: {
            self: `${jiraUrl}/rest/api/2/project/${project}`,
            id: String(projectId(project)),
            key: project,
            name: `Project ${project}`,
          },
          creator: { name: "alice", key: "alice", displayName: "Alice Archer", active: true },
          reporter: { name: "alice", key: "alice", displayName: "Alice Archer", active: true },
          priority: { id: "3", name: "Medium", iconUrl: `${jiraUrl}/images/icons/priorities/medium.svg` },
          status: { id: "1", name: "To Do", statusCategory: { id: 2, key: "new", colorName: "blue-gray" } },
          description: "Steps: open the page, press the button, wait. Expected: it works. Seen: it does not. ".repeat(6),
          labels: ["demo", "load"],
          created: "2026-01-01T00:00:00.000+0000",
          updated: "2026-01-01T00:00:00.000+0000",
        },
      },
    }),
  );
  const signature = createHmac("sha256", secret).update(body).digest("hex");
  const headers = {
    "content-type": "application/json",
    "x-hub-signature": `sha256=${signature}`,
    "x-atlassian-webhook-identifier": randomUUID(),
  };
  return { body, headers };
}

function projectId(project: string): number {
  return 20_000 + Buffer.from(project).reduce((sum, byte) => (sum * 31 + byte) % 10_000, 7);
}
