import { StorageError } from "../core/errors.js";
import type { Delivery, InboxEvent } from "../core/delivery.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { InboxStore } from "../core/ports/delivery-stores.js";
import type { RemoteEvent } from "../core/remote-event.js";
import type { AskForWords } from "../delivery/words.js";
import type { EventRoutes } from "./event-routes.js";

interface LateWordsOptions {
  readonly routes: EventRoutes;
  readonly index: ConnectionIndex;
  readonly inbox: InboxStore;
}

/** Words for deliveries that were stored without: their event is read again, and worded for the connection as it is now. */
export function createLateWords({ routes, index, inbox }: LateWordsOptions): AskForWords {
  return asStorageErrors(async (delivery: Delivery) => {
    const { source, connectionId } = delivery;
    if (source.kind !== "remote-event") throw new Error("it comes from no event");
    const event = await inbox.get(source.inboxId);
    if (event === undefined) throw new Error("its event is not kept any more");
    const remote = await remoteEventOf(delivery, event, routes);
    const connection = connectionId === undefined ? undefined : await index.get(connectionId);
    if (remote === undefined) throw new Error("its request holds no such event any more");
    if (connection === undefined) throw new Error("its connection was removed");
    return await routes.renderLater(remote, connection);
  });
}

/** The one of the request's events that the delivery comes from. */
export async function remoteEventOf(
  { source }: Delivery,
  event: InboxEvent,
  routes: Pick<EventRoutes, "parse">,
): Promise<RemoteEvent | undefined> {
  if (source.kind !== "remote-event") return undefined;
  const { events } = await routes.parse(event);
  const { position, eventName } = source;
  // Deliveries from before positions were stored have none.
  return position === undefined ? events.find(({ name }) => name === eventName) : events[position];
}

/**
 * Where the database cannot be read, which it tells with codes of its own, nothing is known: that is no fault of what was asked, and no
 * reason to give anything up.
 */
export function asStorageErrors<Argument, Result>(ask: (argument: Argument) => Promise<Result>): (argument: Argument) => Promise<Result> {
  return async (argument) => {
    try {
      return await ask(argument);
    } catch (cause) {
      if (!(cause instanceof Error) || !("code" in cause) || !String(cause.code).startsWith("LEVEL_")) throw cause;
      throw new StorageError("The data folder cannot be read.", { cause });
    }
  };
}
