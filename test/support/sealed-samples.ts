import type { ConnectionId } from "../../src/core/ids.js";
import { notice } from "../../src/core/message.js";
import type { InstalledConnectApp } from "../../src/core/ports/devinfo-client-store.js";
import type { StoreChange } from "../../src/core/ports/unit-of-work.js";
import type { Database } from "../../src/storage/database.js";
import { recordStoreNames } from "../../src/storage/sealing/sealed-values.js";
import type { Sealer } from "../../src/storage/sealing/sealer.js";
import { createDevinfoClientStore } from "../../src/storage/stores/devinfo-client-store.js";
import { createForwardStore } from "../../src/storage/stores/forward-store.js";
import { createLoginErrandStore } from "../../src/storage/stores/login-errand-store.js";
import { createLoginStore } from "../../src/storage/stores/login-store.js";
import { createBegunLoginStore, createUndoableLoginStore } from "../../src/storage/stores/login-ticket-store.js";
import { createRecordStore } from "../../src/storage/stores/record-store.js";
import { createServiceSecretStore } from "../../src/storage/stores/service-secret-store.js";
import { createWorkStore } from "../../src/storage/stores/work-store.js";

/** One value in a store that seals. */
interface Sample {
  put(database: Database, sealer: Sealer): readonly StoreChange[];
  /** Reads it as the store does. */
  read(database: Database, sealer: Sealer): Promise<unknown>;
}

const alice = "@alice:example.org";
// The cast: tests give out ids of their own here.
const connectionId = "0123456789abcdef" as ConnectionId;
const event = { type: "m.room.message", event_id: "$1", room_id: "!a:b", sender: alice, origin_server_ts: 1, content: {} } as const;
const work = { place: "1", event, receivedAt: 1, begun: false };
const forward = { connectionId, place: "1", receivedAt: 1, event };
const ticket = { serviceId: "code", person: alice, remote: "main", endsAt: 1_000 } as const;
const begun = { ...ticket, codeVerifier: "verifier" };
const undoable = { ...ticket, loginHash: "hash", account: { name: "alice", at: "code.test" } };
const errand = { id: "a", person: alice, message: notice("told"), createdAt: 7 } as const;
const app: InstalledConnectApp = {
  ...{ key: "org.example.tool", provider: "tool", createdAt: 1, isKeySigned: false, sharedSecret: "secret" },
  scopes: ["WRITE"],
  ...{ baseUrl: "https://tool.test", ownUrl: "https://switchboard.test" },
};
const installKey = { kid: "k", privateKey: "private", publicKey: "public" };
const record = { id: 1, name: "remote", fields: {}, secrets: { pass: "secret" }, createdAt: 1, updatedAt: 1 };

/** A value in every store that seals. */
const samples: readonly Sample[] = [
  {
    put: (database, sealer) => [createLoginStore(database, "jira", sealer).put(alice, "main", "login")],
    read: (database, sealer) => createLoginStore(database, "jira", sealer).get(alice, "main"),
  },
  {
    put: (database, sealer) => [createServiceSecretStore(database, "generic-outbound", sealer).put("hook", "secret")],
    read: (database, sealer) => createServiceSecretStore(database, "generic-outbound", sealer).get("hook"),
  },
  {
    // An id that begins as keys do.
    put: (database, sealer) => createBegunLoginStore(database, sealer).put("ticket one", begun),
    read: (database, sealer) => createBegunLoginStore(database, sealer).get("ticket one"),
  },
  {
    put: (database, sealer) => createUndoableLoginStore(database, sealer).put("one", undoable),
    read: (database, sealer) => createUndoableLoginStore(database, sealer).get("one"),
  },
  {
    put: (database, sealer) => [createLoginErrandStore(database, sealer).putNotice(errand)],
    read: (database, sealer) => createLoginErrandStore(database, sealer).notices(),
  },
  {
    put: (database, sealer) => createWorkStore(database, sealer).add(work),
    read: (database, sealer) => createWorkStore(database, sealer).read(event.room_id, undefined, 10),
  },
  {
    put: (database, sealer) => createForwardStore(database, sealer).add(forward),
    read: (database, sealer) => createForwardStore(database, sealer).read(connectionId, undefined, 10),
  },
  {
    put: (database, sealer) => createDevinfoClientStore(database, sealer).putApp(app),
    read: (database, sealer) => createDevinfoClientStore(database, sealer).getApp(app.key),
  },
  {
    put: (database, sealer) => createDevinfoClientStore(database, sealer).putInstallKey(installKey),
    read: (database, sealer) => createDevinfoClientStore(database, sealer).installKey(),
  },
  ...recordStoreNames.map((name) => ({
    put: (database: Database, sealer: Sealer) => createRecordStore(database, name, sealer).put(record, undefined),
    read: (database: Database, sealer: Sealer) => createRecordStore(database, name, sealer).get(1),
  })),
];

/** What keeps a value in every store that seals. */
export function keepSamples(database: Database, sealer: Sealer): readonly StoreChange[] {
  return samples.flatMap((sample) => sample.put(database, sealer));
}

/** All of them, as their stores read them. */
export function readSamples(database: Database, sealer: Sealer): Promise<readonly unknown[]> {
  return Promise.all(samples.map((sample) => sample.read(database, sealer)));
}
