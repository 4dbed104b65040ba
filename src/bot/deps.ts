import type { BotDirectory } from "../core/bots.js";
import type { ConnectionOperations } from "../connections/operations.js";
import type { ConnectionId, RoomId } from "../core/ids.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { Permissions } from "../core/permissions.js";
import type { MessageSender } from "../core/ports/message-sender.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { RoomQueue } from "../core/ports/room-work.js";
import type { BotAccounts, RoomAccountData, RoomState } from "../core/ports/rooms.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { ActiveService, Service } from "../core/service.js";
import type { RemoteReport } from "../remotes/survey.js";
import type { Clock } from "../shared/clock.js";
import type { AdminRooms } from "./admin-rooms.js";
import type { DevinfoInChat } from "./devinfo-in-chat.js";
import type { ChatFinder } from "./direct-chat.js";

/** Where the bot writes what an administrator should know. Fields are looked up, the message is a sentence. */
export interface BotLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A service of this build that the configuration does not enable. */
export type DisabledService = Pick<Service<unknown>, "id" | "words" | "title" | "configKey" | "permissionName" | "setupCommands">;

/** A service that Hookshot has and this build lacks: commands that name it say so. */
export interface UnbuiltService {
  readonly permissionName: string;
  readonly title: string;
  readonly aliases?: readonly string[];
}

/** The rooms that `permissions[]` names as actors (reference 1.8). */
export interface PermissionRoomMembers {
  has(roomId: RoomId): boolean;
  /** True until the members are known: until then a missing right may only not be known yet. */
  isLoading(): boolean;
  applyMember(event: MatrixEvent): void;
}

/** Everything the bot's behaviour in rooms is made of. Each function takes the part that it needs. */
export interface BotDeps {
  readonly bots: BotDirectory;
  /** Enabled services in the order of help (reference 3.5). */
  readonly services: readonly ActiveService[];
  readonly disabledServices: readonly DisabledService[];
  readonly unbuiltServices: readonly UnbuiltService[];
  readonly permissions: Permissions;
  readonly permissionRooms: PermissionRoomMembers;
  readonly operations: ConnectionOperations;
  readonly rooms: RoomStore;
  readonly unitOfWork: UnitOfWork;
  readonly roomState: RoomState;
  readonly accountData: RoomAccountData;
  readonly accounts: BotAccounts;
  readonly adminRooms: AdminRooms;
  readonly directChats: ChatFinder;
  /** For what must not be stored by us; all else that is said goes through the outbox. */
  readonly sender: MessageSender;
  readonly queue: RoomQueue;
  readonly clock: Pick<Clock, "now">;
  readonly log: BotLog;
  /** Development information; absent: chat shows none. */
  readonly devinfo?: DevinfoInChat;
  /** Asks all remotes that were registered over APIs how they are. */
  surveyRemotes(): Promise<readonly RemoteReport[]>;
  /** When and how the last delivery through the connection ended, for people; undefined when there was none. */
  lastDelivery?(connection: ConnectionId): Promise<string | undefined>;
  /** Called when a bot may speak where it could not before: it joined, or power levels changed. What waits for that may try again. */
  onMaySpeak(roomId: RoomId): void | Promise<void>;
}
