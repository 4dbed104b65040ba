import { isDeepStrictEqual } from "node:util";
import type { EventId } from "../core/ids.js";
import { WrittenMessage } from "../core/message.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { MessageSender, OutgoingEvent } from "../core/ports/message-sender.js";
import type { Calls } from "./calls.js";
import type { Devices } from "./devices.js";
import { parseJson, textAt, unreadableAnswer, valueAt } from "./homeserver-errors.js";
import { toMatrixEvents } from "./room-event.js";

export interface SentEventFinderOptions {
  readonly calls: Calls;
  readonly devices: Devices;
  /** True for an event that answered another send: it is that one's, however equal it looks. */
  readonly isAnswered: (eventId: EventId) => boolean;
}

/** The homeserver's clock and ours may differ by this much. */
const clockSlackMs = 60_000;
const pageSize = 100;
/** Nothing is sent into a room between a try and the search for it, so what lies there fits in a few pages. */
const mostPages = 20;

interface Page {
  readonly events: readonly MatrixEvent[];
  /** Where the next, older page begins; undefined at the room's beginning. */
  readonly next: string | undefined;
}

/**
 * Looks for an event that an earlier try may have stored. The homeserver tells a device the transaction ids of its own events,
 * and then nothing else counts; for events without one, an equal content by the same sender does.
 */
export function createSentEventFinder({ calls, devices, isAnswered }: SentEventFinderOptions): MessageSender["find"] {
  async function readPage(event: OutgoingEvent, from: string | undefined): Promise<Page> {
    const answer = await calls.json({ name: "getRoomMessages", method: "GET", path: await pagePath(event, from) });
    const chunk = valueAt(answer, "chunk");
    if (!Array.isArray(chunk)) throw unreadableAnswer("list of messages");
    return { events: toMatrixEvents(chunk, event.roomId), next: textAt(answer, "end") };
  }

  async function pagePath(event: OutgoingEvent, from: string | undefined): Promise<string> {
    const query = devices.queryFor(event.sender) ?? (await devices.prepare(event.sender));
    const filter = JSON.stringify({ types: [event.message.type], senders: [event.sender] });
    const start = from === undefined ? "" : `&from=${encodeURIComponent(from)}`;
    const page = `&dir=b&limit=${pageSize}&filter=${encodeURIComponent(filter)}${start}`;
    return `/_matrix/client/v3/rooms/${encodeURIComponent(event.roomId)}/messages${query}${page}`;
  }

  return async (event, sinceMs) => {
    const oldestMs = sinceMs - clockSlackMs;
    let equal: EventId | undefined;
    let from: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const { events, next } = await readPage(event, from);
      const recent = events.filter((candidate) => candidate.origin_server_ts >= oldestMs && candidate.sender === event.sender);
      const named = recent.find((candidate) => transactionOf(candidate) === event.transactionId);
      if (named !== undefined) return named.event_id;
      equal ??= recent.find((candidate) => isUnnamedEqual(candidate, event) && !isAnswered(candidate.event_id))?.event_id;
      if (next === undefined || next === from || events.some((candidate) => candidate.origin_server_ts < oldestMs)) return equal;
      from = next;
    }
    return equal;
  };
}

function transactionOf(event: MatrixEvent): string | undefined {
  return textAt(event.unsigned, "transaction_id");
}

function isUnnamedEqual(candidate: MatrixEvent, event: OutgoingEvent): boolean {
  if (transactionOf(candidate) !== undefined || candidate.type !== event.message.type) return false;
  // What was sent is the JSON form, in which undefined values are gone.
  const sent = parseJson(Buffer.from(WrittenMessage.jsonOf(event.message)));
  return isDeepStrictEqual(candidate.content, sent);
}
