import type { ServiceStore } from "../../core/ports/service-store.js";
import type { Database } from "../database.js";
import { createMetaStore } from "./meta-store.js";

/** @param serviceId each service has a sublevel of its own, so that no key of one can meet a key of another */
export function createServiceStore(database: Database, serviceId: string): ServiceStore {
  return createMetaStore(database, `service-${serviceId}`);
}
