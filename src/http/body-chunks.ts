/**
 * A chunk takes some hundred bytes besides its own, and keeps the read of the socket that it was cut from. A client may send a byte in each:
 * so many are joined to one piece.
 */
const joinedAtOnce = 1024;

const noBytes = Buffer.alloc(0);

/** A body as it comes. The memory that it takes follows from its bytes, whatever chunks they come in. */
export class BodyChunks {
  #joined: Buffer[] = [];
  #loose: Buffer[] = [];
  #bytes = 0;

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#loose.push(chunk);
    if (this.#loose.length < joinedAtOnce) return;
    this.#joined.push(Buffer.concat(this.#loose));
    this.#loose = [];
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** In how many pieces it lies. */
  get pieces(): number {
    return this.#joined.length + this.#loose.length;
  }

  /** The whole, which is not held here any more. */
  take(): Buffer {
    const pieces = this.#joined.length === 0 ? this.#loose : [...this.#joined, ...this.#loose];
    this.forget();
    return pieces.length === 1 ? (pieces[0] ?? noBytes) : Buffer.concat(pieces);
  }

  forget(): void {
    this.#joined = [];
    this.#loose = [];
  }
}
