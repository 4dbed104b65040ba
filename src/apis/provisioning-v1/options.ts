import type { Callers } from "../../callers/callers.js";
import type { ConnectionOperations } from "../../connections/operations.js";
import type { BotDirectory } from "../../core/bots.js";
import type { RoomStore } from "../../core/ports/room-store.js";
import type { RoomQueue } from "../../core/ports/room-work.js";
import type { ActiveService, Service } from "../../core/service.js";
import type { Clock } from "../../shared/clock.js";
import type { Log } from "../../shared/log.js";
import type { Metrics } from "../../shared/metrics.js";

export interface ProvisioningOptions {
  readonly callers: Pick<Callers, "authenticate">;
  readonly operations: Pick<ConnectionOperations, "list" | "checkAccess" | "provision" | "update" | "disconnect">;
  readonly queue: RoomQueue;
  readonly rooms: Pick<RoomStore, "get">;
  readonly bots: BotDirectory;
  readonly services: readonly ActiveService[];
  /** Services of this build that the configuration does not enable. */
  readonly disabledServices: readonly Pick<Service<unknown>, "title" | "kinds" | "accountRoutes">[];
  readonly metrics: Pick<Metrics, "provisioningRequests">;
  readonly clock: Clock;
  readonly log: Pick<Log, "info">;
}
