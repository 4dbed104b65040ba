import { MemoryLevel } from "memory-level";
import { Registry } from "../../src/remotes/registry.js";
import { RemoteWebhooks, type WebhookFields } from "../../src/remotes/remote-webhooks.js";
import { systemClock } from "../../src/shared/clock.js";
import { systemRandom } from "../../src/shared/random.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createRecordStore } from "../../src/storage/stores/record-store.js";
import { sealerOf } from "./sealers.js";

export interface WebhooksRig {
  readonly webhooks: RemoteWebhooks;
  readonly unitOfWork: GroupCommit;
  readonly database: MemoryLevel<string, string>;
}

/** Webhooks of registered remotes, in memory. */
export function createWebhooksRig(): WebhooksRig {
  const database = new MemoryLevel<string, string>();
  const unitOfWork = new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() });
  const store = createRecordStore<WebhookFields>(database, "remote-webhooks", sealerOf("a"));
  const registry = new Registry({ store, unitOfWork, clock: systemClock, hasUniqueNames: true });
  return { webhooks: new RemoteWebhooks({ registry, store, random: systemRandom }), unitOfWork, database };
}
