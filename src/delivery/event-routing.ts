import type { Connection } from "../core/connection.js";
import type { Delivery, InboxEvent } from "../core/delivery.js";
import type { UserId } from "../core/ids.js";
import type { RoomMessage } from "../core/message.js";
import type { DeliveryStore, InboxStore } from "../core/ports/delivery-stores.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { RemoteEvent } from "../core/remote-event.js";
import type { ParsedWebhook } from "../core/service.js";
import type { Clock } from "../shared/clock.js";
import { deliveryId } from "./delivery-ids.js";
import type { DeliveryEvents } from "./events.js";
import type { FirstReading } from "./first-reading.js";
import type { IdSource } from "./id-source.js";
import type { Expected, Outcomes } from "./outcomes.js";
import type { NewDelivery } from "./outbox.js";
import type { RoomRendering } from "./room-rendering.js";
import { whenThere, type Steps } from "./steps.js";

type MaybePromise<T> = T | Promise<T>;

/** How events find rooms and words; joined by the app from connections, services and pipeline. */
export interface Routes {
  /** Reads the stored request again, as after a crash. @throws ValidationError */
  parse(event: InboxEvent): MaybePromise<ParsedWebhook>;
  find(serviceId: string, keys: readonly string[]): MaybePromise<readonly Connection[]>;
  render(event: RemoteEvent, connection: Connection): MaybePromise<RoomRendering>;
}

/** A delivery that is dead from the start: what to store of it, and what to tell once that is stored. An event may be routed in several tries. */
export interface Stillborn {
  readonly reason: string;
  readonly changes: readonly StoreChange[];
  tell(): void;
}

/** What one event comes to. */
export interface Routing {
  readonly deliveries: readonly NewDelivery[];
  readonly dead: readonly Stillborn[];
  readonly ignored: readonly string[];
  readonly kept: readonly StoreChange[];
  /** What it comes to, in the order in which connections were asked; only for an event that somebody waits for. */
  readonly expected?: readonly Expected[];
}

/** What an event comes to through one connection. */
type Outcome =
  | { readonly kind: "delivery"; readonly delivery: NewDelivery }
  | { readonly kind: "dead"; readonly dead: Stillborn }
  | { readonly kind: "ignored"; readonly reason: string };

export interface EventRoutingOptions {
  readonly inbox: InboxStore;
  readonly deliveries: DeliveryStore;
  readonly routes: Routes;
  readonly firstReading: FirstReading;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly events: DeliveryEvents;
  readonly outcomes: Pick<Outcomes, "isWatched" | "routed">;
  readonly onError: (what: string, error: unknown) => void;
}

/** Works out what an event comes to: its rooms, its words, and why it says nothing where it does not. Stores and sends nothing. */
export class EventRouting {
  readonly #options: EventRoutingOptions;

  constructor(options: EventRoutingOptions) {
    this.#options = options;
  }

  /** What is stored besides the deliveries; an event that comes to nothing keeps the reason. */
  changesOf(event: InboxEvent, { deliveries, dead, ignored, kept }: Routing): readonly StoreChange[] {
    if (dead.length > 0) return [...whatToStore(dead), ...kept];
    if (deliveries.length > 0) return kept;
    const reason = ignored.join("; ") || "no connection listens to it";
    this.#options.events.ignored(event.serviceId, reason);
    return [...kept, ...this.#options.inbox.putVerdict(event.id, reason)];
  }

  /** What the event comes to. Steps that may have to be waited for are yielded, and what they come to is handed back. */
  *route(event: InboxEvent, alreadyParsed: ParsedWebhook | undefined): Steps<Routing> {
    const { routes, firstReading } = this.#options;
    let parsed: ParsedWebhook;
    try {
      parsed = alreadyParsed ?? (yield* whenThere(routes.parse(event)));
    } catch (error) {
      return { deliveries: [], dead: [], kept: [], ignored: [error instanceof Error ? error.message : String(error)], expected: [] };
    }
    const deliveries: NewDelivery[] = [];
    const dead: Stillborn[] = [];
    const ignored: string[] = [];
    const kept: StoreChange[] = [];
    const expected: Expected[] | undefined = this.#options.outcomes.isWatched(event.id) ? [] : undefined;
    let position = -1;
    for (const remote of parsed.events) {
      position += 1;
      kept.push(...firstReading.keep(event, remote));
      const found = routes.find(event.serviceId, remote.routingKeys);
      for (const connection of found instanceof Promise ? yield* whenThere(found) : found) {
        if (event.onlyFor !== undefined && !event.onlyFor.includes(connection.id)) continue;
        if (firstReading.holdsBack(connection.roomId)) continue;
        const outcome = yield* this.renderFor(event, remote, position, connection);
        if (outcome.kind === "delivery") deliveries.push(outcome.delivery);
        else if (outcome.kind === "dead") dead.push(outcome.dead);
        else ignored.push(outcome.reason);
        expected?.push(expectedOf(outcome));
      }
    }
    if (parsed.events.length === 0) ignored.push("events of this kind are not bridged");
    if (expected === undefined) return { deliveries, dead, ignored, kept };
    // Rooms that are not read yet get it later.
    if (firstReading.isGoingOn) expected.push("unknown");
    return { deliveries, dead, ignored, kept, expected };
  }

  /** Tells whoever waits for the event; called when the routing is stored, before any of its deliveries can be over. */
  tellWaiting(event: InboxEvent, { expected }: Routing): void {
    if (expected !== undefined) this.#options.outcomes.routed(event.id, expected);
  }

  /** A delivery that cannot be rendered is dead from the start, and stands in nobody's way. */
  *renderFor(event: InboxEvent, remote: RemoteEvent, position: number, connection: Connection): Steps<Outcome> {
    const about = (sender: UserId, messages: readonly RoomMessage[], more?: Pick<NewDelivery, "ghost" | "isWordless">): NewDelivery => ({
      id: deliveryId(event.id, position, connection.id),
      roomId: connection.roomId,
      connectionId: connection.id,
      serviceId: event.serviceId,
      source: { kind: "remote-event", inboxId: event.id, eventName: remote.name, position },
      acceptedAt: event.receivedAt,
      sender,
      messages,
      ghost: more?.ghost,
      isWordless: more?.isWordless,
    });
    try {
      const rendering = this.#options.routes.render(remote, connection);
      const rendered = rendering instanceof Promise ? yield* whenThere(rendering) : rendering;
      if (rendered.kind === "ignored") return rendered;
      if (rendered.kind === "later") return { kind: "delivery", delivery: about(rendered.sender, [], { isWordless: true }) };
      return { kind: "delivery", delivery: about(rendered.sender, rendered.messages, rendered) };
    } catch (error) {
      const reason = `could not be rendered: ${error instanceof Error ? error.message : String(error)}`;
      const now = this.#options.clock.now();
      const delivery: Delivery = { ...about("@", []), createdAt: now, place: this.#options.ids.next() };
      const tell = (): void => {
        this.#options.onError(`rendering ${remote.name}`, error);
        this.#options.events.dead(delivery, reason);
      };
      const changes = this.#options.deliveries.addEnded(delivery, { kind: "dead", at: now, reason, eventIds: [] });
      return { kind: "dead", dead: { changes, tell, reason } };
    }
  }
}

function expectedOf(outcome: Outcome): Expected {
  if (outcome.kind === "delivery") return { delivery: outcome.delivery.id };
  return { result: { kind: outcome.kind, reason: outcome.kind === "dead" ? outcome.dead.reason : outcome.reason } };
}

export function whatToStore(dead: readonly Stillborn[]): readonly StoreChange[] {
  return dead.flatMap(({ changes }) => changes);
}

export function tellAbout(dead: readonly Stillborn[]): void {
  for (const stillborn of dead) stillborn.tell();
}
