import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { KeyFolder, type OpenKeys } from "../../../test/support/key-folder.js";
import { settle } from "../../../test/support/manual-clock.js";
import { RecordingLevel } from "../../../test/support/recording-level.js";
import { keepSamples, readSamples } from "../../../test/support/sealed-samples.js";
import { seededRandom } from "../../../test/support/seeded-random.js";
import { SwitchboardError } from "../../core/errors.js";
import type { KeyRotationStatus } from "../../core/ports/key-rotation.js";
import { createLoginStore } from "../stores/login-store.js";
import { createMetaStore } from "../stores/meta-store.js";
import { placeOfKey, sealedRanges, sealedSlices } from "./sealed-values.js";
import { isSealed, keyIdOf } from "./sealer.js";

interface Rig extends OpenKeys {
  readonly database: RecordingLevel;
  readonly folder: KeyFolder;
}

/** A data folder with a value in each store that seals, under the key of `old.key`; there is a `new.key`. */
async function createRig(old = "old.key"): Promise<Rig> {
  const folder = new KeyFolder();
  folder.make("old.key");
  folder.make("new.key");
  if (old.endsWith(".pem")) folder.makePassFile();
  const database = await RecordingLevel.open();
  const opened = await folder.open(database, old);
  await opened.unitOfWork.commit(keepSamples(database, opened.sealing.sealer));
  return { ...opened, database, folder };
}

async function change({ changer }: OpenKeys, file: string): Promise<KeyRotationStatus | undefined> {
  changer.begin(file);
  await changer.ended();
  return changer.status();
}

async function keyIds(database: RecordingLevel): Promise<ReadonlySet<string | undefined>> {
  const ids = new Set<string | undefined>();
  for await (const entries of sealedSlices(database, 7)) for (const { sealed } of entries) ids.add(keyIdOf(sealed));
  return ids;
}

describe("changing the key", () => {
  it.each(["old.key", "passkey.pem"])("encrypts every value of every store anew, and needs %s no more", async (old) => {
    const { folder, ...rig } = await createRig(old);
    const before = await readSamples(rig.database, rig.sealing.sealer);

    const status = await change(rig, folder.file("new.key"));
    folder.remove(old);
    const next = await folder.open(rig.database, "new.key");

    expect(status).toMatchObject({ state: "done", unreadable: 0, isConfigured: false, oldFile: folder.file(old) });
    expect(status?.checked).toBe(status?.reencrypted);
    expect(await keyIds(rig.database)).toEqual(new Set([next.sealing.keys.sealing.id]));
    expect(await readSamples(next.database, next.sealing.sealer)).toEqual(before);
    expect(next.sealing.change).toBeUndefined();
  });

  it("knows of a value in each range in which there are any, so that none was left out above", async () => {
    const { database } = await createRig();

    for (const range of sealedRanges) {
      const values = await database.values(range).all();
      expect(values.filter(isSealed), range.gt).not.toEqual([]);
    }
  });

  it("leaves the process with both keys: what was read before can still be opened", async () => {
    const { folder, ...rig } = await createRig();
    const place = { store: "logins-jira", record: "a", field: "login" };
    const before = rig.sealing.sealer.seal("token", place);

    await change(rig, folder.file("new.key"));

    expect(rig.sealing.sealer.open(before, place)).toBe("token");
    expect(await readSamples(rig.database, rig.sealing.sealer)).not.toContain(undefined);
  });

  it("seals anew what was sealed before and is committed behind it", async () => {
    const { folder, ...rig } = await createRig();
    const late = createLoginStore(rig.database, "jira", rig.sealing.sealer).put("@late:example.org", "main", "late");
    await change(rig, folder.file("new.key"));

    await rig.unitOfWork.commit([late]);

    const next = await folder.open(rig.database, "new.key");
    expect(await createLoginStore(rig.database, "jira", next.sealing.sealer).get("@late:example.org", "main")).toBe("late");
    expect((await keyIds(rig.database)).size).toBe(1);
  });

  it("leaves values in plain, and values that open with no key, as they are, and tells of the latter without a key of theirs", async () => {
    const { folder, ...rig } = await createRig();
    const [entry] = await rig.database.iterator({ gt: "!logins-jira!", lt: "!logins-jira~" }).all();
    const [key, sealed] = entry ?? ["", ""];
    const copied = key.replace("alice", "mallory");
    await rig.unitOfWork.commit([
      { type: "put", key: copied, value: sealed },
      { type: "put", key: "!room-work!plain", value: "{}" },
    ]);

    const status = await change(rig, folder.file("new.key"));

    expect(status).toMatchObject({ state: "done", unreadable: 1 });
    expect(await rig.database.getMany([copied, "!room-work!plain"])).toEqual([sealed, "{}"]);
    const warned = rig.logged.filter(({ message }) => message.includes("opens with no key"));
    expect(warned).toEqual([{ message: expect.any(String), fields: expect.objectContaining({ store: "logins-jira", field: "login" }) }]);
    expect(JSON.stringify(warned)).not.toContain("mallory");
  });

  it("can be followed by another, and by the way back", async () => {
    const { folder, ...rig } = await createRig();
    const before = await readSamples(rig.database, rig.sealing.sealer);
    await change(rig, folder.file("new.key"));

    expect(await change(rig, folder.make("third.key"))).toMatchObject({ state: "done", oldFile: folder.file("new.key") });
    expect(await change(rig, folder.file("old.key"))).toMatchObject({ state: "done", isConfigured: true });

    const next = await folder.open(rig.database, "old.key");
    expect(await readSamples(next.database, next.sealing.sealer)).toEqual(before);
  });

  it("goes on for whoever asks again while it runs, and tells of its end again while the configuration is still to be changed", async () => {
    const { folder, ...rig } = await createRig();
    const [first, second] = [rig.changer.begin(folder.file("new.key")), rig.changer.begin(folder.file("new.key"))];
    expect([first.state, second.state]).toEqual(["running", "running"]);
    await rig.changer.ended();
    const batches = rig.database.batchCount;

    expect(rig.changer.begin(folder.file("new.key"))).toEqual(rig.changer.status());
    expect([rig.changer.status()?.state, rig.database.batchCount]).toEqual(["done", batches]);
  });
});

describe("a start behind a change of keys", () => {
  it("with the old key ends with the new one's file and the setting", async () => {
    const { folder, ...rig } = await createRig();
    await change(rig, folder.file("new.key"));

    await expect(folder.open(rig.database, "old.key")).rejects.toThrow(
      `The key in ${folder.file("old.key")} (storage.keyFile) was replaced by the one in ${folder.file("new.key")}. ` +
        `Change the configuration to storage.keyFile: ${folder.file("new.key")}`,
    );
  });

  it("with the old key ends so even where nothing is encrypted just now: it was replaced for a reason", async () => {
    const { folder, ...rig } = await createRig();
    for (const { gt, lt } of sealedRanges) await rig.database.clear({ gt, lt });
    await change(rig, folder.file("new.key"));

    await expect(folder.open(rig.database, "old.key")).rejects.toThrow("was replaced by");
  });

  it("with a third key ends with the new one's file", async () => {
    const { folder, ...rig } = await createRig();
    await change(rig, folder.file("new.key"));
    folder.make("third.key");

    await expect(folder.open(rig.database, "third.key")).rejects.toThrow(`that was the one in ${folder.file("new.key")} (storage.keyFile)`);
  });
});

describe("a change of keys that a crash interrupts", () => {
  it.each(["old.key", "passkey.pem"])(
    "can be gone on with behind every single write, whichever file is configured (old key: %s)",
    async (old) => {
      const { folder, ...rig } = await createRig(old);
      const expected = await readSamples(rig.database, rig.sealing.sealer);
      const first = rig.database.batchCount;
      await change(rig, folder.file("new.key"));
      const last = rig.database.batchCount;
      expect(last - first).toBeGreaterThan(8);

      for (let count = first; count <= last; count += 1) {
        const configured = count === first ? [old] : count === last ? ["new.key"] : [old, "new.key"];
        for (const name of configured) {
          const opened = await folder.open(await rig.database.crashedAfter(count), name);
          expect(await readSamples(opened.database, opened.sealing.sealer), `${count}`).toEqual(expected);

          if (count < last)
            expect(await change(opened, folder.file("new.key")), `${count}`).toMatchObject({ state: "done", unreadable: 0 });
          const next = await folder.open(opened.database, "new.key");
          expect(await readSamples(next.database, next.sealing.sealer), `${count}`).toEqual(expected);
          expect(await keyIds(await rig.database.crashedAfter(last))).toEqual(new Set([next.sealing.keys.sealing.id]));
        }
      }
    },
  );

  /** As it is when some values are sealed with either key. */
  async function interrupt() {
    const { folder, ...rig } = await createRig();
    const before = rig.database.batchCount;
    await change(rig, folder.file("new.key"));
    // Behind both marks and one slice.
    const database = await rig.database.crashedAfter(before + 3);
    expect((await keyIds(database)).size).toBe(2);
    return { folder, database };
  }

  it.each([
    { configured: "old.key", missing: "new.key" },
    { configured: "new.key", missing: "old.key" },
  ])("needs $missing as well where $configured is configured, and says so", async ({ configured, missing }) => {
    const { folder, database } = await interrupt();
    const remedy = `Restore it, start, and run: switchboard rotate-key --new-key ${folder.file("new.key")}`;
    const about = `A change of keys is not finished: values in the data folder ./data are still encrypted with the key in ${folder.file(missing)} too, and `;
    copyFileSync(folder.file(missing), folder.file("kept"));

    chmodSync(folder.file(missing), 0o644);
    await expect(folder.open(database, configured)).rejects.toThrow(`${about}that file cannot be used (storage.keyFile: the file`);
    writeFileSync(folder.file(missing), Buffer.alloc(32));
    chmodSync(folder.file(missing), 0o600);
    await expect(folder.open(database, configured)).rejects.toThrow(`${about}that file holds another key now. ${remedy}`);
    folder.remove(missing);
    await expect(folder.open(database, configured)).rejects.toThrow(`${about}that file is missing. ${remedy}`);

    copyFileSync(folder.file("kept"), folder.file(missing));
    await folder.open(database, configured);
  });

  it("refuses a third key, naming both files", async () => {
    const { folder, database } = await interrupt();
    folder.make("third.key");

    await expect(folder.open(database, "third.key")).rejects.toThrow(
      `that was the one in ${folder.file("old.key")} (storage.keyFile), and, since a change of keys is not finished, the one in ${folder.file("new.key")}.`,
    );
  });

  it("refuses a change to a third key, and names how to finish the first; a moved file of the same key is the same key", async () => {
    const { folder, database } = await interrupt();
    const opened = await folder.open(database, "old.key");
    copyFileSync(folder.file("new.key"), folder.file("moved.key"));

    expect(() => opened.changer.begin(folder.make("third.key"))).toThrow(
      `A change to the key in ${folder.file("new.key")} is not finished; there can be no other before it is. ` +
        `Run: switchboard rotate-key --new-key ${folder.file("new.key")}`,
    );
    expect(() => opened.changer.begin(folder.file("old.key"))).toThrow("is not finished");
    expect(await change(opened, folder.file("moved.key"))).toMatchObject({ state: "done", newFile: folder.file("moved.key") });
  });

  it("goes on without the new key's file where nothing was encrypted with it yet", async () => {
    const { folder, ...rig } = await createRig();
    const before = rig.database.batchCount;
    await change(rig, folder.file("new.key"));
    const database = await rig.database.crashedAfter(before + 1);
    expect(await createMetaStore(database, "sealing").get("change")).toBeDefined();
    folder.remove("new.key");

    const opened = await folder.open(database, "old.key");

    expect(opened.sealing.change).toBeUndefined();
    expect(await createMetaStore(database, "sealing").get("change")).toBeUndefined();
    expect(await readSamples(database, opened.sealing.sealer)).not.toContain(undefined);
  });

  it("ends without the old key's file where nothing is encrypted with it any more", async () => {
    const { folder, ...rig } = await createRig();
    await change(rig, folder.file("new.key"));
    const database = await rig.database.crashedAfter(rig.database.batchCount - 1);
    expect(await createMetaStore(database, "sealing").get("change")).toBeDefined();
    copyFileSync(folder.file("old.key"), folder.file("kept.key"));
    folder.remove("old.key");

    const opened = await folder.open(database, "new.key");

    expect(opened.sealing.change).toBeUndefined();
    await expect(folder.open(database, "kept.key")).rejects.toThrow("was replaced by");
  });
});

describe("a change of keys whose end the disk seemed to refuse, and stored", () => {
  it("is over at the next start, also where it was begun once more", async () => {
    const { folder, ...rig } = await createRig();
    const expected = await readSamples(rig.database, rig.sealing.sealer);
    const before = rig.database.batchCount;
    await change(rig, folder.file("new.key"));
    const marked = await createMetaStore(await rig.database.crashedAfter(before + 1), "sealing").get("change");
    await rig.unitOfWork.commit([createMetaStore(rig.database, "sealing").put("change", marked ?? "")]);

    const next = await folder.open(rig.database, "new.key");

    expect(next.sealing.change).toBeUndefined();
    expect(await readSamples(next.database, next.sealing.sealer)).toEqual(expected);
    await expect(folder.open(rig.database, "old.key")).rejects.toThrow("was replaced by");
  });
});

describe("a change of keys beside writers", () => {
  const people = Array.from({ length: 12 }, (_, index) => `@p${index}:example.org` as const);

  /** Counts up what is kept, again and again, also by way of removing it. @returns what was acknowledged last, by person */
  async function write(
    { database, unitOfWork, sealing }: OpenKeys,
    seed: number,
    isOver: () => boolean,
  ): Promise<ReadonlyMap<string, number>> {
    const random = seededRandom(seed);
    const logins = createLoginStore(database, "jira", sealing.sealer);
    const last = new Map<string, number>();
    for (let number = 1; !isOver() || number <= people.length; number += 1) {
      const person = people[(number + seed) % people.length] ?? "@nobody:example.org";
      if (random.fraction() < 0.2) await unitOfWork.commit([logins.remove(person, `r${seed}`)]);
      const change = logins.put(person, `r${seed}`, String(number));
      // Some time passes between making a change and committing it.
      await settle(Math.floor(random.fraction() * 3));
      await unitOfWork.commit([change]);
      last.set(person, number);
    }
    return last;
  }

  it("never brings back what was overwritten or removed meanwhile, at any moment, and leaves nothing under the old key", async () => {
    const { folder, ...rig } = await createRig();
    let isOver = false;
    const seeds = [1, 2, 3, 4];
    const writing = Promise.all(seeds.map((seed) => write(rig, seed, () => isOver)));
    await settle(50);

    for (const name of ["new.key", "third.key", "fourth.key"]) {
      if (name !== "new.key") folder.make(name);
      expect(await change(rig, folder.file(name))).toMatchObject({ state: "done", unreadable: 0 });
    }
    isOver = true;
    const written = await writing;

    const latest = new Map<string, number>();
    for (const { type, key, value } of rig.database.written) {
      if (type === "del" || !key.startsWith("!logins-jira!") || key.includes("alice")) continue;
      const number = Number(rig.sealing.sealer.open(value, placeOfKey(key)));
      // What is there already may be sealed anew; what was removed may only come back as something newer, which the next line's counts hold.
      expect(number).toBeGreaterThanOrEqual(latest.get(key) ?? 0);
      latest.set(key, number);
    }
    const next = await folder.open(rig.database, "fourth.key");
    expect(await keyIds(rig.database)).toEqual(new Set([next.sealing.keys.sealing.id]));
    const logins = createLoginStore(rig.database, "jira", next.sealing.sealer);
    for (const [index, seed] of seeds.entries()) {
      for (const [person, number] of written[index] ?? []) {
        // The cast: made of `people` above.
        expect(await logins.get(person as (typeof people)[number], `r${seed}`)).toBe(String(number));
      }
    }
  });

  /** Reopens the rig's folder, and lets something happen between the read of the first slice of logins and its replacement. */
  async function changeAround(act: (opened: OpenKeys) => Promise<void>) {
    const { folder, ...rig } = await createRig();
    let isDone = false;
    const opened = await folder.open(rig.database, "old.key", async () => {
      if (!isDone) await act(opened);
      isDone = true;
      return true;
    });
    expect(await change(opened, folder.file("new.key"))).toMatchObject({ state: "done" });
    const next = await folder.open(rig.database, "new.key");
    return createLoginStore(rig.database, "jira", next.sealing.sealer).get("@alice:example.org", "main");
  }

  it("leaves what was changed between its look and its write", async () => {
    const login = await changeAround(async ({ database, sealing, unitOfWork }) => {
      await unitOfWork.commit([createLoginStore(database, "jira", sealing.sealer).put("@alice:example.org", "main", "newer")]);
    });

    expect(login).toBe("newer");
  });

  it("leaves out what was removed between its look and its write", async () => {
    const login = await changeAround(async ({ database, sealing, unitOfWork }) => {
      await unitOfWork.commit([createLoginStore(database, "jira", sealing.sealer).remove("@alice:example.org", "main")]);
    });

    expect(login).toBeUndefined();
  });

  it("finds what the old key sealed and what was still on its way to the disk when the new one began to seal", async () => {
    const { folder, ...rig } = await createRig();
    for (const { gt, lt } of sealedRanges) await rig.database.clear({ gt, lt });
    const logins = createLoginStore(rig.database, "jira", rig.sealing.sealer);
    const late: Promise<void>[] = [];
    rig.database.onBatch = async () => {
      rig.database.onBatch = () => settle(20);
      // While the mark is being written: the old key still seals.
      late.push(rig.unitOfWork.commit([logins.put("@late:example.org", "main", "late")]));
      await settle(5);
    };

    expect(await change(rig, folder.file("new.key"))).toMatchObject({ state: "done", reencrypted: 1 });
    await Promise.all(late);

    const next = await folder.open(rig.database, "new.key");
    expect(await createLoginStore(rig.database, "jira", next.sealing.sealer).get("@late:example.org", "main")).toBe("late");
  });

  it("does not give the old key up while anything is left under it", async () => {
    const { folder, ...rig } = await createRig();
    const opened = await folder.open(rig.database, "old.key", async () => false);

    const status = await change(opened, folder.file("new.key"));

    expect(status).toMatchObject({ state: "failed", error: "Values were found that are still encrypted with the old key." });
    const next = await folder.open(rig.database, "old.key");
    expect(await readSamples(next.database, next.sealing.sealer)).not.toContain(undefined);
    expect(next.sealing.change).toBeDefined();
  });

  it("does not bring back a removed value: nothing is put behind its removal but something newer", async () => {
    const { folder, ...rig } = await createRig();
    let isOver = false;
    const writing = write(rig, 7, () => isOver);

    await change(rig, folder.file("new.key"));
    isOver = true;
    await writing;

    const removedAt = new Map<string, number>();
    const latest = new Map<string, number>();
    for (const { type, key, value } of rig.database.written.filter((each) => each.key.includes('"r7"'))) {
      if (type === "del") removedAt.set(key, latest.get(key) ?? 0);
      else {
        const number = Number(rig.sealing.sealer.open(value, placeOfKey(key)));
        if (removedAt.has(key)) expect(number).toBeGreaterThan(removedAt.get(key) ?? 0);
        removedAt.delete(key);
        latest.set(key, number);
      }
    }
  });
});

describe("a change of keys is refused", () => {
  it.each<{ title: string; prepare: (folder: KeyFolder) => string; says: RegExp }>([
    { title: "without a file", prepare: (folder) => folder.file("none.key"), says: /^--new-key: the file .*none\.key does not exist/ },
    { title: "for a relative path", prepare: () => "new.key", says: /^--new-key: new\.key is no absolute path/ },
    {
      title: "for a file that others may read",
      prepare(folder) {
        chmodSync(folder.file("new.key"), 0o640);
        return folder.file("new.key");
      },
      says: /^--new-key: .*is open to other users \(its mode is 0640\)\. Run: chmod 600/,
    },
    {
      title: "for a file of another length",
      prepare(folder) {
        writeFileSync(folder.file("new.key"), "0".repeat(33));
        return folder.file("new.key");
      },
      says: /^--new-key: .*holds 33 bytes/,
    },
    {
      title: "for a file in the data folder",
      prepare(folder) {
        mkdirSync(folder.dataFolder);
        copyFileSync(folder.file("new.key"), path.join(folder.dataFolder, "new.key"));
        return path.join(folder.dataFolder, "new.key");
      },
      says: /^--new-key: .*lies inside the data folder/,
    },
    {
      title: "for the key in use, under whatever name",
      prepare(folder) {
        copyFileSync(folder.file("old.key"), folder.file("copy.key"));
        return folder.file("copy.key");
      },
      says: /^--new-key: the key in .*copy\.key is the one in use already/,
    },
  ])("$title, and nothing is written", async ({ prepare, says }) => {
    const { folder, ...rig } = await createRig();
    const batches = rig.database.batchCount;
    const file = prepare(folder);

    expect(() => rig.changer.begin(file)).toThrow(says);
    expect(() => rig.changer.begin(file)).toThrow(SwitchboardError);

    expect([rig.changer.status(), rig.database.batchCount]).toEqual([undefined, batches]);
  });

  it.each([
    { title: "the same path", place: (folder: KeyFolder) => folder.file("old.key") },
    {
      title: "a link from one to the other",
      place(folder: KeyFolder) {
        folder.remove("new.key");
        symlinkSync("old.key", folder.file("new.key"));
        return folder.file("new.key");
      },
    },
  ])("for a key that was put in the place of the one in use ($title): nobody could go on after a crash", async ({ place }) => {
    const { folder, ...rig } = await createRig();
    folder.make("old.key");
    const file = place(folder);

    expect(() => rig.changer.begin(file)).toThrow(
      `--new-key: the file ${file} is that of the key in use, ${folder.file("old.key")}, which is needed until the end. ` +
        "Put the new key into another file, and restore the one in use.",
    );

    expect(rig.changer.status()).toBeUndefined();
  });

  it("for a second change whose new key was put in the place of the first one's", async () => {
    const { folder, ...rig } = await createRig();
    await change(rig, folder.file("new.key"));
    folder.make("new.key");

    expect(() => rig.changer.begin(folder.file("new.key"))).toThrow("is that of the key in use");
  });

  it("with another key in the file with which a change was begun: the remedy is to restore that", async () => {
    const { folder, ...rig } = await createRig();
    rig.changer.begin(folder.file("new.key"));
    await rig.changer.stop();
    const next = await folder.open(rig.database, "old.key");
    copyFileSync(folder.file("new.key"), folder.file("kept.key"));
    folder.make("new.key");

    expect(() => next.changer.begin(folder.file("new.key"))).toThrow(
      `--new-key: the file ${folder.file("new.key")} held another key when the change that is not finished was begun. ` +
        `Restore that key, and run: switchboard rotate-key --new-key ${folder.file("new.key")}`,
    );
    expect(await change(next, folder.file("kept.key"))).toMatchObject({ state: "done" });
  });

  it("while one to another key runs", async () => {
    const { folder, ...rig } = await createRig();
    const third = folder.make("third.key");
    rig.changer.begin(folder.file("new.key"));

    expect(() => rig.changer.begin(third)).toThrow(`A change to the key in ${folder.file("new.key")} is not finished`);
    await rig.changer.ended();
    expect(rig.changer.status()).toMatchObject({ state: "done", newFile: folder.file("new.key") });
  });

  it("when it is over and the configuration names the new key already", async () => {
    const { folder, ...rig } = await createRig();
    await change(rig, folder.file("new.key"));
    const next = await folder.open(rig.database, "new.key");

    expect(() => next.changer.begin(folder.file("new.key"))).toThrow("is the one in use already");
  });
});

describe("a change of keys that cannot go on", () => {
  it("is told as failed where the disk takes nothing, and goes on when it is begun again", async () => {
    const { folder, ...rig } = await createRig();
    const fail = (): never => {
      throw new Error("no space left");
    };
    rig.database.hooks.prewrite.add(fail);

    expect(await change(rig, folder.file("new.key"))).toMatchObject({ state: "failed", error: expect.stringContaining("no space left") });
    rig.database.hooks.prewrite.delete(fail);
    await settle();

    expect(await change(rig, folder.file("new.key"))).toMatchObject({ state: "done" });
    expect((await keyIds(rig.database)).size).toBe(1);
  });

  it.each<{ title: string; spoil: (folder: KeyFolder) => unknown; says: RegExp }>([
    { title: "holds another key", spoil: (folder) => folder.make("new.key"), says: /new\.key does not hold the new key any more/ },
    { title: "is gone", spoil: (folder) => folder.remove("new.key"), says: /new\.key does not exist/ },
  ])("does not give the old key up while the new one's file $title, and ends once it is restored", async ({ spoil, says }) => {
    const { folder, ...rig } = await createRig();
    const kept = folder.file("kept.key");
    copyFileSync(folder.file("new.key"), kept);
    rig.changer.begin(folder.file("new.key"));
    spoil(folder);
    await rig.changer.ended();

    expect(rig.changer.status()).toMatchObject({ state: "failed", error: expect.stringMatching(says) });
    copyFileSync(kept, folder.file("new.key"));
    expect(await change(rig, folder.file("new.key"))).toMatchObject({ state: "done" });
  });

  it("ends at its next step when Switchboard stops, writes nothing more, and is not begun again", async () => {
    const { folder, ...rig } = await createRig();
    rig.changer.begin(folder.file("new.key"));

    await rig.changer.stop();

    const batches = rig.database.batchCount;
    await settle();
    expect(rig.database.batchCount).toBe(batches);
    expect(rig.changer.status()).toMatchObject({ state: "failed", error: expect.stringContaining("was stopped before") });
    expect(() => rig.changer.begin(folder.file("new.key"))).toThrow("Switchboard is stopping");
  });

  it("says in the log where it began, that it was interrupted, and how it ended; never a key", async () => {
    const { folder, ...rig } = await createRig();

    await change(rig, folder.file("new.key"));

    expect(rig.logged.map(({ message }) => message)).toEqual([
      "The key of the data folder is being changed",
      "The key of the data folder was changed",
    ]);
  });
});
