import type { StoreChange } from "./unit-of-work.js";

/** Something that was registered over an API. */
export interface RegisteredRecord<Fields> {
  /** From 1; never given to another record, also not after this one was removed. */
  readonly id: number;
  /** Unique among records of its store, where the store has unique names. */
  readonly name: string;
  /** What may be shown; JSON. */
  readonly fields: Fields;
  /** Encrypted at rest, by names of the API's choice. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/**
 * Records of one kind. Reads see what was committed; whoever changes something runs one change at a time (remotes/), so that a name that was
 * free when it was looked up still is when the change is committed.
 */
export interface RecordStore<Fields> {
  /** False when no key is configured: then nothing can be kept. */
  readonly canKeep: boolean;
  get(id: number): Promise<RegisteredRecord<Fields> | undefined>;
  /** Names are compared exactly. */
  findByName(name: string): Promise<RegisteredRecord<Fields> | undefined>;
  /** By id, ascending; those after the given one. Costs what it returns. */
  list(after: number, limit: number): Promise<readonly RegisteredRecord<Fields>[]>;
  count(): Promise<number>;
  /** The id that the next record gets; `put` of a new record moves it on. */
  nextId(): Promise<number>;
  /** Gives ids to things that are kept elsewhere: the next record gets this one. */
  moveOn(nextId: number): StoreChange;
  /** @param before what the store has under the id now; absent for a new record. @throws StorageError when no key is configured */
  put(record: RegisteredRecord<Fields>, before: RegisteredRecord<Fields> | undefined): readonly StoreChange[];
  remove(record: RegisteredRecord<Fields>): readonly StoreChange[];
}

/** Ids that records of one kind share with things that are kept elsewhere. */
export interface IdSequence {
  /**
   * Runs one task at a time.
   * @param use commits `moveOn(count)` together with what got the ids `first` to `first + count - 1`
   */
  take<Result>(use: (first: number, moveOn: (count: number) => StoreChange) => Promise<Result>): Promise<Result>;
}
