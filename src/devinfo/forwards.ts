import { createHash } from "node:crypto";
import { NotFoundError } from "../core/errors.js";
import type { DevinfoObserver } from "../core/ports/devinfo.js";
import type { DeadForward, DevinfoForward, ForwardBacklog, ForwardTarget } from "../core/ports/devinfo-forward-store.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { Random } from "../shared/random.js";
import type { Secret } from "../shared/secret.js";
import { baseUrl } from "../shared/url.js";
import { createDevinfoForwarding } from "./forwarding.js";
import { ForwardQueue, type ForwardQueueOptions } from "./forward-queue.js";
import { ForwardSite, type SiteContract } from "./forward-site.js";
import { ForwardWorker, type ForwardFailure } from "./forward-worker.js";

/** A site that the configuration names. */
export interface ConfiguredForward {
  /** Providers. */
  readonly from: readonly string[];
  readonly url: string;
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
}

interface DevinfoForwardsOptions extends Omit<ForwardQueueOptions, "target">, SiteContract {
  /** Entries of one site and client are one queue. */
  readonly forward: readonly ConfiguredForward[];
  readonly random: Random;
  /** For configured addresses; follows no redirect. */
  readonly http: HttpClient;
  readonly ownCloudId?: string;
}

interface ShownForward {
  readonly id: string;
  readonly provider: string;
  readonly acceptedAt: number;
  /** For people: `POST /bulk`, or `DELETE` with path and query. */
  readonly request: string;
  /** Of the body. */
  readonly bytes: number;
}

interface ShownDeadForward extends ShownForward {
  /** The site's. */
  readonly target: string;
  readonly reason: string;
  readonly diedAt: number;
}

export interface ShownForwardTarget {
  readonly id: string;
  readonly url: string;
  readonly clientId: string;
  /** Providers; absent where the configuration does not name the site any more: nothing is sent to it then. */
  readonly from?: readonly string[];
  readonly waiting: ForwardBacklog;
  readonly dead: ForwardBacklog;
  /** The first that waits. */
  readonly oldest?: ShownForward;
  /** Present while the site does not take it. */
  readonly failure?: ForwardFailure;
}

export interface ForwardOverview {
  readonly targets: readonly ShownForwardTarget[];
  /** The newest of each site. */
  readonly dead: readonly ShownDeadForward[];
}

interface Lane {
  readonly queue: ForwardQueue;
  /** Absent for a site that the configuration does not name any more. */
  readonly configured?: { readonly from: ReadonlySet<string>; readonly worker: ForwardWorker };
}

const shownDead = 50;
/** More are never kept, unless the limit is lowered. */
const mostDead = 10_000;

/** Copies of development information for Jira sites: `observer` takes them, the workers send them, people see what waits and why. */
export class DevinfoForwards {
  readonly observer: DevinfoObserver;
  readonly #options: DevinfoForwardsOptions;
  readonly #lanes = new Map<string, Lane>();
  #isStopped = false;
  #opening: Promise<void> | undefined;

  constructor(options: DevinfoForwardsOptions) {
    this.#options = options;
    const configured = groupByTarget(options.forward).map((entry) => {
      const queue = new ForwardQueue({ ...options, target: entry.target });
      const { http, clock, apiPath, ownCloudId } = options;
      const site = new ForwardSite({ ...entry.settings, http, clock, apiPath, ownCloudId });
      return { from: entry.from, queue, worker: new ForwardWorker({ ...options, queue, site }) };
    });
    for (const { from, queue, worker } of configured) this.#lanes.set(queue.target.id, { queue, configured: { from, worker } });
    this.observer = createDevinfoForwarding(configured);
  }

  /** Takes up what waits from before. Counting it may take seconds, which nobody has to wait for. */
  async start(): Promise<void> {
    const { store, unitOfWork } = this.#options;
    const known = await store.targets();
    const isKnown = new Set(known.map(({ id }) => id));
    const added = [...this.#lanes.values()].filter(({ queue }) => !isKnown.has(queue.target.id));
    await unitOfWork.commit(added.map(({ queue }) => store.putTarget(queue.target)));
    for (const target of known) {
      if (!this.#lanes.has(target.id)) this.#lanes.set(target.id, { queue: new ForwardQueue({ ...this.#options, target }) });
    }
    this.#opening = Promise.all([...this.#lanes.values()].map((lane) => this.#open(lane))).then(() => undefined);
  }

  /** What is on its way is sent again after the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#opening;
    const workers = [...this.#lanes.values()].flatMap(({ configured }) => (configured === undefined ? [] : [configured.worker]));
    await Promise.all(workers.map((worker) => worker.stop()));
  }

  /** Takes up what is stored although its commit seemed to fail. */
  catchUp(): void {
    for (const { queue, configured } of this.#lanes.values()) {
      queue.lookAgain();
      configured?.worker.wake();
    }
  }

  async list(): Promise<ForwardOverview> {
    await this.#opening;
    const { store } = this.#options;
    const lanes = [...this.#lanes.values()];
    const dead = await Promise.all(lanes.map(({ queue }) => store.dead(queue.target.id, "newest", shownDead)));
    return { targets: await Promise.all(lanes.map((lane) => this.#show(lane))), dead: dead.flat().map(showDead) };
  }

  /**
   * Sends dead copies again, before what waits.
   * @param id of one, or of a site: all of it
   * @returns how many
   * @throws NotFoundError, StorageError
   */
  async replay(id: string): Promise<number> {
    await this.#opening;
    const site = this.#lanes.get(id);
    const lane = site ?? (await this.#first(({ queue }) => queue.replay(id)));
    const count = site === undefined ? 1 : await this.#replayAll(site);
    lane.configured?.worker.tryNow();
    return count;
  }

  /**
   * Gives copies up.
   * @param id of one, dead or waiting; or of a site: all its dead ones, and where it is not configured any more what waits too
   * @returns how many
   * @throws NotFoundError, StorageError
   */
  async discard(id: string): Promise<number> {
    await this.#opening;
    const site = this.#lanes.get(id);
    const lane = site ?? (await this.#first(({ queue }) => queue.discard(id)));
    const count = site === undefined ? 1 : await this.#discardAll(site);
    // It may have been what the site did not take.
    lane.configured?.worker.tryNow();
    return count;
  }

  async #open({ queue, configured }: Lane): Promise<void> {
    const { log, store, unitOfWork } = this.#options;
    const { id, url, clientId } = queue.target;
    try {
      await queue.open();
      const { waiting, dead } = queue.backlog;
      if (configured !== undefined || this.#isStopped) return;
      if (waiting.count > 0)
        log.warn({ url, clientId, waiting: waiting.count }, "Copies wait for a site that devinfo.forward does not name");
      if (waiting.count + dead.count > 0) return;
      this.#lanes.delete(id);
      await unitOfWork.commit([store.removeTarget(id)]);
    } catch (error) {
      log.error({ error, url }, "Copies of development information that wait could not be counted");
    } finally {
      if (!this.#isStopped) configured?.worker.start();
    }
  }

  async #first(change: (lane: Lane) => Promise<boolean>): Promise<Lane> {
    for (const lane of this.#lanes.values()) if (await change(lane)) return lane;
    throw new NotFoundError("There is no such copy, and no site with that id.");
  }

  /** Looked for first: what is refused once more must not be sent again and again. */
  async #replayAll({ queue }: Lane): Promise<number> {
    const dead = await this.#options.store.dead(queue.target.id, "oldest", mostDead);
    let count = 0;
    for (const { place } of dead) if (await queue.replay(place)) count += 1;
    return count;
  }

  async #discardAll({ queue, configured }: Lane): Promise<number> {
    const dead = await this.#options.store.dead(queue.target.id, "oldest", mostDead);
    let count = 0;
    for (const { place } of dead) if (await queue.discard(place)) count += 1;
    if (configured !== undefined) return count;
    const { waiting } = queue.backlog;
    // There may be a million of them, and whoever asked waits some seconds only.
    void this.#empty(queue);
    return count + waiting.count;
  }

  async #empty(queue: ForwardQueue): Promise<void> {
    try {
      while (!this.#isStopped && (await queue.discardSlice()) > 0);
    } catch (error) {
      this.#options.log.error({ error, url: queue.target.url }, "Copies of development information could not be discarded");
    }
  }

  async #show({ queue, configured }: Lane): Promise<ShownForwardTarget> {
    const { target, backlog } = queue;
    const [oldest] = await this.#options.store.waiting(target.id, undefined, 1);
    const failure = configured?.worker.failure;
    return {
      ...target,
      ...(configured === undefined ? {} : { from: [...configured.from] }),
      ...backlog,
      ...(oldest === undefined ? {} : { oldest: show(oldest) }),
      ...(failure === undefined ? {} : { failure }),
    };
  }
}

interface TargetSettings {
  readonly target: ForwardTarget;
  readonly from: ReadonlySet<string>;
  readonly settings: ConfiguredForward;
}

function groupByTarget(forward: readonly ConfiguredForward[]): readonly TargetSettings[] {
  const grouped = new Map<string, TargetSettings>();
  for (const written of forward) {
    // What is shown of an address must hold no credentials.
    const [url, apiUrl] = [baseUrl(new URL(written.url)), baseUrl(new URL(written.apiUrl))];
    const settings = { ...written, url, apiUrl };
    const { clientId } = settings;
    const id = targetId(url, clientId);
    const former = grouped.get(id);
    const from = new Set([...(former?.from ?? []), ...settings.from]);
    grouped.set(id, { target: { id, url, clientId }, from, settings: former?.settings ?? settings });
  }
  return [...grouped.values()];
}

/** What a client sent is its own at a site: another client begins anew there. */
function targetId(url: string, clientId: string): string {
  return createHash("sha256")
    .update(JSON.stringify([url, clientId]))
    .digest("hex")
    .slice(0, 12);
}

function show({ place, provider, acceptedAt, request }: DevinfoForward): ShownForward {
  const shown = { id: place, provider, acceptedAt };
  if (request.kind === "bulk") return { ...shown, request: "POST /bulk", bytes: request.bodyBytes };
  return { ...shown, request: `DELETE ${request.pathAndQuery}`, bytes: 0 };
}

function showDead(forward: DeadForward): ShownDeadForward {
  const { reason, at } = forward.death;
  return { ...show(forward), target: forward.target, reason, diedAt: at };
}
