import { describe, expect, it } from "vitest";
import type { RoomId } from "../core/ids.js";
import { createRig, homeserverAnswer, testConnection, touches } from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { settle } from "../../test/support/manual-clock.js";
import { Inbox } from "./inbox.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";
const roomC: RoomId = "!c:example.org";

async function startedRig() {
  const rig = await createRig(await openForgetfulLevel(), { connections: [testConnection(roomA), testConnection(roomB)] });
  await rig.start();
  return rig;
}

describe("a repeat of an event that is dead in one room and was sent in another", () => {
  it("goes to the room where it is dead, and to no other", async () => {
    const rig = await startedRig();
    rig.sender.onTry = (event) => {
      if (event.roomId === roomA) throw homeserverAnswer(400, "M_BAD_JSON");
    };
    await rig.receive("once", { id: "d1" });
    await settle();
    rig.sender.onTry = () => undefined;
    // A connection that came meanwhile has no claim to it either.
    rig.connections.push(testConnection(roomC));

    const repeat = await rig.receive("once", { id: "d1" });
    await settle();
    const again = await rig.receive("once", { id: "d1" });
    await settle();

    expect([repeat, again]).toEqual(["stored", "repeat"]);
    expect(rig.sender.sent.map((one) => one.roomId)).toEqual([roomB, roomA]);
  });

  it("is still such after a restart, before it is routed", async () => {
    const level = await openForgetfulLevel();
    const connections = [testConnection(roomA), testConnection(roomB)];
    const first = await createRig(level, { connections });
    await first.start();
    first.sender.onTry = (event) => {
      if (event.roomId === roomA) throw homeserverAnswer(400, "M_BAD_JSON");
    };
    await first.receive("once", { id: "d1" });
    await settle();
    first.sender.onTry = () => undefined;
    await first.router.stop();
    await first.receive("once", { id: "d1" });

    const second = await createRig(await level.crashed(), { connections, sender: first.sender });
    await second.start();
    await settle();

    expect(second.sender.sent.map((one) => one.roomId)).toEqual([roomB, roomA]);
  });

  it("is taken again as often as it dies again", async () => {
    const rig = await startedRig();
    rig.sender.onTry = (event) => {
      if (event.roomId === roomA) throw homeserverAnswer(400, "M_BAD_JSON");
    };

    const answers = [];
    for (let count = 0; count < 3; count += 1) {
      answers.push(await rig.receive("once", { id: "d1" }));
      await settle();
    }

    expect(answers).toEqual(["stored", "stored", "stored"]);
    expect(rig.sender.bodies(roomB)).toEqual(["once"]);
  });
});

describe("an event that the disk does not take", () => {
  it("is refused as not available, and taken when it comes again", async () => {
    const rig = await startedRig();
    rig.disk.onCommit = (changes) => (touches(changes, "inbox") ? "refused" : "taken");
    await expect(rig.receive("late", { id: "d1" })).rejects.toMatchObject({ code: "HS_UNAVAILABLE" });
    await rig.disk.recover();

    expect(await rig.receive("late", { id: "d1" })).toBe("stored");
    await settle();
    expect(rig.sender.bodies(roomA)).toEqual(["late"]);
  });

  it("does not make a copy that waited for it a repeat", async () => {
    const rig = await startedRig();
    let left = 1;
    rig.disk.onCommit = (changes) => {
      if (!touches(changes, "inbox") || left === 0) return "taken";
      left -= 1;
      return "refused";
    };

    const copies = await Promise.allSettled([rig.receive("late", { id: "d1" }), rig.receive("late", { id: "d1" })]);
    await settle();

    expect(copies.map((copy) => (copy.status === "fulfilled" ? copy.value : "refused"))).toEqual(["refused", "stored"]);
    expect(rig.sender.bodies(roomA)).toEqual(["late"]);
  });
});

describe("an event that waits for its turn", () => {
  it("is a repeat when the disk recovers meanwhile with the copy that it seemed to refuse", async () => {
    const rig = await startedRig();
    const { seen, deliveries, ids, clock, router } = rig;
    let go: () => void = () => undefined;
    const waiting = new Inbox({
      ...{ store: rig.inboxStore, seen, deliveries, ids, clock },
      events: { stored: () => undefined },
      turn: () =>
        new Promise((resolve) => {
          go = resolve;
        }),
      take: (event, parsed, changes) => router.take(event, parsed, changes),
      pace: () => undefined,
    });
    const keys = ["example.org/PLAY"];
    const body = Buffer.from(JSON.stringify({ text: "once", keys, id: "d1" }));
    const parsed = { events: [{ name: "said", routingKeys: keys, payload: { text: "once" } }], deliveryKey: "d1" };
    rig.disk.onCommit = (changes) => (touches(changes, "inbox") ? "seems-refused" : "taken");
    await expect(rig.receive("once", { id: "d1" })).rejects.toMatchObject({ code: "HS_UNAVAILABLE" });

    const repeat = waiting.accept({ serviceId: "test", stored: { headers: {}, body }, parsed });
    await settle();
    await rig.disk.recover();
    router.catchUp();
    go();

    expect(await repeat).toBe("repeat");
    await settle();
    expect(rig.sender.bodies(roomA)).toEqual(["once"]);
  });
});

describe("the changes a service stores with an event", () => {
  it("are written in the same batch", async () => {
    const rig = await startedRig();
    const batches: string[][] = [];
    rig.disk.onCommit = (changes) => {
      batches.push(changes.map((change) => change.key));
      return "taken";
    };
    const parsed = { events: [], deliveryKey: "d1", changes: [{ type: "put", key: "!service-test!cursor", value: "1" }] } as const;

    await rig.inbox.accept({ serviceId: "test", stored: { headers: {}, body: Buffer.from("{}") }, parsed });

    expect(batches[0]).toContain("!service-test!cursor");
    expect(batches[0]?.some((key) => key.startsWith("!inbox!"))).toBe(true);
  });
});
