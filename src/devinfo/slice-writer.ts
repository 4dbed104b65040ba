import type { RecordedEntry } from "../core/ports/devinfo.js";
import type { DevinfoStore, RepositoryEdit, StoredEntity } from "../core/ports/devinfo-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { DevinfoCommit, DevinfoEvents } from "./commit.js";
import type { EngineLimits } from "./limits.js";
import type { JudgedRepository } from "./judge-repository.js";

/** A repository of which something may change. */
export interface EditedRepository {
  readonly edit: RepositoryEdit;
  /** Undefined where it stays as it is. */
  readonly record: JudgedRepository["record"];
  /** Those with the result `stored` are put. */
  readonly entries: readonly RecordedEntry[];
  /** What is stored of them, in their order. */
  readonly before: readonly (StoredEntity | undefined)[];
  readonly removed: readonly StoredEntity[];
}

/** What an issue that an entity names takes besides its JSON, in characters, about: it has an entry of its own in an index. */
const issueSize = 100;

interface SliceWriterOptions {
  readonly store: Pick<DevinfoStore, "changesOf">;
  readonly commit: DevinfoCommit;
  readonly limits: Pick<EngineLimits, "sliceSize">;
  readonly acceptedAt: number;
  /** Goes with whatever was accepted; made in the moment of the commit. */
  readonly acceptance: () => StoreChange;
  /** Go with the first batch. */
  readonly first: readonly StoreChange[];
  readonly events: DevinfoEvents;
  /** Go with the last one. */
  readonly last: readonly StoreChange[];
  /** The first batch is on disk. */
  readonly onFirst: () => void;
}

/**
 * Writes what was judged: in one batch, or in several where it is large, one after the other, so that batches of others come in between. A
 * repository's record comes before what is in it.
 */
export class SliceWriter {
  readonly #options: SliceWriterOptions;
  /** With changes that no batch has yet. */
  readonly #edits = new Set<RepositoryEdit>();
  /** Of the next batch, as far as it is filled. */
  #size = 0;
  #isFirst = true;

  constructor(options: SliceWriterOptions) {
    this.#options = options;
  }

  async write(repositories: readonly EditedRepository[]): Promise<void> {
    for (const repository of repositories) await this.#put(repository);
    for (const repository of repositories) await this.#remove(repository);
    await this.#flush(this.#options.last);
  }

  async #put({ edit, record, entries, before }: EditedRepository): Promise<void> {
    if (record !== undefined) {
      if (this.#isFull(record.json.length)) await this.#flush([]);
      this.#add(edit, record.json.length);
      edit.putRecord(record);
    }
    for (const [index, { entry, result }] of entries.entries()) {
      if (result !== "stored") continue;
      const size = entry.json.length + issueSize * entry.issueKeys.length;
      if (this.#isFull(size)) await this.#flush([]);
      this.#add(edit, size);
      edit.put(entry, this.#options.acceptedAt, before[index]);
    }
  }

  async #remove({ edit, removed }: EditedRepository): Promise<void> {
    for (const entity of removed) {
      const size = issueSize * (1 + entity.issueKeys.length);
      if (this.#isFull(size)) await this.#flush([]);
      this.#add(edit, size);
      edit.remove(entity);
    }
  }

  #isFull(size: number): boolean {
    return this.#size > 0 && this.#size + size > this.#options.limits.sliceSize;
  }

  #add(edit: RepositoryEdit, size: number): void {
    this.#edits.add(edit);
    this.#size += size;
  }

  async #flush(last: readonly StoreChange[]): Promise<void> {
    const { store, commit, first, events, acceptance, onFirst } = this.#options;
    const edited = this.#edits.size === 0 ? [] : await store.changesOf([...this.#edits]);
    const changes = [...(this.#isFirst ? first : []), ...edited, ...last];
    if (edited.length > 0) changes.push(acceptance());
    await commit(changes, this.#isFirst ? events : []);
    this.#edits.clear();
    this.#size = 0;
    if (this.#isFirst) onFirst();
    this.#isFirst = false;
  }
}
