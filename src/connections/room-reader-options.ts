import type { BotDirectory } from "../core/bots.js";
import type { RoomId } from "../core/ids.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { RoomQueue } from "../core/ports/room-work.js";
import type { BotAccounts } from "../core/ports/rooms.js";
import type { KeyValueStore } from "../core/ports/service-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import type { ConnectionLog } from "./dependencies.js";
import type { ConnectionOperations } from "./operations.js";

export interface RoomReaderOptions {
  readonly bots: BotDirectory;
  readonly accounts: Pick<BotAccounts, "joinedRooms">;
  readonly operations: Pick<ConnectionOperations, "readRoom" | "forgetRoom">;
  readonly queue: RoomQueue;
  readonly rooms: RoomStore;
  /** A small store of its own. */
  readonly marks: KeyValueStore;
  readonly unitOfWork: UnitOfWork;
  /** The event types of all enabled kinds of connection. */
  readonly stateTypes: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: ConnectionLog;
  /** The rooms are not all known: what comes from remotes is to be kept. Called before `start` resolves. */
  readonly onFirstReadingBegun: () => void | Promise<void>;
  /**
   * Further rooms are known now. Called in the turn of the room, at least once for every room that is read; after a restart again for
   * those that were read before it.
   */
  readonly onRoomsRead: (roomIds: readonly RoomId[]) => void | Promise<void>;
  /** Every room is known that can be. Called again when a crash or a full disk came before that was noted. */
  readonly onFirstReadingDone: () => void | Promise<void>;
  /** 16 unless given. */
  readonly readsAtOnce?: number;
}
