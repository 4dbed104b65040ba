import { beforeEach, expect, it, vi } from "vitest";
import { StorageError } from "../../core/errors.js";
import { syncKeyFile } from "./sync-key-file.js";

/** What was flushed, and what the system says when it is to flush something. */
const system = vi.hoisted(() => ({ flushed: [] as string[], failures: new Map<string, string>(), isOpen: 0 }));
vi.mock("node:fs/promises", () => ({
  async open(name: string) {
    system.isOpen += 1;
    return {
      async sync() {
        const code = system.failures.get(name);
        if (code !== undefined) throw Object.assign(new Error(code), { code });
        system.flushed.push(name);
      },
      async close() {
        system.isOpen -= 1;
      },
    };
  },
}));

beforeEach(() => {
  system.flushed.length = 0;
  system.failures.clear();
});

it("flushes a key's file and its name to the disk, before anything depends on it", async () => {
  await syncKeyFile("/keys/new.key");

  expect([system.flushed, system.isOpen]).toEqual([["/keys/new.key", "/keys"], 0]);
});

it("goes on where the file lies on what cannot be flushed, or in a folder that we may not open", async () => {
  system.failures.set("/keys/new.key", "EINVAL").set("/keys", "EACCES");

  await syncKeyFile("/keys/new.key");

  expect(system.isOpen).toBe(0);
});

it.each(["EIO", "ENOSPC", "EDQUOT"])("ends where the disk did not take it (%s)", async (code) => {
  system.failures.set("/keys/new.key", code);

  const failure: unknown = await syncKeyFile("/keys/new.key").catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(StorageError);
  expect(failure).toMatchObject({
    message: `The key's file /keys/new.key is not safe on its disk (${code}). Check the disk, or name another file.`,
  });
  expect(system.isOpen).toBe(0);
});
