import type { DevinfoEntityType, DevinfoPullRequest } from "../core/devinfo.js";
import { notice, type RoomMessage } from "../core/message.js";
import type { RemoteEvent } from "../core/remote-event.js";
import { joinMarkdown, markdown, markdownLink, type Markdown, type MarkdownRenderer } from "../shared/markdown.js";
import { parseHttpUrl } from "../shared/url.js";

const eventName = "devinfo";

/**
 * What one submission of development information has for rooms; of each room's interest is a part. Plain JSON, and of bounded size: texts are
 * cut, and of many things only the newest have any.
 */
export interface DevinfoCard {
  /** Name of the Jira to which it is bound; absent: rooms of any. */
  readonly instance?: string;
  readonly repositories: readonly CardRepository[];
  /** Keys of issues that the entities name, each once, in upper case. */
  readonly issueKeys: readonly string[];
  /** The newest first. */
  readonly entities: readonly CardEntity[];
}

export interface CardRepository {
  readonly name: string;
  readonly url?: string;
  /** Equal for what one provider tells of one repository. */
  readonly teller: string;
}

export interface CardEntity {
  readonly type: DevinfoEntityType;
  /** Equal for what is one thing to a room, whichever provider tells of it. */
  readonly sameness: string;
  /** Place in `repositories`. */
  readonly repository: number;
  /** Places in `issueKeys`: of the issues in whose rooms it is news. */
  readonly issues: readonly number[];
  /** Its `updateSequenceId`. */
  readonly sequence: string;
  /** Milliseconds since the epoch, 0 where that is not known. */
  readonly happenedAt: number;
  /** Of a pull request. */
  readonly status?: DevinfoPullRequest["status"];
  /** Absent for those that are only counted. */
  readonly words?: EntityWords;
}

/** How an entity is called. Texts are on one line, and cut. */
export interface EntityWords {
  /** Short id of a commit or pull request, name of a branch. */
  readonly label: string;
  /** Present where it is a web address. */
  readonly url?: string;
  /** A commit's first line, a pull request's title. */
  readonly title?: string;
  readonly author?: string;
}

/** The event that brings a card to rooms. Those hear it whose connections ask for development information, whatever events they name. */
export function devinfoCardEvent(card: DevinfoCard, routingKeys: readonly string[]): RemoteEvent {
  return { name: eventName, routingKeys, payload: card };
}

/** Undefined for every other event. */
export function devinfoCardOf({ name, payload }: RemoteEvent): DevinfoCard | undefined {
  // No service has an event of that name, so it was made above.
  return name === eventName ? (payload as DevinfoCard) : undefined;
}

/** Entities that a message lists. */
export const mostListed = 10;
const mostRepositories = 3;
const mostIssues = 5;

/** What a room is told of a card. */
export interface RoomCard {
  readonly repositories: readonly CardRepository[];
  /** Of the room's interest, the newest first; those without words are counted. */
  readonly entities: readonly Pick<CardEntity, "type" | "status" | "words" | "repository">[];
  readonly issues: readonly LinkedIssue[];
}

export interface LinkedIssue {
  readonly key: string;
  readonly url: string;
}

/**
 * The message of a room. Empty `m.mentions` say that it mentions nobody, so that `@room` in a title pings no room (Matrix spec v1.7,
 * "User and room mentions").
 */
export function devinfoCardMessage(card: RoomCard, renderer: MarkdownRenderer): RoomMessage {
  const text = describeCard(card);
  return notice(text.text, renderer.block(text).trimEnd(), { "m.mentions": {} });
}

function describeCard({ repositories, entities, issues }: RoomCard): Markdown {
  const places = [...new Set(entities.map(({ repository }) => repository))];
  const named = places.flatMap((place) => repositories[place] ?? []);
  const names = named.slice(0, mostRepositories).map(({ name }) => markdown`**${name}**`);
  const where = withMore(names, named.length - names.length);
  const linked = issues.slice(0, mostIssues).map(({ key, url }) => linkTo(key, url));
  const lead = markdown`${where}: ${countsOf(entities)} on ${withMore(linked, issues.length - linked.length)}`;
  const shown = entities.filter(({ words }) => words !== undefined).slice(0, mostListed);
  const lines = shown.map((entity) =>
    named.length > 1 ? markdown`${repositories[entity.repository]?.name ?? ""}: ${entityLine(entity)}` : entityLine(entity),
  );
  const left = entities.length - shown.length;
  return listed(lead, lines, left === 0 ? undefined : String(left));
}

/** A lead, lines below it, and how many there are besides; undefined: none. Where no line is, the lead says it all. */
export function listed(lead: Markdown, lines: readonly Markdown[], more: string | undefined): Markdown {
  if (lines.length === 0) return lead;
  const all = more === undefined ? lines : [...lines, markdown`and ${more} more`];
  return joinMarkdown([lead, joinMarkdown(all, "\n- ")], "\n\n- ");
}

function withMore(names: readonly Markdown[], more: number): Markdown {
  return joinMarkdown([joinMarkdown(names, ", "), ...(more > 0 ? [markdown`${String(more)} more`] : [])], " and ");
}

const inOrder: readonly DevinfoEntityType[] = ["pull_request", "branch", "commit"];

/** `1 pull request, 3 commits`. */
export function countsOf(entities: readonly { readonly type: DevinfoEntityType }[]): Markdown {
  const counts = inOrder.map((type) => [type, entities.filter((entity) => entity.type === type).length] as const);
  return markdown`${counts.flatMap(([type, count]) => (count === 0 ? [] : [`${count} ${plural(type, count)}`])).join(", ")}`;
}

const nouns: Readonly<Record<DevinfoEntityType, readonly [one: string, several: string]>> = {
  commit: ["commit", "commits"],
  branch: ["branch", "branches"],
  pull_request: ["pull request", "pull requests"],
};

export function nounOf(type: DevinfoEntityType): string {
  return nouns[type][0];
}

function plural(type: DevinfoEntityType, count: number): string {
  const [one, several] = nouns[type];
  return count === 1 ? one : several;
}

/** Of `UNKNOWN` nothing is known. */
const statusWords: Readonly<Partial<Record<DevinfoPullRequest["status"], string>>> = {
  OPEN: "open",
  MERGED: "merged",
  DECLINED: "declined",
  DRAFT: "draft",
};

/** One entity, linked, in the words of its type. */
export function entityLine({ type, status, words }: Pick<CardEntity, "type" | "status" | "words">): Markdown {
  if (words === undefined) return markdown`${nounOf(type)}`;
  const { label, url, title, author } = words;
  const name = linkTo(label, url);
  const called = type === "commit" ? name : markdown`${nounOf(type)} ${name}`;
  const word = status === undefined ? undefined : statusWords[status];
  const stated = word === undefined ? called : markdown`${called} ${word}`;
  const titled = title === undefined || title === "" ? stated : markdown`${stated}${type === "commit" ? " " : ": "}${title}`;
  return author === undefined ? titled : markdown`${titled} (${author})`;
}

/** What is no web address is none to follow. */
function linkTo(label: string, url: string | undefined): Markdown {
  const name = label === "" ? "unnamed" : label;
  return url === undefined || parseHttpUrl(url) === undefined ? markdown`${name}` : markdownLink(name, url);
}
