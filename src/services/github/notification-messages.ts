import type { RoomMessage } from "../../core/message.js";
import { joinMarkdown, markdown, markdownLink, type Markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import { wellFormed } from "../../shared/well-formed.js";
import type { Issue, Repository } from "./events.js";
import { issueContent, outsideLines, repositoryContent } from "./messages-parts.js";
import type { LatestCommentAnswer, NotificationAnswer, SubjectAnswer } from "./notification-client.js";
import type { NotifiedIssue } from "./notification-store.js";
import { repositoryName } from "./repository-name.js";

/** A notification with what was looked up for it. */
export interface Told {
  readonly notification: NotificationAnswer;
  readonly subject?: SubjectAnswer;
  readonly comment?: LatestCommentAnswer;
  /** How the issue was when it was told last. */
  readonly before?: NotifiedIssue;
}

/** Characters of a comment that are shown. */
const longestComment = 1_024;
const alertType = "RepositoryVulnerabilityAlert";

/** In Hookshot's words (reference 2.15). */
export function notificationMessage(told: Told, renderer: MarkdownRenderer): RoomMessage {
  const words = wordsOf(told);
  const content = { msgtype: "m.text", body: words.text, format: "org.matrix.custom.html", formatted_body: renderer.block(words) };
  return { type: "m.room.message", content: { ...content, "m.mentions": {}, ...keysOf(told) } };
}

function wordsOf({ notification, subject, comment, before }: Told): Markdown {
  const { subject: shown, repository, reason } = notification;
  const place = markdown`for **${markdownLink(repository.full_name, repository.html_url)}**`;
  if (shown.type === alertType) return markdown`⚠️ ${shown.title} - ${place}`;
  const icon = iconOf(shown.type, reason);
  if (subject === undefined) return markdown`${icon} ${markdownLink(shown.title, repository.html_url)} ${place}`;
  const author = subject.user ? [markdown`by **${markdownLink(subject.user.login, subject.user.html_url)}**`] : [];
  const parts = [
    markdown`${icon} ${markdownLink(subject.title, subject.html_url)}`,
    ...author,
    markdown`#${String(subject.number)}`,
    place,
  ];
  return joinMarkdown([joinMarkdown(parts, " "), ...changesOf(subject, before), ...quoteOf(comment)], "\n\n");
}

function iconOf(type: string, reason: string): string {
  if (type === "Issue") return "📝";
  if (type !== "PullRequest") return "🔔";
  return reason === "review_requested" ? "⤵+🚩" : "⤵+";
}

/** Nothing for what is told for the first time, besides that it is merged. */
function changesOf(subject: SubjectAnswer, before: NotifiedIssue | undefined): readonly Markdown[] {
  const changes: Markdown[] = [];
  const isMerged = subject.merged === true;
  if (isMerged && before?.isMerged !== true) {
    const by = subject.merged_by ? markdown` by ${markdownLink(subject.merged_by.login, subject.merged_by.html_url)}` : markdown``;
    changes.push(markdown`PR was merged${by}`);
  }
  if (before === undefined) return changes;
  if (!isMerged && before.state !== subject.state) changes.push(markdown`State changed to: ${subject.state}`);
  if (before.title !== subject.title) changes.push(markdown`Title changed to: ${subject.title}`);
  const assignees = loginsOf(subject);
  if (assignees.length > 0 && assignees.join() !== before.assignees.join()) changes.push(markdown`Assigned to: ${assignees.join(", ")}`);
  return changes;
}

function quoteOf(comment: LatestCommentAnswer | undefined): readonly Markdown[] {
  const body = comment?.body?.trim() ?? "";
  if (comment === undefined || body === "") return [];
  const shown = body.length <= longestComment ? body : `${body.slice(0, longestComment).replace(/[\uD800-\uDBFF]$/, "")}…`;
  return [markdown`${comment.user?.login ?? "ghost"}:`, markdown`> ${outsideLines(shown)}`];
}

export function loginsOf({ assignees }: SubjectAnswer): readonly string[] {
  return (assignees ?? []).map(({ login }) => login);
}

/** What programs read (reference 2.3). */
function keysOf({ notification, subject, comment }: Told): Readonly<Record<string, unknown>> {
  const { id, full_name: fullName, html_url: url } = notification.repository;
  const [owner, repo] = fullName.split("/");
  const repository: Repository = { ...(repositoryName(owner, repo) ?? { owner: "", repo: "" }), id, fullName, url };
  if (subject === undefined) return { external_url: wellFormed(url), ...repositoryContent(repository) };
  const { html_url: address, ...named } = subject;
  const issue: Issue = { id: named.id, number: named.number, title: named.title, url: address, labels: [], assignees: [] };
  const said = comment === undefined ? {} : { "uk.half-shot.matrix-hookshot.github.comment": { id: comment.id } };
  return { ...issueContent(repository, issue), ...said };
}
