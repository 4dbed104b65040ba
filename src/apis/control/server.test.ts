import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, type Asked, type AskOptions } from "../../../test/support/ask.js";
import { StorageError, SwitchboardError } from "../../core/errors.js";
import type { DeliveryId } from "../../core/ids.js";
import type { DeliveryDesk, DeliveryDetail, DeliveryQuery, DeliverySummary } from "../../core/ports/delivery-desk.js";
import type { KeyRotation, KeyRotationStatus } from "../../core/ports/key-rotation.js";
import type { MadeToken, NewToken, ShownToken, TokenDesk } from "../../callers/token-desk.js";
import type { Listener } from "../../http/listener.js";
import { systemClock } from "../../shared/clock.js";
import { silentLog } from "../../shared/log.js";
import { systemRandom } from "../../shared/random.js";
import { compileSchema } from "../../shared/validate.js";
import {
  checkControlFolder,
  controlSocketPath,
  deliveryListSchema,
  deliverySummarySchema,
  keyChangeStatusSchema,
  shownDeliverySchema,
  shownTokenSchema,
  tokenListSchema,
  tokenMadeSchema,
} from "./schema.js";
import { createControlServer } from "./server.js";

const id = (text: string): DeliveryId => text as DeliveryId;

const summary: DeliverySummary = {
  id: id("d1"),
  roomId: "!room:example.org",
  state: "dead",
  serviceId: "jira",
  source: { kind: "notice", about: "x" },
  acceptedAt: 1_700_000_000_000,
  endedAt: 1_700_000_001_000,
  attempts: 2,
  lastError: "M_TOO_LARGE",
  reason: "The homeserver refused the event.",
};

const detail: DeliveryDetail = {
  ...summary,
  messages: [{ type: "m.room.message", content: { body: "hello" } }],
  eventIds: [],
  request: { headers: { "x-event": "e" }, body: Buffer.from('{"a":"ä"}') },
};

const shownToken: ShownToken = { id: "t1", name: "ci", scopes: ["provisioning"], createdAt: 1_700_000_000_000 };
const madeToken: MadeToken = { ...shownToken, token: "sb_t1_secret" };

const keyStatus: KeyRotationStatus = {
  state: "running",
  newFile: "/keys/new.key",
  oldFile: "/keys/old.key",
  oldSetting: "storage.keyFile",
  isConfigured: false,
  checked: 3,
  reencrypted: 2,
  unreadable: 0,
};

let folder = "";
let started: Listener[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "control-test-"));
});

afterEach(async () => {
  await Promise.all(started.map((listener) => listener.stop()));
  started = [];
  rmSync(folder, { recursive: true, force: true });
});

function createServer(
  desk: Partial<DeliveryDesk> = {},
  storagePath = folder,
  tokenDesk: Partial<TokenDesk> = {},
  keys: Partial<KeyRotation> = {},
): Listener {
  const whole: DeliveryDesk = {
    list: async () => ({ deliveries: [summary] }),
    show: async (asked) => (asked === "d1" ? detail : undefined),
    replay: async (asked) => (asked === "d1" ? { ...summary, id: id("d2"), state: "waiting" } : undefined),
    discard: async (asked) => (asked === "d1" ? { ...summary, state: "discarded" } : undefined),
    ...desk,
  };
  const tokens: TokenDesk = {
    list: async () => [shownToken],
    create: async () => madeToken,
    revoke: async () => shownToken,
    ...tokenDesk,
  };
  const keyRotation: KeyRotation = { begin: () => keyStatus, status: () => keyStatus, ended: () => Promise.resolve(), ...keys };
  const surroundings = { log: silentLog(), clock: systemClock, random: systemRandom };
  const server = createControlServer({ storagePath, desk: whole, tokens, keyRotation, ...surroundings });
  started.push(server);
  return server;
}

async function askControl(path: string, method = "GET", desk: Partial<DeliveryDesk> = {}): Promise<Asked> {
  await createServer(desk).start();
  return ask(controlSocketPath(folder), path, { method });
}

describe("the control API", () => {
  it("lists deliveries in the form that the command line checks", async () => {
    const answer = await askControl("/v1/deliveries");

    expect([answer.status, answer.json()]).toEqual([200, { deliveries: [summary] }]);
    expect(compileSchema(deliveryListSchema)(answer.json()).ok).toBe(true);
  });

  it.each([
    { query: "", asked: { limit: 50 } },
    { query: "?state=dead&limit=500", asked: { state: "dead", limit: 500 } },
    { query: "?room=%21room%3Aexample.org&after=d9", asked: { roomId: "!room:example.org", after: id("d9"), limit: 50 } },
  ])("reads the query $query", async ({ query, asked }) => {
    const queries: DeliveryQuery[] = [];
    const list: DeliveryDesk["list"] = async (wanted) => {
      queries.push(wanted);
      return { deliveries: [] };
    };

    await askControl(`/v1/deliveries${query}`, "GET", { list });

    expect(queries).toEqual([asked]);
  });

  it.each(["state=lost", "limit=0", "limit=501", "limit=many", "limit=", "room=room", "after=", "colour=red", "__proto__=x"])(
    "refuses the query %s",
    async (query) => {
      const answer = await askControl(`/v1/deliveries?${query}`);

      expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_BAD_VALUE", error: expect.any(String) }]);
    },
  );

  it("shows a delivery with the request it comes from, as text where it is text", async () => {
    const answer = await askControl("/v1/deliveries/d1");

    expect(answer.json()).toEqual({ ...detail, request: { headers: { "x-event": "e" }, body: '{"a":"ä"}', encoding: "utf8" } });
    expect(compileSchema(shownDeliverySchema)(answer.json()).ok).toBe(true);
  });

  it("shows bytes that are no text in base64, and nothing where there was no request", async () => {
    const { request, ...withoutRequest } = detail;
    const show: DeliveryDesk["show"] = async (asked) =>
      asked === "d1" ? { ...detail, request: { headers: request?.headers ?? {}, body: Buffer.from([0xff, 0x00]) } } : withoutRequest;

    const binary = await askControl("/v1/deliveries/d1", "GET", { show });
    const none = await ask(controlSocketPath(folder), "/v1/deliveries/d2");

    expect(binary.json()).toMatchObject({ request: { body: "/wA=", encoding: "base64" } });
    expect(none.json()).toEqual(withoutRequest);
  });

  it.each([
    { action: "replay", result: { id: "d2", state: "waiting" } },
    { action: "discard", result: { id: "d1", state: "discarded" } },
  ])("answers $action with what it made", async ({ action, result }) => {
    const answer = await askControl(`/v1/deliveries/d1/${action}`, "POST");

    expect([answer.status, answer.json()]).toEqual([200, expect.objectContaining(result)]);
    expect(compileSchema(deliverySummarySchema)(answer.json()).ok).toBe(true);
  });

  it.each([
    { method: "GET", path: "/v1/deliveries/nope" },
    { method: "POST", path: "/v1/deliveries/nope/replay" },
    { method: "POST", path: "/v1/deliveries/nope/discard" },
  ])("answers 404 for a delivery that there is not: $method $path", async ({ method, path }) => {
    const answer = await askControl(path, method);

    expect([answer.status, answer.json()]).toEqual([404, { errcode: "HS_NOTFOUND", error: "There is no delivery nope." }]);
  });

  it("passes a refusal of the desk on", async () => {
    const replay = (): Promise<never> => Promise.reject(new SwitchboardError("HS_UNSUPPORTED_OPERATION", "It is still waiting."));

    const answer = await askControl("/v1/deliveries/d1/replay", "POST", { replay });

    expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_UNSUPPORTED_OPERATION", error: "It is still waiting." }]);
  });
});

describe("the control API's tokens", () => {
  async function askTokens(path: string, options: AskOptions = {}, tokens: Partial<TokenDesk> = {}): Promise<Asked> {
    await createServer({}, folder, tokens).start();
    return ask(controlSocketPath(folder), path, options);
  }

  const create = (body: unknown): AskOptions => ({ method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) });

  it("are listed in the form that the command line checks", async () => {
    const answer = await askTokens("/v1/tokens");

    expect([answer.status, answer.json()]).toEqual([200, { tokens: [shownToken] }]);
    expect(compileSchema(tokenListSchema)(answer.json()).ok).toBe(true);
  });

  it("are made as they are wanted, and told", async () => {
    const wanted: NewToken[] = [];
    const made = async (token: NewToken): Promise<MadeToken> => (wanted.push(token), madeToken);

    const answer = await askTokens("/v1/tokens", create({ name: "ä 🎉", scopes: ["provisioning"], expiresAt: 5 }), { create: made });

    expect([answer.status, answer.json()]).toEqual([200, madeToken]);
    expect(wanted).toEqual([{ name: "ä 🎉", scopes: ["provisioning"], expiresAt: 5 }]);
    expect(compileSchema(tokenMadeSchema)(answer.json()).ok).toBe(true);
  });

  it.each([
    { title: "no JSON", body: "{" },
    { title: "no object", body: [] },
    { title: "no name", body: { scopes: ["provisioning"] } },
    { title: "no scopes", body: { name: "ci" } },
    { title: "an empty name", body: { name: "", scopes: ["provisioning"] } },
    { title: "a name of spaces", body: { name: "  ", scopes: ["provisioning"] } },
    { title: "a name that begins with a space", body: { name: " ci", scopes: ["provisioning"] } },
    { title: "a name of two lines", body: { name: "c\ni", scopes: ["provisioning"] } },
    { title: "a name that moves the cursor", body: { name: "c\u001b[1mi", scopes: ["provisioning"] } },
    { title: "a name that is turned round", body: { name: "c\u202ei", scopes: ["provisioning"] } },
    { title: "a long name", body: { name: "x".repeat(101), scopes: ["provisioning"] } },
    { title: "an end that is no time", body: { name: "ci", scopes: ["provisioning"], expiresAt: "90d" } },
    // The list would show no token any more.
    { title: "an end that no date tells", body: { name: "ci", scopes: ["provisioning"], expiresAt: 8_640_000_000_000_001 } },
    { title: "an unknown key", body: { name: "ci", scopes: ["provisioning"], scope: "x" } },
  ])("are not made of $title", async ({ body }) => {
    const answer = await askTokens("/v1/tokens", create(body));

    expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_BAD_VALUE", error: expect.any(String) }]);
  });

  it("are revoked by what stands in the path", async () => {
    const revoked: string[] = [];
    const revoke = async (idOrName: string): Promise<ShownToken> => (revoked.push(idOrName), shownToken);

    const answer = await askTokens("/v1/tokens/a%2Fb%20%C3%A4/revoke", { method: "POST" }, { revoke });

    expect([answer.status, answer.json(), revoked]).toEqual([200, shownToken, ["a/b ä"]]);
    expect(compileSchema(shownTokenSchema)(answer.json()).ok).toBe(true);
  });

  it("pass a refusal on", async () => {
    const revoke = (): Promise<never> => Promise.reject(new SwitchboardError("HS_NOTFOUND", "There is no token x."));

    const answer = await askTokens("/v1/tokens/x/revoke", { method: "POST" }, { revoke });

    expect([answer.status, answer.json()]).toEqual([404, { errcode: "HS_NOTFOUND", error: "There is no token x." }]);
  });
});

describe("the control API's change of keys", () => {
  async function askKeys(options: AskOptions, keys: Partial<KeyRotation> = {}): Promise<Asked> {
    await createServer({}, folder, {}, keys).start();
    return ask(controlSocketPath(folder), "/v1/key-rotation", options);
  }

  it("is begun with the file that is named, and told in the form that the command line checks", async () => {
    const files: string[] = [];
    const begin: KeyRotation["begin"] = (file) => (files.push(file), keyStatus);

    const answer = await askKeys({ method: "POST", body: '{"file":"/keys/new.key"}' }, { begin });

    expect([answer.status, answer.json(), files]).toEqual([200, keyStatus, ["/keys/new.key"]]);
    expect(compileSchema(keyChangeStatusSchema)(answer.json()).ok).toBe(true);
  });

  it.each(["{", "[]", "{}", '{"file":""}', '{"file":1}', '{"file":"/a","b":1}', `{"file":"/${"x".repeat(4_096)}"}`])(
    "is not begun with %s",
    async (body) => {
      const answer = await askKeys({ method: "POST", body });

      expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_BAD_VALUE", error: expect.any(String) }]);
    },
  );

  it("tells a refusal", async () => {
    const begin = (): never => {
      throw new SwitchboardError("HS_UNSUPPORTED_OPERATION", "Another is not finished.");
    };

    const answer = await askKeys({ method: "POST", body: '{"file":"/a"}' }, { begin });

    expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_UNSUPPORTED_OPERATION", error: "Another is not finished." }]);
  });

  it("is told at its end, and now and then before", async () => {
    const statuses: KeyRotationStatus[] = [{ ...keyStatus, state: "done" }, keyStatus];
    let isEnding = false;
    const ended = (): Promise<void> => (isEnding ? Promise.resolve() : new Promise(() => undefined));
    const running = await askKeys({}, { status: () => statuses.at(isEnding ? 0 : 1), ended });
    isEnding = true;

    const done = await ask(controlSocketPath(folder), "/v1/key-rotation", {});

    expect([running.json(), done.json()]).toMatchObject([{ state: "running" }, { state: "done" }]);
  });

  it("is not there where none was begun", async () => {
    expect((await askKeys({}, { status: () => undefined })).status).toBe(404);
  });
});

describe("the control socket", () => {
  it("can be entered by nobody else", async () => {
    const socketPath = controlSocketPath(folder);
    mkdirSync(dirname(socketPath), { mode: 0o755 });

    await createServer().start();

    expect(statSync(dirname(socketPath)).mode & 0o777).toBe(0o700);
    expect(statSync(socketPath).mode & 0o777).toBe(0o600);
    expect(() => {
      checkControlFolder(socketPath);
    }).not.toThrow();
  });

  it("is gone after a stop", async () => {
    const server = createServer();
    await server.start();

    await server.stop();

    expect(existsSync(controlSocketPath(folder))).toBe(false);
  });

  it("replaces the one of a killed process", async () => {
    const socketPath = controlSocketPath(folder);
    mkdirSync(dirname(socketPath));
    const dieListening = `require("net").createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, "SIGKILL"))`;
    spawnSync(process.execPath, ["-e", dieListening]);
    expect(statSync(socketPath).isSocket()).toBe(true);

    await createServer().start();

    expect((await ask(socketPath, "/v1/deliveries")).status).toBe(200);
  });

  it("is not taken from a server that runs", async () => {
    await createServer().start();

    await expect(createServer().start()).rejects.toThrow("Another server uses the control socket");
    expect((await ask(controlSocketPath(folder), "/v1/deliveries")).status).toBe(200);
  });

  it("does not remove a file that is something else", async () => {
    const socketPath = controlSocketPath(folder);
    mkdirSync(dirname(socketPath));
    writeFileSync(socketPath, "precious");

    await expect(createServer().start()).rejects.toThrow(StorageError);
    expect(existsSync(socketPath)).toBe(true);
  });

  it("lies elsewhere when its path would be too long, at the same place for whoever asks", async () => {
    const deep = join(folder, "x".repeat(100));
    const socketPath = controlSocketPath(deep);

    expect(Buffer.byteLength(socketPath)).toBeLessThanOrEqual(100);
    expect(socketPath).toBe(controlSocketPath(`${deep}/`));
    expect(socketPath).not.toBe(controlSocketPath(`${deep}y`));
    await createServer({}, deep).start();
    expect((await ask(socketPath, "/v1/deliveries")).status).toBe(200);
    rmSync(dirname(socketPath), { recursive: true });
  });

  it.each([
    { trap: "a link to a folder", lay: (path: string) => symlinkSync(folder, path), problem: "is not a folder" },
    { trap: "a file", lay: (path: string) => writeFileSync(path, ""), problem: "is not a folder" },
    { trap: "nothing", lay: () => undefined, problem: "no server runs" },
    {
      trap: "a folder that all may enter",
      lay: (path: string) => {
        mkdirSync(path);
        chmodSync(path, 0o755);
      },
      problem: "must be 0700",
    },
  ])("is not trusted by the command line behind $trap", ({ lay, problem }) => {
    const control = join(folder, "control");
    lay(control);

    expect(() => {
      checkControlFolder(join(control, "switchboard.sock"));
    }).toThrow(problem);
  });
});
