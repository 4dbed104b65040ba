import type { Config } from "../config/config.js";
import type { Service } from "../core/service.js";
import { services as builtServices } from "./services.js";

const prefixKey = "userIdPrefix";

/** What names begin with that the registration has to reserve for us. */
export interface ReservedNames {
  /** User ids of ghosts, for example `_x_`. */
  readonly ghostPrefixes: readonly string[];
  /** Aliases of rooms that come to be when somebody joins them, for example `x_`. */
  readonly aliasPrefixes: readonly string[];
}

/**
 * Names for the services that the configuration has a section for, or for all of this build where there is no configuration. A section may
 * say what the ids of its ghosts begin with (`userIdPrefix`); where sections cannot it is the service's name, as in Hookshot's sample.
 */
export function reservedNames(config?: Pick<Config, "services">, services: readonly Service<unknown>[] = builtServices): ReservedNames {
  const concerned = services.filter(({ configKey }) => config === undefined || config.services[configKey] !== undefined);
  const configKeys = [...new Set(concerned.map(({ configKey }) => configKey))];
  const prefixes = configKeys.map((configKey) => {
    // Two services may share a section.
    const sharing = concerned.filter((service) => service.configKey === configKey);
    const schema = sharing.map(({ configSchema }) => valueAt(configSchema["properties"], prefixKey)).find((found) => found !== undefined);
    if (schema === undefined) return `_${sharing[0]?.permissionName ?? configKey}_`;
    return config === undefined ? usualPrefix(schema) : textAt(config.services[configKey], prefixKey);
  });
  return {
    ghostPrefixes: [...new Set(prefixes.filter((prefix) => prefix !== undefined))],
    aliasPrefixes: concerned.flatMap(({ aliases }) => (aliases?.prefix === undefined ? [] : [aliases.prefix])),
  };
}

/** What it is unless the section says otherwise, or what the documentation shows. */
function usualPrefix(schema: unknown): string | undefined {
  return textAt(schema, "default") ?? textAt(valueAt(schema, "examples"), "0");
}

function textAt(value: unknown, key: string): string | undefined {
  const found = valueAt(value, key);
  return typeof found === "string" && found !== "" ? found : undefined;
}

function valueAt(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}
