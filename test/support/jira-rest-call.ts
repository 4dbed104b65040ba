import { seesProject, type StandInAccount } from "./jira-accounts.js";
import { JiraRefusal } from "./jira-answers.js";
import type { PayloadForm } from "./jira-payloads.js";
import type { StandInIssue } from "./jira-records.js";
import type { JiraSite, SiteEvent } from "./jira-site.js";

/** One request of an account that was let in. */
export interface RestCall {
  readonly site: JiraSite;
  readonly form: PayloadForm;
  readonly account: StandInAccount;
  /** The parts of the path that the route leaves open. */
  readonly names: readonly string[];
  readonly query: URLSearchParams;
  /** The JSON body; undefined without one. */
  readonly body: unknown;
  /** Tells the webhooks; answers do not wait for them. */
  readonly announce: (event: SiteEvent) => void;
}

/** @throws JiraRefusal 404 when there is none or the account may not see it: Jira does not tell which */
export function issueOf({ site, account, names: [name = ""], form }: RestCall): StandInIssue {
  const issue = site.findIssue(name);
  if (issue !== undefined && seesProject(account, issue.project.key)) return issue;
  throw new JiraRefusal(
    404,
    form.deployment === "cloud" ? "Issue does not exist or you do not have permission to see it." : "Issue Does Not Exist",
  );
}

/** A member of the request's body. */
export function member(body: unknown, name: string): unknown {
  return toRecord(body)[name];
}

export function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  // An object that is no array, as the conditions say.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

export function textMember(body: unknown, name: string): string | undefined {
  const value = member(body, name);
  return typeof value === "string" ? value : undefined;
}
