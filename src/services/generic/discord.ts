import { joinMarkdown, markdown, type Markdown } from "../../shared/markdown.js";
import { decodeJson } from "./decode-json.js";
import { bold, lines, ownMarkdown, paragraphs, spokenBy, webLink } from "./markdown-parts.js";
import { ownList, ownMember, ownText } from "../../shared/own-member.js";

/** Discord's own limits. */
const mostEmbeds = 10;
const mostFields = 25;
const longestText = 10_000;

/**
 * What a payload for a Discord webhook says (discord.com/developers/docs/resources/webhook): content, then embeds. Both are Markdown there, too.
 * @returns undefined when it says nothing that we can read
 */
export function discordText(data: unknown): Markdown | undefined {
  const payload = unwrap(data);
  const content = ownText(payload, "content");
  const said = paragraphs([
    content === undefined ? undefined : fromDiscord(content),
    ...ownList(payload, "embeds").slice(0, mostEmbeds).map(embedText),
  ]);
  return said.text === "" ? undefined : spokenBy(ownText(payload, "username"), said);
}

/** Senders of files put the JSON into the field `payload_json` of a form. */
function unwrap(data: unknown): unknown {
  const inForm = ownText(data, "payload_json");
  if (inForm === undefined) return data;
  try {
    return decodeJson(inForm);
  } catch {
    return data;
  }
}

function embedText(embed: unknown): Markdown | undefined {
  const author = ownMember(embed, "author");
  const [authorName, title, description, footer] = [
    ownText(author, "name"),
    ownText(embed, "title"),
    ownText(embed, "description"),
    ownText(ownMember(embed, "footer"), "text"),
  ];
  return paragraphs([
    lines([
      authorName === undefined ? undefined : webLink(authorName, ownText(author, "url")),
      title === undefined ? undefined : bold(webLink(title, ownText(embed, "url"))),
    ]),
    description === undefined ? undefined : fromDiscord(description),
    lines(ownList(embed, "fields").slice(0, mostFields).map(fieldText)),
    footer === undefined ? undefined : markdown`${footer}`,
  ]);
}

function fieldText(field: unknown): Markdown | undefined {
  const [name, value] = [ownText(field, "name"), ownText(field, "value")];
  if (name === undefined || value === undefined) return undefined;
  // A field's value may have lines of its own; within a list of fields they are words.
  return joinMarkdown([bold(markdown`${name}`), ownMarkdown(inDiscordWords(value).replace(/\s+/g, " "))], ": ");
}

function fromDiscord(text: string): Markdown {
  return ownMarkdown(inDiscordWords(text));
}

/** Emoji, people and channels of Discord by their names, as far as the text has them; nobody is alerted. */
function inDiscordWords(text: string): string {
  return text
    .slice(0, longestText)
    .replace(/<a?(:\w{2,32}:)\d{1,25}>/g, "$1")
    .replace(/<@[!&]?(\d{1,25})>/g, "@$1")
    .replace(/<#(\d{1,25})>/g, "#$1");
}
