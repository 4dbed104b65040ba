import type { Delivery, InboxEvent } from "../core/delivery.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { RenderedAgain } from "../delivery/desk.js";
import type { EventRoutes } from "./event-routes.js";
import { remoteEventOf } from "./late-words.js";

type RenderAgain = (delivery: Delivery, event: InboxEvent) => Promise<RenderedAgain | undefined>;

/** Makes the messages of a delivery anew from the stored request, for its connection as it is now. */
export function createRenderAgain(routes: EventRoutes, index: ConnectionIndex): RenderAgain {
  return async (delivery, event) => {
    const connection = delivery.connectionId === undefined ? undefined : await index.get(delivery.connectionId);
    const remote = connection === undefined ? undefined : await remoteEventOf(delivery, event, routes);
    if (connection === undefined || remote === undefined) return undefined;
    const rendered = await routes.render(remote, connection);
    const words = rendered.kind === "later" ? await routes.renderLater(remote, connection) : rendered;
    return words.kind === "messages" ? words : undefined;
  };
}
