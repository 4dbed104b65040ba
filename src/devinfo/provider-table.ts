import type { DevinfoStore, ProviderRecord, StoredProviders } from "../core/ports/devinfo-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";

/**
 * Providers and their numbers, in memory: there are few. A new one has its number at once, and is stored with whatever is stored first of it.
 */
export class ProviderTable {
  readonly #store: DevinfoStore;
  #byName = new Map<string, ProviderRecord>();
  #byNumber = new Map<number, ProviderRecord>();
  /** Numbers of those that are not on disk yet. */
  readonly #unstored = new Set<number>();
  #highest = 0;
  #reading: Promise<void> | undefined;
  /** Counts what makes a reading under way worthless. */
  #changes = 0;

  constructor(store: DevinfoStore) {
    this.#store = store;
  }

  async find(name: string): Promise<ProviderRecord | undefined> {
    await this.#read();
    return this.#byName.get(name);
  }

  /** The provider of that name, which need not be there yet. */
  async ensure(name: string): Promise<ProviderRecord> {
    await this.#read();
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    this.#highest += 1;
    this.#unstored.add(this.#highest);
    return this.#remember({ number: this.#highest, name });
  }

  /** To be stored with whatever is stored of a provider: nothing where it stays as it is. */
  changesOf(provider: ProviderRecord): readonly StoreChange[] {
    const known = this.#byNumber.get(provider.number);
    const isSame = !this.#unstored.has(provider.number) && known?.instance === provider.instance;
    return isSame ? [] : [this.#store.putProvider(provider)];
  }

  /** What `changesOf` gave is on disk. */
  stored(provider: ProviderRecord): void {
    this.#changes += 1;
    this.#unstored.delete(provider.number);
    this.#remember(provider);
  }

  /** By number; those that are deleted are not among them. */
  async all(): Promise<ReadonlyMap<number, ProviderRecord>> {
    await this.#read();
    return this.#byNumber;
  }

  /** Has it read again what is stored, after a change of names, whether or not that seemed to succeed. */
  forget(): void {
    this.#changes += 1;
    this.#reading = undefined;
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readStored().catch((error: unknown) => {
      this.#reading = undefined;
      throw error;
    });
    return this.#reading;
  }

  async #readStored(): Promise<void> {
    const { live, deleted } = await this.#readUndisturbed();
    const stored = new Set(live.map(({ name }) => name));
    // A change under way may store something of them under the number that they have.
    const unstored = [...this.#byNumber.values()].filter(({ number, name }) => this.#unstored.has(number) && !stored.has(name));
    this.#byName = new Map();
    this.#byNumber = new Map();
    for (const provider of [...live, ...unstored]) this.#remember(provider);
    for (const number of [...deleted, ...this.#byNumber.keys()]) this.#highest = Math.max(this.#highest, number);
  }

  /** What is stored, and nothing of it was changed while it was read. */
  async #readUndisturbed(): Promise<StoredProviders> {
    for (;;) {
      const before = this.#changes;
      const stored = await this.#store.providers();
      if (this.#changes === before) return stored;
    }
  }

  #remember(provider: ProviderRecord): ProviderRecord {
    this.#byName.set(provider.name, provider);
    this.#byNumber.set(provider.number, provider);
    return provider;
  }
}
