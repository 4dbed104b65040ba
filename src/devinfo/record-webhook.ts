import { webhooksProviderPrefix } from "../core/devinfo.js";
import type { Devinfo } from "../core/ports/devinfo.js";
import type { WebhookDevinfo } from "../core/webhook.js";
import { entityPath } from "../vocabulary/devinfo-paths.js";

/**
 * Stores what a service's webhook told, under a provider of its own. Told again it changes nothing, so a sender may repeat it after a failure in
 * between.
 * @throws SwitchboardError HS_UNAVAILABLE; StorageError
 */
export async function recordWebhook(
  devinfo: Pick<Devinfo, "record" | "deleteEntity">,
  serviceId: string,
  { repository, deleted = [] }: WebhookDevinfo,
): Promise<void> {
  const provider = webhooksProviderPrefix + serviceId;
  if (repository !== undefined) {
    await devinfo.record({ provider, repositories: [repository], isBackfill: false, preventTransitions: false });
  }
  for (const { upTo, ...entity } of deleted) {
    await devinfo.deleteEntity({ provider, ...entity }, upTo, { request: { pathAndQuery: entityPath(entity, upTo) } });
  }
}
