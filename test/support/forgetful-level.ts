import { MemoryLevel } from "memory-level";

interface Operation {
  readonly type: "put" | "del";
  readonly key: string | Buffer;
  readonly value?: unknown;
}

// The published types leave out some options.
const encoding = { keyEncoding: "utf8", valueEncoding: "utf8", storeEncoding: "buffer" } as object;

/**
 * A database that forgets, at a crash, every write that was not made with `sync: true`. Killing a process leaves the operating system's
 * cache in place, so a kill test alone does not show that writes are synced; this does.
 */
export class ForgetfulLevel extends MemoryLevel<string, string> {
  readonly #synced: Operation[] = [];

  async _batch(operations: readonly Operation[], options: { sync?: boolean }): Promise<void> {
    if (options.sync === true) this.#synced.push(...operations);
    // The published types leave out the private methods that databases implement.
    const parent = MemoryLevel.prototype as unknown as { _batch(operations: readonly Operation[], options: object): Promise<void> };
    await parent._batch.call(this, operations, options);
  }

  /** What a new process finds after the machine lost power. */
  async crashed(): Promise<this> {
    // The cast: made by the same class.
    const next = new (this.constructor as typeof ForgetfulLevel)(encoding) as this;
    await next.open();
    const encodings = { keyEncoding: "buffer", valueEncoding: "buffer" };
    await next.batch(this.#synced as never, { ...encodings, sync: true } as never);
    return next;
  }
}

export async function openForgetfulLevel(): Promise<ForgetfulLevel> {
  const level = new ForgetfulLevel(encoding);
  await level.open();
  return level;
}

/** A forgetful database whose disk refuses batches while a test says so; what it seemed to refuse is there when it has recovered. */
export class FickleLevel extends ForgetfulLevel {
  /** What becomes of batches: refused, or stored although they seem to be refused. */
  trouble: "refuses" | "seems-to-refuse" | undefined;
  #late: Operation[] = [];
  #recovered: (() => void) | undefined;

  static async open(): Promise<FickleLevel> {
    const level = new FickleLevel(encoding);
    await level.open();
    return level;
  }

  override async _batch(operations: readonly Operation[], options: { sync?: boolean }): Promise<void> {
    if (this.trouble === undefined) return super._batch(operations, options);
    if (this.trouble === "seems-to-refuse") this.#late.push(...operations);
    // LevelDB takes nothing behind a write that failed.
    this.trouble = "refuses";
    throw new Error("no space left");
  }

  /** What the storage waits for after a write that failed. */
  readonly untilRecovered = (): Promise<void> =>
    new Promise((resolve) => {
      this.#recovered = resolve;
    });

  /** From now on every batch is taken. */
  async recover(): Promise<void> {
    this.trouble = undefined;
    await this.#storeLate();
    this.#recovered?.();
    this.#recovered = undefined;
  }

  override async crashed(): Promise<this> {
    this.trouble = undefined;
    await this.#storeLate();
    return super.crashed();
  }

  async #storeLate(): Promise<void> {
    await super._batch(this.#late.splice(0), { sync: true });
  }
}
