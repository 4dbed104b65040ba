import type { Config } from "../config/config.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { ServiceStore } from "../core/ports/service-store.js";
import type { ActiveService, Service } from "../core/service.js";

interface Surroundings {
  readonly http: HttpClient;
  readonly now: () => number;
  readonly storeOf: (serviceId: string) => ServiceStore;
}

/** The services that the configuration enables, each with what its members may use. */
export function activate(
  services: readonly Service<unknown>[],
  config: Config,
  { http, now, storeOf }: Surroundings,
): readonly ActiveService[] {
  return services.flatMap((service) => {
    const section = config.services[service.configKey];
    if (section === undefined || service.isEnabled?.(section) === false) return [];
    return [{ service, context: { config: section, store: storeOf(service.id), http, now } }];
  });
}
