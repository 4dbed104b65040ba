import { describe, expect, it } from "vitest";
import { alice, mainBot, mallory, room } from "../../test/support/connections-rig.js";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { away, FakeRoomServer, forbidden } from "../../test/support/room-fakes.js";
import { seededRandom } from "../../test/support/seeded-random.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import { createPermissionRooms, type PermissionRooms } from "./permission-rooms.js";

interface PermissionRig {
  readonly members: PermissionRooms;
  readonly server: FakeRoomServer;
  readonly clock: ManualClock;
  readonly log: string[];
}

function rig(): PermissionRig {
  const server = new FakeRoomServer();
  server.createRoom(room, alice, [mainBot]);
  const clock = new ManualClock();
  const log: string[] = [];
  const note = (_fields: object, message: string): void => void log.push(message);
  const members = createPermissionRooms({
    roomIds: [room],
    as: mainBot,
    accounts: server.accounts,
    roomState: server.roomState,
    clock,
    random: seededRandom(1),
    log: { info: note, warn: note, error: note },
  });
  return { members, server, clock, log };
}

function member(user: string, membership: string, type = "m.room.member"): MatrixEvent {
  return { type, event_id: "$1", room_id: room, sender: alice, origin_server_ts: 0, state_key: user, content: { membership } };
}

describe("the rooms that permissions name", () => {
  it("are joined, read once and followed", async () => {
    const { members, server } = rig();
    expect(members.membersOf(room)).toBeUndefined();
    members.start();
    await settle();

    members.applyMember(member(mallory, "join"));
    members.applyMember(member(alice, "ban"));
    members.applyMember(member(alice, "join", "m.room.name"));

    expect([...members.membersOf(room)!].sort()).toEqual([mainBot, mallory]);
    expect(members.isLoading()).toBe(false);
    expect(server.requests).toEqual([`join ${room} ${mainBot}`, `joinedMembers ${room}`]);
    await members.stop();
  });

  it("take changes that come while they are read as newer than the answer", async () => {
    const { members } = rig();
    members.start();

    members.applyMember(member(alice, "leave"));
    await settle();

    expect(members.membersOf(room)).toEqual(new Set([mainBot]));
    await members.stop();
  });

  it("are unknown while the homeserver is away, and tried again", async () => {
    const { members, server, clock } = rig();
    server.failing = () => away;
    members.start();
    await clock.advance(5_000);
    expect([members.isLoading(), members.membersOf(room)]).toEqual([true, undefined]);
    server.failing = () => undefined;

    await clock.advance(60_000);

    expect(members.membersOf(room)).toEqual(new Set([alice, mainBot]));
    await members.stop();
  });

  it("give nobody a right where the bot is refused, hold nothing up, and are tried again", async () => {
    const { members, server, clock, log } = rig();
    server.failing = () => forbidden;
    members.start();
    await settle();
    expect([members.isLoading(), members.membersOf(room)]).toEqual([false, undefined]);
    expect(log[0]).toContain(`invite ${mainBot}`);
    server.failing = () => undefined;

    await clock.advance(60_000);

    expect(members.membersOf(room)?.has(alice)).toBe(true);
    await members.stop();
  });

  it("are unknown again after the bot had to leave", async () => {
    const { members, server } = rig();
    members.start();
    await settle();
    server.failing = () => forbidden;

    members.applyMember(member(mainBot, "leave"));
    await settle();

    expect(members.membersOf(room)).toBeUndefined();
    await members.stop();
  });

  it("of others are nothing to us", () => {
    const { members } = rig();

    expect([members.has("!other:example.org"), members.membersOf("!other:example.org")]).toEqual([false, undefined]);
  });
});
