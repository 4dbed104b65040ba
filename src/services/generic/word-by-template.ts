import type { LateRendering } from "../../core/service.js";
import { messageFor } from "./hook-message.js";
import type { WordingInput } from "./hook-parts.js";
import { failure, paused } from "./wording-failure.js";
import { readPauseState } from "./wording-pauses.js";

/** The message that a hook's template makes of a request. One that goes over a limit again and again is paused, as functions are. */
export async function wordByTemplate(input: WordingInput): Promise<LateRendering> {
  const { call, state, connection, context, parts } = input;
  const { template = "", templateHtml } = state;
  const pause = await readPauseState(context.store, connection, `${template}\n${templateHtml ?? ""}`);
  if (pause.isPaused) return paused;
  const result = parts.templates.render(template, templateHtml, call.data);
  if (!result.ok) {
    context.log.warn({ connection: connection.id, reason: result.reason }, "A hook's template failed");
    return failure(input, pause, result.isLimit);
  }
  const changes = pause.withinLimits();
  if (result.words.plain.trim() === "") return { kind: "ignored", reason: "its template gives no text", changes };
  // Neither the sender nor the template can alert anybody.
  return { kind: "messages", messages: [messageFor({ words: result.words, mentions: {} }, input)], changes };
}
