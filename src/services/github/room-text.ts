import MarkdownIt from "markdown-it";
import { RemoteError } from "../../core/errors.js";
import type { Ghost } from "../../core/ghost.js";
import type { RoomMessage } from "../../core/message.js";
import type { ServiceContext } from "../../core/service.js";
import { escapeHtml } from "../../shared/markdown.js";
import { parseHttpUrl } from "../../shared/url.js";
import { wellFormed } from "../../shared/well-formed.js";
import { ghostOf, type Person } from "./ghosts.js";
import type { GitHubConfig } from "./schema.js";

type Context = ServiceContext<GitHubConfig>;

/** What somebody wrote at GitHub, as a room gets it. */
export interface RoomText {
  /** In GitHub's Markdown. */
  readonly body: string;
  readonly html: string;
}

/** Makes room text of GitHub's Markdown: mentions link to ghosts, and pictures are taken to the homeserver (Hookshot reference 2.4). */
export type ToRoomText = (source: string, context: Context) => Promise<RoomText>;

/** Longer texts could never be sent: an event takes 65,536 bytes for both forms together. */
const longestText = 24_576;
const mostPictures = 10;
const pictureTimeoutMs = 5_000;
const mostPictureBytes = 5 * 1_048_576;
/** What a client would run is no picture. */
const pictureTypes: ReadonlyMap<string, string> = new Map([
  ["image/gif", "gif"],
  ["image/jpeg", "jpg"],
  ["image/png", "png"],
  ["image/webp", "webp"],
]);

const mxcAddress = /^mxc:\/\/[\w.:[\]-]+\/[\w-]+$/;
const codeParts = /(```[^]*?```|`[^`\n]*`)/;
const comments = /<!--[^]*?-->/g;
const pictureTag = /<img\b[^>]{0,2000}>/gi;
const picture = /!\[([^\]\n]{0,500})\]\((https?:\/\/[^\s()<>]{1,2000})(?:\s+"[^"\n]{0,500}")?\)/g;
/** A login behind an at sign that neither an address nor a path goes on with. */
const mention = /(^|[^\w/@.`[-])@([A-Za-z0-9](?:[A-Za-z0-9-]{0,98}[A-Za-z0-9])?)(?![\w/@-])/g;

export function createRoomText(): ToRoomText {
  const render = createRenderer();
  return async (source, context) => {
    const text = cut(wellFormed(source).replace(/\r\n?/g, "\n")).replace(comments, "").trim();
    const withPictures = outsideCode(text, (part) => part.replace(pictureTag, toPicture));
    const taken = await takePictures(addressesIn(withPictures), context);
    const body = outsideCode(withPictures, (part) =>
      part.replace(picture, replacePicture(taken)).replace(mention, replaceMention(context)),
    );
    return { body, html: render(body) };
  };
}

/**
 * What somebody said at GitHub, as their ghost says it; where there are no ghosts, the bot names them.
 * @param as undefined where the bot speaks
 */
export function spoken(
  { body, html }: RoomText,
  { login }: Person,
  as: Ghost | undefined,
  extra: Readonly<Record<string, unknown>> = {},
): RoomMessage {
  const lead = as === undefined ? { text: `${login}: `, html: `<strong>${escapeHtml(login)}</strong>: ` } : { text: "", html: "" };
  const formatted = { format: "org.matrix.custom.html", formatted_body: `${lead.html}${html}` };
  return {
    type: "m.room.message",
    content: { msgtype: "m.text", body: `${lead.text}${body}`, ...formatted, "m.mentions": {}, ...extra },
  };
}

/** HTML is shown and not passed through; of pictures only those at the homeserver are shown, others are linked. */
function createRenderer(): (markdown: string) => string {
  const renderer = new MarkdownIt({ breaks: true, linkify: true });
  // Only what begins as an address does.
  renderer.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
  renderer.validateLink = (url) => parseHttpUrl(url) !== undefined || mxcAddress.test(url);
  renderer.renderer.rules.image = (tokens, index) => {
    const token = tokens[index];
    const src = String(token?.attrGet("src") ?? "");
    const alt = escapeHtml(token?.content ?? "");
    if (mxcAddress.test(src)) return `<img src="${escapeHtml(src)}" alt="${alt}">`;
    return `<a href="${escapeHtml(src)}">${alt === "" ? escapeHtml(src) : alt}</a>`;
  };
  return (markdown) => renderer.render(markdown);
}

function outsideCode(text: string, change: (part: string) => string): string {
  return text
    .split(codeParts)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join("");
}

/** GitHub writes uploaded pictures as HTML when it knows their size. */
function toPicture(tag: string): string {
  const src = attributeOf(tag, "src");
  return src === undefined ? tag : `![${(attributeOf(tag, "alt") ?? "").replace(/[[\]\n]/g, " ")}](${src})`;
}

function attributeOf(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"<>]*)"`, "i").exec(tag)?.[1];
}

function addressesIn(text: string): readonly string[] {
  const found = new Set<string>();
  outsideCode(text, (part) => {
    for (const [, , address = ""] of part.matchAll(picture)) found.add(address);
    return part;
  });
  return [...found].slice(0, mostPictures);
}

/** What cannot be taken stays where it is. */
async function takePictures(addresses: readonly string[], context: Context): Promise<ReadonlyMap<string, string>> {
  const taken = await Promise.all(addresses.map(async (address) => [address, await takePicture(address, context)] as const));
  return new Map(taken.flatMap(([address, mxc]) => (mxc === undefined ? [] : [[address, mxc] as const])));
}

/** Somebody at GitHub chose the address: through the guarded client. */
async function takePicture(url: string, { guarded, media, log }: Context): Promise<string | undefined> {
  try {
    const { status, headers, bytes } = await guarded.request({ method: "GET", url, timeoutMs: pictureTimeoutMs });
    const [type = ""] = (headers["content-type"] ?? "").toLowerCase().split(";", 1);
    const ending = pictureTypes.get(type.trim());
    if (status !== 200 || ending === undefined || bytes.length > mostPictureBytes) return undefined;
    return await media.upload(bytes, type.trim(), `picture.${ending}`);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    log.info({ error }, "A picture in a comment could not be taken to the homeserver, so it is linked");
    return undefined;
  }
}

function replacePicture(taken: ReadonlyMap<string, string>): (whole: string, alt: string, address: string) => string {
  return (whole, alt, address) => {
    const mxc = taken.get(address);
    return mxc === undefined ? whole : `![${alt}](${mxc})`;
  };
}

function replaceMention(context: Context): (whole: string, before: string, login: string) => string {
  return (whole, before, login) => {
    const ghost = ghostOf({ login }, context);
    return ghost === undefined ? whole : `${before}[${login}](https://matrix.to/#/${encodeURI(ghost.userId)})`;
  };
}

function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
