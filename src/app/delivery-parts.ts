import type { BotDirectory } from "../core/bots.js";
import type { Config } from "../config/config.js";
import { RemoteError } from "../core/errors.js";
import type { Connection } from "../core/connection.js";
import type { ConnectionId, RoomId, UserId } from "../core/ids.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { MessageSender } from "../core/ports/message-sender.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { Announcer, RoomWorkHandler } from "../core/ports/room-work.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { ActiveService } from "../core/service.js";
import { createAnnouncer } from "../delivery/announcer.js";
import { DeadLetterNotices } from "../delivery/dead-letter-notices.js";
import { Desk } from "../delivery/desk.js";
import { FirstReading } from "../delivery/first-reading.js";
import { Forwards } from "../delivery/forwards.js";
import { IdSource } from "../delivery/id-source.js";
import { Inbox } from "../delivery/inbox.js";
import type { MovedConnection } from "../delivery/move-deliveries.js";
import { Outbox } from "../delivery/outbox.js";
import { Outcomes } from "../delivery/outcomes.js";
import { Retention } from "../delivery/retention.js";
import { RoomWorker } from "../delivery/room-worker.js";
import { Router } from "../delivery/router.js";
import { TransactionIntake } from "../delivery/transaction-intake.js";
import { WaitingGauge } from "../delivery/waiting-gauge.js";
import type { DevinfoWords } from "../devinfo/room-words.js";
import { fitSize } from "../pipeline/fit-size.js";
import type { Matrix } from "../matrix/matrix.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Metrics } from "../shared/metrics.js";
import type { Random } from "../shared/random.js";
import type { Storage } from "../storage/open.js";
import type { Sealer } from "../storage/sealing/sealer.js";
import { createDeliveryStore } from "../storage/stores/delivery-store.js";
import { createForwardStore } from "../storage/stores/forward-store.js";
import { createInboxStore } from "../storage/stores/inbox-store.js";
import { createKeptEventStore } from "../storage/stores/kept-event-store.js";
import { createMetaStore } from "../storage/stores/meta-store.js";
import { createSeenStore } from "../storage/stores/seen-store.js";
import { createWorkStore } from "../storage/stores/work-store.js";
import { describeLastDelivery } from "./describe-last-delivery.js";
import { createEventRoutes } from "./event-routes.js";
import { observeDeliveries } from "./delivery-observer.js";
import { createHandOn } from "./hand-on.js";
import { createSentChanges } from "./sent-changes.js";
import { createLateWords } from "./late-words.js";
import { createRenderAgain } from "./render-again.js";

interface DeliveryOptions {
  readonly config: Config;
  readonly storage: Storage;
  /** Absent when no key is configured. */
  readonly sealer: Sealer | undefined;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly matrix: Matrix;
  readonly sender: MessageSender;
  readonly bots: BotDirectory;
  readonly services: readonly ActiveService[];
  readonly index: ConnectionIndex;
  readonly rooms: RoomStore;
  readonly isOfInterest: (event: MatrixEvent) => boolean;
  /** Given where no key is configured: takes secrets out of an event before it is stored. */
  readonly withoutSecrets?: (event: MatrixEvent) => MatrixEvent;
  readonly handle: RoomWorkHandler;
  readonly onHomeserverBack: () => void;
  readonly onFirstSent: () => void;
  /** What rooms are told of development information. */
  readonly devinfoWords: DevinfoWords;
}

/** Delivery, joined to storage, Matrix and services. */
export interface DeliveryParts {
  /** Of everything that is queued in this start. */
  readonly ids: IdSource;
  readonly inbox: Inbox;
  readonly intake: TransactionIntake;
  readonly outbox: Outbox;
  readonly router: Router;
  readonly worker: RoomWorker;
  readonly firstReading: FirstReading;
  readonly desk: Desk;
  readonly announcer: Announcer;
  /** Moves what waits for a connection, both ways, to the one that took its place in another room. Both rooms are held meanwhile. */
  move(from: MovedConnection, to: MovedConnection): Promise<void>;
  describeLast(connection: ConnectionId): string | undefined;
  start(): Promise<void>;
  /** Tells senders that wait for an outcome that there is none yet. */
  endWaiting(): void;
  stop(): Promise<void>;
}

/** Several times the connections to the homeserver, so that whenever one is free the next request is there already. */
const sendsAtOnce = 128;
const dayMs = 24 * 3_600_000;

export function createDelivery(options: DeliveryOptions): DeliveryParts {
  const { config, storage, unitOfWork, clock, random, log, metrics, matrix, bots, services, index, rooms } = options;
  const { database, folderId } = storage;
  const ids = new IdSource(storage.start);
  const deliveries = createDeliveryStore(database);
  const inboxStore = createInboxStore(database);
  const seen = createSeenStore(database, storage);
  const onError = (roomId: RoomId, error: unknown): void => {
    log.error({ roomId, error }, "Something failed while a room was worked on; it is tried again");
  };
  const events = observeDeliveries({ ...options, notices: () => notices });
  const outcomes = new Outcomes(clock);
  const routes = createEventRoutes({
    ...{ services, index, rooms, bots, allowUrlPreviews: config.messaging.allowUrlPreviews, devinfoWords: options.devinfoWords },
  });
  const speaker = async (roomId: RoomId): Promise<UserId | undefined> => (await rooms.get(roomId))?.bots[0];
  const outbox = new Outbox({
    ...{ store: deliveries, unitOfWork, sender: options.sender, ids, folderId, clock, random, events, outcomes, onError },
    ghosts: matrix.ghosts,
    words: createLateWords({ routes, index, inbox: inboxStore }),
    sentChanges: createSentChanges({ services, routes, index, inbox: inboxStore, log }),
    whyNot: (connection) => whyNot(index, connection),
    isJoined: (roomId, user) => isJoined(matrix, roomId, user),
    isBanned: async (roomId, user) => isBanned(matrix, roomId, user, await speaker(roomId)),
    // Where encryption is asked for nothing is said in plain in an encrypted room.
    mustWait: config.encryption === undefined ? () => false : async (roomId) => (await rooms.get(roomId))?.encrypted ?? false,
    fit: fitSize,
    concurrency: sendsAtOnce,
  });
  const announcer = createAnnouncer({ outbox, seen, unitOfWork, ids, clock });
  const notices = new DeadLetterNotices({ announcer, clock, onError, speaker });
  const firstReading = new FirstReading(createKeptEventStore(database), unitOfWork);
  const router = new Router({
    ...{ inbox: inboxStore, deliveries, unitOfWork, outbox, routes, firstReading, ids, clock, events, outcomes },
    positions: createMetaStore(database, "delivery"),
    onError: (what, error) => {
      log.error({ what, error }, "A remote event could not be dealt with");
    },
  });
  const inbox = new Inbox({
    ...{ store: inboxStore, seen, deliveries, ids, clock, events, outcomes, unitOfWork },
    turn: () => router.turn(),
    take: (event, parsed, changes) => router.take(event, parsed, changes),
    pace: () => outbox.pace(),
    letNextIn: () => {
      outbox.letNextIn();
    },
  });
  const work = createWorkStore(database, options.sealer);
  const forwards = createForwards(options, { ids, announcer, speaker });
  const worker = new RoomWorker({ ...{ work, unitOfWork, outbox, forwards, ids, clock, random, onError }, handle: options.handle });
  const intake = new TransactionIntake({
    ...{ work, seen, unitOfWork, ids, clock, isOfInterest: options.isOfInterest },
    ...(options.withoutSecrets === undefined ? {} : { withoutSecrets: options.withoutSecrets }),
    onStored: (stored) => {
      worker.push(stored);
    },
  });
  const retention = new Retention({
    ...{ deliveries, inbox: inboxStore, seen, unitOfWork, clock },
    keepMs: config.storage.keepDeliveries.days * dayMs,
    routedUpTo: () => (firstReading.isGoingOn ? undefined : router.position),
    keepCount: config.storage.keepDeliveries.count,
    onError: (error) => {
      log.error({ error }, "Old deliveries could not be removed");
    },
  });
  const lookForBacklog = (look: Promise<void>): void => {
    look.catch((error: unknown) => {
      log.error({ error }, "What waits from before could not be read; restart Switchboard");
    });
  };
  storage.onRecovered(() => {
    for (const part of [outbox, worker, forwards]) lookForBacklog(part.catchUp());
    router.catchUp();
  });
  const gauge = new WaitingGauge(deliveries, () => (firstReading.isGoingOn ? undefined : router.position));
  metrics.deliveriesWaiting.readFrom(() => gauge.count());
  metrics.oldestDeliverySeconds.readFrom(async () => {
    const oldest = await gauge.oldestAcceptedAt();
    return oldest === undefined ? 0 : (clock.now() - oldest) / 1_000;
  });
  return {
    ...{ ids, inbox, intake, outbox, router, worker, firstReading, announcer },
    desk: new Desk({ deliveries, inbox: inboxStore, outbox, unitOfWork, ids, clock, renderAgain: createRenderAgain(routes, index) }),
    async move(from, to) {
      await outbox.move(from, to);
      await forwards.move(from.id, to.id);
    },
    describeLast: (connection) => describeLastDelivery(events.lastOf(connection), clock.now()),
    async start() {
      await router.start();
      for (const part of [outbox, worker, forwards]) lookForBacklog(part.start());
      retention.start();
    },
    endWaiting() {
      outcomes.stop();
    },
    async stop() {
      retention.stop();
      await Promise.all([router.stop(), worker.stop(), outbox.stop(), forwards.stop()]);
    },
  };
}

interface ForwardsSurroundings {
  readonly ids: IdSource;
  readonly announcer: Announcer;
  readonly speaker: (roomId: RoomId) => Promise<UserId | undefined>;
}

function createForwards(
  { storage, sealer, unitOfWork, clock, random, log, services, index }: DeliveryOptions,
  surroundings: ForwardsSurroundings,
): Forwards {
  return new Forwards({
    ...{ unitOfWork, clock, random, ...surroundings, ...createHandOn({ services, index }) },
    store: createForwardStore(storage.database, sealer),
    onGivenUp({ connectionId, event }, reason) {
      log.error({ connectionId, roomId: event.room_id, event: event.event_id, reason }, "An event of a room could not be handed on");
    },
    onUnwanted({ connectionId, event }, reason) {
      log.info({ connectionId, roomId: event.room_id, event: event.event_id, reason }, "An event of a room is not handed on any more");
    },
    onError(connectionId, error) {
      log.error({ connectionId, error }, "Something failed while a room's event was handed on; it is tried again");
    },
  });
}

/** Asked of the room itself: a bot may be in thousands of rooms. */
async function isJoined(matrix: Matrix, roomId: RoomId, user: UserId): Promise<boolean> {
  try {
    return (await matrix.roomState.read(roomId, "m.room.member", user, user))?.["membership"] === "join";
  } catch (error) {
    // Whoever is not in the room may not ask.
    if (error instanceof RemoteError && (error.status === 403 || error.status === 404)) return false;
    throw error;
  }
}

/** @param as the bot that looks: whoever is banned may not */
async function isBanned(matrix: Matrix, roomId: RoomId, user: UserId, as: UserId | undefined): Promise<boolean> {
  if (as === undefined) return false;
  try {
    return (await matrix.roomState.read(roomId, "m.room.member", user, as))?.["membership"] === "ban";
  } catch (error) {
    if (error instanceof RemoteError && !error.isTransient) return false;
    throw error;
  }
}

function whyNot(index: ConnectionIndex, id: ConnectionId): string | undefined | Promise<string | undefined> {
  const connection = index.get(id);
  return connection instanceof Promise ? connection.then(whyNotThis) : whyNotThis(connection);
}

function whyNotThis(connection: Connection | undefined): string | undefined {
  if (connection === undefined) return "the connection was removed";
  return connection.status.kind === "active" ? undefined : `the connection is not in force: ${connection.status.reason}`;
}
