import { api } from "./sections/api.js";
import { bot } from "./sections/bot.js";
import { bridge } from "./sections/bridge.js";
import { compatibility } from "./sections/compatibility.js";
import { connections } from "./sections/connections.js";
import { devinfo } from "./sections/devinfo.js";
import { encryption } from "./sections/encryption.js";
import { listeners } from "./sections/listeners.js";
import { logging } from "./sections/logging.js";
import { messaging } from "./sections/messaging.js";
import { metrics } from "./sections/metrics.js";
import { outbound } from "./sections/outbound.js";
import { passFile } from "./sections/pass-file.js";
import { permissions } from "./sections/permissions.js";
import { provisioning } from "./sections/provisioning.js";
import { registry } from "./sections/registry.js";
import { replaced } from "./sections/replaced.js";
import { repositories } from "./sections/repositories.js";
import { serviceBots } from "./sections/service-bots.js";
import { storage } from "./sections/storage.js";
import { ticketing } from "./sections/ticketing.js";
import type { SettingSchema } from "./setting-schema.js";

/** What the loader needs to know of a kind of connection. */
export interface StaticKind {
  readonly stateTypes: readonly string[];
  readonly stateSchema: Readonly<Record<string, unknown>>;
  /** Whether `connections` may hold it. */
  readonly canBeStatic?: true;
  /** Rewrites older forms of the state. Never throws. */
  normalise?(content: Readonly<Record<string, unknown>>, stateKey: string): Readonly<Record<string, unknown>>;
}

/** What the loader needs to know of a service in this build. */
export interface ServiceSection {
  /** Top-level key of its section. Services may share one: it has the keys of all of them, and each gets it whole. */
  readonly configKey: string;
  /** Its name in `permissions[].services[].service` and `serviceBots[].service`. */
  readonly permissionName: string;
  /** The name people read. */
  readonly title: string;
  /** Other names of it, as people and older configurations write them in permissions. */
  readonly aliases?: readonly string[];
  /** Its name in `devinfo.fromWebhooks`; present if its webhooks tell of commits, branches or pull requests. */
  readonly devinfoName?: string;
  /** JSON Schema of the section, with defaults, descriptions and `secret: true` where a value is one. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Environment variables of older installations: variable name to the dotted key that it replaces, if the key's parent is there (reference 1.2). */
  readonly environment?: Readonly<Record<string, string>>;
  /** Absent: none. */
  readonly kinds?: readonly StaticKind[];
  /** False where the section is there but switches the service off. Absent: a section means enabled. */
  isEnabled?(section: unknown): boolean;
}

/** A service of Hookshot that this build lacks: its section is accepted, with a warning. */
export interface UnbuiltService {
  readonly configKey: string;
  readonly permissionName: string;
  readonly title: string;
  /** Other names of it, as people and older configurations write them. */
  readonly aliases?: readonly string[];
  /** False where the section is there but switches the service off. Absent: a section means enabled. */
  isEnabled?(section: Readonly<Record<string, unknown>>): boolean;
}

/** The schema of the whole file; the order is that of the sample and of the reference. */
export function rootSchema(services: readonly ServiceSection[], otherServices: readonly UnbuiltService[]): SettingSchema {
  return {
    type: "object",
    properties: {
      bridge,
      listeners,
      permissions,
      ...Object.fromEntries(services.map(({ configKey }) => [configKey, sectionSchema(services, configKey)])),
      storage,
      logging,
      metrics,
      bot,
      serviceBots,
      messaging,
      connections,
      outbound,
      provisioning,
      api,
      ticketing,
      registry,
      repositories,
      devinfo,
      compatibility,
      encryption,
      passFile,
      ...unbuiltSections(services, otherServices),
      ...replaced,
    },
    required: ["bridge", "listeners"],
  };
}

/**
 * The schema of a section: the keys of all services that share it. What else its first service says of it, such as its description, holds.
 * @throws TypeError when two of them mean different things by one key
 */
function sectionSchema(services: readonly ServiceSection[], configKey: string): SettingSchema {
  // The loader reads only the keywords of SettingSchema; ajv checks the rest.
  const schemas: readonly SettingSchema[] = services.filter((service) => service.configKey === configKey).map(({ schema }) => schema);
  const [first = {}, ...others] = schemas;
  return others.reduce((merged, other) => mergeSections(merged, other, configKey), first);
}

function mergeSections(left: SettingSchema, right: SettingSchema, configKey: string): SettingSchema {
  for (const [key, schema] of Object.entries(right.properties ?? {})) {
    const known = left.properties?.[key];
    if (known === undefined || JSON.stringify(known) === JSON.stringify(schema)) continue;
    throw new TypeError(`Two services mean different things by ${configKey}.${key}`);
  }
  const required = [...new Set([...(left.required ?? []), ...(right.required ?? [])])];
  return { ...right, ...left, properties: { ...left.properties, ...right.properties }, ...(required.length === 0 ? {} : { required }) };
}

// A section that a built service shares (inbound and outbound hooks, say) is that service's.
function unbuiltSections(services: readonly ServiceSection[], otherServices: readonly UnbuiltService[]): Record<string, SettingSchema> {
  const built = new Set(services.map((service) => service.configKey));
  const unbuilt = otherServices.filter((service) => !built.has(service.configKey));
  return Object.fromEntries(unbuilt.map((service) => [service.configKey, unbuiltSection(unbuilt, service.configKey)]));
}

function unbuiltSection(unbuilt: readonly UnbuiltService[], configKey: string): SettingSchema {
  const titles = unbuilt.filter((service) => service.configKey === configKey).map((service) => service.title);
  return { deprecated: true, description: describeUnbuilt(titles) };
}

/** What the loader and the reference say of a section whose services are not built. */
export function describeUnbuilt(titles: readonly string[]): string {
  const verb = titles.length === 1 ? "is" : "are";
  return `${titles.join(" and ")} ${verb} not built yet: the section is accepted without effect, and connections in rooms stay as they are.`;
}
