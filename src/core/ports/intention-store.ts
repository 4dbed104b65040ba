import type { ConnectionState } from "../connection.js";
import type { RoomId } from "../ids.js";
import type { StoreChange } from "./unit-of-work.js";

/** A change of a room's connection that was begun: stored before its first effect, removed with its last. */
export interface Intention {
  readonly roomId: RoomId;
  readonly serviceId: string;
  readonly kindId: string;
  readonly stateKey: string;
  /** What the state event is to hold; absent: the connection is to end. */
  readonly content?: ConnectionState;
  /** Grants that the change may have set or withdrawn. */
  readonly grants: readonly { readonly type: string; readonly id: string }[];
  /** What goes with the connection once its state event is there, such as its secrets; sealed where it has to be. */
  readonly changes?: readonly StoreChange[];
}

/** Intentions that are open; one for each place in a room. */
export interface IntentionStore {
  list(): Promise<readonly Intention[]>;
  put(intention: Intention): StoreChange;
  remove(intention: Pick<Intention, "roomId" | "serviceId" | "kindId" | "stateKey">): StoreChange;
}
