import { stripVTControlCharacters } from "node:util";
import type { ClientEvent } from "../../test/support/matrix-client.js";

const longestText = 400;

/** One event of a room as a line, or several where its text has several: sender, event type, text. */
export function eventLine(event: ClientEvent): string {
  const [first = "", ...others] = shorten(textOf(event)).split("\n").map(clean);
  const lead = `  ${event.sender.padEnd(22)}  ${event.type}`;
  // Long event types get a line of their own, so that texts stand in one column.
  const start = event.type.length <= typeWidth ? `${lead.padEnd(textColumn)}${first}` : `${lead}\n${indent}${first}`;
  return [start, ...others.map((line) => indent + line)].map((line) => line.trimEnd()).join("\n");
}

const typeWidth = 26;
const textColumn = 54;
const indent = " ".repeat(textColumn);

function textOf({ type, content, state_key: stateKey }: ClientEvent): string {
  if (type === "m.room.member") return `${String(content["membership"])} ${stateKey ?? ""}`;
  // The rest of the levels is as in any room.
  if (type === "m.room.power_levels") return `users ${JSON.stringify(content["users"])}`;
  if (typeof content["body"] === "string") return content["body"];
  if (type === "m.room.redaction") return `removes a message: ${typeof content["reason"] === "string" ? content["reason"] : "no reason"}`;
  if (type === "m.reaction") return reactionOf(content["m.relates_to"]);
  const named = stateKey === undefined || stateKey === "" ? "" : `[${stateKey}] `;
  return named + JSON.stringify(content);
}

function reactionOf(relation: unknown): string {
  return typeof relation === "object" && relation !== null && "key" in relation ? String(relation.key) : "";
}

function shorten(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText - 1)}…`;
}

/** Text from the room must not move the cursor or colour the terminal. */
function clean(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, " ");
}
