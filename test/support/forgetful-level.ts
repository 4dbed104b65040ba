import { MemoryLevel } from "memory-level";

interface Operation {
  readonly type: "put" | "del";
  readonly key: string | Buffer;
  readonly value?: unknown;
}

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
  async crashed(): Promise<ForgetfulLevel> {
    const next = new ForgetfulLevel({ keyEncoding: "utf8", valueEncoding: "utf8", storeEncoding: "buffer" } as object);
    await next.open();
    const encodings = { keyEncoding: "buffer", valueEncoding: "buffer" };
    await next.batch(this.#synced as never, { ...encodings, sync: true } as never);
    return next;
  }
}

export async function openForgetfulLevel(): Promise<ForgetfulLevel> {
  const level = new ForgetfulLevel({ keyEncoding: "utf8", valueEncoding: "utf8", storeEncoding: "buffer" } as object);
  await level.open();
  return level;
}
