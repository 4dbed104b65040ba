import type { Ghost } from "../ghost.js";
import type { ConnectionId, RoomId, UserId } from "../ids.js";
import type { MatrixEvent } from "../matrix-event.js";
import type { RoomMessage } from "../message.js";
import type { StoreChange } from "./unit-of-work.js";

/** A room event that asks something of us: stored before its transaction is answered, done later, in order per room. */
export interface RoomWork {
  readonly event: MatrixEvent;
  /** When the transaction brought it; milliseconds since the epoch. */
  readonly receivedAt: number;
  /** True when it was begun before a crash: whether a remote was changed is not known. */
  readonly begun: boolean;
  /** Marks it begun, synced. Called before the first request that changes something at a remote. */
  markBegun(): Promise<void>;
}

/** Something to say in a room as the result of work; sent through the outbox, with ids derived from the work's event. */
export interface Reply {
  readonly roomId: RoomId;
  readonly sender: UserId;
  /** Present where the sender is a ghost. */
  readonly ghost?: Pick<Ghost, "displayName" | "avatarUrl">;
  readonly message: RoomMessage;
}

/** A room event that a connection hands on to its remote (`RoomListener.forward`), beside the room's own work. */
export interface Forward {
  readonly connectionId: ConnectionId;
  readonly event: MatrixEvent;
}

/** What the work of one event comes to. */
export interface RoomWorkResult {
  readonly replies: readonly Reply[];
  readonly forwards?: readonly Forward[];
  /** Stored together with the end of the work. */
  readonly changes?: readonly StoreChange[];
}

/**
 * Does the work of one event. What it gives is stored in the same batch that ends the work, so each reply is said once.
 * Replies alone may be given as they are.
 * A transient RemoteError (and only that) makes the work wait and run again, with everything behind it in the room.
 */
export type RoomWorkHandler = (work: RoomWork) => Promise<readonly Reply[] | RoomWorkResult>;

/** Runs tasks of one room one after the other, together with that room's stored work. */
export interface RoomQueue {
  /** Waits for the room's turn, runs the task alone, gives its result. Must not be called from within the same room's task. */
  run<T>(roomId: RoomId, task: () => Promise<T>): Promise<T>;
}

/** Lets a task speak in a room without an event that asked: dead deliveries, admin notices. */
export interface Announcer {
  /** `about` names the occasion; the same occasion is told once. */
  announce(about: string, reply: Reply): Promise<void>;
}
