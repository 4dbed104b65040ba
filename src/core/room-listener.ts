import type { Connection } from "./connection.js";
import type { UserId } from "./ids.js";
import type { MatrixEvent } from "./matrix-event.js";
import type { RoomMessage } from "./message.js";
import type { StoreChange } from "./ports/unit-of-work.js";
import type { ServiceContext } from "./service-context.js";

/** What a kind of connection does about the room's own events: messages, reactions, redactions; never state, never what our users sent. */
export interface RoomListener<Config> {
  /** Asked about every such event of a room with such a connection, before anything is stored: must only look at its arguments. */
  hears(event: MatrixEvent, connection: Connection): boolean;
  /**
   * Acts on an event that is no command, in the room's order; connections are asked by priority until one has handled it. May run again
   * after a crash unless `begin` was called.
   * @throws SwitchboardError whose message is told to the person; a transient RemoteError before `begin` makes the event wait
   */
  handle?(call: RoomEventCall, context: ServiceContext<Config>): Promise<RoomEventAnswer>;
  /**
   * Hands the event on to a remote. Stored until it is done, in order per connection, beside the room's own work, so a remote that is away
   * holds up nothing else. Runs again after a crash: the remote may get it twice, under the same event id.
   * @throws RemoteError; tried again while it is transient
   */
  forward?(event: MatrixEvent, connection: Connection, context: ServiceContext<Config>): Promise<void>;
}

export interface RoomEventCall {
  readonly event: MatrixEvent;
  /** Who sent it, and whose rights count. */
  readonly actor: UserId;
  readonly connection: Connection;
  /** The event that this one answers or reacts to; undefined when there is none or the bot may not see it. */
  related(): Promise<MatrixEvent | undefined>;
  /** Whether the user is a bot or ghost of ours. Everybody can write what our events say about a remote; only ours is to be believed. */
  isOurs(userId: UserId): boolean;
  /** See ConnectionCommandCall. */
  begin(): Promise<void>;
}

export interface RoomEventAnswer {
  /** True: no other connection is asked. */
  readonly isHandled: boolean;
  /** Said by the bot. */
  readonly messages?: readonly RoomMessage[];
  /** Stored together with the end of the work. */
  readonly changes?: readonly StoreChange[];
}
