import { applyRedaction } from "./apply-redaction.js";
import { applyStateEvent } from "./apply-state-event.js";
import { carryOver } from "./carry-over.js";
import { checkMayChange } from "./check-may-change.js";
import { connect } from "./connect.js";
import type { ConnectionContext, ConnectionDependencies } from "./dependencies.js";
import { disconnect } from "./disconnect.js";
import { forgetRoom } from "./forget-room.js";
import { KindCatalogue } from "./kinds.js";
import { listConnections } from "./list-connections.js";
import type { ConnectionOperations } from "./operations.js";
import { readRoom } from "./read-room.js";
import { RecentEvents } from "./recent-events.js";
import { secretIdOf } from "./secret-id-of.js";

/** Joins the operations with what they need. @throws TypeError when two enabled kinds claim an event type */
export function createConnectionOperations(dependencies: ConnectionDependencies): ConnectionOperations {
  const context: ConnectionContext = {
    ...dependencies,
    kinds: new KindCatalogue(dependencies.services),
    recentEvents: new RecentEvents(),
  };
  return {
    list: (roomId) => listConnections(context, roomId),
    async checkMayChange(roomId, actor, service, eventType) {
      await checkMayChange(context, roomId, actor, service, eventType);
    },
    connect: (input) => connect(context, input),
    secretIdOf: (connection) => secretIdOf(context, connection),
    disconnect: (input) => disconnect(context, input),
    applyStateEvent: (event) => applyStateEvent(context, event),
    applyRedaction: (roomId, redacted) => applyRedaction(context, roomId, redacted),
    readRoom: (roomId) => readRoom(context, roomId),
    forgetRoom: (roomId) => forgetRoom(context, roomId),
    carryOver: (from, to) => carryOver(context, from, to),
  };
}
