import type { Delivery, DeliveryOutcome, DeliveryProgress } from "../../core/delivery.js";
import type { DeliveryId, InboxId } from "../../core/ids.js";
import { WrittenMessage, type RoomMessage } from "../../core/message.js";
import type { DeliveryStore, QueuePlace } from "../../core/ports/delivery-stores.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { readValue } from "../read.js";
import { queueKey, readEntries, roomsWithEntries, type Queue } from "./room-queue.js";

/** Follows an inbox id in the ids of its deliveries. */
const idSeparator = ".";
const afterIdSeparator = "/";
const countPage = 5_000;

/**
 * A delivery's body is written once. Where it stands is told by small records beside it: its place in the room's queue while it waits,
 * its progress after a failed try, its outcome in the end.
 */
export function createDeliveryStore(database: Database): DeliveryStore {
  const bodies = database.sublevel("deliveries");
  const waiting: Queue = database.sublevel("waiting");
  const progress = database.sublevel("delivery-progress");
  const outcomes = database.sublevel("delivery-outcomes");

  const put = (level: Queue, key: string, value: string): StoreChange => ({ type: "put", key: level.prefixKey(key, "utf8", false), value });
  const del = (level: Queue, key: string): StoreChange => ({ type: "del", key: level.prefixKey(key, "utf8", false) });

  async function readBodies(entries: readonly { place: QueuePlace; value: string }[]): Promise<{ place: QueuePlace; item: Delivery }[]> {
    const stored = await bodies.getMany(entries.map((entry) => entry.value));
    return entries.flatMap(({ place }, position) => {
      const body = stored[position];
      return body === undefined ? [] : [{ place, item: parse<Delivery>(body) }];
    });
  }

  return {
    rooms: (after, limit) => roomsWithEntries(waiting, after, limit),
    read: async (roomId, after, limit) => readBodies(await readEntries(waiting, roomId, after, limit)),
    add: (delivery) => [put(bodies, delivery.id, toJson(delivery)), put(waiting, queueKey(delivery.roomId, delivery.place), delivery.id)],
    addEnded: (delivery, outcome) => [put(bodies, delivery.id, toJson(delivery)), put(outcomes, delivery.id, JSON.stringify(outcome))],
    putWords: (delivery) => [put(bodies, delivery.id, toJson(delivery))],
    async get(id) {
      const body = await bodies.get(id);
      return body === undefined ? undefined : parse<Delivery>(body);
    },
    getProgress(id) {
      const stored = readValue(progress, id);
      return stored instanceof Promise ? stored.then(parseIfThere<DeliveryProgress>) : parseIfThere<DeliveryProgress>(stored);
    },
    putProgress: (id, value) => [put(progress, id, JSON.stringify(value))],
    getOutcome: async (id) => parseIfThere<DeliveryOutcome>(await outcomes.get(id)),
    clearProgress: (id) => [del(progress, id)],
    getOutcomes: async (ids) => (await outcomes.getMany([...ids])).map(parseIfThere<DeliveryOutcome>),
    end: (delivery, outcome) => [
      del(waiting, queueKey(delivery.roomId, delivery.place)),
      put(outcomes, delivery.id, JSON.stringify(outcome)),
    ],
    remove: (id) => [del(bodies, id), del(outcomes, id), del(progress, id)],
    // The ids begin with the inbox event's own, followed by the separator.
    ofInboxEvent: async (id: InboxId) =>
      (await bodies.keys({ gt: `${id}${idSeparator}`, lt: `${id}${afterIdSeparator}` }).all()) as DeliveryId[],
    async countWaiting() {
      let count = 0;
      let after = "";
      for (;;) {
        const page = await waiting.keys({ gt: after, limit: countPage }).all();
        count += page.length;
        after = page.at(-1) ?? "";
        if (page.length < countPage) return count;
      }
    },
    async oldest(after, limit) {
      // Keys of this store are delivery ids.
      return await bodies.keys({ ...(after === undefined ? {} : { gt: after }), limit }).all();
    },
    async newest(before, limit) {
      // Keys of this store are delivery ids.
      return await bodies.keys({ ...(before === undefined ? {} : { lt: before }), limit, reverse: true }).all();
    },
    async finishedIds(after, limit) {
      // Keys of this store are delivery ids.
      return await outcomes.keys({ ...(after === undefined ? {} : { gt: after }), limit }).all();
    },
    async finishedAfter(id, limit) {
      const entries = await outcomes.iterator({ ...(id === undefined ? {} : { gt: id }), limit }).all();
      // Keys of this store are delivery ids.
      return entries.map(([key, value]) => ({ id: key, outcome: parse<DeliveryOutcome>(value) }));
    },
  };
}

/** The messages' contents, which are the most of it, are written out already. */
function toJson(delivery: Delivery): string {
  const { id, roomId, connectionId, serviceId, sender, ghost, source, messages, isWordless, acceptedAt, createdAt, place } = delivery;
  const rest = { id, roomId, connectionId, serviceId, sender, ghost, source, isWordless, acceptedAt, createdAt, place };
  const head = JSON.stringify(rest satisfies Record<Exclude<keyof Delivery, "messages">, unknown>);
  return `${head.slice(0, -1)},"messages":[${messages.map(messageToJson).join(",")}]}`;
}

function messageToJson(message: RoomMessage): string {
  const { type, showUrlPreviews } = message;
  return `${JSON.stringify({ type, showUrlPreviews }).slice(0, -1)},"content":${WrittenMessage.jsonOf(message)}}`;
}

/** Reads what this store wrote; its shape is the writer's. */
function parse<T>(stored: string): T {
  return JSON.parse(stored) as T;
}

function parseIfThere<T>(stored: string | undefined): T | undefined {
  return stored === undefined ? undefined : parse<T>(stored);
}
