import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fits, otherRoutes, routes, type FakeApiSettings } from "./fake-homeserver-api.js";
import { handleControl, type ControlledHomeserver } from "./fake-homeserver-control.js";
import { FaultDealer, type Faults } from "./fake-homeserver-faults.js";
import {
  answer,
  answerAny,
  answerRefusal,
  answerText,
  readBody,
  Refusal,
  type FakeRequest,
  type Requester,
} from "./fake-homeserver-requests.js";
import { FakeMemory, type Content, type FakeEvent, type FakeRoom, type RoomPreset } from "./fake-homeserver-rooms.js";
import { TransactionPusher, type FakeAppservice } from "./fake-homeserver-transactions.js";

export interface FakeHomeserverOptions {
  readonly asToken: string;
  /** `fake.test` unless given. */
  readonly serverName?: string;
  /** Localpart of the appservice's own user; `hookshot` unless given. */
  readonly senderLocalpart?: string;
  /** A free one unless given. */
  readonly port?: number;
  /** How users of the appservice get devices; `put` unless given. */
  readonly devices?: FakeApiSettings["devices"];
  /** Whether users may be named (the capability `m.set_displayname`); true unless given. */
  readonly mayRename?: boolean;
  /** Where files are read; the paths since Matrix v1.11 unless given. */
  readonly media?: FakeApiSettings["media"];
  /** Where transactions go; none are sent unless given. */
  readonly appservice?: FakeAppservice;
  readonly rooms?: readonly RoomPreset[];
}

const clientPrefix = "/_matrix/client/v3/";

/**
 * A homeserver for unit tests, faults and load: fast, in memory, one appservice, no checks of power levels.
 * It behaves like Synapse 1.163 where delivery depends on it: transaction ids of an appservice are remembered in memory by path,
 * and those of a device also in the database.
 */
export class FakeHomeserver implements ControlledHomeserver {
  readonly memory = new FakeMemory();
  readonly #options: FakeHomeserverOptions;
  readonly #dealer = new FaultDealer();
  readonly #pusher: TransactionPusher | undefined;
  readonly #settings: FakeApiSettings;
  readonly #requesters = new Map<string, Requester>();
  readonly #authorization: string;
  #counters = new Map<string, number>();
  #server: Server | undefined;
  #starts = 0;
  #port: number;

  constructor(options: FakeHomeserverOptions) {
    this.#options = options;
    this.#port = options.port ?? 0;
    this.#authorization = `Bearer ${options.asToken}`;
    this.#pusher = options.appservice === undefined ? undefined : new TransactionPusher(options.appservice);
    const { devices = "put", mayRename = true, media = "authenticated" } = options;
    this.#settings = { serverName: this.serverName, devices, mayRename, media, ping: (id) => this.#ping(id) };
    this.memory.users.add(this.botUserId);
    for (const room of options.rooms ?? []) this.memory.createRoom(room);
  }

  get serverName(): string {
    return this.#options.serverName ?? "fake.test";
  }

  get botUserId(): string {
    return `@${this.#options.senderLocalpart ?? "hookshot"}:${this.serverName}`;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Requests so far, by kind. */
  get counters(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counters);
  }

  get starts(): number {
    return this.#starts;
  }

  resetCounters(): void {
    this.#counters = new Map();
  }

  setFaults(faults: Partial<Faults>): void {
    this.#dealer.set(faults);
  }

  /** Listens, on the same port as before once it had one. */
  async start(): Promise<void> {
    const server = createServer((request, response) => this.#take(request, response));
    server.keepAliveTimeout = 60_000;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    // A TCP listener's address is an object.
    this.#port = (server.address() as AddressInfo).port;
    this.#starts += 1;
  }

  /** Refuses connections and cuts the open ones. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  /** Goes away and comes back without what it held in memory only. */
  async restart(downMs = 0): Promise<void> {
    await this.stop();
    this.memory.memoryTransactions.clear();
    this.#pusher?.restart();
    await pause(downMs);
    await this.start();
  }

  /** Message events of a room (state left out), in the order they were accepted. */
  messages(roomId: string): readonly FakeEvent[] {
    return this.#room(roomId).timeline.filter((event) => event.state_key === undefined && event.type !== "m.room.redaction");
  }

  /** A person does something in a room; the appservice hears of it. */
  sendAs(user: string, roomId: string, event: { readonly type: string; readonly content: Content; readonly stateKey?: string }): FakeEvent {
    const stored = this.#room(roomId).add({ ...event, sender: user });
    this.#pusher?.push(stored as unknown as Content);
    return stored;
  }

  #room(roomId: string): FakeRoom {
    const room = this.memory.rooms.get(roomId);
    if (room === undefined) throw new TypeError(`There is no room ${roomId}.`);
    return room;
  }

  async #ping(transactionId: string): Promise<unknown> {
    if (this.#pusher === undefined) throw new Refusal(400, "M_URL_NOT_SET", "The application service does not have a URL set");
    const result = await this.#pusher.ping(transactionId);
    if ("errcode" in result) throw new Refusal(502, result.errcode, result.error);
    return result;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    readBody(request, (body) => {
      const url = request.url ?? "/";
      if (url.startsWith("/_fake/")) {
        handleControl(this, { method: request.method ?? "GET", url, body }, response);
        return;
      }
      const { delayMs } = this.#dealer.faults;
      if (delayMs === 0) void this.#answer(request, url, body, response);
      else setTimeout(() => void this.#answer(request, url, body, response), delayMs);
    });
  }

  async #answer(request: IncomingMessage, url: string, body: Buffer, response: ServerResponse): Promise<void> {
    try {
      if (request.headers.authorization !== this.#authorization) throw new Refusal(401, "M_UNKNOWN_TOKEN", "Unrecognised access token");
      const parsed = this.#parse(request.method ?? "GET", url, body);
      if (parsed.method === "PUT" && parsed.parts[0] === "rooms" && parsed.parts[2] === "send") this.#send(parsed, response);
      else answerAny(response, await this.#route(parsed));
    } catch (error) {
      if (error instanceof Refusal) answerRefusal(response, error);
      else answer(response, 500, { errcode: "M_UNKNOWN", error: String(error) });
    }
  }

  #parse(method: string, url: string, body: Buffer): FakeRequest {
    const mark = url.indexOf("?");
    const path = mark === -1 ? url : url.slice(0, mark);
    const queryText = mark === -1 ? "" : url.slice(mark + 1);
    const parts = path.startsWith(clientPrefix) ? path.slice(clientPrefix.length).split("/").map(decodeURIComponent) : [];
    const isSend = parts[2] === "send";
    const query = isSend ? new URLSearchParams() : new URLSearchParams(queryText);
    return { method, path, parts, query, requester: this.#requester(queryText), body };
  }

  /** Few users send many messages, so who is meant by a query is remembered. */
  #requester(queryText: string): Requester {
    let requester = this.#requesters.get(queryText);
    if (requester === undefined) {
      const query = new URLSearchParams(queryText);
      requester = { user: query.get("user_id") ?? this.botUserId, device: query.get("device_id") ?? undefined };
      if (this.#requesters.size > 10_000) this.#requesters.clear();
      this.#requesters.set(queryText, requester);
    }
    const { user, device } = requester;
    if (device !== undefined && this.#settings.devices !== "none" && !this.memory.hasDevice(user, device)) {
      throw new Refusal(400, "M_UNKNOWN_DEVICE", `Application service trying to use a device that doesn't exist ('${device}' for ${user})`);
    }
    return requester;
  }

  async #route(request: FakeRequest): Promise<unknown> {
    const other = otherRoutes.find((route) => route.method === request.method && route.pattern.test(request.path));
    const route = other ?? routes.find((candidate) => fits(candidate, request.method, request.parts));
    if (route === undefined) throw new Refusal(404, "M_UNRECOGNIZED", `Unrecognized request: ${request.method} ${request.path}`);
    this.#count(route.kind);
    this.#refuse(route.kind, request.parts[0] === "rooms" ? request.parts[1] : undefined);
    return route.handle(request, this.memory, this.#settings);
  }

  #refuse(kind: string, roomId: string | undefined): void {
    const refusal = this.#dealer.forRequest(kind, roomId);
    if (refusal !== undefined) throw new Refusal(refusal.status, refusal.errcode, "Asked for by the test.");
  }

  #send(request: FakeRequest, response: ServerResponse): void {
    const roomId = request.parts[1] ?? "";
    this.#count("send");
    this.#refuse("send", roomId);
    const { failStatus, retryAfterMs, stallMs } = this.#dealer.faults;
    switch (this.#dealer.forSend(roomId)) {
      case undefined:
        answerText(response, 200, `{"event_id":"${this.#store(request)}"}`);
        return;
      case "fail":
        answer(response, failStatus, { errcode: "M_UNKNOWN", error: "Asked for by the test." });
        return;
      case "rate-limit":
        answer(response, 429, { errcode: "M_LIMIT_EXCEEDED", error: "Too Many Requests", retry_after_ms: retryAfterMs });
        return;
      case "store-and-cut":
        this.#store(request);
        response.destroy();
        return;
      case "cut":
        response.destroy();
        return;
      case "stall": {
        const eventId = this.#store(request);
        setTimeout(() => answer(response, 200, { event_id: eventId }), stallMs).unref();
        return;
      }
    }
  }

  /** Stores the event, unless its transaction id is known, and gives its id. */
  #store({ parts, path, requester, body }: FakeRequest): string {
    const [, roomId = "", , type = "", transactionId = ""] = parts;
    const { user, device: deviceId } = requester;
    const deviceKey = deviceId === undefined ? undefined : `${roomId}\n${user}\n${deviceId}\n${transactionId}`;
    const earlier =
      this.memory.memoryTransactions.get(path) ?? (deviceKey === undefined ? undefined : this.memory.deviceTransactions.get(deviceKey));
    if (earlier !== undefined) return earlier;
    const room = this.memory.rooms.get(roomId);
    if (room?.membership(user) !== "join") throw new Refusal(403, "M_FORBIDDEN", `User ${user} not in room ${roomId}`);
    // JSON.parse gives `any`; the sender under test makes objects.
    const content = JSON.parse(body.toString("utf8")) as Content;
    const eventId = room.add({ type, sender: user, content, transactionId, deviceId }).event_id;
    this.memory.memoryTransactions.set(path, eventId);
    if (deviceKey !== undefined) this.memory.deviceTransactions.set(deviceKey, eventId);
    return eventId;
  }

  #count(kind: string): void {
    this.#counters.set(kind, (this.#counters.get(kind) ?? 0) + 1);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
