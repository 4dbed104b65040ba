import { describe, expect, it } from "vitest";
import {
  botRig,
  connection,
  mainBot,
  memberEvent,
  now,
  room,
  stateEvent,
  work,
  type BotRig,
  createSpeaker,
} from "../../test/support/bot-fakes.js";
import { PermissionError, RemoteError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import type { StateEvent } from "../core/matrix-event.js";

const next: RoomId = "!next:example.org";
const tombstone = stateEvent("m.room.tombstone", { replacement_room: next });
const joinsNext = memberEvent("join", mainBot, { room_id: next });
const powerInNext = stateEvent("m.room.power_levels", {}, { room_id: next });

function create(predecessor: RoomId): { readonly sender: typeof mainBot; readonly content: Readonly<Record<string, unknown>> } {
  return { sender: mainBot, content: { predecessor: { room_id: predecessor } } };
}

function upgradeRig(predecessor: RoomId = room): BotRig {
  const rig = botRig();
  rig.operations.connections = [connection("PLAY"), connection("WORK")];
  rig.operations.facts = { create: create(predecessor) };
  return rig;
}

async function handle(rig: BotRig, ...events: readonly StateEvent[]): Promise<void> {
  for (const event of events) await createSpeaker(rig.deps)(work(event));
}

describe("a room upgrade", () => {
  it("carries the connections over when the bot could join the new room", async () => {
    const rig = upgradeRig();

    await handle(rig, tombstone, joinsNext);

    expect(rig.ports.requests).toEqual([`join ${next} ${mainBot} example.org`]);
    expect(rig.operations.calls).toEqual([`readRoom ${next}`, `carryOver ${room} ${next}`]);
    expect(rig.told).toEqual([`replaced ${room} ${next} 2`]);
    expect(rig.rooms.records.get(room)?.replacedBy).toBe(next);
    expect(rig.rooms.records.get(next)?.carryOverFrom).toBeUndefined();
  });

  it("owes them until somebody invites the bot", async () => {
    const rig = upgradeRig();
    rig.ports.fail("join", new RemoteError("Not invited", { status: 403 }));

    await handle(rig, tombstone);

    expect(rig.rooms.records.get(next)).toEqual({ roomId: next, bots: [], carryOverFrom: room });
    expect(rig.operations.calls).toEqual([]);

    await handle(rig, joinsNext);

    expect(rig.told).toEqual([`replaced ${room} ${next} 2`]);
  });

  it("owes them until the bot has power, across a restart", async () => {
    const rig = upgradeRig();
    rig.operations.refusals.set("carryOver", new PermissionError("No power", "HS_FORBIDDEN_BOT"));
    await handle(rig, tombstone, joinsNext, powerInNext);
    expect(rig.rooms.records.get(next)?.carryOverFrom).toBe(room);
    expect(rig.told).toEqual([]);
    // By joining, and by its power.
    expect(rig.maySpeak).toEqual([next, next]);

    rig.operations.refusals.clear();
    await handle(rig, powerInNext);

    expect(rig.told).toEqual([`replaced ${room} ${next} 2`]);
    expect(rig.rooms.records.get(next)?.carryOverFrom).toBeUndefined();
  });

  it("is made when the tombstone comes after the bot joined the new room", async () => {
    const rig = upgradeRig();

    await handle(rig, joinsNext, tombstone);

    expect(rig.told).toEqual([`replaced ${room} ${next} 2`]);
  });

  it("waits for a homeserver that cannot be reached", async () => {
    const rig = upgradeRig();
    rig.operations.refusals.set("carryOver", new RemoteError("No answer"));

    await expect(handle(rig, tombstone, joinsNext)).rejects.toThrow("No answer");
    expect(rig.rooms.records.get(next)?.carryOverFrom).toBe(room);
    rig.operations.refusals.clear();
    await handle(rig, joinsNext);

    expect(rig.told).toEqual([`replaced ${room} ${next} 2`]);
  });

  it("is made once", async () => {
    const rig = upgradeRig();

    await handle(rig, tombstone, joinsNext, powerInNext, tombstone);

    expect(rig.operations.calls.filter((call) => call.startsWith("carryOver"))).toHaveLength(2);
    expect(rig.told.filter((what) => what.startsWith("replaced"))).toEqual([`replaced ${room} ${next} 2`, `replaced ${room} ${next} 0`]);
  });
});

describe("connections stay where they are", () => {
  it("when the new room does not name the old one", async () => {
    const rig = upgradeRig("!other:example.org");

    await handle(rig, tombstone, joinsNext);

    expect(rig.told).toEqual([]);
    expect(rig.rooms.records.get(next)?.carryOverFrom).toBeUndefined();
  });

  it("when a room names an old one that has no tombstone", async () => {
    const rig = upgradeRig();

    await handle(rig, joinsNext, powerInNext);

    expect(rig.operations.calls).toEqual([`readRoom ${next}`]);
  });

  it("when the new room is replaced itself, so that rooms in a ring do not wait for each other", async () => {
    const rig = upgradeRig();
    rig.rooms.records.set(next, { roomId: next, bots: [mainBot], readAt: now, replacedBy: room, create: create(room) });

    await handle(rig, tombstone);

    expect(rig.operations.calls).toEqual([]);
    expect(rig.log).toMatchObject([{ level: "warn" }]);
  });

  it("when a later tombstone claims a room that is owed to another", async () => {
    const rig = upgradeRig();
    const claimed = "!mine:evil.example";
    rig.rooms.records.set(claimed, { roomId: claimed, bots: [mainBot], readAt: now });
    rig.ports.fail("join", new RemoteError("Not invited", { status: 403 }));

    await handle(rig, tombstone, { ...tombstone, room_id: claimed });

    expect(rig.rooms.records.get(next)?.carryOverFrom).toBe(room);
  });

  it.each([{}, { replacement_room: 5 }, { replacement_room: "#alias:example.org" }, { replacement_room: room }])(
    "when the tombstone says %j",
    async (content) => {
      const rig = upgradeRig();

      await handle(rig, stateEvent("m.room.tombstone", content));

      expect(rig.rooms.records.get(room)?.replacedBy).toBeUndefined();
    },
  );
});
