import { notice, type RoomMessage } from "../../core/message.js";
import type { LateRendering } from "../../core/service.js";
import { markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import { code } from "../../shared/sentence.js";
import { failed } from "./answers.js";
import { messageFor } from "./hook-message.js";
import type { WordingInput } from "./hook-parts.js";
import { failureWords } from "./messages.js";
import { typedName } from "./typed-name.js";
import type { PauseState } from "./wording-pauses.js";

/** What a request comes to while its hook is paused. */
export const paused: LateRendering = {
  kind: "ignored",
  reason: "the hook is paused, because its function or template went over a limit three times in a row",
  reply: failed,
};

/**
 * What the room and a waiting sender are told of a function or template that failed (reference 2.9).
 * @param isLimit it went over a limit: the third time in a row pauses the hook, and the room is told so
 */
export function failure(input: WordingInput, pause: PauseState, isLimit: boolean): LateRendering {
  const hit = isLimit ? pause.overLimit() : { changes: pause.withinLimits(), pauses: false };
  const message = messageFor({ words: failureWords }, input);
  const messages = hit.pauses ? [message, pauseNotice(input.state.name, input.parts.renderer)] : [message];
  return { kind: "messages", messages, changes: hit.changes, reply: failed };
}

function pauseNotice(name: string, renderer: MarkdownRenderer): RoomMessage {
  const reason = "its function or template took too much time or memory, or gave too much, three times in a row";
  const text = markdown`The webhook **${name}** is paused: ${reason}. Nothing that is sent to it is posted until its settings are changed, or somebody types the command ${code(`webhook resume ${typedName(name)}`)}.`;
  return notice(text.text, renderer.inline(text), { "m.mentions": {} });
}
