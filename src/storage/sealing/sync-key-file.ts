import { open } from "node:fs/promises";
import path from "node:path";
import { StorageError } from "../../core/errors.js";

/** The disk did not take what was written. Anything else means that there is nothing to flush, or no right to. */
const lossCodes: readonly unknown[] = ["EIO", "ENOSPC", "EDQUOT"];

/**
 * Flushes the file of a key, and its name in its folder. Whoever made it a moment ago did not, most likely; values that are sealed with it are
 * flushed, and without it nobody reads them after a loss of power.
 * @throws StorageError when the disk does not take it
 */
export async function syncKeyFile(file: string): Promise<void> {
  for (const name of [file, path.dirname(file)]) {
    try {
      await sync(name);
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
      if (!lossCodes.includes(code)) continue;
      throw new StorageError(`The key's file ${file} is not safe on its disk (${String(code)}). Check the disk, or name another file.`, {
        cause,
      });
    }
  }
}

async function sync(name: string): Promise<void> {
  const handle = await open(name);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
