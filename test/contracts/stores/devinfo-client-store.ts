import { describe, expect, it } from "vitest";
import { StorageError } from "../../../src/core/errors.js";
import type { InstalledConnectApp, StoredDevinfoClient } from "../../../src/core/ports/devinfo-client-store.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import type { Sealer } from "../../../src/storage/sealing/sealer.js";
import { createDevinfoClientStore } from "../../../src/storage/stores/devinfo-client-store.js";
import { sealerOf } from "../../support/sealers.js";
import type { OpenDatabase } from "./databases.js";

function client(clientId: string, more: Partial<StoredDevinfoClient> = {}): StoredDevinfoClient {
  return { clientId, secretHash: `hash of ${clientId}`, scopes: ["WRITE"], provider: clientId, createdAt: 1, ...more };
}

function app(key: string, more: Partial<InstalledConnectApp> = {}): InstalledConnectApp {
  return {
    ...{ key, provider: key, scopes: ["WRITE"], createdAt: 1, isKeySigned: false, sharedSecret: "planted-secret" },
    ...{ baseUrl: "https://tool.test", ownUrl: "https://switchboard.test", ...more },
  };
}

/** What every database must give the store of those who send development information. */
export function devinfoClientStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore(sealer: Sealer | undefined = sealerOf("a")) {
    const { database } = await openDatabase();
    const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
    return { database, work, store: createDevinfoClientStore(database, sealer) };
  }

  describe(`who sends development information on ${name}`, () => {
    it("clients are kept, listed by id and removed once the changes are committed", async () => {
      const { store, work } = await createStore();
      const changes = store.putClient(client("b"));
      expect(await store.getClient("b")).toBeUndefined();

      await work.commit([
        ...changes,
        ...store.putClient(client("a.b", { instance: "main", rotatedAt: 2 })),
        ...store.putClient(client("a")),
      ]);
      expect(await store.getClient("a.b")).toEqual(client("a.b", { instance: "main", rotatedAt: 2 }));
      expect((await store.listClients()).map(({ clientId }) => clientId)).toEqual(["a", "a.b", "b"]);
      await work.commit(store.removeClient(client("a")));

      expect((await store.listClients()).map(({ clientId }) => clientId)).toEqual(["a.b", "b"]);
    });

    it("apps are kept, and lie nowhere in plain", async () => {
      const { store, work, database } = await createStore();

      await work.commit([
        ...store.putApp(app("x")),
        ...store.putApp(app("y", { pending: { sharedSecret: "planted-too", scopes: ["READ"] } })),
      ]);

      expect(await store.getApp("x")).toEqual(app("x"));
      expect((await store.listApps()).map(({ key, pending }) => [key, pending?.sharedSecret])).toEqual([
        ["x", undefined],
        ["y", "planted-too"],
      ]);
      expect((await database.iterator().all()).flat().filter((text) => /planted|cGxhbnRlZC/.test(text))).toEqual([]);
      await work.commit(store.removeApp(app("x")));
      expect([await store.getApp("x"), await store.getApp("X ö")]).toEqual([undefined, undefined]);
    });

    it("apps open in no other place, and with no other key", async () => {
      const { store, work, database } = await createStore();
      await work.commit(store.putApp(app("x")));
      const [[key, sealed] = ["", ""]] = await database.iterator({ gt: "!devinfo-apps!", lt: '!devinfo-apps"' }).all();

      await database.put(key.replace(/x$/, "y"), sealed);

      await expect(store.getApp("y")).rejects.toThrow(StorageError);
      await expect(createDevinfoClientStore(database, sealerOf("b")).getApp("x")).rejects.toThrow(StorageError);
    });

    it("apps are not kept without a key, clients are", async () => {
      const { database, work } = await createStore();
      const store = createDevinfoClientStore(database, undefined);

      expect(store.canKeepApps).toBe(false);
      expect(() => store.putApp(app("x"))).toThrow(StorageError);
      expect([await store.getApp("x"), await store.listApps(), await store.installKey()]).toEqual([undefined, [], undefined]);
      await work.commit(store.putClient(client("a")));
      expect(await store.getClient("a")).toEqual(client("a"));
    });

    it("providers are those of clients and apps, with what they are bound to", async () => {
      const { store, work } = await createStore();
      const bound = { provider: "ci", instance: "main" };
      await work.commit([
        ...[...store.putClient(client("a", bound)), ...store.putClient(client("b", bound)), ...store.putApp(app("a", bound))],
        ...[...store.putClient(client("ci.old")), ...store.putClient(client("ci-2"))],
      ]);

      expect(await store.providers()).toEqual(["ci", "ci-2", "ci.old"]);
      expect([await store.findProvider("ci"), await store.findProvider("ci.old"), await store.findProvider("c")]).toEqual([
        ...[{ instance: "main" }, {}, undefined],
      ]);
      await work.commit([...store.removeClient(client("a", bound)), ...store.removeClient(client("b", bound))]);
      expect(await store.findProvider("ci")).toEqual({ instance: "main" });
      await work.commit(store.removeApp(app("a", bound)));
      expect([await store.findProvider("ci"), await store.providers()]).toEqual([undefined, ["ci-2", "ci.old"]]);
    });

    it("tokens are removed when they have ended, those that ended first", async () => {
      const { store, work, database } = await createStore();
      const token = (expiresAt: number) => ({ clientId: "a", proof: "p", expiresAt });
      for (const [hash, expiresAt] of [
        ["h1", 100],
        ["h2", 99],
        ["h3", 1000],
        ["h4", 101],
      ] as const) {
        await work.commit(store.putToken(hash, token(expiresAt)));
      }
      expect(await store.getToken("h3")).toEqual(token(1000));

      await work.commit(await store.removeEnded(100, 1));
      expect([await store.getToken("h2"), await store.getToken("h1")]).toEqual([undefined, token(100)]);
      await work.commit(await store.removeEnded(100, 10));

      expect([await store.getToken("h1"), await store.getToken("h4"), await store.getToken("h3")]).toEqual([
        undefined,
        token(101),
        token(1000),
      ]);
      expect((await database.keys().all()).filter((key) => key.includes("!end "))).toHaveLength(2);
      expect(await store.removeEnded(100, 10)).toEqual([]);
    });

    it("the key of installations and our own name are kept; the key's private half is nowhere in plain", async () => {
      const { store, work, database } = await createStore();
      expect([await store.installKey(), await store.publicKey("k"), await store.tenant()]).toEqual([undefined, undefined, undefined]);
      const key = { kid: "k", privateKey: "planted-private", publicKey: "public" };

      await work.commit([...store.putInstallKey(key), store.putTenant("us")]);

      expect([await store.installKey(), await store.publicKey("k"), await store.publicKey("K"), await store.tenant()]).toEqual([
        ...[key, "public", undefined, "us"],
      ]);
      expect((await database.values().all()).join()).not.toContain("planted");
    });
  });
}
