import { JiraRefusal, type Answer } from "./jira-answers.js";
import { searchIssues } from "./jira-jql-match.js";
import { parseJql, type JqlQuery } from "./jira-jql.js";
import { JqlError } from "./jira-jql-tokens.js";
import { issueJson } from "./jira-payloads.js";
import type { StandInIssue } from "./jira-records.js";
import { member, textMember, type RestCall } from "./jira-rest-call.js";

/** A server's search: by position, with a total. */
export function searchByPosition(call: RestCall): Answer {
  const found = find(call, (query) => query);
  const [startAt, maxResults] = [numberMember(call.body, "startAt", 0), numberMember(call.body, "maxResults", 50)];
  const issues = found.slice(startAt, startAt + maxResults).map((issue) => issueJson(call.form, issue, fieldsOf(call.body)));
  return { status: 200, body: { expand: "schema,names", startAt, maxResults, total: found.length, issues } };
}

/** Cloud's search: page by page, without a total, only with a restriction, and nothing but ids unless fields are asked for. */
export function searchByPage(call: RestCall): Answer {
  const found = find(call, requireBounds);
  const start = readPageToken(textMember(call.body, "nextPageToken"));
  const end = start + numberMember(call.body, "maxResults", 50);
  const fields = fieldsOf(call.body);
  const issues = found.slice(start, end).map((issue) => (fields === undefined ? { id: issue.id } : issueJson(call.form, issue, fields)));
  // The last page has no key of that name, whatever the documentation says (JRACLOUD-92184).
  const more = end < found.length ? { nextPageToken: Buffer.from(String(end)).toString("base64") } : {};
  return { status: 200, body: { issues, isLast: end >= found.length, ...more } };
}

/** Cloud took its old search away in 2025. */
export function removedSearch(): Answer {
  throw new JiraRefusal(410, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API.");
}

function find({ site, account, body }: RestCall, check: (query: JqlQuery) => JqlQuery): readonly StandInIssue[] {
  try {
    return searchIssues(site, account, check(parseJql(textMember(body, "jql") ?? "")));
  } catch (error) {
    if (error instanceof JqlError) throw new JiraRefusal(400, error.message);
    throw error;
  }
}

function requireBounds(query: JqlQuery): JqlQuery {
  if (query.where !== undefined) return query;
  throw new JqlError("Unbounded JQL queries are not allowed here. Please add a search restriction to your query.");
}

function readPageToken(token: string | undefined): number {
  if (token === undefined) return 0;
  const start = Number(Buffer.from(token, "base64").toString());
  if (!Number.isInteger(start)) throw new JiraRefusal(400, "The nextPageToken is invalid or expired.");
  return start;
}

function numberMember(body: unknown, name: string, otherwise: number): number {
  const value = member(body, name);
  return typeof value === "number" ? value : otherwise;
}

function fieldsOf(body: unknown): readonly string[] | undefined {
  const fields = member(body, "fields");
  return Array.isArray(fields) && fields.every((field) => typeof field === "string") ? fields : undefined;
}
