import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { StorageError } from "../core/errors.js";
import type { InboxId } from "../core/ids.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { seededRandom } from "../../test/support/seeded-random.js";
import { openStorage, type Storage } from "./open.js";
import { createInboxStore } from "./stores/inbox-store.js";
import { createMetaStore } from "./stores/meta-store.js";
import { createSeenStore } from "./stores/seen-store.js";

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "switchboard-storage-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function open(folder: string, seed = 1): Promise<{ storage: Storage; clock: ManualClock }> {
  const clock = new ManualClock();
  const storage = await openStorage(folder, { clock, random: seededRandom(seed) });
  onTestFinished(() => storage.close());
  return { storage, clock };
}

/** Makes the next write fail; returns when it did. */
async function failOnce({ database, unitOfWork }: Storage): Promise<void> {
  const fail = (): never => {
    throw new Error("no space left");
  };
  database.hooks.prewrite.add(fail);
  await expect(unitOfWork.commit([createMetaStore(database, "failing").put("key", "value")])).rejects.toThrow(StorageError);
  database.hooks.prewrite.delete(fail);
}

/** Time passes, and the disk works, until the commit is taken. */
async function commitWhenRecovered(unitOfWork: UnitOfWork, clock: ManualClock, key: string): Promise<void> {
  // The clock is ours, but the disk takes its own time to close and open.
  for (const latest = performance.now() + 10_000; performance.now() < latest;) {
    try {
      await unitOfWork.commit([{ type: "put", key, value: "value" }]);
      return;
    } catch {
      await clock.advance(100);
    }
  }
  throw new Error("the database did not recover");
}

describe("the data folder", () => {
  it("keeps its id over starts, counts them, and gives each start a token of its own", async () => {
    const folder = await createFolder();
    const first = (await open(folder)).storage;
    await first.close();

    const second = (await open(folder, 2)).storage;

    expect(second.folderId).toBe(first.folderId);
    expect([first.start.count, second.start.count]).toEqual([1, 2]);
    expect(second.start.token).not.toBe(first.start.token);
  });

  it("that another process uses is refused with a sentence that says so", async () => {
    const folder = await createFolder();
    await open(folder);

    await expect(open(folder)).rejects.toThrow(/is used by another process/);
  });

  it("that cannot be made is refused with a sentence that names it", async () => {
    const folder = await createFolder();
    await writeFile(path.join(folder, "file"), "");

    await expect(open(path.join(folder, "file"))).rejects.toMatchObject({
      code: "SB_STORAGE",
      message: expect.stringContaining(path.join(folder, "file")) as string,
    });
  });

  it("that a newer program wrote is refused, and free for that one", async () => {
    const folder = await createFolder();
    const { storage } = await open(folder);
    await storage.unitOfWork.commit([createMetaStore(storage.database).put("layout", "99")]);
    await storage.close();

    await expect(open(folder)).rejects.toThrow(/written by a newer Switchboard \(layout 99/);
    await expect(open(folder)).rejects.toThrow(/written by a newer Switchboard/);
  });
});

describe("a database whose write failed", () => {
  it("is opened anew, with all its parts, and keeps what it had acknowledged", async () => {
    const folder = await createFolder();
    const { storage, clock } = await open(folder);
    const { database, unitOfWork } = storage;
    const inbox = createInboxStore(database);
    const seen = createSeenStore(database, storage);
    // The cast: tests give out ids of their own here.
    const id = "event" as InboxId;
    const event = { id, serviceId: "test", receivedAt: 1, headers: {}, body: Buffer.from("body") };
    await unitOfWork.commit([...inbox.add(event), ...seen.mark("key", "id", 1, 1_000)]);
    let recoveries = 0;
    storage.onRecovered(() => {
      recoveries += 1;
    });

    await failOnce(storage);
    await expect(unitOfWork.commit(seen.mark("other", "id", 1, 1_000))).rejects.toThrow(StorageError);
    await commitWhenRecovered(unitOfWork, clock, "!meta!after");

    expect(recoveries).toBe(1);
    expect((await inbox.get(id))?.body.toString()).toBe("body");
    expect(await seen.find("key", 2)).toBe("id");
    expect(await seen.find("other", 2)).toBeUndefined();
    await unitOfWork.commit(seen.mark("later", "id", 1, 1_000));
    expect(await seen.find("later", 2)).toBe("id");
  });

  it("fails reads while it is closed, and nothing escapes from them", async () => {
    const folder = await createFolder();
    const { storage } = await open(folder);
    const seen = createSeenStore(storage.database, storage);
    await storage.unitOfWork.commit(seen.mark("key", "id", 1, 1_000));
    const escaped: unknown[] = [];
    const note = (error: unknown): void => void escaped.push(error);
    process.on("unhandledRejection", note);
    onTestFinished(() => void process.off("unhandledRejection", note));

    await storage.close();
    await expect(Promise.resolve(seen.find("key", 2))).rejects.toThrow("not open");
    await settle();

    expect(escaped).toEqual([]);
  });

  it("stays closed when it is closed for good meanwhile", async () => {
    const folder = await createFolder();
    const { storage, clock } = await open(folder);
    await failOnce(storage);

    await storage.close();
    await clock.advance(60_000);
    await settle();

    expect(storage.database.status).toBe("closed");
    await open(folder);
  });
});
