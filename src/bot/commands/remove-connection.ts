import type { Connection } from "../../core/connection.js";
import { RemoteError, StorageError, SwitchboardError } from "../../core/errors.js";
import { isRoomId, type RoomId } from "../../core/ids.js";
import { markdown, type Markdown } from "../../shared/markdown.js";
import type { Command, CommandCall } from "../command.js";
import type { BotDeps } from "../deps.js";
import { requireLevel } from "./account.js";

type RemovalDeps = Pick<BotDeps, "services" | "operations" | "permissions" | "permissionRooms" | "queue" | "log">;

/** `disconnect <roomId> <id>` in the direct chat: administrators end any connection of any room (reference 3.4). */
export function removeConnectionCommand(deps: RemovalDeps): Command {
  const turns = new OtherRooms(deps.queue);
  return {
    name: "disconnect",
    arguments: [
      { name: "roomId", required: true },
      { name: "id", required: true },
    ],
    help: "End a connection of any room, by its id. For administrators.",
    async run(call) {
      const [roomId, id] = call.words;
      if (!isRoomId(roomId) || id === undefined) return notFound;
      return turns.run(call.room.roomId, roomId, () => remove(call, roomId, id, deps));
    },
  };
}

const notFound = markdown`Connection not found`;
const notRemoved = markdown`Connection could not be removed: see debug logs for details`;

/** Who may not end it is not told whether it is there. */
async function remove(call: CommandCall, roomId: RoomId, id: string, deps: RemovalDeps): Promise<Markdown> {
  const connection = (await deps.operations.list(roomId)).find((known) => known.id === id);
  requireAdministrator(call, connection, deps);
  if (connection === undefined) return notFound;
  if (connection.isStatic === true) return markdown`Connection could not be removed: it is set in the configuration`;
  try {
    await deps.operations.disconnect({ roomId, actor: call.actor, connection, write: "disabled", asAdministrator: true });
  } catch (error) {
    if (error instanceof StorageError || !(error instanceof SwitchboardError)) throw error;
    if (error instanceof RemoteError && error.isTransient) throw error;
    deps.log.warn({ roomId, connection: id, error }, "A connection could not be removed by an administrator");
    return notRemoved;
  }
  return markdown`Connection removed successfully`;
}

/** @throws PermissionError */
function requireAdministrator({ actor }: CommandCall, connection: Connection | undefined, deps: RemovalDeps): void {
  const active = deps.services.find(({ service }) => service.id === connection?.serviceId);
  // Of what is not there, or of a service that is off, an administrator of anything may know.
  const name = active?.service.permissionName;
  if (name === undefined && deps.permissions.allowsAnywhere(actor, "admin")) return;
  requireLevel(actor, name ?? "*", "admin", deps);
}

/**
 * Tasks in the turn of another room, from within a room's own. Rooms that wait for each other's turns in a ring would wait for ever: a room
 * that waits itself is not waited for.
 */
class OtherRooms {
  readonly #queue: RemovalDeps["queue"];
  readonly #waiting = new Set<RoomId>();

  constructor(queue: RemovalDeps["queue"]) {
    this.#queue = queue;
  }

  /** @throws SwitchboardError when the room cannot be waited for */
  async run<T>(own: RoomId, other: RoomId, task: () => Promise<T>): Promise<T> {
    if (other === own) return task();
    if (this.#waiting.has(other)) throw new SwitchboardError("HS_UNAVAILABLE", "Something else is being done in that room. Try again.");
    this.#waiting.add(own);
    try {
      return await this.#queue.run(other, task);
    } finally {
      this.#waiting.delete(own);
    }
  }
}
