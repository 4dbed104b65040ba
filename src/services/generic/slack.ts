import { joinMarkdown, markdown, type Markdown } from "../../shared/markdown.js";
import { decodeJson } from "./decode-json.js";
import { bold, lines, outsideLines, paragraphs, spokenBy, webLink } from "./markdown-parts.js";
import { ownList, ownMember, ownText } from "../../shared/own-member.js";
import { fromMrkdwn, plainText } from "./slack-markup.js";

const mostBlocks = 50;
const mostFields = 20;

/**
 * What a payload for a Slack webhook says (api.slack.com/messaging/webhooks): text or blocks, then attachments.
 * @returns undefined when it says nothing that we can read
 */
export function slackText(data: unknown): Markdown | undefined {
  const payload = unwrap(data);
  const blocks = ownList(payload, "blocks").slice(0, mostBlocks).map(blockText);
  const text = ownText(payload, "text");
  const said = paragraphs([
    // Where there are blocks, Slack shows the text only in its notifications.
    ...(blocks.some((block) => block !== undefined) ? blocks : [text === undefined ? undefined : fromMrkdwn(text)]),
    ...ownList(payload, "attachments").slice(0, mostBlocks).map(attachmentText),
  ]);
  return said.text === "" ? undefined : spokenBy(ownText(payload, "username"), said);
}

/** Older senders put the JSON into the field `payload` of a form. */
function unwrap(data: unknown): unknown {
  const inForm = ownText(data, "payload");
  if (inForm === undefined) return data;
  try {
    return decodeJson(inForm);
  } catch {
    return data;
  }
}

function attachmentText(attachment: unknown): Markdown | undefined {
  const of = (key: string): string | undefined => ownText(attachment, key)?.trim() || undefined;
  const mrkdwn = (key: string): Markdown | undefined => (of(key) === undefined ? undefined : fromMrkdwn(of(key) ?? ""));
  const title = of("title");
  const blocks = ownList(attachment, "blocks").slice(0, mostBlocks).map(blockText);
  const body = paragraphs([
    mrkdwn("pretext"),
    lines([
      of("author_name") === undefined ? undefined : webLink(of("author_name") ?? "", of("author_link")),
      title === undefined ? undefined : bold(webLink(plainText(title), of("title_link"))),
    ]),
    mrkdwn("text"),
    ...blocks,
    lines(ownList(attachment, "fields").slice(0, mostFields).map(fieldText)),
    mrkdwn("footer"),
  ]);
  // What is meant for where nothing of the above can be shown.
  return body.text === "" ? mrkdwn("fallback") : body;
}

function fieldText(field: unknown): Markdown | undefined {
  const [title, value] = [ownText(field, "title"), ownMember(field, "value")];
  const said = typeof value === "number" ? String(value) : value;
  if (typeof said !== "string") return undefined;
  return title === undefined || title.trim() === ""
    ? fromMrkdwn(said)
    : joinMarkdown([bold(markdown`${plainText(title)}`), fromMrkdwn(said)], ": ");
}

/** A block of Block Kit; undefined for what has no words, such as buttons. */
function blockText(block: unknown): Markdown | undefined {
  switch (ownMember(block, "type")) {
    case "header": {
      const text = textObject(ownMember(block, "text"));
      return text === undefined ? undefined : bold(text);
    }
    case "section":
      return lines([textObject(ownMember(block, "text")), ...ownList(block, "fields").slice(0, mostFields).map(textObject)]);
    case "context":
      return lines(ownList(block, "elements").slice(0, mostFields).map(textObject));
    case "markdown":
      return outsideLines(ownText(block, "text") ?? "");
    case "image":
      return webLink(ownText(block, "alt_text") || "image", ownText(block, "image_url"));
    case "divider":
      return { text: "---", source: "---" };
    case "rich_text":
      return lines(ownList(block, "elements").slice(0, mostBlocks).map(richText));
    default:
      return undefined;
  }
}

/** `{type: "mrkdwn" | "plain_text", text}`, or the words of an image. */
function textObject(object: unknown): Markdown | undefined {
  const text = ownText(object, "text") ?? ownText(object, "alt_text");
  if (text === undefined) return undefined;
  return ownMember(object, "type") === "mrkdwn" ? fromMrkdwn(text) : outsideLines(plainText(text));
}

/** The words of rich text, without its styles; three levels hold a list in a section. */
function richText(element: unknown, _index = 0, _all: readonly unknown[] = [], depth = 0): Markdown | undefined {
  const url = ownText(element, "url");
  const text = ownText(element, "text") ?? ownText(element, "name");
  if (url !== undefined) return webLink(text ?? url, url);
  if (text !== undefined) return outsideLines(text);
  const inner = ownList(element, "elements").slice(0, mostBlocks);
  if (inner.length === 0 || depth > 2) return undefined;
  const parts = inner.map((part, index) => richText(part, index, inner, depth + 1)).filter((part) => part !== undefined);
  return ownMember(element, "type") === "rich_text_list" ? lines(parts.map((part) => markdown`• ${part}`)) : joinMarkdown(parts, "");
}
