import { DirectChats } from "../bot/direct-chats.js";
import { createRoomEventHandler } from "../bot/handle-room-event.js";
import { createInterest } from "../bot/interest.js";
import { createSecretCutter } from "../bot/secret-words.js";
import type { Callers } from "../callers/callers.js";
import type { TokenDesk } from "../callers/token-desk.js";
import type { ConnectionOperations } from "../connections/operations.js";
import type { BotDirectory } from "../core/bots.js";
import { RemoteError } from "../core/errors.js";
import type { DeliveryDesk } from "../core/ports/delivery-desk.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { RoomQueue } from "../core/ports/room-work.js";
import type { ActiveService, Service } from "../core/service.js";
import type { Inbox } from "../delivery/inbox.js";
import { HeldTransactions } from "../delivery/held-transactions.js";
import type { TransactionIntake } from "../delivery/transaction-intake.js";
import { createBrowserLogins, type BrowserLogins } from "../logins/browser-logins.js";
import type { Repositories } from "../repositories/repositories.js";
import type { Metrics } from "../shared/metrics.js";
import type { Findings } from "../ticketing/findings.js";
import { createMetaStore } from "../storage/stores/meta-store.js";
import { createAppCallers } from "./callers.js";
import { createConnectionParts } from "./connection-parts.js";
import { createDelivery } from "./delivery-parts.js";
import { createAppDevinfo, createRoomWords, type AppDevinfo } from "./devinfo.js";
import { nameEncryptedRooms } from "./encrypted-rooms.js";
import { createFindings } from "./findings.js";
import { createFoundation, type FoundationOptions } from "./foundation.js";
import { HomeserverLink } from "./homeserver-link.js";
import type { Remotes } from "./remotes.js";
import { createRepositories } from "./repositories.js";
import { ServiceTasks } from "./service-tasks.js";
import { otherServices, services as builtServices } from "./services.js";

/** Everything but the servers, joined. */
export interface Parts {
  readonly bots: BotDirectory;
  readonly services: readonly ActiveService[];
  /** Services of this build that the configuration does not enable. */
  readonly disabledServices: readonly Service<unknown>[];
  readonly metrics: Metrics;
  readonly inbox: Inbox;
  readonly intake: Pick<TransactionIntake, "take">;
  readonly desk: DeliveryDesk;
  /** Who may call our APIs. */
  readonly callers: Callers;
  readonly tokens: TokenDesk;
  /** What was registered over our APIs. */
  readonly remotes: Remotes;
  /** What was found through registered Git integrations. */
  readonly repositories: Repositories;
  /** What scanners found. */
  readonly findings: Findings;
  readonly browserLogins: BrowserLogins;
  readonly devinfo: AppDevinfo;
  readonly operations: ConnectionOperations;
  readonly queue: RoomQueue;
  readonly rooms: RoomStore;
  /** Whether we ask the homeserver for the room behind that alias just now. */
  isAsking(alias: string): boolean;
  /** Ready to take webhooks and transactions when it resolves. */
  start(): Promise<void>;
  /** Begins what waits for the homeserver. */
  startBehind(): void;
  /** Tells senders that wait for an outcome that there is none yet. */
  endWaiting(): void;
  /** Resolves when what is under way is over. */
  stop(): Promise<void>;
  /** Cuts what is still under way. */
  disconnect(): Promise<void>;
}

/** Joins the parts in which things happen, over what they stand on. */
export async function createParts(options: FoundationOptions): Promise<Parts> {
  const { config, clock, random, log, storage, sealer } = options;
  const foundation = await createFoundation(options);
  const { unitOfWork, metrics, bots, services, index, rooms, matrix, permissionRooms, permissions, adminRooms, late, sharedLogins } =
    foundation;
  const sender = options.decorate?.sender?.(matrix.sender) ?? matrix.sender;
  const link = new HomeserverLink({
    ...{ matrix, bots, clock, random, log: log.child({ module: "homeserver" }) },
    onReachable: (isReachable) => {
      metrics.homeserverUp.set(isReachable);
    },
    onLinked: () => {
      heldTransactions.foundAgain();
    },
  });
  const delivery = createDelivery({
    ...{ config, storage, sealer, unitOfWork, clock, random, metrics, matrix, bots, services, index, rooms },
    log: log.child({ module: "delivery" }),
    sender,
    isOfInterest: createInterest({ bots, services, permissionRooms, index, isAdminRoom: (roomId) => adminRooms.has(roomId) }),
    // What is stored of a secret is encrypted, or it is not stored.
    ...(sealer === undefined ? { withoutSecrets: createSecretCutter({ bots, services, index }) } : {}),
    handle: (work) => handle(work),
    onHomeserverBack: () => {
      delivery.worker.wakeAll();
      heldTransactions.foundAgain();
      void link.ping();
    },
    onFirstSent: () => {
      reader.begin();
    },
    devinfoWords: createRoomWords({ database: storage.database, services, index, clock }),
  });
  const heldTransactions = new HeldTransactions({
    ...{ intake: delivery.intake, clock, log: log.child({ module: "appservice" }), askAgain: () => void link.ping() },
  });
  const disabledServices = builtServices.filter((service) => !services.some((active) => active.service === service));
  const connections = createConnectionParts({ ...options, foundation, delivery, disabledServices });
  const { operations, reader, settler } = connections;
  const botLog = log.child({ module: "bot" });
  const directChats = new DirectChats({
    ...{ bots, rooms, adminRooms, unitOfWork, roomState: matrix.roomState, accounts: matrix.accounts, log: botLog },
    marks: createMetaStore(storage.database, "direct-chats"),
  });
  late.fill({
    announcer: delivery.announcer,
    queue: delivery.worker,
    readRoom: (roomId) => operations.readRoom(roomId),
    isFirstReading: () => delivery.firstReading.isGoingOn,
    directChatOf: async (person) => (await directChats.findOrOpen(person, { isForSecret: true }))?.roomId,
    async emit(serviceId, event, key, changes) {
      await delivery.inbox.acceptOwn({ serviceId, event, key, changes });
    },
  });
  const { remotes } = foundation;
  const devinfo = await createAppDevinfo({
    ...{ config, storage, sealer, unitOfWork, services, index, inbox: delivery.inbox, ids: delivery.ids, clock, random, log },
    ...{ http: foundation.http, guarded: foundation.guarded, isFirstReading: () => delivery.firstReading.isGoingOn },
    mayAct(person, service) {
      if (permissions.allows(person, service, "commands")) return true;
      if (permissionRooms.isLoading()) throw new RemoteError("The members of a room that permissions name are not known yet.");
      return false;
    },
    integrationActs: (repositoryId) => repositories.actsOnSmartCommits(repositoryId),
  });
  const repositories = createRepositories({
    ...{
      database: storage.database,
      unitOfWork,
      devinfo: devinfo.devinfo,
      guarded: foundation.guarded,
      hosts: remotes.services,
      clock,
      random,
      log,
    },
    ...{ integrations: remotes.gitIntegrations, ids: remotes.gitIds },
  });
  remotes.repositoryDesk.fill(repositories);
  const findings = createFindings({
    ...{ services, guarded: foundation.guarded, database: storage.database, unitOfWork, clock, random, log },
    directory: { find: (kind, typed) => remotes.directory.named(kind, typed) },
  });
  const tasks = new ServiceTasks({ services, clock, log: log.child({ module: "tasks" }) });
  const handle = createRoomEventHandler({
    ...{ bots, services, permissions, permissionRooms, operations, rooms, unitOfWork, adminRooms, directChats, sender, clock },
    ...{ roomState: matrix.roomState, accountData: matrix.accountData, accounts: matrix.accounts, queue: delivery.worker },
    unbuiltServices: otherServices,
    surveyRemotes: () => remotes.survey(),
    disabledServices,
    devinfo: { devinfo: devinfo.devinfo, reports: devinfo.reports, callers: devinfo.access.callers },
    log: botLog,
    lastDelivery: (connection) => Promise.resolve(delivery.describeLast(connection)),
    onMaySpeak: (roomId) => {
      delivery.outbox.wake(roomId);
    },
  });

  return {
    ...{ bots, services, disabledServices, metrics, inbox: delivery.inbox, intake: heldTransactions, desk: delivery.desk },
    ...{ operations, queue: delivery.worker, rooms },
    ...createAppCallers({ config, database: storage.database, unitOfWork, clock, random, log }),
    ...{ remotes, repositories, findings, devinfo },
    browserLogins: createBrowserLogins(sharedLogins),
    isAsking: (alias) => matrix.roomMaker.isAsking(alias),
    async start() {
      await adminRooms.load(rooms);
      await connections.applyStatics();
      // Before anything is routed: it says whether events must be kept for rooms that are not read yet.
      await reader.start();
      await delivery.start();
      await Promise.all([findings.start(), devinfo.start()]);
      if (config.encryption !== undefined) await nameEncryptedRooms(rooms, log.child({ module: "rooms" }));
    },
    startBehind() {
      void link.start();
      permissionRooms.start();
      settler.start();
      tasks.start();
      sharedLogins.start();
      repositories.start();
    },
    endWaiting() {
      delivery.endWaiting();
    },
    async stop() {
      link.stop();
      // What they emit until they end is stored, and taken up at the next start.
      await Promise.all([
        tasks.stop(),
        repositories.stop(),
        findings.stop(),
        devinfo.stop(),
        sharedLogins.stop(),
        reader.stop(),
        settler.stop(),
        permissionRooms.stop(),
        delivery.stop(),
      ]);
    },
    async disconnect() {
      await foundation.close();
    },
  };
}
