import { createHash } from "node:crypto";
import type { StandInAccount } from "./jira-accounts.js";
import type { PayloadForm } from "./jira-payloads.js";
import { issueTypes, type StandInIssue, type StandInProject } from "./jira-records.js";

/** Somebody by that name, for payloads that tests make by hand. */
export function samplePerson(displayName: string): StandInAccount {
  const name = displayName.toLowerCase().replaceAll(/[^a-z]+/g, ".");
  const accountId = createHash("md5").update(displayName).digest("hex");
  return { name, key: `JIRAUSER-${name}`, accountId, displayName, email: `${name}@example.org` };
}

/** An issue as nobody made it at the stand-in. */
export function sampleIssue(options: {
  readonly id: string;
  readonly key: string;
  readonly project: StandInProject;
  readonly summary: string;
  readonly creator?: string;
}): StandInIssue {
  const { creator = "Ada Example", ...others } = options;
  const rest = { formerKeys: [], type: issueTypes[0], status: "To Do", labels: [], comments: [], worklogs: [], updated: 1 };
  return { ...others, ...rest, creator: samplePerson(creator) };
}

/** How webhooks of a server look. */
export function webhookForm(url: string): PayloadForm {
  return { url, deployment: "server", version: "2" };
}
