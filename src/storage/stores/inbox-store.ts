import type { InboxEvent } from "../../core/delivery.js";
import type { InboxId } from "../../core/ids.js";
import type { InboxStore } from "../../core/ports/delivery-stores.js";
import type { Database } from "../database.js";

const newline = 0x0a;
const countPage = 5_000;

/** One value per event: a line of JSON, then the raw body. The body is never re-encoded, which would cost time and space. */
function encode({ id, serviceId, receivedAt, headers, isOwn, onlyFor, body }: InboxEvent): Buffer {
  const kept = { id, serviceId, receivedAt, headers, isOwn, onlyFor } satisfies Record<Exclude<keyof InboxEvent, "body">, unknown>;
  const envelope = `${JSON.stringify(kept)}\n`;
  const length = Buffer.byteLength(envelope);
  const encoded = Buffer.allocUnsafe(length + body.length);
  encoded.write(envelope);
  body.copy(encoded, length);
  return encoded;
}

function decode(stored: Uint8Array): InboxEvent {
  const buffer = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const end = buffer.indexOf(newline);
  // Written by `encode` above.
  const envelope = JSON.parse(buffer.toString("utf8", 0, end)) as Omit<InboxEvent, "body">;
  return { ...envelope, body: buffer.subarray(end + 1) };
}

export function createInboxStore(database: Database): InboxStore {
  const events = database.sublevel<string, Uint8Array>("inbox", { valueEncoding: "view" });
  const verdicts = database.sublevel("inbox-verdicts");
  const eventKey = (id: InboxId): string => events.prefixKey(id, "utf8", false);
  const verdictKey = (id: InboxId): string => verdicts.prefixKey(id, "utf8", false);

  return {
    add: (event) => [{ type: "put", key: eventKey(event.id), value: encode(event) }],
    async get(id) {
      const stored = await events.get(id);
      return stored === undefined ? undefined : decode(stored);
    },
    async after(id, limit) {
      const stored = await events.values({ ...(id === undefined ? {} : { gt: id }), limit }).all();
      return stored.map(decode);
    },
    async count() {
      let count = 0;
      let after = "";
      for (;;) {
        const page = await events.keys({ gt: after, limit: countPage }).all();
        count += page.length;
        after = page.at(-1) ?? "";
        if (page.length < countPage) return count;
      }
    },
    async ages(after, limit) {
      const stored = await events.values({ ...(after === undefined ? {} : { gt: after }), limit }).all();
      return stored.map(decode).map(({ id, receivedAt }) => ({ id, receivedAt }));
    },
    putVerdict: (id, reason) => [{ type: "put", key: verdictKey(id), value: reason }],
    getVerdict: (id) => verdicts.get(id),
    remove: (id) => [
      { type: "del", key: eventKey(id) },
      { type: "del", key: verdictKey(id) },
    ],
  };
}
