import type { Connection, ConnectionState } from "../../core/connection.js";
import { ValidationError } from "../../core/errors.js";
import { reaction } from "../../core/message.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { RoomEventAnswer, RoomEventCall, RoomListener } from "../../core/room-listener.js";
import type { ConnectionKind, LateRendering, Rendered, ServiceContext } from "../../core/service.js";
import type { GitHubEvent, IssueCommented } from "./events.js";
import { ghostOf } from "./ghosts.js";
import { isTold, readBook, withTold, writeBook, type IssueRoomBook } from "./issue-room-book.js";
import { issueKindId, issueOfState, issueStateSchema, issueStateTypes } from "./issue-room-state.js";
import { askForSync, commentMessage, commentOccasion, nameIssueRoom, setStateIfAllowed, syncIssueRoom } from "./issue-room-sync.js";
import { syncEventName } from "./issue-room-waiting.js";
import { findOwnComment } from "./own-comments.js";
import { isSameRepository, nameOf, parseIssueName, type IssueName } from "./repository-name.js";
import { isSaid, toComment } from "./room-comment.js";
import { roomGrant } from "./room-grants.js";
import type { RoomParts } from "./room-parts.js";
import { issueKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";
import { sendComment } from "./send-comment.js";
import { siteOf } from "./site.js";

type Context = ServiceContext<GitHubConfig>;

/** What brings a room up to date by hand. */
const syncWord = "!sync";
/** What a room was told when it was filled may still be on its way for so long; what comes meanwhile goes behind it. */
const fillingMs = 60_000;

/** "This room is that issue": what is said here is said there, and the other way round (Hookshot reference 2.4). */
export function createIssueKind(parts: RoomParts): ConnectionKind<GitHubConfig> {
  return {
    id: issueKindId,
    title: "GitHub issue",
    stateTypes: issueStateTypes,
    stateSchema: issueStateSchema,
    remoteKeys: (state) => [keyOf(requireIssue(state))],
    resourceKey: (state) => keyOf(requireIssue(state)),
    describe,
    isNamed: (state, stateKey, typed, remoteName, { config }) => stateKey === typed || isNamed(state, typed, remoteName, config),
    // Hookshot asks for none (reference 7): whoever can write state then reads what the App can, private repositories included.
    grant: (state) => roomGrant(issueStateTypes, String(state["org"]), String(state["repo"])),
    render,
    renderLater: (event, connection, context) => renderLater(parts, event, connection, context),
    changed: async (connection, before, context) => {
      if (before === undefined) await askForSync(connection, `made by ${connection.eventId}`, context);
    },
    listener: issueListener(parts),
  };
}

function keyOf(issue: IssueName): string {
  return issueKey(issue, issue.number);
}

/** @throws ValidationError for what the schema cannot say; the connection is not loaded then */
function requireIssue(state: ConnectionState): IssueName {
  const issue = issueOfState(state);
  if (issue === undefined) throw new ValidationError("'org', 'repo' and 'issues' must name an issue at GitHub");
  return issue;
}

/** Also called for state that was not loaded. */
function describe(state: ConnectionState, stateKey: string): { readonly name: string } {
  const issue = issueOfState(state);
  return { name: issue === undefined ? stateKey : `${nameOf(issue)}#${issue.number}` };
}

function isNamed(state: ConnectionState, typed: string, remoteName: string | undefined, config: GitHubConfig): boolean {
  const issue = issueOfState(state);
  const site = siteOf(config);
  const named = parseIssueName(typed, site);
  const isHere = remoteName === undefined || remoteName.toLowerCase() === new URL(site.webUrl).host;
  return isHere && issue !== undefined && named?.number === issue.number && isSameRepository(issue, named);
}

function render(event: RemoteEvent, { state }: Connection): Rendered {
  const issue = issueOfState(state);
  if (issue === undefined || !event.routingKeys.includes(keyOf(issue))) return { kind: "ignored", reason: "it is about another issue" };
  switch (event.name) {
    case syncEventName:
    case "issue_comment.created":
    case "issues.edited":
    case "issues.closed":
    case "issues.reopened":
    case "pull_request.closed":
    case "pull_request.reopened":
      return { kind: "later" };
    default:
      return { kind: "ignored", reason: "it is told in rooms that are connected to the repository" };
  }
}

async function renderLater(parts: RoomParts, event: RemoteEvent, connection: Connection, context: Context): Promise<LateRendering> {
  if (event.name === syncEventName) return syncIssueRoom(parts, event, connection, context);
  // The webhook made it, and `render` let it through.
  const gitHubEvent = event.payload as GitHubEvent;
  if (gitHubEvent.name === "issue_comment.created") return tellComment(parts, event, connection, context);
  if (gitHubEvent.name !== "issues.edited") return syncIssueRoom(parts, event, connection, context);
  const { repository, issue } = gitHubEvent;
  await nameIssueRoom(connection, { ...repository, number: issue.number }, issue.title, context);
  return { kind: "ignored", reason: "the room's name says it" };
}

async function tellComment(parts: RoomParts, event: RemoteEvent, connection: Connection, context: Context): Promise<LateRendering> {
  // `renderLater` looked at its name.
  const commented = event.payload as IssueCommented;
  const { commentId: id, commentUrl: url, comment: body = "", author: login, authorAvatarUrl } = commented;
  if (id === undefined) return { kind: "ignored", reason: "GitHub did not say which comment it is" };
  const book = await readBook(connection, context);
  if (book?.loadedAt === undefined) return syncIssueRoom(parts, event, connection, context);
  if (isTold(book, id)) return { kind: "ignored", reason: "the room was told already" };
  const told = withTold(book, id);
  const own = await findOwnComment(connection.id, { id, body }, context);
  await countComments(connection, told, context);
  const changes = [writeBook(connection, told, context), ...(own ?? [])];
  if (own !== undefined) return { kind: "ignored", reason: "it was written in this room", changes };
  const author = { login, ...(authorAvatarUrl === undefined ? {} : { avatarUrl: authorAvatarUrl }) };
  const as = ghostOf(author, context);
  const message = await commentMessage(parts, { ...commented, author, comment: { id, url, body } }, context);
  if (context.now() - book.loadedAt >= fillingMs)
    return { kind: "messages", messages: [message], ...(as === undefined ? {} : { as }), changes };
  await context.rooms.say(commentOccasion(connection, id), connection.roomId, message, as);
  return { kind: "ignored", reason: "it was said behind what the room was filled with", changes };
}

/** The state event counts along, so that another program could take over. */
async function countComments(
  { roomId, eventType, stateKey, state }: Connection,
  { count }: IssueRoomBook,
  context: Context,
): Promise<void> {
  const before = (await context.rooms.readState(roomId, eventType, stateKey)) ?? state;
  if (before["comments_processed"] === count) return;
  await setStateIfAllowed(roomId, eventType, stateKey, { ...before, comments_processed: count }, context);
}

/** What people say in the room becomes a comment, as themselves. */
function issueListener(parts: RoomParts): RoomListener<GitHubConfig> {
  async function handle(call: RoomEventCall, context: Context): Promise<RoomEventAnswer> {
    const { event, connection } = call;
    const issue = issueOfState(connection.state);
    if (issue === undefined) return { isHandled: false };
    if (event.content["body"] === syncWord) {
      await askForSync(connection, `asked for by ${event.event_id}`, context);
      return { isHandled: true, messages: [reaction(event.event_id, "✅")] };
    }
    const body = toComment(event, context);
    const notBridged = { isHandled: true, messages: [reaction(event.event_id, "⚠️ Not bridged")] };
    if (body === "") return notBridged;
    return sendComment(
      { parts, call, body, whenNotLoggedIn: notBridged, send: (link) => parts.client.addComment(link, issue, body) },
      context,
    );
  }
  return { hears: isSaid, handle };
}
