import { connectorsScope, connectorSystems } from "../apis/connectors/schema.js";
import { gitIntegrationsScope, gitIntegrationTypes } from "../apis/git-integrations/schema.js";
import { ticketingScope, ticketingServiceId } from "../apis/xray-ticketing/schema.js";
import type { RoomId } from "../core/ids.js";
import type { MembersOf, RemoteRule } from "../core/permissions.js";
import type { RepositoryDesk } from "../core/ports/git-integrations.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { IdSequence } from "../core/ports/record-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { RemoteKind } from "../core/registered-remote.js";
import type { RemoteService } from "../core/remote-service.js";
import type { Service } from "../core/service.js";
import { createCheckRemote } from "../remotes/check-remote.js";
import { Connectors, type ConnectorFields } from "../remotes/connectors.js";
import { RemoteDirectory } from "../remotes/directory.js";
import type { GitIntegrationFields } from "../remotes/git-integration.js";
import { GitIntegrations } from "../remotes/git-integrations.js";
import { Registry } from "../remotes/registry.js";
import { RemoteWebhooks, type WebhookFields } from "../remotes/remote-webhooks.js";
import { surveyRemotes, type RemoteReport } from "../remotes/survey.js";
import type { TicketingFields } from "../remotes/ticketing-integration.js";
import { TicketingIntegrations } from "../remotes/ticketing.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import type { Database } from "../storage/database.js";
import { recordStoreNames, type RecordStoreName } from "../storage/sealing/sealed-values.js";
import type { Sealer } from "../storage/sealing/sealer.js";
import { createFindingStore } from "../storage/stores/finding-store.js";
import { createRecordStore } from "../storage/stores/record-store.js";
import { Late } from "./late.js";
import { createRemoteServices, services } from "./services.js";

interface RemotesOptions {
  readonly database: Database;
  /** Absent when no key is configured: then nothing can be registered. */
  readonly sealer: Sealer | undefined;
  readonly unitOfWork: UnitOfWork;
  /** For addresses that somebody typed. */
  readonly guarded: HttpClient;
  /** Whether trackers that scanners register are asked before they are stored. */
  readonly verifiesTicketing: boolean;
  /** `repositories.trackedFolders`. */
  readonly trackedFolders: readonly string[];
  /** `registry.allow`. */
  readonly rules: readonly RemoteRule[] | undefined;
  readonly membersOf: MembersOf;
  /** Ids that the projects which a room is connected to have at their trackers. */
  readonly projectIdsIn: (roomId: RoomId) => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What was registered over our APIs. */
export interface Remotes {
  readonly connectors: Connectors;
  readonly ticketing: TicketingIntegrations;
  readonly gitIntegrations: GitIntegrations;
  /** Of Git integrations; their repositories have ids of the same sequence. */
  readonly gitIds: IdSequence;
  /** Whoever reads those repositories; filled before anything is asked of the integrations. */
  readonly repositoryDesk: Late<RepositoryDesk>;
  /** Those of this build, whether or not the configuration has a section for them. */
  readonly services: readonly (Service<unknown> | RemoteService)[];
  /** All of them together, for rooms. */
  readonly directory: RemoteDirectory;
  readonly webhooks: RemoteWebhooks;
  /** Asks all of them how they are. */
  survey(): Promise<readonly RemoteReport[]>;
}

/** Resources of listeners whose APIs register remotes, which needs a key. */
export const registryResources: readonly string[] = [connectorsScope, gitIntegrationsScope, ticketingScope];

/** Whether anything is registered. */
export async function hasRemotes(database: Database): Promise<boolean> {
  const stores = recordStoreNames.map((name) => createRecordStore(database, name, undefined));
  return (await Promise.all(stores.map((store) => store.nextId()))).some((next) => next > 1);
}

export function createRemotes(options: RemotesOptions): Remotes {
  const { database, sealer, unitOfWork, guarded, verifiesTicketing, trackedFolders, clock, random } = options;
  const log = options.log.child({ module: "remotes" });
  const asked = [...services, ...createRemoteServices({ trackedFolders, clock })];
  const checkRemote = createCheckRemote({ services: asked, http: guarded, clock, log });
  const webhookStore = createRecordStore<WebhookFields>(database, "remote-webhooks", sealer);
  const webhooks = new RemoteWebhooks({
    registry: new Registry({ store: webhookStore, unitOfWork, clock, hasUniqueNames: true }),
    ...{ store: webhookStore, random },
  });
  const findings = createFindingStore(database);
  /** What a remote's own webhook was signed with goes with it, and what is known of the findings there. */
  const named = <Fields>(store: RecordStoreName, kind: RemoteKind): Registry<Fields> =>
    new Registry<Fields>({
      ...{ store: createRecordStore<Fields>(database, store, sealer), unitOfWork, clock, hasUniqueNames: true },
      onRemove: async (id) => [...(await webhooks.forget(`${kind}-${id}`)), ...(await findings.forget(`${kind}-${id}`))],
    });
  const connectors = new Connectors({
    ...{ registry: named<ConnectorFields>("connectors", "connector"), systems: connectorSystems, http: guarded, checkRemote },
  });
  const ticketing = new TicketingIntegrations({
    registry: named<TicketingFields>("ticketing-integrations", "ticketing"),
    ...{ serviceId: ticketingServiceId, http: guarded, checkRemote, verifiesConnections: verifiesTicketing, clock, log },
  });
  const repositoryDesk = new Late<RepositoryDesk>("what reads repositories");
  const gitIds = new Registry<GitIntegrationFields>({
    ...{ store: createRecordStore(database, "git-integrations", sealer), unitOfWork, clock, hasUniqueNames: false },
    onRemove: async (id) => [...(await webhooks.forget(`integration-${id}`)), ...repositoryDesk.get().forget(id)],
  });
  const gitIntegrations = new GitIntegrations({
    ...{ registry: gitIds, types: gitIntegrationTypes, http: guarded, desk: { wake: (id) => repositoryDesk.get().wake(id) } },
  });
  const { rules, membersOf, projectIdsIn } = options;
  const directory = new RemoteDirectory({
    sources: [connectors, gitIntegrations, ticketing],
    ...(rules === undefined ? {} : { rules }),
    ...{ membersOf, projectIdsIn },
  });
  const survey = (): ReturnType<Remotes["survey"]> => surveyRemotes({ directory, checkRemote, clock });
  return { connectors, ticketing, gitIntegrations, gitIds, repositoryDesk, services: asked, directory, webhooks, survey };
}
