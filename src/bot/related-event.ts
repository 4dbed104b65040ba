import { RemoteError } from "../core/errors.js";
import { isEventId, type EventId, type UserId } from "../core/ids.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { BotDeps } from "./deps.js";
import { undefinedIfRefused } from "./room-records.js";

/** The event that another one answers or reacts to, read once for each bot that asks. */
export class RelatedEvent {
  readonly #event: MatrixEvent;
  readonly #roomState: BotDeps["roomState"];
  readonly #read = new Map<UserId, Promise<MatrixEvent | undefined>>();
  #failure: RemoteError | undefined;

  constructor(event: MatrixEvent, { roomState }: Pick<BotDeps, "roomState">) {
    this.#event = event;
    this.#roomState = roomState;
  }

  /** That the homeserver could not be asked, whatever those who asked made of it. */
  get failure(): RemoteError | undefined {
    return this.#failure;
  }

  /** Undefined when there is none or the homeserver does not show it. @throws RemoteError when the homeserver has to be waited for */
  read(as: UserId): Promise<MatrixEvent | undefined> {
    const known = this.#read.get(as) ?? this.#ask(as);
    this.#read.set(as, known);
    return known;
  }

  async #ask(as: UserId): Promise<MatrixEvent | undefined> {
    const eventId = relatedIdOf(this.#event);
    if (eventId === undefined) return undefined;
    try {
      return await this.#roomState.readEvent(this.#event.room_id, eventId, as).catch(undefinedIfRefused);
    } catch (error) {
      if (error instanceof RemoteError) this.#failure = error;
      throw error;
    }
  }
}

/**
 * What `m.relates_to` points at: the event replied to; else the one reacted to or edited, or the first one of the thread. In a thread the
 * event "replied to" may only stand there for clients that know no threads (Matrix spec, threading, fallback).
 */
function relatedIdOf({ content }: MatrixEvent): EventId | undefined {
  const relation = content["m.relates_to"];
  if (typeof relation !== "object" || relation === null) return undefined;
  // An object; its values are checked by use.
  const { event_id: related, is_falling_back: isFallback, "m.in_reply_to": reply } = relation as Record<string, unknown>;
  const replied = typeof reply === "object" && reply !== null && "event_id" in reply ? reply.event_id : undefined;
  if (isEventId(replied) && isFallback !== true) return replied;
  return isEventId(related) ? related : undefined;
}
