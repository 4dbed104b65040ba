import { markdown, type Markdown } from "../../shared/markdown.js";
import { code } from "../../shared/sentence.js";
import { bold, codeBlock, outsideLines, paragraphs, webLink } from "./markdown-parts.js";

/** Slack's own limit for a text. */
const longestText = 40_000;
/** `*bold _and italic_*` is as deep as anybody goes. */
const deepest = 4;

const spans =
  /`([^`]+)`|<([^<>]+)>|(?<![\p{L}\p{N}*])\*(?! )([^*]+?)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?! )([^_]+?)_(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}~])~(?! )([^~]+?)~(?![\p{L}\p{N}~])/gu;

/** Slack's `mrkdwn` (api.slack.com/reference/surfaces/formatting) as Markdown. */
export function fromMrkdwn(text: string): Markdown {
  const blocks = text.slice(0, longestText).split("```");
  // Between an opening and a closing fence; one that is never closed is text.
  const isCode = (index: number): boolean => index % 2 === 1 && index < blocks.length - 1;
  return paragraphs(
    blocks.map((block, index) => (isCode(index) ? codeBlock(plainText(block)) : outsideLines(block, (line) => fromLine(line)))),
  );
}

/** Text in which Slack gives a meaning to nothing but entities. */
export function plainText(text: string): string {
  return text.replace(/&(lt|gt|amp);/g, (_, name: string) => (name === "lt" ? "<" : name === "gt" ? ">" : "&"));
}

function fromLine(line: string, depth = 0): Markdown {
  const parts: Markdown[] = [];
  let at = 0;
  for (const found of line.matchAll(spans)) {
    parts.push(markdown`${plainText(line.slice(at, found.index))}`, fromSpan(found, depth));
    at = found.index + found[0].length;
  }
  parts.push(markdown`${plainText(line.slice(at))}`);
  return { text: parts.map(({ text }) => text).join(""), source: parts.map(({ source }) => source).join("") };
}

function fromSpan([whole, typed, reference, strong, emphasised, struck]: RegExpExecArray, depth: number): Markdown {
  if (typed !== undefined) return code(plainText(typed));
  if (reference !== undefined) return fromReference(reference);
  if (depth >= deepest) return markdown`${plainText(whole)}`;
  if (strong !== undefined) return bold(fromLine(strong, depth + 1));
  if (emphasised !== undefined) return markdown`_${fromLine(emphasised, depth + 1)}_`;
  return markdown`~~${fromLine(struck ?? "", depth + 1)}~~`;
}

/** What stands in angle brackets: a link, or somebody or something at Slack, who is called by name and not alerted. */
function fromReference(reference: string): Markdown {
  const [target = "", label] = plainText(reference).split("|", 2);
  if (/^https?:/i.test(target)) return webLink(label || target, target);
  if (/^mailto:/i.test(target)) return markdown`${label || target.slice("mailto:".length)}`;
  const [, sigil = "", name = target] = /^([@#!])(.*)$/s.exec(target) ?? [];
  return markdown`${label || `${sigil === "#" ? "#" : "@"}${name.replace(/^subteam\^/, "")}`}`;
}
