import { notice, type RoomMessage } from "../core/message.js";
import type { RemoteEvent } from "../core/remote-event.js";
import { joinMarkdown, markdown, markdownLink, type Markdown, type MarkdownRenderer } from "../shared/markdown.js";
import { parseHttpUrl } from "../shared/url.js";
import { cardText } from "./card-text.js";

const eventName = "findings";

/** What one report of a scanner changed in a project's issues. Plain JSON. */
export interface FindingCard {
  /** Web address of the remote where the project is. */
  readonly remoteUrl: string;
  readonly scanner: string;
  readonly project: string;
  readonly created: number;
  readonly updated: number;
  readonly reopened: number;
  readonly closed: number;
  /** Findings for which nothing could be done; absent where that is not known any more. */
  readonly failed?: number;
  /** The first of them. */
  readonly issues: readonly CardIssue[];
}

export interface CardIssue {
  readonly what: "created" | "updated" | "reopened" | "closed";
  readonly key: string;
  readonly url: string;
  readonly title: string;
  readonly severity?: string;
}

/** The event that brings a card to rooms; connections hear it whatever events they name. */
export function findingCardEvent(card: FindingCard, routingKeys: readonly string[]): RemoteEvent {
  return { name: eventName, routingKeys, payload: card };
}

/** Undefined for every other event. */
export function findingCardOf({ name, payload }: RemoteEvent): FindingCard | undefined {
  // No service has an event of that name, so it was made above.
  return name === eventName ? (payload as FindingCard) : undefined;
}

/** Issues that a card lists. */
export const mostCardIssues = 10;

/** Characters of a text from outside; a card has several. */
const longestTitle = 160;
const longestName = 100;

const changes = ["created", "reopened", "updated", "closed"] as const;

/**
 * A card as a room gets it. Empty `m.mentions` say that it mentions nobody, so that `@room` in a title pings no room (Matrix spec v1.7,
 * "User and room mentions").
 */
export function findingCardMessage(card: FindingCard, renderer: MarkdownRenderer): RoomMessage {
  const text = describeCard(card);
  return notice(text.text, renderer.block(text).trimEnd(), { "m.mentions": {} });
}

function describeCard(card: FindingCard): Markdown {
  const counts = [...changes.map((what) => [card[what], what] as const), [card.failed ?? 0, "failed"] as const];
  const named = counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])).join(", ");
  const lead = markdown`**${cardText(card.scanner, longestName)}** in ${cardText(card.project, longestName)}: ${named}`;
  const shown = card.issues.slice(0, mostCardIssues);
  const left = changes.reduce((sum, what) => sum + card[what], 0) - shown.length;
  const lines = [...shown.map(describeIssue), ...(left > 0 ? [markdown`and ${String(left)} more`] : [])];
  return lines.length === 0 ? lead : joinMarkdown([joinMarkdown([lead, joinMarkdown(lines, "\n- ")], "\n\n- ")], "");
}

function describeIssue({ what, key, url, title, severity }: CardIssue): Markdown {
  const name = cardText(key, longestName);
  // What is no web address is none to follow.
  const link = parseHttpUrl(url) === undefined ? markdown`${name}` : markdownLink(name, url);
  const words = markdown`${link} ${what}: ${cardText(title, longestTitle)}`;
  return severity === undefined ? words : markdown`${words} (${cardText(severity, longestName)})`;
}
