import { Agent, request } from "undici";

type Content = Readonly<Record<string, unknown>>;

/** A room event as a client gets it. */
export interface ClientEvent {
  readonly type: string;
  readonly event_id: string;
  readonly sender: string;
  readonly origin_server_ts: number;
  readonly content: Content;
  readonly state_key?: string;
  readonly redacts?: string;
  readonly unsigned?: Content;
}

export interface RoomOptions {
  readonly name?: string;
  readonly invite?: readonly string[];
  readonly preset?: "private_chat" | "public_chat" | "trusted_private_chat";
  readonly is_direct?: boolean;
  readonly room_version?: string;
  readonly power_level_content_override?: Content;
  readonly initial_state?: readonly Content[];
  readonly creation_content?: Content;
}

export interface WaitOptions {
  /** 20,000 unless given. */
  readonly timeoutMs?: number;
  /** Only events that came after this one. */
  readonly after?: string;
  /** Completes the sentence "waited in vain for …". */
  readonly what?: string;
}

/** The homeserver refused; `status` and `errcode` say how. */
export class ClientError extends Error {
  readonly status: number;
  readonly errcode: string;

  constructor(status: number, errcode: string, message: string) {
    super(message);
    this.status = status;
    this.errcode = errcode;
  }
}

interface SyncAnswer {
  readonly next_batch: string;
  readonly rooms?: {
    readonly join?: Readonly<Record<string, { readonly timeline?: { readonly events?: readonly ClientEvent[] } }>>;
    readonly invite?: Readonly<Record<string, { readonly invite_state?: { readonly events?: readonly ClientEvent[] } }>>;
  };
}

const longPollMs = 10_000;

/** A person at a Matrix client, for tests and the demo. */
export class MatrixPerson {
  readonly userId: string;
  readonly accessToken: string;
  readonly #base: string;
  readonly #agent = new Agent();
  readonly #seen = new Map<string, ClientEvent[]>();
  readonly #invites = new Map<string, readonly ClientEvent[]>();
  readonly #checks = new Set<() => void>();
  #transactions = 0;
  #syncing: Promise<void> | undefined;
  #stopped = false;

  constructor(homeserverUrl: string, userId: string, accessToken: string) {
    this.#base = homeserverUrl;
    this.userId = userId;
    this.accessToken = accessToken;
  }

  static async logIn(homeserverUrl: string, user: string, password: string): Promise<MatrixPerson> {
    const visitor = new MatrixPerson(homeserverUrl, "", "");
    const answer = await visitor.call<{ user_id: string; access_token: string }>("POST", "/_matrix/client/v3/login", {
      type: "m.login.password",
      identifier: { type: "m.id.user", user },
      password,
    });
    await visitor.stop();
    return new MatrixPerson(homeserverUrl, answer.user_id, answer.access_token);
  }

  /** Makes any call. @throws ClientError */
  async call<T = Content>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: Content, timeoutMs = 60_000): Promise<T> {
    const answer = await request(this.#base + path, {
      method,
      dispatcher: this.#agent,
      headers: { authorization: `Bearer ${this.accessToken}`, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeout: timeoutMs,
    });
    const text = await answer.body.text();
    if (answer.statusCode > 299) throw toClientError(answer.statusCode, `${method} ${path}`, text);
    // The homeserver is trusted to answer as the specification says; a test that finds otherwise fails at the next line.
    return JSON.parse(text) as T;
  }

  async createRoom(options: RoomOptions = {}): Promise<string> {
    const { room_id } = await this.call<{ room_id: string }>("POST", "/_matrix/client/v3/createRoom", {
      preset: "private_chat",
      ...options,
    });
    return room_id;
  }

  async invite(roomId: string, userId: string): Promise<void> {
    await this.call("POST", `${room(roomId)}/invite`, { user_id: userId });
  }

  async join(roomIdOrAlias: string): Promise<void> {
    await this.call("POST", `/_matrix/client/v3/join/${encodeURIComponent(roomIdOrAlias)}`, {});
  }

  async leave(roomId: string): Promise<void> {
    await this.call("POST", `${room(roomId)}/leave`, {});
  }

  async kick(roomId: string, userId: string, reason = ""): Promise<void> {
    await this.call("POST", `${room(roomId)}/kick`, { user_id: userId, reason });
  }

  /** @returns the event id */
  async send(roomId: string, type: string, content: Content): Promise<string> {
    this.#transactions += 1;
    const path = `${room(roomId)}/send/${encodeURIComponent(type)}/person-${process.pid}-${Date.now()}-${this.#transactions}`;
    return (await this.call<{ event_id: string }>("PUT", path, content)).event_id;
  }

  async sendText(roomId: string, body: string): Promise<string> {
    return this.send(roomId, "m.room.message", { msgtype: "m.text", body });
  }

  async redact(roomId: string, eventId: string, reason = ""): Promise<string> {
    this.#transactions += 1;
    const path = `${room(roomId)}/redact/${encodeURIComponent(eventId)}/redact-${process.pid}-${Date.now()}-${this.#transactions}`;
    return (await this.call<{ event_id: string }>("PUT", path, { reason })).event_id;
  }

  async sendState(roomId: string, type: string, stateKey: string, content: Content): Promise<string> {
    return (await this.call<{ event_id: string }>("PUT", statePath(roomId, type, stateKey), content)).event_id;
  }

  /** The whole state. */
  async getState(roomId: string): Promise<readonly ClientEvent[]> {
    return this.call<readonly ClientEvent[]>("GET", `${room(roomId)}/state`);
  }

  /** The content of one state event; undefined when there is none. */
  async getStateContent(roomId: string, type: string, stateKey: string): Promise<Content | undefined> {
    try {
      return await this.call("GET", statePath(roomId, type, stateKey));
    } catch (error) {
      if (error instanceof ClientError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Changes some of the room's power levels and keeps the rest. */
  async changePowerLevels(roomId: string, change: (levels: Record<string, unknown>) => Content): Promise<void> {
    const levels = { ...(await this.getStateContent(roomId, "m.room.power_levels", "")) };
    await this.sendState(roomId, "m.room.power_levels", "", change(levels));
  }

  /** @returns the new room's id */
  async upgradeRoom(roomId: string, version: string): Promise<string> {
    return (await this.call<{ replacement_room: string }>("POST", `${room(roomId)}/upgrade`, { new_version: version })).replacement_room;
  }

  /** The newest events of the room, oldest first. */
  async readTimeline(roomId: string, limit = 100): Promise<readonly ClientEvent[]> {
    const { chunk } = await this.call<{ chunk: readonly ClientEvent[] }>("GET", `${room(roomId)}/messages?dir=b&limit=${limit}`);
    return [...chunk].reverse();
  }

  async joinedMembers(roomId: string): Promise<readonly string[]> {
    const { joined } = await this.call<{ joined: Content }>("GET", `${room(roomId)}/joined_members`);
    return Object.keys(joined);
  }

  /** Events of a room seen so far, in order. Begins to listen. */
  seen(roomId: string): readonly ClientEvent[] {
    this.#listen();
    return this.#seen.get(roomId) ?? [];
  }

  /** Waits until the room has an event that fits; one that came before counts too, unless `after` says otherwise. */
  async waitForEvent(roomId: string, fits: (event: ClientEvent) => boolean, options: WaitOptions = {}): Promise<ClientEvent> {
    return this.#waitFor(() => {
      const events = this.#seen.get(roomId) ?? [];
      const start = options.after === undefined ? 0 : events.findIndex((event) => event.event_id === options.after) + 1;
      return options.after !== undefined && start === 0 ? undefined : events.slice(start).find(fits);
    }, options);
  }

  /** Waits for an invitation by the user. @returns the room's id */
  async waitForInvite(inviter: string, options: WaitOptions = {}): Promise<string> {
    return this.#waitFor(
      () => [...this.#invites].find(([, state]) => state.some((event) => isInviteBy(event, inviter, this.userId)))?.[0],
      options,
    );
  }

  /** Ends listening. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#agent.destroy();
    await this.#syncing;
  }

  async #waitFor<T>(find: () => T | undefined, options: WaitOptions): Promise<T> {
    this.#listen();
    const timeoutMs = options.timeoutMs ?? 20_000;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#checks.delete(check);
      };
      const check = (): void => {
        const found = find();
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`${this.userId} waited in vain for ${options.what ?? "an event"} (${timeoutMs} ms).`));
      }, timeoutMs);
      this.#checks.add(check);
      check();
    });
  }

  #listen(): void {
    this.#syncing ??= this.#sync();
  }

  /** Goes on through failures: tests stop and start the homeserver. */
  async #sync(): Promise<void> {
    let since: string | undefined;
    while (!this.#stopped) {
      try {
        since = await this.#syncOnce(since);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  async #syncOnce(since: string | undefined): Promise<string> {
    const filter = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 1000 } }, presence: { types: [] } }));
    const position = since === undefined ? "&timeout=0" : `&timeout=${longPollMs}&since=${encodeURIComponent(since)}`;
    const answer = await this.call<SyncAnswer>(
      "GET",
      `/_matrix/client/v3/sync?filter=${filter}${position}`,
      undefined,
      longPollMs + 20_000,
    );
    for (const [roomId, { timeline }] of Object.entries(answer.rooms?.join ?? {})) this.#remember(roomId, timeline?.events ?? []);
    for (const [roomId, invite] of Object.entries(answer.rooms?.invite ?? {})) this.#invites.set(roomId, invite.invite_state?.events ?? []);
    for (const check of this.#checks) check();
    return answer.next_batch;
  }

  #remember(roomId: string, events: readonly ClientEvent[]): void {
    const seen = this.#seen.get(roomId) ?? [];
    this.#seen.set(roomId, seen);
    seen.push(...events);
  }
}

function room(roomId: string): string {
  return `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
}

function statePath(roomId: string, type: string, stateKey: string): string {
  return `${room(roomId)}/state/${encodeURIComponent(type)}/${encodeURIComponent(stateKey)}`;
}

function isInviteBy(event: ClientEvent, inviter: string, person: string): boolean {
  return event.type === "m.room.member" && event.state_key === person && event.sender === inviter;
}

function toClientError(status: number, call: string, text: string): ClientError {
  const errcode = /"errcode":\s*"([^"]*)"/.exec(text)?.[1] ?? "";
  return new ClientError(status, errcode, `${call}: ${status} ${text.slice(0, 300)}`);
}
