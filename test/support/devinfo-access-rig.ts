import { MemoryLevel } from "memory-level";
import { createDevinfoAccess, type DevinfoAccess, type DevinfoAccessOptions } from "../../src/callers/create-devinfo-access.js";
import type { ConfiguredDevinfo } from "../../src/callers/devinfo-book.js";
import { StorageError } from "../../src/core/errors.js";
import type { StoreChange, UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import { createGuardedClient, type GuardedClient } from "../../src/outbound/guarded-client.js";
import { createLog, type Log } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import type { Database } from "../../src/storage/database.js";
import { createDevinfoClientStore } from "../../src/storage/stores/devinfo-client-store.js";
import { ManualClock } from "./manual-clock.js";
import { sealerOf } from "./sealers.js";

/** Client `ci`, and app `com.example.app` with the provider of the same name; both in the configuration. */
export const configured: ConfiguredDevinfo = {
  clients: [{ clientId: "ci", clientSecret: new Secret("right"), scopes: ["WRITE"] }],
  connectApps: [{ key: "com.example.app", sharedSecret: new Secret("shared"), scopes: ["WRITE", "DELETE"], instance: "main" }],
};

export const publicUrl = "https://switchboard.test/devinfo";

interface AccessRigOptions {
  readonly database?: Database;
  readonly hasKey?: boolean;
}

/** Who may call the Development Information API, over a database in memory. */
export class DevinfoAccessRig implements UnitOfWork {
  readonly clock = new ManualClock();
  readonly random = systemRandom;
  readonly logged: string[] = [];
  readonly database: Database;
  readonly log: Log;
  readonly store: ReturnType<typeof createDevinfoClientStore>;
  readonly http: GuardedClient = createGuardedClient({ userAgent: "test", allow: ["127.0.0.1"] });
  isDiskFull = false;
  /** Called before each commit. */
  onCommit: () => void = () => undefined;

  constructor({ database = new MemoryLevel<string, string>(), hasKey = true }: AccessRigOptions = {}) {
    this.database = database;
    this.store = createDevinfoClientStore(database, hasKey ? sealerOf("a") : undefined);
    const options = { level: "trace", json: true, colorize: false, timestampFormat: "" } as const;
    this.log = createLog(options, { write: (line) => void this.logged.push(line) });
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    this.onCommit();
    if (this.isDiskFull) throw new StorageError("The disk is full.");
    await this.database.batch(
      changes.map((change) =>
        change.type === "put" ? { type: "put", key: change.key, value: String(change.value) } : { type: "del", key: change.key },
      ),
    );
  }

  /** As a start with this configuration makes it; the store stays. */
  access(config: Partial<ConfiguredDevinfo> = configured, options: Partial<DevinfoAccessOptions> = {}): DevinfoAccess {
    const { store, http, clock, random, log } = this;
    return createDevinfoAccess({
      ...{ store, http, clock, random, log, unitOfWork: this, publicUrl },
      ...{ installKeysPath: "/connect/install-keys/", productType: "tracker" },
      config: { clients: [], connectApps: [], ...config },
      ...options,
    });
  }

  /** Everything that is stored, as one text. */
  async stored(): Promise<string> {
    return (await this.database.iterator().all()).flat().join("\n");
  }
}
