import { applyStaticConnections } from "../connections/apply-static-connections.js";
import { createConnectionOperations } from "../connections/create-operations.js";
import type { ConnectionOperations } from "../connections/operations.js";
import { RoomReader } from "../connections/room-reader.js";
import { createStaticConnections } from "../connections/static-connections.js";
import type { Connection } from "../core/connection.js";
import type { RoomId } from "../core/ids.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { Service } from "../core/service.js";
import { createIntentionStore } from "../storage/stores/intention-store.js";
import { createMetaStore } from "../storage/stores/meta-store.js";
import type { DeliveryParts } from "./delivery-parts.js";
import type { Foundation, FoundationOptions } from "./foundation.js";
import { RoomSettler } from "./settle-rooms.js";

interface ConnectionPartsOptions extends FoundationOptions {
  readonly foundation: Foundation;
  readonly delivery: DeliveryParts;
  /** Services of this build that the configuration does not enable. */
  readonly disabledServices: readonly Service<unknown>[];
}

/** What knows which room hears what, joined to the homeserver, the index and delivery. */
export interface ConnectionParts {
  readonly operations: ConnectionOperations;
  readonly reader: RoomReader;
  readonly settler: RoomSettler;
  /** Makes the index's static connections those of the configuration, before anything is routed. @throws StorageError */
  applyStatics(): Promise<void>;
}

/** @throws ConfigError for a static connection that does not fit */
export function createConnectionParts(options: ConnectionPartsOptions): ConnectionParts {
  const { config, clock, random, log, storage, foundation, delivery, disabledServices } = options;
  const { unitOfWork, bots, services, index, rooms, matrix, permissionRooms, permissions, adminRooms } = foundation;
  const roomsLog = log.child({ module: "rooms" });
  const statics = createStaticConnections({ configured: config.connections, services, disabledServices, bots, log: roomsLog });
  const operations = holdWhileMoving(
    createConnectionOperations({
      ...{ services, permissions, bots, index, rooms, statics, clock },
      ...{ roomState: matrix.roomState, accountData: matrix.accountData, accounts: matrix.accounts },
      intentions: createIntentionStore(storage.database),
      arePermissionsKnown: () => !permissionRooms.isLoading(),
      log: log.child({ module: "connections" }),
      onRoomRead: (record) => {
        adminRooms.note(record);
      },
      onUndecided: (roomId) => {
        reader.readLater(roomId);
      },
      onUnsettled: (roomId) => {
        settler.settleLater(roomId);
      },
      onMoved: async (pairs) => {
        for (const { from, to } of pairs) await delivery.move(from, to);
      },
    }),
    delivery,
  );
  const reader = new RoomReader({
    ...{ bots, accounts: matrix.accounts, operations, queue: delivery.worker, rooms, unitOfWork, clock, random },
    marks: createMetaStore(storage.database, "room-reading"),
    stateTypes: services.flatMap(({ service }) => service.kinds.flatMap((kind) => kind.stateTypes)),
    log: roomsLog,
    onFirstReadingBegun: () => {
      delivery.firstReading.begin();
    },
    onRoomsRead: (roomIds) => replayKept(roomIds, index, delivery),
    onFirstReadingDone: () => delivery.router.endFirstReading((roomId) => activeConnectionsIn(index, roomId)),
  });
  const settler = new RoomSettler({ operations, queue: delivery.worker, clock, random, log: roomsLog });
  const marks = createMetaStore(storage.database, "static-connections");
  return { operations, reader, settler, applyStatics: () => applyStaticConnections({ statics, index, rooms, marks }) };
}

/** What waits in the old room goes before anything newer in the new one, so neither sends while connections move. */
function holdWhileMoving(operations: ConnectionOperations, { outbox }: DeliveryParts): ConnectionOperations {
  return {
    ...operations,
    async carryOver(from, to) {
      await Promise.all([outbox.hold(from), outbox.hold(to)]);
      try {
        return await operations.carryOver(from, to);
      } finally {
        outbox.unhold(from);
        outbox.unhold(to);
      }
    },
  };
}

async function replayKept(roomIds: readonly RoomId[], index: ConnectionIndex, { router, firstReading }: DeliveryParts): Promise<void> {
  if (!firstReading.isGoingOn) return;
  await router.replayKept(
    await Promise.all(roomIds.map(async (roomId) => ({ roomId, connections: await activeConnectionsIn(index, roomId) }))),
  );
}

async function activeConnectionsIn(index: ConnectionIndex, roomId: RoomId): Promise<readonly Connection[]> {
  return (await index.inRoom(roomId)).filter((connection) => connection.status.kind === "active");
}
