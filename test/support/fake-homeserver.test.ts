import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask } from "./ask.js";
import { FakeHomeserver } from "./fake-homeserver.js";

const roomId = "!room:fake.test";
const bot = "@hookshot:fake.test";
const ghost = "@_jira_bob:fake.test";

let homeserver: FakeHomeserver;

beforeEach(async () => {
  homeserver = new FakeHomeserver({ asToken: "as", rooms: [{ roomId, creator: "@alice:fake.test", members: [bot, ghost] }] });
  await homeserver.start();
  homeserver.memory.addDevice(bot, "DEVICE");
});

afterEach(() => homeserver.stop());

async function call(method: string, path: string, body?: object, token = "as"): Promise<{ status: number; body: Record<string, unknown> }> {
  const init = { method, headers: { authorization: `Bearer ${token}` }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  // A connection of its own each time: one that is kept may be on its way out after a restart.
  const answer = await ask(Number(new URL(homeserver.url).port), path, init);
  // All its answers are objects.
  return { status: answer.status, body: answer.json() as Record<string, unknown> };
}

async function send(transactionId: string, as: string): Promise<unknown> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${transactionId}?${as}`;
  return (await call("PUT", path, { body: transactionId })).body["event_id"];
}

/*
 * What delivery depends on, as measured on Synapse 1.163.
 */
describe("transaction ids at the fake homeserver", () => {
  const asBot = `user_id=${bot}`;
  const asDevice = `user_id=${bot}&device_id=DEVICE`;

  it("are remembered", async () => {
    expect(await send("a", asBot)).toBe(await send("a", asBot));
    expect(homeserver.messages(roomId)).toHaveLength(1);
  });

  it("are forgotten at a restart where no device is named", async () => {
    await send("a", asBot);
    await homeserver.restart();
    await send("a", asBot);

    expect(homeserver.messages(roomId)).toHaveLength(2);
  });

  it("survive a restart together with a device, and are told to that device only", async () => {
    const first = await send("a", asDevice);
    await homeserver.restart();

    expect(await send("a", asDevice)).toBe(first);
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/event/${encodeURIComponent(String(first))}`;
    expect((await call("GET", `${path}?${asDevice}`)).body).toMatchObject({ unsigned: { transaction_id: "a" } });
    expect((await call("GET", `${path}?${asBot}`)).body).not.toHaveProperty("unsigned");
  });

  it("swallow another user's event with the same id", async () => {
    expect(await send("a", `user_id=${ghost}`)).toBe(await send("a", asBot));
    expect(homeserver.messages(roomId).map((event) => event.sender)).toEqual([ghost]);
  });
});

describe("the fake homeserver", () => {
  it("refuses another token, an unknown device and a room without the user", async () => {
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/a`;

    expect(await call("PUT", path, {}, "other")).toMatchObject({ status: 401, body: { errcode: "M_UNKNOWN_TOKEN" } });
    expect(await call("PUT", `${path}?user_id=${bot}&device_id=NONE`, {})).toMatchObject({
      status: 400,
      body: { errcode: "M_UNKNOWN_DEVICE" },
    });
    expect(await call("PUT", `${path}?user_id=@_jira_eve:fake.test`, {})).toMatchObject({ status: 403, body: { errcode: "M_FORBIDDEN" } });
    expect(homeserver.messages(roomId)).toEqual([]);
  });

  it("fails the share of sends that it is told to", async () => {
    await call("POST", "/_fake/faults", { failShare: 0.25, failStatus: 502 });

    const answers: unknown[] = [];
    for (let index = 0; index < 8; index += 1) answers.push(await send(`t${index}`, `user_id=${bot}`));

    expect(answers.filter((eventId) => eventId === undefined)).toHaveLength(2);
    expect(homeserver.messages(roomId)).toHaveLength(6);
  });

  it("is controlled over HTTP", async () => {
    await call("POST", "/_fake/rooms", { rooms: [{ roomId: "!other:fake.test", creator: bot }] });
    await call("POST", "/_fake/say", { user: "@alice:fake.test", room: roomId, type: "m.room.message", content: { body: "hi" } });
    await send("a", `user_id=${bot}`);

    expect((await call("GET", "/_fake/counters")).body).toEqual({ send: 1 });
    expect((await call("GET", "/_fake/events")).body).toMatchObject({
      [roomId]: [{ content: { body: "hi" } }, { content: { body: "a" }, transactionId: "a" }],
      "!other:fake.test": [],
    });
    expect((await call("GET", `/_fake/events?room=${encodeURIComponent(roomId)}`)).body).toHaveLength(2);
  });
});
