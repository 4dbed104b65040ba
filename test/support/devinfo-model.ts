import type { DevinfoEntry, DevinfoResult, DevinfoSubmission, SubmittedRepository } from "../../src/core/devinfo.js";
import type { EntityAddress } from "../../src/core/ports/devinfo.js";

type Properties = Readonly<Record<string, string>>;

interface Tombstone {
  readonly sequence: bigint;
  readonly until: number;
}

export interface ModelEntity extends DevinfoEntry {
  /** Rises with every submission. */
  readonly acceptance: number;
}

interface ModelRepository {
  sequence: bigint;
  json: string;
  tags: { readonly properties: Properties; readonly sequence: bigint } | undefined;
  readonly entities: Map<string, ModelEntity>;
}

interface ModelProvider {
  readonly repositories: Map<string, ModelRepository>;
  /** By repository, or by repository and entity. */
  readonly tombstones: Map<string, Tombstone>;
}

/** What became of a submission. */
export interface ModelOutcome {
  /** Of the record, then of each entry with the sequence that was stored before. */
  readonly results: readonly (readonly [record: DevinfoResult, entries: readonly (readonly [DevinfoResult, bigint | undefined])[]])[];
  /** As `repository type id`. */
  readonly removed: readonly string[];
}

interface NamingEntity {
  /** As `provider repository type id`. */
  readonly place: string;
  readonly happenedAt: number;
  readonly json: string;
}

const dayMs = 24 * 60 * 60_000;

/** The rules of development information, as plainly as they can be written: everything in maps, nothing marked, nothing cleaned away. */
export class DevinfoModel {
  now = 0;
  #acceptance = 0;
  readonly #providers = new Map<string, ModelProvider>();

  record(submission: DevinfoSubmission, remove: readonly EntityAddress[] = []): ModelOutcome {
    this.#acceptance += 1;
    const provider = this.#ensure(submission.provider);
    const before = remove.filter(
      ({ repositoryId, ...name }) => provider.repositories.get(repositoryId)?.entities.has(nameOf(name)) === true,
    );
    const results = submission.repositories.map((repository) => this.#recordOne(provider, repository, submission));
    const named = new Set(submission.repositories.flatMap(({ id, entries }) => entries.map((entry) => `${id} ${nameOf(entry)}`)));
    const removed = new Set(before.map(({ repositoryId, ...name }) => `${repositoryId} ${nameOf(name)}`));
    for (const name of named) removed.delete(name);
    for (const { repositoryId, ...name } of before)
      if (removed.has(`${repositoryId} ${nameOf(name)}`)) provider.repositories.get(repositoryId)?.entities.delete(nameOf(name));
    return { results, removed: [...removed].sort() };
  }

  deleteRepository(name: string, repositoryId: string, upTo: bigint | undefined): void {
    const provider = this.#ensure(name);
    if (upTo !== undefined) this.#bury(provider, repositoryId, upTo);
    const repository = provider.repositories.get(repositoryId);
    if (repository === undefined) return;
    for (const [key, { updateSequenceId }] of repository.entities) if (isUpTo(updateSequenceId, upTo)) repository.entities.delete(key);
    if (!isUpTo(repository.sequence, upTo)) return;
    const lowest = lowestOf([...repository.entities.values()]);
    if (lowest === undefined) provider.repositories.delete(repositoryId);
    else repository.sequence = lowest;
  }

  deleteEntity({ provider: name, repositoryId, ...entity }: EntityAddress, upTo: bigint | undefined): void {
    const provider = this.#ensure(name);
    if (upTo !== undefined) this.#bury(provider, `${repositoryId} ${nameOf(entity)}`, upTo);
    const entities = provider.repositories.get(repositoryId)?.entities;
    const stored = entities?.get(nameOf(entity));
    if (stored !== undefined && isUpTo(stored.updateSequenceId, upTo)) entities?.delete(nameOf(entity));
  }

  deleteByProperties(name: string, properties: Properties, upTo: bigint | undefined): void {
    for (const id of this.#matching(name, properties)) this.deleteRepository(name, id, upTo);
  }

  /** @returns the code of the error that it is refused with */
  renameProvider(from: string, to: string): string | undefined {
    if (!this.#hasData(from)) return "HS_NOTFOUND";
    if (from !== to && this.#hasData(to)) return "HS_CONFLICTING_CONNECTION";
    const provider = this.#ensure(from);
    this.#providers.delete(from);
    this.#providers.set(to, provider);
    return undefined;
  }

  deleteProvider(name: string): string | undefined {
    if (!this.#hasData(name)) return "HS_NOTFOUND";
    this.#providers.delete(name);
    return undefined;
  }

  existsByProperties(name: string, properties: Properties, upTo: bigint | undefined): boolean {
    const { repositories } = this.#ensure(name);
    return this.#matching(name, properties).some((id) => {
      const { sequence, entities } = repositories.get(id) ?? { sequence: 0n, entities: new Map<string, ModelEntity>() };
      return [sequence, ...[...entities.values()].map(({ updateSequenceId }) => updateSequenceId)].some((each) => isUpTo(each, upTo));
    });
  }

  /** The whole of a repository, newest first; what is equally new in the order of types and ids. */
  read(
    name: string,
    repositoryId: string,
  ): { readonly sequence: bigint; readonly json: string; readonly entities: readonly ModelEntity[] } | undefined {
    const repository = this.#ensure(name).repositories.get(repositoryId);
    if (repository === undefined) return undefined;
    const { sequence, json, entities } = repository;
    return { sequence, json, entities: [...entities.values()].sort(byRecency) };
  }

  /** What names the issue, in no order, */
  naming(issueKey: string, providers: ReadonlySet<string>): readonly NamingEntity[] {
    return this.#all()
      .filter(({ provider, entity }) => providers.has(provider) && entity.issueKeys.includes(issueKey))
      .map(({ provider, repositoryId, entity: { happenedAt, json, ...name } }) => ({
        place: `${provider} ${repositoryId} ${nameOf(name)}`,
        happenedAt,
        json,
      }));
  }

  repositoriesOfProject(name: string, projectKey: string): readonly string[] {
    const found = this.#all().filter(
      ({ provider, entity }) => provider === name && entity.issueKeys.some((key) => key.startsWith(`${projectKey}-`)),
    );
    return [...new Set(found.map(({ repositoryId }) => repositoryId))].sort();
  }

  /** Those with data, each with its number of repositories. */
  providers(): readonly { readonly provider: string; readonly repositories: number }[] {
    return [...this.#providers]
      .map(([provider, { repositories }]) => ({ provider, repositories: repositories.size }))
      .filter(({ repositories }) => repositories > 0)
      .sort((one, other) => (one.provider < other.provider ? -1 : 1));
  }

  repositoryIds(name: string): readonly string[] {
    return [...this.#ensure(name).repositories.keys()];
  }

  #recordOne(provider: ModelProvider, submitted: SubmittedRepository, submission: DevinfoSubmission): ModelOutcome["results"][number] {
    const stored = provider.repositories.get(submitted.id);
    const entries = submitted.entries.map((entry) => {
      const before = stored?.entities.get(nameOf(entry));
      const isSame = before !== undefined && isSameButSequence(before.json, entry.json);
      const tombstones = [submitted.id, `${submitted.id} ${nameOf(entry)}`];
      return {
        entry,
        before,
        result: this.#judge(provider, tombstones, entry.updateSequenceId, before?.updateSequenceId, isSame, submission),
      };
    });
    const isSameRecord = stored?.json === submitted.json;
    let result = this.#judge(provider, [submitted.id], submitted.updateSequenceId, stored?.sequence, isSameRecord, submission);
    const taken = entries.filter((each) => each.result === "stored").map(({ entry }) => entry);
    const lowest = lowestOf(taken);
    let repository = stored;
    if (repository === undefined && (result === "stored" || lowest !== undefined)) {
      const sequence = result === "stored" ? submitted.updateSequenceId : (lowest ?? submitted.updateSequenceId);
      repository = { sequence, json: submitted.json, tags: undefined, entities: new Map() };
      provider.repositories.set(submitted.id, repository);
      result = "stored";
    } else if (repository !== undefined && result === "stored") {
      repository.sequence = submitted.updateSequenceId;
      repository.json = submitted.json;
    }
    for (const entry of taken) repository?.entities.set(nameOf(entry), { ...entry, acceptance: this.#acceptance });
    if (repository !== undefined) this.#tag(provider, repository, submitted, submission.properties);
    return [result, entries.map((each) => [each.result, each.before?.updateSequenceId])];
  }

  #judge(
    provider: ModelProvider,
    tombstones: readonly string[],
    sequence: bigint,
    stored: bigint | undefined,
    isSame: boolean,
    { skipsUnchanged }: DevinfoSubmission,
  ): DevinfoResult {
    if (stored !== undefined && stored >= sequence) return "older";
    if (tombstones.some((key) => this.#keepsOut(provider.tombstones.get(key), sequence))) return "deleted";
    return isSame && skipsUnchanged === true ? "unchanged" : "stored";
  }

  #tag(provider: ModelProvider, repository: ModelRepository, submitted: SubmittedRepository, properties: Properties | undefined): void {
    if (properties === undefined) return;
    const sequences = [submitted.updateSequenceId, ...submitted.entries.map(({ updateSequenceId }) => updateSequenceId)];
    const sequence = sequences.reduce((one, other) => (one > other ? one : other));
    if (this.#keepsOut(provider.tombstones.get(submitted.id), sequence)) return;
    if (repository.tags === undefined || repository.tags.sequence <= sequence) repository.tags = { properties, sequence };
  }

  #bury(provider: ModelProvider, key: string, sequence: bigint): void {
    const before = provider.tombstones.get(key);
    if (before !== undefined && before.until > this.now && before.sequence > sequence) return;
    provider.tombstones.set(key, { sequence, until: this.now + dayMs });
  }

  #keepsOut(tombstone: Tombstone | undefined, sequence: bigint): boolean {
    return tombstone !== undefined && tombstone.until > this.now && sequence <= tombstone.sequence;
  }

  #matching(name: string, properties: Properties): readonly string[] {
    const tags = Object.entries(properties);
    return [...this.#ensure(name).repositories]
      .filter(([, repository]) =>
        tags.every(([key, value]) => new Map(Object.entries(repository.tags?.properties ?? {})).get(key) === value),
      )
      .map(([id]) => id);
  }

  #all(): readonly { readonly provider: string; readonly repositoryId: string; readonly entity: ModelEntity }[] {
    return [...this.#providers].flatMap(([provider, { repositories }]) =>
      [...repositories].flatMap(([repositoryId, { entities }]) =>
        [...entities.values()].map((entity) => ({ provider, repositoryId, entity })),
      ),
    );
  }

  #hasData(name: string): boolean {
    return (this.#providers.get(name)?.repositories.size ?? 0) > 0;
  }

  #ensure(name: string): ModelProvider {
    const known = this.#providers.get(name);
    if (known !== undefined) return known;
    const provider = { repositories: new Map<string, ModelRepository>(), tombstones: new Map<string, Tombstone>() };
    this.#providers.set(name, provider);
    return provider;
  }
}

function nameOf({ type, id }: Pick<DevinfoEntry, "type" | "id">): string {
  return `${type} ${id}`;
}

function isUpTo(sequence: bigint, upTo: bigint | undefined): boolean {
  return upTo === undefined || sequence <= upTo;
}

function lowestOf(entries: readonly DevinfoEntry[]): bigint | undefined {
  return entries.map(({ updateSequenceId }) => updateSequenceId).sort((one, other) => (one < other ? -1 : 1))[0];
}

function byRecency(one: ModelEntity, other: ModelEntity): number {
  if (one.updateSequenceId !== other.updateSequenceId) return one.updateSequenceId > other.updateSequenceId ? -1 : 1;
  if (one.acceptance !== other.acceptance) return other.acceptance - one.acceptance;
  return orderOf(one) < orderOf(other) ? -1 : 1;
}

function orderOf({ type, id }: ModelEntity): string {
  // The API answers each type by itself, so only the order of ids within one is seen.
  return `${["branch", "commit", "pull_request"].indexOf(type)}${id}`;
}

/** Texts are made by the test, with the sequence first and nowhere else. */
function isSameButSequence(one: string, other: string): boolean {
  return one.slice(one.indexOf(",")) === other.slice(other.indexOf(","));
}
