import { createHash } from "node:crypto";
import type { FindingRecord } from "../core/ports/finding-store.js";
import { wellFormed } from "../shared/well-formed.js";
import type { Finding } from "./finding.js";

/** What an issue says of a finding; plain text. */
export interface IssueWords {
  readonly summary: string;
  readonly description: string;
  /** Of both, by which a change shows. */
  readonly written: FindingRecord["written"];
}

/** Trackers take 255 characters and more. */
const longestSummary = 240;
/** They take 32,767 characters at least, and what has to be escaped takes two. */
const longestDescription = 15_000;

export function wordsOf(finding: Finding, scanner: string): IssueWords {
  const summary = cut(oneLine(finding.title), longestSummary);
  const description = describe(finding, scanner);
  return { summary, description, written: { title: hash(summary), description: hash(description) } };
}

/** Whether an issue still has the title that we gave it. */
export function hasTitleAsWritten(summary: string, { title }: FindingRecord["written"]): boolean {
  return hash(oneLine(summary)) === title;
}

/** What scanners write names packages (`@scope/name`), and a tracker may take those for people and tell them. */
function describe({ fingerprint, description = "", severity, url }: Finding, scanner: string): string {
  const facts = [
    ...(severity === undefined ? [] : [`Severity: ${oneLine(severity)}`]),
    ...(url === undefined ? [] : [`More: ${url}`]),
    `Found by ${oneLine(scanner)} (${oneLine(fingerprint)}). This text is replaced when the scanner says something else.`,
  ];
  const text = cut(wellFormed(description).trim(), longestDescription);
  return [...(text === "" ? [] : [withoutMentions(text)]), withoutMentions(facts.join("\n"))].join("\n\n");
}

/** What means a person, or another issue, which GitHub would tell of it. */
const mention = /@(?=[\p{L}\p{N}_-])|\[(?=~)|(?<![^\s(])#(?=\d)/gu;

/** An address, and what stands behind its host. */
const address = /(https?:\/\/[^\s/?#]*)(\S*)/i;

/** A word joiner, which nobody sees, keeps the sign and the name apart. Within an address it would lead elsewhere: there signs are encoded. */
function withoutMentions(text: string): string {
  return text
    .split(address)
    .map((part, index) => (index % 3 === 2 ? part.replaceAll("@", "%40").replaceAll("[~", "%5B~") : part.replace(mention, "$&\u2060")))
    .join("");
}

function oneLine(text: string): string {
  return wellFormed(text)
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
