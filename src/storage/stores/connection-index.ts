import type { AbstractSublevel } from "abstract-level";
import type { Connection } from "../../core/connection.js";
import type { ConnectionId, RoomId } from "../../core/ids.js";
import type { ConnectionIndex } from "../../core/ports/connection-index.js";
import type { StoreChange, UnitOfWork } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { ReadThroughCache } from "../read-through-cache.js";
import { readValue } from "../read.js";
import * as keys from "./connection-keys.js";
import { ListeningRooms, type ListeningKind } from "./listening-rooms.js";

type MaybePromise<T> = T | Promise<T>;
type IndexLevel = AbstractSublevel<Database, string | Buffer | Uint8Array, string, string>;
type IndexChanges = Parameters<ConnectionIndex["apply"]>[0];

const cachedConnections = 10_000;
const cachedKeys = 10_000;

/** What a change does to one connection. */
interface Replacement {
  readonly before: Connection | undefined;
  readonly after: Connection | undefined;
}

/**
 * Opens the index. Of its content only the custom command prefixes are loaded, which are few, and the ids of connections by room where
 * services listen; everything else is read when it is asked for.
 */
export async function openConnectionIndex(
  database: Database,
  unitOfWork: UnitOfWork,
  listeningKinds: readonly ListeningKind[] = [],
): Promise<ConnectionIndex> {
  const level = database.sublevel("connections");
  await level.open();
  const index = new LevelConnectionIndex(level, unitOfWork, new ListeningRooms(listeningKinds));
  await index.load();
  return index;
}

class LevelConnectionIndex implements ConnectionIndex {
  readonly #level: IndexLevel;
  readonly #unitOfWork: UnitOfWork;
  readonly #records = new ReadThroughCache<Connection>(cachedConnections);
  readonly #byKey = new ReadThroughCache<readonly Connection[]>(cachedKeys);
  readonly #prefixes = new Map<string, Set<ConnectionId>>();
  readonly #listening: ListeningRooms;
  #counts: Map<string, number> | undefined;
  /** Rises with each change that begins or ends, so that a count which overlapped one is not kept. */
  #changes = 0;
  #changesUnderWay = 0;

  constructor(level: IndexLevel, unitOfWork: UnitOfWork, listening: ListeningRooms) {
    this.#level = level;
    this.#unitOfWork = unitOfWork;
    this.#listening = listening;
  }

  async load(): Promise<void> {
    for (const key of await this.#level.keys(keys.everyPrefix).all()) this.#addPrefix(keys.wordOf(key), keys.idAtEnd(key));
    if (this.#listening.areNone) return;
    for await (const [key, serviceId] of this.#level.iterator(keys.everyRoom)) {
      this.#listening.add(serviceId, keys.roomOf(key), keys.idAtEnd(key));
    }
  }

  get(id: ConnectionId): MaybePromise<Connection | undefined> {
    return this.#records.get(id, () => {
      const stored = readValue(this.#level, keys.recordKey(id));
      return stored instanceof Promise ? stored.then(parseConnection) : parseConnection(stored);
    });
  }

  async inRoom(roomId: RoomId): Promise<readonly Connection[]> {
    return this.#connectionsIn(keys.roomRange(roomId));
  }

  byRemoteKey(serviceId: string, key: string): MaybePromise<readonly Connection[]> {
    const found = this.#byKey.get(keyName(serviceId, key), () => this.#readByRemoteKey(serviceId, key));
    return found instanceof Promise ? found.then(listOf) : listOf(found);
  }

  async apply({ put = [], remove = [], also = [] }: IndexChanges): Promise<void> {
    const replacements = await this.#replacementsFor(put, remove);
    this.#changes += 1;
    this.#changesUnderWay += 1;
    this.#forget(replacements);
    try {
      await this.#unitOfWork.commit([...this.#changesFor(replacements), ...also]);
      for (const replacement of replacements.values()) this.#note(replacement);
    } finally {
      this.#forget(replacements);
      this.#changes += 1;
      this.#changesUnderWay -= 1;
    }
  }

  async count(): Promise<ReadonlyMap<string, number>> {
    if (this.#counts !== undefined) return new Map(this.#counts);
    const changes = this.#changes;
    const counts = new Map<string, number>();
    for await (const serviceId of this.#level.values(keys.everyRoom)) addTo(counts, serviceId, 1);
    if (changes === this.#changes && this.#changesUnderWay === 0) this.#counts = new Map(counts);
    return counts;
  }

  listening(roomId: RoomId): MaybePromise<readonly Connection[]> {
    const ids = this.#listening.in(roomId);
    if (ids === undefined) return none;
    const reads = [...ids].map((id) => this.get(id));
    const found: Connection[] = [];
    for (const read of reads) {
      if (read instanceof Promise) return this.#listeningAmong(reads);
      if (this.#listening.has(read)) found.push(read);
    }
    return found;
  }

  async #listeningAmong(reads: readonly MaybePromise<Connection | undefined>[]): Promise<readonly Connection[]> {
    const found = await Promise.all(reads.map(async (read) => read));
    return found.filter((connection) => this.#listening.has(connection));
  }

  isCommandPrefix(word: string): boolean {
    return this.#prefixes.has(word);
  }

  async #readByRemoteKey(serviceId: string, key: string): Promise<readonly Connection[]> {
    const found = await this.#connectionsIn(keys.remoteKeyRange(serviceId, key));
    return Object.freeze(found.filter((connection) => connection.serviceId === serviceId && connection.remoteKeys.includes(key)));
  }

  async #connectionsIn(range: keys.Range): Promise<Connection[]> {
    const entries = await this.#level.keys(range).all();
    // All are asked for before the first is waited for; most databases answer at once.
    const reads = entries.map((entry) => this.get(keys.idAtEnd(entry)));
    const found: Connection[] = [];
    for (const read of reads) {
      const connection = read instanceof Promise ? await read : read;
      if (connection !== undefined) found.push(connection);
    }
    return found;
  }

  /** What each change replaces. A connection that is put and removed at once is put. */
  async #replacementsFor(put: readonly Connection[], remove: readonly ConnectionId[]): Promise<ReadonlyMap<ConnectionId, Replacement>> {
    const after = new Map<ConnectionId, Connection | undefined>(remove.map((id) => [id, undefined]));
    for (const connection of put) after.set(connection.id, connection);
    const replacements = new Map<ConnectionId, Replacement>();
    for (const [id, connection] of after) replacements.set(id, { before: await this.get(id), after: connection });
    return replacements;
  }

  /** Deletions first: two remote keys that differ only in characters UTF-8 cannot hold have the same entry. */
  #changesFor(replacements: ReadonlyMap<ConnectionId, Replacement>): readonly StoreChange[] {
    const deletions: StoreChange[] = [];
    const puts: StoreChange[] = [];
    for (const [id, { before, after }] of replacements) {
      const entries = after === undefined ? new Map<string, string>() : keys.entriesOf(after);
      for (const key of before === undefined ? [] : keys.entriesOf(before).keys()) if (!entries.has(key)) deletions.push(this.#del(key));
      for (const [key, value] of entries) puts.push(this.#put(key, value));
      if (after !== undefined) puts.push(this.#put(keys.recordKey(id), JSON.stringify(after)));
      else if (before !== undefined) deletions.push(this.#del(keys.recordKey(id)));
    }
    return [...deletions, ...puts];
  }

  #put(key: string, value: string): StoreChange {
    return { type: "put", key: this.#level.prefixKey(key, "utf8", false), value };
  }

  #del(key: string): StoreChange {
    return { type: "del", key: this.#level.prefixKey(key, "utf8", false) };
  }

  #forget(replacements: ReadonlyMap<ConnectionId, Replacement>): void {
    for (const [id, { before, after }] of replacements) {
      this.#records.forget(id);
      for (const connection of [before, after]) {
        for (const key of connection?.remoteKeys ?? []) this.#byKey.forget(keyName(connection?.serviceId ?? "", key));
      }
    }
  }

  /** Keeps what is held in memory up to date with a change that was written. */
  #note({ before, after }: Replacement): void {
    const prefixes = { before: before && keys.customPrefixOf(before), after: after && keys.customPrefixOf(after) };
    if (before !== undefined && prefixes.before !== undefined) this.#removePrefix(prefixes.before, before.id);
    if (after !== undefined && prefixes.after !== undefined) this.#addPrefix(prefixes.after, after.id);
    if (before !== undefined) this.#listening.remove(before.roomId, before.id);
    if (after !== undefined) this.#listening.add(after.serviceId, after.roomId, after.id);
    if (this.#counts === undefined) return;
    if (before !== undefined) addTo(this.#counts, before.serviceId, -1);
    if (after !== undefined) addTo(this.#counts, after.serviceId, 1);
  }

  #addPrefix(word: string, id: ConnectionId): void {
    this.#prefixes.set(word, (this.#prefixes.get(word) ?? new Set()).add(id));
  }

  #removePrefix(word: string, id: ConnectionId): void {
    const ids = this.#prefixes.get(word);
    ids?.delete(id);
    if (ids?.size === 0) this.#prefixes.delete(word);
  }
}

const none: readonly Connection[] = Object.freeze([]);

function listOf(found: readonly Connection[] | undefined): readonly Connection[] {
  return found ?? none;
}

function keyName(serviceId: string, key: string): string {
  return `${serviceId}\u0000${key}`;
}

function addTo(counts: Map<string, number>, serviceId: string, difference: number): void {
  const count = (counts.get(serviceId) ?? 0) + difference;
  if (count > 0) counts.set(serviceId, count);
  else counts.delete(serviceId);
}

/** Reads what `apply` wrote. Frozen, because everybody who asks gets the same object. */
function parseConnection(stored: string | undefined): Connection | undefined {
  // The shape is the writer's.
  return stored === undefined ? undefined : (JSON.parse(stored, freezeValue) as Connection);
}

function freezeValue(_key: string, value: unknown): unknown {
  return Object.freeze(value);
}
