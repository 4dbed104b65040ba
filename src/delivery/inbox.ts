import { createHash } from "node:crypto";
import type { InboxEvent } from "../core/delivery.js";
import { StorageError, SwitchboardError } from "../core/errors.js";
import type { ConnectionId, InboxId } from "../core/ids.js";
import type { DeliveryStore, InboxStore, SeenStore } from "../core/ports/delivery-stores.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { RemoteEvent } from "../core/remote-event.js";
import type { ParsedWebhook, StoredWebhook } from "../core/service.js";
import { senderOf, type WebhookOutcome } from "../core/webhook.js";
import type { Clock } from "../shared/clock.js";
import type { DeliveryEvents } from "./events.js";
import type { IdSource } from "./id-source.js";
import type { Outcomes, Watch } from "./outcomes.js";
import { readOwnEvent } from "./own-events.js";

/** Senders repeat a delivery for days, GitHub by hand even later. */
const rememberIdMs = 7 * 24 * 3_600_000;
/** Without an id equal bodies are taken for repeats only for a short time: the same thing may happen twice. */
const rememberBodyMs = 10 * 60_000;

export interface AcceptInput {
  readonly serviceId: string;
  readonly stored: StoredWebhook;
  readonly parsed: ParsedWebhook;
}

/** An event that no request brought. */
export interface OwnInput {
  readonly serviceId: string;
  readonly event: RemoteEvent;
  /** The same one is taken once within 7 days. */
  readonly key: string;
  /** Stored with it, in one batch; where it was taken before, by themselves. */
  readonly changes: readonly StoreChange[];
}

/** An accepted event, for whoever waits for what it comes to. */
export interface WatchedAcceptance {
  readonly kind: "stored" | "repeat";
  /** Waits until the event's deliveries are over, but no longer than the milliseconds; a repeat is over at once, without results. */
  outcome(withinMs: number): Promise<WebhookOutcome>;
  /** Nobody will ask any more: nothing is remembered for it. */
  end(): void;
}

/** What is special about an acceptance. */
interface Special {
  readonly isOwn?: true;
  /** Told the event's id before the event is taken. */
  readonly onId?: (id: InboxId) => void;
}

const nothingSpecial: Special = {};

interface InboxOptions {
  readonly store: InboxStore;
  readonly seen: SeenStore;
  readonly deliveries: DeliveryStore;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly events: Pick<DeliveryEvents, "stored">;
  readonly outcomes: Pick<Outcomes, "watch">;
  readonly unitOfWork: UnitOfWork;
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
  accept(input: AcceptInput): Promise<"stored" | "repeat"> {
    return this.#accept(input, seenKey(input), nothingSpecial).catch(explain);
  }

  /** Does the same for a sender that waits for what the event comes to. @throws SwitchboardError HS_UNAVAILABLE */
  async acceptAndWatch(input: AcceptInput): Promise<WatchedAcceptance> {
    const watches: Watch[] = [];
    // Before the event is taken: what it comes to may be stored in the same batch.
    const onId = (id: InboxId): void => void watches.push(this.#options.outcomes.watch(id));
    const end = (): void => {
      for (const watch of watches) watch.end();
    };
    try {
      const kind = await this.#accept(input, seenKey(input), { onId }).catch(explain);
      const outcome = async (withinMs: number): Promise<WebhookOutcome> => watches[0]?.outcome(withinMs) ?? overAlready;
      return { kind, outcome, end };
    } catch (error) {
      end();
      throw error;
    }
  }

  /**
   * Takes an event that no request brought. One that was taken before is a repeat, whatever became of it.
   * @throws StorageError when the disk does not take it; nothing was taken then. Whoever tells of it waits, as for a change of its own
   */
  acceptOwn({ serviceId, event, key, changes }: OwnInput): Promise<"stored" | "repeat"> {
    const body = Buffer.from(JSON.stringify(event));
    const parsed = { ...readOwnEvent(body), changes };
    return this.#accept({ serviceId, stored: { headers: {}, body }, parsed }, `own|${serviceId}|${key}`, { isOwn: true });
  }

  /** @param key under which it is remembered that it was seen; undefined where it is never taken for a repeat */
  async #accept(input: AcceptInput, key: string | undefined, special: Special): Promise<"stored" | "repeat"> {
    const pause = this.#options.pace();
    if (pause !== undefined) await pause;
    if (key === undefined) return await this.#acceptOnce(input, key, special);
    for (let other = this.#storing.get(key); other !== undefined; other = this.#storing.get(key)) {
      // Whether the other copy was stored is read from the store next.
      await other.catch(() => undefined);
    }
    const storing = this.#acceptOnce(input, key, special);
    this.#storing.set(key, storing);
    try {
      return await storing;
    } finally {
      if (this.#storing.get(key) === storing) this.#storing.delete(key);
    }
  }

  async #acceptOnce(input: AcceptInput, key: string | undefined, { isOwn, onId }: Special): Promise<"stored" | "repeat"> {
    const { clock, seen, store, ids, events, take } = this.#options;
    const receivedAt = clock.now();
    const turn = this.#options.turn();
    if (turn !== undefined) await turn;
    // Only now: while this one waited, the disk may have recovered with a copy that it seemed to refuse.
    const known = key === undefined ? undefined : await seen.find(key, receivedAt);
    if (known !== undefined && isOwn === true) return await this.#ownRepeat(input);
    // The cast: this class writes nothing but inbox ids under its keys.
    const onlyFor = known === undefined ? undefined : await this.#deadConnections(known as InboxId);
    if (onlyFor?.length === 0) return "repeat";
    // The cast: here is where inbox ids come from.
    const id = ids.next() as InboxId;
    onId?.(id);
    const { headers, body } = input.stored;
    const brought: InboxEvent = {
      id,
      serviceId: input.serviceId,
      receivedAt,
      headers,
      body,
      ...(onlyFor === undefined ? {} : { onlyFor }),
    };
    const event = isOwn === undefined ? brought : { ...brought, isOwn };
    const keepMs = isOwn === undefined && input.parsed.deliveryKey === undefined ? rememberBodyMs : rememberIdMs;
    const mark = key === undefined ? [] : seen.mark(key, id, receivedAt, keepMs);
    await take(event, input.parsed, [...store.add(event), ...mark, ...(input.parsed.changes ?? [])]);
    events.stored(input.serviceId);
    return "stored";
  }

  /** What a service has done it has done, although it told of it before: otherwise it would come to the same point again and again. */
  async #ownRepeat({ parsed: { changes = [] } }: AcceptInput): Promise<"repeat"> {
    if (changes.length > 0) await this.#options.unitOfWork.commit(changes);
    return "repeat";
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

const overAlready: WebhookOutcome = { kind: "over", results: [] };

function explain(cause: unknown): never {
  if (!(cause instanceof StorageError)) throw cause;
  throw new SwitchboardError("HS_UNAVAILABLE", "The event could not be stored; please send it again.", { cause });
}

function seenKey({ serviceId, stored, parsed }: AcceptInput): string | undefined {
  if (parsed.deliveryKey !== undefined) return `in|${serviceId}|${parsed.deliveryKey}`;
  if (parsed.isNeverRepeat === true) return undefined;
  // What one remote may not tell, another may: a copy by another webhook is no repeat.
  const webhook = senderOf(stored)?.key ?? "";
  return `in|${serviceId}|${webhook}#${createHash("sha256").update(stored.body).digest("base64url")}`;
}
