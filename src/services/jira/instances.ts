import { ValidationError } from "../../core/errors.js";
import type { KnownRemote } from "../../core/registered-remote.js";
import { onceFor } from "../../shared/once-for.js";
import { baseUrl, parseHttpUrl } from "../../shared/url.js";
import { remotesCalled, type ChoosableRemote } from "../../vocabulary/choose-remote.js";
import { cloudApiUrl, cloudSettings, instanceSettings, type OauthSettings } from "./oauth-settings.js";
import { deploymentOf } from "./registered-account.js";
import type { Deployment, JiraConfig, JiraCredential, JiraInstanceOauthConfig } from "./schema.js";

/** A Jira that the configuration names, or that somebody registered over an API (registered-jiras.ts). */
export interface JiraInstance extends ChoosableRemote {
  /** What people type in `!connect jira:<name>`. */
  readonly name: string;
  /** Without trailing slash. */
  readonly url: string;
  readonly host: string;
  readonly deployment: Deployment;
  readonly credential?: JiraCredential;
  /** Present where people can log in with a browser. */
  readonly oauth?: OauthSettings;
  /** No Jira, but where Jira Cloud answers apps for every site: rooms are connected to the sites. */
  readonly isGateway?: true;
  /** The key to change when something about it is wrong; absent for what was registered. */
  readonly configPath?: string;
  /** Present for what was registered. */
  readonly remote?: KnownRemote;
}

export type InstanceWithCredential = JiraInstance & { readonly credential: JiraCredential };

/** Every instance of the configuration: ours by name, then Hookshot's `jira.url` or Jira Cloud unless it is among them. */
export function instancesOf(config: JiraConfig): readonly JiraInstance[] {
  const named = Object.entries(config.instances ?? {}).flatMap(([name, { url, deployment, credential, oauth }]) =>
    toInstance({ name, configPath: `jira.instances.${name}`, address: url, deployment, credential, oauth }, config),
  );
  const further = furtherInstances(config).filter((instance) => named.every(({ url }) => url !== instance.url));
  return [...named, ...further];
}

/** The same, worked out once for each configuration: messages are worded for every webhook. */
export const knownInstancesOf = onceFor(instancesOf);

function furtherInstances(config: JiraConfig): readonly JiraInstance[] {
  if (config.url !== undefined) return toInstance({ configPath: "jira.url", address: config.url }, config);
  if (config.oauth === undefined) return [];
  const gateway = toInstance({ configPath: "jira.oauth", address: cloudApiUrl(config), deployment: "cloud" }, config);
  return gateway.map((instance) => ({ ...instance, isGateway: true }));
}

interface Entry {
  readonly name?: string;
  readonly configPath: string;
  readonly address: string;
  readonly deployment?: Deployment | undefined;
  readonly credential?: JiraCredential | undefined;
  readonly oauth?: JiraInstanceOauthConfig | undefined;
}

function toInstance({ name, configPath, address, credential, ...entry }: Entry, config: JiraConfig): readonly JiraInstance[] {
  const parsed = parseHttpUrl(address);
  // The configuration's schema lets only web addresses through.
  if (parsed === undefined) return [];
  const { host } = parsed;
  const url = baseUrl(parsed);
  const deployment = deploymentOf({ url, deployment: entry.deployment });
  const oauth = deployment === "cloud" ? cloudSettings(config) : serverSettings(url, configPath, entry.oauth, config);
  return [
    {
      kind: "instance",
      name: name ?? host,
      url,
      host,
      deployment,
      configPath,
      ...(credential === undefined ? {} : { credential }),
      ...(oauth === undefined ? {} : { oauth }),
    },
  ];
}

/** An entry of ours with the address of `jira.url` takes its place, and its OAuth unless it has its own. */
function serverSettings(
  url: string,
  configPath: string,
  own: JiraInstanceOauthConfig | undefined,
  config: JiraConfig,
): OauthSettings | undefined {
  if (own !== undefined) return instanceSettings(url, own, `${configPath}.oauth`);
  const hookshots = parseHttpUrl(config.url);
  if (config.oauth === undefined || hookshots === undefined || baseUrl(hookshots) !== url) return undefined;
  return instanceSettings(url, config.oauth, "jira.oauth");
}

/** Where Jira Cloud answers apps; undefined unless Hookshot's `jira.oauth` is for Jira Cloud. */
export function gatewayOf(config: JiraConfig): JiraInstance | undefined {
  return furtherInstances(config).find(({ isGateway }) => isGateway === true);
}

/** Whether people's tokens are kept for it: not at the address where Jira Cloud answers apps for every site, nor for what was registered. */
export function takesTokens({ isGateway, remote }: JiraInstance): boolean {
  return isGateway !== true && remote === undefined;
}

export function hasCredential(instance: JiraInstance): instance is InstanceWithCredential {
  return instance.credential !== undefined;
}

/**
 * The instances that an address belongs to: those whose url it begins with, else those with its host. State that Hookshot wrote has no context
 * path, so there the configuration's go first: what is registered elsewhere at the host takes none of their rooms.
 */
export function instancesAt(instances: readonly JiraInstance[], address: URL): readonly JiraInstance[] {
  const below = instances.filter((instance) => isBelow(address, instance.url));
  const longest = Math.max(...below.map(({ url }) => url.length));
  if (below.length > 0) return below.filter(({ url }) => url.length === longest);
  const there = instances.filter(({ host }) => host === address.host);
  const configured = there.filter(({ remote }) => remote === undefined);
  return configured.length > 0 ? configured : there;
}

/** The instances that a typed name means: by name, else by host. */
export function instancesNamed(instances: readonly JiraInstance[], typed: string): readonly JiraInstance[] {
  const byName = remotesCalled(instances, typed);
  return byName.length > 0 ? byName : instances.filter(({ host }) => host === typed.toLowerCase());
}

/** Whether they are entries of one Jira; two Jiras at one host are two. */
export function areOneJira(instances: readonly JiraInstance[]): boolean {
  return instances.every(({ url }) => url === instances[0]?.url);
}

/** The Jira that fits what somebody typed. @throws ValidationError when there are several: neither a token nor a login is for any of them */
export function onlyFitting(instances: readonly JiraInstance[]): JiraInstance | undefined {
  const [first] = instances;
  if (first === undefined || areOneJira(instances)) return first;
  const choices = instances.map(({ name, url }) => `\`${name}\` (${url})`).join(" or ");
  throw new ValidationError(`There are several Jiras at ${first.host}. Type ${choices} in its place.`);
}

/**
 * Where people open what an API address (`self`) shows: the instance it lies below, else its scheme and host.
 * @param connected address of the Jira that the room is connected to, as its state has it
 */
export function webUrlOf(instances: readonly Pick<JiraInstance, "url">[], self: string, connected?: string): string {
  const address = parseHttpUrl(self);
  // Payloads are read only when `self` is a web address.
  if (address === undefined) return self;
  const base = baseUrl(address);
  let longest = connected !== undefined && isAtOrBelow(base, connected) ? connected : "";
  for (const { url } of instances) if (url.length > longest.length && isAtOrBelow(base, url)) longest = url;
  return longest === "" ? address.origin : longest;
}

/** @param url of a Jira, without trailing slash */
export function isBelow(address: URL, url: string): boolean {
  return isAtOrBelow(baseUrl(address), url);
}

function isAtOrBelow(base: string, url: string): boolean {
  return base.startsWith(url) && (base.length === url.length || base.charAt(url.length) === "/");
}
