import type { Route } from "../../http/route.js";
import { createCheckStatus } from "./check-status.js";
import { createCreateIntegration } from "./create-integration.js";
import { createDeleteIntegration } from "./delete-integration.js";
import { createGetIntegration } from "./get-integration.js";
import { createListIntegrations } from "./list-integrations.js";
import { createParts, type TicketingApiOptions } from "./parts.js";
import { createUpdateIntegration } from "./update-integration.js";

/** The API with which scanners register the trackers that get their tickets (Xray ticketing reference), for listeners with `xray-ticketing`. */
export function createTicketingRoutes(options: TicketingApiOptions): readonly Route[] {
  const parts = createParts(options);
  return [
    createListIntegrations(parts),
    createCreateIntegration(parts),
    ...createGetIntegration(parts),
    ...createUpdateIntegration(parts),
    createDeleteIntegration(parts),
    createCheckStatus(parts),
  ];
}
