import { createCipheriv, createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/support/manual-clock.js";
import { createServiceContext, type TestContext } from "../../../test/support/service-context.js";
import { connectionId, type Connection } from "../../core/connection.js";
import { RemoteError, ValidationError } from "../../core/errors.js";
import type { RoomId } from "../../core/ids.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../../core/ports/http-client.js";
import type { ConnectionTarget, SetupOperations } from "../../core/service.js";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import { createGenericOutboundService } from "./index.js";
import { stateSchema, type OutboundConfig } from "./schema.js";
import { keepToken, stateType } from "./tokens.js";

const clock = new ManualClock();
const service = createGenericOutboundService(clock);
const kind = service.kinds[0]!;
const forward = kind.listener!.forward!;
const room: RoomId = "!room:example.org";
const tokenPattern = /^hs-ob-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A target that answers as told and notes what it gets. */
class Target implements HttpClient {
  readonly requests: HttpRequest[] = [];
  answer: Partial<HttpResponse> | RemoteError = { status: 200 };

  async request(request: HttpRequest): Promise<HttpResponse> {
    this.requests.push(request);
    if (this.answer instanceof RemoteError) throw this.answer;
    return { status: 200, headers: {}, body: "", bytes: Buffer.alloc(0), ...this.answer };
  }

  check(url: string): void {
    if (url.includes("10.0.0.1")) throw new RemoteError("10.0.0.1 is not on the public internet; see `outbound.allow`.", { isFinal: true });
  }
}

interface Rig {
  readonly target: Target;
  readonly context: TestContext<OutboundConfig>;
}

function rig(): Rig {
  const target = new Target();
  return { target, context: createServiceContext<OutboundConfig>({ outbound: true }, { guarded: target }) };
}

function connection(state: Readonly<Record<string, unknown>> = {}, roomId: RoomId = room, stateKey = "archive"): Connection {
  return {
    id: connectionId(roomId, stateType, stateKey),
    ...{ roomId, stateKey, serviceId: service.id, kindId: kind.id, eventType: stateType },
    state: { name: stateKey, url: "https://hooks.example.org/in?x=1", method: "PUT", ...state },
    ...{ eventId: "$state", sender: "@alice:example.org", remoteKeys: [], status: { kind: "active" }, priority: -1 },
  };
}

function event(
  content: Readonly<Record<string, unknown>> = { msgtype: "m.text", body: "Hello" },
  more: Partial<MatrixEvent> = {},
): MatrixEvent {
  return {
    ...{ type: "m.room.message", event_id: "$event", room_id: room, sender: "@alice:example.org", origin_server_ts: 1, content },
    ...more,
  };
}

async function withToken(token = "hs-ob-token"): Promise<Rig> {
  const made = rig();
  await made.context.commit(keepToken(connection(), token, made.context));
  return made;
}

/** Read by somebody else's code, as a target would. */
async function formOf({ headers, body }: HttpRequest): Promise<FormData> {
  // It reads a request of ours, in memory.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- An independent reader of forms is what a test wants.
  return new Response(new Uint8Array(Buffer.from(body ?? "")), { headers: { ...headers } }).formData();
}

async function fileOf(request: HttpRequest, name: string): Promise<File> {
  const value = (await formOf(request)).get(name);
  if (!(value instanceof File)) throw new TypeError(`no file ${name}`);
  return value;
}

describe("an event that is handed on", () => {
  it("comes as a form with the event, its ids and the token", async () => {
    const { target, context } = await withToken();

    await forward(event(), connection(), context);

    const [request] = target.requests;
    expect(request).toMatchObject({ method: "PUT", url: "https://hooks.example.org/in?x=1" });
    expect(request!.headers).toMatchObject({
      "x-matrix-hookshot-roomid": room,
      "x-matrix-hookshot-eventid": "$event",
      "x-matrix-hookshot-token": "hs-ob-token",
    });
    expect([...(await formOf(request!)).keys()]).toEqual(["event"]);
    const file = await fileOf(request!, "event");
    expect([file.name, file.type]).toEqual(["event_data.json", "application/json"]);
    expect(JSON.parse(await file.text())).toEqual(event());
  });

  it("is signed as Standard Webhooks says, with the token as the key", async () => {
    const { target, context } = await withToken();

    await forward(event(), connection({ method: "POST" }), context);

    const { method, headers = {}, body = "" } = target.requests[0]!;
    const signed = Buffer.concat([Buffer.from(`$event.${context.now() / 1_000}.`), Buffer.from(body)]);
    expect(method).toBe("POST");
    expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", "hs-ob-token").update(signed).digest("base64")}`);
    expect([headers["webhook-id"], headers["webhook-timestamp"]]).toEqual(["$event", String(context.now() / 1_000)]);
  });

  it.each(["m.image", "m.audio", "m.file", "m.video"])("brings the file of a message of %s", async (msgtype) => {
    const { target, context } = await withToken();
    const bytes = Buffer.from([0, 13, 10, 45, 45, 255]);
    context.media.files.set("mxc://example.org/a", { bytes, contentType: "text/plain" });

    await forward(
      event({ msgtype, body: 'a "b"\r\nc.svg', url: "mxc://example.org/a", info: { mimetype: "image/svg+xml" } }),
      connection(),
      context,
    );

    const file = await fileOf(target.requests[0]!, "media");
    expect(Buffer.from(await file.arrayBuffer())).toEqual(bytes);
    expect(file.type).toBe("image/svg+xml");
    expect(String(target.requests[0]!.body)).toContain('name="media"; filename="a %22b%22%0D%0Ac.svg"\r\n');
  });

  it.each([
    { info: { mimetype: "text/html\r\nx-evil: 1" }, type: "text/plain" },
    { info: { mimetype: 5 }, type: "text/plain" },
    { info: undefined, type: "text/plain" },
  ])("takes no content type from $info", async ({ info, type }) => {
    const { target, context } = await withToken();
    context.media.files.set("mxc://example.org/a", { bytes: Buffer.from("a"), contentType: "text/plain" });

    await forward(event({ msgtype: "m.file", url: "mxc://example.org/a", info }), connection(), context);

    expect((await fileOf(target.requests[0]!, "media")).type).toBe(type);
    expect(String(target.requests[0]!.body)).not.toContain("\r\nx-evil");
  });

  it("brings an encrypted file in plain, and keeps its keys", async () => {
    const { target, context } = await withToken();
    const [key, iv] = [Buffer.alloc(32, 7), Buffer.alloc(16, 1)];
    const sealed = createCipheriv("aes-256-ctr", key, iv).update("in plain");
    context.media.files.set("mxc://example.org/a", { bytes: sealed, contentType: "application/octet-stream" });
    const hashes = { sha256: createHash("sha256").update(sealed).digest("base64").replaceAll("=", "") };
    const file = { url: "mxc://example.org/a", key: { k: key.toString("base64url") }, iv: iv.toString("base64"), hashes, v: "v2" };

    await forward(event({ msgtype: "m.file", body: "a.txt", info: { mimetype: "text/plain" }, file }), connection(), context);

    expect(await (await fileOf(target.requests[0]!, "media")).text()).toBe("in plain");
    expect(JSON.parse(await (await fileOf(target.requests[0]!, "event")).text())).toMatchObject({ content: { file: null } });
    expect(String(target.requests[0]!.body)).not.toContain(file.key.k);
  });

  it.each([
    { title: "is gone", content: { url: "mxc://example.org/gone" } },
    { title: "has no address", content: {} },
    {
      title: "is not the one that was encrypted",
      content: { file: { url: "mxc://example.org/a", key: { k: "AA" }, iv: "AA", hashes: { sha256: "AA" } } },
    },
  ])("goes without its file when that $title", async ({ content }) => {
    const { target, context } = await withToken();
    context.media.files.set("mxc://example.org/a", { bytes: Buffer.from("a"), contentType: "text/plain" });

    await forward(event({ msgtype: "m.file", body: "a.txt", ...content }), connection(), context);

    expect([...(await formOf(target.requests[0]!)).keys()]).toEqual(["event"]);
  });

  it("goes without its file when the homeserver does not give it in time", async () => {
    const { target, context } = await withToken();
    const never = new Promise<never>(() => undefined);
    const media = Object.assign(context.media, { download: () => never });

    const forwarded = forward(event({ msgtype: "m.file", body: "a", url: "mxc://example.org/a" }), connection(), { ...context, media });
    await clock.advance(20_000);
    await forwarded;

    expect([...(await formOf(target.requests[0]!)).keys()]).toEqual(["event"]);
  });

  it("waits for its turn where many bring files to targets that are slow, and words go past it", async () => {
    const { target, context } = await withToken();
    const answers: (() => void)[] = [];
    const answered = target.request.bind(target);
    target.request = async (request) => {
      const answer = answered(request);
      if (request.body !== undefined && answers.length < 4) await new Promise<void>((resolve) => answers.push(resolve));
      return answer;
    };
    const file = event({ msgtype: "m.file", body: "a", url: "mxc://example.org/a" });
    const slow = [1, 2, 3, 4].map(() => forward(file, connection(), context));
    await clock.advance(0);
    const late = expect(forward(file, connection(), context)).rejects.toMatchObject({ isTransient: true, retryAfterMs: 5_000 });
    await clock.advance(10_000);
    await late;
    const fifth = forward(file, connection(), context);

    await forward(event(), connection(), context);
    expect(target.requests).toHaveLength(5);
    answers[0]!();
    await Promise.all([slow[0], fifth]);
    expect(target.requests).toHaveLength(6);
    for (const answer of answers) answer();
    await Promise.all(slow);
    await forward(file, connection(), context);
    expect(target.requests).toHaveLength(7);
  });

  it("may have ids that no header can hold", async () => {
    const { target, context } = await withToken();

    await forward(event(undefined, { event_id: "$ä\r\nx-evil: 1" }), connection(), context);

    expect(target.requests[0]!.headers).toMatchObject({ "x-matrix-hookshot-eventid": "%24%C3%A4%0D%0Ax-evil%3A%201" });
  });

  it.each([200, 201, 204, 299])("is over when the target answers %i", async (status) => {
    const { target, context } = await withToken();
    target.answer = { status };

    await expect(forward(event(), connection(), context)).resolves.toBeUndefined();
  });

  it.each([
    ...[408, 425, 429, 500, 502, 503].map((status) => ({ status, isTransient: true })),
    ...[304, 400, 401, 403, 404, 410, 413, 415, 422].map((status) => ({ status, isTransient: false })),
  ])("is sent again after $status: $isTransient", async ({ status, isTransient }) => {
    const { target, context } = await withToken();
    target.answer = { status };

    await expect(forward(event(), connection(), context)).rejects.toMatchObject({ isTransient });
  });

  it.each([
    { header: "120", ms: 120_000 },
    { header: "Thu, 01 Jan 2026 00:01:00 GMT", ms: 60_000 },
    { header: "Wed, 31 Dec 2025 00:00:00 GMT", ms: 0 },
    { header: "soon", ms: undefined },
  ])("waits as long as the target asks: $header", async ({ header, ms }) => {
    const { target, context } = await withToken();
    target.answer = { status: 503, headers: { "retry-after": header } };

    await expect(forward(event(), connection(), context)).rejects.toMatchObject({ isTransient: true, retryAfterMs: ms });
  });

  it.each([
    { ageMs: 1_000, told: 0 },
    { ageMs: 61_000, told: 1 },
  ])("waits while there is no token, and nothing is sent; the room is told after a minute ($ageMs)", async ({ ageMs, told }) => {
    const { target, context } = rig();
    const early = event(undefined, { origin_server_ts: context.now() - ageMs });

    await expect(forward(early, connection(), context)).rejects.toMatchObject({ isTransient: true });
    await expect(forward(early, connection(), context)).rejects.toMatchObject({ isTransient: true });

    expect(target.requests).toEqual([]);
    expect(context.rooms.deeds).toHaveLength(told);
  });

  it("is anything but what is encrypted", () => {
    const heard = ["m.room.message", "m.reaction", "m.room.redaction", "org.example.custom", "m.room.encrypted"].filter((type) =>
      kind.listener!.hears(event({}, { type }), connection()),
    );

    expect(heard).toEqual(["m.room.message", "m.reaction", "m.room.redaction", "org.example.custom"]);
  });
});

describe("a connection's token", () => {
  const oldRoom: RoomId = "!old:example.org";
  const hookshotType = `generic:outboundHookToken:${createHash("md5").update(`${room}:archive`).digest("hex")}`;

  async function tokenSent({ target, context }: Rig): Promise<string | undefined> {
    await forward(event(), connection(), context).catch(() => undefined);
    return target.requests.at(-1)?.headers?.["x-matrix-hookshot-token"];
  }

  function upgrade({ context }: Rig, replacement: string): void {
    context.rooms.state.set(`${room}/m.room.create/`, { predecessor: { room_id: oldRoom } });
    context.rooms.state.set(`${oldRoom}/m.room.tombstone/`, { replacement_room: replacement });
  }

  it("is taken over from Hookshot, once", async () => {
    const made = rig();
    made.context.secrets.ofHookshot.set(hookshotType, "hs-ob-hookshot");

    expect(await tokenSent(made)).toBe("hs-ob-hookshot");
    made.context.secrets.ofHookshot.clear();
    expect(await tokenSent(made)).toBe("hs-ob-hookshot");
  });

  it("moves along when the room is upgraded", async () => {
    const made = rig();
    await made.context.commit(keepToken(connection({}, oldRoom), "hs-ob-old", made.context));
    upgrade(made, room);

    expect(await tokenSent(made)).toBe("hs-ob-old");
    made.context.rooms.state.clear();
    expect(await tokenSent(made)).toBe("hs-ob-old");
  });

  it("moves along over several upgrades, from Hookshot too", async () => {
    const made = rig();
    upgrade(made, room);
    const oldest: RoomId = "!oldest:example.org";
    made.context.rooms.state.set(`${oldRoom}/m.room.create/`, { predecessor: { room_id: oldest } });
    made.context.rooms.state.set(`${oldest}/m.room.tombstone/`, { replacement_room: oldRoom });
    made.context.secrets.ofHookshot.set(
      `generic:outboundHookToken:${createHash("md5").update(`${oldest}:archive`).digest("hex")}`,
      "hs-ob-oldest",
    );

    expect(await tokenSent(made)).toBe("hs-ob-oldest");
  });

  it("is not given to a room that only claims to replace another", async () => {
    const made = rig();
    await made.context.commit(keepToken(connection({}, oldRoom), "hs-ob-old", made.context));
    upgrade(made, "!elsewhere:example.org");

    expect(await tokenSent(made)).toBeUndefined();
  });

  it("does not go round in circles with rooms that replace each other", async () => {
    const made = rig();
    upgrade(made, room);
    made.context.rooms.state.set(`${oldRoom}/m.room.create/`, { predecessor: { room_id: room } });
    made.context.rooms.state.set(`${room}/m.room.tombstone/`, { replacement_room: oldRoom });

    expect(await tokenSent(made)).toBeUndefined();
  });

  it("is asked for in the room when a person wrote the state, and only while there is none", async () => {
    const { context } = rig();

    await kind.changed!(connection(), undefined, context);
    await context.commit(keepToken(connection(), "hs-ob-token", context));
    await kind.changed!({ ...connection(), eventId: "$other" }, undefined, context);

    expect(context.rooms.deeds).toHaveLength(1);
    expect(context.rooms.deeds[0]).toMatchObject({
      where: room,
      what: { content: { body: expect.stringContaining("outbound-hook rotate archive") } },
    });
  });
});

describe("the set-up commands", () => {
  /** What the runner does for a command, without its checks. */
  function setupIn(context: TestContext<OutboundConfig>): {
    readonly setup: SetupOperations;
    readonly told: string[];
    readonly targets: ConnectionTarget[];
  } {
    const told: string[] = [];
    const targets: ConnectionTarget[] = [];
    const setup: SetupOperations = {
      roomId: room,
      actor: "@alice:example.org",
      connections: () => context.connections.inRoom(room),
      async connect(target) {
        targets.push(target);
        const made = connection(target.state, room, target.stateKey);
        const isThere = context.connections.get(made.id) !== undefined;
        if (!isThere) context.connections.list.push(made);
        const result = { kind: isThere ? ("exists" as const) : ("created" as const), connection: made };
        told.push((await target.privately?.(result))?.html ?? "");
        return result;
      },
      async disconnect({ id }, write) {
        expect(write).toBe("disabled");
        context.connections.list.splice(
          context.connections.list.findIndex((known) => known.id === id),
          1,
        );
      },
      secretIdOf: () => Promise.resolve(undefined),
    };
    return { setup, told, targets };
  }

  async function type(
    name: string,
    values: Readonly<Record<string, string>>,
    { setup }: ReturnType<typeof setupIn>,
    context: TestContext<OutboundConfig>,
  ) {
    return service.setupCommands!.find((command) => command.name === name)!.run(values, setup, context);
  }

  const url = "https://hooks.example.org/in";

  it("make a webhook in Hookshot's words, and tell the token in the direct chat alone", async () => {
    const { target, context } = rig();
    const stage = setupIn(context);

    const answer = await type("outbound-hook", { name: "archive", url }, stage, context);

    expect(answer).toEqual({ body: "Room configured to bridge outbound webhooks. See admin room for the secret token." });
    expect(stage.targets[0]).toMatchObject({ stateKey: "archive", state: { name: "archive", url } });
    const [, token = ""] = /<code>(.+)<\/code>/.exec(stage.told[0]!) ?? [];
    expect(token).toMatch(tokenPattern);
    expect(stage.told[0]).toMatch(
      /^You have bridged the webhook "archive" in <a href="https:\/\/matrix.to\/#\/!room%3Aexample.org">.* \.<br>/,
    );
    await forward(event(), connection(), context);
    expect(target.requests[0]!.headers).toMatchObject({ "x-matrix-hookshot-token": token });
  });

  it("tell nobody the token of a webhook that is there already", async () => {
    const { context } = rig();
    const stage = setupIn(context);
    await type("outbound-hook", { name: "archive", url }, stage, context);

    const answer = await type("outbound-hook", { name: "archive", url }, stage, context);

    expect(answer.body).toContain("Nothing was changed");
    expect(stage.told[1]).not.toContain("hs-ob-");
  });

  it("give a new token to a webhook that is made again under the same name", async () => {
    const { context } = rig();
    const stage = setupIn(context);
    await type("outbound-hook", { name: "archive", url }, stage, context);
    context.connections.list.splice(0);

    await type("outbound-hook", { name: "archive", url }, stage, context);

    expect(stage.told[1]).toContain("hs-ob-");
    expect(stage.told[1]).not.toBe(stage.told[0]);
  });

  it.each([
    { name: "ab", url, says: "A webhook name must be between 3-64 characters." },
    { name: "x".repeat(65), url, says: "A webhook name must be between 3-64 characters." },
    { name: "archive", url: "nonsense", says: "Outbound URL is invalid" },
    { name: "archive", url: "ftp://example.org/", says: "Outbound URL protocol must be http or https" },
    { name: "archive", url: "http://10.0.0.1/", says: "outbound.allow" },
  ])("refuse $name $url", async ({ says, ...values }) => {
    const { context } = rig();
    const stage = setupIn(context);

    const refused = type("outbound-hook", values, stage, context);

    await expect(refused).rejects.toThrow(ValidationError);
    await expect(refused).rejects.toThrow(says);
    expect(stage.targets).toEqual([]);
  });

  it("change nothing without a key to keep the token with", async () => {
    const { context } = rig();
    const secrets = Object.assign(context.secrets, { canKeep: false });
    const stage = setupIn(context);

    await expect(type("outbound-hook", { name: "archive", url }, stage, { ...context, secrets })).rejects.toThrow("storage.keyFile");

    expect(stage.targets).toEqual([]);
  });

  it("list names, and say when there are none", async () => {
    const { context } = rig();
    const stage = setupIn(context);

    expect((await type("outbound-hook list", {}, stage, context)).body).toBe("No outbound webhooks configured");
    context.connections.list.push(connection({ name: "<b>" }, room, "b"), connection({}, room, "archive"));
    const answer = await type("outbound-hook list", {}, stage, context);

    expect(answer.body).toBe("Outbound webhooks configured:\n\n * <b>\n * archive");
    expect(answer.html).toContain("&lt;b&gt;");
  });

  it("rotate the token: the new one is told and sent, the old one is not", async () => {
    const { target, context } = await withToken("hs-ob-old");
    context.connections.list.push(connection());

    const { body, privately } = await type("outbound-hook rotate", { name: "archive" }, setupIn(context), context);

    const [, token = ""] = /<code>(.+)<\/code>/.exec(privately?.html ?? "") ?? [];
    await forward(event(), connection(), context);
    expect(token).toMatch(tokenPattern);
    expect(body).not.toContain(token);
    expect(target.requests[0]!.headers?.["x-matrix-hookshot-token"]).toBe(token);
  });

  it("remove the webhook with its token, so that Hookshot's does not come back", async () => {
    const { context } = await withToken();
    context.connections.list.push(connection());
    context.secrets.ofHookshot.set(
      `generic:outboundHookToken:${createHash("md5").update(`${room}:archive`).digest("hex")}`,
      "hs-ob-hookshot",
    );

    const answer = await type("outbound-hook remove", { name: "archive" }, setupIn(context), context);

    expect(answer.body).toBe("Removed outbound webhook archive");
    expect([context.connections.list, [...context.secrets.entries]]).toEqual([[], []]);
    await expect(forward(event(), connection(), context)).rejects.toThrow("no secret token");
  });

  it.each(["outbound-hook remove", "outbound-hook rotate"])("say that there is no such webhook: %s", async (name) => {
    const { context } = rig();

    await expect(type(name, { name: "other" }, setupIn(context), context)).rejects.toThrow(
      'No outbound webhook by the name of "other" is configured.',
    );
  });
});

describe("!connect outbound-hook", () => {
  it("takes an address, which is called by its host", async () => {
    const { context } = rig();

    const resolution = await service.resolve!({ typed: "https://hooks.example.org/in", actor: "@alice:example.org" }, context);

    expect(resolution).toMatchObject({
      kind: "found",
      target: { state: { name: "hooks.example.org", url: "https://hooks.example.org/in" }, stateKey: "https://hooks.example.org/in" },
    });
  });

  it("finds a place in the room's state for the longest address", async () => {
    const { context } = rig();

    const resolution = await service.resolve!(
      { typed: `https://hooks.example.org/${"x".repeat(900)}`, actor: "@alice:example.org" },
      context,
    );

    expect(resolution.kind === "found" && resolution.target.stateKey.length).toBeLessThan(255);
  });

  it.each([
    { typed: "archive", says: "!connect outbound-hook https://" },
    { typed: "http://10.0.0.1/", says: "outbound.allow" },
  ])("refuses $typed", async ({ typed, says }) => {
    const resolution = await service.resolve!({ typed, actor: "@alice:example.org" }, rig().context);

    expect(resolution).toEqual({ kind: "refused", reason: expect.stringContaining(says) });
  });
});

describe("the state of an outbound webhook", () => {
  const validate = compileSchema<Readonly<Record<string, unknown>>>(stateSchema);

  function mistakeIn(state: Readonly<Record<string, unknown>>): string | undefined {
    const validated = validate(structuredClone(state));
    if (!validated.ok) return describeProblems(validated.problems);
    try {
      kind.resourceKey(validated.value, "key");
      return undefined;
    } catch (error) {
      return error instanceof ValidationError ? error.message : String(error);
    }
  }

  it.each([
    { state: { name: "archive" }, mistake: "Outbound URL must be a string" },
    { state: { name: "archive", url: 5 }, mistake: "Outbound URL must be a string" },
    { state: { name: "archive", url: "nonsense" }, mistake: "Outbound URL is invalid" },
    { state: { name: "archive", url: "ftp://example.org" }, mistake: "Outbound URL protocol must be http or https" },
    { state: { url: "https://example.org" }, mistake: "A webhook name must be a string." },
    { state: { name: 5, url: "https://example.org" }, mistake: "A webhook name must be a string." },
    { state: { name: "archive", url: "https://example.org", method: "GET" }, mistake: "Outbound Method must be one of PUT,POST" },
    { state: { name: "archive", url: "https://example.org", method: "POST" }, mistake: undefined },
    { state: { name: "x", url: "https://example.org" }, mistake: undefined },
  ])("$state: $mistake", ({ state, mistake }) => {
    expect(mistakeIn(state)).toBe(mistake);
  });

  it("goes by PUT unless it says otherwise", () => {
    expect(validate({ name: "archive", url: "https://example.org" })).toMatchObject({ ok: true, value: { method: "PUT" } });
  });

  it("shows no more of its address than the host", () => {
    expect(kind.describe({ name: "archive", url: "https://example.org/secret?token=1" }, "key")).toEqual({
      name: "archive",
      url: "https://example.org",
    });
  });
});
