import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfigFiles } from "../config/load.js";
import { systemClock } from "../shared/clock.js";
import { createLog, silentLog, type Log } from "../shared/log.js";
import { systemRandom } from "../shared/random.js";
import { createLoginStore } from "../storage/stores/login-store.js";
import { openSealedStorage } from "./open-sealed-storage.js";

let folder: string;
let data: string;
let keyFile: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "switchboard-sealed-"));
  data = path.join(folder, "data");
  keyFile = path.join(folder, "switchboard.key");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function open(storage: object = { path: data, keyFile }, log: Log = silentLog()) {
  const content = {
    bridge: { domain: "example.org", url: "http://localhost:8008", port: 9993 },
    listeners: [{ port: 9000 }],
    passFile: path.join(folder, "passkey.pem"),
    storage,
  };
  const { config } = loadConfigFiles({
    configFiles: ["config.yml"],
    env: {},
    services: [],
    otherServices: [],
    readFile: () => JSON.stringify(content),
  });
  return openSealedStorage(config, { clock: systemClock, random: systemRandom, log });
}

function writeKey(byte: number): void {
  writeFileSync(keyFile, Buffer.alloc(32, byte), { mode: 0o600 });
}

async function keepLogin(): Promise<void> {
  const { storage, sealer } = await open();
  await storage.unitOfWork.commit([createLoginStore(storage.database, "tracker", sealer).put("@alice:example.org", "main", "token")]);
  await storage.close();
}

describe("opening a data folder with its key", () => {
  it("leaves the folder alone where the key's file cannot be used", async () => {
    await expect(open()).rejects.toMatchObject({ code: "SB_CONFIG" });

    expect(existsSync(data)).toBe(false);
  });

  it("closes the folder again where the key is the wrong one, so that the right one opens it", async () => {
    writeKey(1);
    await keepLogin();
    writeKey(2);
    await expect(open()).rejects.toMatchObject({ code: "SB_STORAGE", message: expect.stringContaining(keyFile) });
    await expect(open({ path: data })).rejects.toMatchObject({ code: "SB_STORAGE", message: expect.stringContaining(keyFile) });

    writeKey(1);
    const { storage, sealer } = await open();

    expect(await createLoginStore(storage.database, "tracker", sealer).get("@alice:example.org", "main")).toBe("token");
    await storage.close();
  });

  it("says how to go on with a change of keys that was interrupted", async () => {
    writeKey(1);
    await keepLogin();
    const newKey = path.join(folder, "new.key");
    writeFileSync(newKey, Buffer.alloc(32, 2), { mode: 0o600 });
    const { storage, keyRotation } = await open();
    keyRotation.begin(newKey);
    await storage.close();
    const lines: string[] = [];
    const log = createLog({ level: "warn", json: true, colorize: false, timestampFormat: "" }, { write: (line) => void lines.push(line) });

    const next = await open(undefined, log);

    expect(lines).toEqual([
      expect.stringContaining(`A change of keys is not finished; to go on, run: switchboard rotate-key --new-key ${newKey}`),
    ]);
    expect(await createLoginStore(next.storage.database, "tracker", next.sealer).get("@alice:example.org", "main")).toBe("token");
    next.keyRotation.begin(newKey);
    await next.keyRotation.ended();
    expect(next.keyRotation.status()).toMatchObject({ state: "done", reencrypted: 1 });
    await next.storage.close();
  });

  it("has no key to change where none is configured", async () => {
    const { storage, keyRotation } = await open({ path: data });

    expect(() => keyRotation.begin("/keys/new.key")).toThrow(/no key is configured\. Write storage\.keyFile: \/keys\/new\.key/);
    expect(keyRotation.status()).toBeUndefined();
    await storage.close();
  });

  it("opens without a key where none is configured", async () => {
    const { storage, sealer } = await open({ path: data });

    expect(sealer).toBeUndefined();
    await storage.close();
  });
});
