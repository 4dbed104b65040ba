import type { HttpClient, HttpRequest } from "../../src/core/ports/http-client.js";
import type { ServiceConnections } from "../../src/core/ports/service-connections.js";
import type { Media, NewRoom, ServiceRooms } from "../../src/core/ports/service-rooms.js";
import type { ServiceSecrets } from "../../src/core/ports/service-secrets.js";
import type { ServiceStore } from "../../src/core/ports/service-store.js";
import type { Put, StoreChange } from "../../src/core/ports/unit-of-work.js";
import type { Connection } from "../../src/core/connection.js";
import type { Ghost } from "../../src/core/ghost.js";
import type { ConnectionId, EventId, RoomId, UserId } from "../../src/core/ids.js";
import type { MatrixEvent } from "../../src/core/matrix-event.js";
import type { RoomMessage } from "../../src/core/message.js";
import type { RemoteEvent } from "../../src/core/remote-event.js";
import { RemoteError } from "../../src/core/errors.js";
import type { ServiceContext } from "../../src/core/service.js";
import { seededRandom } from "./seeded-random.js";
import { createMemoryLogins } from "./memory-logins.js";
import { MemoryRemotes } from "./memory-remotes.js";

/** A service's store in memory; `apply` does what committing its changes does. */
export class MemoryServiceStore implements ServiceStore {
  readonly entries = new Map<string, string>();

  get(key: string): string | undefined {
    return this.entries.get(key);
  }

  put(key: string, value: string): Put {
    return { type: "put", key, value };
  }

  remove(key: string): StoreChange {
    return { type: "del", key };
  }

  async list(prefix: string, limit: number): Promise<readonly (readonly [key: string, value: string])[]> {
    const found = [...this.entries].filter(([key]) => key.startsWith(prefix));
    return found.sort(([left], [right]) => (left < right ? -1 : 1)).slice(0, limit);
  }

  apply(changes: readonly StoreChange[] = []): void {
    for (const change of changes) {
      if (change.type === "put") this.entries.set(change.key, change.value.toString());
      else this.entries.delete(change.key);
    }
  }
}

/** Requests over the network by `fetch`, for stand-ins on loopback. */
export const fetchHttpClient: HttpClient = {
  async request({ url, method, headers = {}, body, timeoutMs = 5_000 }: HttpRequest) {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(url, {
        method,
        headers,
        body: body === undefined ? null : new Uint8Array(Buffer.from(body)),
        signal,
        redirect: "manual",
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      return { status: response.status, headers: Object.fromEntries(response.headers), body: bytes.toString("utf8"), bytes };
    } catch (cause) {
      throw new RemoteError("no answer came", { cause });
    }
  },
};

/** A network that nobody answers on. */
export const deadHttpClient: HttpClient = {
  request: () => Promise.reject(new RemoteError("no answer came")),
};

/** Secrets in plain; what is put counts at once. */
export class MemorySecrets implements ServiceSecrets {
  readonly canKeep: boolean = true;
  readonly entries = new Map<string, string>();
  /** What Hookshot keeps, by account-data type. */
  readonly ofHookshot = new Map<string, string>();

  async get(key: string): Promise<string | undefined> {
    return this.entries.get(key);
  }

  put(key: string, secret: string): StoreChange {
    this.entries.set(key, secret);
    return { type: "put", key: `secret/${key}`, value: "sealed" };
  }

  remove(key: string): StoreChange {
    this.entries.delete(key);
    return { type: "del", key: `secret/${key}` };
  }

  async fromHookshot(accountDataType: string): Promise<string | undefined> {
    return this.ofHookshot.get(accountDataType);
  }
}

/** A service's connections from a list that the test fills. */
export class ListedConnections implements ServiceConnections {
  readonly list: Connection[] = [];

  get(id: ConnectionId): Connection | undefined {
    return this.list.find((connection) => connection.id === id);
  }

  byRemoteKey(key: string): readonly Connection[] {
    return this.list.filter(({ remoteKeys }) => remoteKeys.includes(key));
  }

  async inRoom(roomId: RoomId): Promise<readonly Connection[]> {
    return this.list.filter((connection) => connection.roomId === roomId);
  }

  async *all(): AsyncIterable<Connection> {
    yield* this.list;
  }
}

/** One thing that a service did through `context.rooms`. */
export interface RoomDeed {
  readonly kind: "create" | "set-state" | "say" | "tell";
  readonly where: string;
  readonly what: unknown;
  readonly about?: string;
  readonly as?: Ghost;
}

/** Rooms that only remember what was done; an occasion counts once. */
export class RecordedRooms implements ServiceRooms {
  readonly deeds: RoomDeed[] = [];
  readonly state = new Map<string, Readonly<Record<string, unknown>>>();
  readonly events = new Map<string, MatrixEvent>();
  readonly aliases = new Map<string, RoomId>();

  ghostId(localpart: string): UserId | undefined {
    return `@${localpart}:example.org`;
  }

  async create(room: NewRoom): Promise<RoomId> {
    const known = room.alias === undefined ? undefined : this.aliases.get(room.alias);
    if (known !== undefined) return known;
    const roomId: RoomId = `!made${this.deeds.length}:example.org`;
    if (room.alias !== undefined) this.aliases.set(room.alias, roomId);
    for (const { type, stateKey, content } of room.state) this.state.set(`${roomId}/${type}/${stateKey}`, content);
    this.deeds.push({ kind: "create", where: roomId, what: room });
    return roomId;
  }

  async findByAlias(alias: string): Promise<RoomId | undefined> {
    return this.aliases.get(alias);
  }

  async readState(roomId: RoomId, type: string, stateKey: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    return this.state.get(`${roomId}/${type}/${stateKey}`);
  }

  async setState(roomId: RoomId, type: string, stateKey: string, content: Readonly<Record<string, unknown>>): Promise<void> {
    this.state.set(`${roomId}/${type}/${stateKey}`, content);
    this.deeds.push({ kind: "set-state", where: `${roomId}/${type}/${stateKey}`, what: content });
  }

  async readEvent(_roomId: RoomId, eventId: EventId): Promise<MatrixEvent | undefined> {
    return this.events.get(eventId);
  }

  async say(about: string, roomId: RoomId, message: RoomMessage, as?: Ghost): Promise<void> {
    this.#once({ kind: "say", where: roomId, what: message, about, ...(as === undefined ? {} : { as }) });
  }

  async tellPerson(about: string, person: UserId, message: RoomMessage): Promise<void> {
    this.#once({ kind: "tell", where: person, what: message, about });
  }

  #once(deed: RoomDeed): void {
    if (!this.deeds.some(({ about }) => about === deed.about)) this.deeds.push(deed);
  }
}

/** Files by their `mxc:` address. */
export class MemoryMedia implements Media {
  readonly files = new Map<string, { readonly bytes: Buffer; readonly contentType: string }>();

  async download(mxcUrl: string): Promise<{ readonly bytes: Buffer; readonly contentType: string }> {
    const file = this.files.get(mxcUrl);
    if (file === undefined) throw new RemoteError("there is no such file", { status: 404 });
    return file;
  }

  async upload(bytes: Buffer, contentType: string): Promise<string> {
    const url = `mxc://example.org/file${this.files.size}`;
    this.files.set(url, { bytes, contentType });
    return url;
  }

  publicUrl(mxcUrl: string): string | undefined {
    const [, rest] = /^mxc:\/\/(.+)$/.exec(mxcUrl) ?? [];
    return rest === undefined ? undefined : `https://media.example.org/_matrix/media/v3/download/${rest}`;
  }
}

/** What a service emitted. */
export interface Emitted {
  readonly event: RemoteEvent;
  readonly key: string;
}

export interface TestContext<Config> extends ServiceContext<Config> {
  readonly secrets: MemorySecrets;
  readonly remotes: MemoryRemotes;
  readonly connections: ListedConnections;
  readonly rooms: RecordedRooms;
  readonly media: MemoryMedia;
  readonly emitted: Emitted[];
}

/** A context whose parts remember what was done with them. Changes that are committed count at once. */
export function createServiceContext<Config>(
  config: Config,
  {
    http = deadHttpClient,
    guarded = http,
    store = new MemoryServiceStore(),
    logins = createMemoryLogins(),
    now = () => Date.UTC(2026, 0, 1),
  }: Partial<Pick<ServiceContext<Config>, "http" | "guarded" | "store" | "logins" | "now">> = {},
): TestContext<Config> {
  const emitted: Emitted[] = [];
  const apply = (changes: readonly StoreChange[]): void => {
    if (store instanceof MemoryServiceStore) store.apply(changes);
  };
  return {
    ...{ config, store, logins, http, guarded, now, emitted },
    secrets: new MemorySecrets(),
    remotes: new MemoryRemotes(guarded),
    connections: new ListedConnections(),
    rooms: new RecordedRooms(),
    media: new MemoryMedia(),
    random: seededRandom(1),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    async commit(changes) {
      apply(changes);
    },
    async emit(event, key, changes = []) {
      if (emitted.some((other) => other.key === key)) return;
      emitted.push({ event, key });
      apply(changes);
    },
  };
}
