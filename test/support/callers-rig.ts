import { scryptSync } from "node:crypto";
import { MemoryLevel } from "memory-level";
import type { Callers } from "../../src/callers/callers.js";
import { createCallers, type CallersOptions } from "../../src/callers/create-callers.js";
import { createTokenDesk, type TokenDesk } from "../../src/callers/token-desk.js";
import { StorageError } from "../../src/core/errors.js";
import type { ApiTokenStore } from "../../src/core/ports/api-token-store.js";
import type { StoreChange, UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import { createLog, type Log } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import { createApiTokenStore } from "../../src/storage/stores/api-token-store.js";
import { ManualClock } from "./manual-clock.js";

/** Who may call the APIs, over a database in memory. */
export class CallersRig implements UnitOfWork {
  readonly clock = new ManualClock();
  readonly random = systemRandom;
  readonly logged: string[] = [];
  readonly database = new MemoryLevel<string, string>();
  readonly store: ApiTokenStore = createApiTokenStore(this.database);
  readonly log: Log;
  /** Changes that were committed. */
  commits = 0;
  isDiskFull = false;

  constructor() {
    const options = { level: "trace", json: true, colorize: false, timestampFormat: "" } as const;
    this.log = createLog(options, { write: (line) => void this.logged.push(line) });
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    if (this.isDiskFull) throw new StorageError("The disk is full.");
    this.commits += 1;
    await this.database.batch(
      changes.map((change) =>
        change.type === "put" ? { type: "put", key: change.key, value: String(change.value) } : { type: "del", key: change.key },
      ),
    );
  }

  callers(config: Partial<CallersOptions["config"]> = {}, options: Partial<CallersOptions> = {}): Callers {
    const { store, clock, random, log } = this;
    return createCallers({ config: { tokens: [], admins: [], ...config }, ...{ store, clock, random, log }, unitOfWork: this, ...options });
  }

  desk(configuredNames: readonly string[] = []): TokenDesk {
    const { store, clock, random } = this;
    return createTokenDesk({ configuredNames, store, clock, random, unitOfWork: this });
  }
}

/** A password as `switchboard hash-password` would print it, made with little work. */
export function cheapHash(password: string): string {
  const salt = Buffer.alloc(16, 7);
  const encode = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
  return `$scrypt$ln=10,r=8,p=1$${encode(salt)}$${encode(scryptSync(password, salt, 32, { N: 1024, r: 8, p: 1 }))}`;
}

export function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}
