import { describe, expect, it } from "vitest";
import {
  alice,
  botRig,
  connection,
  createSpeaker,
  messageEvent,
  room,
  spoken,
  work,
  type BotRig,
  type BotRigOptions,
} from "../../../test/support/bot-fakes.js";
import { PermissionError, RemoteError } from "../../core/errors.js";
import type { RoomId } from "../../core/ids.js";
import type { RoomQueue } from "../../core/ports/room-work.js";

const other: RoomId = "!other:example.org";
const there = connection("PLAY", { roomId: other });

/** A direct chat with an administrator of the tracker; another room is connected. */
function adminRig({
  rules = [{ actor: alice, services: [{ service: "tracker", level: "admin" }] }],
  ...options
}: BotRigOptions = {}): BotRig {
  const rig = botRig({ rules, ...options });
  noteDirectChat(rig, room);
  rig.operations.connections = [there];
  return rig;
}

function noteDirectChat(rig: BotRig, roomId: RoomId): void {
  const record = { ...rig.rooms.records.get(room)!, roomId, adminUser: alice };
  rig.rooms.records.set(roomId, record);
  rig.deps.adminRooms.note(record);
}

async function disconnect(rig: BotRig, words = `${other} ${there.id}`, from = room): Promise<string | undefined> {
  const replies = await createSpeaker(rig.deps)(work(messageEvent(`disconnect ${words}`, { room_id: from })));
  expect(replies).toHaveLength(1);
  return spoken(replies)[0];
}

describe("disconnect in a direct chat", () => {
  it("ends the connection in its room's turn, without asking for power there", async () => {
    const turns: RoomId[] = [];
    const queue: RoomQueue = {
      async run(roomId, task) {
        turns.push(roomId);
        return task();
      },
    };
    const rig = adminRig({ overrides: { queue } });

    expect(await disconnect(rig)).toBe("Connection removed successfully");

    expect(turns).toEqual([other]);
    expect(rig.operations.disconnected).toEqual([
      { roomId: other, actor: alice, connection: there, write: "disabled", asAdministrator: true },
    ]);
  });

  it("ends one of the chat itself, whose turn it is already", async () => {
    const queue: RoomQueue = { run: () => Promise.reject(new Error("It would wait for itself")) };
    const rig = adminRig({ overrides: { queue } });
    const here = connection("PLAY");
    rig.operations.connections = [here];

    expect(await disconnect(rig, `${room} ${here.id}`)).toBe("Connection removed successfully");
  });

  it.each([
    ["another id", `${other} ${connection("WORK").id}`],
    ["another room", `!elsewhere:example.org ${there.id}`],
    ["no room", `other ${there.id}`],
  ])("does not find one by %s", async (_what, words) => {
    const rig = adminRig();

    expect(await disconnect(rig, words)).toBe("Connection not found");
    expect(rig.operations.connections).toEqual([there]);
  });

  it.each([
    ["who administers another service", [{ actor: alice, services: [{ service: "forge", level: "admin" }] }]],
    ["who only manages connections", [{ actor: alice, services: [{ level: "manageConnections" }] }]],
  ] as const)("is refused to somebody %s", async (_who, rules) => {
    const rig = adminRig({ rules });

    expect(await disconnect(rig)).toBe(
      "Failed to handle command: Insufficient permissions. Ask the administrator for the level `admin` in the configuration's `permissions`.",
    );
    expect(rig.operations.connections).toEqual([there]);
  });

  it("leaves what the configuration holds", async () => {
    const rig = adminRig();
    rig.operations.connections = [{ ...there, isStatic: true }];

    expect(await disconnect(rig)).toBe("Connection could not be removed: it is set in the configuration");
    expect(rig.operations.disconnected).toEqual([]);
  });

  it("leaves the reason of a refusal in the log, and waits for a homeserver that is away", async () => {
    const rig = adminRig();
    rig.operations.refusals.set("disconnect", new PermissionError("The bot has no power."));

    expect(await disconnect(rig)).toBe("Connection could not be removed: see debug logs for details");
    expect(rig.log).toEqual([expect.objectContaining({ level: "warn", message: "A connection could not be removed by an administrator" })]);

    rig.operations.refusals.set("disconnect", new RemoteError("away"));
    await expect(disconnect(rig)).rejects.toThrow("away");
  });

  it("does not wait for a room that waits for another one itself", async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const queue: RoomQueue = { run: (_roomId, task) => held.then(task) };
    const rig = adminRig({ overrides: { queue } });
    noteDirectChat(rig, other);
    const handle = createSpeaker(rig.deps);

    const first = handle(work(messageEvent(`disconnect ${other} ${there.id}`)));
    await new Promise((resolve) => setImmediate(resolve));
    const second = await handle(work(messageEvent(`disconnect ${room} ${there.id}`, { room_id: other })));
    release();

    expect(spoken(second)).toEqual(["Failed to handle command: Something else is being done in that room. Try again."]);
    expect(spoken(await first)).toEqual(["Connection removed successfully"]);
  });

  it("is for the direct chat only, and shows how to type it", async () => {
    const rig = adminRig();
    rig.deps.adminRooms.note(botRig().rooms.records.get(room)!);

    expect(await createSpeaker(rig.deps)(work(messageEvent(`disconnect ${other} ${there.id}`)))).toEqual([]);
    expect(await disconnect(adminRig(), other)).toBe(
      "Failed to handle command: Missing at least one required parameter. Type it like this: `disconnect <roomId> <id>`.",
    );
  });
});
