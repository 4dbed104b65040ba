import type { BotDirectory } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import type { InboxEvent } from "../core/delivery.js";
import type { UserId } from "../core/ids.js";
import type { RoomMessage } from "../core/message.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { RemoteEvent } from "../core/remote-event.js";
import type { ActiveService, ConnectionKind, LateRendering, Rendered, ServiceContext } from "../core/service.js";
import type { Routes } from "../delivery/event-routing.js";
import { readOwnEvent } from "../delivery/own-events.js";
import type { RoomRendering } from "../delivery/room-rendering.js";
import type { LateWords } from "../delivery/words.js";
import { findConnections } from "../connections/find-by-remote-key.js";
import type { DevinfoWords } from "../devinfo/room-words.js";
import { applyUrlPreviews } from "../pipeline/url-previews.js";
import { devinfoCardOf } from "../vocabulary/devinfo-card.js";

interface EventRoutesOptions {
  readonly services: readonly ActiveService[];
  readonly index: ConnectionIndex;
  readonly rooms: RoomStore;
  readonly bots: BotDirectory;
  /** The configuration's `messaging.allowUrlPreviews`. */
  readonly allowUrlPreviews: boolean;
  /** Absent: no room hears of development information. */
  readonly devinfoWords?: DevinfoWords;
}

/** Routes, and words that have to be waited for. */
export interface EventRoutes extends Routes {
  /** The words of what `render` put off. @throws RemoteError */
  renderLater(event: RemoteEvent, connection: Connection): Promise<LateWords>;
}

type Wanted = Extract<Rendered, { readonly kind: "messages" }>;
type Said = Extract<RoomRendering, { readonly kind: "messages" }>;

/** A kind, and what its members may use. */
interface KindInUse {
  readonly kind: ConnectionKind<unknown>;
  readonly context: ServiceContext<unknown>;
}

/** What delivery needs to know to bring an event into rooms: the service reads and words it, connections say where it goes. */
export function createEventRoutes(options: EventRoutesOptions): EventRoutes {
  const byId = new Map(options.services.map((active) => [active.service.id, active]));

  function active(serviceId: string): ActiveService {
    const found = byId.get(serviceId);
    if (found === undefined) throw new Error(`the service ${serviceId} is not enabled any more`);
    return found;
  }

  /** Who says it, through the pipeline. */
  function said({ messages, as }: Wanted, connection: Connection, { service }: ActiveService): Said | Promise<Said> {
    const passed = messages.map((message) => throughPipeline(message, connection, options.allowUrlPreviews));
    if (as !== undefined) {
      const { userId, ...ghost } = as;
      return { kind: "messages", sender: userId, ghost, messages: passed };
    }
    const sender = senderFor(connection, service.permissionName, options);
    return sender instanceof Promise ? sender.then((userId) => saidBy(userId, passed)) : saidBy(sender, passed);
  }

  /** Development information is no service's own: rooms hear of it by what their kind says about issues. */
  function renderDevinfo({ issueKeys, title }: ConnectionKind<unknown>, { state }: Connection): Rendered {
    if (issueKeys === undefined || options.devinfoWords === undefined) {
      return { kind: "ignored", reason: `no development information is told through a ${title}` };
    }
    if (issueKeys.announced(state).length > 0) return { kind: "later" };
    return { kind: "ignored", reason: "the connection asks for no development information" };
  }

  function lateWordsOf(event: RemoteEvent, connection: Connection, { kind, context }: KindInUse): Promise<LateRendering> {
    const card = devinfoCardOf(event);
    if (card !== undefined && options.devinfoWords !== undefined) return options.devinfoWords(card, connection);
    if (kind.renderLater === undefined) throw new Error(`${kind.title} has no words that have to be waited for`);
    return kind.renderLater(event, connection, context);
  }

  return {
    parse(event: InboxEvent) {
      const { service, context } = active(event.serviceId);
      if (event.isOwn === true) return readOwnEvent(event.body);
      if (service.webhook === undefined) throw new Error(`the service ${service.id} takes no webhooks`);
      return service.webhook.parse({ headers: event.headers, body: event.body }, context);
    },
    find: (serviceId, keys) => findConnections(options.index, serviceId, keys),
    render(event, connection) {
      const its = active(connection.serviceId);
      const kind = kindOf(its.service.kinds, connection);
      const rendered = devinfoCardOf(event) === undefined ? kind.render(event, connection, its.context) : renderDevinfo(kind, connection);
      if (rendered.kind === "messages") return said(rendered, connection, its);
      if (rendered.kind === "ignored") return rendered;
      const sender = senderFor(connection, its.service.permissionName, options);
      return sender instanceof Promise ? sender.then((userId) => ({ kind: "later", sender: userId })) : { kind: "later", sender };
    },
    async renderLater(event, connection) {
      const its = active(connection.serviceId);
      const kind = kindOf(its.service.kinds, connection);
      const { reply, changes, ...rendered } = await lateWordsOf(event, connection, { kind, context: its.context });
      const words = rendered.kind === "messages" ? await said(rendered, connection, its) : rendered;
      return { ...words, ...(reply === undefined ? {} : { reply }), ...(changes === undefined ? {} : { changes }) };
    },
  };
}

function saidBy(sender: UserId, messages: readonly RoomMessage[]): Said {
  return { kind: "messages", sender, messages };
}

/** @throws Error when the service has no such kind (any more) */
export function kindOf(kinds: readonly ConnectionKind<unknown>[], connection: Connection): ConnectionKind<unknown> {
  const kind = kinds.find((candidate) => candidate.id === connection.kindId);
  if (kind === undefined) throw new Error(`the service ${connection.serviceId} has no kind ${connection.kindId}`);
  return kind;
}

/** Every message passes these stages, whatever service it comes from. */
function throughPipeline(message: RoomMessage, connection: Connection, allowUrlPreviews: boolean): RoomMessage {
  return applyUrlPreviews(message, connection.state, allowUrlPreviews);
}

/** The bot that speaks for the service in that room; the main bot where the room is not known yet. */
function senderFor(
  connection: Connection,
  permissionName: string,
  { rooms, bots }: Pick<EventRoutesOptions, "rooms" | "bots">,
): UserId | Promise<UserId> {
  if (bots.all.length === 1) return bots.main.userId;
  return rooms.get(connection.roomId).then((record) => (bots.forService(permissionName, record?.bots ?? []) ?? bots.main).userId);
}
