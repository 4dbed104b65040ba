import type { Connection } from "../core/connection.js";
import type { ConnectionContext } from "./dependencies.js";
import { openSecretIds } from "./room-secret-ids.js";

/** The id under which a connection is found; undefined when its kind has none, or it is lost. @throws RemoteError */
export async function secretIdOf(context: ConnectionContext, connection: Connection): Promise<string | undefined> {
  const known = context.kinds.forConnection(connection);
  if (known?.kind.secretIds === undefined) return undefined;
  if (connection.isStatic === true) return connection.stateKey;
  const [id] = await (await openSecretIds(context, connection.roomId)).find(known, connection.stateKey);
  return id;
}
