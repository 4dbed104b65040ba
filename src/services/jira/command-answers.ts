import type { TrackerIssue } from "../../core/issue-tracker.js";
import { joinMarkdown, markdown, markdownLink, type Markdown } from "../../shared/markdown.js";

// What commands answer when they worked. Everything that Jira says is outside text.

/** Characters that are shown of a description, and of anything else. */
const longestDescription = 2_000;
const longestFact = 300;

/** Its key, leading to it. */
export function issueLink({ key, url }: Pick<TrackerIssue, "key" | "url">): Markdown {
  return markdownLink(key, url);
}

function titleText(issue: TrackerIssue): Markdown {
  return markdown`${issueLink(issue)}: ${cut(issue.summary, longestFact)}`;
}

/** Hookshot's words (reference 3.3). */
export function createdText({ key, url }: Pick<TrackerIssue, "key" | "url">): Markdown {
  return markdown`Created JIRA issue ${key}: ${markdownLink(url, url)}`;
}

export function issueText(issue: TrackerIssue): Markdown {
  const { type, status, priority, assignee, reporter, labels, description } = issue;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Type", type],
    ["Status", status],
    ["Priority", priority],
    ["Assignee", assignee ?? "nobody"],
    ["Reporter", reporter],
    ["Labels", labels.join(", ")],
  ];
  const items = facts.flatMap(([name, value]) => (value ? [markdown`- ${name}: ${cut(value, longestFact)}`] : []));
  const lead = titleText(issue);
  const blocks = [lead, joinMarkdown(items, "\n"), ...(description === undefined ? [] : [quote(cut(description, longestDescription))])];
  return joinMarkdown(blocks, "\n\n");
}

/** @param where what was searched, as the end of the sentence */
export function foundText(issues: readonly TrackerIssue[], where: string, limit: number): Markdown {
  if (issues.length === 0) return markdown`Found no issues ${where}.`;
  const count = issues.length === 1 ? "1 issue" : `${issues.length} issues`;
  const lead = issues.length < limit ? markdown`Found ${count} ${where}:` : markdown`The first ${count} found ${where}:`;
  const items = issues.map((issue) => markdown`- ${titleText(issue)} (${cut(stateOf(issue), longestFact)})`);
  return joinMarkdown([lead, joinMarkdown(items, "\n")], "\n\n");
}

function stateOf({ status, assignee }: TrackerIssue): string {
  return assignee === undefined ? status : `${status}, ${assignee}`;
}

/** Text as a quotation that keeps its lines: a backslash at the end of a line does (CommonMark 0.31, section 6.7). */
function quote(text: string): Markdown {
  const lines = text.split("\n").map((line) => (line.trim() === "" ? { text: ">", source: ">" } : markdown`> ${line}`));
  const isWritten = (line: Markdown | undefined): boolean => line !== undefined && line.text !== ">";
  const source = lines.map((line, index) => `${line.source}${isWritten(line) && isWritten(lines[index + 1]) ? "\\" : ""}`);
  return { text: lines.map((line) => line.text).join("\n"), source: source.join("\n") };
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
