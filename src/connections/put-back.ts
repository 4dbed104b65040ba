import { isDeepStrictEqual } from "node:util";
import type { Bot } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import { RemoteError } from "../core/errors.js";
import { isEventId, type EventId } from "../core/ids.js";
import type { MatrixEvent, StateEvent } from "../core/matrix-event.js";
import type { ConnectionContext } from "./dependencies.js";
import { endConnection } from "./end-connection.js";
import { grantOf, isSameConsent, storeGrant } from "./grants.js";
import { interpret } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import { isRefusal } from "./refusals.js";
import { findActingBot, mayWriteState } from "./rights.js";
import { withConsent } from "./standing-state.js";
import { writeState } from "./state-writing.js";
import { takeState } from "./take-state.js";

/** How far back a state is looked for that may stand (Hookshot reference 2.1). */
const longestWayBack = 5;

/**
 * Undoes the state event of somebody without the right: the newest content by somebody with the right is set again; where there is none,
 * the event is redacted. The index follows what the room has afterwards.
 * @param before what the index has under the same id
 * @throws RemoteError
 */
export async function putBack(
  context: ConnectionContext,
  known: KnownKind,
  event: StateEvent,
  before: Connection | undefined,
): Promise<void> {
  const bot = await findActingBot(context, event.room_id, known.active);
  const content = bot === undefined ? undefined : await context.roomState.read(event.room_id, event.type, event.state_key, bot.userId);
  // Somebody, or an earlier try of ours, has replaced it already; that event is judged by itself.
  if (bot !== undefined && !isDeepStrictEqual(content ?? {}, event.content)) return;
  const isRestored = bot !== undefined && (await tryUndo(context, known, event, before, bot));
  // The room is left without state that counts, so the connection ends; its grant does not, as nobody with the right ended it.
  if (!isRestored && before?.eventType === event.type) await endConnection(context, known, before, false);
}

/** @returns whether earlier state stands again */
async function tryUndo(
  context: ConnectionContext,
  known: KnownKind,
  event: StateEvent,
  before: Connection | undefined,
  bot: Bot,
): Promise<boolean> {
  const { room_id: roomId, type, state_key: stateKey, sender } = event;
  const service = known.active.service.permissionName;
  try {
    const earlier = await findEarlier(context, event, before, service, bot);
    if (earlier === undefined) {
      const reason = `User ${sender} is disallowed to manage state for ${service} in ${roomId}`;
      await context.roomState.redact(roomId, event.event_id, reason, bot.userId);
      return false;
    }
    await keepUnapproved(context, known, { ...event, ...earlier }, before);
    const restored = await writeState(context.roomState, { roomId, type, stateKey }, earlier.content, bot);
    await takeState(context, known, restored, before);
    context.recentEvents.add(restored.event_id);
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    context.log.warn(
      { roomId, type, stateKey, sender, error },
      `${sender} may not manage ${service} connections, but the change could not be undone`,
    );
    return false;
  }
}

/**
 * What our bots write counts as approved. But what is put back here is somebody else's: where the remote does not consent to theirs, the
 * grant says so before our bot writes it. A remote that cannot be asked just now does not consent either: a later reading, which sees only
 * our bot's event, could not ask again.
 * @param earlier the event that is put back, with its own sender
 */
async function keepUnapproved(
  context: ConnectionContext,
  known: KnownKind,
  earlier: StateEvent,
  before: Connection | undefined,
): Promise<void> {
  const read = interpret(known, earlier);
  if (isSameConsent(known, read, before)) return;
  const { connection } = await withConsent(context, known, read, before);
  const grant = connection.status.kind === "ungranted" ? grantOf(known, connection) : undefined;
  if (grant !== undefined) await storeGrant(context, earlier.room_id, grant, false);
}

/** The newest earlier state by somebody with the right. */
async function findEarlier(
  context: ConnectionContext,
  event: StateEvent,
  before: Connection | undefined,
  service: string,
  bot: Bot,
): Promise<Pick<MatrixEvent, "content" | "sender"> | undefined> {
  let earlierId = await findReplaced(context, event, before, bot);
  for (let step = 0; step < longestWayBack && earlierId !== undefined; step += 1) {
    const earlier = await readEvent(context, event, earlierId, bot);
    if (earlier?.type !== event.type || earlier.state_key !== event.state_key) return undefined;
    if (mayWriteState(context, earlier.sender, service)) return { content: earlier.content, sender: earlier.sender };
    earlierId = replacedBy(earlier);
  }
  return undefined;
}

/** Homeservers may leave out of a transaction what they tell when asked for the event; some never tell, and then the index may know. */
async function findReplaced(
  context: ConnectionContext,
  event: StateEvent,
  before: Connection | undefined,
  bot: Bot,
): Promise<EventId | undefined> {
  const told = replacedBy(event);
  if (told !== undefined) return told;
  const asked = await readEvent(context, event, event.event_id, bot);
  return (asked === undefined ? undefined : replacedBy(asked)) ?? eventBehind(before, event);
}

/** A static connection rests on no event. */
function eventBehind(before: Connection | undefined, { type }: StateEvent): EventId | undefined {
  return before?.eventType === type && before.isStatic === undefined ? before.eventId : undefined;
}

function replacedBy({ unsigned }: MatrixEvent): EventId | undefined {
  const replaced = unsigned?.["replaces_state"];
  return isEventId(replaced) ? replaced : undefined;
}

/** Undefined also when the homeserver refuses: the history may not be ours to read. */
async function readEvent(
  { roomState }: ConnectionContext,
  event: StateEvent,
  eventId: EventId,
  bot: Bot,
): Promise<MatrixEvent | undefined> {
  try {
    return await roomState.readEvent(event.room_id, eventId, bot.userId);
  } catch (error) {
    if (error instanceof RemoteError && !error.isTransient) return undefined;
    throw error;
  }
}
