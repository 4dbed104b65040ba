import type { RoomId, UserId } from "../core/ids.js";
import type { RoomQueue, Announcer } from "../core/ports/room-work.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { RemoteEvent } from "../core/remote-event.js";

/** What services use of the parts that are joined after them: delivery, connections and the bot. */
export interface LateParts {
  readonly announcer: Announcer;
  readonly queue: RoomQueue;
  /** Reads a room anew, in its turn. @throws RemoteError */
  readonly readRoom: (roomId: RoomId) => Promise<void>;
  /** The person's direct chat with the main bot, opened if need be; undefined when there is none that can be used. @throws RemoteError */
  readonly directChatOf: (person: UserId) => Promise<RoomId | undefined>;
  /** True while rooms are read for the first time. */
  readonly isFirstReading: () => boolean;
  /** Stores an event that no request brought, and sends it on its way. @throws StorageError */
  readonly emit: (serviceId: string, event: RemoteEvent, key: string, changes: readonly StoreChange[]) => Promise<void>;
}
