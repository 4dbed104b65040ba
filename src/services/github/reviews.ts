import { StorageError, SwitchboardError } from "../../core/errors.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import { notice, reaction } from "../../core/message.js";
import type { RoomEventAnswer, RoomEventCall } from "../../core/room-listener.js";
import type { ServiceContext } from "../../core/service.js";
import { markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import { sentence } from "../../shared/sentence.js";
import { wellFormed } from "../../shared/well-formed.js";
import type { ReviewEvent } from "./client.js";
import { relatedPullRequest } from "./listener-target.js";
import { ownMember } from "../../shared/own-member.js";
import { isEdit, withoutFallback } from "./room-event.js";
import type { GitHubConfig } from "./schema.js";
import { requirePerson, type GitHubParts } from "./session.js";

interface Review {
  readonly event: ReviewEvent;
  readonly body: string;
}

/** What the first word of a reply means, without variation selectors (reference 2.3). */
const verdicts: ReadonlyMap<string, ReviewEvent> = new Map([
  ...["✅", "✔", "☑"].map((word) => [word, "APPROVE"] as const),
  ...["🔴", "🚫", "⛔"].map((word) => [word, "REQUEST_CHANGES"] as const),
]);

/** Is it a reply that begins as a review does? */
export function isReview(event: MatrixEvent): boolean {
  return readReview(event) !== undefined;
}

/** Reviews the pull request that a replied-to message is about, as the person who replies. */
export async function submitReview(
  parts: GitHubParts,
  renderer: MarkdownRenderer,
  call: RoomEventCall,
  context: ServiceContext<GitHubConfig>,
): Promise<RoomEventAnswer> {
  const review = readReview(call.event);
  const pull = review && (await relatedPullRequest(call));
  if (review === undefined || pull === undefined) return { isHandled: false };
  try {
    const link = await requirePerson(parts, call.actor, context);
    await call.begin();
    await parts.client.createReview(link, pull, review);
    return { isHandled: true };
  } catch (error) {
    return failed(error, call.event, renderer);
  }
}

/** In Hookshot's words; the message says what to do. The disk is waited for. */
function failed(error: unknown, event: MatrixEvent, renderer: MarkdownRenderer): RoomEventAnswer {
  if (!(error instanceof SwitchboardError) || error instanceof StorageError) throw error;
  const text = markdown`Failed to submit review: ${sentence(error.message)}`;
  const told = notice(text.text, renderer.inline(text), { "m.mentions": {} });
  return { isHandled: true, messages: [reaction(event.event_id, "⛔"), told] };
}

function readReview(event: MatrixEvent): Review | undefined {
  const { msgtype, body } = event.content;
  if (event.type !== "m.room.message" || msgtype !== "m.text" || typeof body !== "string" || !isReply(event)) return undefined;
  const text = wellFormed(withoutFallback(body)).trim();
  const [word = ""] = /^\S{1,8}/u.exec(text) ?? [];
  const verdict = verdicts.get(word.replaceAll("\uFE0F", ""));
  return verdict && { event: verdict, body: text.slice(word.length).trim() };
}

/** What stands in a thread is none by itself, although it names an event for clients that know no threads. */
function isReply(event: MatrixEvent): boolean {
  const relation = event.content["m.relates_to"];
  const replied = ownMember(ownMember(relation, "m.in_reply_to"), "event_id");
  return typeof replied === "string" && ownMember(relation, "is_falling_back") !== true && !isEdit(event);
}
