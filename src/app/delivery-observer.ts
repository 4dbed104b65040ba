import type { ConnectionId } from "../core/ids.js";
import type { DeliveryEvents } from "../delivery/events.js";
import type { DeadLetterNotices } from "../delivery/dead-letter-notices.js";
import type { Log } from "../shared/log.js";
import type { Metrics } from "../shared/metrics.js";
import { RecentMap } from "../shared/recent-map.js";

interface ObserverOptions {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly notices: () => DeadLetterNotices;
  readonly onHomeserverBack: () => void;
  readonly onFirstSent: () => void;
}

/** What became of a connection's last delivery. */
export interface LastDelivery {
  readonly what: "sent" | "dead" | "discarded";
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const remembered = 20_000;

/** Turns what delivery tells into metrics, log lines and notices, and remembers each connection's last delivery. */
export function observeDeliveries(
  options: ObserverOptions,
): DeliveryEvents & { lastOf(connection: ConnectionId): LastDelivery | undefined } {
  const { metrics, log } = options;
  const last = new RecentMap<ConnectionId, LastDelivery>(remembered);
  const service = (delivery: { readonly serviceId?: string | undefined }): string => delivery.serviceId ?? "bot";
  let hasSent = false;
  metrics.homeserverUp.set(false);
  return {
    lastOf: (connection) => last.get(connection),
    stored: (serviceId) => {
      metrics.webhooksStored.of(serviceId).inc();
    },
    routed: () => undefined,
    ignored(serviceId, reason) {
      log.debug({ service: serviceId, reason }, "A remote event reached no room");
    },
    sent(delivery, latencyMs) {
      metrics.deliveriesSent.of(service(delivery)).inc();
      metrics.deliverySeconds.observe(latencyMs / 1_000);
      if (delivery.connectionId !== undefined) last.set(delivery.connectionId, { what: "sent", at: delivery.acceptedAt + latencyMs });
      if (hasSent) return;
      hasSent = true;
      metrics.homeserverUp.set(true);
      options.onFirstSent();
    },
    retried(delivery, reason) {
      metrics.deliveriesRetried.of(service(delivery)).inc();
      log.debug({ delivery: delivery.id, roomId: delivery.roomId, reason }, "A delivery failed and is tried again");
    },
    dead(delivery, reason) {
      metrics.deliveriesDead.of(service(delivery)).inc();
      const { connectionId, source } = delivery;
      if (connectionId !== undefined) {
        last.set(connectionId, { what: "dead", at: delivery.createdAt });
        if (source.kind === "remote-event")
          metrics.connectionEventsFailed.of(`${service(delivery)}.${source.eventName}`, connectionId).inc();
      }
      log.error({ delivery: delivery.id, roomId: delivery.roomId, reason }, "A delivery is dead; see `switchboard deliveries show`");
      options.notices().dead(delivery);
    },
    discarded(delivery, reason) {
      metrics.deliveriesDiscarded.of(service(delivery)).inc();
      log.info({ delivery: delivery.id, roomId: delivery.roomId, reason }, "A delivery was discarded");
    },
    homeserverAway(reason) {
      metrics.homeserverUp.set(false);
      log.warn({ reason }, "The homeserver does not take messages; they wait and are sent in order when it does");
    },
    homeserverBack() {
      metrics.homeserverUp.set(true);
      log.info("The homeserver takes messages again");
      options.onHomeserverBack();
    },
  };
}
