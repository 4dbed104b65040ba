import type { TicketingRefusal } from "../../remotes/ticketing.js";
import { texts } from "./schema.js";

/** Why an integration is not stored, in the API's words. */
export function describeRefusal({ kind, reason }: TicketingRefusal): string {
  return kind === "target refused" ? reason : `${texts.notConnected} ${reason}`;
}
