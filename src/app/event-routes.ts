import type { BotDirectory } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import type { InboxEvent } from "../core/delivery.js";
import type { UserId } from "../core/ids.js";
import type { RoomMessage } from "../core/message.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { ActiveService, ConnectionKind } from "../core/service.js";
import type { Routes, RoomRendering } from "../delivery/event-routing.js";
import { findConnections } from "../connections/find-by-remote-key.js";
import { applyUrlPreviews } from "../pipeline/url-previews.js";

interface EventRoutesOptions {
  readonly services: readonly ActiveService[];
  readonly index: ConnectionIndex;
  readonly rooms: RoomStore;
  readonly bots: BotDirectory;
  /** The configuration's `messaging.allowUrlPreviews`. */
  readonly allowUrlPreviews: boolean;
}

/** What delivery needs to know to bring an event into rooms: the service reads and words it, connections say where it goes. */
export function createEventRoutes(options: EventRoutesOptions): Routes {
  const byId = new Map(options.services.map((active) => [active.service.id, active]));

  function active(serviceId: string): ActiveService {
    const found = byId.get(serviceId);
    if (found === undefined) throw new Error(`the service ${serviceId} is not enabled any more`);
    return found;
  }

  return {
    parse(event: InboxEvent) {
      const { service, context } = active(event.serviceId);
      if (service.webhook === undefined) throw new Error(`the service ${service.id} takes no webhooks`);
      return service.webhook.parse({ headers: event.headers, body: event.body }, context);
    },
    find: (serviceId, keys) => findConnections(options.index, serviceId, keys),
    render(event, connection) {
      const { service, context } = active(connection.serviceId);
      const rendered = kindOf(service.kinds, connection).render(event, connection, context);
      if (rendered.kind === "ignored") return rendered;
      const messages = rendered.messages.map((message) => throughPipeline(message, connection, options.allowUrlPreviews));
      const sender = senderFor(connection, service.permissionName, options);
      return sender instanceof Promise ? sender.then((userId) => said(userId, messages)) : said(sender, messages);
    },
  };
}

function said(sender: UserId, messages: readonly RoomMessage[]): RoomRendering {
  return { kind: "messages", sender, messages };
}

function kindOf(kinds: readonly ConnectionKind<unknown>[], connection: Connection): ConnectionKind<unknown> {
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
