import type { Config } from "../config/config.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { PersonalLogins } from "../core/ports/personal-logins.js";
import type { ServiceStore } from "../core/ports/service-store.js";
import type { ActiveService, Service } from "../core/service.js";

interface Surroundings {
  readonly http: HttpClient;
  readonly now: () => number;
  readonly storeOf: (serviceId: string) => ServiceStore;
  readonly loginsOf: (serviceId: string) => PersonalLogins;
}

/** The services that the configuration enables, each with what its members may use. */
export function activate(
  services: readonly Service<unknown>[],
  config: Config,
  { http, now, storeOf, loginsOf }: Surroundings,
): readonly ActiveService[] {
  return enabledServices(services, config).map((service) => {
    const { id, configKey } = service;
    return { service, context: { config: config.services[configKey], store: storeOf(id), logins: loginsOf(id), http, now } };
  });
}

/** Those whose section is there and not switched off. */
export function enabledServices(services: readonly Service<unknown>[], config: Config): readonly Service<unknown>[] {
  return services.filter((service) => {
    const section = config.services[service.configKey];
    return section !== undefined && service.isEnabled?.(section) !== false;
  });
}
