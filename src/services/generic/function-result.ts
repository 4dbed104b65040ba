import { isUserId, type UserId } from "../../core/ids.js";
import type { WebhookAnswer } from "../../core/webhook.js";
import type { Words } from "./messages.js";
import { ownList, ownMember } from "../../shared/own-member.js";

/** What a function gave, read (reference 2.9 and 2.16). */
export type FunctionResult =
  | {
      readonly kind: "words";
      readonly words: Words;
      readonly msgtype?: string;
      readonly mentions?: Mentions;
      readonly showUrlPreviews?: boolean;
      readonly reply?: WebhookAnswer;
    }
  /** Nothing is to be sent. */
  | { readonly kind: "empty"; readonly reply?: WebhookAnswer }
  | { readonly kind: "invalid"; readonly reason: string };

export interface Mentions {
  readonly room?: boolean;
  readonly user_ids?: readonly UserId[];
}

/** More than any message is about; each is written into the event. */
const mostMentions = 100;
const longestType = 255;

/** Reads what a script assigned to `result`: text (version 1), or an object with `version: "v2"`. */
export function readResult(value: unknown): FunctionResult {
  if (typeof value === "string") return { kind: "words", words: { plain: `Received webhook: ${value}` } };
  if (typeof value !== "object") return { kind: "words", words: { plain: "No content" } };
  if (value === null || ownMember(value, "version") !== "v2") return invalid('`result` is an object without `version: "v2"`');
  const reply = readReply(ownMember(value, "webhookResponse"));
  if ("invalid" in reply) return invalid(reply.invalid);
  const empty = ownMember(value, "empty");
  if (empty !== undefined && typeof empty !== "boolean") return invalid("`empty` is not true or false");
  return empty === true ? { kind: "empty", ...reply } : readWords(value, reply);
}

function readWords(value: object, reply: { readonly reply?: WebhookAnswer }): FunctionResult {
  const [plain, html, msgtype] = ["plain", "html", "msgtype"].map((key) => ownMember(value, key));
  if (typeof plain !== "string") return invalid("`plain` is not a string");
  if (html !== undefined && typeof html !== "string") return invalid("`html` is not a string");
  if (msgtype !== undefined && (typeof msgtype !== "string" || msgtype.length > longestType)) return invalid("`msgtype` is not a string");
  const mentions = readMentions(ownMember(value, "mentions"));
  if (mentions === "invalid") return invalid("`mentions` is not `{room, user_ids}`");
  const hints = readHints(ownMember(value, "hints"));
  if (hints === "invalid") return invalid("`hints` is not `{showUrlPreviews}`");
  return {
    kind: "words",
    words: { plain, ...(html === undefined ? {} : { html }) },
    ...(msgtype === undefined ? {} : { msgtype }),
    ...(mentions === undefined ? {} : { mentions }),
    ...hints,
    ...reply,
  };
}

/** Whatever is no user id is dropped: the homeserver would refuse the whole event. */
function readMentions(value: unknown): Mentions | undefined | "invalid" {
  if (value === undefined) return undefined;
  const room = ownMember(value, "room");
  const users = ownMember(value, "user_ids");
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "invalid";
  if ((room !== undefined && typeof room !== "boolean") || (users !== undefined && !Array.isArray(users))) return "invalid";
  const userIds = ownList(value, "user_ids").filter(isUserId).slice(0, mostMentions);
  return { ...(room === undefined ? {} : { room }), ...(users === undefined ? {} : { user_ids: userIds }) };
}

function readHints(value: unknown): { readonly showUrlPreviews?: boolean } | "invalid" {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null) return "invalid";
  const showUrlPreviews = ownMember(value, "showUrlPreviews");
  if (showUrlPreviews === undefined) return {};
  return typeof showUrlPreviews === "boolean" ? { showUrlPreviews } : "invalid";
}

/** `{body, contentType?, statusCode?}`. */
function readReply(value: unknown): { readonly reply?: WebhookAnswer } | { readonly invalid: string } {
  if (value === undefined) return {};
  const [body, contentType, statusCode] = ["body", "contentType", "statusCode"].map((key) => ownMember(value, key));
  if (typeof body !== "string") return { invalid: "`webhookResponse.body` is not a string" };
  if (contentType !== undefined && !isHeaderValue(contentType)) return { invalid: "`webhookResponse.contentType` is no content type" };
  if (statusCode !== undefined && !isStatus(statusCode)) {
    return { invalid: "`webhookResponse.statusCode` is not a whole number from 100 to 599" };
  }
  // HTTP knows no final answer below 200.
  const status = statusCode === undefined || statusCode < 200 ? 200 : statusCode;
  return { reply: { status, contentType: contentType ?? "application/json", body } };
}

function isHeaderValue(value: unknown): value is string {
  return typeof value === "string" && /^[!-~][ -~]{0,254}$/.test(value);
}

function isStatus(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 100 && value <= 599;
}

function invalid(reason: string): FunctionResult {
  return { kind: "invalid", reason };
}
