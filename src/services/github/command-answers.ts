import { joinMarkdown, markdown, markdownLink, type Markdown } from "../../shared/markdown.js";
import type { IssueAnswer } from "./client-schema.js";

// What commands answer when they worked. Everything that GitHub says is outside text.

/** Characters that are shown of a description, and of anything else. */
const longestDescription = 2_000;
const longestFact = 300;

/** Its number, leading to it. */
export function issueLink({ number, html_url: url }: Pick<IssueAnswer, "number" | "html_url">): Markdown {
  return markdownLink(`#${number}`, url);
}

export function titleText(issue: IssueAnswer): Markdown {
  return markdown`${issueLink(issue)}: ${cut(issue.title, longestFact)}`;
}

export function issueText(issue: IssueAnswer): Markdown {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["Type", issue.pull_request ? "pull request" : "issue"],
    ["State", issue.state],
    ["Author", issue.user?.login],
    ["Assignees", (issue.assignees ?? []).map(({ login }) => login).join(", ") || "nobody"],
    ["Labels", labelsOf(issue).join(", ")],
  ];
  const items = facts.flatMap(([name, value]) => (value ? [markdown`- ${name}: ${cut(value, longestFact)}`] : []));
  const body = issue.body?.trim() ?? "";
  const blocks = [titleText(issue), joinMarkdown(items, "\n"), ...(body === "" ? [] : [quote(cut(body, longestDescription))])];
  return joinMarkdown(blocks, "\n\n");
}

export function labelsOf({ labels }: Pick<IssueAnswer, "labels">): readonly string[] {
  return (labels ?? []).flatMap((label) => (typeof label === "string" ? label : (label.name ?? [])));
}

/** Text as a quotation that keeps its lines: a backslash at the end of a line does (CommonMark 0.31, section 6.7). */
function quote(text: string): Markdown {
  const lines = text.split(/\r?\n/).map((line) => (line.trim() === "" ? { text: ">", source: ">" } : markdown`> ${line}`));
  const isWritten = (line: Markdown | undefined): boolean => line !== undefined && line.text !== ">";
  const source = lines.map((line, index) => `${line.source}${isWritten(line) && isWritten(lines[index + 1]) ? "\\" : ""}`);
  return { text: lines.map((line) => line.text).join("\n"), source: source.join("\n") };
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
