import { constants, generateKeyPairSync, publicEncrypt } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { MemoryLevel } from "memory-level";
import { afterEach, describe, expect, it } from "vitest";
import { startMatrixOnFake, type MatrixOnFake } from "../../test/support/fake-homeserver-matrix.js";
import { ManualClock } from "../../test/support/manual-clock.js";
import { sealerOf } from "../../test/support/sealers.js";
import { seededRandom } from "../../test/support/seeded-random.js";
import { deadHttpClient } from "../../test/support/service-context.js";
import { BotDirectory } from "../core/bots.js";
import type { Service, ServiceContext } from "../core/service.js";
import { silentLog } from "../shared/log.js";
import { GroupCommit } from "../storage/group-commit.js";
import { openConnectionIndex } from "../storage/stores/connection-index.js";
import { createRoomStore } from "../storage/stores/room-store.js";
import { activate } from "./active-services.js";
import { Late } from "./late.js";
import type { LateParts } from "./late-parts.js";
import { readHookshotSecretsOf } from "./sealing-key.js";
import type { ServiceSurroundings } from "./service-contexts.js";

const bot = "@hookshot:fake.test";
const token = "planted-token";

let at: MatrixOnFake;
let folder: string | undefined;

afterEach(async () => {
  await at.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true });
  folder = undefined;
});

interface Setup {
  readonly code: ServiceContext<unknown>;
  readonly chat: ServiceContext<unknown>;
  readonly late: Late<LateParts>;
}

function serviceOf(id: string): Service<unknown> {
  return { id, title: id, configKey: id, permissionName: id, configSchema: {}, kinds: [] };
}

async function setUp(passFile = "/nowhere/passkey.pem"): Promise<Setup> {
  at = await startMatrixOnFake();
  const database = new MemoryLevel<string, string>();
  const unitOfWork = new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() });
  const late = new Late<LateParts>("parts");
  const surroundings: Omit<ServiceSurroundings, "isConnectionType"> = {
    ...{ database, unitOfWork, late, matrix: at.matrix, sealer: sealerOf("a"), hookshotSecrets: readHookshotSecretsOf({ passFile }) },
    ...{ index: await openConnectionIndex(database, unitOfWork, []), rooms: createRoomStore(database) },
    ...{ bots: new BotDirectory({ userId: bot, prefix: "!hookshot" }, [], []), http: deadHttpClient, guarded: deadHttpClient },
    ...{ clock: new ManualClock(1_000), random: seededRandom(1), log: silentLog(), sections: { code: { a: 1 } } },
  };
  const [code, chat] = activate([serviceOf("code"), serviceOf("chat")], surroundings);
  if (code === undefined || chat === undefined) throw new TypeError("two services were activated");
  return { code: code.context, chat: chat.context, late };
}

describe("what a service's members may use", () => {
  it("is its own section, store and secrets, and the given time", async () => {
    const { code, chat } = await setUp();

    await code.commit([code.store.put("key", "value"), code.secrets.put("hook", token)]);

    expect([code.config, chat.config, code.now()]).toEqual([{ a: 1 }, undefined, 1_000]);
    expect([await code.store.get("key"), await code.secrets.get("hook")]).toEqual(["value", token]);
    expect([await chat.store.get("key"), await chat.secrets.get("hook")]).toEqual([undefined, undefined]);
  });

  it("emits under its own name, once the other parts are joined", async () => {
    const { code, late } = await setUp();
    const event = { name: "due", routingKeys: ["x"], payload: {} };
    expect(() => code.emit(event, "due 1")).toThrow(TypeError);
    const emitted: unknown[] = [];
    const unused = (): never => {
      throw new TypeError("not used here");
    };
    late.fill({
      ...{ announcer: { announce: unused }, queue: { run: unused }, readRoom: unused, directChatOf: unused, isFirstReading: () => false },
      emit: async (...given) => void emitted.push(given),
    });

    await code.emit(event, "due 1");

    expect(emitted).toEqual([["code", event, "due 1", []]]);
  });
});

describe("a secret that Hookshot keeps", () => {
  it("is read from the main bot's account data", async () => {
    folder = mkdtempSync(path.join(tmpdir(), "switchboard-contexts-"));
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const file = path.join(folder, "passkey.pem");
    writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }));
    const { code } = await setUp(file);
    const encrypted = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(token)).toString("base64");
    at.homeserver.memory.accountData.set(`${bot}\n\ncode:hook`, { encrypted: [encrypted], algorithm: "rsa-pkcs1v15" });

    expect(await code.secrets.fromHookshot("code:hook")).toBe(token);
    expect(await code.secrets.fromHookshot("code:none")).toBeUndefined();
  });

  it("is not asked for where there is no passFile", async () => {
    const { code } = await setUp();

    expect(await code.secrets.fromHookshot("code:hook")).toBeUndefined();
    expect(at.homeserver.counters).toEqual({});
  });

  it("is none where the passFile cannot be used: what is encrypted here has a key of its own", () => {
    folder = mkdtempSync(path.join(tmpdir(), "switchboard-contexts-"));
    const file = path.join(folder, "passkey.pem");
    writeFileSync(file, "no key");

    expect(readHookshotSecretsOf({ passFile: file })).toBeUndefined();
  });
});
