import { emojify } from "node-emoji";
import { markdown, markdownLink, type Markdown } from "../../shared/markdown.js";
import { wellFormed } from "../../shared/well-formed.js";
import type { Issue, Repository } from "./events.js";

/** What a message says. */
export interface Words {
  readonly lead: Markdown;
  /** How the lead becomes HTML: `block` with paragraphs and the like around it. */
  readonly form: "inline" | "block";
  /** Stands behind the lead. */
  readonly tail?: { readonly text: string; readonly html: string };
  /** A document in GitHub's Markdown that stands below all that. */
  readonly document?: string;
  /** What programs read (Hookshot reference 2.3). */
  readonly content?: Readonly<Record<string, unknown>>;
}

/** Characters of a comment that are shown. */
const quoteLength = 256;

/** As `[octo/hello#1](https://github.com/octo/hello/issues/1)`. */
export function issueLink(repository: Repository, issue: Issue): Markdown {
  return markdownLink(`${repository.fullName}#${issue.number}`, issue.url);
}

/** With emoji in place of their short codes (`:bug:`), as GitHub shows titles. */
export function titleOf({ title }: { readonly title: string }): string {
  return emojify(title);
}

/** The beginning of a comment as a quote below the lead; nothing where it is empty. */
export function withQuote(lead: Markdown, comment: string | undefined): Markdown {
  if (comment === undefined || comment.trim() === "") return lead;
  return markdown`${lead}  \n> ${outsideLines(cut(comment))}`;
}

/** Outside text of several lines. In HTML its line breaks are of one kind, as in what Markdown makes. */
export function outsideLines(text: string): Markdown {
  return { text: markdown`${text}`.text, source: markdown`${text.replace(/\r\n?/g, "\n")}`.source };
}

/** Not within a surrogate pair: no homeserver takes half of one. */
function cut(comment: string): string {
  if (comment.length <= quoteLength) return comment;
  return `${comment.slice(0, quoteLength).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

export function repositoryContent({ id, fullName, url }: Repository): Readonly<Record<string, unknown>> {
  return { "uk.half-shot.matrix-hookshot.github.repo": { id, name: wellFormed(fullName), url: wellFormed(url) } };
}

export function issueContent(repository: Repository, { id, number, title, url }: Issue): Readonly<Record<string, unknown>> {
  return {
    external_url: wellFormed(url),
    "uk.half-shot.matrix-hookshot.github.issue": { id, number, title: wellFormed(title), url: wellFormed(url) },
    ...repositoryContent(repository),
  };
}

export function pullRequestContent(repository: Repository, issue: Issue): Readonly<Record<string, unknown>> {
  const content = issueContent(repository, issue);
  return { ...content, "uk.half-shot.matrix-hookshot.github.pull_request": content["uk.half-shot.matrix-hookshot.github.issue"] };
}
