import type { Config } from "../config/config.js";
import type { ActiveService, Service } from "../core/service.js";
import { createServiceContext, type ServiceSurroundings } from "./service-contexts.js";

/** Services, each with what its members may use. */
export function activate(
  services: readonly Service<unknown>[],
  surroundings: Omit<ServiceSurroundings, "isConnectionType">,
): readonly ActiveService[] {
  const types: ReadonlySet<string> = new Set(services.flatMap(({ kinds }) => kinds.flatMap(({ stateTypes }) => stateTypes)));
  const isConnectionType = (type: string): boolean => types.has(type);
  return services.map((service) => ({ service, context: createServiceContext(service, { ...surroundings, isConnectionType }) }));
}

/** Those whose section is there and not switched off. */
export function enabledServices(services: readonly Service<unknown>[], config: Config): readonly Service<unknown>[] {
  return services.filter((service) => {
    const section = config.services[service.configKey];
    return section !== undefined && service.isEnabled?.(section) !== false;
  });
}
