import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, type Asked, type AskOptions } from "../support/ask.js";
import { answerTo, bodyOf, bot, EndToEnd, hear, said } from "../support/end-to-end.js";
import type { ClientEvent, MatrixPerson } from "../support/matrix-client.js";

/*
 * Hookshot's own end-to-end cases about inbound webhooks (its reference, section 13), and ours. Its settings: every sender waits, and bodies
 * may be of 10 MB.
 */

const hookType = "uk.half-shot.matrix-hookshot.generic.hook";
const dataKey = "uk.half-shot.hookshot.webhook_data";
const connected = "Room configured to bridge webhooks. See admin room for secret url.";
const dayMs = 24 * 3_600_000;

let all: EndToEnd;
let alice: MatrixPerson;
let chat: string;

beforeAll(async () => {
  const generic = {
    urlPrefix: "http://localhost/webhook/",
    waitForComplete: true,
    payloadSizeLimit: "10mb",
    allowJsTransformationFunctions: true,
    enableHttpGet: true,
  };
  all = await EndToEnd.start({ sections: { generic } });
  alice = await all.person("alice");
  chat = await all.directChat(alice);
});

afterAll(() => all.stop());

function call(url: string, options: AskOptions = {}): Promise<Asked> {
  return ask(all.installation.webhookPort, new URL(url).pathname, { method: "PUT", ...options });
}

function post(url: string, payload: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Asked> {
  return call(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(payload) });
}

/** The last line of what the bot says next in the direct chat about a hook. */
async function toldAbout(name: string): Promise<string> {
  const event = await hear(alice, chat, `"${name}"`);
  return bodyOf(event).split("\n").at(-1) ?? "";
}

/** Makes a hook in a room of its own. */
async function hook(name: string, typed = `!hookshot webhook ${name}`): Promise<{ readonly roomId: string; readonly url: string }> {
  const roomId = await all.roomWithBot(alice);
  await answerTo(alice, roomId, typed);
  return { roomId, url: await toldAbout(name) };
}

/** Waits until state that somebody has set counts, which the room is told by nothing. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("waited in vain");
}

function hear2(roomId: string, fits: (event: ClientEvent) => boolean): Promise<ClientEvent> {
  return alice.waitForEvent(roomId, (event) => event.type === "m.room.message" && event.sender === bot && fits(event));
}

describe("an inbound webhook", () => {
  it("is made by Hookshot's command and posts to its room", async () => {
    const roomId = await all.roomWithBot(alice);

    expect(await answerTo(alice, roomId, "!hookshot webhook test")).toBe(connected);
    const state = (await alice.getState(roomId)).find(({ type }) => type === hookType);
    expect(state).toMatchObject({ sender: bot, state_key: "test", content: { name: "test" } });
    const told = bodyOf(await hear(alice, chat, '"test"')).split("\n");
    expect(told).toHaveLength(3);
    expect(told[0]).toBe(`You have bridged the webhook "test" in https://matrix.to/#/${encodeURIComponent(roomId)} .`);
    const url = told[2] ?? "";
    expect(JSON.stringify(await alice.getState(roomId))).not.toContain(url.split("/").at(-1));

    const answer = await call(url, { headers: { "content-type": "text/plain" }, body: "Hello world" });

    expect([answer.status, answer.json()]).toEqual([200, { ok: true }]);
    expect(answer.headers["content-security-policy"]).toContain("sandbox");
    expect((await hear(alice, roomId, "Hello world")).content).toEqual({
      msgtype: "m.notice",
      body: "Received webhook data: Hello world",
      format: "org.matrix.custom.html",
      formatted_body: "<p>Received webhook data: Hello world</p>",
      [dataKey]: "Hello world",
    });
  });

  it("is made by !connect, listed, and gone when it is removed", async () => {
    const { roomId, url } = await hook("connected", "!connect webhook connected");
    expect((await post(url, { text: "here" })).status).toBe(200);
    expect(await answerTo(alice, roomId, "!hookshot webhook list")).toBe("Webhooks configured:\n\n * connected");

    expect(await answerTo(alice, roomId, "!hookshot webhook remove connected")).toBe("Removed webhook connected");

    const answer = await post(url, { text: "gone" });
    expect([answer.status, answer.json()]).toEqual([404, { ok: false, error: "Webhook not found" }]);
    expect(await alice.getStateContent(roomId, hookType, "connected")).toEqual({ disabled: true });
  });

  it("lives for as long as is typed, and takes no date that lies behind", async () => {
    const { roomId, url } = await hook("brief", "!hookshot webhook brief 2h");
    expect((await post(url, { text: "in time" })).status).toBe(200);
    const { expirationDate } = (await alice.getStateContent(roomId, hookType, "brief")) ?? {};
    expect(Date.parse(String(expirationDate)) - Date.now()).toBeGreaterThan(1.9 * 3_600_000);
    expect(Date.parse(String(expirationDate)) - Date.now()).toBeLessThanOrEqual(2 * 3_600_000);

    await alice.sendState(roomId, hookType, "brief", { name: "brief", expirationDate: new Date(Date.now() - dayMs).toISOString() });

    await until(async () => (await post(url, { text: "late" })).status === 404);
    expect(await answerTo(alice, roomId, "!connections")).toContain("Expiration date must at least be a hour in the future");
  });

  it("posts without data where the room does not want it", async () => {
    const { roomId, url } = await hook("quiet");
    await alice.sendState(roomId, hookType, "quiet", { name: "quiet", includeHookBody: false });

    let count = 0;
    await until(async () => {
      count += 1;
      await post(url, { text: `try ${count}` });
      return !Object.hasOwn((await hear2(roomId, (event) => bodyOf(event) === `try ${count}`)).content, dataKey);
    });
  });

  it("posts what of a large body fits", async () => {
    const { roomId, url } = await hook("large");

    const answer = await call(url, { headers: { "content-type": "text/plain" }, body: "x".repeat(10 * 1_048_576 - 1_024) });

    expect(answer.status).toBe(200);
    const { content } = await hear2(roomId, (event) => bodyOf(event).startsWith("Received webhook data: xxx"));
    expect(Object.keys(content).sort()).toEqual(["body", "msgtype"]);
  });

  it("refuses what is too large, and what it cannot read", async () => {
    const { url } = await hook("strict");

    const large = await call(url, { headers: { "content-type": "text/plain" }, body: "x".repeat(10 * 1_048_576 + 1) });
    const broken = await call(url, { headers: { "content-type": "application/json" }, body: "{" });
    const method = await call(url, { method: "DELETE" });

    expect([large.status, large.json()]).toMatchObject([413, { ok: false }]);
    expect([broken.status, broken.json()]).toEqual([400, { ok: false, error: "The body is not JSON." }]);
    expect([method.status, method.json()]).toEqual([
      405,
      { errcode: "HS_METHOD_NOT_ALLOWED", error: "Invalid Method. Expecting PUT, GET or POST" },
    ]);
  });

  it("is found by the older form of its address, with a slash behind it, and with encoded dashes", async () => {
    const { roomId, url } = await hook("found");
    const id = url.split("/").at(-1) ?? "";

    for (const path of [`/${id}`, `/webhook/${id}/`, `/webhook/${id.replaceAll("-", "%2D")}`]) {
      expect((await post(`http://localhost${path}`, { text: `by ${path}` })).status, path).toBe(200);
      await hear(alice, roomId, `by ${path}`);
    }
    expect((await post(`http://localhost/webhook/${id.toUpperCase()}`, {})).status).toBe(404);
    expect((await post("http://localhost/no-such-hook", {})).json()).toMatchObject({ errcode: "HS_NOTFOUND" });
    const got = await ask(all.installation.webhookPort, `/webhook/${id}?text=by+query&a[b]=1`);
    expect(got.status).toBe(200);
    expect((await hear(alice, roomId, "by query")).content[dataKey]).toEqual({ text: "by query", a: { b: "1" } });
  });

  it("takes what is made for Slack and Discord", async () => {
    const { roomId, url } = await hook("others");

    const slack = await post(`${url}/slack`, { text: "a *bold* word" });
    const discord = await post(`${url}/discord`, { content: "a **bold** embed" });

    expect([slack.status, slack.text, discord.status, discord.text]).toEqual([200, "ok", 204, ""]);
    await hear(alice, roomId, "a **bold** word");
    await hear(alice, roomId, "a **bold** embed");
  });

  it("takes a repeated request once", async () => {
    const { roomId, url } = await hook("once");

    for (let time = 0; time < 2; time += 1) expect((await post(url, { text: "only once" }, { "idempotency-key": "k1" })).status).toBe(200);
    for (let time = 0; time < 2; time += 1) expect((await post(url, { text: "every time" })).status).toBe(200);

    const heard = await said(alice, roomId);
    expect(heard.filter((body) => body.endsWith("once"))).toEqual(["only once"]);
    expect(heard.filter((body) => body === "every time")).toHaveLength(2);
  });

  it("asks for signatures, once somebody made a secret", async () => {
    const { roomId, url } = await hook("signed");
    await answerTo(alice, roomId, "!hookshot webhook secret signed");
    const secret =
      bodyOf(await hear(alice, chat, "have to be signed"))
        .split("\n")
        .at(-1) ?? "";
    const body = JSON.stringify({ text: "signed words" });
    const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

    await until(async () => (await post(url, { text: "unsigned" })).status === 401);
    const answer = await call(url, { headers: { "content-type": "application/json", "x-hub-signature-256": signature }, body });

    expect(answer.status).toBe(200);
    await hear(alice, roomId, "signed words");
  });

  it("posts a sample when somebody tries it out", async () => {
    const { roomId } = await hook("sampled");

    await answerTo(alice, roomId, "!hookshot webhook test sampled");

    await hear(alice, roomId, "This is a test of the webhook sampled.");
  });

  it("edits one message about a group of alerts", async () => {
    const { roomId, url } = await hook("alerts", "!connect webhook alerts format=alertmanager");
    const notify = (status: string): Promise<Asked> =>
      post(url, {
        version: "4",
        groupKey: "g",
        status,
        groupLabels: { alertname: "Slow" },
        alerts: [{ status, labels: { alertname: "Slow" }, annotations: { summary: "It is slow" } }],
      });

    await notify("firing");
    const first = await hear(alice, roomId, "[FIRING:1]");
    await notify("resolved");
    const edit = await hear(alice, roomId, "[RESOLVED]");

    expect(edit.content["m.relates_to"]).toEqual({ rel_type: "m.replace", event_id: first.event_id });
  });

  it("is worded by a function, which may answer the sender", async () => {
    const { roomId, url } = await hook("scripted");
    const script = "result = { version: 'v2', plain: `**${data.n + 1}**`, webhookResponse: { body: '{\"n\":1}', statusCode: 201 } };";
    await alice.sendState(roomId, hookType, "scripted", { name: "scripted", transformationFunction: script });

    let answer: Asked | undefined;
    await until(async () => {
      answer = await post(url, { n: 41 });
      return answer.status === 201;
    });

    expect(answer?.json()).toEqual({ n: 1 });
    expect(answer?.headers["content-type"]).toContain("application/json");
    await hear(alice, roomId, "**42**");
  });

  it("says at once that a function does not compile", async () => {
    const { roomId } = await hook("broken");
    await alice.sendState(roomId, hookType, "broken", { name: "broken", transformationFunction: "result = (" });

    expect((await hear(alice, roomId, "Could not compile transformation function:")).content).toMatchObject({ msgtype: "m.text" });
  });

  it("keeps its address over a restart, and over the upgrade of its room", async () => {
    const { roomId, url } = await hook("lasting");
    await all.restartSwitchboard();
    expect((await post(url, { text: "after the restart" })).status).toBe(200);
    await hear(alice, roomId, "after the restart");

    const upgraded = await alice.upgradeRoom(roomId, "11");
    await alice.invite(upgraded, bot);
    await until(async () => (await alice.getStateContent(upgraded, hookType, "lasting")) !== undefined);
    await until(async () => {
      await post(url, { text: "after the upgrade" });
      return (await alice.readTimeline(upgraded)).some((event) => bodyOf(event) === "after the upgrade");
    });
  });

  it("may stand in the configuration, in two rooms at once", async () => {
    const rooms = [await all.roomWithBot(alice), await all.roomWithBot(alice)];
    const transformationFunction = "result = { version: 'v2', plain: 'Hello world' };";
    const states = [{ name: "plain" }, { name: "scripted", transformationFunction }];
    const connections = rooms.map((roomId, index) => ({ roomId, connectionType: hookType, stateKey: "foo", state: states[index] }));
    await all.restartSwitchboard({ connections });

    const send = (): Promise<Asked> => call("http://localhost/webhook/foo", { headers: { "content-type": "text/plain" }, body: "{}" });
    // A connection that is new in the configuration is in force a moment after the start.
    await until(async () => (await send()).status === 200 && (await said(alice, rooms[1]!)).length > 0);

    const answer = await send();

    expect([answer.status, answer.json()]).toEqual([200, { ok: true }]);
    const common = { msgtype: "m.notice", format: "org.matrix.custom.html", [dataKey]: "{}" };
    expect((await hear(alice, rooms[0]!, "{}")).content).toEqual({
      ...common,
      body: "Received webhook data: {}",
      formatted_body: "<p>Received webhook data: {}</p>",
    });
    expect((await hear(alice, rooms[1]!, "Hello world")).content).toEqual({
      ...common,
      body: "Hello world",
      formatted_body: "<p>Hello world</p>",
    });
    expect(await answerTo(alice, rooms[0]!, "!hookshot webhook remove plain")).toContain("static");
  });
});
