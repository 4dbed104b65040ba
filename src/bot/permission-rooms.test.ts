import { describe, expect, it } from "vitest";
import { alice, FakeRoomPorts, mainBot, mallory, memberEvent, room } from "../../test/support/bot-fakes.js";
import { RemoteError } from "../core/errors.js";
import { PermissionRooms } from "./permission-rooms.js";

const rules = [
  { actor: room, services: [{ level: "login" as const }] },
  { actor: "*", services: [] },
];

function rig(): { readonly members: PermissionRooms; readonly ports: FakeRoomPorts; readonly log: string[]; load: () => Promise<void> } {
  const members = new PermissionRooms(rules);
  const ports = new FakeRoomPorts();
  const log: string[] = [];
  const line = (_fields: object, message: string): void => void log.push(message);
  const deps = { accounts: ports, roomState: ports, log: { info: line, warn: line, error: line } };
  return { members, ports, log, load: () => members.load(mainBot, deps) };
}

describe("rooms that permissions name", () => {
  it("are read once and kept current", async () => {
    const { members, load } = rig();
    expect(members.isLoading()).toBe(true);
    await load();

    members.applyMember(memberEvent("join", mallory));
    members.applyMember(memberEvent("ban", alice));

    expect(members.isLoading()).toBe(false);
    expect([...(members.membersOf(room) ?? [])]).toEqual([mallory]);
  });

  it("take changes that arrived while they were being read as newer than the answer", async () => {
    const { members, load } = rig();

    members.applyMember(memberEvent("leave", alice));
    await load();

    expect(members.membersOf(room)?.has(alice)).toBe(false);
  });

  it("stay unknown while the homeserver cannot be asked", async () => {
    const { members, ports, load } = rig();
    ports.fail("join", new RemoteError("No answer"));

    await expect(load()).rejects.toThrow("No answer");
    expect(members.isLoading()).toBe(true);
  });

  it("give nobody a right when the bot is refused, and the log says what to do", async () => {
    const { members, ports, log, load } = rig();
    ports.fail("join", new RemoteError("Not invited", { status: 403 }));

    await load();

    expect(members.isLoading()).toBe(false);
    expect(members.membersOf(room)).toBeUndefined();
    expect(log).toEqual([`The members of ${room}, named in "permissions", cannot be read: invite ${mainBot} and restart`]);
  });

  it("ignore other rooms and members that are none", () => {
    const { members } = rig();

    members.applyMember(memberEvent("join", alice, { room_id: "!other:example.org" }));
    members.applyMember(memberEvent("join", "nobody" as typeof alice));

    expect(members.has("!other:example.org")).toBe(false);
  });
});
