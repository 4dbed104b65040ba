import type { BotDirectory } from "../core/bots.js";
import type { UserId } from "../core/ids.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { ServiceSecrets } from "../core/ports/service-secrets.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Service, ServiceContext } from "../core/service.js";
import type { LoginParts } from "../logins/login-parts.js";
import type { Matrix } from "../matrix/matrix.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import type { Database } from "../storage/database.js";
import type { HookshotSecrets } from "../storage/sealing/hookshot-secrets.js";
import type { Sealer } from "../storage/sealing/sealer.js";
import { createServiceSecretStore } from "../storage/stores/service-secret-store.js";
import { createServiceStore } from "../storage/stores/service-store.js";
import type { Late } from "./late.js";
import type { LateParts } from "./late-parts.js";
import { createHookshotAccounts, createServiceLogins } from "./logins.js";
import { createServiceConnections } from "./service-connections.js";
import { createServiceRemotes, type ServiceRemotesOptions } from "./service-remotes.js";
import { createServiceRooms } from "./service-rooms.js";

export interface ServiceSurroundings {
  /** Sections of services, by config key. */
  readonly sections: Readonly<Record<string, unknown>>;
  readonly database: Database;
  /** Absent when no key is configured. */
  readonly sealer: Sealer | undefined;
  /** Absent when there is no `passFile`. */
  readonly hookshotSecrets: HookshotSecrets | undefined;
  readonly unitOfWork: UnitOfWork;
  readonly index: ConnectionIndex;
  readonly rooms: RoomStore;
  readonly bots: BotDirectory;
  readonly matrix: Matrix;
  readonly http: HttpClient;
  readonly guarded: HttpClient;
  readonly remotes: ServiceRemotesOptions;
  readonly late: Late<LateParts>;
  readonly sharedLogins: LoginParts;
  /** `compatibility.writeTokens`. */
  readonly writesTokens: boolean;
  /** Whether the person has the level `login` on the service, by its permission name. @throws RemoteError while that is not known */
  readonly mayLogIn: (person: UserId, service: string) => boolean;
  readonly isConnectionType: (type: string) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Everything that a service's members may use. What it does through parts that are joined later works once they are. */
export function createServiceContext(service: Service<unknown>, surroundings: ServiceSurroundings): ServiceContext<unknown> {
  const { id, configKey, permissionName } = service;
  const { sections, database, unitOfWork, index, rooms, matrix, http, guarded, late, clock, random } = surroundings;
  const log = surroundings.log.child({ module: id });
  const context: ServiceContext<unknown> = {
    config: sections[configKey],
    store: createServiceStore(database, id),
    commit: (changes) => unitOfWork.commit(changes),
    logins: createServiceLogins(service, surroundings, () => context),
    secrets: createServiceSecrets(id, surroundings),
    connections: { ...createServiceConnections(id, index, rooms), isComplete: () => !late.get().isFirstReading() },
    rooms: createServiceRooms({ ...surroundings, serviceId: id, permissionName, log }),
    media: matrix.media,
    remotes: createServiceRemotes(service, surroundings.remotes),
    ...{ http, guarded, random, log },
    emit: (event, key, changes = []) => late.get().emit(id, event, key, changes),
    now: () => clock.now(),
  };
  return context;
}

function createServiceSecrets(
  serviceId: string,
  { database, sealer, ...surroundings }: Pick<ServiceSurroundings, "database" | "sealer" | "hookshotSecrets" | "matrix" | "bots">,
): ServiceSecrets {
  const hookshot = createHookshotAccounts(surroundings);
  return {
    ...createServiceSecretStore(database, serviceId, sealer),
    fromHookshot: async (accountDataType) => hookshot?.read(accountDataType),
  };
}
