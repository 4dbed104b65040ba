import { joinMarkdown, markdown, markdownLink, type Markdown } from "../shared/markdown.js";
import { parseHttpUrl } from "../shared/url.js";

/** A name that leads somewhere. What is no web address is shown as text: such a link could run something in a client. */
export function linkTo(name: string, url: string): Markdown {
  return parseHttpUrl(url) === undefined ? markdown`${name} (${url})` : markdownLink(name, url);
}

/** A lead and, if there are any, items below it. */
export function list(lead: Markdown, items: readonly Markdown[]): Markdown {
  if (items.length === 0) return lead;
  return markdown`${lead}\n\n${joinMarkdown(
    items.map((item) => markdown`- ${item}`),
    "\n",
  )}`;
}
