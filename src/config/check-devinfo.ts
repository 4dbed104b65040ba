import { gitIntegrationsProvider, webhooksProviderPrefix } from "../core/devinfo.js";
import { providerMistake } from "../core/devinfo-provider.js";
import type { Config, DevinfoConfig } from "./config.js";
import { suggest, type Findings, type Mistake } from "./findings.js";
import type { ServiceSection } from "./schema.js";

/** A caller of the Development Information API, with where it stands. */
interface Entry {
  readonly path: readonly string[];
  /** Its id or key, and the setting that gives it. */
  readonly name: string;
  readonly nameSetting: "clientId" | "key";
  readonly scopes: readonly string[];
  readonly provider: string;
  readonly hasOwnProvider: boolean;
  readonly instance: string | undefined;
}

/** What is wrong with development information, so that it cannot start. */
export function findDevinfoMistakes({ devinfo }: Config, services: readonly ServiceSection[]): readonly Mistake[] {
  const { clients, connectApps } = entriesOf(devinfo);
  const entries = [...clients, ...connectApps];
  return [
    ...findDuplicates(clients),
    ...findDuplicates(connectApps),
    ...entries.flatMap(findBadProvider),
    ...findTornProviders(entries),
    ...findBadWebhooks(devinfo, services),
    ...devinfo.forward.flatMap(({ from }, index) =>
      from.length > 0
        ? []
        : [{ path: ["devinfo", "forward", String(index), "from"], sentence: "names no provider, so nothing is copied." }],
    ),
  ];
}

function entriesOf({ clients, connectApps }: DevinfoConfig): {
  readonly clients: readonly Entry[];
  readonly connectApps: readonly Entry[];
} {
  return {
    clients: clients.map(({ clientId: name, provider, instance, scopes }, index) => ({
      ...{ path: ["devinfo", "clients", String(index)], name, nameSetting: "clientId", scopes },
      ...{ provider: provider ?? name, hasOwnProvider: provider !== undefined, instance },
    })),
    connectApps: connectApps.map(({ key: name, provider, instance, scopes }, index) => ({
      ...{ path: ["devinfo", "connectApps", String(index)], name, nameSetting: "key", scopes },
      ...{ provider: provider ?? name, hasOwnProvider: provider !== undefined, instance },
    })),
  };
}

function findDuplicates(entries: readonly Entry[]): readonly Mistake[] {
  return entries.flatMap(({ path, name, nameSetting }) => {
    const first = entries.find((other) => other.name === name);
    if (first === undefined || first.path === path) return [];
    return [{ path: [...path, nameSetting], sentence: `${name} is that of ${first.path.join(".")} already.` }];
  });
}

function findBadProvider({ path, nameSetting, provider, hasOwnProvider }: Entry): readonly Mistake[] {
  const mistake = providerMistake(provider);
  if (mistake === undefined) return [];
  if (hasOwnProvider) return [{ path: [...path, "provider"], sentence: mistake }];
  return [{ path: [...path, nameSetting], sentence: `names the provider too, for which it does not fit: it ${mistake} Give a provider.` }];
}

/** What a provider has is shown in rooms of one Jira, or of all: its callers have to agree on which. */
function findTornProviders(entries: readonly Entry[]): readonly Mistake[] {
  return entries.flatMap(({ path, provider, instance }) => {
    const first = entries.find((other) => other.provider === provider);
    if (first === undefined || first.instance === instance) return [];
    const theirs = first.instance === undefined ? "none" : first.instance;
    const sentence = `differs from that of ${first.path.join(".")} (${theirs}), which has the provider ${provider} too: a provider is bound to one instance, or to none.`;
    return [{ path: [...path, "instance"], sentence }];
  });
}

function findBadWebhooks({ fromWebhooks }: DevinfoConfig, services: readonly ServiceSection[]): readonly Mistake[] {
  const able = services.flatMap(({ devinfoName }) => (devinfoName === undefined ? [] : [devinfoName]));
  return fromWebhooks.flatMap((name, index) => {
    if (able.includes(name)) return [];
    const choice = able.length === 0 ? "no service can" : `those that can: ${able.join(", ")}`;
    const sentence = `${name} is no service whose webhooks can be stored as development information (${choice}).${suggest(name, able)}`;
    return [{ path: ["devinfo", "fromWebhooks", String(index)], sentence }];
  });
}

/** What is probably not what was meant. */
export function warnOfDevinfo(config: Config, services: readonly ServiceSection[], findings: Findings): void {
  const { clients, connectApps } = entriesOf(config.devinfo);
  const entries = [...clients, ...connectApps];
  for (const { path, scopes } of entries) {
    if (scopes.length === 0) findings.warn([...path, "scopes"], "is empty, so it may do nothing.");
  }
  warnOfNoListener(config, entries, findings);
  warnOfForwards(config.devinfo, entries, findings);
  for (const [index, name] of config.devinfo.fromWebhooks.entries()) {
    const isConfigured = services.some(({ devinfoName, configKey }) => devinfoName === name && config.services[configKey] !== undefined);
    const path = ["devinfo", "fromWebhooks", String(index)];
    if (!isConfigured) findings.warn(path, `${name} has no section in this configuration, so none of its webhooks come.`);
  }
}

function warnOfNoListener({ listeners }: Config, entries: readonly Entry[], findings: Findings): void {
  const [first] = entries;
  if (first === undefined || listeners.some(({ resources }) => resources.includes("devinfo"))) return;
  findings.warn(first.path.slice(0, 2), "is given, but no listener has the resource devinfo.");
}

function warnOfForwards({ forward, fromWebhooks }: DevinfoConfig, entries: readonly Entry[], findings: Findings): void {
  const known = [
    ...entries.map(({ provider }) => provider),
    ...fromWebhooks.map((name) => `${webhooksProviderPrefix}${name}`),
    gitIntegrationsProvider,
  ];
  for (const [index, { from }] of forward.entries()) {
    for (const [at, provider] of from.entries()) {
      if (known.includes(provider)) continue;
      // Those who are made while Switchboard runs are not known here.
      const sentence = `${provider} is the provider of nobody in this configuration; it has to be that of a client or an app made by command.`;
      findings.warn(["devinfo", "forward", String(index), "from", String(at)], `${sentence}${suggest(provider, known)}`);
    }
  }
}
