import type { Delivery } from "../core/delivery.js";
import type { EventId } from "../core/ids.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { InboxStore } from "../core/ports/delivery-stores.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { ActiveService } from "../core/service.js";
import { devinfoCardOf } from "../vocabulary/devinfo-card.js";
import { kindOf, type EventRoutes } from "./event-routes.js";
import { remoteEventOf } from "./late-words.js";

interface SentChangesOptions {
  readonly services: readonly ActiveService[];
  readonly routes: Pick<EventRoutes, "parse">;
  readonly index: ConnectionIndex;
  readonly inbox: InboxStore;
  readonly log: { error(fields: object, message: string): void };
}

/** What services store when a delivery of theirs was sent; undefined, without any cost, where they never do. */
export function createSentChanges({ services, routes, index, inbox, log }: SentChangesOptions) {
  const concerned = new Map(
    services.filter(({ service }) => service.kinds.some((kind) => kind.sent !== undefined)).map((active) => [active.service.id, active]),
  );

  /** As far as memory tells. */
  function isUnwanted({ service }: ActiveService, { connectionId }: Delivery): boolean {
    const connection = connectionId === undefined ? undefined : index.get(connectionId);
    if (connection === undefined || connection instanceof Promise) return false;
    const kind = service.kinds.find(({ id }) => id === connection.kindId);
    return kind?.sent === undefined || kind.wantsSent?.(connection.state) === false;
  }

  async function askKind(
    { service, context }: ActiveService,
    delivery: Delivery,
    eventIds: readonly EventId[],
  ): Promise<readonly StoreChange[]> {
    const { source, connectionId } = delivery;
    if (source.kind !== "remote-event" || connectionId === undefined) return [];
    const connection = await index.get(connectionId);
    const kind = connection === undefined ? undefined : kindOf(service.kinds, connection);
    const event = kind?.sent === undefined ? undefined : await inbox.get(source.inboxId);
    const remote = event === undefined ? undefined : await remoteEventOf(delivery, event, routes);
    if (kind?.sent === undefined || connection === undefined || remote === undefined) return [];
    // No service's own, and nothing that it could read.
    if (devinfoCardOf(remote) !== undefined) return [];
    return await kind.sent(remote, connection, eventIds, context);
  }

  return (delivery: Delivery, eventIds: readonly EventId[]): Promise<readonly StoreChange[]> | undefined => {
    const active = delivery.serviceId === undefined ? undefined : concerned.get(delivery.serviceId);
    if (active !== undefined && isUnwanted(active, delivery)) return undefined;
    // The message is there: what the service makes of that must not bring the delivery back.
    return (
      active &&
      askKind(active, delivery, eventIds).catch((error: unknown) => {
        log.error({ delivery: delivery.id, error }, "A service could not note what was sent");
        return [];
      })
    );
  };
}
