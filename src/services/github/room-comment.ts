import type { MatrixEvent } from "../../core/matrix-event.js";
import type { ServiceContext } from "../../core/service.js";
import { wellFormed } from "../../shared/well-formed.js";
import { ghostOf } from "./ghosts.js";
import { isEdit, withoutFallback } from "./room-event.js";
import type { GitHubConfig } from "./schema.js";

type Context = Pick<ServiceContext<GitHubConfig>, "config" | "rooms" | "media">;

/** GitHub takes 65,536 characters. */
const longestComment = 65_000;
const textTypes: readonly unknown[] = ["m.text", "m.emote"];
const fileTypes: readonly unknown[] = ["m.image", "m.file", "m.audio", "m.video"];

/** Is it something that people say, and that can be a comment? */
export function isSaid(event: MatrixEvent): boolean {
  const { msgtype, body } = event.content;
  const isKnown = textTypes.includes(msgtype) || fileTypes.includes(msgtype);
  return event.type === "m.room.message" && isKnown && typeof body === "string" && !isEdit(event);
}

/** A message as a comment at GitHub: names of ghosts become logins, files become links (Hookshot reference 2.4). Empty: nothing to say. */
export function toComment({ content }: MatrixEvent, context: Context): string {
  const body = wellFormed(typeof content["body"] === "string" ? content["body"] : "");
  if (fileTypes.includes(content["msgtype"])) return linkOf(content, body, context);
  const text = withLogins(withoutFallback(body), context).trim().slice(0, longestComment);
  return content["msgtype"] === "m.emote" && text !== "" ? `*${text}*` : text;
}

/** An encrypted file has no such address, and nobody else could read it. */
function linkOf(content: MatrixEvent["content"], name: string, { media }: Context): string {
  const url = typeof content["url"] === "string" ? media.publicUrl(content["url"]) : undefined;
  if (url === undefined) return "";
  const label = name.replace(/[[\]\\\n]/g, " ").slice(0, 200);
  return `${content["msgtype"] === "m.image" ? "!" : ""}[${label}](${url})`;
}

/** `@_github_ada:example.org`, also within a link to it, is `@ada`. */
function withLogins(text: string, context: Context): string {
  const example = ghostOf({ login: "x" }, context)?.userId;
  if (example === undefined) return text;
  const colon = example.indexOf(":");
  const id = `${escapePattern(example.slice(0, colon - 1))}([a-z0-9-]{1,100})${escapePattern(example.slice(colon))}`;
  return text
    .replace(new RegExp(`\\[[^\\]\\n]{0,200}\\]\\(https://matrix\\.to/#/${id}\\)`, "g"), "@$1")
    .replace(new RegExp(`${id}(?![\\w-]|[.:]\\w)`, "g"), "@$1");
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
