import { constants, generateKeyPairSync, publicEncrypt } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { MemoryLevel } from "memory-level";
import { afterEach, describe, expect, it } from "vitest";
import { startMatrixOnFake, type MatrixOnFake } from "../../test/support/fake-homeserver-matrix.js";
import { ManualClock } from "../../test/support/manual-clock.js";
import { createMemoryRegistry } from "../../test/support/memory-registry.js";
import { sealerOf } from "../../test/support/sealers.js";
import { seededRandom } from "../../test/support/seeded-random.js";
import { deadHttpClient } from "../../test/support/service-context.js";
import { BotDirectory } from "../core/bots.js";
import { PermissionError } from "../core/errors.js";
import { notice } from "../core/message.js";
import type { Service, ServiceContext } from "../core/service.js";
import { silentLog } from "../shared/log.js";
import { GroupCommit } from "../storage/group-commit.js";
import { openConnectionIndex } from "../storage/stores/connection-index.js";
import { createRoomStore } from "../storage/stores/room-store.js";
import { activate } from "./active-services.js";
import { Late } from "./late.js";
import type { LateParts } from "./late-parts.js";
import { createSharedLogins, type SharedLogins } from "./logins.js";
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
  readonly sharedLogins: SharedLogins;
  readonly clock: ManualClock;
}

function serviceOf(id: string): Service<unknown> {
  return { id, title: id, configKey: id, permissionName: id, configSchema: {}, kinds: [] };
}

async function setUp(passFile = "/nowhere/passkey.pem", writesTokens = false): Promise<Setup> {
  at = await startMatrixOnFake();
  const clock = new ManualClock(1_000);
  const database = new MemoryLevel<string, string>();
  const unitOfWork = new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() });
  const late = new Late<LateParts>("parts");
  const bots = new BotDirectory({ userId: bot, prefix: "!hookshot" }, [], []);
  const common = {
    database,
    unitOfWork,
    late,
    matrix: at.matrix,
    sealer: sealerOf("a"),
    bots,
    clock,
    random: seededRandom(1),
    log: silentLog(),
  };
  const sharedLogins = createSharedLogins({ ...common, start: { count: 1, token: "test" } });
  const surroundings: Omit<ServiceSurroundings, "isConnectionType"> = {
    ...{ ...common, sharedLogins, writesTokens, hookshotSecrets: readHookshotSecretsOf({ passFile }) },
    mayLogIn: (_person, service) => service === "code",
    ...{ index: await openConnectionIndex(database, unitOfWork, []), rooms: createRoomStore(database) },
    remotes: {
      ...createMemoryRegistry(deadHttpClient),
      ...{ guarded: deadHttpClient, registry: { chat: true, commandsThroughCredential: false }, listeners: [] },
    },
    ...{ http: deadHttpClient, guarded: deadHttpClient, sections: { code: { a: 1 } } },
  };
  const [code, chat] = activate([serviceOf("code"), serviceOf("chat")], surroundings);
  if (code === undefined || chat === undefined) throw new TypeError("two services were activated");
  return { code: code.context, chat: chat.context, late, sharedLogins, clock };
}

/** Joins the parts that come later; those that a test does not name are not used. */
function fill(late: Late<LateParts>, parts: Partial<LateParts>): void {
  const unused = (): never => {
    throw new TypeError("not used here");
  };
  const none = { announcer: { announce: unused }, queue: { run: unused }, readRoom: unused, directChatOf: unused, emit: unused };
  late.fill({ ...none, isFirstReading: () => false, ...parts });
}

/** Writes a passFile. @returns its path, and what encrypts for it as Hookshot does */
function makePassFile(): { readonly file: string; encrypt(text: string): string } {
  folder = mkdtempSync(path.join(tmpdir(), "switchboard-contexts-"));
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const file = path.join(folder, "passkey.pem");
  writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }));
  const encrypt = (text: string): string =>
    publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text)).toString("base64");
  return { file, encrypt };
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
    fill(late, { emit: async (...given) => void emitted.push(given) });

    await code.emit(event, "due 1");

    expect(emitted).toEqual([["code", event, "due 1", []]]);
  });
});

describe("a secret that Hookshot keeps", () => {
  it("is read from the main bot's account data", async () => {
    const { file, encrypt } = makePassFile();
    const { code } = await setUp(file);
    at.homeserver.memory.accountData.set(`${bot}\n\ncode:hook`, { encrypted: [encrypt(token)], algorithm: "rsa-pkcs1v15" });

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

describe("people's logins at a service", () => {
  const alice = "@alice:fake.test";
  const type = `code.password-store:${alice}`;
  const hookshots = { accountDataTypes: [type], read: (text: string) => [{ remote: "main", login: text }] };

  it("are the service's own, and begun by those who have its level", async () => {
    const { code, chat } = await setUp();

    await code.commit([code.logins.put(alice, "main", token)]);

    expect([await code.logins.get(alice, "main"), await chat.logins.get(alice, "main")]).toEqual([token, undefined]);
    await expect(chat.logins.begin(alice)).rejects.toThrow(PermissionError);
    await expect(code.logins.begin(alice)).rejects.toMatchObject({ code: "HS_DISABLED_FEATURE" });
  });

  it("are taken over from Hookshot's account data, and marked deleted there when they are forgotten", async () => {
    const { file, encrypt } = makePassFile();
    const { code, sharedLogins, clock } = await setUp(file);
    at.homeserver.memory.accountData.set(`${bot}\n\n${type}`, { encrypted: [encrypt(token)], algorithm: "rsa-pkcs1v15" });
    sharedLogins.start();

    await code.logins.takeOver(alice, hookshots);
    expect(await code.logins.get(alice, "main")).toBe(token);
    await code.commit([code.logins.remove(alice, "main"), ...code.logins.forgetHookshots(alice, [type])]);
    await clock.advance(1_000);
    await expect.poll(() => at.homeserver.memory.accountData.get(`${bot}\n\n${type}`)).toEqual({ deleted: true });

    expect(at.homeserver.memory.accountData.size).toBe(1);
    await sharedLogins.stop();
  });

  it("are kept for Hookshot, encrypted, where the configuration asks for it", async () => {
    const { file } = makePassFile();
    const { code, sharedLogins, clock } = await setUp(file, true);
    sharedLogins.start();

    await code.commit(code.logins.writeForHookshot(type, token));
    await clock.advance(1_000);
    await expect.poll(() => at.homeserver.memory.accountData.get(`${bot}\n\n${type}`)).toMatchObject({ algorithm: "rsa-pkcs1v15" });

    expect(await code.secrets.fromHookshot(type)).toBe(token);
    await sharedLogins.stop();
  });

  it("are told of in the direct chat, once, past what is stored of deliveries", async () => {
    const { code, late, sharedLogins, clock } = await setUp();
    const roomId = "!chat:fake.test";
    const room = at.homeserver.memory.createRoom({ roomId, creator: bot });
    fill(late, { directChatOf: async () => roomId });
    sharedLogins.start();

    await code.commit([sharedLogins.errands.tell(alice, notice("hello"))]);
    await clock.advance(1_000);
    const said = (): readonly unknown[] =>
      room.timeline.filter((event) => event.type === "m.room.message").map(({ content }) => content["body"]);
    await expect.poll(said).toEqual(["hello"]);
    await sharedLogins.stop();

    expect(said()).toHaveLength(1);
  });
});
