import { createRoomEventHandler } from "../bot/handle-room-event.js";
import { createInterest } from "../bot/interest.js";
import { createSecretCutter } from "../bot/secret-words.js";
import { createConnectionOperations } from "../connections/create-operations.js";
import type { ConnectionOperations } from "../connections/operations.js";
import { RoomReader } from "../connections/room-reader.js";
import type { BotDirectory } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import type { RoomId } from "../core/ids.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { DeliveryDesk } from "../core/ports/delivery-desk.js";
import type { ActiveService } from "../core/service.js";
import type { Inbox } from "../delivery/inbox.js";
import type { TransactionIntake } from "../delivery/transaction-intake.js";
import type { Metrics } from "../shared/metrics.js";
import { createMetaStore } from "../storage/stores/meta-store.js";
import { createDelivery, type DeliveryParts } from "./delivery-parts.js";
import { nameEncryptedRooms } from "./encrypted-rooms.js";
import { createFoundation, type FoundationOptions } from "./foundation.js";
import { HomeserverLink } from "./homeserver-link.js";
import { otherServices, services as builtServices } from "./services.js";

/** Everything but the servers, joined. */
export interface Parts {
  readonly bots: BotDirectory;
  readonly services: readonly ActiveService[];
  readonly metrics: Metrics;
  readonly inbox: Inbox;
  readonly intake: TransactionIntake;
  readonly desk: DeliveryDesk;
  /** Ready to take webhooks and transactions when it resolves. */
  start(): Promise<void>;
  /** Begins what waits for the homeserver. */
  startBehind(): void;
  /** Resolves when what is under way is over. */
  stop(): Promise<void>;
  /** Cuts what is still under way. */
  disconnect(): Promise<void>;
}

/** Joins the parts in which things happen, over what they stand on. */
export async function createParts(options: FoundationOptions): Promise<Parts> {
  const { config, clock, random, log, storage, sealer } = options;
  const foundation = await createFoundation(options);
  const { unitOfWork, metrics, bots, services, index, rooms, matrix, permissionRooms, permissions, adminRooms } = foundation;
  const link = new HomeserverLink({
    ...{ matrix, bots, clock, random, log: log.child({ module: "homeserver" }) },
    onReachable: (isReachable) => {
      metrics.homeserverUp.set(isReachable);
    },
  });
  const delivery = createDelivery({
    ...{ config, storage, sealer, unitOfWork, clock, random, metrics, matrix, bots, services, index, rooms },
    log: log.child({ module: "delivery" }),
    sender: options.decorate?.sender?.(matrix.sender) ?? matrix.sender,
    isOfInterest: createInterest({ bots, services, permissionRooms, index, isAdminRoom: (roomId) => adminRooms.has(roomId) }),
    // What is stored of a secret is encrypted, or it is not stored.
    ...(sealer === undefined ? { withoutSecrets: createSecretCutter({ bots, services, index }) } : {}),
    handle: (work) => handle(work),
    onHomeserverBack: () => {
      delivery.worker.wakeAll();
      void link.ping();
    },
    onFirstSent: () => {
      reader.begin();
    },
  });
  const operations = holdWhileMoving(
    createConnectionOperations({
      ...{ services, permissions, bots, roomState: matrix.roomState, accountData: matrix.accountData, index, rooms, clock },
      arePermissionsKnown: () => !permissionRooms.isLoading(),
      log: log.child({ module: "connections" }),
      onRoomRead: (record) => {
        adminRooms.note(record);
      },
      onUndecided: (roomId) => {
        reader.readLater(roomId);
      },
      onMoved: async (pairs) => {
        for (const { from, to } of pairs) await delivery.outbox.move(from, to);
      },
    }),
    delivery,
  );
  const reader = new RoomReader({
    ...{ bots, accounts: matrix.accounts, operations, queue: delivery.worker, rooms, unitOfWork, clock, random },
    marks: createMetaStore(storage.database, "room-reading"),
    stateTypes: services.flatMap(({ service }) => service.kinds.flatMap((kind) => kind.stateTypes)),
    log: log.child({ module: "rooms" }),
    onFirstReadingBegun: () => {
      delivery.firstReading.begin();
    },
    onRoomsRead: (roomIds) => replayKept(roomIds, index, delivery),
    onFirstReadingDone: () => delivery.router.endFirstReading((roomId) => activeConnectionsIn(index, roomId)),
  });
  const handle = createRoomEventHandler({
    ...{ bots, services, permissions, permissionRooms, operations, rooms, unitOfWork, adminRooms, clock },
    ...{ roomState: matrix.roomState, accountData: matrix.accountData, accounts: matrix.accounts, queue: delivery.worker },
    unbuiltServices: otherServices,
    disabledServices: builtServices.filter((service) => !services.some((active) => active.service === service)),
    log: log.child({ module: "bot" }),
    lastDelivery: (connection) => Promise.resolve(delivery.describeLast(connection)),
    onMaySpeak: (roomId) => {
      delivery.outbox.wake(roomId);
    },
  });

  return {
    ...{ bots, services, metrics, inbox: delivery.inbox, intake: delivery.intake, desk: delivery.desk },
    async start() {
      await adminRooms.load(rooms);
      // Before anything is routed: it says whether events must be kept for rooms that are not read yet.
      await reader.start();
      await delivery.start();
      if (config.encryption !== undefined) await nameEncryptedRooms(rooms, log.child({ module: "rooms" }));
    },
    startBehind() {
      void link.start();
      permissionRooms.start();
    },
    async stop() {
      link.stop();
      await Promise.all([reader.stop(), permissionRooms.stop(), delivery.stop()]);
    },
    async disconnect() {
      await foundation.close();
    },
  };
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
