import type { ConnectionId } from "../core/ids.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { StoredForward } from "../core/ports/delivery-stores.js";
import type { ActiveService } from "../core/service.js";
import type { HandingOn } from "../delivery/forwards.js";
import { kindOf } from "./event-routes.js";
import { asStorageErrors } from "./late-words.js";

interface HandOnOptions {
  readonly services: readonly ActiveService[];
  readonly index: ConnectionIndex;
}

interface HandOn {
  /** Hands a room's event on through its connection's service. @throws RemoteError, StorageError */
  handOn(forward: StoredForward): Promise<HandingOn>;
  /** How people call the connection, for example `Outbound webhook alerts`. */
  describe(id: ConnectionId): Promise<string | undefined>;
}

/** Brings room events to the services that want them, for the connection as it is now. */
export function createHandOn({ services, index }: HandOnOptions): HandOn {
  return {
    handOn: asStorageErrors(async ({ connectionId, event }: StoredForward): Promise<HandingOn> => {
      const connection = await index.get(connectionId);
      if (connection === undefined) return unwanted("the connection was removed");
      if (connection.status.kind !== "active") return unwanted(`the connection is not in force: ${connection.status.reason}`);
      const active = services.find(({ service }) => service.id === connection.serviceId);
      if (active === undefined) return unwanted(`the service ${connection.serviceId} is not enabled any more`);
      const { listener } = kindOf(active.service.kinds, connection);
      if (listener?.forward === undefined) return unwanted(`${connection.kindId} hands nothing on`);
      await listener.forward(event, connection, active.context);
      return { kind: "done" };
    }),
    async describe(id) {
      const connection = await index.get(id);
      const kinds = services.find(({ service }) => service.id === connection?.serviceId)?.service.kinds;
      if (connection === undefined || kinds === undefined) return undefined;
      const kind = kindOf(kinds, connection);
      return `${kind.title} ${kind.describe(connection.state, connection.stateKey).name}`;
    },
  };
}

function unwanted(reason: string): HandingOn {
  return { kind: "unwanted", reason };
}
