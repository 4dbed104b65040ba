import type { Database } from "../database.js";
import { isSealed } from "./sealer.js";

/** Name of the sublevel in which a service's logins lie. */
export function loginStoreName(serviceId: string): string {
  return `logins-${serviceId}`;
}

/** Name of the sublevel in which a service's own secrets lie. */
export function secretStoreName(serviceId: string): string {
  return `secrets-${serviceId}`;
}

/** Name of the sublevel in which tickets of one sort lie. */
export function ticketStoreName(sort: string): string {
  return `login-tickets-${sort}`;
}

/** What people are to be told about their logins. */
export const noticeStoreName = "login-notices";

export const workStoreName = "room-work";

export const forwardStoreName = "forwards";

/** Names of the sublevels in which lies what was registered over an API. */
export const recordStoreNames = ["connectors", "git-integrations", "ticketing-integrations"] as const;
export type RecordStoreName = (typeof recordStoreNames)[number];

/** Where sealed values lie, as the whole database sees their keys: `!<sublevel>!<key>`. A store that seals belongs here. */
const ranges = [
  { gt: `!${loginStoreName("")}`, lt: `!${nextAfter(loginStoreName(""))}` },
  { gt: `!${secretStoreName("")}`, lt: `!${nextAfter(secretStoreName(""))}` },
  { gt: `!${ticketStoreName("")}`, lt: `!${nextAfter(ticketStoreName(""))}` },
  { gt: `!${noticeStoreName}!`, lt: `!${nextAfter(`${noticeStoreName}!`)}` },
  { gt: `!${workStoreName}!`, lt: `!${nextAfter(`${workStoreName}!`)}` },
  { gt: `!${forwardStoreName}!`, lt: `!${nextAfter(`${forwardStoreName}!`)}` },
  ...recordStoreNames.map((name) => ({ gt: `!${name}!`, lt: `!${nextAfter(`${name}!`)}` })),
];

/** Whether anything in the database needs the key. Reads few values: logins, secrets and waiting work are the smallest of its stores. */
export async function holdsSealedValues(database: Database): Promise<boolean> {
  for (const range of ranges) {
    for await (const value of database.values(range)) if (isSealed(value)) return true;
  }
  return false;
}

/** The first text behind all that begin with the given one. */
function nextAfter(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
