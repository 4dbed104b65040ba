import type { Delivery, DeliveryOutcome, InboxEvent } from "../core/delivery.js";
import { SwitchboardError } from "../core/errors.js";
import type { DeliveryId } from "../core/ids.js";
import type { DeliveryDesk, DeliveryDetail, DeliveryPage, DeliveryQuery, DeliverySummary } from "../core/ports/delivery-desk.js";
import type { DeliveryStore, InboxStore } from "../core/ports/delivery-stores.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { IdSource } from "./id-source.js";
import type { Outbox } from "./outbox.js";

interface DeskOptions {
  readonly deliveries: DeliveryStore;
  readonly inbox: InboxStore;
  readonly outbox: Outbox;
  readonly unitOfWork: UnitOfWork;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** Renders anew what could not be rendered when it came; undefined when it still cannot be sent. */
  readonly renderAgain: (delivery: Delivery, event: InboxEvent) => Promise<RenderedAgain | undefined>;
}

/** What a delivery says, made anew; `changes` are stored with it. */
export interface RenderedAgain extends Pick<Delivery, "sender" | "ghost" | "messages"> {
  readonly changes?: readonly StoreChange[];
}

const pageSize = 500;

/** What an administrator can do with deliveries: look, send again, take out. */
export class Desk implements DeliveryDesk {
  readonly #options: DeskOptions;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  async list(query: DeliveryQuery): Promise<DeliveryPage> {
    const { deliveries } = this.#options;
    const found: DeliverySummary[] = [];
    let before = query.after;
    for (;;) {
      const ids = await deliveries.newest(before, pageSize);
      const outcomes = await deliveries.getOutcomes(ids);
      for (const [position, id] of ids.entries()) {
        const outcome = outcomes[position];
        if (query.state !== undefined && query.state !== (outcome?.kind ?? "waiting")) continue;
        const delivery = await deliveries.get(id);
        if (delivery === undefined || (query.roomId !== undefined && delivery.roomId !== query.roomId)) continue;
        found.push(await this.#summary(delivery, outcome));
        if (found.length === query.limit) return { deliveries: found, next: id };
      }
      before = ids.at(-1);
      if (ids.length < pageSize) return { deliveries: found };
    }
  }

  async show(id: DeliveryId): Promise<DeliveryDetail | undefined> {
    const delivery = await this.#options.deliveries.get(id);
    if (delivery === undefined) return undefined;
    const outcome = await this.#options.deliveries.getOutcome(id);
    const progress = await this.#options.deliveries.getProgress(id);
    const eventIds = outcome !== undefined && "eventIds" in outcome ? outcome.eventIds : (progress?.sentEventIds ?? []);
    const request = await this.#requestOf(delivery);
    const shown = { ...(await this.#summary(delivery, outcome)), messages: delivery.messages, eventIds };
    return request === undefined ? shown : { ...shown, request: { headers: request.headers, body: request.body } };
  }

  async replay(id: DeliveryId): Promise<DeliverySummary | undefined> {
    const delivery = await this.#options.deliveries.get(id);
    if (delivery === undefined) return undefined;
    if ((await this.#options.deliveries.getOutcome(id)) === undefined) throw unsupported(`Delivery ${id} is still waiting to be sent.`);
    const content: RenderedAgain = delivery.messages.length > 0 ? delivery : await this.#renderAgain(delivery);
    // The cast: here is where the ids of replays come from.
    const newId = `${this.#options.ids.next()}.r` as DeliveryId;
    const { place: _place, createdAt: _createdAt, isWordless: _isWordless, ghost: _ghost, ...rest } = delivery;
    const { sender, ghost, messages, changes = [] } = content;
    const replayed = {
      ...rest,
      ...{ id: newId, sender, messages },
      ...(ghost === undefined ? {} : { ghost }),
      source: { kind: "replay", of: id },
    } as const;
    const prepared = this.#options.outbox.prepare([replayed]);
    await this.#options.unitOfWork.commit([...prepared.changes, ...changes]);
    prepared.release();
    return this.#current(newId);
  }

  async discard(id: DeliveryId): Promise<DeliverySummary | undefined> {
    const { deliveries, outbox, unitOfWork, clock } = this.#options;
    const delivery = await deliveries.get(id);
    if (delivery === undefined) return undefined;
    const outcome = await deliveries.getOutcome(id);
    const reason = "discarded by an administrator";
    if (outcome === undefined) {
      if (!(await outbox.discard(delivery, reason))) throw unsupported(`Delivery ${id} is being sent just now; look again in a moment.`);
    } else if (outcome.kind === "dead") await unitOfWork.commit(deliveries.end(delivery, { kind: "discarded", at: clock.now(), reason }));
    else throw unsupported(`Delivery ${id} does not wait; it is ${outcome.kind}.`);
    return this.#current(id);
  }

  async #current(id: DeliveryId): Promise<DeliverySummary | undefined> {
    const delivery = await this.#options.deliveries.get(id);
    return delivery === undefined ? undefined : this.#summary(delivery, await this.#options.deliveries.getOutcome(id));
  }

  async #summary(delivery: Delivery, outcome: DeliveryOutcome | undefined): Promise<DeliverySummary> {
    const progress = await this.#options.deliveries.getProgress(delivery.id);
    const { id, roomId, serviceId, connectionId, source, acceptedAt } = delivery;
    return {
      ...{ id, roomId, source, acceptedAt },
      state: outcome?.kind ?? "waiting",
      attempts: progress?.attempts ?? 0,
      ...(serviceId === undefined ? {} : { serviceId }),
      ...(connectionId === undefined ? {} : { connectionId }),
      ...(outcome === undefined ? {} : { endedAt: outcome.at }),
      ...(outcome !== undefined && "reason" in outcome ? { reason: outcome.reason } : {}),
      ...(progress?.lastError === undefined ? {} : { lastError: progress.lastError }),
    };
  }

  async #requestOf(delivery: Delivery): Promise<InboxEvent | undefined> {
    return delivery.source.kind === "remote-event" ? this.#options.inbox.get(delivery.source.inboxId) : undefined;
  }

  async #renderAgain(delivery: Delivery): Promise<RenderedAgain> {
    const event = await this.#requestOf(delivery);
    const content = event === undefined ? undefined : await this.#options.renderAgain(delivery, event);
    if (content !== undefined) return content;
    throw unsupported(`Delivery ${delivery.id} has no message, and none can be made of its request now.`);
  }
}

function unsupported(message: string): SwitchboardError {
  return new SwitchboardError("HS_UNSUPPORTED_OPERATION", message);
}
