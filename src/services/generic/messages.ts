import { ownText } from "../../shared/own-member.js";
import { prettyJson } from "./pretty-json.js";

/** What a message says, before it becomes an event: `plain` is Markdown. */
export interface Words {
  readonly plain: string;
  /** Absent or empty: `plain` as HTML. */
  readonly html?: string;
}

// The wording is Hookshot's (reference 2.9): people and programs search for it.
const lead = "Received webhook data:";
/** More than any event takes: what stands behind is cut off (content.ts). */
const longestDump = 65_536;
export const failureWords: Words = { plain: "Webhook received but failed to process via transformation function" };

/**
 * The words for a payload without a function or template, byte for byte as Hookshot has them (reference 2.9, 2.16): text and HTML of the
 * sender are passed on as they are, and clients take out of it what they do not show.
 */
export function payloadWords(payload: unknown): Words {
  if (typeof payload === "string") return { plain: `${lead} ${payload}` };
  const text = ownTextOf(payload, "text");
  return asUser(ownTextOf(payload, "username"), withHtml(text === undefined ? dumpWords(lead, payload) : { plain: text }, payload));
}

/** Something as JSON. The backslashes in the attribute are Hookshot's; clients do not show them, and tests of other programs expect them. */
export function dumpWords(heading: string, value: unknown): Required<Words> {
  const json = prettyJson(value, 2, longestDump);
  return {
    plain: `${heading}\n\n\`\`\`json\n\n${json}\n\n\`\`\``,
    html: `<p>${heading}</p><p><pre><code class=\\"language-json\\">${json}</code></pre></p>`,
  };
}

function withHtml(words: Words, payload: unknown): Words {
  const html = ownTextOf(payload, "html");
  return html === undefined ? words : { ...words, html };
}

function asUser(username: string | undefined, { plain, html }: Words): Words {
  if (username === undefined) return { plain, ...(html === undefined ? {} : { html }) };
  return {
    plain: `**${username}**: ${plain}`,
    ...(html === undefined || html === "" ? {} : { html: `<strong>${username}</strong>: ${html}` }),
  };
}

/** Members of arrays do not count. */
function ownTextOf(payload: unknown, key: string): string | undefined {
  return Array.isArray(payload) ? undefined : ownText(payload, key);
}
