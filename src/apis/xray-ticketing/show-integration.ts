import type { TicketingIntegration } from "../../remotes/ticketing-integration.js";
import { members } from "./schema.js";

/** An integration as programs see it. */
export function showIntegration({ name, settings }: TicketingIntegration): object {
  return {
    [members.name]: name,
    // There is no other yet.
    [members.authType]: "basic",
    [members.username]: settings.username,
    [members.installation]: settings.installation,
    [members.url]: settings.url,
    [members.skipsProxy]: settings.skipsProxy,
  };
}
