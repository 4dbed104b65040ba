import { MemoryLevel } from "memory-level";

interface Operation {
  readonly type: "put" | "del";
  readonly key: Buffer;
  readonly value?: Buffer;
}

/** One change as it reached the disk. */
export interface Written {
  readonly type: "put" | "del";
  readonly key: string;
  readonly value: string;
}

// The published types leave out some options.
const encoding = { keyEncoding: "utf8", valueEncoding: "utf8", storeEncoding: "buffer" } as object;

/** A database that remembers each batch, so that a test can look at what a crash behind any of them would leave. */
export class RecordingLevel extends MemoryLevel<string, string> {
  readonly #batches: (readonly Operation[])[] = [];
  /** Runs before a batch is written, which waits for it. */
  onBatch: (() => Promise<void> | void) | undefined;

  static async open(): Promise<RecordingLevel> {
    const level = new RecordingLevel(encoding);
    await level.open();
    return level;
  }

  async _batch(operations: readonly Operation[], options: object): Promise<void> {
    await this.onBatch?.();
    this.#batches.push([...operations]);
    // The published types leave out the private methods that databases implement.
    const parent = MemoryLevel.prototype as unknown as { _batch(operations: readonly Operation[], options: object): Promise<void> };
    await parent._batch.call(this, operations, options);
  }

  get batchCount(): number {
    return this.#batches.length;
  }

  /** Everything that was written, in order. */
  get written(): readonly Written[] {
    return this.#batches.flat().map(({ type, key, value }) => ({ type, key: key.toString(), value: value?.toString() ?? "" }));
  }

  /** What a new process finds after a crash behind that many batches. */
  async crashedAfter(count: number): Promise<RecordingLevel> {
    const next = await RecordingLevel.open();
    for (const batch of this.#batches.slice(0, count)) await next._batch(batch, {});
    return next;
  }
}
