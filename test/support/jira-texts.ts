import { adfFormatting, adfMentions, adfText, isAdf, toAdf, type AdfNode } from "./jira-adf.js";
import type { StandInDeployment } from "./jira-accounts.js";
import { JiraRefusal } from "./jira-answers.js";
import { readWiki } from "./jira-wiki.js";

export type RestVersion = "2" | "3";

/** A description or comment: a document of REST 3, or wiki markup of REST 2. */
export type StandInText = { readonly kind: "adf"; readonly document: AdfNode } | { readonly kind: "wiki"; readonly source: string };

/** What people see of it. */
export interface ReadText {
  readonly text: string;
  /** Whom it tells of itself: account ids on Cloud, user names on a server. */
  readonly mentions: readonly string[];
  /** What is more than text, by name. */
  readonly formatting: readonly string[];
}

/** A text as a request gives it. @throws JiraRefusal as Jira refuses the wrong form */
export function takeText(field: "description" | "comment", value: unknown, version: RestVersion): StandInText {
  if (version === "2") {
    if (typeof value === "string") return { kind: "wiki", source: value };
    throw JiraRefusal.ofField(field, field === "comment" ? "Comment body is not valid!" : "Operation value must be a string");
  }
  if (isAdf(value)) return { kind: "adf", document: value };
  const isDocument = typeof value === "object" && value !== null;
  if (isDocument) throw new JiraRefusal(400, "INVALID_INPUT");
  throw JiraRefusal.ofField(field, "Operation value must be an Atlassian Document (see the Atlassian Document Format)");
}

/** What somebody typed in Jira itself, without markup. */
export function plainText(text: string, deployment: StandInDeployment): StandInText {
  return deployment === "cloud"
    ? { kind: "adf", document: toAdf(text) }
    : { kind: "wiki", source: text.replaceAll(/[{}[\]*_!|]/g, "\\$&") };
}

export function readText(text: StandInText): ReadText {
  if (text.kind === "wiki") return readWiki(text.source);
  const { document } = text;
  return { text: adfText(document), mentions: adfMentions(document), formatting: adfFormatting(document) };
}

/** As an answer shows it: both of Cloud's versions show the same text, each in its form. */
export function showText(text: StandInText, version: RestVersion): AdfNode | string {
  if (version === "3") return text.kind === "adf" ? text.document : toAdf(readText(text).text);
  return text.kind === "wiki" ? text.source : readText(text).text;
}
