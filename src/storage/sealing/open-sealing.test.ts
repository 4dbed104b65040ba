import { createSecretKey } from "node:crypto";
import { MemoryLevel } from "memory-level";
import { describe, expect, it } from "vitest";
import { keySourceOf } from "../../../test/support/sealers.js";
import { StorageError } from "../../core/errors.js";
import { systemRandom } from "../../shared/random.js";
import { GroupCommit } from "../group-commit.js";
import { createLoginStore } from "../stores/login-store.js";
import { createMetaStore } from "../stores/meta-store.js";
import { createServiceSecretStore } from "../stores/service-secret-store.js";
import { createWorkStore } from "../stores/work-store.js";
import type { KeySource } from "./key.js";
import { openSealing } from "./open-sealing.js";
import type { Sealer } from "./sealer.js";

const passFile: KeySource = { setting: "passFile", file: "./passkey.pem", form: "material", secret: createSecretKey(Buffer.from("der")) };

/** A data folder that is opened with one key after the other. */
async function createFolder() {
  const database = new MemoryLevel<string, string>();
  await database.open();
  const unitOfWork = new GroupCommit({ database, location: "./data", recover: () => Promise.resolve() });
  return {
    database,
    unitOfWork,
    open: async (key: KeySource | undefined): Promise<Sealer | undefined> =>
      (await openSealing({ database, unitOfWork, folder: "./data", random: systemRandom, key }))?.sealer,
    async keepLogin(sealer: Sealer | undefined): Promise<void> {
      await unitOfWork.commit([createLoginStore(database, "jira", sealer).put("@alice:example.org", "main", "token")]);
    },
    login: (sealer: Sealer | undefined) => createLoginStore(database, "jira", sealer).get("@alice:example.org", "main"),
  };
}

describe("opening what encrypts the data folder", () => {
  it.each([keySourceOf("a"), passFile])("gives the same key at each start ($setting)", async (key) => {
    const folder = await createFolder();
    await folder.keepLogin(await folder.open(key));

    expect(await folder.login(await folder.open(key))).toBe("token");
  });

  it("derives another key from the same passFile in another folder", async () => {
    const [first, second] = [await createFolder(), await createFolder()];
    const sealer = await first.open(passFile);
    await first.keepLogin(sealer);

    await expect(first.login(await second.open(passFile))).rejects.toThrow(/another key/);
  });

  it("gives nothing without a key, and leaves the folder as it was", async () => {
    const folder = await createFolder();

    expect(await folder.open(undefined)).toBeUndefined();
    expect(await folder.database.keys().all()).toEqual([]);
  });

  it("refuses a wrong key, naming its file and the right one's", async () => {
    const folder = await createFolder();
    await folder.keepLogin(await folder.open(keySourceOf("a")));

    const refused = folder.open(keySourceOf("b"));

    await expect(refused).rejects.toThrow(StorageError);
    await expect(refused).rejects.toThrow(
      "The key in ./b.key (storage.keyFile) is not the one with which values in the data folder ./data were encrypted: " +
        "that was the one in ./a.key (storage.keyFile). Restore that key, or name its file; without it these values cannot be read.",
    );
    expect(await folder.login(await folder.open(keySourceOf("a")))).toBe("token");
  });

  it("says of a file that was overwritten that it held another key before", async () => {
    const folder = await createFolder();
    await folder.keepLogin(await folder.open(keySourceOf("a")));

    await expect(folder.open({ ...keySourceOf("b"), file: "./a.key" })).rejects.toThrow("that was what this file held before");
  });

  it("refuses a change of the passFile, and a key file in its place", async () => {
    const folder = await createFolder();
    await folder.keepLogin(await folder.open(passFile));

    await expect(folder.open({ ...passFile, secret: createSecretKey(Buffer.from("other")) })).rejects.toThrow(
      /\.\/passkey\.pem \(passFile\)/,
    );
    await expect(folder.open(keySourceOf("a"))).rejects.toThrow("that was the one in ./passkey.pem (passFile)");
  });

  it("refuses to go without the key that values need, and names what to restore", async () => {
    const folder = await createFolder();
    await folder.keepLogin(await folder.open(keySourceOf("a")));

    await expect(folder.open(undefined)).rejects.toThrow(
      "The data folder ./data holds values that were encrypted with the key in ./a.key, and no key is configured now. " +
        "Restore that file if it is gone, and name it in storage.keyFile.",
    );
  });

  it("counts a room's waiting work as such a value", async () => {
    const folder = await createFolder();
    const work = createWorkStore(folder.database, await folder.open(keySourceOf("a")));
    const event = { type: "m.room.message", event_id: "$1", room_id: "!a:b", sender: "@a:b", origin_server_ts: 1, content: {} } as const;
    const waiting = { place: "1", event, receivedAt: 1, begun: false };
    await folder.unitOfWork.commit(work.add(waiting));

    await expect(folder.open(keySourceOf("b"))).rejects.toThrow(StorageError);
    await folder.unitOfWork.commit(work.remove(waiting));
    await folder.open(keySourceOf("b"));
  });

  it("counts a service's own secret as such a value", async () => {
    const folder = await createFolder();
    const secrets = createServiceSecretStore(folder.database, "generic", await folder.open(keySourceOf("a")));
    await folder.unitOfWork.commit([secrets.put("hook", "token")]);

    await expect(folder.open(keySourceOf("b"))).rejects.toThrow(StorageError);
    await expect(folder.open(undefined)).rejects.toThrow(StorageError);
    await folder.unitOfWork.commit([secrets.remove("hook")]);
    await folder.open(keySourceOf("b"));
  });

  it("takes another key, or none, while nothing is encrypted", async () => {
    const folder = await createFolder();
    await folder.open(passFile);

    await folder.keepLogin(await folder.open(keySourceOf("a")));
    await folder.unitOfWork.commit([createLoginStore(folder.database, "jira", undefined).remove("@alice:example.org", "main")]);
    expect(await folder.open(undefined)).toBeUndefined();
    await folder.keepLogin(await folder.open(keySourceOf("b")));

    await expect(folder.open(keySourceOf("a"))).rejects.toThrow("that was the one in ./b.key (storage.keyFile)");
  });

  it("keeps the salt, so that a passFile comes to the same key after others were in use", async () => {
    const folder = await createFolder();
    const first = await folder.open(passFile);
    const sealed = first?.seal("value", { store: "a", record: "b", field: "c" }) ?? "";
    await folder.open(keySourceOf("a"));

    const again = await folder.open(passFile);

    expect(again?.open(sealed, { store: "a", record: "b", field: "c" })).toBe("value");
  });

  it("refuses a sentinel that was changed", async () => {
    const folder = await createFolder();
    await folder.open(keySourceOf("a"));
    const meta = createMetaStore(folder.database, "sealing");
    const sentinel = (await meta.get("sentinel")) ?? "";
    const changed = sentinel.replace(/(.)(","setting")/, (_, last: string, rest: string) => `${last === "A" ? "Q" : "A"}${rest}`);
    expect(changed).not.toBe(sentinel);

    await folder.unitOfWork.commit([meta.put("sentinel", changed)]);

    await expect(folder.open(keySourceOf("a"))).rejects.toThrow(StorageError);
  });

  it("is done with the commit of the first key's sentinel, before anything can be sealed", async () => {
    const folder = await createFolder();
    await folder.open(passFile);

    const keys = await folder.database.keys().all();

    expect(keys).toEqual(["!sealing!salt", "!sealing!sentinel"]);
  });
});
