import { joinMarkdown, markdown, markdownLink, type Markdown } from "../../shared/markdown.js";
import { parseHttpUrl } from "../../shared/url.js";
import { wellFormed } from "../../shared/well-formed.js";

const nothing: Markdown = { text: "", source: "" };
const lineBreak: Markdown = { text: "\n", source: "\\\n" };

/** Blocks one below the other, those without any text left out. */
export function paragraphs(blocks: readonly (Markdown | undefined)[]): Markdown {
  return join(blocks, { text: "\n\n", source: "\n\n" });
}

/** Lines of one block. */
export function lines(parts: readonly (Markdown | undefined)[]): Markdown {
  return join(parts, lineBreak);
}

function join(parts: readonly (Markdown | undefined)[], between: Markdown): Markdown {
  const there = parts.filter((part) => part !== undefined).filter(({ text }) => text.trim() !== "");
  return there.reduce((before, part, index) => (index === 0 ? part : concatenate(before, between, part)), nothing);
}

function concatenate(...parts: readonly Markdown[]): Markdown {
  return { text: parts.map(({ text }) => text).join(""), source: parts.map(({ source }) => source).join("") };
}

/** Outside text that keeps its lines; `inline` makes one of them. */
export function outsideLines(text: string, inline: (line: string) => Markdown = (line) => markdown`${line}`): Markdown {
  const [first = nothing, ...others] = text
    .trim()
    .split(/\r\n?|\n/)
    .map(inline);
  return others.reduce((before, line) => concatenate(before, lineBreak, line), first);
}

export function bold(part: Markdown): Markdown {
  return part.text.trim() === "" ? nothing : markdown`**${part}**`;
}

/** A link, where the address is one of the web; else only the label. */
export function webLink(label: string, url: string | undefined): Markdown {
  const address = parseHttpUrl(url);
  return address === undefined ? markdown`${label}` : markdownLink(label, address.href);
}

/** Text that is Markdown already, by its sender's choice. HTML in it is shown, and pictures become links: clients do not load them. */
export function ownMarkdown(text: string): Markdown {
  const words = wellFormed(text);
  return { text: words, source: words.replaceAll("![", "\\![") };
}

/** Outside text as a block of code. */
export function codeBlock(text: string): Markdown {
  const code = wellFormed(text).replace(/^\n|\n$/g, "");
  const fence = "`".repeat(Math.max(2, ...Array.from(code.matchAll(/`+/g), ([run]) => run.length)) + 1);
  return { text: `\`\`\`\n${code}\n\`\`\``, source: `${fence}\n${code}\n${fence}` };
}

/** `**name**: ` before what somebody says. */
export function spokenBy(name: string | undefined, said: Markdown): Markdown {
  if (name === undefined || name.trim() === "") return said;
  const speaker = markdown`**${name.trim()}**:`;
  // Code and rules begin a line of their own.
  return /^(?:```|---)/.test(said.source) ? paragraphs([speaker, said]) : joinMarkdown([speaker, said], " ");
}
