import type { Connection } from "../../core/connection.js";
import type { EventId } from "../../core/ids.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { LateRendering, ServiceContext } from "../../core/service.js";
import type { RoomMessage } from "../../core/message.js";
import { asEdit, closeGroup, findOpenGroup, openGroup } from "./alert-groups.js";
import { readAlertGroup } from "./alertmanager.js";
import { callEvent, type HookCall } from "./call.js";
import { ghostOf } from "./ghost.js";
import { hookState } from "./hook-state.js";
import { messageFor } from "./hook-message.js";
import type { HookParts, WordingInput } from "./hook-parts.js";
import { payloadWords } from "./messages.js";
import type { GenericConfig, HookState } from "./schema.js";
import { wordByFunction } from "./word-by-function.js";
import { wordByTemplate } from "./word-by-template.js";

type Context = ServiceContext<GenericConfig>;

/** How a hook's messages come to their words. What has to be waited for, or may take its time, is done at the delivery's turn. */
export function wordedBy(call: HookCall, state: HookState): "function" | "template" | "alerts" | "slack" | "discord" | "payload" {
  if (call.flavour !== "plain") return call.flavour;
  if (state.transformationFunction !== undefined) return "function";
  if (state.template !== undefined) return "template";
  if (state.format === "alertmanager") return "alerts";
  return state.format ?? "payload";
}

/** The words that were put off (`ConnectionKind.renderLater`). */
export async function renderLater(event: RemoteEvent, connection: Connection, context: Context, parts: HookParts): Promise<LateRendering> {
  // `render` puts off nothing else.
  const call = event.payload as HookCall;
  const state = hookState(connection.state);
  const said = await word(wordedBy(call, state));
  const ghost = ghostOf(state.name, context);
  return said.kind === "messages" && ghost !== undefined ? { ...said, as: ghost } : said;

  function word(way: ReturnType<typeof wordedBy>): Promise<LateRendering> {
    const input: WordingInput = { call, state, connection, context, parts, hookKey: event.routingKeys[0] ?? connection.id };
    if (way === "function") return wordByFunction(input);
    return way === "template" ? wordByTemplate(input) : wordAlerts(input);
  }
}

async function wordAlerts(input: WordingInput): Promise<LateRendering> {
  const { call, connection, context } = input;
  const group = readAlertGroup(call.data);
  const message = messageFor(group === undefined ? { words: payloadWords(call.data) } : { text: group.text }, input);
  if (group === undefined) return said([message]);
  const open = await findOpenGroup(context.store, connection, group.key, call.receivedAt);
  if (open === undefined) return said([message]);
  // Stored with the words: a group that fires again begins a message of its own.
  return said([asEdit(message, open)], group.isFiring ? [] : [closeGroup(context.store, connection, group.key)]);
}

/** Remembers the message about a group that fires, for later notifications to edit (`ConnectionKind.sent`). */
export async function rememberSent(
  event: RemoteEvent,
  connection: Connection,
  eventIds: readonly EventId[],
  { store }: Context,
): Promise<readonly StoreChange[]> {
  if (event.name !== callEvent) return [];
  // Of that name there are no others.
  const call = event.payload as HookCall;
  if (wordedBy(call, hookState(connection.state)) !== "alerts") return [];
  const group = readAlertGroup(call.data);
  const [eventId] = eventIds;
  if (group === undefined || !group.isFiring || eventId === undefined) return [];
  const open = await findOpenGroup(store, connection, group.key, call.receivedAt);
  return open === undefined ? [openGroup(store, connection, group.key, { eventId, at: call.receivedAt })] : [];
}

function said(messages: readonly RoomMessage[], changes: readonly StoreChange[] = []): LateRendering {
  return { kind: "messages", messages, ...(changes.length === 0 ? {} : { changes }) };
}
