import type { Service } from "../../core/service.js";
import { systemClock } from "../../shared/clock.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { hookTask } from "./expiry-notices.js";
import { createHookKind } from "./kind-hook.js";
import { createHookProvisioning } from "./provision-hook.js";
import { resolveHook } from "./resolve.js";
import { configSchema, type GenericConfig } from "./schema.js";
import { genericSetUp } from "./set-up.js";
import { createSetupCommands } from "./setup-commands.js";
import { createTemplates } from "./template.js";
import type { TransformRunner } from "./transform.js";
import { ThreadedTransformRunner } from "./transform-runner.js";
import { createHookWebhook } from "./webhook.js";

/**
 * Inbound webhooks. Compiles its schemas, so it is made once.
 * @param runner runs functions; the usual one's thread begins with the first function, and does not keep the process alive
 */
export function createGenericService(
  runner: TransformRunner = new ThreadedTransformRunner({ clock: systemClock }),
): Service<GenericConfig> {
  const renderer = createMarkdownRenderer();
  const parts = { renderer, runner, templates: createTemplates(renderer) };
  return {
    id: "generic",
    words: ["webhook", "webhooks"],
    title: "Inbound webhooks",
    configKey: "generic",
    permissionName: "generic",
    configSchema,
    isEnabled: ({ enabled }) => enabled,
    kinds: [createHookKind(parts, createHookProvisioning(runner))],
    webhook: createHookWebhook(),
    resolve: resolveHook,
    setupCommands: createSetupCommands(renderer),
    setUp: genericSetUp,
    tasks: [hookTask],
  } satisfies Service<GenericConfig>;
}
