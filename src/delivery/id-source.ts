/**
 * Ids that sort by the order in which they were given out and are never given out twice:
 * the number of this start on the data folder, random characters of this start, and a counter.
 * The random characters make two lives of one folder differ, as when it was restored from a copy.
 */
export class IdSource {
  readonly #prefix: string;
  #count = 0;

  constructor(start: { readonly count: number; readonly token: string }) {
    this.#prefix = start.count.toString(36).padStart(4, "0") + start.token;
  }

  next(): string {
    this.#count += 1;
    return this.#prefix + this.#count.toString(36).padStart(7, "0");
  }

  /** Whether this start of the program gave the id out. */
  isOwn(id: string): boolean {
    return id.startsWith(this.#prefix);
  }
}
