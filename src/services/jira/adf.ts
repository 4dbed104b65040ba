import { ownMember } from "../../shared/own-member.js";
import { plainText } from "./plain-text.js";

/** A node of the Atlassian Document Format, which Jira Cloud's texts are written in. */
interface AdfNode {
  readonly type: string;
  readonly text?: string;
  readonly attrs?: Readonly<Record<string, string>>;
  readonly content?: readonly AdfNode[];
}

export interface AdfDocument extends AdfNode {
  readonly type: "doc";
  readonly version: 1;
  readonly content: readonly AdfNode[];
}

/** A mention counts where it is typed as Jira writes it. */
const mention = /\[~accountid:([A-Za-z0-9:_-]{1,128})\]/;

/** A person's text as a document: it stays text, blank lines part paragraphs, other line breaks are kept. */
export function toAdf(text: string): AdfDocument {
  const paragraphs = plainText(text)
    .split(/\n(?:[^\S\n]*\n)+/)
    .filter((paragraph) => paragraph.trim() !== "");
  return { type: "doc", version: 1, content: paragraphs.map((paragraph) => ({ type: "paragraph", content: lines(paragraph) })) };
}

function lines(paragraph: string): readonly AdfNode[] {
  return paragraph.split("\n").flatMap((line, index) => (index === 0 ? words(line) : [{ type: "hardBreak" }, ...words(line)]));
}

/** Nodes of text must not be empty. */
function words(line: string): readonly AdfNode[] {
  return line.split(mention).flatMap((part, index): readonly AdfNode[] => {
    if (index % 2 === 1) return [{ type: "mention", attrs: { id: part } }];
    return part === "" ? [] : [{ type: "text", text: part }];
  });
}

/** Nobody writes deeper; what was made to be is cut off. */
const deepest = 100;

/** A document as plain text. What is no document gives nothing; of nodes we do not know, the text within is taken. */
export function adfToText(document: unknown): string {
  return blockText(document, 0)
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function blockText(node: unknown, depth: number): string {
  if (depth > deepest) return "";
  const inner = childrenOf(node).map((child) => blockText(child, depth + 1));
  const type = ownMember(node, "type");
  switch (type) {
    case "text":
      return textOf(node, "text");
    case "hardBreak":
      return "\n";
    case "mention":
    case "emoji":
    case "status":
    case "date":
    case "inlineCard":
    case "blockCard":
    case "embedCard":
      return inlineText(type, ownMember(node, "attrs"));
    case "listItem":
    case "taskItem":
      return `- ${inner.join("").trim()}\n`;
    case "rule":
      return "---\n\n";
    case "tableCell":
    case "tableHeader":
      return `${inner.join("").trim()}\t`;
    case "tableRow":
      return `${inner.join("").trimEnd()}\n`;
    case "paragraph":
    case "heading":
    case "codeBlock":
    case "bulletList":
    case "orderedList":
    case "taskList":
    case "table":
      return `${inner.join("")}\n\n`;
    default:
      return inner.join("");
  }
}

function inlineText(type: string, attrs: unknown): string {
  if (type === "mention") return textOf(attrs, "text") || `@${textOf(attrs, "id")}`;
  if (type === "emoji") return textOf(attrs, "text") || textOf(attrs, "shortName");
  if (type === "status") return textOf(attrs, "text");
  if (type === "date") return dateText(textOf(attrs, "timestamp"));
  return textOf(attrs, "url");
}

/** Milliseconds since the epoch, as text. */
function dateText(timestamp: string): string {
  const date = new Date(Number(timestamp || Number.NaN));
  return Number.isNaN(date.getTime()) ? timestamp : date.toISOString().slice(0, 10);
}

function childrenOf(node: unknown): readonly unknown[] {
  const content = ownMember(node, "content");
  return Array.isArray(content) ? content : [];
}

function textOf(node: unknown, key: string): string {
  const text = ownMember(node, key);
  return typeof text === "string" ? text : "";
}
