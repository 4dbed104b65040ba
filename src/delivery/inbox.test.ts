import { describe, expect, it } from "vitest";
import { StorageError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import { withSender } from "../core/webhook.js";
import { createRig, homeserverAnswer, testConnection, touches } from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { settle } from "../../test/support/manual-clock.js";
import { Inbox, type AcceptInput, type OwnInput } from "./inbox.js";
import { readOwnEvent } from "./own-events.js";

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
    const { seen, deliveries, ids, clock, router, outcomes, disk: unitOfWork } = rig;
    let go: () => void = () => undefined;
    const waiting = new Inbox({
      ...{ store: rig.inboxStore, seen, deliveries, ids, clock, outcomes, unitOfWork },
      events: { stored: () => undefined },
      turn: () =>
        new Promise((resolve) => {
          go = resolve;
        }),
      take: (event, parsed, changes) => router.take(event, parsed, changes),
      pace: () => undefined,
      letNextIn: () => undefined,
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

describe("an event without an id", () => {
  it("is a repeat of what came by the same webhook only: another remote's may have had no say in it", async () => {
    const rig = await startedRig();
    const plain = { headers: {}, body: Buffer.from("{}") };
    const events = [{ name: "said", routingKeys: ["example.org/PLAY"], payload: { text: "once" } }];
    const from = (key: string): AcceptInput => ({
      ...{ serviceId: "test", stored: withSender(plain, { key, url: "https://example.org" }) },
      parsed: { events: key === "connector-2" ? events : [] },
    });

    const kinds = [];
    for (const input of [from("connector-1"), from("connector-2"), from("connector-2")]) kinds.push(await rig.inbox.accept(input));
    kinds.push(await rig.inbox.accept({ serviceId: "test", stored: plain, parsed: { events: [] } }));
    await settle();

    expect(kinds).toEqual(["stored", "stored", "repeat", "stored"]);
    expect(rig.sender.bodies(roomA)).toEqual(["once"]);
  });
});

describe("an event that is never a repeat", () => {
  it("is taken each time, however equal the bodies are, and leaves no mark", async () => {
    const rig = await startedRig();
    const batches: string[] = [];
    rig.disk.onCommit = (changes) => {
      batches.push(...changes.map(({ key }) => key));
      return "taken";
    };
    const events = [{ name: "said", routingKeys: ["example.org/PLAY"], payload: { text: "again" } }];
    const input = { serviceId: "test", stored: { headers: {}, body: Buffer.from("{}") }, parsed: { events, isNeverRepeat: true } } as const;

    const kinds = await Promise.all([rig.inbox.accept(input), rig.inbox.accept(input)]);
    await settle();

    expect(kinds).toEqual(["stored", "stored"]);
    expect(rig.sender.bodies(roomA)).toEqual(["again", "again"]);
    expect(batches.filter((key) => key.startsWith("!seen!"))).toEqual([]);
  });

  it("is one all the same where the sender gives an id", async () => {
    const rig = await startedRig();
    const parsed = { events: [], isNeverRepeat: true, deliveryKey: "d1" } as const;
    const input = { serviceId: "test", stored: { headers: {}, body: Buffer.from("{}") }, parsed };

    expect([await rig.inbox.accept(input), await rig.inbox.accept(input)]).toEqual(["stored", "repeat"]);
  });

  it("is refused like any other when the disk does not take it", async () => {
    const rig = await startedRig();
    rig.disk.onCommit = () => "refused";
    const input = {
      serviceId: "test",
      stored: { headers: {}, body: Buffer.from("{}") },
      parsed: { events: [], isNeverRepeat: true },
    } as const;

    await expect(rig.inbox.accept(input)).rejects.toMatchObject({ code: "HS_UNAVAILABLE" });
  });
});

describe("an event that no request brought", () => {
  const dayMs = 24 * 3_600_000;
  const change = (value: string) => ({ type: "put", key: "!service-test!cursor", value }) as const;
  const own = (text: string, more: Partial<OwnInput> = {}): OwnInput => ({
    serviceId: "test",
    event: { name: "said", routingKeys: ["example.org/PLAY"], payload: { text } },
    ...{ key: "k1", changes: [], ...more },
  });

  it("is stored together with its changes, and goes the way of every other", async () => {
    const rig = await startedRig();
    const batches: string[][] = [];
    rig.disk.onCommit = (changes) => {
      batches.push(changes.map(({ key }) => key));
      return "taken";
    };

    expect(await rig.inbox.acceptOwn(own("of its own", { changes: [change("1")] }))).toBe("stored");
    await settle();

    expect(batches[0]?.some((key) => key.startsWith("!inbox!")) && batches[0].includes("!service-test!cursor")).toBe(true);
    expect(rig.sender.bodies(roomA)).toEqual(["of its own"]);
  });

  it("is routed after a crash that came before that, without asking the service to read it", async () => {
    const level = await openForgetfulLevel();
    const first = await createRig(level, { connections: [testConnection(roomA)] });
    await first.inbox.acceptOwn(own("of its own"));

    const second = await createRig(await level.crashed(), { connections: [testConnection(roomA)] });
    await second.start();
    await settle();

    expect(second.sender.bodies(roomA)).toEqual(["of its own"]);
  });

  it("comes out of the store as it is told at once", async () => {
    const rig = await startedRig();
    const payload = { text: "dated", at: new Date(0), nothing: undefined };
    const told: unknown[] = [];
    const inbox = new Inbox({
      ...{ store: rig.inboxStore, seen: rig.seen, deliveries: rig.deliveries, ids: rig.ids, clock: rig.clock },
      ...{ outcomes: rig.outcomes, unitOfWork: rig.disk, events: { stored: () => undefined } },
      ...{ turn: () => undefined, pace: () => undefined, letNextIn: () => undefined },
      take(event, parsed) {
        told.push(...parsed.events, ...readOwnEvent(event.body).events);
        return Promise.resolve();
      },
    });

    await inbox.acceptOwn(own("", { event: { name: "said", routingKeys: [], payload } }));

    expect(told[0]).toStrictEqual(told[1]);
  });

  it.each([
    { what: "the same key within seven days", key: "k1", afterMs: 6.9 * dayMs, expected: "repeat" },
    { what: "the same key after seven days", key: "k1", afterMs: 7.1 * dayMs, expected: "stored" },
    { what: "another key", key: "k2", afterMs: 0, expected: "stored" },
  ])("with $what is taken for $expected", async ({ key, afterMs, expected }) => {
    const rig = await startedRig();
    await rig.inbox.acceptOwn(own("once"));
    await rig.clock.advance(afterMs);

    expect(await rig.inbox.acceptOwn(own("once", { key }))).toBe(expected);
  });

  it("that is a repeat still stores its changes, or the service would come to the same point for ever", async () => {
    const rig = await startedRig();
    await rig.inbox.acceptOwn(own("once", { changes: [change("1")] }));

    await rig.inbox.acceptOwn(own("once", { changes: [change("2")] }));
    await settle();

    expect(await rig.storage.database.get("!service-test!cursor")).toBe("2");
    expect(rig.sender.bodies(roomA)).toEqual(["once"]);
  });

  it("waits for the disk as the service's own changes do: what refuses it says so", async () => {
    const rig = await startedRig();
    rig.disk.onCommit = () => "refused";

    await expect(rig.inbox.acceptOwn(own("of its own"))).rejects.toBeInstanceOf(StorageError);
  });

  it("that ended dead is a repeat too: nobody sent it again", async () => {
    const rig = await startedRig();
    await rig.inbox.acceptOwn(own("poison"));
    await settle();

    expect(await rig.inbox.acceptOwn(own("poison"))).toBe("repeat");
  });

  it("is not mixed up with a request that has the same key", async () => {
    const rig = await startedRig();
    await rig.inbox.acceptOwn(own("own", { key: "d1" }));

    expect(await rig.receive("request", { id: "d1" })).toBe("stored");
  });

  it("cannot be made up by a sender, whatever its request says", async () => {
    const rig = await startedRig();
    const forged = Buffer.from(JSON.stringify({ ...own("forged").event, isOwn: true, text: "honest", keys: ["example.org/PLAY"] }));

    await rig.inbox.accept({ serviceId: "test", stored: { headers: { isOwn: "true" }, body: forged }, parsed: { events: [] } });

    const [stored] = await rig.inboxStore.after(undefined, 1);
    expect(stored).toBeDefined();
    expect(stored?.isOwn).toBeUndefined();
  });
});
