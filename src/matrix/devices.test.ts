import { afterEach, describe, expect, it } from "vitest";
import { startMatrixOnFake, type MatrixOnFake } from "../../test/support/fake-homeserver-matrix.js";
import type { OutgoingEvent } from "../core/ports/message-sender.js";
import type { FakeHomeserverOptions } from "../../test/support/fake-homeserver.js";

const roomId = "!room:fake.test";
const bot = "@hookshot:fake.test";
const rooms = [{ roomId, creator: "@alice:fake.test", members: [bot] }];
const twelveHoursMs = 12 * 60 * 60 * 1000;

let fixture: MatrixOnFake;

afterEach(() => fixture.stop());

async function start(options: Partial<FakeHomeserverOptions> = {}): Promise<MatrixOnFake> {
  fixture = await startMatrixOnFake({ rooms, ...options });
  return fixture;
}

function message(transactionId: string): OutgoingEvent {
  return { roomId, sender: bot, transactionId, message: { type: "m.room.message", content: { body: transactionId } } };
}

describe("the device of a sending user", () => {
  it.each([
    { devices: "put", msc4190: true, requests: { device: 1, whoami: 1, send: 2 } },
    { devices: "put", msc4190: false, requests: { device: 1, whoami: 1, send: 2 } },
    { devices: "login", msc4190: false, requests: { device: 1, login: 1, whoami: 1, send: 2 } },
  ] as const)("is made once, where the homeserver makes them by $devices (msc4190: $msc4190)", async ({ devices, msc4190, requests }) => {
    const { homeserver, again } = await start({ devices });
    const { sender } = again({ msc4190 });

    await Promise.all([sender.send(message("a")), sender.send(message("b"))]);

    expect(homeserver.counters).toEqual(requests);
    expect(homeserver.messages(roomId).map((event) => event.deviceId)).toEqual([
      expect.stringMatching(/^SWITCHBOARD[0-9A-Z]{8}$/),
      homeserver.messages(roomId)[0]?.deviceId,
    ]);
    expect(sender.isRepeatSafe(bot)).toBe(true);
  });

  it("is remembered: a later start asks nothing before it sends", async () => {
    const { homeserver, matrix, again } = await start();
    await matrix.sender.send(message("a"));
    homeserver.resetCounters();

    const later = again();
    await later.botAccount.loadDevices([bot]);

    expect(later.sender.isRepeatSafe(bot)).toBe(true);
    expect(homeserver.counters).toEqual({});
    await later.sender.send(message("b"));
    expect(homeserver.counters).toEqual({ send: 1 });
    expect(new Set(homeserver.messages(roomId).map((event) => event.deviceId)).size).toBe(1);
  });

  it("is done without where the homeserver has none, and asked for again after an hour", async () => {
    const { homeserver, matrix, clock, warnings } = await start({ devices: "none" });

    await matrix.sender.send(message("a"));
    await matrix.sender.send(message("b"));

    expect(homeserver.counters).toMatchObject({ device: 1, login: 1, send: 2 });
    expect(homeserver.messages(roomId).map((event) => event.deviceId)).toEqual([undefined, undefined]);
    expect(matrix.sender.isRepeatSafe(bot)).toBe(false);
    expect(warnings).toHaveLength(1);
    clock.move(60 * 60 * 1000);
    await matrix.sender.send(message("c"));
    expect(homeserver.counters).toMatchObject({ device: 2, send: 3 });
  });

  it("is not asked for by every ghost where the homeserver has none", async () => {
    const ghosts = ["@_jira_a:fake.test", "@_jira_b:fake.test", "@_jira_c:fake.test"] as const;
    const { homeserver, matrix, warnings } = await start({
      devices: "none",
      rooms: [{ roomId, creator: "@alice:fake.test", members: [...ghosts] }],
    });
    for (const ghost of ghosts) homeserver.memory.users.add(ghost);

    for (const sender of ghosts) await matrix.sender.send({ ...message(sender), sender });

    expect([homeserver.counters, warnings.length]).toEqual([{ device: 1, login: 1, send: 3 }, 1]);
  });

  it("of a ghost is read again when it sends after a restart; until then its sends are not repeated blindly", async () => {
    const sender = "@_jira_a:fake.test";
    const { homeserver, matrix, again } = await start({ rooms: [{ roomId, creator: "@alice:fake.test", members: [sender] }] });
    homeserver.memory.users.add(sender);
    await matrix.sender.send({ ...message("a"), sender });
    homeserver.resetCounters();

    const later = again();

    expect(later.sender.isRepeatSafe(sender)).toBe(false);
    await later.sender.send({ ...message("b"), sender });
    expect([later.sender.isRepeatSafe(sender), homeserver.counters]).toEqual([true, { send: 1 }]);
  });

  it("cannot be had while the homeserver is away: the send fails, and the next one makes it", async () => {
    const { homeserver, matrix } = await start();
    await homeserver.stop();

    await expect(matrix.sender.send(message("a"))).rejects.toMatchObject({ isTransient: true, outcomeUnknown: false });

    await homeserver.start();
    await matrix.sender.send(message("a"));
    expect(homeserver.counters).toEqual({ device: 1, whoami: 1, send: 1 });
  });

  it("comes after the user's registration where the homeserver does not know the user", async () => {
    const ghost = "@_jira_bob:fake.test";
    const { homeserver, matrix } = await start({ rooms: [{ roomId, creator: "@alice:fake.test", members: [ghost] }] });

    await matrix.sender.send({ ...message("a"), sender: ghost });

    expect(homeserver.counters).toEqual({ device: 2, register: 1, whoami: 1, send: 1 });
    expect(homeserver.messages(roomId)).toMatchObject([{ sender: ghost, deviceId: expect.any(String) }]);
  });

  it("is made anew when the homeserver lost it, and nothing is repeated blindly for twelve hours", async () => {
    const { homeserver, matrix, clock } = await start();
    await matrix.sender.send(message("a"));
    for (const device of homeserver.memory.devices.get(bot) ?? []) homeserver.memory.removeDevice(bot, device);

    await expect(matrix.sender.send(message("b"))).rejects.toMatchObject({ isTransient: true, outcomeUnknown: true });

    await matrix.sender.send(message("b"));
    expect(homeserver.messages(roomId).map((event) => event.content["body"])).toEqual(["a", "b"]);
    expect(matrix.sender.isRepeatSafe(bot)).toBe(false);
    clock.move(twelveHoursMs);
    expect(matrix.sender.isRepeatSafe(bot)).toBe(true);
  });

  it("survives a record that cannot be read", async () => {
    const { again } = await start();
    const matrix = again({
      store: { get: () => "{broken", put: (key, value) => ({ type: "put", key, value }), remove: (key) => ({ type: "del", key }) },
    });

    await expect(matrix.sender.send(message("a"))).resolves.toMatch(/^\$/);
  });
});
