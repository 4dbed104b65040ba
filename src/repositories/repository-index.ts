import { gitIntegrationsProvider } from "../core/devinfo.js";
import type { IndexedIntegration, RepositoryDesk } from "../core/ports/git-integrations.js";
import type { StoredRepository } from "../core/ports/repository-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { Log } from "../shared/log.js";
import { repositoriesOf, type ListingEnd } from "./list-integration.js";
import { Listings } from "./listings.js";
import { hostOf, type IndexParts } from "./parts.js";
import { backgroundPriority, disabledSentence, Reads } from "./reads.js";
import { Records } from "./records.js";
import { Removals } from "./removals.js";
import type { Extent, IndexProgress, Repositories, Repository } from "./repositories.js";
import { isDisabled } from "./repository-run.js";
import { createUuid, summarize, Threads, type Step, type Thread } from "./threads.js";

const firstPassMs = 1_000;
const passEveryMs = 15 * 60_000;
const integrationsAtOnce = 100;

/** What somebody asked for. */
interface ReadRequest {
  readonly thread: Thread;
  readonly priority: number;
  readonly isFresh: boolean;
}

/**
 * Repositories of registered git hosts: which there are, and what is in them.
 *
 * Every quarter of an hour, and when an integration is woken, its host is asked for its repositories; then each of them is read from where it was
 * read last. What is stored is enough to go on after a crash; requests of people to read again are only kept in memory.
 */
export class RepositoryIndex implements Repositories, RepositoryDesk {
  readonly #parts: IndexParts;
  readonly #log: Log;
  readonly #records: Records;
  readonly #threads: Threads;
  readonly #reads: Reads;
  readonly #listings: Listings<ReadRequest>;
  readonly #removals: Removals;
  #callOffPass = (): void => undefined;
  /** What `progress` calls what goes on although nobody asked for it. */
  readonly #ownThreadId: string;
  /** Integrations that somebody changed: what failed before may go well now. */
  readonly #woken = new Set<number>();
  #pass: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(parts: IndexParts) {
    const { log } = parts;
    this.#parts = parts;
    this.#log = log;
    this.#records = new Records(parts);
    this.#threads = new Threads(parts.random);
    this.#ownThreadId = createUuid(parts.random);
    const shared = { parts, records: this.#records, log };
    this.#reads = new Reads({ ...shared, threads: this.#threads });
    this.#removals = new Removals(shared);
    this.#listings = new Listings({ ...shared, onEnd: (...end) => this.#listed(...end) });
  }

  start(): void {
    this.#removals.wake();
    this.#listings.start();
    this.#reads.start();
    this.#passIn(firstPassMs);
  }

  /** Ends what is under way within moments; the next start goes on where this one was. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#callOffPass();
    await Promise.all([this.#pass, this.#listings.stop(), this.#reads.stop(), this.#removals.stop()]);
  }

  wake(integrationId: number): void {
    this.#removals.wake();
    this.#woken.add(integrationId);
    this.#listings.want(integrationId);
    this.#reads.release(integrationId);
  }

  forget(integrationId: number): readonly StoreChange[] {
    return this.#parts.repositories.forget(integrationId);
  }

  async list(projectKey?: string): Promise<readonly Repository[]> {
    const listed: Repository[] = [];
    /** Of them those count that name the project. */
    const others = new Map<number, IndexedIntegration>();
    for await (const integration of this.#integrations()) {
      if (projectKey !== undefined && !integration.isGlobal) others.set(integration.id, integration);
      else for await (const repository of repositoriesOf(this.#parts, integration.id)) listed.push(this.#show(repository, integration));
    }
    if (projectKey !== undefined && others.size > 0) listed.push(...(await this.#naming(projectKey, others)));
    return listed.sort((left, right) => left.id - right.id);
  }

  async setDisabled(repositoryId: number, isToBeDisabled: boolean): Promise<boolean> {
    const { repositories, integrations } = this.#parts;
    const isChanged = await this.#records.change(repositoryId, async (repository) => {
      if ((await integrations.get(repository.integrationId)) === undefined) return undefined;
      if (repository.isDisabled === isToBeDisabled) return [];
      return [repositories.put({ ...repository, isDisabled: isToBeDisabled })];
    });
    const repository = isChanged && !isToBeDisabled ? await repositories.get(repositoryId) : undefined;
    if (repository !== undefined) this.#wantInBackground(repository);
    return isChanged;
  }

  lastIndexedAt(integrationId: number): Promise<number | undefined> {
    return this.#parts.repositories.lastIndexedAt(integrationId);
  }

  async reindex(id: number | undefined, priority: number, extent: Extent = "everything"): Promise<string | undefined> {
    const isFresh = extent === "everything";
    const found = id === undefined ? undefined : await this.#find(id);
    if (id !== undefined && found === undefined) return undefined;
    if (found?.repository !== undefined) {
      const thread = this.#threads.create();
      this.#reads.release(found.integration.id);
      this.#wantFor({ thread, priority, isFresh }, found.repository);
      return thread.id;
    }
    const integrations = found === undefined ? await collect(this.#integrations()) : [found.integration];
    const thread = this.#threads.create();
    for (const { id: integrationId, displayName } of integrations) {
      thread.listings.set(integrationId, { name: displayName, percent: 0, isOver: false });
      this.#reads.release(integrationId);
      this.#listings.want(integrationId, { thread, priority, isFresh });
    }
    return thread.id;
  }

  async progress({ threadId, id }: { readonly threadId?: string; readonly id?: number }): Promise<IndexProgress | undefined> {
    const found = id === undefined ? undefined : await this.#find(id);
    if (id !== undefined && found === undefined) return undefined;
    const thread = threadId === undefined ? this.#threads.find((each) => isAbout(each, found)) : this.#threads.get(threadId);
    if (thread !== undefined) return progressIn(thread, found);
    if (threadId !== undefined && threadId !== this.#ownThreadId) return undefined;
    return found === undefined ? this.#ownProgress() : this.#progressOf(found);
  }

  /** What goes on just now. */
  #ownProgress(): IndexProgress {
    const running = this.#reads.running.map(({ repositoryId, name, percent }) => [repositoryId, { name, percent, isOver: false }] as const);
    const isWaiting = this.#reads.hasWaiting || this.#listings.isBusy;
    return summarize(this.#ownThreadId, isWaiting ? [{ name: "", percent: 0, isOver: false }] : [], running);
  }

  /** How it stands with a repository, or with those of an integration, where nobody asked for anything. */
  async #progressOf({ repository, integration }: Found): Promise<IndexProgress> {
    const { id, displayName: name } = integration;
    const repositories = repository === undefined ? await collect(repositoriesOf(this.#parts, id)) : [repository];
    const error = this.#listings.errorOf(id);
    const isWanted = this.#listings.isWanted(id);
    const listing = { name, percent: isWanted ? 0 : 100, isOver: !isWanted, ...(error === undefined ? {} : { error }) };
    return summarize(
      this.#ownThreadId,
      repository === undefined ? [listing] : [],
      repositories.map((each) => [each.id, this.#stepOf(each)]),
    );
  }

  #stepOf({ id, hosted, lastError: error }: StoredRepository): Step {
    const percent = this.#reads.progressOf(id);
    return { name: hosted.name, percent: percent ?? 100, isOver: percent === undefined, ...(error === undefined ? {} : { error }) };
  }

  /** Whether smart commits of the repository are carried out. @param repositoryId as development information names it */
  async actsOnSmartCommits(repositoryId: string): Promise<boolean> {
    const repository = await this.#parts.repositories.get(Number(repositoryId));
    const integration = repository === undefined ? undefined : await this.#parts.integrations.get(repository.integrationId);
    return integration?.actsOnSmartCommits === true;
  }

  #show(repository: StoredRepository, integration: IndexedIntegration): Repository {
    const { displayName, origin, isGlobal, projectMappingIds } = integration;
    const { id, integrationId, hosted, counts, lastIndexedAt } = repository;
    const lastError = repository.lastError ?? this.#listings.errorOf(integrationId);
    return {
      ...{ id, integrationId, name: hosted.name, displayName, root: hosted.root, origin },
      ...{ isDisabled: isDisabled(repository, integration), isGlobal, projectMappingIds },
      ...(lastIndexedAt === undefined ? {} : { lastIndexedAt }),
      ...{ isIndexing: this.#reads.isReading(id), counts },
      ...(lastError === undefined ? {} : { lastError }),
    };
  }

  /** Those in which the project's key was seen. */
  async #naming(projectKey: string, integrations: ReadonlyMap<number, IndexedIntegration>): Promise<readonly Repository[]> {
    const { devinfo, repositories } = this.#parts;
    const named: Repository[] = [];
    for (const id of await devinfo.repositoriesOfProject(gitIntegrationsProvider, projectKey.toUpperCase())) {
      const repository = await repositories.get(Number(id));
      const integration = integrations.get(repository?.integrationId ?? 0);
      if (repository !== undefined && integration !== undefined) named.push(this.#show(repository, integration));
    }
    return named;
  }

  /** By id, whichever of the two has it. A repository without its integration is not there any more. */
  async #find(id: number): Promise<Found | undefined> {
    const { repositories, integrations } = this.#parts;
    const repository = await repositories.get(id);
    const integration = await integrations.get(repository?.integrationId ?? id);
    if (integration === undefined) return undefined;
    return repository === undefined ? { integration } : { integration, repository };
  }

  async *#integrations(): AsyncGenerator<IndexedIntegration> {
    for (let after: number | undefined = 0; after !== undefined;) {
      const page = await this.#parts.integrations.list(after, integrationsAtOnce);
      yield* page;
      after = page.at(-1)?.id;
    }
  }

  #beginPass(): void {
    this.#removals.wake();
    this.#pass = this.#wantAll()
      .catch((error: unknown) => this.#log.error({ error }, "The integrations whose repositories are to be listed could not be read"))
      .finally(() => this.#passIn(passEveryMs));
  }

  async #wantAll(): Promise<void> {
    for await (const { id, isDisabled: isOff } of this.#integrations())
      if (!isOff && !this.#listings.isResting(id)) this.#listings.want(id);
  }

  /** Before a request's listing counts as over, its repositories are part of the request: it never seems finished in between. */
  async #listed(integrationId: number, requests: readonly ReadRequest[], end: ListingEnd | { readonly failure: string }): Promise<void> {
    const failure = "failure" in end ? end.failure : undefined;
    if (failure === undefined) await this.#wantRepositories(integrationId, requests);
    // Removed ones have left marks; the marks of an integration that is gone may have come too late for whoever looked last.
    this.#removals.wake();
    const sentence = !("failure" in end) && end.kind === "disabled" ? disabledSentence : failure;
    for (const { thread } of requests) this.#threads.listed(thread, integrationId, sentence);
  }

  async #wantRepositories(integrationId: number, requests: readonly ReadRequest[]): Promise<void> {
    const integration = await this.#parts.integrations.get(integrationId);
    const isWoken = this.#woken.delete(integrationId);
    if (integration === undefined || integration.isDisabled) return;
    const isRead = hostOf(this.#parts, integration)?.read !== undefined;
    for await (const repository of repositoriesOf(this.#parts, integrationId)) {
      if (this.#isStopped) return;
      for (const request of requests) this.#wantFor(request, repository);
      if (requests.length === 0 && isRead && (isWoken || !this.#reads.isResting(repository.id))) this.#wantInBackground(repository);
    }
  }

  #wantFor({ thread, priority, isFresh }: ReadRequest, { id, integrationId, hosted }: StoredRepository): void {
    const ticket = this.#reads.want({ repositoryId: id, integrationId, name: hosted.name, priority, isFresh });
    thread.repositories.set(id, { name: hosted.name, percent: 0, isOver: false, integrationId, ticket });
  }

  #wantInBackground({ id, integrationId, hosted, isDisabled: isOff }: StoredRepository): void {
    if (!isOff) this.#reads.want({ repositoryId: id, integrationId, name: hosted.name, priority: backgroundPriority, isFresh: false });
  }

  #passIn(delayMs: number): void {
    if (!this.#isStopped) this.#callOffPass = this.#parts.clock.after(delayMs, () => this.#beginPass());
  }
}

interface Found {
  readonly integration: IndexedIntegration;
  /** Absent where the integration itself was asked for. */
  readonly repository?: StoredRepository;
}

/** Everything is about nothing in particular. */
function isAbout({ repositories, listings }: Thread, found: Found | undefined): boolean {
  if (found === undefined) return true;
  const { repository, integration } = found;
  if (repository !== undefined && repositories.has(repository.id)) return true;
  const listing = listings.get(integration.id);
  return listing !== undefined && (repository === undefined || !listing.isOver);
}

/** The part of a thread that is about what was asked for. */
function progressIn({ id, listings, repositories }: Thread, found: Found | undefined): IndexProgress {
  if (found === undefined) return summarize(id, listings.values(), repositories);
  const { repository, integration } = found;
  const own = [...repositories].filter(([repositoryId, step]) =>
    repository === undefined ? step.integrationId === integration.id : repositoryId === repository.id,
  );
  const listing = listings.get(integration.id);
  const isCounted = listing !== undefined && (repository === undefined || own.length === 0);
  return summarize(id, isCounted ? [listing] : [], own);
}

async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
