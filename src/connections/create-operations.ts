import { applyRedaction } from "./apply-redaction.js";
import { applyStateEvent } from "./apply-state-event.js";
import { carryOver } from "./carry-over.js";
import { checkAccess } from "./check-access.js";
import { checkMayChange } from "./check-may-change.js";
import { connect } from "./connect.js";
import type { ConnectionContext, ConnectionDependencies } from "./dependencies.js";
import { disconnect } from "./disconnect.js";
import { forgetRoom } from "./forget-room.js";
import { KindCatalogue } from "./kinds.js";
import { listConnections } from "./list-connections.js";
import { OpenIntentions } from "./open-intentions.js";
import type { ConnectionOperations } from "./operations.js";
import { provision } from "./provision.js";
import { readRoom } from "./read-room.js";
import { RecentEvents } from "./recent-events.js";
import { secretIdOf } from "./secret-id-of.js";
import { settleChanges, unsettledRooms } from "./settle-changes.js";
import { update } from "./update.js";

/** Joins the operations with what they need. @throws TypeError when two enabled kinds claim an event type */
export function createConnectionOperations(dependencies: ConnectionDependencies): ConnectionOperations {
  const context: ConnectionContext = {
    ...dependencies,
    kinds: new KindCatalogue(dependencies.services),
    recentEvents: new RecentEvents(),
    intentions: new OpenIntentions(dependencies.intentions),
  };
  return {
    list: (roomId) => listConnections(context, roomId),
    async checkMayChange(roomId, actor, service, eventType) {
      await checkMayChange(context, roomId, actor, service, eventType);
    },
    connect: (input) => connect(context, input),
    checkAccess: (input) => checkAccess(context, input),
    provision: (input) => provision(context, input),
    update: (input) => update(context, input),
    settle: (roomId) => settleChanges(context, roomId),
    unsettledRooms: () => unsettledRooms(context),
    secretIdOf: (connection) => secretIdOf(context, connection),
    disconnect: (input) => disconnect(context, input),
    applyStateEvent: (event) => applyStateEvent(context, event),
    applyRedaction: (roomId, redacted) => applyRedaction(context, roomId, redacted),
    readRoom: (roomId) => readRoom(context, roomId),
    forgetRoom: (roomId) => forgetRoom(context, roomId),
    carryOver: (from, to) => carryOver(context, from, to),
  };
}
