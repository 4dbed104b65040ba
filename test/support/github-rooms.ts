import { connectionId, type Connection, type ConnectionState } from "../../src/core/connection.js";
import type { EventId, RoomId, UserId } from "../../src/core/ids.js";
import type { MatrixEvent } from "../../src/core/matrix-event.js";
import type { RemoteEvent } from "../../src/core/remote-event.js";
import type { RoomEventAnswer } from "../../src/core/room-listener.js";
import type { ConnectionKind, LateRendering } from "../../src/core/service.js";
import { createRoomKinds } from "../../src/services/github/room-kinds.js";
import { createRoomParts, type RoomParts } from "../../src/services/github/room-parts.js";
import type { GitHubConfig } from "../../src/services/github/schema.js";
import { createGitHubWebhook } from "../../src/services/github/webhook.js";
import { compileSchema } from "../../src/shared/validate.js";
import { createGitHubSetting, type GitHubSetting } from "./github-setting.js";
import { LoopbackServers } from "./loopback-server.js";

/** What was said in a room, by whom: a ghost's id, or undefined for the bot. */
export interface Said {
  readonly roomId: string;
  readonly as: string | undefined;
  readonly content: Readonly<Record<string, unknown>>;
}

/**
 * Rooms of their own without the rest of the product: the stand-in's webhooks and what the service emits are rendered for the connections
 * that a test adds, as delivery does, and changes count at once.
 */
export class PlayedRooms {
  readonly setting: GitHubSetting;
  readonly parts: RoomParts;
  readonly kinds: readonly ConnectionKind<GitHubConfig>[];
  /** Why events gave no message. */
  readonly ignored: string[] = [];
  readonly #messages: Said[] = [];
  readonly #webhook = createGitHubWebhook();
  readonly #servers: LoopbackServers;
  #emittedSeen = 0;
  #events = 0;
  readonly #heard: RemoteEvent[] = [];

  private constructor(setting: GitHubSetting, servers: LoopbackServers) {
    this.setting = setting;
    this.#servers = servers;
    this.parts = createRoomParts(setting.parts);
    this.kinds = createRoomKinds(this.parts);
  }

  static async start(): Promise<PlayedRooms> {
    const setting = await createGitHubSetting();
    const heard: { headers: Record<string, string>; body: Buffer }[] = [];
    const servers = new LoopbackServers();
    const url = await servers.serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        heard.push({ headers: { "x-github-event": String(request.headers["x-github-event"]) }, body: Buffer.concat(chunks) });
        response.end("OK");
      });
    });
    const played = new PlayedRooms(setting, servers);
    played.#take = () => heard.splice(0);
    setting.gitHub.addWebhook({ url, secret: "any" });
    return played;
  }

  async stop(): Promise<void> {
    await this.setting.gitHub.stop();
    await this.#servers.closeAll();
  }

  /** Webhooks that came since. */
  #take: () => readonly { readonly headers: Readonly<Record<string, string>>; readonly body: Buffer }[] = () => [];

  add(
    kindId: string,
    state: ConnectionState,
    { roomId = "!room:example.org", stateKey = "key" }: { roomId?: RoomId; stateKey?: string } = {},
  ): Connection {
    const kind = this.kind(kindId);
    const checked = compileSchema<ConnectionState>(kind.stateSchema)(structuredClone(state));
    if (!checked.ok) throw new TypeError(JSON.stringify(checked.problems));
    const [eventType] = kind.stateTypes;
    const connection: Connection = {
      ...{ id: connectionId(roomId, eventType, stateKey), roomId, serviceId: "github", kindId, eventType, stateKey, state: checked.value },
      ...{ eventId: "$state", sender: "@hookshot:example.org", remoteKeys: kind.remoteKeys(state, stateKey), priority: -1 },
      status: { kind: "active" },
    };
    this.setting.context.connections.list.push(connection);
    this.setting.context.rooms.state.set(`${roomId}/${eventType}/${stateKey}`, state);
    return connection;
  }

  kind(id: string): ConnectionKind<GitHubConfig> {
    const kind = this.kinds.find((candidate) => candidate.id === id);
    if (kind === undefined) throw new TypeError(`There is no kind ${id}`);
    return kind;
  }

  /** Everything that came or was emitted since, in order, until nothing is left. */
  async settle(): Promise<void> {
    await this.hear();
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#play(next);
  }

  /** Webhooks that came since wait for `settle`. */
  async hear(): Promise<void> {
    for (const stored of this.#take()) this.#heard.push(...(await this.#webhook.parse(stored, this.setting.context)).events);
  }

  #next(): RemoteEvent | undefined {
    const heard = this.#heard.shift();
    if (heard !== undefined) return heard;
    const emitted = this.setting.context.emitted[this.#emittedSeen];
    if (emitted !== undefined) this.#emittedSeen += 1;
    return emitted?.event;
  }

  async #play(event: RemoteEvent): Promise<void> {
    const { context } = this.setting;
    const found = context.connections.list.filter(({ remoteKeys }) => event.routingKeys.some((key) => remoteKeys.includes(key)));
    for (const connection of found) {
      const kind = this.kind(connection.kindId);
      const first = kind.render(event, connection, context);
      const rendered: LateRendering = first.kind === "later" ? await kind.renderLater!(event, connection, context) : first;
      if (rendered.kind === "ignored") this.ignored.push(rendered.reason);
      else this.#note(connection, rendered);
      await context.commit(rendered.changes ?? []);
    }
  }

  #note(
    { roomId }: Connection,
    { messages, as }: { readonly messages: readonly { content: Said["content"] }[]; readonly as?: { userId: string } },
  ): void {
    for (const { content } of messages) this.#messages.push({ roomId, as: as?.userId, content });
  }

  /** In order: what was said by occasion, then what deliveries said. */
  get said(): readonly Said[] {
    const says = this.setting.context.rooms.deeds.filter(({ kind }) => kind === "say");
    // `say` records a message.
    const told = says.map(({ where, as, what }) => ({
      roomId: where,
      as: as?.userId,
      content: (what as { content: Said["content"] }).content,
    }));
    return [...told, ...this.#messages];
  }

  /** As `<localpart of the ghost>: <body>`. */
  get lines(): readonly string[] {
    return this.said.map(({ as, content }) => `${as?.slice(1).split(":")[0] ?? "bot"}: ${String(content["body"])}`);
  }

  /** What the kind makes of something that a person says in its room. */
  async type(
    connection: Connection,
    actor: UserId,
    body: string,
    content: Readonly<Record<string, unknown>> = {},
  ): Promise<RoomEventAnswer> {
    this.#events += 1;
    const eventId: EventId = `$said${this.#events}`;
    const event: MatrixEvent = {
      ...{ type: "m.room.message", event_id: eventId, room_id: connection.roomId, sender: actor, origin_server_ts: 1 },
      content: { msgtype: "m.text", body, ...content },
    };
    const { listener } = this.kind(connection.kindId);
    if (listener?.handle === undefined || !listener.hears(event, connection)) return { isHandled: false };
    const call = {
      event,
      actor,
      connection,
      isOurs: () => false,
      related: () => Promise.resolve(undefined),
      begin: () => Promise.resolve(),
    };
    const answer = await listener.handle(call, this.setting.context);
    await this.setting.context.commit(answer.changes ?? []);
    return answer;
  }
}
