import { brokenRepository } from "./failures.js";

/** Reads lines and counted bytes from what comes in pieces. Holds a piece, and what is asked for. To be closed, for its source's sake. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Without its end; undefined once there is nothing more. @throws RemoteError when it is longer than the limit */
  async line(limitBytes: number): Promise<Buffer | undefined> {
    let end = this.#rest.indexOf(0x0a);
    while (end === -1) {
      if (this.#rest.length > limitBytes) throw brokenRepository("a line in it is too long");
      const searched = this.#rest.length;
      if (!(await this.#more())) return this.#last();
      end = this.#rest.indexOf(0x0a, searched);
    }
    const line = this.#rest.subarray(0, end);
    this.#rest = this.#rest.subarray(end + 1);
    if (line.length > limitBytes) throw brokenRepository("a line in it is too long");
    return line;
  }

  /** The first bytes of so many; the others are passed over. @throws RemoteError when they end early */
  async bytes(count: number, keep: number): Promise<Buffer> {
    const kept: Buffer[] = [];
    let keeping = Math.min(count, keep);
    let left = count;
    while (left > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) throw brokenRepository("git stopped in the middle of an answer");
      const part = this.#rest.subarray(0, left);
      kept.push(part.subarray(0, keeping));
      keeping -= Math.min(keeping, part.length);
      left -= part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return Buffer.concat(kept);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    return true;
  }

  #last(): Buffer | undefined {
    const line = this.#rest;
    this.#rest = Buffer.alloc(0);
    return line.length === 0 ? undefined : line;
  }
}
