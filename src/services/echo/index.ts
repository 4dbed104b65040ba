import type { Service } from "../../core/service.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { createChannelKind } from "./kind-channel.js";
import { createResolver } from "./resolve.js";
import { configSchema, type EchoConfig } from "./schema.js";
import { createEchoWebhook } from "./webhook.js";

/** The smallest complete service: copy it to begin another (docs/add-a-service.md). Compiles its schemas, so it is made once. */
export function createEchoService(): Service<EchoConfig> {
  return {
    id: "echo",
    title: "Echo",
    configKey: "echo",
    permissionName: "echo",
    configSchema,
    kinds: [createChannelKind(createMarkdownRenderer())],
    webhook: createEchoWebhook(),
    resolve: createResolver(),
  } satisfies Service<EchoConfig>;
}
