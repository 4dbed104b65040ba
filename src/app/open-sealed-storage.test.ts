import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfigFiles } from "../config/load.js";
import { systemClock } from "../shared/clock.js";
import { silentLog } from "../shared/log.js";
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

function open(storage: object = { path: data, keyFile }) {
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
  return openSealedStorage(config, { clock: systemClock, random: systemRandom, log: silentLog() });
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

  it("opens without a key where none is configured", async () => {
    const { storage, sealer } = await open({ path: data });

    expect(sealer).toBeUndefined();
    await storage.close();
  });
});
