import type { RoomEventAnswer, RoomEventCall, RoomListener } from "../../core/room-listener.js";
import type { ServiceContext } from "../../core/service.js";
import type { MarkdownRenderer } from "../../shared/markdown.js";
import { answerHotlink, mayHoldHotlink } from "./hotlinks.js";
import { carryReaction, isMeantReaction } from "./reactions.js";
import { isReview, submitReview } from "./reviews.js";
import type { GitHubConfig } from "./schema.js";
import type { GitHubParts } from "./session.js";
import { isElsewhere } from "./state-site.js";

/** What people do in a room with a repository besides commands: reactions, reviews by reply, issues named in messages (reference 2.3). */
export function repositoryListener(parts: GitHubParts, renderer: MarkdownRenderer): RoomListener<GitHubConfig> {
  async function handle(call: RoomEventCall, context: ServiceContext<GitHubConfig>): Promise<RoomEventAnswer> {
    const { event, connection } = call;
    // Neither people's logins nor the App count there.
    if (isElsewhere(connection.state, context.config)) return { isHandled: false };
    if (isMeantReaction(event)) return carryReaction(parts, call, context);
    const review = isReview(event) ? await submitReview(parts, renderer, call, context) : { isHandled: false };
    if (review.isHandled) return review;
    const message = await answerHotlink(parts, renderer, event, connection, context);
    return message === undefined ? { isHandled: false } : { isHandled: true, messages: [message] };
  }
  return {
    hears: (event, connection) => isMeantReaction(event) || isReview(event) || mayHoldHotlink(event, connection),
    handle,
  };
}
