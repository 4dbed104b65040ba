import type { Delivery, InboxEvent } from "../core/delivery.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { Routes } from "../delivery/event-routing.js";

type RenderAgain = (delivery: Delivery, event: InboxEvent) => Promise<Pick<Delivery, "sender" | "messages"> | undefined>;

/** Makes the messages of a delivery anew from the stored request, for its connection as it is now. */
export function createRenderAgain(routes: Routes, index: ConnectionIndex): RenderAgain {
  return async (delivery, event) => {
    const connection = delivery.connectionId === undefined ? undefined : await index.get(delivery.connectionId);
    if (connection === undefined || delivery.source.kind !== "remote-event") return undefined;
    const { eventName } = delivery.source;
    const parsed = await routes.parse(event);
    const remote = parsed.events.find((candidate) => candidate.name === eventName);
    const rendered = remote === undefined ? undefined : await routes.render(remote, connection);
    return rendered?.kind === "messages" ? rendered : undefined;
  };
}
