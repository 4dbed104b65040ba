import { describe, expect, it } from "vitest";
import {
  alice,
  canonicalType,
  connectionsRig,
  emptyRig,
  mainBot,
  mallory,
  room,
  trackerBot,
  url,
  type Rig,
} from "../../test/support/connections-rig.js";
import { away, FakeRoomServer, forbidden } from "../../test/support/room-fakes.js";
import type { RoomId, UserId } from "../core/ids.js";
import type { AccessInput } from "./operations.js";

const bob: UserId = "@bob:example.org";
const other: RoomId = "!other:example.org";

function reading(extra: Partial<AccessInput> = {}): AccessInput {
  return { roomId: room, actor: alice, ...extra };
}

function writing(rig: Rig, extra: Partial<AccessInput> = {}): AccessInput {
  return { roomId: room, actor: alice, service: rig.tracker, eventType: canonicalType, ...extra };
}

function setPower(rig: Rig, levels: Readonly<Record<string, unknown>>): void {
  rig.server.send(room, "m.room.power_levels", "", levels, alice);
}

describe("access to a room's connections", () => {
  it("costs one request for reading and two for a change where the room is known", async () => {
    const rig = await connectionsRig();

    const read = await rig.operations.checkAccess(reading());
    const readRequests = rig.server.takeRequests();
    const written = await rig.operations.checkAccess(writing(rig));

    expect(read.bot.userId).toBe(mainBot);
    expect(written.bot.userId).toBe(mainBot);
    expect(readRequests).toEqual([`read ${room} m.room.member`]);
    expect(rig.server.takeRequests()).toEqual([`read ${room} m.room.member`, `read ${room} m.room.power_levels`]);
  });

  it("gives the service's own bot where it is in the room", async () => {
    const rig = await connectionsRig();
    rig.server.send(room, "m.room.member", trackerBot, { membership: "join" }, trackerBot);
    await rig.operations.readRoom(room);

    const { bot } = await rig.operations.checkAccess(reading({ service: rig.tracker }));

    expect(bot.userId).toBe(trackerBot);
  });

  it("reads a room that is known and was never read, so that its connections are known too", async () => {
    const rig = await (await connectionsRig()).rebuilt();
    rig.server.send(room, canonicalType, url, { url }, alice);
    await rig.unitOfWork.commit(rig.rooms.put({ roomId: room, bots: [mainBot] }));

    await rig.operations.checkAccess(reading());

    expect(await rig.connections()).toHaveLength(1);
  });

  it.each([
    ["was never there", undefined, "User is not joined to the room."],
    ["has left", "leave", "Could not determine if the user is in the room."],
    ["is banned", "ban", "Could not determine if the user is in the room."],
    ["is only invited", "invite", "Could not determine if the user is in the room."],
  ])("is refused to somebody who %s", async (_name, membership, message) => {
    const rig = await connectionsRig();
    if (membership !== undefined) rig.server.send(room, "m.room.member", bob, { membership }, alice);

    await expect(rig.operations.checkAccess(reading({ actor: bob }))).rejects.toMatchObject({ code: "HS_NOT_IN_ROOM", message });
  });

  it("is refused where the homeserver does not tell who is in the room, and not judged while it is away", async () => {
    const rig = await connectionsRig();

    rig.server.failing = () => forbidden;
    await expect(rig.operations.checkAccess(reading())).rejects.toMatchObject({
      code: "HS_NOT_IN_ROOM",
      message: "Could not determine if the user is in the room.",
    });
    rig.server.failing = () => away;
    await expect(rig.operations.checkAccess(reading())).rejects.toMatchObject({ code: "HS_REMOTE_ERROR" });
  });

  it.each([
    ["the bot's own level", { users: { [alice]: 100 } }, "HS_FORBIDDEN_BOT", "Bot has a PL of 0 but needs at least 50."],
    [
      "the person's own level",
      { users: { [mainBot]: 100, [alice]: 49 } },
      "HS_FORBIDDEN_USER",
      "User has a PL of 49 but needs at least 50.",
    ],
    [
      "state_default",
      { users: { [mainBot]: 100, [alice]: 69 }, state_default: 70 },
      "HS_FORBIDDEN_USER",
      "User has a PL of 69 but needs at least 70.",
    ],
    ["a state_default of 0, which counts as 50", { state_default: 0 }, "HS_FORBIDDEN_BOT", "Bot has a PL of 0 but needs at least 50."],
    [
      "the event's own level",
      { users: { [mainBot]: 80, [alice]: 100 }, events: { [canonicalType]: 90 } },
      "HS_FORBIDDEN_BOT",
      "Bot has a PL of 80 but needs at least 90.",
    ],
    [
      "the event's own level, for the person too",
      { users: { [mainBot]: 90, [alice]: 80 }, events: { [canonicalType]: 90 } },
      "HS_FORBIDDEN_USER",
      "User has a PL of 80 but needs at least 90.",
    ],
  ])("asks for a change as %s says", async (_name, levels, code, message) => {
    const rig = await connectionsRig();
    setPower(rig, levels);

    await expect(rig.operations.checkAccess(writing(rig))).rejects.toMatchObject({ code, message });
    await expect(rig.operations.checkAccess(reading())).resolves.toBeDefined();
  });

  it("lets everybody in where the event's own level is lower than state_default", async () => {
    const rig = await connectionsRig();
    setPower(rig, { state_default: 100, events: { [canonicalType]: 0 } });

    await expect(rig.operations.checkAccess(writing(rig))).resolves.toBeDefined();
  });

  it("counts the creators of rooms from version 12 on as infinite", async () => {
    const server = new FakeRoomServer();
    server.createRoom(room, alice, [mainBot], { room_version: "12", additional_creators: [mainBot] });
    const rig = await emptyRig(server);
    await rig.operations.readRoom(room);
    setPower(rig, { state_default: 1_000 });

    await expect(rig.operations.checkAccess(writing(rig))).resolves.toBeDefined();
  });

  it.each([
    ["missing", undefined],
    ["refused", forbidden],
  ])("is refused for a change where the power levels are %s", async (_name, failure) => {
    const rig = await connectionsRig();
    if (failure === undefined) rig.server.removeState(room, "m.room.power_levels", "");
    else rig.server.failing = (request) => (request.includes("power_levels") ? failure : undefined);

    await expect(rig.operations.checkAccess(writing(rig))).rejects.toMatchObject({
      code: "HS_NOT_IN_ROOM",
      message: `Could not get power levels for ${room}. Is the bot invited?`,
    });
  });
});

describe("access to a room that the bot is not known to be in", () => {
  async function withRoom(membership: string | undefined): Promise<Rig> {
    const rig = await connectionsRig();
    rig.server.createRoom(other, alice, [mallory]);
    rig.server.send(other, canonicalType, url, { url }, alice);
    if (membership !== undefined) rig.server.send(other, "m.room.member", mainBot, { membership }, alice);
    return rig;
  }

  it.each(["invite", "join"])("is given after a membership of %s that we were not told of, and the room is read", async (membership) => {
    const rig = await withRoom(membership);

    const { bot } = await rig.operations.checkAccess(reading({ roomId: other }));

    expect(bot.userId).toBe(mainBot);
    expect(rig.server.contentOf(other, "m.room.member", mainBot)).toEqual({ membership: "join" });
    expect(await rig.connections(other)).toHaveLength(1);
  });

  it.each([undefined, "leave", "ban", "knock"])("is refused after %s, without any try to join", async (membership) => {
    const rig = await withRoom(membership);

    await expect(rig.operations.checkAccess(reading({ roomId: other }))).rejects.toMatchObject({
      code: "HS_NOT_IN_ROOM",
      message: "Bot is not joined to the room.",
    });
    expect(rig.server.takeRequests().filter((request) => request.startsWith("join"))).toEqual([]);
  });

  it("is refused where the invitation cannot be accepted any more", async () => {
    const rig = await withRoom("invite");
    rig.server.failing = (request) => (request.startsWith("join ") ? forbidden : undefined);

    await expect(rig.operations.checkAccess(reading({ roomId: other }))).rejects.toMatchObject({ code: "HS_NOT_IN_ROOM" });
  });

  it("is not judged while the homeserver is away", async () => {
    const rig = await withRoom("invite");
    rig.server.failing = () => away;

    await expect(rig.operations.checkAccess(reading({ roomId: other }))).rejects.toMatchObject({ code: "HS_REMOTE_ERROR" });
  });

  it("does not send another service's bot for one that it does not serve", async () => {
    const rig = await withRoom(undefined);
    rig.server.send(other, "m.room.member", trackerBot, { membership: "invite" }, alice);
    const jira = { ...rig.tracker, service: { ...rig.tracker.service, permissionName: "jira" } };

    await expect(rig.operations.checkAccess(reading({ roomId: other, service: jira }))).rejects.toMatchObject({ code: "HS_NOT_IN_ROOM" });
    await expect(rig.operations.checkAccess(reading({ roomId: other, service: rig.tracker }))).resolves.toMatchObject({
      bot: { userId: trackerBot },
    });
  });
});
