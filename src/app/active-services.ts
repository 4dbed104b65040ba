import type { Config } from "../config/config.js";
import type { ActiveService, Service } from "../core/service.js";
import type { Random } from "../shared/random.js";
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

/** The services of a start, and their sections by config key. */
export interface ChosenServices {
  readonly services: readonly Service<unknown>[];
  readonly sections: Readonly<Record<string, unknown>>;
}

/**
 * Those that the configuration enables; where remotes may be registered, those too that do without a section then.
 * A section that is there and switched off stays so.
 */
export function chooseServices(
  services: readonly Service<unknown>[],
  config: Config,
  { isRegistryUsed, random }: { readonly isRegistryUsed: boolean; readonly random: Random },
): ChosenServices {
  const enabled = enabledServices(services, config);
  const further = isRegistryUsed
    ? services.filter((service) => !enabled.includes(service) && config.services[service.configKey] === undefined)
    : [];
  const sections = further.flatMap((service) =>
    service.withoutSection === undefined ? [] : [[service.configKey, service.withoutSection(random)] as const],
  );
  const chosen = new Set(sections.map(([configKey]) => configKey));
  return {
    services: services.filter(
      (service) => enabled.includes(service) || (chosen.has(service.configKey) && service.withoutSection !== undefined),
    ),
    sections: { ...config.services, ...Object.fromEntries(sections) },
  };
}

/** Those whose section is there and not switched off. */
export function enabledServices(services: readonly Service<unknown>[], config: Config): readonly Service<unknown>[] {
  return services.filter((service) => {
    const section = config.services[service.configKey];
    return section !== undefined && service.isEnabled?.(section) !== false;
  });
}
