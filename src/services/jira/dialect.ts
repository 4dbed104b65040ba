import type { UserAnswer } from "./rest-schema.js";

/** What Jira Cloud and Server or Data Center say differently. */
export interface Dialect {
  /** A person's text as it is sent; nothing in it is markup, but for mentions typed as such. */
  richText(text: string): unknown;
  /** A text of Jira's as plain text; empty when there is none. */
  plainText(text: unknown): string;
  readonly searchPath: string;
  /** What people are told apart by. */
  userId(user: UserAnswer): string | undefined;
  assignee(userId: string): Readonly<Record<string, string>>;
  /** The parameter that finds people by what was typed. */
  userQuery(typed: string): Readonly<Record<string, string>>;
}
