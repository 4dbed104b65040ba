import type {
  DeadForward,
  DevinfoForward,
  DevinfoForwardStore,
  ForwardBacklog,
  ForwardDeath,
  ForwardTarget,
  ForwardTargetId,
} from "../../core/ports/devinfo-forward-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { queueKey, type Queue } from "./room-queue.js";

/*
 * Layout, each in a sublevel of its own:
 *
 *   devinfo-forwards         <target> <place> -> what waits, as JSON
 *   devinfo-forwards-dead    <target> <place> -> what the site will never take, as JSON
 *   devinfo-forwards-bodies  <target> <place> -> the body of either, compressed
 *   devinfo-forwards-targets <target>         -> the site, as JSON
 *
 * Bodies lie apart, so that counting and listing does not read them, and a dead letter moves without its body.
 */

type StoredForm = Omit<DevinfoForward, "target" | "place"> & { readonly death?: ForwardDeath };

/** Entries of a queue end before it. */
const afterSeparator = "\u0001";
const measuredAtOnce = 1_000;

/** Copies of development information for other sites. They hold what was submitted, and no credentials, so nothing is sealed. */
export function createDevinfoForwardStore(database: Database): DevinfoForwardStore {
  const queues = { waiting: database.sublevel("devinfo-forwards"), dead: database.sublevel("devinfo-forwards-dead") };
  const bodies = database.sublevel("devinfo-forwards-bodies");
  const targets = database.sublevel("devinfo-forwards-targets");

  async function find<Found extends DevinfoForward>(queue: Queue, target: ForwardTargetId, place: string): Promise<Found | undefined> {
    const value = await queue.get(queueKey(target, place));
    return value === undefined ? undefined : read<Found>([queueKey(target, place), value]);
  }

  function put(queue: Queue, { target, place, ...form }: DevinfoForward): StoreChange {
    return { type: "put", key: absolute(queue, target, place), value: JSON.stringify(form satisfies StoredForm) };
  }

  return {
    async targets() {
      const values = await targets.values().all();
      // Written by `putTarget`.
      return values.map((value) => JSON.parse(value) as ForwardTarget);
    },
    putTarget: (target) => ({ type: "put", key: targets.prefixKey(target.id, "utf8", false), value: JSON.stringify(target) }),
    removeTarget: (id) => ({ type: "del", key: targets.prefixKey(id, "utf8", false) }),

    async waiting(target, from, limit) {
      const entries = await queues.waiting.iterator({ ...rangeOf(target, from), limit }).all();
      return entries.map((entry) => read<DevinfoForward>(entry));
    },
    findWaiting: (target, place) => find<DevinfoForward>(queues.waiting, target, place),
    async dead(target, order, limit) {
      const entries = await queues.dead.iterator({ ...rangeOf(target), limit, reverse: order === "newest" }).all();
      return entries.map((entry) => read<DeadForward>(entry));
    },
    findDead: (target, place) => find<DeadForward>(queues.dead, target, place),
    measure: (target, state, before) => measure(queues[state], target, before),
    async readBody({ target, place }) {
      return await bodies.get<string, Uint8Array>(queueKey(target, place), { valueEncoding: "view" });
    },

    add(forward, body) {
      const { target, place } = forward;
      const head = put(queues.waiting, forward);
      return body === undefined ? [head] : [head, { type: "put", key: absolute(bodies, target, place), value: body }];
    },
    bury(forward, death) {
      const dead: DeadForward = { ...forward, death };
      return [{ type: "del", key: absolute(queues.waiting, forward.target, forward.place) }, put(queues.dead, dead)];
    },
    revive({ death: _death, ...forward }) {
      return [{ type: "del", key: absolute(queues.dead, forward.target, forward.place) }, put(queues.waiting, forward)];
    },
    remove: ({ target, place }) =>
      [queues.waiting, queues.dead, bodies].map((level) => ({ type: "del", key: absolute(level, target, place) })),
  };
}

function absolute(level: Queue, target: ForwardTargetId, place: string): string {
  return level.prefixKey(queueKey(target, place), "utf8", false);
}

/** Ids of targets have an alphabet of their own, so a separator stands in none. */
function rangeOf(target: ForwardTargetId, from = ""): { readonly gte: string; readonly lt: string } {
  return { gte: queueKey(target, from), lt: `${target}${afterSeparator}` };
}

function read<Found extends DevinfoForward>([key, value]: readonly [string, string]): Found {
  const [target = "", place = ""] = key.split("\u0000");
  // Written by `put`, into the queue that holds such.
  return { target, place, ...(JSON.parse(value) as StoredForm) } as Found;
}

/** One iterator sees one moment, however long it takes. */
async function measure(queue: Queue, target: ForwardTargetId, before: string): Promise<ForwardBacklog> {
  const iterator = queue.values({ gte: queueKey(target, ""), lt: queueKey(target, before) });
  let [count, bytes] = [0, 0];
  try {
    for (let values = await iterator.nextv(measuredAtOnce); values.length > 0; values = await iterator.nextv(measuredAtOnce)) {
      count += values.length;
      // Written by `put`.
      for (const value of values) bytes += (JSON.parse(value) as StoredForm).storedBytes;
    }
  } finally {
    await iterator.close();
  }
  return { count, bytes };
}
