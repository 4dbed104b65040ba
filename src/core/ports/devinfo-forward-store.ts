import type { QueuePlace } from "./delivery-stores.js";
import type { StoreChange } from "./unit-of-work.js";

/** Names the queue of a site and its credentials, whatever else is configured. */
export type ForwardTargetId = string;

/** A site that gets copies of development information, or got them: the configuration may not have it any more. */
export interface ForwardTarget {
  readonly id: ForwardTargetId;
  readonly url: string;
  readonly clientId: string;
}

/** What is to be asked of the site. */
export type ForwardedRequest =
  | {
      readonly kind: "bulk";
      /** Of its body as it is sent. */
      readonly bodyBytes: number;
    }
  | {
      readonly kind: "delete";
      /** Below the API's prefix, with its query; without credentials. */
      readonly pathAndQuery: string;
    };

/** A copy on its way to a site. */
export interface DevinfoForward {
  readonly target: ForwardTargetId;
  /** Never given twice, and sorts by the order of acceptance. */
  readonly place: QueuePlace;
  readonly provider: string;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly request: ForwardedRequest;
  /** What its body takes in the store, compressed. */
  readonly storedBytes: number;
}

/** One that the site refused for good. */
export interface DeadForward extends DevinfoForward {
  readonly death: ForwardDeath;
}

export interface ForwardDeath {
  /** What the site answered; without credentials. */
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface ForwardBacklog {
  readonly count: number;
  /** Of bodies, compressed. */
  readonly bytes: number;
}

/** Copies by site, until it has them; and those that it will never take. */
export interface DevinfoForwardStore {
  targets(): Promise<readonly ForwardTarget[]>;
  putTarget(target: ForwardTarget): StoreChange;
  removeTarget(id: ForwardTargetId): StoreChange;

  /** What waits for a site, oldest first, from the place on (from the first, if undefined). */
  waiting(target: ForwardTargetId, from: QueuePlace | undefined, limit: number): Promise<readonly DevinfoForward[]>;
  findWaiting(target: ForwardTargetId, place: QueuePlace): Promise<DevinfoForward | undefined>;
  /** @param order which of them, and in which order, by acceptance */
  dead(target: ForwardTargetId, order: "oldest" | "newest", limit: number): Promise<readonly DeadForward[]>;
  findDead(target: ForwardTargetId, place: QueuePlace): Promise<DeadForward | undefined>;
  /** Counts what lies before the place, in slices. Costs what there is. */
  measure(target: ForwardTargetId, state: "waiting" | "dead", before: QueuePlace): Promise<ForwardBacklog>;
  /** The body as `add` got it; undefined where there is none. */
  readBody(forward: DevinfoForward): Promise<Uint8Array | undefined>;

  /** @param body compressed; absent for deletes */
  add(forward: DevinfoForward, body?: Uint8Array): readonly StoreChange[];
  /** From what waits to the dead. */
  bury(forward: DevinfoForward, death: ForwardDeath): readonly StoreChange[];
  /** From the dead to what waits, at its former place. */
  revive(forward: DeadForward): readonly StoreChange[];
  /** With its body, wherever it is. */
  remove(forward: DevinfoForward): readonly StoreChange[];
}
