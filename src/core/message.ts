/** One event to send into a room. `content` already is what the homeserver gets. */
export interface RoomMessage {
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** The message's own word on previews of its links; it goes before the connection's and the configuration's. */
  readonly showUrlPreviews?: boolean;
}

/**
 * A message whose content is written out as JSON once: it is stored and soon after sent, and writing it out takes longer than either. To
 * whoever compares or writes it, it is like every other.
 */
export class WrittenMessage implements RoomMessage {
  readonly type: string;
  readonly content: RoomMessage["content"];
  declare readonly showUrlPreviews?: boolean;
  readonly #json: string;

  constructor({ type, content, showUrlPreviews }: RoomMessage) {
    this.type = type;
    this.content = content;
    if (showUrlPreviews !== undefined) this.showUrlPreviews = showUrlPreviews;
    this.#json = JSON.stringify(content);
  }

  /** The content of any message as JSON. */
  static jsonOf(message: RoomMessage): string {
    return #json in message ? message.#json : JSON.stringify(message.content);
  }
}

const msgtype = "m.notice";

/**
 * A notice (`m.notice`).
 * @param body plain text; outside text stands in it as it is
 * @param html formatted text; outside text in it is already escaped
 * @param extra further keys of the content
 */
export function notice(body: string, html?: string, extra?: Readonly<Record<string, unknown>>): RoomMessage {
  const content = html === undefined ? { msgtype, body } : { msgtype, body, format: "org.matrix.custom.html", formatted_body: html };
  // Not spread: that takes several times as long, for each message.
  return { type: "m.room.message", content: Object.assign(content, extra) };
}

/** A reaction (`m.annotation`) to an event. */
export function reaction(eventId: string, key: string): RoomMessage {
  return { type: "m.reaction", content: { "m.relates_to": { rel_type: "m.annotation", event_id: eventId, key } } };
}
