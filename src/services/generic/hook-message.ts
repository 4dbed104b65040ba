import type { RoomMessage } from "../../core/message.js";
import type { Markdown } from "../../shared/markdown.js";
import { canHaveHtml, toMessage } from "./content.js";
import type { Mentions } from "./function-result.js";
import type { WordingInput } from "./hook-parts.js";
import type { Words } from "./messages.js";

export type Said =
  /** Words as the sender or a function chose them. */
  | {
      readonly words: Words;
      readonly msgtype?: string;
      readonly mentions?: Mentions;
      readonly showUrlPreviews?: boolean;
    }
  /** Words that we made of what the sender sent: outside text in them is escaped. */
  | { readonly text: Markdown };

/** The message of a request, with its payload where the hook carries it (reference 2.9). */
export function messageFor(said: Said, input: Pick<WordingInput, "call" | "state" | "context" | "parts">): RoomMessage {
  const { call, state, context, parts } = input;
  const data = (state.includeHookBody ?? context.config.includeHookBody) ? { data: call.data } : {};
  if ("text" in said) {
    const { text } = said.text;
    const words = canHaveHtml(text) ? { plain: text, html: parts.renderer.block(said.text).trim() } : { plain: text };
    return toMessage({ words, ...data, extra: { "m.mentions": {} } }, parts.renderer);
  }
  const { words, msgtype, mentions, showUrlPreviews } = said;
  const extra = mentions === undefined ? {} : { extra: { "m.mentions": mentions } };
  const message = toMessage({ words, ...data, ...(msgtype === undefined ? {} : { msgtype }), ...extra }, parts.renderer);
  return showUrlPreviews === undefined ? message : { ...message, showUrlPreviews };
}
