import type { BotDirectory } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import type { RoomId } from "../core/ids.js";
import type { Permissions } from "../core/permissions.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { IntentionStore } from "../core/ports/intention-store.js";
import type { RoomRecord, RoomStore } from "../core/ports/room-store.js";
import type { BotAccounts, RoomAccountData, RoomState } from "../core/ports/rooms.js";
import type { ActiveService } from "../core/service.js";
import type { Clock } from "../shared/clock.js";
import type { KindCatalogue } from "./kinds.js";
import type { OpenIntentions } from "./open-intentions.js";
import type { RecentEvents } from "./recent-events.js";
import type { StaticConnections } from "./static-connections.js";

/** Where this folder reports what a person should know although nothing failed for good. */
export interface ConnectionLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A connection before and after its room was upgraded. */
export interface MovedConnection {
  readonly from: Connection;
  readonly to: Connection;
}

export interface ConnectionDependencies {
  readonly services: readonly ActiveService[];
  readonly permissions: Permissions;
  /** False while the members of a room that `permissions[]` names are not known: a missing right may then only not be known yet. */
  readonly arePermissionsKnown?: () => boolean;
  readonly bots: BotDirectory;
  readonly roomState: RoomState;
  readonly accountData: RoomAccountData;
  readonly accounts: Pick<BotAccounts, "join" | "joinedRooms" | "membership">;
  readonly index: ConnectionIndex;
  readonly rooms: RoomStore;
  readonly intentions: IntentionStore;
  /** Connections of the configuration; absent: none. */
  readonly statics?: StaticConnections;
  readonly clock: Clock;
  readonly log: ConnectionLog;
  /** Told what is known of a room now, after its record was stored. */
  readonly onRoomRead?: (record: RoomRecord) => void;
  /** A remote could not be asked for its consent just now: the room is to be read again some time later. */
  readonly onUndecided?: (roomId: RoomId) => void;
  /** A change was interrupted and could not be settled at once: `settle` is to be called some time later. */
  readonly onUnsettled?: (roomId: RoomId) => void;
  /**
   * Called when connections stand in the new room and not yet ended in the old one, so that what waits moves along before its connection
   * ends. Called again when a step after it failed, with the pairs whose old side has not ended yet.
   */
  readonly onMoved?: (pairs: readonly MovedConnection[], from: RoomId, to: RoomId) => Promise<void>;
}

/** What the operations share. */
export interface ConnectionContext extends Omit<ConnectionDependencies, "intentions"> {
  readonly intentions: OpenIntentions;
  readonly kinds: KindCatalogue;
  readonly recentEvents: RecentEvents;
}
