import { createHmac } from "node:crypto";
import type { Connection } from "../../core/connection.js";
import { RemoteError } from "../../core/errors.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import type { HttpResponse } from "../../core/ports/http-client.js";
import type { ServiceContext } from "../../core/service.js";
import type { Clock } from "../../shared/clock.js";
import { wellFormed } from "../../shared/well-formed.js";
import { hasMedia, mediaPart } from "./event-media.js";
import { MediaTurns } from "./media-turns.js";
import { tellOfMissingToken } from "./missing-token.js";
import { encodeForm, type FormPart } from "./multipart.js";
import type { OutboundConfig } from "./schema.js";
import { outboundState } from "./outbound-state.js";
import { findToken } from "./tokens.js";

type Context = ServiceContext<OutboundConfig>;

const timeoutMs = 20_000;
const patienceMs = 60_000;

/** Statuses below 500 after which the same request may succeed (RFC 9110, 15.5.9; RFC 8470; RFC 6585). */
const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429]);

/** What hands events on, one by one or side by side. */
export type ForwardEvent = (event: MatrixEvent, connection: Connection, context: Context) => Promise<void>;

export function createForward(clock: Clock): ForwardEvent {
  const turns = new MediaTurns(clock);
  return (event, connection, context) =>
    hasMedia(event) ? turns.run(() => forwardEvent(event, connection, context, clock)) : forwardEvent(event, connection, context, clock);
}

/**
 * Sends an event to a connection's target (Hookshot reference 2.10).
 * @throws RemoteError; transient while the same request may succeed later
 */
async function forwardEvent(event: MatrixEvent, connection: Connection, context: Context, clock: Clock): Promise<void> {
  const token = await findToken(connection, context);
  if (token === undefined) return waitForToken(event, connection, context);
  const media = await mediaPart(event, context, clock);
  const boundary = `switchboard-${context.random.token(32)}`;
  const body = encodeForm([eventPart(event), ...(media === undefined ? [] : [media])], boundary);
  const { url, method } = outboundState(connection.state);
  const headers = {
    "content-type": `multipart/form-data; boundary=${boundary}`,
    "x-matrix-hookshot-roomid": headerValue(event.room_id),
    "x-matrix-hookshot-eventid": headerValue(event.event_id),
    "x-matrix-hookshot-token": token,
    ...signatureHeaders(event.event_id, body, token, context.now()),
  };
  judge(await context.guarded.request({ method, url, headers, body, timeoutMs }), context.now());
}

/**
 * The event waits for its turn like after any failure. One that is new may have come between a command's state event and its token.
 * @throws RemoteError
 */
async function waitForToken({ origin_server_ts: sentAt }: MatrixEvent, connection: Connection, context: Context): Promise<never> {
  if (context.now() - sentAt > patienceMs) await tellOfMissingToken(connection, context);
  throw new RemoteError(`The outbound webhook ${connection.id} has no secret token`);
}

/** The event as the room has it; the keys of an encrypted file stay with us. */
function eventPart(event: MatrixEvent): FormPart {
  const { content } = event;
  const hasKeys = typeof content["file"] === "object" && content["file"] !== null;
  const shown = hasKeys ? { ...event, content: { ...content, file: null } } : event;
  return { name: "event", fileName: "event_data.json", contentType: "application/json", bytes: Buffer.from(JSON.stringify(shown)) };
}

/**
 * As Standard Webhooks says (version 1, "Signature scheme"); the key is the bytes of the token. The id is the event's, which stays the same
 * when an event is sent again.
 */
function signatureHeaders(eventId: string, body: Buffer, token: string, nowMs: number): Readonly<Record<string, string>> {
  const id = headerValue(eventId);
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signature = createHmac("sha256", token).update(`${id}.${timestamp}.`).update(body).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

/** Ids of Matrix may hold what no header can. */
function headerValue(id: string): string {
  return /^[\x21-\x7e]+$/.test(id) ? id : encodeURIComponent(wellFormed(id));
}

/** @throws RemoteError for every answer but 2xx */
function judge({ status, headers }: HttpResponse, nowMs: number): void {
  if (status >= 200 && status < 300) return;
  const message = `The target of an outbound webhook answered ${status}`;
  const retryAfterMs = readRetryAfter(headers["retry-after"], nowMs);
  const delay = retryAfterMs === undefined ? {} : { retryAfterMs };
  // Without a status it counts as one that may pass.
  if (passingStatuses.has(status)) throw new RemoteError(message, delay);
  if (status >= 500) throw new RemoteError(message, { status, ...delay });
  throw new RemoteError(message, { status, isFinal: true });
}

/** Seconds, or a date (RFC 9110, 10.2.3). @returns milliseconds */
function readRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const delayMs = /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isFinite(delayMs) ? Math.max(0, delayMs) : undefined;
}
