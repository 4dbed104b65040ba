import type { DeliverySource, DeliveryStateName } from "../delivery.js";
import type { ConnectionId, DeliveryId, EventId, RoomId } from "../ids.js";
import type { RoomMessage } from "../message.js";

/** One delivery as an administrator sees it in a list. */
export interface DeliverySummary {
  readonly id: DeliveryId;
  readonly roomId: RoomId;
  readonly state: DeliveryStateName;
  readonly serviceId?: string;
  readonly connectionId?: ConnectionId;
  readonly source: DeliverySource;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  /** When it ended; milliseconds since the epoch. */
  readonly endedAt?: number;
  readonly attempts: number;
  /** What the last failed try came to. */
  readonly lastError?: string;
  /** Why it is dead or was discarded. */
  readonly reason?: string;
}

/** A delivery with all that is stored of it. */
export interface DeliveryDetail extends DeliverySummary {
  readonly messages: readonly RoomMessage[];
  /** Of the messages that the homeserver has, by position. */
  readonly eventIds: readonly EventId[];
  /** The request it comes from, credentials removed; absent when it comes from none, or that is no longer kept. */
  readonly request?: { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer };
}

export interface DeliveryQuery {
  readonly state?: DeliveryStateName;
  readonly roomId?: RoomId;
  /** The list goes on behind this one. */
  readonly after?: DeliveryId;
  readonly limit: number;
}

export interface DeliveryPage {
  /** Newest first. */
  readonly deliveries: readonly DeliverySummary[];
  /** Where the next page begins (`after`); absent on the last one. */
  readonly next?: DeliveryId;
}

/** What an administrator can do with deliveries. */
export interface DeliveryDesk {
  list(query: DeliveryQuery): Promise<DeliveryPage>;
  show(id: DeliveryId): Promise<DeliveryDetail | undefined>;
  /**
   * Sends an ended delivery again, as a new one that names it.
   * @returns the new one, or undefined when there is no delivery by that id
   * @throws SwitchboardError HS_UNSUPPORTED_OPERATION when it is waiting
   */
  replay(id: DeliveryId): Promise<DeliverySummary | undefined>;
  /**
   * Ends a waiting or dead delivery for good.
   * @returns what became of it, or undefined when there is no delivery by that id
   * @throws SwitchboardError HS_UNSUPPORTED_OPERATION when it is sent or discarded
   */
  discard(id: DeliveryId): Promise<DeliverySummary | undefined>;
}
