import { describe, expect, it } from "vitest";
import { alice, botRig, mallory, messageEvent, room, spoken, work, type BotRig, createSpeaker } from "../../../test/support/bot-fakes.js";
import { AdminRooms } from "../admin-rooms.js";

async function say(body: string, sender = alice, rig: BotRig = botRig()): Promise<readonly string[]> {
  const record = { ...rig.rooms.records.get(room)!, adminUser: alice };
  rig.rooms.records.set(room, record);
  rig.deps.adminRooms.note(record);
  return spoken(await createSpeaker(rig.deps)(work(messageEvent(body, { sender }))));
}

describe("a direct chat", () => {
  it("answers help with groups", async () => {
    const [text] = await say("help");

    expect(text).toMatch(/^### Connections\n- `!connect /);
    expect(text).toMatch(/\n\n- `help` - This help text\n$/);
  });

  it("says so when it does not understand", async () => {
    expect(await say("what?")).toEqual(["Command not understood. For a list of commands, try `help`."]);
  });

  it("answers before the bot's own joining was told, by reading the room", async () => {
    const rig = botRig();
    const facts = rig.rooms.records.get(room)!;
    rig.operations.facts = facts;
    const invited = { roomId: room, bots: [], adminUser: alice };
    rig.rooms.records.set(room, invited);
    rig.deps.adminRooms.note(invited);

    const replies = await createSpeaker(rig.deps)(work(messageEvent("what?")));

    expect(spoken(replies)).toEqual(["Command not understood. For a list of commands, try `help`."]);
  });

  it("hears only the person whose chat it is", async () => {
    expect(await say("help", mallory)).toEqual([]);
  });

  it("takes the commands of rooms as well", async () => {
    expect(await say("!connections")).toEqual([
      "This room has no connections. To make one, type `!connect tracker <resource>`. Enabled: `tracker`.",
    ]);
    expect((await say("!hookshot help"))[1]).toBe("✅");
  });

  it("is one from the invitation on, until the bot leaves", () => {
    const rooms = new AdminRooms();
    rooms.note({ roomId: room, bots: [], adminUser: alice });
    expect(rooms.has(room)).toBe(true);

    rooms.note({ roomId: room, bots: [] });

    expect(rooms.has(room)).toBe(false);
  });

  it("is known again after a restart, however many rooms there are", async () => {
    const rig = botRig();
    for (let index = 0; index < 1200; index += 1) {
      const roomId = `!${String(index).padStart(4, "0")}:example.org` as const;
      rig.rooms.records.set(roomId, { roomId, bots: ["@bot:example.org"], ...(index % 400 === 399 ? { adminUser: alice } : {}) });
    }
    const rooms = new AdminRooms();

    await rooms.load(rig.rooms);

    expect(["!0399:example.org", "!0799:example.org", "!1199:example.org"].every((roomId) => rooms.has(roomId as typeof room))).toBe(true);
    expect(rooms.has("!0400:example.org")).toBe(false);
  });
});
