import { markdown, type Markdown } from "../../shared/markdown.js";
import type { SaidPayload } from "./schema.js";

/** What stands in a `markdown` template is ours, and what is put into it comes from outside and stays text. */
export function saidText({ channel, text }: SaidPayload): Markdown {
  return markdown`**${channel}**: ${text}`;
}
