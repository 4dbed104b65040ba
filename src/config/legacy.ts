import type { Findings } from "./findings.js";
import type { ServiceSection } from "./schema.js";
import { replaced } from "./sections/replaced.js";
import { isRecord } from "./setting-schema.js";

type Values = Readonly<Record<string, unknown>>;

/** A service of this build or one that it lacks. */
type NamedService = Pick<ServiceSection, "permissionName" | "aliases">;

/** Sections that older configurations gave a port of their own, and the resource that it served (reference 1.3). */
const portSections = [
  { key: "webhook", resource: "webhooks" },
  { key: "metrics", resource: "metrics" },
  { key: "widgets", resource: "widgets" },
] as const;

/**
 * Turns older forms of keys into today's and warns of each.
 * @param values the merged files, tidied; only copies of it are changed
 */
export function modernise(values: Values, services: readonly NamedService[], findings: Findings): Values {
  const modern = withLowerCaseLevel(withPortListeners(values, findings));
  return withServiceNames(modern, services, findings);
}

/** @throws ConfigError for a key that Hookshot refuses too, since ignoring it would change what its owner relies on */
export function refuseRenamedKeys(values: Values, findings: Findings): void {
  if (values["experimentalEncryption"] === undefined) return;
  throw findings.error([{ path: ["experimentalEncryption"], sentence: "this key is now called encryption; rename it." }]);
}

function withPortListeners(values: Values, findings: Findings): Values {
  const added = portSections.flatMap(({ key, resource }) => {
    const section = values[key];
    if (!isRecord(section) || section["port"] === undefined) return [];
    findings.warn([key, "port"], `is an older form; it counts as a listener with the resource ${resource}. Write it under listeners.`);
    const bindAddress = section["bindAddress"] === undefined ? {} : { bindAddress: section["bindAddress"] };
    return [{ port: section["port"], ...bindAddress, resources: [resource] }];
  });
  if (added.length === 0) return values;
  const listeners: unknown = values["listeners"] ?? [];
  return Array.isArray(listeners) ? { ...values, listeners: [...(listeners as readonly unknown[]), ...added] } : values;
}

// Hookshot takes levels in any case.
function withLowerCaseLevel(values: Values): Values {
  const logging = values["logging"];
  if (!isRecord(logging) || typeof logging["level"] !== "string") return values;
  return { ...values, logging: { ...logging, level: logging["level"].toLowerCase() } };
}

function withServiceNames(values: Values, services: readonly NamedService[], findings: Findings): Values {
  const permissions = values["permissions"];
  if (!Array.isArray(permissions)) return values;
  const names = new Map(services.flatMap((service) => (service.aliases ?? []).map((alias) => [alias, service.permissionName])));
  const rename = (entry: unknown, path: readonly string[]): unknown => {
    if (!isRecord(entry) || typeof entry["service"] !== "string") return entry;
    const name = names.get(entry["service"]);
    if (name === undefined) return entry;
    findings.warn([...path, "service"], `${entry["service"]} is an older name; it counts as ${name}.`);
    return { ...entry, service: name };
  };
  const renamed = (permissions as readonly unknown[]).map((rule, index) => {
    if (!isRecord(rule) || !Array.isArray(rule["services"])) return rule;
    const services: readonly unknown[] = rule["services"];
    return { ...rule, services: services.map((entry, at) => rename(entry, ["permissions", String(index), "services", String(at)])) };
  });
  return { ...values, permissions: renamed };
}

/** Puts the environment variables of older installations in place; each replaces one key, and only beside others (reference 1.2). */
export function withServiceEnvironment(
  values: Values,
  services: readonly ServiceSection[],
  env: Readonly<Record<string, string | undefined>>,
): Values {
  const replacements = services.flatMap((service) =>
    Object.entries(service.environment ?? {}).map(([variable, key]) => ({
      path: [service.configKey, ...key.split(".")],
      value: env[variable],
    })),
  );
  return replacements.reduce((changed, { path, value }) => (value === undefined ? changed : replaceKey(changed, path, value)), values);
}

function replaceKey(values: Values, path: readonly string[], value: string): Values {
  const [key = "", ...rest] = path;
  if (rest.length === 0) return { ...values, [key]: value };
  const child = values[key];
  return isRecord(child) ? { ...values, [key]: replaceKey(child, rest, value) } : values;
}

/** One warning for each key of Hookshot that is there and has no effect here, the queue of the environment included (reference 1.2). */
export function warnOfReplacedKeys(values: Values, env: Readonly<Record<string, string | undefined>>, findings: Findings): void {
  for (const [key, { description }] of Object.entries(replaced)) {
    // The older listener form has its own warning and does have an effect.
    if (key !== "webhook" && values[key] !== undefined) findings.warn([key], description ?? "");
  }
  const monolithic = env["CFG_QUEUE_MONOLITHIC"];
  if (monolithic !== undefined && ["false", "off", "no"].includes(monolithic.toLowerCase())) {
    findings.warn(["queue"], `(environment variable CFG_QUEUE_MONOLITHIC) ${replaced.queue.description ?? ""}`);
  }
}
