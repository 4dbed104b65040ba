import { hash } from "node:crypto";
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

/** Everything about an acceptance besides what was sent, and what is special. */
interface Acceptance {
  readonly key: string | undefined;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** A repeat is for these connections alone. */
  readonly onlyFor: readonly ConnectionId[] | undefined;
}

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
  /** Called when one is over, whatever it came to. */
  readonly letNextIn: () => void;
}

/** Takes verified requests of remotes: once it answers, the event is on disk. */
export class Inbox {
  readonly #options: InboxOptions;
  /** What is being stored just now, by seen-key, and the copies that arrived meanwhile: they wait for it. */
  readonly #storing = new Map<string, (() => void)[]>();

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /**
   * Stores the event with the mark that it was seen, in one synced batch.
   * @returns "repeat" when it was accepted before; the sender gets the same answer as then
   * @throws SwitchboardError HS_UNAVAILABLE when the disk does not take it; nothing was taken then
   */
  accept(input: AcceptInput): Promise<"stored" | "repeat"> {
    return this.#accept(input, seenKey(input), nothingSpecial);
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
      const kind = await this.#accept(input, seenKey(input), { onId });
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
    for (let copies = this.#copiesOf(key); copies !== undefined; copies = this.#copiesOf(key)) await nextTurn(copies);
    const copies: (() => void)[] = [];
    if (key !== undefined) this.#storing.set(key, copies);
    try {
      const receivedAt = this.#options.clock.now();
      const turn = this.#options.turn();
      if (turn !== undefined) await turn;
      // Only now: while this one waited, the disk may have recovered with a copy that it seemed to refuse.
      const found = key === undefined ? undefined : this.#options.seen.find(key, receivedAt);
      // The cast: this class writes nothing but inbox ids under its keys.
      const known = (found instanceof Promise ? await found : found) as InboxId | undefined;
      if (known !== undefined && special.isOwn === true) return await this.#ownRepeat(input);
      const onlyFor = known === undefined ? undefined : await this.#deadConnections(known);
      if (onlyFor?.length === 0) return "repeat";
      await this.#take(input, { key, receivedAt, onlyFor }, special);
      this.#options.events.stored(input.serviceId);
      return "stored";
    } catch (error) {
      throw special.isOwn === true ? error : explained(error);
    } finally {
      if (key !== undefined) this.#storing.delete(key);
      // Whether this one was stored they read from the store next.
      for (const go of copies) go();
      this.#options.letNextIn();
    }
  }

  /** Gives the event its id and takes it: nothing may be waited for in between. */
  #take({ serviceId, stored, parsed }: AcceptInput, { key, receivedAt, onlyFor }: Acceptance, { isOwn, onId }: Special): Promise<void> {
    const { seen, store, ids, take } = this.#options;
    // The cast: here is where inbox ids come from.
    const id = ids.next() as InboxId;
    onId?.(id);
    const brought: InboxEvent = { id, serviceId, receivedAt, headers: stored.headers, body: stored.body };
    const event =
      isOwn === undefined && onlyFor === undefined ? brought : { ...brought, ...(onlyFor && { onlyFor }), ...(isOwn && { isOwn }) };
    const keepMs = isOwn === undefined && parsed.deliveryKey === undefined ? rememberBodyMs : rememberIdMs;
    const changes = store.add(event);
    if (key !== undefined) changes.push(...seen.mark(key, id, receivedAt, keepMs));
    if (parsed.changes !== undefined) changes.push(...parsed.changes);
    return take(event, parsed, changes);
  }

  #copiesOf(key: string | undefined): (() => void)[] | undefined {
    return key === undefined ? undefined : this.#storing.get(key);
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

function nextTurn(waiting: (() => void)[]): Promise<void> {
  return new Promise((go) => waiting.push(go));
}

function explained(cause: unknown): unknown {
  if (!(cause instanceof StorageError)) return cause;
  return new SwitchboardError("HS_UNAVAILABLE", "The event could not be stored; please send it again.", { cause });
}

function seenKey({ serviceId, stored, parsed }: AcceptInput): string | undefined {
  if (parsed.deliveryKey !== undefined) return `in|${serviceId}|${parsed.deliveryKey}`;
  if (parsed.isNeverRepeat === true) return undefined;
  // What one remote may not tell, another may: a copy by another webhook is no repeat.
  const webhook = senderOf(stored)?.key ?? "";
  return `in|${serviceId}|${webhook}#${hash("sha256", stored.body, "base64url")}`;
}
