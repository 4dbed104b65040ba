import { RemoteError } from "../../core/errors.js";
import type { RoomEventAnswer, RoomEventCall } from "../../core/room-listener.js";
import type { ServiceContext } from "../../core/service.js";
import type { GitHubLink } from "./access.js";
import { commentMade, commentNotMade, noteComment } from "./own-comments.js";
import type { RoomParts } from "./room-parts.js";
import type { GitHubConfig } from "./schema.js";
import { findPerson } from "./session.js";

interface Sending {
  readonly parts: RoomParts;
  readonly call: RoomEventCall;
  /** What is sent, as GitHub tells it back. */
  readonly body: string;
  readonly whenNotLoggedIn: RoomEventAnswer;
  /** @returns the comment's id */
  readonly send: (link: GitHubLink) => Promise<number>;
}

/**
 * Makes what somebody said in a room a comment of theirs, and keeps which one it is, so that the room is not told of it.
 * @throws PermissionError when their login cannot be used any more; RemoteError
 */
export async function sendComment(
  { parts, call, body, whenNotLoggedIn, send }: Sending,
  context: ServiceContext<GitHubConfig>,
): Promise<RoomEventAnswer> {
  const { event, actor, connection } = call;
  const link = await findPerson(parts.gitHub, actor, context);
  if (link === undefined) return whenNotLoggedIn;
  await noteComment(connection.id, event.event_id, body, context);
  await call.begin();
  const id = await send(link).catch(async (error: unknown) => {
    const mayBeMade = error instanceof RemoteError && error.outcomeUnknown;
    if (!mayBeMade) await context.commit(commentNotMade(connection.id, event.event_id, context));
    throw error;
  });
  // At once, and not with the end of the work: GitHub's own word of the comment may be here already.
  await context.commit(commentMade(connection.id, event.event_id, id, context));
  return { isHandled: true };
}
