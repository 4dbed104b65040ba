import type { DeliveryList, ShownDelivery, ShownRequest } from "../apis/control/schema.js";
import { clean, formatTable, toTime } from "./text-table.js";

type Summary = DeliveryList["deliveries"][number];

/** Deliveries as a table for people, newest first. */
export function listDeliveries({ deliveries, next }: DeliveryList): string {
  if (deliveries.length === 0) return "No deliveries.\n";
  const rows = [["ID", "STATE", "ACCEPTED", "ROOM", "WHAT", "TRIES", "WHY"], ...deliveries.map(toRow)];
  const more = next === undefined ? "" : `There are more: --after ${next}\n`;
  return formatTable(rows) + more;
}

/** One delivery with all that is known of it. */
export function describeDelivery(delivery: ShownDelivery): string {
  const facts = [
    ["Delivery", delivery.id],
    ["State", delivery.state],
    ["Room", delivery.roomId],
    ["What", describeSource(delivery)],
    ["Connection", delivery.connectionId ?? "none"],
    ["Accepted", toTime(delivery.acceptedAt)],
    ["Ended", delivery.endedAt === undefined ? "not yet" : toTime(delivery.endedAt)],
    ["Failed tries", String(delivery.attempts)],
    ["Why", why(delivery) === "" ? "-" : why(delivery)],
  ];
  const messages = delivery.messages.map((message, index) => describeMessage(message, delivery.eventIds[index], index + 1));
  const request = delivery.request === undefined ? "The request it comes from is not kept.\n" : describeRequest(delivery.request);
  return `${formatTable(facts)}\n${messages.join("\n")}\n${request}`;
}

function toRow(delivery: Summary): readonly string[] {
  return [
    delivery.id,
    delivery.state,
    toTime(delivery.acceptedAt),
    delivery.roomId,
    describeSource(delivery),
    String(delivery.attempts),
    shorten(why(delivery), 80),
  ];
}

function describeSource({ serviceId, source }: Summary): string {
  const from = serviceId === undefined ? "" : `${serviceId} `;
  switch (source.kind) {
    case "remote-event":
      return `${from}${source.eventName}`;
    case "command":
      return "answer to a command";
    case "notice":
      return "notice";
    case "replay":
      return `${from}replay of ${source.of}`;
    default:
      return describeUnknown(source);
  }
}

// A newer server may know more kinds than this command.
function describeUnknown(source: never): string {
  return JSON.stringify(source);
}

function why({ reason, lastError }: Summary): string {
  return reason ?? lastError ?? "";
}

function describeMessage({ type, content }: ShownDelivery["messages"][number], eventId: string | undefined, number: number): string {
  const body = typeof content["body"] === "string" ? content["body"] : JSON.stringify(content);
  return `Message ${String(number)} (${type}, ${eventId ?? "not sent"}):\n${indent(body)}\n`;
}

function describeRequest({ headers, body, encoding }: ShownRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const size = encoding === "base64" ? " (base64)" : "";
  return `Request${size}:\n${indent([...lines, "", body].join("\n"))}\n`;
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${clean(line)}`.trimEnd())
    .join("\n");
}
