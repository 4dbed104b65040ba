import { joinMarkdown, markdown, markdownLink, type Markdown } from "../../shared/markdown.js";
import type { Issue, IssueChanged, IssueCommented, IssueLabeled, Label } from "./events.js";
import { labelWords } from "./labels-html.js";
import { issueContent, issueLink, outsideLines, titleOf, withQuote, type Words } from "./messages-parts.js";

// The wording is Hookshot's (reference 2.3 and 2.16) for all that Hookshot tells: bots and people search for it.

/** @param roomUrl where the issue's own room is, if it is to be shown */
export function issueOpenedWords({ repository, issue, sender }: IssueChanged, roomUrl: string | undefined): Words {
  const assigned = issue.assignees.length === 0 ? [] : [markdown` assigned to ${issue.assignees.join(", ")}`];
  const room = roomUrl === undefined ? [] : [markdown` ${markdownLink("Issue Room", roomUrl)}`];
  const lead = markdown`📥 **${issue.author ?? sender}** created new issue ${issueLink(repository, issue)}: "${titleOf(issue)}"`;
  return {
    lead: joinMarkdown([lead, ...assigned, ...room], ""),
    form: "inline",
    ...labelTail(issue.labels),
    content: issueContent(repository, issue),
  };
}

/** ` with labels …`; nothing where there are none. */
export function labelTail(labels: readonly Label[]): Pick<Words, "tail"> {
  if (labels.length === 0) return {};
  const { text, html } = labelWords(labels);
  return { tail: { text: ` with labels ${text}`, html: ` with labels ${html}` } };
}

/** The verb follows the issue's state and not the action (reference 2.16). @param comment what the same person said along with it */
export function issueStateWords({ name, repository, issue, sender }: IssueChanged, comment: string | undefined): Words {
  const isClosed = issue.state === undefined ? name === "issues.closed" : issue.state === "closed";
  const icon = isClosed ? "⬛" : "🔷";
  const verb = isClosed ? "closed" : "reopened";
  const lead = markdown`${icon} **${sender}** ${verb} issue ${issueLink(repository, issue)}: "${titleOf(issue)}"`;
  return { lead: withComment(lead, comment), form: "block", content: issueContent(repository, issue) };
}

export function withComment(lead: Markdown, comment: string | undefined): Markdown {
  return comment === undefined || comment.trim() === "" ? lead : markdown`${lead} with comment "${outsideLines(comment)}"`;
}

export function issueEditedWords({ repository, issue, sender }: IssueChanged): Words {
  const lead = markdown`✏️ **${sender}** edited issue ${issueLink(repository, issue)}: "${titleOf(issue)}"`;
  return { lead, form: "inline", content: issueContent(repository, issue) };
}

export function issueLabeledWords({ repository, issue, sender, labels }: IssueLabeled): Words {
  const lead = markdown`🗃 **${sender}** labeled issue ${issueLink(repository, issue)}: "${titleOf(issue)}"`;
  return { lead, form: "inline", ...labelTail(labels), content: issueContent(repository, issue) };
}

export function issueCommentedWords({ repository, issue, author, comment }: IssueCommented): Words {
  const lead = markdown`🗣 **${author}** ${markdownLink("commented", issue.url)} on ${issueLink(repository, issue)}`;
  return { lead: withQuote(lead, comment), form: "block", content: issueContent(repository, issue) };
}

/** Also of pull requests. */
export function assignedWords(event: {
  readonly repository: IssueChanged["repository"];
  readonly issue: Issue;
  readonly sender: string;
  readonly subject?: string;
}): Words {
  const { repository, issue, sender, subject = "somebody" } = event;
  const lead = markdown`👤 **${sender}** assigned ${issueLink(repository, issue)} "${titleOf(issue)}" to **${subject}**`;
  return { lead, form: "inline", content: issueContent(repository, issue) };
}

/** Also of pull requests. */
export function unassignedWords(event: Parameters<typeof assignedWords>[0]): Words {
  const { repository, issue, sender, subject = "somebody" } = event;
  const lead = markdown`👤 **${sender}** unassigned **${subject}** from ${issueLink(repository, issue)} "${titleOf(issue)}"`;
  return { lead, form: "inline", content: issueContent(repository, issue) };
}

export function milestoneWords({ name, repository, issue, sender, subject }: IssueChanged): Words {
  const verb = name === "issues.milestoned" ? "added" : "removed";
  const link = name === "issues.milestoned" ? "to" : "from";
  const milestone = subject === undefined ? markdown`a milestone` : markdown`the milestone **${subject}**`;
  const lead = markdown`🎯 **${sender}** ${verb} ${issueLink(repository, issue)} "${titleOf(issue)}" ${link} ${milestone}`;
  return { lead, form: "inline", content: issueContent(repository, issue) };
}
