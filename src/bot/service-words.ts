import type { Connection } from "../core/connection.js";
import { NotFoundError, SwitchboardError } from "../core/errors.js";
import type { ActiveService, ConnectionKind, Service } from "../core/service.js";
import type { BotDeps, UnbuiltService } from "./deps.js";

type ServiceDeps = Pick<BotDeps, "services" | "disabledServices" | "unbuiltServices">;

/** `jira:main` as typed: the service and, where one is named, the remote. */
export interface ServiceWord {
  readonly id: string;
  readonly remoteName?: string;
}

export function parseServiceWord(word: string): ServiceWord {
  const colon = word.indexOf(":");
  if (colon < 0) return { id: word.toLowerCase() };
  const remoteName = word.slice(colon + 1);
  return { id: word.slice(0, colon).toLowerCase(), ...(remoteName === "" ? {} : { remoteName }) };
}

/** @param word in lower case */
export function findService({ services }: Pick<BotDeps, "services">, word: string): ActiveService | undefined {
  return services.find(({ service }) => isCalled(service, word));
}

function isCalled({ id, words = [] }: Pick<Service<unknown>, "id" | "words">, word: string): boolean {
  return id.toLowerCase() === word || words.includes(word);
}

/** What to type for a service after `!connect`. */
export function wordFor({ id, words }: Pick<Service<unknown>, "id" | "words">): string {
  return words?.[0] ?? id;
}

/**
 * The enabled service that a word names.
 * @throws SwitchboardError that says which there are, or which section of the configuration is missing
 */
export function requireService(deps: ServiceDeps, id: string): ActiveService {
  const active = findService(deps, id);
  if (active !== undefined) return active;
  const disabled = deps.disabledServices.find((service) => isCalled(service, id));
  if (disabled === undefined) throw unknownService(deps, id);
  const remedy = `Ask the administrator to enable the section \`${disabled.configKey}\` of the configuration.`;
  throw new SwitchboardError("HS_DISABLED_FEATURE", `${notConfigured(disabled)} ${remedy}`);
}

function unknownService(deps: ServiceDeps, id: string): SwitchboardError {
  const names = ({ permissionName, aliases = [] }: UnbuiltService): readonly string[] => [permissionName, ...aliases];
  const unbuilt = deps.unbuiltServices.find((service) => names(service).some((name) => name.toLowerCase() === id));
  if (unbuilt === undefined) return new NotFoundError(`There is no service called "${id}" here. ${enabledServices(deps)}`);
  return new NotFoundError(`This version cannot connect ${unbuilt.title} yet. ${enabledServices(deps)}`);
}

/** Reference 3.2. */
export function notConfigured({ title }: { readonly title: string }): string {
  return `The bridge is not configured to support ${title}.`;
}

/** Which services a room can be connected to, as a sentence. */
export function enabledServices({ services }: Pick<BotDeps, "services">): string {
  if (services.length === 0) return "No service is enabled: ask the administrator to configure one.";
  return `Enabled: ${services.map((active) => `\`${wordFor(active.service)}\``).join(", ")}.`;
}

/** An example of `!connect` with a service that is enabled, for sentences. */
export function connectExample({ services }: Pick<BotDeps, "services">): string {
  const resolvable = services.find(({ service }) => service.resolve !== undefined);
  return `!connect ${resolvable === undefined ? "<service>" : wordFor(resolvable.service)} <resource>`;
}

export function kindOf({ services }: Pick<BotDeps, "services">, connection: Connection): ConnectionKind<unknown> | undefined {
  const active = services.find(({ service }) => service.id === connection.serviceId);
  return active?.service.kinds.find((kind) => kind.id === connection.kindId);
}

/** A connection in words: `Jira project`, its name and where it is. State that fits no schema is called by its state key. */
export function describeConnection(
  deps: Pick<BotDeps, "services">,
  connection: Connection,
): { readonly title: string; readonly name: string; readonly url?: string } {
  const kind = kindOf(deps, connection);
  const title = kind?.title ?? connection.serviceId;
  if (kind === undefined || connection.status.kind === "invalid") return { title, name: connection.stateKey };
  return { title, ...kind.describe(connection.state, connection.stateKey) };
}
