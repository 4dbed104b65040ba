import type { ListenerConfig, RegistryConfig } from "../config/config.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { ServiceRemotes } from "../core/ports/service-remotes.js";
import type { KnownRemote } from "../core/registered-remote.js";
import type { Service } from "../core/service.js";
import type { RemoteDirectory } from "../remotes/directory.js";
import type { RemoteWebhooks } from "../remotes/remote-webhooks.js";
import { createRemoteClient } from "../vocabulary/remote-ways.js";

export interface ServiceRemotesOptions {
  readonly directory: RemoteDirectory;
  readonly webhooks: RemoteWebhooks;
  readonly guarded: HttpClient;
  readonly registry: RegistryConfig;
  readonly listeners: readonly Pick<ListenerConfig, "resources" | "publicUrl">[];
}

/** What a service may use of what was registered. */
export function createServiceRemotes(
  { id: serviceId, webhook }: Pick<Service<unknown>, "id" | "webhook">,
  { directory, webhooks, guarded, registry, listeners }: ServiceRemotesOptions,
): ServiceRemotes {
  const own = (remotes: readonly KnownRemote[]): readonly KnownRemote[] => remotes.filter((remote) => remote.serviceId === serviceId);
  const publicUrl = listeners.find(({ resources, publicUrl }) => resources.includes("webhooks") && publicUrl !== undefined)?.publicUrl;
  return {
    usableBy: async (actor, roomId) => (registry.chat ? own(await directory.usableBy(actor, roomId)) : []),
    all: async () => (registry.chat ? own(await directory.all()) : []),
    letsPeopleAct: registry.chat && registry.commandsThroughCredential,
    clientFor: (remote) => createRemoteClient(guarded, remote),
    async webhookOf(remote) {
      const path = remoteWebhookPath(webhook, remote.key);
      if (path === undefined) throw new TypeError(`Remotes of the service ${serviceId} have no webhooks of their own.`);
      return { path, secret: await webhooks.secretOf(remote), ...(publicUrl === undefined ? {} : { url: publicUrl + path }) };
    },
  };
}

function remoteWebhookPath(webhook: Service<unknown>["webhook"], key: string): string | undefined {
  const [path] = webhook?.verifyRemote === undefined ? [] : webhook.paths;
  return path && `${path}/${key}`;
}
