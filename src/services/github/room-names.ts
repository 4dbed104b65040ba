import { emojify } from "node-emoji";
import { wellFormed } from "../../shared/well-formed.js";
import type { DiscussionChanged } from "./events.js";
import { nameOf, type RepositoryName } from "./repository-name.js";

// How rooms of their own are called, in Hookshot's words (reference 2.4 and 2.5).

/** Characters of a name or topic, both of which anybody at GitHub may choose. */
const longest = 500;

export function issueTopic(state: string, url: string): string {
  return wellFormed(`Status: ${state} | ${url}`);
}

export function issueRoomName(fullName: string, number: number, title: string): string {
  return cut(`${fullName}#${number}: ${title}`);
}

export function discussionRoomName({ title }: DiscussionChanged["discussion"], repository: RepositoryName): string {
  return cut(`${title} (${nameOf(repository)})`);
}

/** GitHub gives the category's picture as a short code (`:speech_balloon:`). */
export function discussionTopic({ category }: DiscussionChanged["discussion"]): string | undefined {
  if (category === undefined) return undefined;
  return cut(["Under", ...(category.emoji === undefined ? [] : [emojify(category.emoji)]), category.name].join(" "));
}

export function cut(text: string): string {
  const whole = wellFormed(text);
  return whole.length <= longest ? whole : `${whole.slice(0, longest).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
