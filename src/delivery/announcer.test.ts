import { describe, expect, it } from "vitest";
import type { RoomId } from "../core/ids.js";
import { notice } from "../core/message.js";
import { bot, createRig, RecordingSender } from "../../test/support/delivery-rig.js";
import { openForgetfulLevel, type ForgetfulLevel } from "../../test/support/forgetful-level.js";
import { settle } from "../../test/support/manual-clock.js";
import { createAnnouncer } from "./announcer.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";

async function startedAnnouncer(level?: ForgetfulLevel, sender = new RecordingSender()) {
  const opened = level ?? (await openForgetfulLevel());
  const rig = await createRig(opened, { sender });
  await rig.start();
  const { outbox, seen, disk: unitOfWork, ids, clock } = rig;
  const announcer = createAnnouncer({ outbox, seen, unitOfWork, ids, clock });
  const say = (about: string, text: string, roomId = roomA): Promise<void> =>
    announcer.announce(about, { roomId, sender: bot, message: notice(text) });
  return { rig, say, level: opened };
}

describe("an occasion", () => {
  it("is told once in a room", async () => {
    const { rig, say } = await startedAnnouncer();

    await say("a dead delivery", "first");
    await say("a dead delivery", "second");
    await say("another", "third");
    await say("a dead delivery", "elsewhere", roomB);
    await settle();

    expect(rig.sender.bodies(roomA)).toEqual(["first", "third"]);
    expect(rig.sender.bodies(roomB)).toEqual(["elsewhere"]);
  });

  it("is told once though several tell it at the same time", async () => {
    const { rig, say } = await startedAnnouncer();

    await Promise.all([say("an outage", "first"), say("an outage", "second"), say("an outage", "third")]);
    await settle();

    expect(rig.sender.bodies()).toEqual(["first"]);
  });

  it("is told once though the process dies in between", async () => {
    const first = await startedAnnouncer();
    await first.say("an outage", "first");

    const second = await startedAnnouncer(await first.level.crashed(), first.rig.sender);
    await second.say("an outage", "second");
    await settle();

    expect(first.rig.sender.bodies()).toEqual(["first"]);
  });

  it("is told later when the disk did not take it", async () => {
    const { rig, say } = await startedAnnouncer();
    rig.disk.onCommit = () => "refused";
    await expect(say("an outage", "first")).rejects.toThrow("full");
    await rig.disk.recover();

    await say("an outage", "second");
    await settle();

    expect(rig.sender.bodies()).toEqual(["second"]);
  });
});
