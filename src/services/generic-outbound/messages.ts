import type { RoomId } from "../../core/ids.js";
import { notice, type RoomMessage } from "../../core/message.js";
import type { PrivateAnswer } from "../../core/service.js";
import { escapeHtml } from "../../shared/markdown.js";

// The wording of the first is Hookshot's: people and programs look for it (reference 3.2).
export const connected = "Room configured to bridge outbound webhooks. See admin room for the secret token.";
export const listLead = "Outbound webhooks configured:";
export const emptyList = "No outbound webhooks configured";

const standard = "https://www.standardwebhooks.com/";

/** What whoever makes a webhook is told: programs read the token where it stands as code. */
export function tokenAnswer(name: string, roomId: RoomId, token: string): PrivateAnswer {
  const room = `https://matrix.to/#/${encodeURIComponent(roomId)}`;
  const use = "when validating the request.";
  const how = "It comes with each request as the header X-Matrix-Hookshot-Token, and the request is signed with it:";
  return {
    body: [
      `You have bridged the webhook "${name}" in ${room} .`,
      `Please use the secret token \`${token}\` ${use}`,
      `${how} ${standard}`,
    ].join("\n"),
    html: [
      `You have bridged the webhook "${escapeHtml(name)}" in <a href="${room}">${room}</a> .`,
      `Please use the secret token <code>${escapeHtml(token)}</code> ${use}`,
      `${how} <a href="${standard}">Standard Webhooks</a>`,
    ].join("<br>\n"),
  };
}

/** Nobody is told a token twice. */
export function knownTokenAnswer(name: string): PrivateAnswer {
  return {
    body: `The outbound webhook "${name}" is there already, and whoever made it was told its token. For a new one, type in its room: !hookshot outbound-hook rotate ${name}`,
  };
}

/** A notice that pings nobody. */
export function quietNotice(text: string): RoomMessage {
  return notice(text, undefined, { "m.mentions": {} });
}
