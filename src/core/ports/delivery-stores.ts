import type { Delivery, DeliveryOutcome, DeliveryProgress, InboxEvent } from "../delivery.js";
import type { ConnectionId, DeliveryId, InboxId, RoomId } from "../ids.js";
import type { MatrixEvent } from "../matrix-event.js";
import type { StoreChange } from "./unit-of-work.js";

/** Accepted requests of remotes, in the order they came. */
export interface InboxStore {
  add(event: InboxEvent): StoreChange[];
  get(id: InboxId): Promise<InboxEvent | undefined>;
  /** Events after the id (from the first, if undefined), oldest first. */
  after(id: InboxId | undefined, limit: number): Promise<readonly InboxEvent[]>;
  /** Notes why an event reached no room. */
  putVerdict(id: InboxId, reason: string): StoreChange[];
  getVerdict(id: InboxId): Promise<string | undefined>;
  count(): Promise<number>;
  /** Ids with the time of acceptance, oldest first. */
  ages(after: InboxId | undefined, limit: number): Promise<readonly { readonly id: InboxId; readonly receivedAt: number }[]>;
  /** Removes event and verdict. */
  remove(id: InboxId): StoreChange[];
}

/** A place in a room's queue; sorts by the order in which things were put there. */
export type QueuePlace = string;

export interface QueueEntry<Item> {
  readonly place: QueuePlace;
  readonly item: Item;
}

/** Queues by room (or whatever else names a queue) that live in the store; memory holds only their heads. */
export interface RoomQueueStore<Item, Key extends string = RoomId> {
  /** Rooms that have something waiting, in key order, after the given one. Costs what it returns, not what waits. */
  rooms(after: Key | undefined, limit: number): Promise<readonly Key[]>;
  /** What waits in the room behind the place (from the first, if undefined). */
  read(roomId: Key, after: QueuePlace | undefined, limit: number): Promise<readonly QueueEntry<Item>[]>;
}

/** Deliveries, the queues they wait in, and how they ended. */
export interface DeliveryStore extends RoomQueueStore<Delivery> {
  /** Puts it at its place in the room's queue. */
  add(delivery: Delivery): StoreChange[];
  /** A delivery that ended before it could wait, for example because it could not be rendered. */
  addEnded(delivery: Delivery, outcome: DeliveryOutcome): StoreChange[];
  /** Gives a waiting delivery its words; its place stays. */
  putWords(delivery: Delivery): StoreChange[];
  get(id: DeliveryId): Promise<Delivery | undefined>;
  getProgress(id: DeliveryId): Promise<DeliveryProgress | undefined> | DeliveryProgress | undefined;
  putProgress(id: DeliveryId, progress: DeliveryProgress): StoreChange[];
  clearProgress(id: DeliveryId): StoreChange[];
  getOutcome(id: DeliveryId): Promise<DeliveryOutcome | undefined>;
  /** Outcomes by position; undefined for what waits. */
  getOutcomes(ids: readonly DeliveryId[]): Promise<readonly (DeliveryOutcome | undefined)[]>;
  /** Takes a delivery out of its queue with the outcome. */
  end(delivery: Delivery, outcome: DeliveryOutcome): StoreChange[];
  /** Forgets a finished delivery. */
  remove(id: DeliveryId): StoreChange[];
  /** Deliveries that come from the inbox event. */
  ofInboxEvent(id: InboxId): Promise<readonly DeliveryId[]>;
  countWaiting(): Promise<number>;
  /** Ids after the given one (from the first, if undefined), oldest first. */
  oldest(after: DeliveryId | undefined, limit: number): Promise<readonly DeliveryId[]>;
  /** Ids before the given one (from the newest, if undefined), newest first. */
  newest(before: DeliveryId | undefined, limit: number): Promise<readonly DeliveryId[]>;
  /** Finished ids, oldest first. */
  finishedIds(after: DeliveryId | undefined, limit: number): Promise<readonly DeliveryId[]>;
  /** Finished ids with outcome, oldest first. */
  finishedAfter(
    id: DeliveryId | undefined,
    limit: number,
  ): Promise<readonly { readonly id: DeliveryId; readonly outcome: DeliveryOutcome }[]>;
}

/** What was seen before, remembered for a time. */
export interface SeenStore {
  /** The value noted under the key, unless its time is over. */
  find(key: string, nowMs: number): Promise<string | undefined> | string | undefined;
  mark(key: string, value: string, nowMs: number, keepMs: number): StoreChange[];
  /** Removes one slice of what is over. @returns whether more may be left */
  sweep(nowMs: number): Promise<boolean>;
}

/** A room event that waits to be worked on. */
export interface StoredWork {
  readonly place: QueuePlace;
  readonly event: MatrixEvent;
  readonly receivedAt: number;
  readonly begun: boolean;
}

export interface WorkStore extends RoomQueueStore<StoredWork> {
  add(work: StoredWork): StoreChange[];
  markBegun(work: StoredWork): StoreChange[];
  remove(work: StoredWork): StoreChange[];
}

/** A room event that waits to be handed on to a connection's remote. */
export interface StoredForward {
  readonly place: QueuePlace;
  readonly connectionId: ConnectionId;
  readonly event: MatrixEvent;
  /** When the transaction brought it; milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** Queues by connection. */
export interface ForwardStore extends RoomQueueStore<StoredForward, ConnectionId> {
  add(forward: StoredForward): StoreChange[];
  remove(forward: StoredForward): StoreChange[];
}

/** Events kept by routing key while the rooms are read for the first time. */
export interface KeptEventStore {
  add(serviceId: string, key: string, id: InboxId): StoreChange[];
  /** Ids under the key, oldest first. */
  find(serviceId: string, key: string): Promise<readonly InboxId[]>;
  /** Changes that remove a part of what is there; none when nothing is left. */
  removeSlice(): Promise<StoreChange[]>;
}
