import type { Connection } from "../../core/connection.js";
import type { ServiceContext } from "../../core/service.js";
import { quietNotice } from "./messages.js";
import { nameOf } from "./outbound-state.js";
import type { OutboundConfig } from "./schema.js";

/** Tells the room, once for each state, what has to be done before anything is sent. @throws RemoteError */
export async function tellOfMissingToken(connection: Connection, { rooms }: Pick<ServiceContext<OutboundConfig>, "rooms">): Promise<void> {
  const name = nameOf(connection);
  const text = `Nothing is sent to the outbound webhook ${name} yet, because it has no secret token. To make one, type: !hookshot outbound-hook rotate ${name}`;
  await rooms.say(`token/${connection.id}/${connection.eventId}`, connection.roomId, quietNotice(text));
}
