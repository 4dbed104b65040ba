import { RemoteError } from "../core/errors.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { KnownRemote } from "../core/registered-remote.js";
import { KeyedMutex } from "../delivery/keyed-mutex.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { CheckRemote } from "./check-remote.js";
import type { RemoteSource } from "./directory.js";
import type { NameTaken, Registry } from "./registry.js";
import {
  haveSameOrigin,
  remoteOfIntegration,
  showIntegration,
  toDraft,
  toRecord,
  type TicketingCheck,
  type TicketingDraft,
  type TicketingFields,
  type TicketingIntegration,
  type TicketingPatch,
  type TicketingRecord,
} from "./ticketing-integration.js";

export interface TicketingOptions {
  readonly registry: Registry<TicketingFields>;
  /** The service that speaks to the trackers. */
  readonly serviceId: string;
  /** The guarded client, which judges addresses as they are typed. */
  readonly http: Pick<HttpClient, "check">;
  readonly checkRemote: CheckRemote;
  /** False: trackers are never asked (`ticketing.verifyConnection`). */
  readonly verifiesConnections: boolean;
  readonly clock: Pick<Clock, "now">;
  readonly log: Pick<Log, "warn">;
}

/** Why nothing was stored. The reasons are sentences without secrets. */
export type TicketingRefusal =
  /** Nothing may be sent there. */
  { readonly kind: "target refused"; readonly reason: string } | { readonly kind: "not connected"; readonly reason: string };

export type TicketingCreation = { readonly kind: "created" } | NameTaken | TicketingRefusal;

export type TicketingChange =
  | { readonly kind: "changed" }
  | { readonly kind: "unknown" }
  /** The password that is stored goes to the origin for which it was given, and to no other. */
  | { readonly kind: "password needed" }
  | TicketingRefusal;

/** How an integration is, as far as it is known. */
export interface TicketingHealth extends TicketingCheck {
  /** False: the tracker was not asked, because the configuration says so. */
  readonly isVerified: boolean;
}

/**
 * The trackers that scanners make tickets in. What is stored was tried out first, as it is stored: two changes of one integration are made
 * one after the other, so that none of them tries out what the other one changes meanwhile.
 */
export class TicketingIntegrations implements RemoteSource {
  readonly kind = "ticketing";
  readonly #options: TicketingOptions;
  readonly #turns = new KeyedMutex();

  constructor(options: TicketingOptions) {
    this.#options = options;
  }

  /** All of them, oldest first. */
  async list(): Promise<readonly TicketingIntegration[]> {
    return (await this.#options.registry.all()).map(showIntegration);
  }

  async listRemotes(): Promise<readonly KnownRemote[]> {
    return (await this.#options.registry.all()).map((record) => this.#known(record));
  }

  async findRemote(id: number): Promise<KnownRemote | undefined> {
    const record = await this.#options.registry.get(id);
    return record && this.#known(record);
  }

  async findRemoteNamed(name: string): Promise<KnownRemote | undefined> {
    const record = await this.#options.registry.findByName(name);
    return record && this.#known(record);
  }

  /** @param name compared exactly */
  async find(name: string): Promise<TicketingIntegration | undefined> {
    const record = await this.#options.registry.findByName(name);
    return record === undefined ? undefined : showIntegration(record);
  }

  /** @throws StorageError when no key is configured, or the disk does not take it */
  async create(draft: TicketingDraft): Promise<TicketingCreation> {
    const { registry } = this.#options;
    const refused = this.#judge(draft);
    if (refused !== undefined) return refused;
    if ((await registry.findByName(draft.name)) !== undefined) return { kind: "name taken" };
    // Where nothing can be kept nobody need be asked: storing fails and says why.
    const check = registry.canKeep ? await this.#tryOut(draft) : undefined;
    if (check?.isGood === false) return notConnected(check);
    const { kind } = await registry.create(toRecord(draft, check));
    return { kind };
  }

  /** @throws StorageError */
  update(name: string, patch: TicketingPatch): Promise<TicketingChange> {
    return this.#turns.run(name, async () => {
      const before = await this.#options.registry.findByName(name);
      return before === undefined ? { kind: "unknown" } : this.#change(before, patch);
    });
  }

  /** @returns whether there was one. @throws StorageError */
  async remove(name: string): Promise<boolean> {
    const { registry } = this.#options;
    const record = await registry.findByName(name);
    return record !== undefined && (await registry.remove(record.id)) !== undefined;
  }

  /** Asks the tracker, and remembers what came of it. @returns undefined when there is no such integration */
  async check(name: string): Promise<TicketingHealth | undefined> {
    const { registry, clock } = this.#options;
    const record = await registry.findByName(name);
    if (record === undefined) return undefined;
    const check = await this.#tryOut(toDraft(record));
    if (check === undefined) return { isGood: true, at: clock.now(), isVerified: false };
    await this.#remember(record, check);
    return { ...check, isVerified: true };
  }

  #known(record: TicketingRecord): KnownRemote {
    const { id, name } = record;
    return { ...remoteOfIntegration(toDraft(record), this.#options.serviceId), key: `ticketing-${id}`, kind: "ticketing", id, name };
  }

  async #change(before: TicketingRecord, patch: TicketingPatch): Promise<TicketingChange> {
    const draft = { ...toDraft(before), ...patch };
    if (patch.password === undefined && !haveSameOrigin(before.fields.settings, draft)) return { kind: "password needed" };
    const refused = this.#judge(draft);
    if (refused !== undefined) return refused;
    const check = await this.#tryOut(draft);
    if (check?.isGood === false) return notConnected(check);
    const { kind } = await this.#options.registry.change(before.id, () => toRecord(draft, check));
    // Its name stays, so nobody else can have it. It may have been removed meanwhile.
    return { kind: kind === "unknown" ? "unknown" : "changed" };
  }

  /** Addresses in figures; names are judged when they are asked. */
  #judge(draft: TicketingDraft): TicketingRefusal | undefined {
    const { http, serviceId } = this.#options;
    try {
      http.check?.(remoteOfIntegration(draft, serviceId).url);
      return undefined;
    } catch (error) {
      if (error instanceof RemoteError) return { kind: "target refused", reason: error.message };
      throw error;
    }
  }

  /** @returns undefined where the configuration says that trackers are not asked */
  async #tryOut(draft: TicketingDraft): Promise<TicketingCheck | undefined> {
    const { verifiesConnections, checkRemote, serviceId, clock } = this.#options;
    if (!verifiesConnections) return undefined;
    const outcome = await checkRemote(remoteOfIntegration(draft, serviceId));
    return { isGood: outcome.isGood, ...(outcome.isGood ? {} : { reason: outcome.reason }), at: clock.now() };
  }

  /** Not worth failing for: who asked gets the answer, and the next check is remembered instead. */
  async #remember(checked: TicketingRecord, check: TicketingCheck): Promise<void> {
    try {
      await this.#options.registry.change(checked.id, (record) =>
        isAsChecked(record, checked) && (record.fields.lastCheck?.at ?? 0) <= check.at ? toRecord(toDraft(record), check) : record,
      );
    } catch (error) {
      this.#options.log.warn({ error, name: checked.name }, "What came of checking a ticketing integration could not be stored");
    }
  }
}

function notConnected({ reason = "" }: TicketingCheck): TicketingRefusal {
  return { kind: "not connected", reason };
}

/** What was found out holds for the settings and the password that were tried. */
function isAsChecked(record: TicketingRecord, checked: TicketingRecord): boolean {
  return JSON.stringify(toDraft(record)) === JSON.stringify(toDraft(checked));
}
