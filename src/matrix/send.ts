import { RemoteError } from "../core/errors.js";
import { isEventId, type EventId } from "../core/ids.js";
import { WrittenMessage } from "../core/message.js";
import type { MessageSender, OutgoingEvent } from "../core/ports/message-sender.js";
import type { Calls, OnCall } from "./calls.js";
import { RecentMap } from "../shared/recent-map.js";
import { isUnknownDevice, type Devices } from "./devices.js";
import { createSentEventFinder } from "./find-sent.js";
import { parseJson, textAt, unreadableAnswer } from "./homeserver-errors.js";
import type { Transport } from "./transport.js";

const rememberedEvents = 10_000;

export interface MessageSenderOptions {
  readonly transport: Transport;
  readonly calls: Calls;
  readonly devices: Devices;
  readonly onCall: OnCall;
}

/**
 * Sends room events. This is the busiest path of the product: it goes to the connections directly, with the caller's
 * transaction id (the Matrix SDK makes up its own), and repeats nothing, because delivery does.
 */
export function createMessageSender(options: MessageSenderOptions): MessageSender {
  const { transport, calls, devices, onCall } = options;
  /** The event ids that the newest sends came to, as many as may lie in the minutes that a search covers. */
  const answered = new RecentMap<EventId, true>(rememberedEvents);

  async function send(event: OutgoingEvent): Promise<EventId> {
    try {
      const query = devices.queryFor(event.sender) ?? (await devices.prepare(event.sender));
      const body = WrittenMessage.jsonOf(event.message);
      const answer = await transport.succeed({ method: "PUT", path: sendPath(event) + query, body });
      const eventId = textAt(parseJson(answer.body), "event_id");
      if (!isEventId(eventId)) throw unreadableAnswer("event id");
      onCall("sendEvent", true);
      // Events of a device tell their transaction id.
      if (!devices.isRepeatSafe(event.sender)) answered.set(eventId, true);
      return eventId;
    } catch (error) {
      onCall("sendEvent", false);
      if (error instanceof RemoteError && isUnknownDevice(error)) throw await forgetDevice(event, error);
      throw error;
    }
  }

  /**
   * The homeserver forgot the device, and with it the transaction ids of earlier tries. Whether one of those stored the event
   * is not known here, so the next try must look before it sends: the outcome is called unknown.
   */
  async function forgetDevice(event: OutgoingEvent, cause: RemoteError): Promise<RemoteError> {
    await devices.forget(event.sender);
    const message = `The homeserver no longer has the device of ${event.sender}; the next try makes a new one.`;
    return new RemoteError(message, { cause, remoteCode: "M_UNKNOWN_DEVICE", outcomeUnknown: true });
  }

  return {
    send,
    isRepeatSafe: (sender) => devices.isRepeatSafe(sender),
    find: createSentEventFinder({ calls, devices, isAnswered: (eventId) => answered.has(eventId) }),
  };
}

function sendPath({ roomId, message, transactionId }: OutgoingEvent): string {
  return `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/${encodeURIComponent(message.type)}/${encodeURIComponent(transactionId)}`;
}
