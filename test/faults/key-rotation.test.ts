import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createControlServer } from "../../src/apis/control/server.js";
import { openSealedStorage } from "../../src/app/open-sealed-storage.js";
import { loadConfigFiles } from "../../src/config/load.js";
import type { Config } from "../../src/config/config.js";
import type { DeliveryDesk } from "../../src/core/ports/delivery-desk.js";
import type { TokenDesk } from "../../src/callers/token-desk.js";
import { systemClock } from "../../src/shared/clock.js";
import { silentLog } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import { createLoginStore } from "../../src/storage/stores/login-store.js";
import { runCommandLine } from "../support/cli-run.js";
import { readDataFolder } from "../support/data-folder.js";
import { poll } from "../support/poll.js";
import { keepSamples, readSamples } from "../support/sealed-samples.js";
import { createInstallation, SwitchboardProcess, type Installation } from "../support/switchboard-process.js";

// The key is changed as an administrator does it: over the socket of the running server, on a real data folder.

const surroundings = { clock: systemClock, random: systemRandom, log: silentLog() };

function makeKey(file: string): string {
  writeFileSync(file, randomBytes(32), { mode: 0o600 });
  return file;
}

function configWith(folder: string, keyFile: string): Config {
  const content = {
    bridge: { domain: "example.org", url: "http://localhost:8008", port: 9993 },
    listeners: [{ port: 9000 }],
    passFile: path.join(folder, "passkey.pem"),
    storage: { path: path.join(folder, "data"), keyFile },
  };
  const files = { configFiles: ["config.yml"], env: {}, services: [], otherServices: [], readFile: () => JSON.stringify(content) };
  return loadConfigFiles(files).config;
}

/** Opens the data folder and its control socket. */
async function serve(config: Config) {
  const opened = await openSealedStorage(config, surroundings);
  // The casts: nothing else is asked of this socket here.
  const desks = { desk: {} as DeliveryDesk, tokens: {} as TokenDesk };
  const control = createControlServer({ ...surroundings, ...desks, storagePath: config.storage.path, keyRotation: opened.keyRotation });
  await control.start();
  return {
    ...opened,
    async close() {
      await control.stop();
      await opened.storage.close();
    },
  };
}

function createFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "switchboard-rotation-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

describe("the key of a real data folder", () => {
  const people = Array.from({ length: 1_500 }, (_, index) => `@p${index}:example.org` as const);

  it.each([
    { when: "while others write", isBusy: true },
    { when: "while nothing else happens", isBusy: false },
  ])("is changed $when, and nothing of what the old one sealed stays on the disk", { timeout: 60_000 }, async ({ isBusy }) => {
    const folder = createFolder();
    const [oldKey, newKey] = [makeKey(path.join(folder, "old.key")), makeKey(path.join(folder, "new.key"))];
    const running = await serve(configWith(folder, oldKey));
    const { storage, sealer } = running;
    if (sealer === undefined) return expect.fail("there is a key");
    const logins = createLoginStore(storage.database, "jira", sealer);
    await storage.unitOfWork.commit(keepSamples(storage.database, sealer));
    await storage.unitOfWork.commit(people.map((person) => logins.put(person, "main", `before ${person}`)));
    const before = await storage.database.values({ gt: "!logins-jira!", lt: "!logins-jira~" }).all();
    const kept = await readSamples(storage.database, sealer);
    const end = new AbortController();
    const writing = (async () => {
      for (let index = 0; isBusy && !end.signal.aborted; index = (index + 7) % people.length) {
        await storage.unitOfWork.commit([logins.put(people[index] ?? "@p0:example.org", "main", "changed")]);
      }
    })();

    const result = await runCommandLine(["rotate-key", "--new-key", newKey, "--data", path.join(folder, "data")]);
    end.abort();
    await writing;
    await running.close();

    expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`storage.keyFile: ${newKey}`) });
    await expect(openSealedStorage(configWith(folder, oldKey), surroundings)).rejects.toThrow(`was replaced by the one in ${newKey}`);
    rmSync(oldKey);
    const next = await openSealedStorage(configWith(folder, newKey), surroundings);
    if (next.sealer === undefined) return expect.fail("there is a key");
    const nextLogins = createLoginStore(next.storage.database, "jira", next.sealer);
    for (const person of people) expect(await nextLogins.get(person, "main")).toMatch(/^(before @p|changed$)/);
    expect(await readSamples(next.storage.database, next.sealer)).toEqual(kept);
    await next.storage.close();
    const { files } = await readDataFolder(path.join(folder, "data"));
    // Random letters in the middle of a value: compression has nothing to take their place.
    const left = before.map((value) => value.slice(40, 64)).filter((piece) => files.some(({ text }) => text.includes(piece)));
    expect(left).toEqual([]);
  });
});

const entry = ["--import", import.meta.resolve("tsx"), new URL("../../src/main.ts", import.meta.url).pathname];
const connectorsHead = { authorization: "Token connectors-token", "content-type": "application/json" };

function addressOf({ webhookPort }: Installation): string {
  return `http://127.0.0.1:${webhookPort}/api/v2/connectors/issue-tracker/`;
}

async function createConnector(installation: Installation, name: string): Promise<void> {
  const params = { issue_tracker_server: "tracker.test", issue_tracker_user: "a", issue_tracker_pass: `planted-${name}` };
  const body = JSON.stringify({ name, system: { id: "jira" }, params });
  expect((await fetch(addressOf(installation), { method: "POST", headers: connectorsHead, body })).status).toBe(201);
}

async function listPasswords(installation: Installation): Promise<readonly string[]> {
  const answer = await fetch(`${addressOf(installation)}?page_size=100`, { headers: connectorsHead });
  // The API's own shape, which its tests hold.
  const { results } = (await answer.json()) as { readonly results: readonly { params: Record<string, string> }[] };
  return results.map(({ params }) => params["issue_tracker_pass"] ?? "");
}

async function live(installation: Installation, use: (running: SwitchboardProcess) => Promise<void>): Promise<void> {
  const running = new SwitchboardProcess(installation, { entry });
  try {
    await running.ready(installation.webhookPort, 60_000);
    await use(running);
  } finally {
    await running.kill();
  }
}

describe("the key of a running Switchboard", () => {
  // Once more where the change was over before the kill came: it takes some tens of milliseconds.
  it("is changed through a kill, and the next start says which setting to change", { timeout: 240_000, retry: 2 }, async () => {
    const installation = await createInstallation({
      ...{ homeserverUrl: "http://127.0.0.1:9", domain: "fake.test", asToken: "as", hsToken: "hs" },
      ...{ jiraSecret: "s", jiraUrl: "http://127.0.0.1:9" },
      more: { api: { tokens: [{ name: "connectors", token: "connectors-token", scopes: ["connectors"] }] } },
      resources: ["webhooks", "connectors"],
    });
    onTestFinished(() => installation.remove());
    const newKey = makeKey(path.join(installation.folder, "new.key"));
    const rotate = ["rotate-key", "--new-key", newKey, "--data", installation.dataFolder];
    const names = Array.from({ length: 12 }, (_, index) => `tracker ${index}`);
    const passwords = names.map((name) => `planted-${name}`);

    await live(installation, async (running) => {
      for (const name of names) await createConnector(installation, name);
      const rotating = runCommandLine(rotate);
      const hasBegun = (): true | undefined => (running.log.includes("The key of the data folder is being changed") ? true : undefined);
      await poll(() => Promise.resolve(hasBegun()), { what: "the change begins", timeoutMs: 20_000, everyMs: 1 });
      await running.kill();
      await rotating;
    });
    await live(installation, async () => {
      expect(await listPasswords(installation)).toEqual(passwords);
      expect(await runCommandLine(rotate)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`storage.keyFile: ${newKey}`) });
      // With the key in hand still, and once more for who lost the answer.
      expect(await listPasswords(installation)).toEqual(passwords);
      expect(await runCommandLine(rotate)).toMatchObject({ exitCode: 0 });
    });
    const refused = new SwitchboardProcess(installation, { entry });
    expect(await refused.exited).toBe(1);
    expect(refused.log).toContain(`was replaced by the one in ${newKey}. Change the configuration to storage.keyFile: ${newKey}`);
    const config = await readFile(installation.configFile, "utf8");
    await writeFile(installation.configFile, config.replace(installation.keyFile, newKey));
    rmSync(installation.keyFile);
    await live(installation, async () => {
      expect(await listPasswords(installation)).toEqual(passwords);
      expect(await runCommandLine(rotate)).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("is the one in use already") });
    });
  });
});
