import { joinMarkdown, markdown, type Markdown } from "./markdown.js";
import { wellFormed } from "./well-formed.js";

/** Something to type, as code. The fence is longer than any run of backticks in it (CommonMark 0.31, section 6.1). */
export function code(typed: string): Markdown {
  const text = wellFormed(typed).replace(/\s+/g, " ");
  const longestRun = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longestRun + 1);
  const edge = /^`|`$/.test(text) ? " " : "";
  return { text: `\`${text}\``, source: `${fence}${edge}${text}${edge}${fence}` };
}

/** Text in which backticks enclose what is to be typed, such as the message of an expected error; all else in it is outside text. */
export function sentence(message: string): Markdown {
  const parts = message.split(/`([^`]+)`/).map((part, index) => (index % 2 === 1 ? code(part) : markdown`${part}`));
  return joinMarkdown(parts, "");
}
