import { afterEach, describe, expect, it } from "vitest";
import { startMatrixOnFake, type MatrixOnFake } from "../../test/support/fake-homeserver-matrix.js";
import type { FakeHomeserverOptions } from "../../test/support/fake-homeserver.js";

const roomId = "!room:fake.test";
const bot = "@hookshot:fake.test";
const serviceBot = "@jira:fake.test";
const alice = "@alice:fake.test";
const type = "uk.half-shot.matrix-hookshot.jira.project";
const stateKey = "https://jira.test/projects/PLAY?a=b#c";
const rooms = [{ roomId, creator: alice, members: [bot], invited: [serviceBot], state: [{ type, stateKey, content: { id: 1 } }] }] as const;

let fixture: MatrixOnFake;

afterEach(() => fixture.stop());

async function start(options: Partial<FakeHomeserverOptions> = {}): Promise<MatrixOnFake> {
  fixture = await startMatrixOnFake({ rooms, ...options });
  return fixture;
}

describe("room state", () => {
  it("reads the whole state, and leaves out what is no event", async () => {
    const { homeserver, matrix } = await start();
    homeserver.memory.rooms.get(roomId)?.add({ type: "x.y", sender: "not a user id", stateKey: "", content: {} });

    const state = await matrix.roomState.readAll(roomId, bot);

    expect(state.map((event) => event.type)).toEqual([
      "m.room.create",
      "m.room.member",
      "m.room.power_levels",
      "m.room.member",
      "m.room.member",
      type,
    ]);
    expect(state.at(-1)).toMatchObject({ room_id: roomId, state_key: stateKey, sender: alice, content: { id: 1 } });
  });

  it("reads one state event, whatever its key", async () => {
    const { matrix } = await start();

    expect(await matrix.roomState.read(roomId, type, stateKey, bot)).toEqual({ id: 1 });
    expect(await matrix.roomState.read(roomId, "m.room.create", "", bot)).toMatchObject({ room_version: "10" });
    expect(await matrix.roomState.read(roomId, type, "none", bot)).toBeUndefined();
  });

  it("sets state as the given user and gives the event's id", async () => {
    const { homeserver, matrix } = await start();

    const eventId = await matrix.roomState.set(roomId, type, "a/b", { disabled: true }, bot);

    expect(homeserver.memory.rooms.get(roomId)?.event(eventId)).toMatchObject({
      type,
      state_key: "a/b",
      sender: bot,
      content: { disabled: true },
    });
  });

  it("reads one event, and knows a missing one from a forbidden one", async () => {
    const { homeserver, matrix } = await start();
    const said = homeserver.sendAs(alice, roomId, { type: "m.room.message", content: { body: "hi" } });
    const eventId = said.event_id as `$${string}`;

    expect(await matrix.roomState.readEvent(roomId, eventId, bot)).toMatchObject({
      event_id: eventId,
      sender: alice,
      content: { body: "hi" },
    });
    expect(await matrix.roomState.readEvent(roomId, "$none", bot)).toBeUndefined();
    await expect(matrix.roomState.readEvent(roomId, eventId, serviceBot)).rejects.toMatchObject({ status: 403 });
  });

  it("redacts with a reason", async () => {
    const { homeserver, matrix } = await start();
    const said = homeserver.sendAs(alice, roomId, { type: "m.room.message", content: { body: "hi" } });

    await matrix.roomState.redact(roomId, said.event_id as `$${string}`, "not allowed", bot);

    expect(said.content).toEqual({});
    expect(homeserver.memory.rooms.get(roomId)?.timeline.at(-1)).toMatchObject({ sender: bot, content: { reason: "not allowed" } });
  });

  it("lists joined members", async () => {
    const { matrix } = await start();

    expect(await matrix.roomState.joinedMembers(roomId, bot)).toEqual([alice, bot]);
  });

  it("waits when told to slow down, and counts the calls by the client function's name", async () => {
    const { homeserver, matrix, clock, calls } = await start();
    homeserver.setFaults({ refusals: [{ kind: "room_state", status: 429, errcode: "M_LIMIT_EXCEEDED", times: 2 }] });

    await matrix.roomState.readAll(roomId, bot);

    expect(clock.waits).toEqual([1000, 1000]);
    expect(calls).toEqual(["getRoomState failed", "getRoomState failed", "getRoomState ok"]);
  });

  it("fails with RemoteError when the homeserver is away", async () => {
    const { homeserver, matrix } = await start();
    await homeserver.stop();

    await expect(matrix.roomState.readAll(roomId, bot)).rejects.toMatchObject({ code: "HS_REMOTE_ERROR", isTransient: true });
  });

  it("serves two homeservers in one process", async () => {
    const { matrix } = await start();
    const other = await startMatrixOnFake({
      serverName: "other.test",
      rooms: [{ roomId: "!o:other.test", creator: "@hookshot:other.test" }],
    });

    const members = [
      await matrix.roomState.joinedMembers(roomId, bot),
      await other.matrix.roomState.joinedMembers("!o:other.test", "@hookshot:other.test"),
    ];
    await other.stop();

    expect(members).toEqual([[alice, bot], ["@hookshot:other.test"]]);
    expect(await matrix.roomState.joinedMembers(roomId, bot)).toEqual([alice, bot]);
  });
});

describe("account data of a bot in a room", () => {
  it("is read as it was set, by that bot only", async () => {
    const { matrix } = await start();

    await matrix.accountData.set(roomId, "a.type/with:parts", { granted: true }, bot);

    expect(await matrix.accountData.get(roomId, "a.type/with:parts", bot)).toEqual({ granted: true });
    expect(await matrix.accountData.get(roomId, "a.type/with:parts", serviceBot)).toBeUndefined();
  });
});

describe("bot accounts", () => {
  it("join, list, and leave with a reason", async () => {
    const { homeserver, matrix } = await start();
    const { accounts } = matrix;

    expect(await accounts.joinedRooms(serviceBot)).toEqual([]);
    expect(await accounts.join(roomId, serviceBot)).toBe(roomId);
    expect(await accounts.joinedRooms(serviceBot)).toEqual([roomId]);
    await accounts.leave(roomId, serviceBot, "You do not have permission to invite this bot.");
    expect(homeserver.memory.rooms.get(roomId)?.stateEvent("m.room.member", serviceBot)?.content).toEqual({
      membership: "leave",
      reason: "You do not have permission to invite this bot.",
    });
  });

  it("know what they are in a room, from outside of it", async () => {
    const { homeserver, matrix } = await start({
      rooms: [...rooms, { roomId: "!private:fake.test", creator: alice, isInviteOnly: true }],
    });
    const { accounts } = matrix;

    expect(await accounts.membership(roomId, bot)).toBe("join");
    expect(await accounts.membership(roomId, serviceBot, ["other.test"])).toBe("invite");
    expect(homeserver.memory.rooms.get(roomId)?.membership(serviceBot)).toBe("invite");
    expect(await accounts.membership("!private:fake.test", bot)).toBeUndefined();
    expect(await accounts.membership("!nowhere", bot)).toBeUndefined();
  });

  it("open direct chats", async () => {
    const { homeserver, matrix } = await start();

    const direct = await matrix.accounts.createDirectRoom(alice, bot);

    const room = homeserver.memory.rooms.get(direct);
    expect([room?.membership(bot), room?.membership(alice)]).toEqual(["join", "invite"]);
  });

  it("send read receipts", async () => {
    const { homeserver, matrix } = await start();

    await matrix.accounts.sendReadReceipt(roomId, "$event", bot);

    expect(homeserver.counters).toEqual({ receipt: 1 });
  });
});
