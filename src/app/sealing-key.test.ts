import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Config } from "../config/config.js";
import { loadConfigFiles } from "../config/load.js";
import type { Service } from "../core/service.js";
import { checkSealingKey, readSealingKey } from "./sealing-key.js";

let folder: string;
let keyFile: string;
let passFile: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "switchboard-sealing-"));
  keyFile = path.join(folder, "switchboard.key");
  passFile = path.join(folder, "passkey.pem");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function configWith(more: object): Config {
  const content = {
    bridge: { domain: "example.org", url: "http://localhost:8008", port: 9993 },
    listeners: [{ port: 9000, resources: ["webhooks"] }],
    permissions: [{ actor: "example.org", services: [{ level: "login" }] }],
    tracker: {},
    passFile,
    ...more,
  };
  return loadConfigFiles({
    configFiles: ["config.yml"],
    env: {},
    services: [{ configKey: "tracker", permissionName: "tracker", title: "Tracker", schema: { type: "object" } }],
    otherServices: [],
    readFile: () => JSON.stringify(content),
  }).config;
}

function serviceWith(more: Partial<Service<unknown>>): Service<unknown> {
  return { id: "tracker", title: "Tracker", configKey: "tracker", permissionName: "tracker", configSchema: {}, kinds: [], ...more };
}

const keepsLogins = serviceWith({
  accountCommands: [{ name: "tracker token", arguments: [], help: "", run: async () => ({ answer: { text: "", source: "" } }) }],
});

function writePassFile(mode = 0o600): void {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(passFile, privateKey.export({ type: "pkcs8", format: "pem" }));
  chmodSync(passFile, mode);
}

describe("the configured key", () => {
  it("is the key file, also where there is a passFile", () => {
    writeFileSync(keyFile, Buffer.alloc(32), { mode: 0o600 });
    writePassFile();

    const key = readSealingKey(configWith({ storage: { path: path.join(folder, "data"), keyFile } }));

    expect(key).toMatchObject({ setting: "storage.keyFile", file: keyFile });
  });

  it("is the passFile where it is there and no key file is named", () => {
    expect(readSealingKey(configWith({}))).toBeUndefined();
    writePassFile();

    expect(readSealingKey(configWith({}))).toMatchObject({ setting: "passFile", file: passFile });
  });

  it("is never the passFile in the place of a key file that is missing", () => {
    writePassFile();

    expect(() => readSealingKey(configWith({ storage: { keyFile } }))).toThrow(`storage.keyFile: the file ${keyFile} does not exist`);
  });
});

describe("checking the configured key", () => {
  it("says what to do where there is none and an enabled service keeps logins", () => {
    expect(checkSealingKey(configWith({}), [keepsLogins])).toEqual([
      "storage.keyFile: there is no key to encrypt with, so people cannot store logins of their own (Tracker). " +
        "Name a key file there; this makes one: (umask 077; head -c 32 /dev/urandom > ./switchboard.key).",
    ]);
  });

  it.each([
    { title: "no service keeps logins", services: [serviceWith({}), serviceWith({ accountCommands: [] })] },
    { title: "the one that does is switched off", services: [{ ...keepsLogins, isEnabled: () => false }] },
    { title: "the one that does has no section", services: [{ ...keepsLogins, configKey: "other" }] },
  ])("says nothing where $title", ({ services }) => {
    expect(checkSealingKey(configWith({}), services)).toEqual([]);
  });

  it("says what to do where there is none and remotes can be registered", () => {
    const listeners = [{ port: 9000, resources: ["webhooks", "connectors"] }];

    expect(checkSealingKey(configWith({ listeners }), [])).toEqual([
      "storage.keyFile: there is no key to encrypt with, so nothing can be registered over the APIs that are served (connectors). " +
        "Name a key file there; this makes one: (umask 077; head -c 32 /dev/urandom > ./switchboard.key).",
    ]);
  });

  it("says nothing of a key file that is as it should be", () => {
    writeFileSync(keyFile, Buffer.alloc(32), { mode: 0o600 });

    expect(checkSealingKey(configWith({ storage: { path: path.join(folder, "data"), keyFile } }), [keepsLogins])).toEqual([]);
  });

  it("names a passFile that others may read; Hookshot takes it, so it is no error", () => {
    writePassFile(0o644);

    expect(checkSealingKey(configWith({}), [keepsLogins])).toEqual([
      `passFile: the file ${passFile} is open to other users. Run: chmod 600 ${passFile}`,
    ]);
    chmodSync(passFile, 0o600);
    expect(checkSealingKey(configWith({}), [keepsLogins])).toEqual([]);
  });
});
