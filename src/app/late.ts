/**
 * A part that is made after those that use it: they hold the place, and it is filled once everything is joined. A place that is looked into
 * before is a mistake in the order of joining.
 */
export class Late<Part extends object> {
  readonly #name: string;
  #part: Part | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** @throws TypeError when it is filled already */
  fill(part: Part): void {
    if (this.#part !== undefined) throw new TypeError(`${this.#name}: joined twice`);
    this.#part = part;
  }

  /** @throws TypeError while it is empty */
  get(): Part {
    if (this.#part === undefined) throw new TypeError(`${this.#name}: used before everything is joined`);
    return this.#part;
  }
}
