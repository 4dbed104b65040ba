import type { Connection } from "../core/connection.js";
import type { InboxEvent } from "../core/delivery.js";
import type { InboxId, RoomId } from "../core/ids.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { ParsedWebhook } from "../core/service.js";
import { deliveryId } from "./delivery-ids.js";
import { tellAbout, whatToStore, type EventRouting, type EventRoutingOptions, type Routing, type Stillborn } from "./event-routing.js";
import type { NewDelivery, Outbox } from "./outbox.js";
import { runSteps } from "./steps.js";

/** A room with its active connections. */
export interface RoomConnections {
  readonly roomId: RoomId;
  readonly connections: readonly Connection[];
}

interface RoomAdmissionOptions extends EventRoutingOptions {
  readonly unitOfWork: UnitOfWork;
  readonly outbox: Outbox;
  readonly routing: EventRouting;
}

const eventsPerPage = 200;

/** Gives a room that was read for the first time what was kept for it. Called while nothing is routed, so that it goes before newer events. */
export class RoomAdmission {
  readonly #options: RoomAdmissionOptions;

  constructor(options: RoomAdmissionOptions) {
    this.#options = options;
  }

  /** From then on the room hears events as they come. */
  async admit({ roomId, connections }: RoomConnections): Promise<void> {
    const { firstReading, outbox, unitOfWork } = this.#options;
    const kept = await firstReading.keptFor(connections);
    for (let from = 0; from < kept.length; from += eventsPerPage) {
      const deliveries: NewDelivery[] = [];
      const dead: Stillborn[] = [];
      for (const { inboxId, connections: listening } of kept.slice(from, from + eventsPerPage)) {
        const replayed = await this.#replay(inboxId, listening);
        deliveries.push(...replayed.deliveries);
        dead.push(...replayed.dead);
      }
      const prepared = outbox.prepare(deliveries);
      await unitOfWork.commit([...whatToStore(dead), ...prepared.changes]);
      prepared.release();
      tellAbout(dead);
    }
    firstReading.admit(roomId);
  }

  async #replay(inboxId: InboxId, listening: readonly Connection[]): Promise<Pick<Routing, "deliveries" | "dead">> {
    const deliveries: NewDelivery[] = [];
    const dead: Stillborn[] = [];
    const event = await this.#options.inbox.get(inboxId);
    const parsed = event === undefined ? undefined : await this.#parseQuietly(event);
    for (const [position, remote] of (parsed?.events ?? []).entries()) {
      for (const connection of listening.filter((one) => one.remoteKeys.some((key) => remote.routingKeys.includes(key)))) {
        // After a restart rooms are given what was kept once more; what they have stays as it is.
        const isThere =
          event === undefined || (await this.#options.deliveries.get(deliveryId(event.id, position, connection.id))) !== undefined;
        if (isThere) continue;
        const outcome = await runSteps(this.#options.routing.renderFor(event, remote, position, connection));
        if (outcome.kind === "delivery") deliveries.push(outcome.delivery);
        else if (outcome.kind === "dead") dead.push(outcome.dead);
      }
    }
    return { deliveries, dead };
  }

  async #parseQuietly(event: InboxEvent): Promise<ParsedWebhook | undefined> {
    try {
      return await this.#options.routes.parse(event);
    } catch (error) {
      this.#options.onError("reading a kept event", error);
      return undefined;
    }
  }
}
