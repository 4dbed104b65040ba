import { isIP } from "node:net";
import { isUserId } from "../core/ids.js";
import { findCallerMistakes, warnOfCallers } from "./check-callers.js";
import { findDevinfoMistakes, warnOfDevinfo } from "./check-devinfo.js";
import type { Config, ListenerConfig } from "./config.js";
import { suggest, type Findings, type Mistake } from "./findings.js";
import { describeUnbuilt, type ServiceSection, type UnbuiltService } from "./schema.js";
import { builtResources } from "./sections/listeners.js";
import { isRecord } from "./setting-schema.js";

/**
 * Mistakes that no schema sees.
 * @param written how many listeners the files have; one behind them comes from `provisioning.port`
 */
export function findMistakes(config: Config, written: number, services: readonly ServiceSection[]): readonly Mistake[] {
  if (config.listeners.length === 0) return [{ path: ["listeners"], sentence: "No listeners configured; at least one is needed." }];
  return [
    ...findPortConflicts(config, written),
    ...findBadTargets(config),
    ...findCallerMistakes(config),
    ...findDevinfoMistakes(config, services),
  ];
}

function findBadTargets({ outbound }: Config): readonly Mistake[] {
  return outbound.allow.flatMap((entry, index) => {
    if (isTarget(entry)) return [];
    const sentence = "must be an address, a range of addresses such as 10.0.0.0/8, or a host name without scheme, port and path.";
    return [{ path: ["outbound", "allow", String(index)], sentence }];
  });
}

function isTarget(entry: string): boolean {
  const [address = "", bits, ...rest] = entry.split("/");
  const family = isIP(address);
  if (bits === undefined) return family !== 0 || /^[a-z\d_](?:[\w.-]*[a-z\d])?\.?$/i.test(entry);
  return family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

function findPortConflicts(config: Config, written: number): readonly Mistake[] {
  const taken: { readonly key: string; readonly port: number; readonly bindAddress: string }[] = [{ key: "bridge.port", ...config.bridge }];
  const mistakes: Mistake[] = [];
  for (const [index, listener] of config.listeners.entries()) {
    const other = taken.find((entry) => clashes(entry, listener));
    if (other !== undefined) {
      mistakes.push({
        path: index < written ? ["listeners", String(index), "port"] : ["provisioning", "port"],
        sentence: `${String(listener.port)} is the port of ${other.key} already.`,
      });
    }
    taken.push({ key: `listeners.${String(index)}`, ...listener });
  }
  return mistakes;
}

// Port 0 means any free port. An address of all interfaces contains every other one.
function clashes(left: Pick<ListenerConfig, "port" | "bindAddress">, right: Pick<ListenerConfig, "port" | "bindAddress">): boolean {
  const isWide = (address: string): boolean => address === "0.0.0.0" || address === "::";
  return (
    left.port !== 0 &&
    left.port === right.port &&
    (left.bindAddress === right.bindAddress || isWide(left.bindAddress) || isWide(right.bindAddress))
  );
}

/** Things that load and are probably not what was meant. */
export function warnOfDoubts(
  config: Config,
  services: readonly ServiceSection[],
  otherServices: readonly UnbuiltService[],
  findings: Findings,
): void {
  warnOfListeners(config, findings);
  warnOfCallers(config, findings);
  warnOfDevinfo(config, services, findings);
  warnOfActors(config, findings);
  warnOfServiceNames(config, services, otherServices, findings);
  if (Object.keys(config.services).length === 0) {
    const keys = [...new Set(services.map((service) => service.configKey))].join(", ");
    findings.warn([], `no service is configured, so rooms have nothing to connect to; add a section for one of: ${keys}.`);
  }
  if (config.encryption !== undefined) {
    findings.warn(["encryption"], "is not built yet; encrypted rooms get nothing: what is for them waits, rather than be sent in plain.");
  }
}

function warnOfListeners(config: Config, findings: Findings): void {
  const served = new Set(config.listeners.flatMap((listener) => listener.resources));
  if (!served.has("webhooks")) findings.warn(["listeners"], "no listener has the resource webhooks, so nothing can be received.");
  if (served.has("metrics") && !config.metrics.enabled)
    findings.warn(["metrics"], "a listener has the resource metrics, but metrics.enabled is not true.");
  if (!served.has("metrics") && config.metrics.enabled) findings.warn(["metrics"], "is enabled, but no listener has the resource metrics.");
  for (const [index, listener] of config.listeners.entries()) {
    for (const [at, resource] of listener.resources.entries())
      warnOfResource(["listeners", String(index), "resources", String(at)], resource, findings);
  }
}

function warnOfResource(path: readonly string[], resource: string, findings: Findings): void {
  const built: readonly string[] = builtResources;
  if (built.includes(resource)) return;
  const isHookshots = resource === "widgets";
  findings.warn(
    path,
    isHookshots ? `${resource} is not built yet and is not served.` : `${resource} is no known resource.${suggest(resource, built)}`,
  );
}

function warnOfActors(config: Config, findings: Findings): void {
  for (const [index, { actor }] of config.permissions.entries()) {
    const path = ["permissions", String(index), "actor"];
    if (actor.startsWith("#")) findings.warn(path, "is a room alias and matches nobody; write the room's id, which begins with !.");
    if (actor.startsWith("@") && !isUserId(actor))
      findings.warn(path, "is no whole user id, such as @alice:example.org, and matches nobody.");
  }
}

function warnOfServiceNames(
  config: Config,
  services: readonly ServiceSection[],
  otherServices: readonly UnbuiltService[],
  findings: Findings,
): void {
  const known = [...services, ...otherServices].map((service) => service.permissionName);
  const check = (path: readonly string[], name: string | undefined): void => {
    if (name === undefined || name === "*" || known.includes(name)) return;
    findings.warn(path, `${name} is no known service and matches nothing.${suggest(name, known)}`);
  };
  for (const [index, rule] of config.permissions.entries()) {
    for (const [at, { service }] of rule.services.entries())
      check(["permissions", String(index), "services", String(at), "service"], service);
  }
  for (const [index, { service }] of config.serviceBots.entries()) check(["serviceBots", String(index), "service"], service);
}

/** One warning for each section whose services are not built, unless it switches them off. */
export function warnOfUnbuiltServices(
  values: Readonly<Record<string, unknown>>,
  services: readonly ServiceSection[],
  otherServices: readonly UnbuiltService[],
  findings: Findings,
): void {
  const built = new Set(services.map((service) => service.configKey));
  const titles = new Map<string, string[]>();
  for (const service of otherServices) {
    const section = values[service.configKey];
    if (section === undefined || built.has(service.configKey)) continue;
    if (isRecord(section) && service.isEnabled?.(section) === false) continue;
    titles.set(service.configKey, [...(titles.get(service.configKey) ?? []), service.title]);
  }
  for (const [key, names] of titles) findings.warn([key], describeUnbuilt(names));
}
