import type { Connection, ConnectionState } from "../../core/connection.js";
import { PermissionError, RemoteError } from "../../core/errors.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import { notice, type RoomMessage } from "../../core/message.js";
import type { ServiceContext } from "../../core/service.js";
import { joinMarkdown, markdown, markdownLink, type Markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import type { IssueAnswer } from "./client-schema.js";
import { issueRoomUrl } from "./issue-room-url.js";
import { issueContent } from "./messages-parts.js";
import { nameOf, repositoryName, repositoryOfState, type IssueName } from "./repository-name.js";
import { isEdit } from "./room-event.js";
import type { GitHubConfig } from "./schema.js";
import type { GitHubParts } from "./session.js";

type Context = ServiceContext<GitHubConfig>;

/** What stands before a number that is meant, unless state or configuration say otherwise. */
const usualPrefix = "#";

/** May the message name an issue? A guess where the prefix depends on the configuration: a word that ends in a digit. */
export function mayHoldHotlink(event: MatrixEvent, { state }: Connection): boolean {
  const text = hotlinkText(event);
  if (text === undefined || !/\d/.test(text)) return false;
  const own = settingOf(state["hotlinkIssues"]);
  if (own === undefined) return /\d(?:\s|$)/.test(text);
  return own !== false && findNumber(text, own) !== undefined;
}

/** The issue's name as a notice; undefined when the message names none that there is. */
export async function answerHotlink(
  { client, app }: GitHubParts,
  renderer: MarkdownRenderer,
  event: MatrixEvent,
  { state }: Connection,
  context: Context,
): Promise<RoomMessage | undefined> {
  const name = findIssueName(event, state, context.config);
  if (name === undefined) return undefined;
  try {
    const link = await app.linkFor(name, context);
    const issue = link && (await client.findIssue(link, name));
    return issue && describe(issue, name, state, context, renderer);
  } catch (error) {
    // Nobody asked: the message is as good without.
    if (!(error instanceof RemoteError) && !(error instanceof PermissionError)) throw error;
    context.log.info({ error, issue: `${nameOf(name)}#${name.number}` }, "An issue that a message names could not be read");
    return undefined;
  }
}

function findIssueName(event: MatrixEvent, state: ConnectionState, { defaultOptions }: GitHubConfig): IssueName | undefined {
  const text = hotlinkText(event);
  const prefix = settingOf(state["hotlinkIssues"]) ?? settingOf(defaultOptions?.hotlinkIssues) ?? usualPrefix;
  const repository = repositoryOfState(state);
  if (text === undefined || prefix === false || repository === undefined) return undefined;
  const number = findNumber(text, prefix);
  return number === undefined ? undefined : { ...repository, number };
}

/** The prefix, or false for none; undefined where nothing is said. */
function settingOf(value: unknown): string | false | undefined {
  if (value === false) return false;
  if (value === true) return usualPrefix;
  if (typeof value !== "object" || value === null || !("prefix" in value)) return undefined;
  return typeof value.prefix === "string" ? value.prefix : undefined;
}

/** What people wrote, without what they quote; edits are not answered again. */
function hotlinkText(event: MatrixEvent): string | undefined {
  const { msgtype, body } = event.content;
  const isText = event.type === "m.room.message" && (msgtype === "m.text" || msgtype === "m.emote");
  return isText && typeof body === "string" && !isEdit(event) ? withoutQuotes(body) : undefined;
}

/** Blocks and spans of code, and quoted lines (reference 2.3). */
function withoutQuotes(body: string): string {
  return body
    .replace(/```[^]*?```/g, "")
    .replace(/`[^`]*`/g, "")
    .replace(/^[ \t]*>.*$/gm, "");
}

/** The first number behind the prefix that is a word of its own. */
function findNumber(text: string, prefix: string): number | undefined {
  const escaped = prefix.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  const [, digits] = new RegExp(`(?:^|\\s)${escaped}(\\d{1,10})(?:\\s|$)`).exec(text) ?? [];
  return digits === undefined || Number(digits) === 0 ? undefined : Number(digits);
}

function describe(issue: IssueAnswer, name: IssueName, state: ConnectionState, context: Context, renderer: MarkdownRenderer): RoomMessage {
  const kind = issue.pull_request ? "Pull Request" : "Issue";
  const words = markdown`${kind} ${markdownLink(`#${issue.number}`, issue.html_url)}: ${issue.title} (${issue.state})`;
  const room = issueRoomUrl(name, state, context);
  const text: Markdown = room === undefined ? words : joinMarkdown([words, markdownLink("Issue Room", room)], " ");
  return notice(text.text, renderer.inline(text), { "m.mentions": {}, ...keysOf(issue) });
}

/** Only where GitHub says which repository it is (reference 2.16). */
function keysOf({ repository, id, number, title, html_url: url }: IssueAnswer): Readonly<Record<string, unknown>> {
  const name = repositoryName(repository?.owner?.login, repository?.name);
  if (name === undefined || repository?.id === undefined) return {};
  const full = { ...name, id: repository.id, fullName: repository.full_name ?? nameOf(name), url: repository.html_url ?? "" };
  return issueContent(full, { id, number, title, url, labels: [], assignees: [] });
}
