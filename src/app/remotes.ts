import { connectorsScope, connectorSystems } from "../apis/connectors/schema.js";
import { ticketingScope, ticketingServiceId } from "../apis/xray-ticketing/schema.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import { createCheckRemote } from "../remotes/check-remote.js";
import { Connectors } from "../remotes/connectors.js";
import { Registry } from "../remotes/registry.js";
import { TicketingIntegrations } from "../remotes/ticketing.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Database } from "../storage/database.js";
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
  readonly clock: Clock;
  readonly log: Log;
}

/** What was registered over our APIs. */
export interface Remotes {
  readonly connectors: Connectors;
  readonly ticketing: TicketingIntegrations;
}

/** Resources of listeners whose APIs register remotes, which needs a key. */
export const registryResources: readonly string[] = [connectorsScope, ticketingScope];

export function createRemotes({ database, sealer, unitOfWork, guarded, verifiesTicketing, clock, log }: RemotesOptions): Remotes {
  const remotesLog = log.child({ module: "remotes" });
  const checkRemote = createCheckRemote({
    services: [...services, ...remoteServices],
    http: guarded,
    clock,
    log: remotesLog,
  });
  return {
    connectors: new Connectors({
      registry: new Registry({ store: createRecordStore(database, "connectors", sealer), unitOfWork, clock, hasUniqueNames: true }),
      systems: connectorSystems,
      http: guarded,
      checkRemote,
    }),
    ticketing: new TicketingIntegrations({
      registry: new Registry({
        ...{ store: createRecordStore(database, "ticketing-integrations", sealer), unitOfWork, clock, hasUniqueNames: true },
      }),
      ...{ serviceId: ticketingServiceId, http: guarded, checkRemote, verifiesConnections: verifiesTicketing, clock, log: remotesLog },
    }),
  };
}
