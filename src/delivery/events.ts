import type { Delivery } from "../core/delivery.js";

/** What delivery tells others about: metrics, the log, notices. Listeners must not throw and must be quick. */
export interface DeliveryEvents {
  stored(serviceId: string): void;
  routed(deliveries: readonly Delivery[]): void;
  ignored(serviceId: string, reason: string): void;
  sent(delivery: Delivery, latencyMs: number): void;
  retried(delivery: Delivery, reason: string): void;
  dead(delivery: Delivery, reason: string): void;
  discarded(delivery: Delivery, reason: string): void;
  homeserverAway(reason: string): void;
  homeserverBack(): void;
}
