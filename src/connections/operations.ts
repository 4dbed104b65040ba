import type { Bot } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import type { ConnectionId, EventId, RoomId, UserId } from "../core/ids.js";
import type { StateEvent } from "../core/matrix-event.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { ProvisionWarning } from "../core/provisioning.js";
import type { ActiveService, ConnectionTarget, ConnectResult } from "../core/service.js";

export interface ConnectInput {
  readonly roomId: RoomId;
  readonly actor: UserId;
  readonly service: ActiveService;
  readonly target: ConnectionTarget;
  /** `option=value` words of `!connect`, merged over the target's state. */
  readonly options?: Readonly<Record<string, string>>;
  /** What looking the target up taught the service, stored together with the connection. */
  readonly changes?: readonly StoreChange[];
}

export interface DisconnectInput {
  readonly roomId: RoomId;
  readonly actor: UserId;
  readonly connection: Connection;
  /** What is written: `{}` as Hookshot's remove commands do, or `{"disabled": true}` as everything else does (reference 2.1). */
  readonly write: "empty" | "disabled";
  /** The caller made sure that the actor administers the service: they need not be in the room nor have power there. The bot still does. */
  readonly asAdministrator?: true;
  /** `checkAccess` was asked for the change already. */
  readonly access?: RoomAccess;
}

export interface AccessInput {
  readonly roomId: RoomId;
  readonly actor: UserId;
  /** Whose bot has to be in the room; absent: any bot of ours. */
  readonly service?: ActiveService;
  /** Type of the state event that is to be written; absent: the room is only read. */
  readonly eventType?: string;
}

/** Proof that `checkAccess` let a change through: who is to make it. */
export interface RoomAccess {
  readonly bot: Bot;
}

/** A configuration that a program sends for a room. */
export interface ProvisionInput {
  readonly roomId: RoomId;
  readonly actor: UserId;
  readonly service: ActiveService;
  /** A kind with `provisioning`. */
  readonly kindId: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly access: RoomAccess;
  /** When asking the remote has to end; milliseconds since the epoch. */
  readonly deadline: number;
}

export interface UpdateInput extends Pick<ProvisionInput, "roomId" | "actor" | "access" | "deadline"> {
  /** An active connection of the room. */
  readonly connection: ConnectionId;
  /** Merged over the stored configuration; null removes a key. */
  readonly patch: Readonly<Record<string, unknown>>;
}

export interface ProvisionResult {
  readonly connection: Connection;
  /** Where the kind has `secretIds`. */
  readonly secretId?: string;
  readonly warning?: ProvisionWarning;
}

/**
 * What can be done with connections; chat commands, HTTP endpoints and the CLI are ways to call it.
 * Methods that touch a room are called in that room's turn (`RoomQueue`).
 */
export interface ConnectionOperations {
  /** Everything the room has: active, invalid and ungranted. */
  list(roomId: RoomId): Promise<readonly Connection[]>;

  /**
   * The checks before a change, in this order: permission level in the configuration, the person's power, the bot's power.
   * @throws PermissionError with the sentences of reference 3.2 plus the remedy
   * @throws RemoteError
   */
  checkMayChange(roomId: RoomId, actor: UserId, service: ActiveService, eventType: string): Promise<void>;

  /**
   * Connects a room: checks, grant, secret id, state event, index. A connection that means the same already (whatever its key, type or
   * scheme) is reported, not doubled.
   * @throws PermissionError, ValidationError, RemoteError; SwitchboardError with HS_CONFLICTING_CONNECTION when the state key or the command
   *   prefix is taken
   */
  connect(input: ConnectInput): Promise<ConnectResult>;

  /**
   * Who may read a room's connections, or change one, in the order and with the words that programs know (reference 5.2): our bot is in the
   * room (an open invitation is accepted), the person is, the bot has the power, the person has the power.
   * @throws PermissionError HS_NOT_IN_ROOM, HS_FORBIDDEN_BOT, HS_FORBIDDEN_USER; RemoteError
   */
  checkAccess(input: AccessInput): Promise<RoomAccess>;

  /**
   * Sets a connection up from a whole configuration, or replaces the configuration of the one that means the same: it keeps its place, its
   * id and its secret id. In this order: command prefix, level `manageConnections`, what the kind checks, then the writes.
   * @throws PermissionError, ValidationError (with `validationErrors`), RemoteError; SwitchboardError HS_UNSUPPORTED_OPERATION for a kind
   * without `provisioning` and for a static connection, HS_CONFLICTING_CONNECTION (with `existingConnection`)
   */
  provision(input: ProvisionInput): Promise<ProvisionResult>;

  /**
   * Changes the configuration of a connection; in the order of `provision`, whose errors it has.
   * @throws NotFoundError when the room has no such connection (any more)
   */
  update(input: UpdateInput): Promise<ProvisionResult>;

  /**
   * Finishes or undoes the changes that a crash interrupted, so that the room, its account data and the index agree; each in its room's
   * turn, which the caller takes. Room by room.
   * @throws RemoteError when the homeserver cannot be asked just now
   */
  settle(roomId: RoomId): Promise<void>;

  /** Rooms with changes that are open. */
  unsettledRooms(): Promise<readonly RoomId[]>;

  /** The secret id of a connection whose kind has them; undefined when it has none. @throws RemoteError */
  secretIdOf(connection: Connection): Promise<string | undefined>;

  /**
   * Ends a connection under the type where it was found and the canonical one, clears its grant and removes its secret id.
   * @throws PermissionError, RemoteError; SwitchboardError with HS_UNSUPPORTED_OPERATION for a static connection
   */
  disconnect(input: DisconnectInput): Promise<void>;

  /**
   * Takes a connection's state event from a transaction: sender's right, schema, grant, index.
   * State of a user without the right is put back or redacted (reference 2.1). Types of no enabled service are ignored, and so is an
   * event that was applied before.
   * @returns whether the event changed what the room is connected to, as its sender wanted
   * @throws RemoteError when the homeserver cannot be asked just now; nothing is changed then
   */
  applyStateEvent(event: StateEvent): Promise<{ readonly accepted: boolean }>;

  /** Ends the connection whose state event was redacted. */
  applyRedaction(roomId: RoomId, redacted: EventId): Promise<void>;

  /** Reads the room's whole state and makes the index equal to it. A failed read removes nothing. @throws RemoteError */
  readRoom(roomId: RoomId): Promise<void>;

  /** Forgets a room's connections, for example after the last bot left; the room's state stays. */
  forgetRoom(roomId: RoomId): Promise<void>;

  /**
   * Carries connections over to the room's replacement: state, grant and secret ids there, `disabled` here (reference 8.2). What was done
   * before a failure is not done again; static connections stay. Called in the turn of `to`.
   * @returns the connections that moved, old beside new; none when not both rooms name each other
   * @throws PermissionError when the bot lacks power in the new room; RemoteError
   */
  carryOver(from: RoomId, to: RoomId): Promise<readonly { readonly from: Connection; readonly to: Connection }[]>;
}
