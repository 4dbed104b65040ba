import { PermissionError, RemoteError, ValidationError } from "../../core/errors.js";
import type { TrackerIssue } from "../../core/issue-tracker.js";
import type { Markdown } from "../../shared/markdown.js";
import { foundText } from "./command-answers.js";
import { howToLogIn } from "./how-to-log-in.js";
import { confineJql, inProjects, textCondition } from "./jql.js";
import { isReached, type Session } from "./session.js";
import { typedName } from "./typed-name.js";

/** Issues that an answer shows. */
const mostIssues = 10;

/** Looks for words in the connection's project. */
export async function searchText(session: Session, text: string): Promise<Markdown> {
  const { projectKey } = session;
  const issues = await search(session, `${inProjects([projectKey])} AND (${textCondition(typedName(text))}) ORDER BY updated DESC`);
  const inProject = issues.filter((issue) => issue.projectKey.toUpperCase() === projectKey);
  return foundText(inProject, `in ${projectKey}`, mostIssues);
}

/** As themselves, people ask Jira what they like; through the credential, only about the room's projects. */
export async function searchByJql(session: Session, jql: string): Promise<Markdown> {
  const { onlyProjects, instance } = session.account;
  if (onlyProjects === undefined) return foundText(await search(session, jql.trim()), `at ${instance.name}`, mostIssues);
  const issues = await searchConfined(session, confine(session, jql.trim(), onlyProjects));
  return foundText(issues, `in ${onlyProjects.join(", ")}`, mostIssues);
}

/** Of a value that exists elsewhere, and of one that does not exist, Jira says different things. */
async function searchConfined(session: Session, jql: string): Promise<readonly TrackerIssue[]> {
  try {
    return await search(session, jql);
  } catch (error) {
    if (!(error instanceof RemoteError && error.status === 400)) throw error;
    throw new ValidationError(
      "Jira refuses the query (400). Check its form, and the names in it. What Jira says of it can tell about other projects, " +
        `so it is shown only to people who ask as themselves. ${howToLogIn([session.account.instance], session.context)}`,
    );
  }
}

async function search({ tracker, account }: Session, jql: string): Promise<readonly TrackerIssue[]> {
  const issues = await tracker.search(jql, mostIssues);
  return issues.filter((issue) => isReached(account, issue));
}

function confine({ account, context }: Session, jql: string, projectKeys: readonly string[]): string {
  try {
    return confineJql(jql, projectKeys);
  } catch (error) {
    if (!(error instanceof PermissionError)) throw error;
    throw new PermissionError(`${error.sentence} To ask as yourself: ${howToLogIn([account.instance], context)}`);
  }
}
