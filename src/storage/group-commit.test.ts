import { MemoryLevel } from "memory-level";
import { describe, expect, it } from "vitest";
import { StorageError } from "../core/errors.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import { settle } from "../../test/support/manual-clock.js";
import { GroupCommit } from "./group-commit.js";

interface Batch {
  readonly operations: number;
  readonly options: object;
}

/** A database whose writes wait or fail as a test says. */
class FickleLevel extends MemoryLevel<string, string> {
  readonly batches: Batch[] = [];
  onWrite: () => Promise<void> | void = () => undefined;

  async _batch(operations: readonly unknown[], options: object): Promise<void> {
    this.batches.push({ operations: operations.length, options });
    await this.onWrite();
    // The published types leave out the private methods that databases implement.
    const parent = MemoryLevel.prototype as unknown as { _batch(operations: readonly unknown[], options: object): Promise<void> };
    await parent._batch.call(this, operations, options);
  }
}

async function createWork() {
  const database = new FickleLevel();
  await database.open();
  let recovered: () => void = () => undefined;
  let recoveries = 0;
  const work = new GroupCommit({
    database,
    location: "/data",
    recover() {
      recoveries += 1;
      return new Promise((resolve) => {
        recovered = resolve;
      });
    },
  });
  return {
    ...{ database, work },
    recover: async (): Promise<void> => {
      recovered();
      await settle(1);
    },
    recoveries: () => recoveries,
  };
}

const put = (key: string, value: string | Uint8Array = key): StoreChange => ({ type: "put", key, value });

const full = (): never => {
  throw new Error("IO error: 000003.log: No space left on device");
};

describe("commits", () => {
  it("that arrive together share one synced write", async () => {
    const { database, work } = await createWork();

    await Promise.all(["a", "b", "c"].map((key) => work.commit([put(key), put(`${key}2`)])));

    expect(database.batches).toEqual([{ operations: 6, options: expect.objectContaining({ sync: true }) as object }]);
  });

  it("that arrive while one is written share the next, in the order of the calls", async () => {
    const { database, work } = await createWork();
    let finish: () => void = () => undefined;
    database.onWrite = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    const order: string[] = [];
    const commits = [work.commit([put("key", "first")]).then(() => order.push("first"))];
    await settle(2);
    for (const name of ["second", "third"]) commits.push(work.commit([put("key", name)]).then(() => order.push(name)));
    await settle(2);
    expect(database.batches).toHaveLength(1);

    database.onWrite = () => undefined;
    finish();
    await Promise.all(commits);

    expect(order).toEqual(["first", "second", "third"]);
    expect(database.batches.map(({ operations }) => operations)).toEqual([1, 2]);
    expect(await database.get("key")).toBe("third");
  });

  it("of bytes keep them as they are", async () => {
    const { database, work } = await createWork();
    const bytes = Buffer.from([0, 255, 10, 200]);

    await work.commit([put("bytes", bytes)]);

    expect(await database.get("bytes", { valueEncoding: "buffer" } as object)).toEqual(bytes);
  });

  it("of nothing cost no write", async () => {
    const { database, work } = await createWork();

    await work.commit([]);

    expect(database.batches).toEqual([]);
  });

  it("are awaited by whoever asks when everything is written", async () => {
    const { database, work } = await createWork();
    void work.commit([put("a")]);

    await work.drained();

    expect(await database.get("a")).toBe("a");
    await work.drained();
  });
});

describe("replacements", () => {
  const replaceA = { key: "a", expected: "old", value: "new" };

  it("are written where the key still has the expected value, synced, and nowhere else", async () => {
    const { database, work } = await createWork();
    await work.commit([put("a", "old"), put("b", "changed")]);

    await work.replace([replaceA, { key: "b", expected: "old", value: "new" }, { key: "gone", expected: "old", value: "new" }]);

    expect(await database.getMany(["a", "b", "gone"])).toEqual(["new", "changed", undefined]);
    expect(database.batches.at(-1)).toEqual({ operations: 1, options: expect.objectContaining({ sync: true }) as object });
  });

  it("without a value remove the key, where it still has the expected value", async () => {
    const { database, work } = await createWork();
    await work.commit([put("a", "old"), put("b", "changed")]);

    await work.replace(["a", "b"].map((key) => ({ key, expected: "old", value: undefined })));

    expect(await database.getMany(["a", "b"])).toEqual([undefined, "changed"]);
  });

  it.each<{ order: string; act: (work: GroupCommit) => readonly Promise<void>[] }>([
    { order: "before it", act: (work) => [work.commit([put("a", "own")]), work.replace([replaceA])] },
    { order: "behind it", act: (work) => [work.replace([replaceA]), work.commit([put("a", "own")])] },
  ])("never undo what shares their batch and was committed $order", async ({ act }) => {
    const { database, work } = await createWork();
    await work.commit([put("a", "old")]);

    await Promise.all(act(work));

    expect(await database.get("a")).toBe("own");
    expect(database.batches).toHaveLength(2);
  });

  it("never bring back what is removed in their batch", async () => {
    const { database, work } = await createWork();
    await work.commit([put("a", "old")]);

    await Promise.all([work.commit([{ type: "del", key: "a" }]), work.replace([replaceA])]);

    expect(await database.get("a")).toBeUndefined();
  });

  it("see what the batch before them wrote", async () => {
    const { database, work } = await createWork();
    await work.commit([put("a", "old")]);
    let finish: () => void = () => undefined;
    database.onWrite = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    const own = work.commit([put("a", "own")]);
    await settle(2);
    const replacing = work.replace([replaceA]);

    database.onWrite = () => undefined;
    finish();
    await Promise.all([own, replacing]);

    expect(await database.get("a")).toBe("own");
  });

  it("of nothing cost no write, and fail with the disk", async () => {
    const { database, work } = await createWork();
    await work.replace([]);
    expect(database.batches).toEqual([]);
    await work.commit([put("a", "old")]);

    database.onWrite = full;

    await expect(work.replace([replaceA])).rejects.toThrow(StorageError);
  });
});

describe("a write that fails", () => {
  it("fails all that were to be written, with a sentence that names folder and remedy", async () => {
    const { database, work } = await createWork();
    database.onWrite = full;

    const commits = await Promise.allSettled([work.commit([put("a")]), work.commit([put("b")])]);

    const sentence = "The data folder /data does not take writes: IO error: 000003.log: No space left on device. Is its disk full?";
    for (const commit of commits) expect(commit).toMatchObject({ status: "rejected", reason: { code: "SB_STORAGE", message: sentence } });
  });

  it("is followed by no other until the database has recovered, however well that one would go", async () => {
    const { database, work, recover, recoveries } = await createWork();
    database.onWrite = full;
    await expect(work.commit([put("a")])).rejects.toThrow(StorageError);
    database.onWrite = () => undefined;

    for (let count = 0; count < 3; count += 1) await expect(work.commit([put("b")])).rejects.toThrow(StorageError);
    expect(database.batches).toHaveLength(1);
    expect(recoveries()).toBe(1);
    await recover();
    await work.commit([put("c")]);

    expect(await database.getMany(["a", "b", "c"])).toEqual([undefined, undefined, "c"]);
  });

  it("fails those that waited behind it too: they must not be written before the database has recovered", async () => {
    const { database, work } = await createWork();
    let fail: () => void = () => undefined;
    database.onWrite = () =>
      new Promise((_resolve, reject) => {
        fail = () => reject(new Error("no space"));
      });
    const first = work.commit([put("a")]);
    await settle(2);
    const second = work.commit([put("b")]);
    const both = Promise.allSettled([first, second]);
    database.onWrite = () => undefined;

    fail();

    expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(database.batches).toHaveLength(1);
    await work.drained();
  });

  it("is told to those who ask once writes hold again, each time", async () => {
    const { database, work, recover } = await createWork();
    let told = 0;
    work.onRecovered(() => {
      told += 1;
    });
    for (const expected of [1, 2]) {
      database.onWrite = full;
      await expect(work.commit([put("a")])).rejects.toThrow(StorageError);
      expect(told).toBe(expected - 1);
      database.onWrite = () => undefined;
      await recover();
      expect(told).toBe(expected);
    }
  });

  it("may be followed by a commit of the listener itself", async () => {
    const { database, work, recover } = await createWork();
    let written: Promise<void> = Promise.resolve();
    work.onRecovered(() => {
      written = work.commit([put("again")]);
    });
    database.onWrite = full;
    await expect(work.commit([put("a")])).rejects.toThrow(StorageError);
    database.onWrite = () => undefined;

    await recover();
    await written;

    expect(await database.get("again")).toBe("again");
  });
});
