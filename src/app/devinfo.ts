import { setFlagsFromString } from "node:v8";
import type { KnownProjects } from "../apis/devinfo/find-unknown-keys.js";
import { installKeysPath } from "../apis/devinfo/install-keys-route.js";
import { DevinfoIntake } from "../apis/devinfo/intake.js";
import { connectProductType, onPremiseDevinfoPath } from "../apis/devinfo/schema.js";
import type { WebhookDevinfoTaker } from "../apis/webhooks/receive.js";
import { createDevinfoAccess, type DevinfoAccess } from "../callers/create-devinfo-access.js";
import type { Config } from "../config/config.js";
import { devinfoScope } from "../core/api-scopes.js";
import type { UserId } from "../core/ids.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { Devinfo } from "../core/ports/devinfo.js";
import type { DevinfoReportStore } from "../core/ports/devinfo-reports.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { ActiveService } from "../core/service.js";
import type { IdSource } from "../delivery/id-source.js";
import type { Inbox } from "../delivery/inbox.js";
import { createDevinfoAnnouncements } from "../devinfo/announcements.js";
import type { DevinfoCommit } from "../devinfo/commit.js";
import { createDevinfo } from "../devinfo/create-devinfo.js";
import { createDevinfoDesk, type DevinfoDesk } from "../devinfo/devinfo-desk.js";
import { DevinfoForwards } from "../devinfo/forwards.js";
import { warnOfLostProviders } from "../devinfo/lost-providers.js";
import { recordWebhook } from "../devinfo/record-webhook.js";
import { ReportRetention } from "../devinfo/report-retention.js";
import { createDevinfoReports } from "../devinfo/reports.js";
import { createDevinfoWords, type DevinfoWords } from "../devinfo/room-words.js";
import { createSmartCommitObserver } from "../devinfo/smart-commit-observer.js";
import { smartCommitTrackers } from "../devinfo/smart-commit-trackers.js";
import { SmartCommitWorker } from "../devinfo/smart-commit-worker.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import { createMarkdownRenderer } from "../shared/markdown.js";
import type { Random } from "../shared/random.js";
import { newUuid } from "../shared/uuid.js";
import type { Database } from "../storage/database.js";
import type { Storage } from "../storage/open.js";
import type { Sealer } from "../storage/sealing/sealer.js";
import { createDevinfoClientStore } from "../storage/stores/devinfo-client-store.js";
import { createDevinfoForwardStore } from "../storage/stores/devinfo-forward-store.js";
import { createDevinfoReportStore } from "../storage/stores/devinfo-report-store.js";
import { createDevinfoStore } from "../storage/stores/devinfo-store.js";
import { createHeardStore } from "../storage/stores/heard-store.js";
import { createMetaStore } from "../storage/stores/meta-store.js";
import { createSmartCommitStore } from "../storage/stores/smart-commit-store.js";
import { kindOf } from "./event-routes.js";

const dayMs = 24 * 3_600_000;

interface AppDevinfoOptions {
  readonly config: Config;
  readonly storage: Storage;
  /** Absent when no key is configured. */
  readonly sealer: Sealer | undefined;
  readonly unitOfWork: UnitOfWork;
  readonly services: readonly ActiveService[];
  readonly index: ConnectionIndex;
  readonly inbox: Pick<Inbox, "acceptOwn">;
  readonly ids: IdSource;
  readonly isFirstReading: () => boolean;
  /** Whether the person has the level `commands` on a service, by its permission name. @throws RemoteError while that is not known */
  readonly mayAct: (person: UserId, service: string) => boolean;
  /** Whether smart commits of a repository that we read ourselves are carried out. */
  readonly integrationActs: (repositoryId: string) => Promise<boolean>;
  /** For configured addresses. */
  readonly http: HttpClient;
  /** For addresses that somebody typed. */
  readonly guarded: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Development information, joined to rooms, callers and trackers. */
export interface AppDevinfo {
  readonly devinfo: Devinfo;
  readonly access: DevinfoAccess;
  readonly desk: DevinfoDesk;
  readonly forwards: DevinfoForwards;
  readonly intake: DevinfoIntake;
  readonly reports: DevinfoReportStore;
  readonly knownProjects: KnownProjects;
  /** Of the site that we stand in for; made once for a data folder. */
  readonly cloudId: string;
  readonly fromWebhooks: WebhookDevinfoTaker;
  /** Takes up what waits from before. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What rooms are told, in their turn. Needs nothing of what tells them. */
export function createRoomWords(options: {
  readonly database: Database;
  readonly services: readonly ActiveService[];
  readonly index: ConnectionIndex;
  readonly clock: Clock;
}): DevinfoWords {
  const { database, services, index, clock } = options;
  return createDevinfoWords({
    connectionsIn: (roomId) => index.inRoom(roomId),
    issueKeysOf(connection) {
      const active = services.find(({ service }) => service.id === connection.serviceId);
      const issueKeys = active === undefined ? undefined : kindOf(active.service.kinds, connection).issueKeys;
      return active === undefined || issueKeys === undefined ? undefined : { issueKeys, context: active.context };
    },
    heard: createHeardStore(database),
    clock,
    renderer: createMarkdownRenderer(),
  });
}

/**
 * With as little in use as we have, garbage is looked for after every fifth large submission, as soon as nothing else is to be done, and that takes
 * a fifth of the time. It waits until the heap has grown by what it may: some 20 MB more, which only those pay who take submissions.
 */
function letGarbageWait({ listeners }: Config): void {
  if (listeners.some(({ resources }) => resources.includes(devinfoScope))) setFlagsFromString("--no-incremental-marking-task");
}

/** Nothing is done by itself before `start`. */
export async function createAppDevinfo(options: AppDevinfoOptions): Promise<AppDevinfo> {
  const { config, storage, unitOfWork, services, index, clock, random } = options;
  const { database } = storage;
  const settings = config.devinfo;
  letGarbageWait(config);
  const log = options.log.child({ module: devinfoScope });
  const cloudId = await keptCloudId(options);
  const reports = createDevinfoReportStore(database);
  const access = createAccess(options, log);
  const kinds = kindsWithIssues(services);

  const smartCommitStore = createSmartCommitStore(database);
  const smartCommits = new SmartCommitWorker({
    ...{ store: smartCommitStore, unitOfWork, ids: options.ids, clock, random },
    trackers: smartCommitTrackers(services, options.mayAct),
    integrationActs: options.integrationActs,
    keepMs: settings.submissions.keepDays * dayMs,
    onEnd({ issueKey, commit, command }, { state, reason }) {
      log.info({ issueKey, commit, command: command.kind, state, reason }, "A smart commit ended");
    },
    onError(issueKey, error) {
      log.error({ issueKey, error }, "Something failed while a smart commit was carried out; it is tried again");
    },
  });
  const smartCommitObserver = createSmartCommitObserver({
    ...{ allowed: settings.smartCommits, store: smartCommitStore, ids: options.ids, worker: smartCommits },
  });
  const forwards = new DevinfoForwards({
    ...{ forward: settings.forward, store: createDevinfoForwardStore(database), unitOfWork, ids: options.ids, clock, random, log },
    ...{ http: options.http, apiPath: onPremiseDevinfoPath, ownCloudId: cloudId },
  });
  const engine = createDevinfo({
    ...{ store: createDevinfoStore(database), clock, log, commit: createCommit(options) },
    observers: [
      createDevinfoReports({ store: reports, clock, random, findSmartCommits: (...told) => smartCommitObserver.find(...told) }),
      createDevinfoAnnouncements({
        kinds,
        byRoutingKey: (serviceId, key) => index.byRemoteKey(serviceId, key),
        isFirstReading: options.isFirstReading,
      }),
      forwards.observer,
      smartCommitObserver,
    ],
  });
  const retention = new ReportRetention({
    ...{ store: reports, unitOfWork, clock, keepMs: settings.submissions.keepDays * dayMs, keepCount: keptReports },
    onError(error) {
      log.error({ error }, "Old reports of submissions could not be removed");
    },
  });
  const intake = new DevinfoIntake({ clock, ...(settings.rateLimit === undefined ? {} : { rateLimit: settings.rateLimit }) });
  storage.onRecovered(() => {
    engine.recovered();
    forwards.catchUp();
    smartCommits.catchUp().catch((error: unknown) => {
      log.error({ error }, "Smart commits that wait could not be read; restart Switchboard");
    });
  });
  const called = (): Promise<ReadonlySet<string>> => access.callers.providers();
  async function warnIfLost(): Promise<void> {
    const warning = warnOfLostProviders(await engine.providers(), await called());
    if (warning !== undefined) log.warn({}, warning);
  }

  return {
    ...{ devinfo: engine, access, forwards, intake, reports, cloudId },
    desk: createDevinfoDesk({ devinfo: engine, reports, smartCommits: smartCommitStore, called }),
    knownProjects: settings.knownKeys === "all" ? { isKnown: () => true } : createKnownProjects(kinds, index),
    fromWebhooks: {
      serviceIds: new Set(settings.fromWebhooks),
      record: (serviceId, told) => recordWebhook(engine, serviceId, told),
    },
    async start() {
      engine.start();
      retention.start();
      await Promise.all([forwards.start(), smartCommits.start()]);
      // Counting may take a while where there is much, and nobody waits for it.
      warnIfLost().catch((error: unknown) => {
        log.error({ error }, "Providers of development information could not be looked through");
      });
    },
    async stop() {
      retention.stop();
      await Promise.all([intake.stop(), forwards.stop(), smartCommits.stop(), engine.stop()]);
    },
  };
}

/** Of each provider. */
const keptReports = 10_000;

/** What rooms hear is stored, as the event that brings it, in the batch of what it tells. */
function createCommit({ inbox, unitOfWork, random }: Pick<AppDevinfoOptions, "inbox" | "unitOfWork" | "random">): DevinfoCommit {
  return async (changes, events = []) => {
    const [first, ...others] = events;
    if (first === undefined) return unitOfWork.commit(changes);
    await inbox.acceptOwn({ ...first, key: random.token(20), changes });
    for (const event of others) await inbox.acceptOwn({ ...event, key: random.token(20), changes: [] });
  };
}

type KindWithIssues = Parameters<typeof createDevinfoAnnouncements>[0]["kinds"][number];

function kindsWithIssues(services: readonly ActiveService[]): readonly KindWithIssues[] {
  return services.flatMap(({ service }) =>
    service.kinds.flatMap(({ id, issueKeys }) => (issueKeys === undefined ? [] : { serviceId: service.id, kindId: id, issueKeys })),
  );
}

/** Looked up in the index: no remote is asked. */
function createKnownProjects(kinds: readonly KindWithIssues[], index: ConnectionIndex): KnownProjects {
  return {
    async isKnown(projectKey) {
      for (const { serviceId, issueKeys } of kinds) {
        if ((await index.byRemoteKey(serviceId, issueKeys.routingKey(projectKey))).length > 0) return true;
      }
      return false;
    },
  };
}

async function keptCloudId({ storage, unitOfWork, random }: Pick<AppDevinfoOptions, "storage" | "unitOfWork" | "random">): Promise<string> {
  // Not among what is stored of development information, whose keys begin with letters of their own.
  const meta = createMetaStore(storage.database, "devinfo-site");
  const known = await meta.get("cloud-id");
  if (known !== undefined) return known;
  const cloudId = newUuid(random);
  await unitOfWork.commit([meta.put("cloud-id", cloudId)]);
  return cloudId;
}

function createAccess({ config, storage, sealer, unitOfWork, guarded, clock, random }: AppDevinfoOptions, log: Log): DevinfoAccess {
  const { publicUrl } = config.listeners.find(({ resources }) => resources.includes(devinfoScope)) ?? {};
  return createDevinfoAccess({
    ...{ config: config.devinfo, store: createDevinfoClientStore(storage.database, sealer), unitOfWork, http: guarded, clock, random, log },
    ...{ publicUrl, installKeysPath, productType: connectProductType },
  });
}
