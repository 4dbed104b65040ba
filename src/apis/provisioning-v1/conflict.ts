import type { Bot } from "../../core/bots.js";
import { SwitchboardError } from "../../core/errors.js";
import type { RoomId } from "../../core/ids.js";
import { listProvisioned } from "./find-connection.js";
import { botsOf, toItem } from "./item.js";
import type { ProvisioningParts } from "./parts.js";

type Parts = Pick<ProvisioningParts, "operations" | "kinds" | "rooms" | "bots">;

interface Place {
  readonly roomId: RoomId;
  /** One that is in the room for certain. */
  readonly bot: Bot;
}

/** Clients know what is in the way of a change as an item (Hookshot's `existingConnection`). @throws whatever `change` rejects with */
export async function tellingConflict<T>(parts: Parts, place: Place, change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    const isConflict = error instanceof SwitchboardError && error.code === "HS_CONFLICTING_CONNECTION";
    throw isConflict ? await withItem(parts, place, error) : error;
  }
}

async function withItem(parts: Parts, { roomId, bot }: Place, error: SwitchboardError): Promise<SwitchboardError> {
  const { existingConnection } = error.details;
  const isNamed = typeof existingConnection === "object" && existingConnection !== null && "id" in existingConnection;
  const found = isNamed ? (await listProvisioned(parts, roomId)).find(([, { id }]) => id === existingConnection.id) : undefined;
  // What programs cannot set up has no item; that much is told of it as the operations did.
  if (found === undefined) return error;
  const [known, connection] = found;
  const item = toItem(known, connection, (await botsOf(parts, roomId, bot))(known));
  return new SwitchboardError(error.code, error.message, { cause: error, details: { ...error.details, existingConnection: item } });
}
