import type { IdSequence, RecordStore, RegisteredRecord } from "../core/ports/record-store.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import { KeyedMutex } from "../delivery/keyed-mutex.js";
import type { Clock } from "../shared/clock.js";

/** What somebody gives of a record; the registry adds the rest. */
export type Draft<Fields> = Pick<RegisteredRecord<Fields>, "name" | "fields" | "secrets">;

export interface RegistryOptions<Fields> {
  readonly store: RecordStore<Fields>;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Pick<Clock, "now">;
  /** False where several records may have one name. */
  readonly hasUniqueNames: boolean;
  /** What goes with a record that is removed, in the same batch. */
  readonly onRemove?: (id: number) => Promise<readonly StoreChange[]> | readonly StoreChange[];
}

export interface NameTaken {
  readonly kind: "name taken";
}

export type Creation<Fields> = { readonly kind: "created"; readonly record: RegisteredRecord<Fields> } | NameTaken;

export type Change<Fields> =
  | { readonly kind: "changed"; readonly record: RegisteredRecord<Fields>; readonly before: RegisteredRecord<Fields> }
  /** It is so already: nothing was written. */
  | { readonly kind: "unchanged"; readonly record: RegisteredRecord<Fields> }
  | { readonly kind: "unknown" }
  | NameTaken;

const sliceSize = 500;

/**
 * Records of one kind. Changes are made one after the other, so that a name which was free when it was looked up still is when the record is
 * written; each is one synced batch, and done when the promise resolves. There is one registry per store.
 */
export class Registry<Fields> implements IdSequence {
  readonly #options: RegistryOptions<Fields>;
  readonly #turns = new KeyedMutex();

  constructor(options: RegistryOptions<Fields>) {
    this.#options = options;
  }

  /** False when no key is configured: then there are no records, and none can be made. */
  get canKeep(): boolean {
    return this.#options.store.canKeep;
  }

  get(id: number): Promise<RegisteredRecord<Fields> | undefined> {
    return this.#options.store.get(id);
  }

  /** The oldest where several have the name. */
  findByName(name: string): Promise<RegisteredRecord<Fields> | undefined> {
    return this.#options.store.findByName(name);
  }

  /** By id, ascending; those after the given one. */
  list(after: number, limit: number): Promise<readonly RegisteredRecord<Fields>[]> {
    return this.#options.store.list(after, limit);
  }

  /** All of them, by id. */
  async all(): Promise<readonly RegisteredRecord<Fields>[]> {
    const records: RegisteredRecord<Fields>[] = [];
    for (;;) {
      const slice = await this.list(records.at(-1)?.id ?? 0, sliceSize);
      records.push(...slice);
      if (slice.length < sliceSize) return records;
    }
  }

  count(): Promise<number> {
    return this.#options.store.count();
  }

  /** @throws StorageError when no key is configured, or the disk does not take it */
  create({ name, fields, secrets }: Draft<Fields>): Promise<Creation<Fields>> {
    const { store, unitOfWork, clock } = this.#options;
    return this.#inTurn(async () => {
      if (await this.#isTaken(name)) return { kind: "name taken" };
      const now = clock.now();
      const record = { id: await store.nextId(), name, fields, secrets, createdAt: now, updatedAt: now };
      await unitOfWork.commit(store.put(record, undefined));
      return { kind: "created", record };
    });
  }

  /**
   * @param edit makes of the record, as it is when it has its turn, what it shall be; runs once. Nothing is written when it throws.
   * @throws what `edit` throws; StorageError
   */
  change(id: number, edit: (record: RegisteredRecord<Fields>) => Draft<Fields> | Promise<Draft<Fields>>): Promise<Change<Fields>> {
    const { store, unitOfWork, clock } = this.#options;
    return this.#inTurn(async () => {
      const before = await store.get(id);
      if (before === undefined) return { kind: "unknown" };
      const { name, fields, secrets } = await edit(before);
      if (name !== before.name && (await this.#isTaken(name))) return { kind: "name taken" };
      if (isSame(before, { name, fields, secrets })) return { kind: "unchanged", record: before };
      const record = { ...before, name, fields, secrets, updatedAt: clock.now() };
      await unitOfWork.commit(store.put(record, before));
      return { kind: "changed", record, before };
    });
  }

  /** @returns what was removed; undefined when there is none */
  remove(id: number): Promise<RegisteredRecord<Fields> | undefined> {
    const { store, unitOfWork, onRemove } = this.#options;
    return this.#inTurn(async () => {
      const record = await store.get(id);
      if (record !== undefined) await unitOfWork.commit([...store.remove(record), ...((await onRemove?.(id)) ?? [])]);
      return record;
    });
  }

  /** Ids of the same sequence for things that are kept elsewhere. */
  take<Result>(use: (first: number, moveOn: (count: number) => StoreChange) => Promise<Result>): Promise<Result> {
    const { store } = this.#options;
    return this.#inTurn(async () => {
      const first = await store.nextId();
      return use(first, (count) => store.moveOn(first + count));
    });
  }

  async #isTaken(name: string): Promise<boolean> {
    return this.#options.hasUniqueNames && (await this.#options.store.findByName(name)) !== undefined;
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    return this.#turns.run("records", task);
  }
}

/** Records are JSON, and the order of keys is something that answers show: so two are the same when they are written the same. */
function isSame<Fields>(left: Draft<Fields>, right: Draft<Fields>): boolean {
  const written = ({ name, fields, secrets }: Draft<Fields>): string => JSON.stringify([name, fields, secrets]);
  return written(left) === written(right);
}
