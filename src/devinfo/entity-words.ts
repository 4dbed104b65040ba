import type { DevinfoPerson } from "../core/devinfo.js";
import type { ShownDevinfo } from "../core/devinfo-entry.js";
import { parseHttpUrl } from "../shared/url.js";
import { cardText } from "../vocabulary/card-text.js";
import type { EntityWords } from "../vocabulary/devinfo-card.js";

/** Characters of texts from outside; a message has many of them. */
const longestTitle = 160;
const longestLabel = 100;
export const longestName = 100;
const longestUrl = 1_000;

/** How an entity is called, from outside texts: on one line, and cut. */
export function wordsOf(shown: ShownDevinfo): EntityWords {
  switch (shown.type) {
    case "commit": {
      const { displayId, id, message, author, url } = shown.entity;
      return { label: labelOf(displayId, id), title: cardText(firstLine(message), longestTitle), ...nameOf(author), ...linkable(url) };
    }
    case "branch": {
      const { name, id, url } = shown.entity;
      return { label: labelOf(name, id), ...linkable(url) };
    }
    case "pull_request": {
      const { displayId, id, title, author, url } = shown.entity;
      return { label: labelOf(displayId, id), title: cardText(title, longestTitle), ...nameOf(author), ...linkable(url) };
    }
  }
}

/** What is no web address, or longer than any message should have, is left out. It comes without characters that no address may hold. */
export function linkable(url: string | undefined): { readonly url?: string } {
  const address = url === undefined || url.length > longestUrl ? undefined : parseHttpUrl(url)?.href;
  return address === undefined || address.length > longestUrl ? {} : { url: address };
}

function labelOf(name: string, id: string): string {
  const label = cardText(name, longestLabel);
  return label === "" ? cardText(id, longestLabel) : label;
}

function firstLine(message: string): string {
  return message.trimStart().split(/[\r\n]/, 1)[0] ?? "";
}

/** Addresses of people are nobody's to read in a room. */
function nameOf({ name, username }: DevinfoPerson): { readonly author?: string } {
  const author = cardText(name ?? username ?? "", longestName);
  return author === "" ? {} : { author };
}
