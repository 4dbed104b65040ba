import type { Route } from "../../http/route.js";
import { createAccountRoutes, createDisabledRoutes } from "./ask-account.js";
import { createDeleteConnection } from "./delete-connection.js";
import { createGetConnection } from "./get-connection.js";
import { createGetHealth } from "./get-health.js";
import { ProvisionedKinds } from "./kinds.js";
import { createListConnectionTypes } from "./list-connection-types.js";
import { createListConnections } from "./list-connections.js";
import type { ProvisioningOptions } from "./options.js";
import { createGuardedRoute, type ProvisioningParts } from "./parts.js";
import { createPatchConnection } from "./patch-connection.js";
import { createPutConnection } from "./put-connection.js";
import { Turns } from "./turns.js";

/** The API with which programs connect rooms (reference 4.5), for listeners with `provisioning`. */
export function createProvisioningRoutes(options: ProvisioningOptions): readonly Route[] {
  const parts: ProvisioningParts = {
    ...options,
    kinds: new ProvisionedKinds(options),
    turns: new Turns(options),
    guarded: createGuardedRoute(options),
  };
  const routes = [
    createGetHealth(),
    createListConnectionTypes(parts),
    createListConnections(parts),
    createGetConnection(parts),
    createPutConnection(parts),
    createPatchConnection(parts),
    createDeleteConnection(parts),
    ...options.services.flatMap((active) => createAccountRoutes(parts, active)),
    ...options.disabledServices.flatMap((service) => createDisabledRoutes(parts, service)),
  ];
  return routes.map((route) => counted(route, options));
}

function counted(route: Route, { metrics }: Pick<ProvisioningOptions, "metrics">): Route {
  const requests = metrics.provisioningRequests.of(route.path, route.method);
  return {
    ...route,
    handle(request) {
      requests.inc();
      return route.handle(request);
    },
  };
}
