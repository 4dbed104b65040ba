import type { PermissionRule } from "../core/permissions.js";
import type { BridgeConfig, Config, ListenerConfig } from "./config.js";
import type { Findings } from "./findings.js";
import type { ServiceSection } from "./schema.js";

/** The file as the schema leaves it: validated, defaults filled in, sealed. */
export type ConfigFile = Omit<Config, "services" | "permissions" | "bot"> &
  Partial<Pick<Config, "permissions" | "bot">> &
  Readonly<Record<string, unknown>>;

interface Surroundings {
  readonly services: readonly ServiceSection[];
  readonly dataPath: string | undefined;
  readonly findings: Findings;
}

/** The file's sections in the one form that the rest of the product reads: no trailing slashes, no absent sections, services apart. */
export function toConfig(file: ConfigFile, { services, dataPath, findings }: Surroundings): Config {
  return Object.freeze({
    bridge: Object.freeze(toBridge(file.bridge)),
    listeners: Object.freeze(file.listeners.map((listener) => Object.freeze(toListener(listener)))),
    permissions: file.permissions ?? defaultPermissions(file.bridge.domain, findings),
    storage: dataPath === undefined ? file.storage : Object.freeze({ ...file.storage, path: dataPath }),
    logging: file.logging,
    metrics: Object.freeze({ enabled: file.metrics.enabled }),
    bot: file.bot ?? Object.freeze({}),
    serviceBots: file.serviceBots,
    messaging: file.messaging,
    connections: file.connections,
    outbound: file.outbound,
    ...(file.encryption === undefined ? {} : { encryption: file.encryption }),
    passFile: file.passFile,
    services: Object.freeze(sectionsOf(file, services)),
  });
}

function sectionsOf(file: ConfigFile, services: readonly ServiceSection[]): Record<string, unknown> {
  const present = services.filter((service) => file[service.configKey] !== undefined);
  return Object.fromEntries(present.map((service) => [service.configKey, file[service.configKey]]));
}

function toBridge(bridge: BridgeConfig): BridgeConfig {
  const { mediaUrl } = bridge;
  return { ...bridge, url: withoutSlash(bridge.url), ...(mediaUrl === undefined ? {} : { mediaUrl: withoutSlash(mediaUrl) }) };
}

function toListener(listener: ListenerConfig): ListenerConfig {
  const { publicUrl } = listener;
  const prefix = listener.prefix.replace(/^\/+|\/+$/g, "");
  return {
    ...listener,
    prefix: prefix === "" ? "" : `/${prefix}`,
    ...(publicUrl === undefined ? {} : { publicUrl: withoutSlash(publicUrl) }),
  };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

// As Hookshot, which says so loudly: it is more than most administrators want.
function defaultPermissions(domain: string, findings: Findings): readonly PermissionRule[] {
  findings.warn(["permissions"], `no permissions are configured, so everybody on ${domain} is an administrator of all services.`);
  return Object.freeze([
    Object.freeze({ actor: domain, services: Object.freeze([Object.freeze({ service: "*", level: "admin" as const })]) }),
  ]);
}
