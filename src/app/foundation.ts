import { AdminRooms } from "../bot/admin-rooms.js";
import { createPermissionRooms, type PermissionRooms } from "../connections/permission-rooms.js";
import type { Config } from "../config/config.js";
import type { BotDirectory } from "../core/bots.js";
import { RemoteError } from "../core/errors.js";
import { isRoomId, type RoomId, type UserId } from "../core/ids.js";
import { createPermissions, type Permissions } from "../core/permissions.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { ActiveService, Service } from "../core/service.js";
import { createMatrix, type Matrix } from "../matrix/matrix.js";
import { createGuardedClient } from "../outbound/guarded-client.js";
import { createHttpClient } from "../outbound/http-client.js";
import type { Clock } from "../shared/clock.js";
import { createMetrics, type Metrics } from "../shared/metrics.js";
import type { Random } from "../shared/random.js";
import type { Storage } from "../storage/open.js";
import type { Sealer } from "../storage/sealing/sealer.js";
import { openConnectionIndex } from "../storage/stores/connection-index.js";
import type { ListeningKind } from "../storage/stores/listening-rooms.js";
import { createMetaStore } from "../storage/stores/meta-store.js";
import { createRoomStore } from "../storage/stores/room-store.js";
import { activate, chooseServices } from "./active-services.js";
import type { AppOptions } from "./app-options.js";
import { createBotDirectory } from "./bots.js";
import { Late } from "./late.js";
import type { LateParts } from "./late-parts.js";
import { createSharedLogins, type SharedLogins } from "./logins.js";
import { createRemotes, hasRemotes, registryResources, type Remotes } from "./remotes.js";
import { readHookshotSecretsOf } from "./sealing-key.js";
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
  /** To be filled with what is joined after the services. */
  readonly late: Late<LateParts>;
  /** What the logins of all services share. */
  readonly sharedLogins: SharedLogins;
  /** For addresses that the configuration names. */
  readonly http: HttpClient;
  /** For addresses that somebody typed. */
  readonly guarded: HttpClient;
  /** What was registered over our APIs. */
  readonly remotes: Remotes;
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
  const { allow, proxy } = config.outbound;
  const guarded = createGuardedClient({ userAgent, allow, ...(proxy === undefined ? {} : { proxy: proxy.reveal() }) });
  const rooms = createRoomStore(storage.database);
  const matrix = connectMatrix(options, { unitOfWork, metrics, pictures: guarded, botsIn: createBotsIn(rooms, bots) });
  const { services: chosen, sections } = chooseServices(builtServices, config, {
    isRegistryUsed: sealer !== undefined && (await isRegistryUsed(config, storage)),
    random,
  });
  const index = await openConnectionIndex(storage.database, unitOfWork, listeningKinds(chosen));
  metrics.connections.readFrom(() => index.count());
  const late = new Late<LateParts>("what services use of the other parts");
  const permissionRooms = createPermissionRooms({
    ...{ as: bots.main.userId, accounts: matrix.accounts, roomState: matrix.roomState, clock, random },
    roomIds: [...new Set([...config.permissions, ...(config.registry.allow ?? [])].map((rule) => rule.actor).filter(isRoomId))],
    log: log.child({ module: "permissions" }),
  });
  const permissions = createPermissions(config.permissions, (roomId) => permissionRooms.membersOf(roomId));
  const { database, start } = storage;
  const remotes = createRemotes({
    ...{ database, sealer, unitOfWork, guarded, clock, random, log, verifiesTicketing: config.ticketing.verifyConnection },
    trackedFolders: config.repositories.trackedFolders,
    ...{ rules: config.registry.allow, membersOf: (roomId) => permissionRooms.membersOf(roomId) },
    projectIdsIn: (roomId) => projectIdsIn(roomId, index, chosen),
  });
  const sharedLogins = createSharedLogins({ database, sealer, unitOfWork, start, matrix, bots, late, clock, random, log });
  const services = activate(chosen, {
    remotes: { ...remotes, guarded, registry: config.registry, listeners: config.listeners },
    ...{ sections, database, sealer, unitOfWork, index, rooms, bots, matrix, http, guarded, late, clock, random, log },
    ...{ sharedLogins, writesTokens: config.compatibility.writeTokens },
    mayLogIn: (person, service) => {
      if (permissions.allows(person, service, "login")) return true;
      if (permissionRooms.isLoading()) throw new RemoteError("The members of a room that permissions name are not known yet.");
      return false;
    },
    hookshotSecrets: readHookshotSecretsOf(config),
  });
  await matrix.botAccount.loadDevices(bots.all.map((bot) => bot.userId));
  return {
    ...{
      unitOfWork,
      metrics,
      bots,
      services,
      index,
      rooms,
      matrix,
      permissionRooms,
      permissions,
      late,
      sharedLogins,
      http,
      guarded,
      remotes,
    },
    adminRooms: new AdminRooms(),
    async close() {
      await Promise.all([matrix.close(), http.close(), guarded.close()]);
    },
  };
}

/** Whether anything is registered, or can be. */
async function isRegistryUsed({ listeners }: Config, { database }: Storage): Promise<boolean> {
  return listeners.some(({ resources }) => resources.some((resource) => registryResources.includes(resource))) || hasRemotes(database);
}

/** Ids that the projects which a room is connected to have at their trackers. */
async function projectIdsIn(roomId: RoomId, index: ConnectionIndex, services: readonly Service<unknown>[]): Promise<readonly string[]> {
  const connections = (await index.inRoom(roomId)).filter(({ status }) => status.kind === "active");
  return connections.flatMap(({ serviceId, kindId, state }) => {
    const kind = services.find(({ id }) => id === serviceId)?.kinds.find(({ id }) => id === kindId);
    return kind?.projectId?.(state) ?? [];
  });
}

interface MatrixSurroundings {
  readonly unitOfWork: UnitOfWork;
  readonly metrics: Metrics;
  readonly pictures: HttpClient;
  readonly botsIn: (roomId: RoomId) => Promise<readonly UserId[]>;
}

function listeningKinds(services: readonly Service<unknown>[]): readonly ListeningKind[] {
  return services.flatMap(({ id: serviceId, kinds }) =>
    kinds.flatMap(({ id: kindId, listener }) => (listener === undefined ? [] : [{ serviceId, kindId }])),
  );
}

function connectMatrix(
  { config, registration, log, clock, random, storage }: FoundationOptions,
  { metrics, ...surroundings }: MatrixSurroundings,
): Matrix {
  const { url, mediaUrl } = config.bridge;
  return createMatrix({
    homeserverUrl: url,
    ...(mediaUrl === undefined ? {} : { mediaUrl }),
    asToken: registration.asToken,
    registrationId: registration.id,
    msc4190: registration.msc4190,
    store: createMetaStore(storage.database, "matrix"),
    ...{ clock, random, ...surroundings },
    log: log.child({ module: "matrix" }),
    onCall(method, ok) {
      metrics.matrixApiCalls.of(method).inc();
      if (!ok) metrics.matrixApiCallsFailed.of(method).inc();
    },
  });
}

/** Those that are in the room as far as it is known, else the one that most likely is. */
function createBotsIn(rooms: RoomStore, bots: BotDirectory): (roomId: RoomId) => Promise<readonly UserId[]> {
  return async (roomId) => {
    const joined = (await rooms.get(roomId))?.bots ?? [];
    return joined.length > 0 ? joined : [bots.main.userId];
  };
}
