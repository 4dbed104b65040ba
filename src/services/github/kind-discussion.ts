import type { Connection, ConnectionState } from "../../core/connection.js";
import { NotFoundError, ValidationError } from "../../core/errors.js";
import { notice } from "../../core/message.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { RoomEventAnswer, RoomEventCall, RoomListener } from "../../core/room-listener.js";
import type { ConnectionKind, LateRendering, Rendered, ServiceContext } from "../../core/service.js";
import { escapeHtml } from "../../shared/markdown.js";
import { wellFormed } from "../../shared/well-formed.js";
import type { GitHubLink } from "./access.js";
import { discussionAuthor, discussionOpenedName, type OpenedDiscussion } from "./discussion-rooms.js";
import type { DiscussionChanged } from "./events.js";
import { ghostOf, type Person } from "./ghosts.js";
import { repositoryContent } from "./messages-parts.js";
import { findOwnComment } from "./own-comments.js";
import { nameOf, type IssueName } from "./repository-name.js";
import { isSaid, toComment } from "./room-comment.js";
import { roomGrant } from "./room-grants.js";
import type { RoomParts } from "./room-parts.js";
import { discussionOfState, discussionStateSchema, discussionStateTypes } from "./room-states.js";
import { spoken } from "./room-text.js";
import { discussionKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";
import { sendComment } from "./send-comment.js";

type Context = ServiceContext<GitHubConfig>;

/** "This room is that discussion" (Hookshot reference 2.5). */
export function createDiscussionKind(parts: RoomParts): ConnectionKind<GitHubConfig> {
  return {
    id: "discussion",
    title: "GitHub discussion",
    stateTypes: discussionStateTypes,
    stateSchema: discussionStateSchema,
    remoteKeys: (state) => [keyOf(requireDiscussion(state))],
    resourceKey: (state) => keyOf(requireDiscussion(state)),
    describe,
    isNamed: (state, stateKey, typed) => typed.toLowerCase() === describe(state, stateKey).name.toLowerCase(),
    grant: (state) => roomGrant(discussionStateTypes, String(state["owner"]), String(state["repo"])),
    render,
    renderLater: (event, connection, context) => renderLater(parts, event, connection, context),
    listener: discussionListener(parts),
  };
}

function keyOf(discussion: IssueName): string {
  return discussionKey(discussion, discussion.number);
}

/** @throws ValidationError for what the schema cannot say; the connection is not loaded then */
function requireDiscussion(state: ConnectionState): IssueName {
  const discussion = discussionOfState(state);
  if (discussion === undefined) throw new ValidationError("'owner', 'repo' and 'discussion' must name a discussion at GitHub");
  return discussion;
}

/** Also called for state that was not loaded. */
function describe(state: ConnectionState, stateKey: string): { readonly name: string } {
  const discussion = discussionOfState(state);
  return { name: discussion === undefined ? stateKey : `${nameOf(discussion)} discussion ${discussion.number}` };
}

function render(event: RemoteEvent, { state }: Connection): Rendered {
  const discussion = discussionOfState(state);
  if (discussion === undefined || !event.routingKeys.includes(keyOf(discussion))) {
    return { kind: "ignored", reason: "it is about another discussion" };
  }
  if (event.name === discussionOpenedName || event.name === "discussion_comment.created") return { kind: "later" };
  return { kind: "ignored", reason: "the room's first message says it" };
}

async function renderLater(parts: RoomParts, event: RemoteEvent, connection: Connection, context: Context): Promise<LateRendering> {
  // We made it, in the same shape as the webhook makes the other one.
  const { repository, discussion, comment } = event.payload as OpenedDiscussion & Pick<DiscussionChanged, "comment">;
  if (comment === undefined) {
    if (discussion.body === undefined) return { kind: "ignored", reason: "the discussion has no words but its title" };
    const content = { external_url: wellFormed(discussion.url), ...repositoryContent(repository) };
    return say(parts, discussionAuthor(discussion), discussion.body, content, context);
  }
  const own = await findOwnComment(connection.id, comment, context);
  if (own !== undefined) return { kind: "ignored", reason: "it was written in this room", changes: own };
  const { id, author: login, authorAvatarUrl, body, url } = comment;
  const author = { login, ...(authorAvatarUrl === undefined ? {} : { avatarUrl: authorAvatarUrl }) };
  const content = {
    external_url: wellFormed(url),
    ...repositoryContent(repository),
    "uk.half-shot.matrix-hookshot.github.discussion.comment_id": id,
  };
  return say(parts, author, body, content, context);
}

async function say(
  { toRoomText }: RoomParts,
  author: Person,
  source: string,
  content: Readonly<Record<string, unknown>>,
  context: Context,
): Promise<LateRendering> {
  const as = ghostOf(author, context);
  const message = spoken(await toRoomText(source, context), author, as, content);
  return { kind: "messages", messages: [message], ...(as === undefined ? {} : { as }) };
}

/**
 * The state's `internalId` is not believed: whoever may change state could have people speak in another discussion, as themselves.
 * @throws NotFoundError when the person cannot see it; PermissionError, RemoteError
 */
async function comment({ client }: RoomParts, link: GitHubLink, name: IssueName, body: string): Promise<number> {
  const found = await client.discussion(link, name);
  if (found !== undefined) return client.addDiscussionComment(link, found.discussion.nodeId, body);
  throw new NotFoundError(`There is no such discussion at ${link.site.webUrl}, or your account may not see it.`);
}

/** What people say in the room becomes a comment, as themselves. */
function discussionListener(parts: RoomParts): RoomListener<GitHubConfig> {
  async function handle(call: RoomEventCall, context: Context): Promise<RoomEventAnswer> {
    const { event, actor, connection } = call;
    const name = discussionOfState(connection.state);
    const body = toComment(event, context);
    if (name === undefined || body === "") return { isHandled: false };
    // Hookshot's sentence.
    const refusal = `${actor}: Cannot send comment, you are not logged into GitHub`;
    const mention = { "m.mentions": { user_ids: [actor] } };
    const whenNotLoggedIn = { isHandled: true, messages: [notice(refusal, escapeHtml(refusal), mention)] };
    return sendComment({ parts, call, body, whenNotLoggedIn, send: (link) => comment(parts, link, name, body) }, context);
  }
  return { hears: isSaid, handle };
}
