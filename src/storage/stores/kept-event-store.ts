import type { InboxId } from "../../core/ids.js";
import type { KeptEventStore } from "../../core/ports/delivery-stores.js";
import type { Database } from "../database.js";

const separator = "\u0000";
const afterSeparator = "\u0001";
const sliceSize = 2_000;

export function createKeptEventStore(database: Database): KeptEventStore {
  const level = database.sublevel("kept-events");
  const prefix = (serviceId: string, key: string): string => `${serviceId}${separator}${key}`;
  return {
    add: (serviceId, key, id) => [
      { type: "put", key: level.prefixKey(`${prefix(serviceId, key)}${separator}${id}`, "utf8", false), value: "" },
    ],
    async find(serviceId, key) {
      const start = `${prefix(serviceId, key)}${separator}`;
      const keys = await level.keys({ gt: start, lt: `${prefix(serviceId, key)}${afterSeparator}` }).all();
      // Made by `add` above.
      return keys.map((found) => found.slice(start.length) as InboxId);
    },
    async removeSlice() {
      const keys = await level.keys({ limit: sliceSize }).all();
      return keys.map((key) => ({ type: "del", key: level.prefixKey(key, "utf8", false) }));
    },
  };
}
