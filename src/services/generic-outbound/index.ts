import type { Service } from "../../core/service.js";
import { systemClock, type Clock } from "../../shared/clock.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { createOutboundKind } from "./kind-outbound.js";
import { outboundProvisioning } from "./provision-outbound.js";
import { resolveOutbound } from "./resolve.js";
import { configSchema, type OutboundConfig } from "./schema.js";
import { createSetupCommands } from "./setup-commands.js";

/** Outbound webhooks: what is said in a room goes to an address. @param clock how long a file is waited for */
export function createGenericOutboundService(clock: Clock = systemClock): Service<OutboundConfig> {
  return {
    id: "generic-outbound",
    words: ["outbound-hook"],
    title: "Outbound webhooks",
    configKey: "generic",
    // Hookshot checks them as it does inbound ones (reference 3.2).
    permissionName: "generic",
    configSchema,
    isEnabled: ({ outbound }) => outbound,
    kinds: [createOutboundKind(clock, outboundProvisioning)],
    resolve: resolveOutbound,
    setupCommands: createSetupCommands(createMarkdownRenderer()),
  } satisfies Service<OutboundConfig>;
}
