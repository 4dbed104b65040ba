import type { Connection } from "../../core/connection.js";
import { ValidationError } from "../../core/errors.js";
import type { Provisioning } from "../../core/provisioning.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { ConnectionKind, Rendered, ServiceContext } from "../../core/service.js";
import type { Markdown } from "../../shared/markdown.js";
import { callEvent, expiringEvent, type HookCall } from "./call.js";
import { discordText } from "./discord.js";
import { checkExpiry, expiryOf, invalidDate, isExpired, parseExpirationDate } from "./expiry.js";
import { renderExpiring } from "./expiry-notices.js";
import { checkChangedFunction } from "./function-source.js";
import { ghostOf } from "./ghost.js";
import { createHookId, hookIdsType, hookRoutingKey } from "./hook-id.js";
import { messageFor } from "./hook-message.js";
import type { HookParts } from "./hook-parts.js";
import { hookState } from "./hook-state.js";
import { rememberSent, renderLater, wordedBy } from "./late-words.js";
import { payloadWords } from "./messages.js";
import { noFunctions, stateSchema, type GenericConfig, type HookState } from "./schema.js";
import { slackText } from "./slack.js";

type Context = ServiceContext<GenericConfig>;

export const hookKindId = "hook";

/** Its state event, and the name it had before Hookshot 1.0 (reference 2.2). */
const stateTypes = ["uk.half-shot.matrix-hookshot.generic.hook", "uk.half-shot.matrix-github.generic.hook"] as const;

/** "This room hears what is sent to that address." The state key is the hook's name, or whatever somebody chose. */
export function createHookKind(parts: HookParts, provisioning: Provisioning<GenericConfig>): ConnectionKind<GenericConfig> {
  return {
    id: hookKindId,
    title: "Inbound webhook",
    stateTypes,
    stateSchema,
    secretIds: { accountDataType: hookIdsType, create: createHookId, routingKey: hookRoutingKey },
    provisioning,
    canBeStatic: true,
    // It is found by its secret id alone.
    remoteKeys: () => [],
    resourceKey(state, stateKey) {
      checkState(hookState(state));
      return stateKey;
    },
    describe: ({ name }, stateKey) => ({ name: typeof name === "string" && name !== "" ? name : stateKey }),
    isNamed: ({ name }, stateKey, typed) => typed === name || typed === stateKey,
    note: (state, nowMs) => noteOf(hookState(state), nowMs),
    checkChange: (state, before, context) => checkChange(hookState(state), before && hookState(before), context, parts),
    render: (event, connection, context) => render(event, connection, context, parts),
    renderLater: (event, connection, context) => renderLater(event, connection, context, parts),
    sent: rememberSent,
    wantsSent: (state) => hookState(state).format === "alertmanager",
    changed: (connection, before, context) => checkChangedFunction(connection, before, context, parts.runner),
  };
}

/** What the schema cannot say. @throws ValidationError; the connection is not loaded then */
function checkState({ expirationDate, transformationFunction, template, templateHtml }: HookState): void {
  if (expirationDate !== undefined && parseExpirationDate(expirationDate) === undefined) throw new ValidationError(invalidDate);
  if (templateHtml !== undefined && template === undefined) throw new ValidationError("'templateHtml' needs 'template' beside it");
  if (template !== undefined && transformationFunction !== undefined) {
    throw new ValidationError("only one of 'template' and 'transformationFunction' can be given");
  }
}

/** @throws ValidationError */
function checkChange(state: HookState, before: HookState | undefined, { config, now }: Context, { templates }: HookParts): void {
  if (state.transformationFunction !== undefined && !config.allowJsTransformationFunctions) {
    throw new ValidationError(noFunctions);
  }
  checkExpiry(state, before, config, now());
  templates.check(state);
}

function noteOf(state: HookState, nowMs: number): string | undefined {
  const expiry = expiryOf(state);
  if (expiry === undefined) return undefined;
  const when = `${new Date(expiry).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return expiry <= nowMs ? `expired on ${when}` : `expires on ${when}`;
}

function render(event: RemoteEvent, connection: Connection, context: Context, parts: HookParts): Rendered {
  const state = hookState(connection.state);
  if (event.name === expiringEvent) return renderExpiring(event, connection, context, parts.renderer);
  if (event.name !== callEvent) return { kind: "ignored", reason: `nothing is known of ${event.name}` };
  // Of that name there are no others.
  const call = event.payload as HookCall;
  const silence = whyNot(call, state, connection);
  if (silence !== undefined) return { kind: "ignored", reason: silence };
  const way = wordedBy(call, state);
  if (way === "function" || way === "template" || way === "alerts") return { kind: "later" };
  const text = textFor(way, call);
  const message = messageFor(text === undefined ? { words: payloadWords(call.data) } : { text }, { call, state, context, parts });
  const ghost = ghostOf(state.name, context);
  return { kind: "messages", messages: [message], ...(ghost === undefined ? {} : { as: ghost }) };
}

function whyNot(call: HookCall, state: HookState, { id }: Connection): string | undefined {
  if (call.onlyFor !== undefined && call.onlyFor !== id) return "it is a test of another connection of the hook";
  if (isExpired(state, call.receivedAt)) return "this hook has expired";
  if (call.isUnverified === true && state.signature !== undefined) return "it came before anybody could know that it has to be signed";
  return undefined;
}

/** Undefined where the payload is not in the other product's words: then it is shown as it is. */
function textFor(way: "slack" | "discord" | "payload", { data }: HookCall): Markdown | undefined {
  if (way === "payload") return undefined;
  return way === "slack" ? slackText(data) : discordText(data);
}
