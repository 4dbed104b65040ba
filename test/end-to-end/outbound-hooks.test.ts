import { createCipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import { request } from "undici";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { readDataFolder } from "../support/data-folder.js";
import { answerTo, bodyOf, bot, EndToEnd, hear, said } from "../support/end-to-end.js";
import { eventOf, HookTarget, type ReceivedCall } from "../support/hook-target.js";
import type { MatrixPerson } from "../support/matrix-client.js";
import { poll } from "../support/poll.js";

const hookType = "uk.half-shot.matrix-hookshot.outbound-hook";
const connected = "Room configured to bridge outbound webhooks. See admin room for the secret token.";
const tokenPattern = /<code>(hs-ob-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})<\/code>/;

interface OutboundHook {
  readonly roomId: string;
  readonly path: string;
  readonly token: string;
}

let all: EndToEnd;
let target: HookTarget;
let alice: MatrixPerson;
/** Alice's direct chat with the bot. */
let chat: string;
let hooks = 0;
const tokens = new Set<string>();

beforeAll(async () => {
  target = await HookTarget.start();
  const generic = { urlPrefix: "http://localhost/webhook/", outbound: true };
  all = await EndToEnd.start({ sections: { generic, outbound: { allow: ["127.0.0.1"] }, logging: { level: "trace", json: true } } });
  alice = await all.person("alice");
  chat = await all.directChat(alice);
});

afterEach(() => {
  target.answerWith(200);
});

afterAll(async () => {
  await all.stop();
  await target.stop();
});

/** The token that the bot tells next about a webhook of that name. */
async function toldToken(name: string, after?: string): Promise<string> {
  const isTold = ({ content }: { readonly content: Readonly<Record<string, unknown>> }): boolean =>
    String(content["formatted_body"]).includes(`"${name}"`);
  const event = await alice.waitForEvent(chat, isTold, { what: `the token of ${name}`, ...(after === undefined ? {} : { after }) });
  const [, token = ""] = tokenPattern.exec(String(event.content["formatted_body"])) ?? [];
  tokens.add(token);
  return token;
}

/** Makes a webhook in a room of its own, with a path of its own at the target. */
async function makeHook(): Promise<OutboundHook> {
  hooks += 1;
  const [roomId, name] = [await all.roomWithBot(alice), `hook${hooks}`];
  expect(await answerTo(alice, roomId, `!hookshot outbound-hook ${name} ${target.url}/${name}`)).toBe(connected);
  return { roomId, path: `/${name}`, token: await toldToken(name) };
}

/** Waits until the target took so many events. */
async function took(path: string, count: number, timeoutMs = 20_000): Promise<readonly ReceivedCall[]> {
  return poll(async () => (target.eventsAt(path).length >= count ? target.callsAt(path) : undefined), {
    what: `${count} events`,
    timeoutMs,
  });
}

function bodies(path: string): readonly unknown[] {
  return target.eventsAt(path).map(({ content }) => (content as { body?: unknown }).body);
}

async function upload(bytes: Buffer, type: string): Promise<string> {
  const answer = await request(`${all.synapse.url}/_matrix/media/v3/upload`, {
    method: "POST",
    headers: { authorization: `Bearer ${alice.accessToken}`, "content-type": type },
    body: bytes,
  });
  // As the specification says.
  return ((await answer.body.json()) as { content_uri: string }).content_uri;
}

describe("an outbound webhook", () => {
  it("is made by Hookshot's command, and its token is told in the direct chat as code", async () => {
    const roomId = await all.roomWithBot(alice);

    const answer = await answerTo(alice, roomId, `!hookshot outbound-hook test ${target.url}/test-path`);
    const token = await toldToken("test");

    expect(answer).toBe(connected);
    expect((await alice.getState(roomId)).find(({ type }) => type === hookType)).toMatchObject({
      ...{ sender: bot, state_key: "test", content: { name: "test", url: `${target.url}/test-path` } },
    });
    expect(token).not.toBe("");
    const { content } = await hear(alice, chat, 'You have bridged the webhook "test"');
    const link = `https://matrix.to/#/${encodeURIComponent(roomId)}`;
    expect(content["formatted_body"]).toContain(`You have bridged the webhook "test" in <a href="${link}">${link}</a> .`);
    expect(content["formatted_body"]).toContain(`Please use the secret token <code>${token}</code> when validating the request.`);
  });

  it("sends a message as one file of a form, with token, room, event and signature in the headers", async () => {
    const { roomId, path, token } = await makeHook();

    const eventId = await alice.sendText(roomId, "hello there");
    const [call] = await took(path, 1);

    expect(call).toMatchObject({
      method: "PUT",
      headers: {
        "x-matrix-hookshot-roomid": roomId,
        "x-matrix-hookshot-eventid": eventId,
        "x-matrix-hookshot-token": token,
        "user-agent": expect.stringContaining("matrix-switchboard"),
      },
      parts: [{ name: "event", fileName: "event_data.json", contentType: "application/json" }],
    });
    expect(eventOf(call!)).toMatchObject({
      ...{ room_id: roomId, event_id: eventId, sender: alice.userId, type: "m.room.message" },
      content: { msgtype: "m.text", body: "hello there" },
    });
    const { "webhook-id": id = "", "webhook-timestamp": timestamp = "", "webhook-signature": signature } = call!.headers;
    expect(id).toBe(eventId);
    expect(Math.abs(Date.now() / 1_000 - Number(timestamp))).toBeLessThan(60);
    expect(signature).toBe(`v1,${createHmac("sha256", token).update(`${id}.${timestamp}.`).update(call!.body).digest("base64")}`);
  });

  it("sends files along with their message, byte for byte", async () => {
    const { roomId, path } = await makeHook();
    const bytes = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><text>\r\n--é</text></svg>');

    const url = await upload(bytes, "image/svg+xml");
    await alice.send(roomId, "m.room.message", { msgtype: "m.file", body: "matrix.svg", url, info: { mimetype: "image/svg+xml" } });
    const [call] = await took(path, 1);

    expect(call?.parts).toMatchObject([{ name: "event" }, { name: "media", fileName: "matrix.svg", contentType: "image/svg+xml" }]);
    expect(call?.parts[1]?.bytes.equals(bytes)).toBe(true);
  });

  it("sends encrypted files decrypted, and keeps their keys to itself", async () => {
    const { roomId, path } = await makeHook();
    const [bytes, key, iv] = [randomBytes(5_000), randomBytes(32), Buffer.concat([randomBytes(8), Buffer.alloc(8)])];
    const cipher = createCipheriv("aes-256-ctr", key, iv);
    const encrypted = Buffer.concat([cipher.update(bytes), cipher.final()]);
    const file = {
      ...{ v: "v2", url: await upload(encrypted, "application/octet-stream"), iv: iv.toString("base64").replace(/=+$/, "") },
      key: { alg: "A256CTR", ext: true, k: key.toString("base64url"), key_ops: ["encrypt", "decrypt"], kty: "oct" },
      hashes: { sha256: createHash("sha256").update(encrypted).digest("base64").replace(/=+$/, "") },
    };

    await alice.send(roomId, "m.room.message", { msgtype: "m.image", body: "photo.png", file, info: { mimetype: "image/png" } });
    const [call] = await took(path, 1);

    expect(call?.parts[1]).toMatchObject({ name: "media", fileName: "photo.png", contentType: "image/png" });
    expect(call?.parts[1]?.bytes.equals(bytes)).toBe(true);
    expect(eventOf(call!)["content"]).toMatchObject({ body: "photo.png", file: null });
  });

  it("sends a message whose file cannot be had without it", async () => {
    const { roomId, path } = await makeHook();

    await alice.send(roomId, "m.room.message", { msgtype: "m.file", body: "lost.txt", url: "mxc://localhost/nothing" });
    const [call] = await took(path, 1, 60_000);

    expect(call?.parts.map(({ name }) => name)).toEqual(["event"]);
  });

  it("sends reactions and redactions, in order, and neither room state nor what the bot says", async () => {
    const { roomId, path } = await makeHook();

    const message = await alice.sendText(roomId, "to be redacted");
    await alice.send(roomId, "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: message, key: "👍" } });
    await alice.sendState(roomId, "m.room.topic", "", { topic: "State" });
    await answerTo(alice, roomId, "!connections");
    await alice.redact(roomId, message);
    await took(path, 4);

    const types = target.eventsAt(path).map(({ type, sender }) => [type, sender]);
    expect(types).toEqual(["m.room.message", "m.reaction", "m.room.message", "m.room.redaction"].map((type) => [type, alice.userId]));
    expect(bodies(path)).toEqual(["to be redacted", undefined, "!connections", undefined]);
  });

  it("is made by !connect as well, and sends by POST where it says so", async () => {
    const roomId = await all.roomWithBot(alice);

    await answerTo(alice, roomId, `!connect outbound-hook ${target.url}/posted name=posted method=POST`);
    await alice.sendText(roomId, "by POST");
    const [call] = await took("/posted", 1);

    expect(call?.method).toBe("POST");
    expect(call?.headers["x-matrix-hookshot-token"]).toMatch(/^hs-ob-/);
    tokens.add(call?.headers["x-matrix-hookshot-token"] ?? "");
  });

  it("is listed, has its token replaced, and is removed", async () => {
    const { roomId, path, token } = await makeHook();
    const name = path.slice(1);
    expect(await answerTo(alice, roomId, "!hookshot outbound-hook list")).toBe(`Outbound webhooks configured:\n\n * ${name}`);

    const after = (await alice.readTimeline(chat)).at(-1)?.event_id;
    expect(await answerTo(alice, roomId, `!hookshot outbound-hook rotate ${name}`)).toContain("has a new secret token");
    const second = await toldToken(name, after);
    await alice.sendText(roomId, "with the new token");
    const call = (await took(path, 3)).find((one) => eventOf(one)["sender"] === alice.userId && bodyIs(one, "with the new token"));
    expect(await answerTo(alice, roomId, `!hookshot outbound-hook remove ${name}`)).toBe(`Removed outbound webhook ${name}`);
    const count = target.callsAt(path).length;
    await alice.sendText(roomId, "to nobody");
    await answerTo(alice, roomId, "!connections");

    expect(second).not.toBe(token);
    expect(call?.headers["x-matrix-hookshot-token"]).toBe(second);
    expect(await alice.getStateContent(roomId, hookType, name)).toEqual({ disabled: true });
    expect(target.callsAt(path)).toHaveLength(count);
    expect(bodies(path)).not.toContain("to nobody");
  });

  it.each([
    { typed: "ab http://127.0.0.1/x", answer: "A webhook name must be between 3-64 characters." },
    { typed: "files ftp://127.0.0.1/x", answer: "Outbound URL protocol must be http or https" },
    { typed: "files nonsense", answer: "Outbound URL is invalid" },
    { typed: "files http://10.0.0.1/x", answer: "outbound.allow" },
  ])("is refused where it says $typed", async ({ typed, answer }) => {
    const roomId = await all.roomWithBot(alice);

    const told = await answerTo(alice, roomId, `!hookshot outbound-hook ${typed}`);

    expect(told).toContain("Failed to handle command: ");
    expect(told).toContain(answer);
    expect((await alice.getState(roomId)).filter(({ type }) => type === hookType)).toEqual([]);
  });

  it("that a person wrote as state sends nothing until it has a token, and the room is told how to make one", async () => {
    const roomId = await all.roomWithBot(alice);
    await alice.sendState(roomId, hookType, "by hand", { name: "byhand", url: `${target.url}/by-hand` });

    await hear(alice, roomId, "!hookshot outbound-hook rotate byhand");
    expect(target.callsAt("/by-hand")).toEqual([]);
    await answerTo(alice, roomId, "!hookshot outbound-hook rotate byhand");
    const token = await toldToken("byhand");
    await alice.sendText(roomId, "by hand");

    await poll(async () => (bodies("/by-hand").includes("by hand") ? true : undefined), { what: "the event", timeoutMs: 20_000 });
    expect(target.callsAt("/by-hand").every(({ headers }) => headers["x-matrix-hookshot-token"] === token)).toBe(true);
  });
});

function bodyIs(call: ReceivedCall, body: string): boolean {
  return (eventOf(call)["content"] as { body?: unknown }).body === body;
}

describe("while the target is down", () => {
  it("events wait and arrive once each, in order, as soon as it is back, under the ids that they came with before", async () => {
    const { roomId, path } = await makeHook();
    const other = await makeHook();
    target.answerWith(503);

    const ids = [];
    for (const body of ["one", "two", "three"]) ids.push(await alice.sendText(roomId, body));
    await poll(async () => (target.callsAt(path).length >= 2 ? true : undefined), { what: "two tries", timeoutMs: 20_000 });
    target.answerWith(200);
    await took(path, 3, 60_000);
    await alice.sendText(other.roomId, "beside");
    await took(other.path, 1);

    expect(bodies(path)).toEqual(["one", "two", "three"]);
    expect([...new Set(target.callsAt(path).map(({ headers }) => headers["webhook-id"]))]).toEqual(ids);
  });

  it("events wait over a kill of Switchboard, and arrive after it in order", async () => {
    const { roomId, path, token } = await makeHook();
    await all.stopSwitchboard();
    const process = await all.startProcess();
    target.answerWith(503);
    for (const body of ["before the kill", "and this"]) await alice.sendText(roomId, body);
    await poll(async () => (target.callsAt(path).length >= 1 ? true : undefined), { what: "a try", timeoutMs: 20_000 });

    await process.kill();
    await alice.sendText(roomId, "while it was away");
    target.answerWith(200);
    all.log.push(...process.log.split("\n"));
    await all.startSwitchboard();
    await poll(async () => (bodies(path).includes("while it was away") ? true : undefined), { what: "all of it", timeoutMs: 60_000 });

    expect([...new Set(bodies(path))]).toEqual(["before the kill", "and this", "while it was away"]);
    expect(target.callsAt(path).every(({ headers }) => headers["x-matrix-hookshot-token"] === token)).toBe(true);
  });

  it("an event that it does not want (4xx) is dropped, the room is told, and the next one is sent", async () => {
    const { roomId, path } = await makeHook();
    target.answerWith(400);
    await alice.sendText(roomId, "unwanted");
    await poll(async () => (target.callsAt(path).length > 0 ? true : undefined), { what: "the refusal", timeoutMs: 20_000 });

    target.answerWith(200);
    await alice.sendText(roomId, "wanted");
    await took(path, 1);

    expect(bodies(path)).toEqual(["wanted"]);
    await hear(alice, roomId, "answered 400");
  });
});

describe("when its room is upgraded", () => {
  it.each(["10", "12"])("to version %s an outbound webhook goes along with its token", async (version) => {
    const { roomId, path, token } = await makeHook();
    const upgraded = await alice.upgradeRoom(roomId, version);

    await alice.invite(upgraded, bot);
    const carried = await alice.waitForEvent(upgraded, (event) => event.type === hookType);
    await alice.sendText(upgraded, "in the new room");
    await poll(async () => (bodies(path).includes("in the new room") ? true : undefined), { what: "the event", timeoutMs: 30_000 });

    expect(carried).toMatchObject({ sender: bot, content: { name: path.slice(1) } });
    const call = target.callsAt(path).find((one) => bodyIs(one, "in the new room"));
    expect(call?.headers).toMatchObject({ "x-matrix-hookshot-token": token, "x-matrix-hookshot-roomid": upgraded });
    expect(await alice.getStateContent(roomId, hookType, path.slice(1))).toEqual({ disabled: true });
    expect((await said(alice, upgraded)).join("\n")).not.toContain("no secret token");
  });
});

describe("the secret tokens of outbound webhooks", () => {
  it("are in no log, no metric, no room but the direct chat, and not in the data folder in plain", async () => {
    const { roomId } = await makeHook();
    target.answerWith(503);
    await alice.sendText(roomId, "waits there");
    const shown = [await all.metrics(), JSON.stringify(await alice.getState(roomId)), JSON.stringify(await alice.readTimeline(roomId))];
    await poll(async () => (target.received.at(-1)?.status === 503 ? true : undefined), { what: "a try", timeoutMs: 20_000 });
    await all.stopSwitchboard();
    const { files, records } = await readDataFolder(all.installation.dataFolder);
    await all.startSwitchboard();

    expect([...tokens].every((token) => token.startsWith("hs-ob-"))).toBe(true);
    expect(tokens.size).toBeGreaterThan(8);
    const texts = [...shown, ...all.log, ...[...files, ...records].map(({ where, text }) => `${where} ${text}`)];
    expect(texts.filter((text) => [...tokens].some((token) => text.includes(token))).map((text) => text.slice(0, 200))).toEqual([]);
    expect(bodyOf(await hear(alice, chat, 'webhook "test"'))).toContain("hs-ob-");
  });

  it("are not made where no key is configured to keep them with", async () => {
    const { dataFolder } = all.installation;
    await all.restartSwitchboard({ storage: { path: `${dataFolder}-without-key` } });
    const roomId = await all.roomWithBot(alice);

    expect(await answerTo(alice, roomId, `!hookshot outbound-hook keyless ${target.url}/keyless`)).toContain("storage.keyFile");

    expect((await alice.getState(roomId)).filter(({ type }) => type === hookType)).toEqual([]);
  });
});
