import { open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { brokenRepository } from "./failures.js";

const mostCommits = 50_000_000;

/** Hashes that git printed, in a file without a name: there may be millions, and their reader takes its time. */
export class CommitList {
  readonly #file: FileHandle;
  readonly #lineBytes: number;
  #bytes = 0;

  private constructor(file: FileHandle, hashLength: number) {
    this.#file = file;
    this.#lineBytes = hashLength + 1;
  }

  /** @throws RemoteError */
  static async write(chunks: AsyncIterable<Buffer>, folder: string, hashLength: number): Promise<CommitList> {
    const path = join(folder, "commits");
    const list = new CommitList(await open(path, "wx+", 0o600), hashLength);
    try {
      // It goes when the process does, however that ends.
      await rm(path);
      for await (const chunk of chunks) await list.#add(chunk);
      return list;
    } catch (error) {
      await list.close();
      throw error;
    }
  }

  get length(): number {
    return this.#bytes / this.#lineBytes;
  }

  /** @throws RemoteError when git printed something else */
  async slice(from: number, count: number): Promise<readonly string[]> {
    const wanted = Buffer.alloc(Math.min(count, this.length - from) * this.#lineBytes);
    await this.#file.read(wanted, 0, wanted.length, from * this.#lineBytes);
    const hashes = wanted.toString("latin1").split("\n").slice(0, -1);
    if (hashes.every((hash) => hash.length + 1 === this.#lineBytes && /^[0-9a-f]+$/.test(hash))) return hashes;
    throw brokenRepository("git gave an answer that is not understood");
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #add(chunk: Buffer): Promise<void> {
    // The whole of it, unlike `write`; where it is read plays no part in where it is written.
    await this.#file.appendFile(chunk);
    this.#bytes += chunk.length;
    if (this.length > mostCommits) throw brokenRepository(`it has more than ${mostCommits} commits that were not read yet`);
  }
}
