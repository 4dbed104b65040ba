import { RemoteError, SwitchboardError } from "../core/errors.js";
import type { IndexedIntegration } from "../core/ports/git-integrations.js";
import type { Log } from "../shared/log.js";
import { Stopped } from "./bounded.js";
import { failureSentence } from "./failure-sentence.js";
import { Lanes } from "./lanes.js";
import { listIntegration, type ListingEnd } from "./list-integration.js";
import type { IndexParts } from "./parts.js";
import type { Records } from "./records.js";
import { Retries } from "./retries.js";

const listingsAtOnce = 2;
const firstRetryMs = 60_000;
const longestRetryMs = 3_600_000;
/** Of one integration, before it is listed; the oldest go first, and nobody is told of those any more. */
const mostRequests = 100;

interface ListingsOptions<Request> {
  readonly parts: IndexParts;
  readonly records: Records;
  readonly log: Log;
  /**
   * A listing is over.
   * @param failure why it failed; without secrets
   */
  readonly onEnd: (
    integrationId: number,
    requests: readonly Request[],
    outcome: ListingEnd | { readonly failure: string },
  ) => Promise<void>;
}

const gone: ListingEnd = { kind: "gone" };

/** Lists integrations, two side by side, and each once at a time. One that fails is tried again later, twice as late each time. */
export class Listings<Request> {
  readonly #options: ListingsOptions<Request>;
  readonly #wanted = new Map<number, Request[]>();
  readonly #running = new Set<number>();
  readonly #errors = new Map<number, string>();
  readonly #lanes = new Lanes(listingsAtOnce, () => this.#next());
  readonly #failing: Retries;
  readonly #ending = new AbortController();

  constructor(options: ListingsOptions<Request>) {
    this.#options = options;
    const { clock, random } = options.parts;
    this.#failing = new Retries({ clock, random, firstMs: firstRetryMs, longestMs: longestRetryMs });
  }

  start(): void {
    this.#lanes.start();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#failing.stop();
    await this.#lanes.stop();
  }

  /** @param request what is wanted of it besides; given back at the end */
  want(integrationId: number, request?: Request): void {
    const requests = this.#wanted.get(integrationId) ?? [];
    if (request !== undefined) requests.push(request);
    this.#wanted.set(integrationId, requests.slice(-mostRequests));
    this.#lanes.wake();
  }

  /** Whether it is being listed, or waits for it. */
  isWanted(integrationId: number): boolean {
    return this.#wanted.has(integrationId) || this.#running.has(integrationId);
  }

  get isBusy(): boolean {
    return this.#wanted.size > 0 || this.#running.size > 0;
  }

  /** Whether it failed and its time to be tried again has not come. */
  isResting(integrationId: number): boolean {
    return this.#failing.isWaiting(integrationId);
  }

  /** Why it could not be listed last; undefined where that went well. */
  errorOf(integrationId: number): string | undefined {
    return this.#errors.get(integrationId);
  }

  #next(): (() => Promise<void>) | undefined {
    const next = [...this.#wanted].find(([integrationId]) => !this.#running.has(integrationId));
    if (next === undefined) return undefined;
    const [integrationId, requests] = next;
    this.#wanted.delete(integrationId);
    this.#running.add(integrationId);
    return async () => {
      try {
        await this.#list(integrationId, requests);
      } catch (error) {
        this.#options.log.error({ error, integration: integrationId }, "What follows from a listing of repositories could not be done");
      } finally {
        this.#running.delete(integrationId);
      }
    };
  }

  async #list(integrationId: number, requests: readonly Request[]): Promise<void> {
    const { parts, records, onEnd } = this.#options;
    let integration: IndexedIntegration | undefined;
    try {
      integration = await parts.integrations.get(integrationId);
      const options = { parts, records, isAskedFor: requests.length > 0, signal: this.#ending.signal };
      const end = integration === undefined ? gone : await listIntegration({ ...options, integration });
      this.#failing.forget(integrationId);
      this.#errors.delete(integrationId);
      this.#logEnd(integrationId, end);
      await onEnd(integrationId, requests, end);
    } catch (error) {
      if (error instanceof Stopped || this.#ending.signal.aborted) return;
      const failure = this.#failed(integrationId, failureSentence(error, integration?.remote.account ?? { kind: "none" }), error);
      await onEnd(integrationId, requests, { failure });
    }
  }

  #failed(integrationId: number, failure: string, error: unknown): string {
    const { log } = this.#options;
    this.#errors.set(integrationId, failure);
    const pauseMs = error instanceof RemoteError ? error.retryAfterMs : undefined;
    const againInMs = Math.round(this.#failing.failed(integrationId, () => this.want(integrationId), pauseMs));
    const fields = { integration: integrationId, againInMs };
    if (error instanceof SwitchboardError) log.warn({ ...fields, reason: failure }, "Repositories could not be listed");
    else log.error({ ...fields, error }, "Repositories could not be listed");
    return failure;
  }

  #logEnd(integrationId: number, end: ListingEnd): void {
    if (end.kind !== "listed" || end.added + end.changed + end.removed === 0) return;
    const { kind: _kind, ...counts } = end;
    this.#options.log.info({ integration: integrationId, ...counts }, "Repositories were listed");
  }
}
