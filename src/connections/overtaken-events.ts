import { isDeepStrictEqual } from "node:util";
import { isEndedState, type Connection } from "../core/connection.js";
import { RemoteError } from "../core/errors.js";
import type { ConnectionContext } from "./dependencies.js";
import { isSameConsent } from "./grants.js";
import { interpret, type ConnectionEvent } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import { findActingBot } from "./rights.js";

type OvertakenContext = Pick<ConnectionContext, "bots" | "recentEvents" | "rooms" | "roomState">;

/**
 * Whether the room has moved on since an event: it changes nothing then. Homeservers bring events late: while we write into a place, what a
 * person wrote there just before us may be on its way; ours, which the index has, is no news when it comes back, so that nothing would set
 * the index right again. And after a start nobody remembers which events were seen: what an old one takes away, the newer one behind it does
 * not bring back. The room is asked only where one of this may be so.
 * @param before what the index has under the same id
 * @throws RemoteError when the homeserver cannot be asked just now
 */
export async function isOvertaken(
  context: OvertakenContext,
  known: KnownKind,
  event: ConnectionEvent,
  before: Connection | undefined,
): Promise<boolean> {
  if (!mayComeLate(context, event, before) && !takesAway(known, event, before)) return false;
  const bot = await findActingBot(context, event.room_id, known.active);
  if (bot === undefined) return false;
  try {
    const content = await context.roomState.read(event.room_id, event.type, event.state_key, bot.userId);
    return content !== undefined && !isDeepStrictEqual(content, event.content);
  } catch (error) {
    if (!(error instanceof RemoteError) || error.isTransient) throw error;
    return false;
  }
}

/** Where the index has nothing, it may have ended a moment ago. */
function mayComeLate(
  { bots, recentEvents }: OvertakenContext,
  { sender, content }: ConnectionEvent,
  before: Connection | undefined,
): boolean {
  if (bots.get(sender) !== undefined) return false;
  if (before === undefined) return !isEndedState(content);
  return bots.get(before.sender) !== undefined && recentEvents.has(before.eventId);
}

function takesAway(known: KnownKind, event: ConnectionEvent, before: Connection | undefined): boolean {
  if (before === undefined) return false;
  if (isEndedState(event.content)) return before.eventType === event.type;
  return before.status.kind === "active" && !isSameConsent(known, interpret(known, event), before);
}
