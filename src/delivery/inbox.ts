import { createHash } from "node:crypto";
import type { InboxEvent } from "../core/delivery.js";
import { StorageError, SwitchboardError } from "../core/errors.js";
import type { ConnectionId, InboxId } from "../core/ids.js";
import type { DeliveryStore, InboxStore, SeenStore } from "../core/ports/delivery-stores.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { ParsedWebhook, StoredWebhook } from "../core/service.js";
import type { Clock } from "../shared/clock.js";
import type { DeliveryEvents } from "./events.js";
import type { IdSource } from "./id-source.js";

/** Senders repeat a delivery for days, GitHub by hand even later. */
const rememberIdMs = 7 * 24 * 3_600_000;
/** Without an id equal bodies are taken for repeats only for a short time: the same thing may happen twice. */
const rememberBodyMs = 10 * 60_000;

export interface AcceptInput {
  readonly serviceId: string;
  readonly stored: StoredWebhook;
  readonly parsed: ParsedWebhook;
}

interface InboxOptions {
  readonly store: InboxStore;
  readonly seen: SeenStore;
  readonly deliveries: DeliveryStore;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly events: Pick<DeliveryEvents, "stored">;
  /** What has to be waited for before an event gets its id; undefined when nothing. */
  readonly turn: () => Promise<void> | undefined;
  /** Stores the event with the changes, in one synced batch, and sends it on its way; called as soon as it has its id. @throws StorageError */
  readonly take: (event: InboxEvent, parsed: ParsedWebhook, changes: readonly StoreChange[]) => Promise<void>;
  /** What has to be waited for because more is on its way than sending keeps up with. */
  readonly pace: () => Promise<void> | undefined;
}

/** Takes verified requests of remotes: once it answers, the event is on disk. */
export class Inbox {
  readonly #options: InboxOptions;
  /** What is being stored just now, by seen-key: a copy that arrives meanwhile waits for it. */
  readonly #storing = new Map<string, Promise<unknown>>();

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /**
   * Stores the event with the mark that it was seen, in one synced batch.
   * @returns "repeat" when it was accepted before; the sender gets the same answer as then
   * @throws SwitchboardError HS_UNAVAILABLE when the disk does not take it; nothing was taken then
   */
  async accept(input: AcceptInput): Promise<"stored" | "repeat"> {
    const key = seenKey(input);
    const pause = this.#options.pace();
    if (pause !== undefined) await pause;
    for (let other = this.#storing.get(key); other !== undefined; other = this.#storing.get(key)) {
      // Whether the other copy was stored is read from the store next.
      await other.catch(() => undefined);
    }
    const storing = this.#acceptOnce(key, input);
    this.#storing.set(key, storing);
    try {
      return await storing;
    } catch (cause) {
      if (!(cause instanceof StorageError)) throw cause;
      throw new SwitchboardError("HS_UNAVAILABLE", "The event could not be stored; please send it again.", { cause });
    } finally {
      if (this.#storing.get(key) === storing) this.#storing.delete(key);
    }
  }

  async #acceptOnce(key: string, input: AcceptInput): Promise<"stored" | "repeat"> {
    const { clock, seen, store, ids, events, take } = this.#options;
    const receivedAt = clock.now();
    const turn = this.#options.turn();
    if (turn !== undefined) await turn;
    // Only now: while this one waited, the disk may have recovered with a copy that it seemed to refuse.
    const known = await seen.find(key, receivedAt);
    // The cast: this class writes nothing but inbox ids under its keys.
    const onlyFor = known === undefined ? undefined : await this.#deadConnections(known as InboxId);
    if (onlyFor?.length === 0) return "repeat";
    // The cast: here is where inbox ids come from.
    const id = ids.next() as InboxId;
    const { headers, body } = input.stored;
    const event: InboxEvent = { id, serviceId: input.serviceId, receivedAt, headers, body, ...(onlyFor === undefined ? {} : { onlyFor }) };
    const keepMs = input.parsed.deliveryKey === undefined ? rememberBodyMs : rememberIdMs;
    await take(event, input.parsed, [...store.add(event), ...seen.mark(key, id, receivedAt, keepMs), ...(input.parsed.changes ?? [])]);
    events.stored(input.serviceId);
    return "stored";
  }

  /** A repeat is a new chance for what ended dead, and only for that. */
  async #deadConnections(id: InboxId): Promise<readonly ConnectionId[]> {
    const { deliveries } = this.#options;
    const ids = await deliveries.ofInboxEvent(id);
    const outcomes = await deliveries.getOutcomes(ids);
    const dead = await Promise.all(ids.filter((_, position) => outcomes[position]?.kind === "dead").map((one) => deliveries.get(one)));
    return dead.flatMap((delivery) => delivery?.connectionId ?? []);
  }
}

function seenKey({ serviceId, stored, parsed }: AcceptInput): string {
  if (parsed.deliveryKey !== undefined) return `in|${serviceId}|${parsed.deliveryKey}`;
  return `in|${serviceId}|#${createHash("sha256").update(stored.body).digest("base64url")}`;
}
