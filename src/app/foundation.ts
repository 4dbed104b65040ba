import { AdminRooms } from "../bot/admin-rooms.js";
import { createPermissionRooms, type PermissionRooms } from "../connections/permission-rooms.js";
import type { BotDirectory } from "../core/bots.js";
import { isRoomId } from "../core/ids.js";
import { createPermissions, type Permissions } from "../core/permissions.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { ActiveService } from "../core/service.js";
import { createMatrix, type Matrix } from "../matrix/matrix.js";
import { createHttpClient } from "../outbound/http-client.js";
import type { Clock } from "../shared/clock.js";
import { createMetrics, type Metrics } from "../shared/metrics.js";
import type { Random } from "../shared/random.js";
import type { Storage } from "../storage/open.js";
import type { Sealer } from "../storage/sealing/sealer.js";
import { openConnectionIndex } from "../storage/stores/connection-index.js";
import { createLoginStore } from "../storage/stores/login-store.js";
import { createMetaStore } from "../storage/stores/meta-store.js";
import { createRoomStore } from "../storage/stores/room-store.js";
import { createServiceStore } from "../storage/stores/service-store.js";
import { activate } from "./active-services.js";
import type { AppOptions } from "./app-options.js";
import { createBotDirectory } from "./bots.js";
import { services as builtServices } from "./services.js";

export interface FoundationOptions extends AppOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly storage: Storage;
  /** Absent when no key is configured. */
  readonly sealer: Sealer | undefined;
}

/** What the rest stands on: stores, the homeserver, services, and who may do what. Nothing here acts by itself. */
export interface Foundation {
  readonly unitOfWork: UnitOfWork;
  readonly metrics: Metrics;
  readonly bots: BotDirectory;
  readonly services: readonly ActiveService[];
  readonly index: ConnectionIndex;
  readonly rooms: RoomStore;
  readonly matrix: Matrix;
  readonly permissionRooms: PermissionRooms;
  readonly permissions: Permissions;
  readonly adminRooms: AdminRooms;
  /** Cuts connections to the homeserver and to remotes. */
  close(): Promise<void>;
}

const userAgent = "matrix-switchboard";

export async function createFoundation(options: FoundationOptions): Promise<Foundation> {
  const { config, registration, log, clock, random, storage, sealer } = options;
  const unitOfWork = options.decorate?.unitOfWork?.(storage.unitOfWork) ?? storage.unitOfWork;
  const metrics = createMetrics({ withProcess: config.metrics.enabled });
  const bots = createBotDirectory(config, registration);
  const http = createHttpClient({ userAgent });
  const services = activate(builtServices, config, {
    ...{ http, now: () => clock.now() },
    storeOf: (serviceId) => createServiceStore(storage.database, serviceId),
    loginsOf: (serviceId) => createLoginStore(storage.database, serviceId, sealer),
  });
  const index = await openConnectionIndex(storage.database, unitOfWork);
  metrics.connections.readFrom(() => index.count());
  const matrix = connectMatrix(options, unitOfWork, metrics);
  await matrix.botAccount.loadDevices(bots.all.map((bot) => bot.userId));
  const permissionRooms = createPermissionRooms({
    ...{ as: bots.main.userId, accounts: matrix.accounts, roomState: matrix.roomState, clock, random },
    roomIds: [...new Set(config.permissions.map((rule) => rule.actor).filter(isRoomId))],
    log: log.child({ module: "permissions" }),
  });
  return {
    ...{ unitOfWork, metrics, bots, services, index, matrix, permissionRooms },
    rooms: createRoomStore(storage.database),
    permissions: createPermissions(config.permissions, (roomId) => permissionRooms.membersOf(roomId)),
    adminRooms: new AdminRooms(),
    async close() {
      await Promise.all([matrix.close(), http.close()]);
    },
  };
}

function connectMatrix(
  { config, registration, log, clock, random, storage }: FoundationOptions,
  unitOfWork: UnitOfWork,
  metrics: Metrics,
): Matrix {
  return createMatrix({
    homeserverUrl: config.bridge.url,
    asToken: registration.asToken,
    registrationId: registration.id,
    msc4190: registration.msc4190,
    store: createMetaStore(storage.database, "matrix"),
    ...{ unitOfWork, clock, random },
    log: log.child({ module: "matrix" }),
    onCall(method, ok) {
      metrics.matrixApiCalls.of(method).inc();
      if (!ok) metrics.matrixApiCallsFailed.of(method).inc();
    },
  });
}
