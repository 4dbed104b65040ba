import { joinMarkdown, markdown, markdownLink, type Markdown } from "../../shared/markdown.js";
import { pathSegment } from "../../shared/url.js";
import { wellFormed } from "../../shared/well-formed.js";
import type { FieldChange, Issue, IssueCreated, IssueUpdated, VersionChanged } from "./events.js";

// The wording is Hookshot's (reference 2.8 and 2.16): bots and people search for it.
const notSet = "not set";
const firstChange = "\n - ";
const furtherChange = "\n  - ";

/** Changes beyond this many characters are left out: an event takes 65,536 bytes. */
const longestChanges = 65_536;
/** About what stands around a change: "** changed from" and so on. */
const frameLength = 32;

/** `webUrl` is where people open the Jira that sent the event, without trailing slash. */
export function issueCreatedText({ issue, creator }: IssueCreated, webUrl: string): Markdown {
  const said = byPerson(creator, markdown`created a new JIRA issue ${issueLink(issue, webUrl)}`);
  return issue.summary === undefined ? said : markdown`${said}: "${issue.summary}"`;
}

/** Undefined for an update that changed nothing. */
export function issueUpdatedText({ issue, user, changes }: IssueUpdated, webUrl: string): Markdown | undefined {
  const [first, ...others] = sendable(changes).map(changeText);
  if (first === undefined) return undefined;
  const lead = markdown`${byPerson(user, markdown`updated JIRA ${issueLink(issue, webUrl)}`)}: `;
  if (others.length === 0) return joinMarkdown([lead, first], "");
  return joinMarkdown([joinMarkdown([lead, first], firstChange), ...others], furtherChange);
}

/** `project` is the connection's, since version events do not carry its key. */
export function versionText(
  { name, version }: VersionChanged,
  project: { readonly key: string; readonly url: string },
  webUrl: string,
): Markdown {
  const action = name.slice("version_".length);
  const link = markdownLink(version.name ?? version.id, versionUrl(version, webUrl));
  const lead = markdown`Version **${action}** for project ${markdownLink(project.key, project.url)}: ${link}`;
  return version.description === undefined ? lead : markdown`${lead} (_${version.description}_)`;
}

export function issueUrl(issue: Issue, webUrl: string): string {
  return `${webUrl}/browse/${pathSegment(issue.key)}`;
}

/** What programs read from a message about an issue (reference 2.8). */
export function issueContent(issue: Issue, webUrl: string): Readonly<Record<string, unknown>> {
  const { project } = issue;
  return {
    external_url: issueUrl(issue, webUrl),
    "uk.half-shot.matrix-hookshot.jira.issue": remoteThing(issue.id, issue.key, issue.self),
    "uk.half-shot.matrix-hookshot.jira.project": remoteThing(project.id, project.key, project.self),
  };
}

function remoteThing(id: string, key: string, self: string | undefined): Readonly<Record<string, string>> {
  const [wellFormedId, wellFormedKey] = [wellFormed(id), wellFormed(key)];
  if (self === undefined) return { id: wellFormedId, key: wellFormedKey };
  return { id: wellFormedId, key: wellFormedKey, api_url: wellFormed(self) };
}

function issueLink(issue: Issue, webUrl: string): Markdown {
  return markdownLink(issue.key, issueUrl(issue, webUrl));
}

function versionUrl({ id, projectId }: VersionChanged["version"], webUrl: string): string {
  return `${webUrl}/projects/${pathSegment(projectId)}/versions/${pathSegment(id)}`;
}

function byPerson(name: string | undefined, did: Markdown): Markdown {
  return name === undefined ? did : markdown`${name} ${did}`;
}

function changeText({ field, from, to }: FieldChange): Markdown {
  return markdown`**${field}** changed from '${from ?? notSet}' to '${to ?? notSet}'`;
}

function sendable(changes: readonly FieldChange[]): readonly FieldChange[] {
  let length = 0;
  return changes.filter(({ field, from, to }) => {
    const fits = length < longestChanges;
    length += frameLength + field.length + (from ?? notSet).length + (to ?? notSet).length;
    return fits;
  });
}
