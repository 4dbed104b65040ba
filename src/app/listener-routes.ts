import { createConnectorRoutes } from "../apis/connectors/routes.js";
import { connectorsScope, connectorsTag } from "../apis/connectors/schema.js";
import { createDevinfoRoutes } from "../apis/devinfo/routes.js";
import { createInstallKeysRoutes } from "../apis/devinfo/install-keys-route.js";
import { createIssueRoute } from "../apis/devinfo/issue-route.js";
import { issueTag } from "../apis/devinfo/issue-schema.js";
import { devinfoTag } from "../apis/devinfo/schema.js";
import { createTokenRoute } from "../apis/devinfo/token-route.js";
import { createGitIntegrationRoutes } from "../apis/git-integrations/routes.js";
import { gitIntegrationsScope, gitIntegrationsTag } from "../apis/git-integrations/schema.js";
import { createHealthRoutes, createMetricsRoutes, healthTag } from "../apis/health/routes.js";
import { createOAuthRoutes } from "../apis/oauth/routes.js";
import type { ProvisioningOptions } from "../apis/provisioning-v1/options.js";
import { createProvisioningRoutes } from "../apis/provisioning-v1/routes.js";
import { provisioningTag } from "../apis/provisioning-v1/schema.js";
import { webhooksTag } from "../apis/webhooks/documents.js";
import type { WebhooksOptions } from "../apis/webhooks/receive.js";
import { createWebhookRoutes } from "../apis/webhooks/routes.js";
import { createTicketingRoutes } from "../apis/xray-ticketing/routes.js";
import { ticketingScope, ticketingTag } from "../apis/xray-ticketing/schema.js";
import type { Callers } from "../callers/callers.js";
import type { ListenerConfig } from "../config/config.js";
import { devinfoScope, provisioningScope } from "../core/api-scopes.js";
import { createDocumentRoutes, documentsTag } from "../http/document-routes.js";
import type { DocumentTag } from "../http/openapi-document.js";
import type { Route } from "../http/route.js";
import type { BrowserLogins } from "../logins/browser-logins.js";
import type { Repositories } from "../repositories/repositories.js";
import type { Log } from "../shared/log.js";
import type { Findings } from "../ticketing/findings.js";
import type { Metrics } from "../shared/metrics.js";
import type { Random } from "../shared/random.js";
import type { AppDevinfo } from "./devinfo.js";
import type { Remotes } from "./remotes.js";

/** What stands behind the routes of listeners. */
export interface ListenerSources extends Omit<ProvisioningOptions, "callers" | "log" | "metrics">, Pick<WebhooksOptions, "inbox"> {
  readonly callers: Callers;
  readonly remotes: Remotes;
  /** False where the configuration keeps rooms away from what is registered. */
  readonly areRemotesHeard: boolean;
  /** What was found through registered Git integrations. */
  readonly repositories: Repositories;
  /** What scanners found. */
  readonly findings: Pick<Findings, "report">;
  readonly browserLogins: BrowserLogins;
  readonly devinfo: AppDevinfo;
  /** Bytes of a submission (`devinfo.maxBodyBytes`). */
  readonly maxDevinfoBytes: number;
  readonly metrics: Metrics;
  /** Whether the configuration lets metrics be read. */
  readonly areMetricsOn: boolean;
  readonly isReady: () => boolean;
  readonly random: Random;
  readonly log: Log;
  /** Of the package. */
  readonly version: string;
}

/** Where a listener is found. */
type ListenerPlace = Pick<ListenerConfig, "prefix" | "publicUrl">;

/** All our APIs, in the order of the documents. */
export const apiTags: readonly DocumentTag[] = [
  provisioningTag,
  connectorsTag,
  gitIntegrationsTag,
  ticketingTag,
  devinfoTag,
  issueTag,
  webhooksTag,
  {
    name: "OAuth",
    description:
      "Where people's browsers come back to after a login at a remote, on listeners with the resource `webhooks`. Nothing for programs.",
  },
  healthTag,
  documentsTag,
];

/** Resources that are APIs for programs: a listener with one of them tells what it serves. */
const documentedResources: readonly string[] = [provisioningScope, connectorsScope, gitIntegrationsScope, ticketingScope, devinfoScope];

/** A listener serves the routes of its own resources, the probes, and documents where programs call it. */
export function createListenerRoutes(
  listener: ListenerPlace & Pick<ListenerConfig, "resources">,
  sources: ListenerSources,
): readonly Route[] {
  const { resources, prefix, publicUrl } = listener;
  const routes = [
    ...[...new Set(resources)].flatMap((resource) => routesOf(resource, listener, sources)),
    ...createHealthRoutes(sources.isReady),
  ];
  if (!resources.some((resource) => documentedResources.includes(resource))) return routes;
  const serverUrl = publicUrl ?? prefix;
  const place = serverUrl === "" ? {} : { serverUrl };
  return [...routes, ...createDocumentRoutes({ routes, tags: apiTags, version: sources.version, ...place })];
}

/** A resource that is not known, or not built yet, has no routes; the configuration's check said so. */
function routesOf(resource: string, listener: ListenerPlace, sources: ListenerSources): readonly Route[] {
  switch (resource) {
    case "webhooks":
      return [
        ...createWebhookRoutes({ ...sources, devinfo: sources.devinfo.fromWebhooks, findRemote: createFindRemote(sources) }),
        ...createOAuthRoutes({ ...sources, logins: sources.browserLogins, log: logOf(sources, "oauth") }),
      ];
    case provisioningScope:
      return createProvisioningRoutes({ ...sources, log: logOf(sources, provisioningScope) });
    case connectorsScope:
      return createConnectorRoutes({
        ...sources,
        ...{ connectors: sources.remotes.connectors, findings: sources.findings },
        place: listener,
        log: logOf(sources, connectorsScope),
      });
    case gitIntegrationsScope:
      return createGitIntegrationRoutes({
        ...sources,
        integrations: sources.remotes.gitIntegrations,
        log: logOf(sources, gitIntegrationsScope),
      });
    case ticketingScope:
      return createTicketingRoutes({ ...sources, integrations: sources.remotes.ticketing, log: logOf(sources, ticketingScope) });
    case devinfoScope:
      return devinfoRoutes(listener, sources);
    case "metrics":
      return sources.areMetricsOn ? createMetricsRoutes(sources.metrics) : [];
    default:
      return [];
  }
}

function devinfoRoutes(place: ListenerPlace, sources: ListenerSources): readonly Route[] {
  const { callers, maxDevinfoBytes } = sources;
  const { devinfo, access, intake, knownProjects, cloudId } = sources.devinfo;
  const tag = devinfoTag.name;
  return [
    ...createDevinfoRoutes({
      ...{ callers: access.callers, devinfo, intake, knownProjects, cloudId, maxBodyBytes: maxDevinfoBytes, place },
      log: logOf(sources, devinfoScope),
    }),
    createTokenRoute({ callers: access.callers, tag }),
    ...createInstallKeysRoutes({ publicKey: (kid) => access.publicKey(kid), tag }),
    createIssueRoute({ callers, devinfo }),
  ];
}

/** Looked up for each request: a remote that was removed is heard no more. */
function createFindRemote({
  remotes: { directory, webhooks },
  areRemotesHeard,
}: Pick<ListenerSources, "remotes" | "areRemotesHeard">): WebhooksOptions["findRemote"] {
  return async (serviceId, key) => {
    const remote = areRemotesHeard ? await directory.find(key) : undefined;
    const secret = remote?.serviceId === serviceId ? await webhooks.find(remote) : undefined;
    if (remote === undefined || secret === undefined) return undefined;
    const { url, projects } = remote;
    return { sender: { key: remote.key, url, ...(projects === undefined ? {} : { projects }) }, secret };
  };
}

function logOf({ log }: ListenerSources, module: string): Log {
  return log.child({ module });
}
