import { connectorsScope, connectorSystems } from "../apis/connectors/schema.js";
import { ticketingScope, ticketingServiceId } from "../apis/xray-ticketing/schema.js";
import type { RoomId } from "../core/ids.js";
import type { MembersOf, RemoteRule } from "../core/permissions.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { RemoteKind } from "../core/registered-remote.js";
import { createCheckRemote } from "../remotes/check-remote.js";
import { Connectors, type ConnectorFields } from "../remotes/connectors.js";
import { RemoteDirectory } from "../remotes/directory.js";
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
import { createRecordStore } from "../storage/stores/record-store.js";
import { remoteServices, services } from "./services.js";

interface RemotesOptions {
  readonly database: Database;
  /** Absent when no key is configured: then nothing can be registered. */
  readonly sealer: Sealer | undefined;
  readonly unitOfWork: UnitOfWork;
  /** For addresses that somebody typed. */
  readonly guarded: HttpClient;
  /** Whether trackers that scanners register are asked before they are stored. */
  readonly verifiesTicketing: boolean;
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
  /** All of them together, for rooms. */
  readonly directory: RemoteDirectory;
  readonly webhooks: RemoteWebhooks;
  /** Asks all of them how they are. */
  survey(): Promise<readonly RemoteReport[]>;
}

/** Resources of listeners whose APIs register remotes, which needs a key. */
export const registryResources: readonly string[] = [connectorsScope, ticketingScope];

/** Whether anything is registered. */
export async function hasRemotes(database: Database): Promise<boolean> {
  const stores = recordStoreNames.map((name) => createRecordStore(database, name, undefined));
  return (await Promise.all(stores.map((store) => store.nextId()))).some((next) => next > 1);
}

export function createRemotes(options: RemotesOptions): Remotes {
  const { database, sealer, unitOfWork, guarded, verifiesTicketing, clock, random } = options;
  const log = options.log.child({ module: "remotes" });
  const checkRemote = createCheckRemote({ services: [...services, ...remoteServices], http: guarded, clock, log });
  const webhookStore = createRecordStore<WebhookFields>(database, "remote-webhooks", sealer);
  const webhooks = new RemoteWebhooks({
    registry: new Registry({ store: webhookStore, unitOfWork, clock, hasUniqueNames: true }),
    ...{ store: webhookStore, random },
  });
  /** What a remote's own webhook was signed with goes with it. */
  const named = <Fields>(store: RecordStoreName, kind: RemoteKind): Registry<Fields> =>
    new Registry<Fields>({
      ...{ store: createRecordStore<Fields>(database, store, sealer), unitOfWork, clock, hasUniqueNames: true },
      onRemove: (id) => webhooks.forget(`${kind}-${id}`),
    });
  const connectors = new Connectors({
    ...{ registry: named<ConnectorFields>("connectors", "connector"), systems: connectorSystems, http: guarded, checkRemote },
  });
  const ticketing = new TicketingIntegrations({
    registry: named<TicketingFields>("ticketing-integrations", "ticketing"),
    ...{ serviceId: ticketingServiceId, http: guarded, checkRemote, verifiesConnections: verifiesTicketing, clock, log },
  });
  const { rules, membersOf, projectIdsIn } = options;
  const directory = new RemoteDirectory({
    sources: [connectors, ticketing],
    ...(rules === undefined ? {} : { rules }),
    ...{ membersOf, projectIdsIn },
  });
  return { connectors, ticketing, directory, webhooks, survey: () => surveyRemotes({ directory, checkRemote, clock }) };
}
