import { provisioningScope } from "../core/api-scopes.js";
import type { PermissionRule } from "../core/permissions.js";
import type { Secret } from "../shared/secret.js";
import type { BridgeConfig, Config, DevinfoConfig, ListenerConfig } from "./config.js";
import type { Findings } from "./findings.js";
import type { ServiceSection } from "./schema.js";

/** The file as the schema leaves it: validated, defaults filled in, sealed. */
export type ConfigFile = Omit<Config, "services" | "permissions" | "bot" | "provisioning"> &
  Partial<Pick<Config, "permissions" | "bot">> & { readonly provisioning?: ProvisioningFile } & Readonly<Record<string, unknown>>;

/** Hookshot's section: it may also bring a listener. */
interface ProvisioningFile {
  readonly secret?: Secret;
  readonly port?: number;
  readonly bindAddress?: string;
}

interface Surroundings {
  readonly services: readonly ServiceSection[];
  readonly dataPath: string | undefined;
  readonly findings: Findings;
}

/** The file's sections in the one form that the rest of the product reads: no trailing slashes, no absent sections, services apart. */
export function toConfig(file: ConfigFile, { services, dataPath, findings }: Surroundings): Config {
  return Object.freeze({
    bridge: Object.freeze(toBridge(file.bridge)),
    listeners: Object.freeze(listenersOf(file, findings).map((listener) => Object.freeze(toListener(listener)))),
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
    ...(file.provisioning?.secret === undefined ? {} : { provisioning: Object.freeze({ secret: file.provisioning.secret }) }),
    api: file.api,
    ticketing: file.ticketing,
    registry: file.registry,
    repositories: file.repositories,
    devinfo: Object.freeze(toDevinfo(file.devinfo)),
    compatibility: file.compatibility,
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

/** `provisioning.port` means a listener; where the port has one, that serves the resource too, for a port can be taken only once. */
function listenersOf({ listeners, provisioning = {} }: ConfigFile, findings: Findings): readonly ListenerConfig[] {
  const { port, bindAddress = "127.0.0.1" } = provisioning;
  if (port === undefined) return listeners;
  const shared = listeners.find((listener) => port !== 0 && listener.port === port);
  if (shared === undefined) return [...listeners, { port, bindAddress, prefix: "", resources: [provisioningScope] }];
  if (bindAddress !== shared.bindAddress) {
    const sentence = `a listener has the port ${String(port)} already, on ${shared.bindAddress}: this API is served there too, not on ${bindAddress}.`;
    findings.warn(["provisioning", "port"], sentence);
  }
  const resources = [...new Set([...shared.resources, provisioningScope])];
  return listeners.map((listener) => (listener === shared ? { ...listener, resources } : listener));
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

function toDevinfo(devinfo: DevinfoConfig): DevinfoConfig {
  const forward = devinfo.forward.map((entry) =>
    Object.freeze({ ...entry, url: withoutSlash(entry.url), apiUrl: withoutSlash(entry.apiUrl) }),
  );
  return { ...devinfo, forward: Object.freeze(forward) };
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
