import { describe, expect, it } from "vitest";
import type { Connection } from "../core/connection.js";
import type { InboxEvent } from "../core/delivery.js";
import type { InboxId, RoomId } from "../core/ids.js";
import { createRig, RecordingSender, testConnection, touches, type Rig } from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { settle } from "../../test/support/manual-clock.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";

const messages = (count: number): string[] => Array.from({ length: count }, (_, number) => `m${number}`);

/** Refuses the first batches that hold the position of routing. */
function refuseRouting(rig: Rig, times: number, how: "refused" | "seems-refused" = "refused"): void {
  let left = times;
  rig.disk.onCommit = (changes) => {
    if (!touches(changes, "delivery") || left === 0) return "taken";
    left -= 1;
    return how;
  };
}

describe("routing whose commit fails", () => {
  it("loses and reorders nothing while it catches up from the store", async () => {
    const rig = await createRig(await openForgetfulLevel(), { connections: [testConnection(roomA)] });
    for (const text of messages(450)) await rig.receive(text);
    refuseRouting(rig, 2);

    await rig.start();
    await rig.clock.advance(1_000);
    await rig.receive("last");
    await rig.clock.advance(10_000);
    await settle(2_000);

    expect(rig.sender.bodies()).toEqual([...messages(450), "last"]);
  });

  it("loses and reorders nothing when the events come fresh and later commits hold", async () => {
    const rig = await createRig(await openForgetfulLevel(), { connections: [testConnection(roomA), testConnection(roomB)] });
    await rig.start();
    await rig.receive("first");
    await settle();
    refuseRouting(rig, 1);

    for (const text of messages(30)) await rig.receive(text);
    await rig.clock.advance(5_000);
    for (const text of messages(5)) await rig.receive(`later ${text}`);
    await settle(200);

    const expected = ["first", ...messages(30), ...messages(5).map((text) => `later ${text}`)];
    expect(rig.sender.bodies(roomA)).toEqual(expected);
    expect(rig.sender.bodies(roomB)).toEqual(expected);
    expect(rig.errors).toHaveLength(1);
  });

  it("makes nothing twice when it was stored all the same", async () => {
    const rig = await createRig(await openForgetfulLevel(), { connections: [testConnection(roomA)] });
    rig.sender.forgetsIds = true;
    await rig.start();
    await rig.receive("first");
    await settle();
    refuseRouting(rig, 1, "seems-refused");

    await rig.receive("stored");
    await rig.receive("next");
    await settle();
    await rig.disk.recover();
    // What the app does then.
    const looking = rig.outbox.catchUp();
    rig.router.catchUp();
    await looking;
    await rig.clock.advance(5_000);

    expect(rig.sender.bodies()).toEqual(["first", "stored", "next"]);
    expect(await rig.deliveries.countWaiting()).toBe(0);
  });

  it("makes nothing twice when the disk recovers while the same events are routed once more", async () => {
    const rig = await createRig(await openForgetfulLevel(), { connections: [testConnection(roomA)] });
    rig.sender.forgetsIds = true;
    await rig.start();
    refuseRouting(rig, 1, "seems-refused");
    let isLookedUp: () => void = () => undefined;
    await rig.receive("stored");
    await settle();
    // The next routing began before the recovery and is committed after it.
    rig.slowFind = () =>
      new Promise((resolve) => {
        isLookedUp = resolve;
      });
    await rig.receive("next");
    await rig.clock.advance(2_000);
    rig.slowFind = () => undefined;
    await rig.disk.recover();
    const looking = rig.outbox.catchUp();
    rig.router.catchUp();
    isLookedUp();
    await looking;
    await rig.clock.advance(5_000);

    expect(rig.sender.bodies()).toEqual(["stored", "next"]);
    expect(await rig.deliveries.countWaiting()).toBe(0);
  });
});

describe("an event whose storing seemed to fail", () => {
  it("is routed when the disk has recovered, once, before newer ones", async () => {
    const rig = await createRig(await openForgetfulLevel(), { connections: [testConnection(roomA)] });
    await rig.start();
    rig.disk.onCommit = (changes) => (touches(changes, "inbox") ? "seems-refused" : "taken");
    await expect(rig.receive("stored", { id: "d1" })).rejects.toMatchObject({ code: "HS_UNAVAILABLE" });
    await settle();
    const before = rig.sender.bodies();

    await rig.disk.recover();
    rig.router.catchUp();
    const repeat = await rig.receive("stored", { id: "d1" });
    await rig.receive("newer");
    await settle();

    expect(before).toEqual([]);
    expect(repeat).toBe("repeat");
    expect(rig.sender.bodies()).toEqual(["stored", "newer"]);
  });

  it("that the store shows before its commit is known is routed once", async () => {
    const rig = await createRig(await openForgetfulLevel(), { connections: [testConnection(roomA)] });
    const body = Buffer.from(JSON.stringify({ text: "early", keys: ["example.org/PLAY"] }));
    // The cast: tests give out ids of their own here.
    const event: InboxEvent = { id: rig.ids.next() as InboxId, serviceId: "test", receivedAt: rig.clock.now(), headers: {}, body };
    await rig.disk.commit(rig.inboxStore.add(event));
    await rig.start();
    await settle();

    await rig.router.take(event, { events: [{ name: "said", routingKeys: ["example.org/PLAY"], payload: { text: "early" } }] }, []);
    await rig.receive("next");
    await settle();

    expect(rig.sender.bodies()).toEqual(["early", "next"]);
  });
});

describe("a restart", () => {
  it("routes what was accepted and not routed, and nothing again", async () => {
    const level = await openForgetfulLevel();
    const sender = new RecordingSender();
    const connections = [testConnection(roomA)];
    const first = await createRig(level, { sender, connections });
    await first.start();
    await first.receive("routed");
    await settle();
    await first.router.stop();
    await first.receive("accepted");

    const second = await createRig(await level.crashed(), { sender, connections });
    sender.forgetsIds = true;
    await second.start();
    await settle();

    expect(sender.bodies()).toEqual(["routed", "accepted"]);
  });
});

describe("a task between two events", () => {
  it("is refused once routing is stopped", async () => {
    const rig = await createRig(await openForgetfulLevel());
    await rig.router.start();
    await rig.router.stop();

    await expect(rig.router.between(() => Promise.resolve("late"))).rejects.toThrow("Routing is stopped");
  });

  it("that waits is refused when routing stops; the one under way ends first", async () => {
    const rig = await createRig(await openForgetfulLevel());
    await rig.router.start();
    let finish: (value: string) => void = () => undefined;
    const underWay = rig.router.between(
      () =>
        new Promise<string>((resolve) => {
          finish = resolve;
        }),
    );
    await settle();
    const waiting = rig.router.between(() => Promise.resolve("never"));
    const refused = expect(waiting).rejects.toThrow("Routing is stopped");

    let isStopped = false;
    const stopped = rig.router.stop().then(() => {
      isStopped = true;
    });
    await refused;
    expect(isStopped).toBe(false);
    finish("done");

    expect(await underWay).toBe("done");
    await stopped;
  });

  it("gives its failure to whoever asked, and routing goes on", async () => {
    const rig = await createRig(await openForgetfulLevel(), { connections: [testConnection(roomA)] });
    await rig.start();

    await expect(rig.router.between(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await rig.receive("goes on");
    await settle();

    expect(rig.sender.bodies()).toEqual(["goes on"]);
  });
});

describe("the end of the first reading", () => {
  async function readingRig(): Promise<{ rig: Rig; connection: Connection; end: () => Promise<void> }> {
    const rig = await createRig(await openForgetfulLevel());
    rig.firstReading.begin();
    await rig.start();
    const connection = testConnection(roomA);
    const end = (): Promise<void> =>
      rig.router.endFirstReading((roomId) => Promise.resolve(rig.connections.filter((one) => one.roomId === roomId)));
    return { rig, connection, end };
  }

  it("gives a room that was held back and never read what was kept, in order, and then ends", async () => {
    const { rig, connection, end } = await readingRig();
    rig.connections.push(connection);
    await rig.receive("kept 1");
    await rig.receive("kept 2");
    await settle();

    const ended = end();
    await rig.receive("newer");
    await ended;
    await settle();

    expect(rig.firstReading.isGoingOn).toBe(false);
    expect(rig.sender.bodies()).toEqual(["kept 1", "kept 2", "newer"]);
  });

  it("forgets nothing that is accepted between the last room and the end", async () => {
    const { rig, connection, end } = await readingRig();
    await rig.receive("kept");
    await settle();
    rig.connections.push(connection);
    await rig.router.replayKept([{ roomId: roomA, connections: [connection] }]);

    const received = ["while it ends 1", "while it ends 2"].map((text) => rig.receive(text));
    await Promise.all([...received, end()]);
    await rig.receive("after");
    await settle();

    expect(rig.sender.bodies()).toEqual(["kept", "while it ends 1", "while it ends 2", "after"]);
  });

  it("is not stopped by a kept event that cannot be read any more", async () => {
    const { rig, connection, end } = await readingRig();
    rig.connections.push(connection);
    await rig.receive("kept 1");
    await rig.receive("unreadable");
    await rig.receive("kept 2");
    await settle();
    rig.unreadable.add("unreadable");

    await end();
    await settle();

    expect(rig.sender.bodies()).toEqual(["kept 1", "kept 2"]);
    expect(rig.errors).toHaveLength(1);
    expect(rig.firstReading.isGoingOn).toBe(false);
  });

  it("leaves it going on when the disk does not take it, so that it can be ended again", async () => {
    const { rig, connection, end } = await readingRig();
    rig.connections.push(connection);
    await rig.receive("kept");
    await settle();
    rig.disk.onCommit = (changes) => (touches(changes, "waiting") ? "refused" : "taken");
    await expect(end()).rejects.toThrow("full");
    rig.disk.onCommit = () => "taken";

    await end();
    await settle();

    expect(rig.sender.bodies()).toEqual(["kept"]);
  });

  it("keeps what one room is given in pages, past what one page holds", async () => {
    const { rig, connection, end } = await readingRig();
    rig.connections.push(connection);
    for (const text of messages(450)) await rig.receive(text);
    await settle();

    await end();
    await settle(2_000);

    expect(rig.sender.bodies()).toEqual(messages(450));
  });

  it("begins anew after a crash, and a room that had been given something gets it once", async () => {
    const level = await openForgetfulLevel();
    const sender = new RecordingSender();
    const connection = testConnection(roomA);
    const first = await createRig(level, { sender });
    first.firstReading.begin();
    await first.start();
    await first.receive("kept 1");
    await settle();
    first.connections.push(connection);
    await first.router.replayKept([{ roomId: roomA, connections: [connection] }]);
    await first.receive("kept 2");
    await settle();

    const second = await createRig(await level.crashed(), { sender, connections: [connection] });
    sender.forgetsIds = true;
    second.firstReading.begin();
    await second.start();
    await second.router.replayKept([{ roomId: roomA, connections: [connection] }]);
    await second.receive("newer");
    await settle();

    expect(sender.bodies()).toEqual(["kept 1", "kept 2", "newer"]);
  });
});

describe("an event whose connections are known", () => {
  const createQuickRig = async (): Promise<Rig> => {
    const rig = await createRig(await openForgetfulLevel(), {
      connections: [testConnection(roomA), testConnection(roomB)],
      findsAtOnce: true,
    });
    await rig.start();
    await settle();
    return rig;
  };

  it("is stored in one batch with its deliveries and the position", async () => {
    const rig = await createQuickRig();
    const parts: string[][] = [];
    rig.disk.onCommit = (changes) => {
      parts.push(["inbox", "deliveries", "waiting", "delivery"].filter((part) => touches(changes, part)));
      return "taken";
    };

    await rig.receive("hello");

    expect(parts[0]).toEqual(["inbox", "deliveries", "waiting", "delivery"]);
  });

  it("leaves nothing when that batch is refused, and the next one is routed", async () => {
    const rig = await createQuickRig();
    refuseRouting(rig, 1);

    await expect(rig.receive("refused")).rejects.toMatchObject({ code: "HS_UNAVAILABLE" });
    await rig.receive("next");
    await settle();

    expect(rig.sender.bodies(roomA)).toEqual(["next"]);
  });

  it("is sent once when the batch was stored although it seemed to be refused", async () => {
    const rig = await createQuickRig();
    rig.sender.forgetsIds = true;
    refuseRouting(rig, 1, "seems-refused");
    await expect(rig.receive("stored", { id: "d1" })).rejects.toMatchObject({ code: "HS_UNAVAILABLE" });

    await rig.disk.recover();
    const looking = rig.outbox.catchUp();
    rig.router.catchUp();
    await looking;
    const repeat = await rig.receive("stored", { id: "d1" });
    await rig.receive("next");
    await rig.clock.advance(5_000);

    expect(repeat).toBe("repeat");
    expect(rig.sender.bodies(roomA)).toEqual(["stored", "next"]);
  });

  it("keeps its place behind older ones that have to wait for something", async () => {
    const rig = await createQuickRig();
    let isFound: () => void = () => undefined;
    rig.slowFind = () =>
      new Promise((resolve) => {
        isFound = resolve;
      });
    const slow = rig.receive("slow");
    await settle();
    rig.slowFind = () => undefined;

    const others = messages(20).map((text) => rig.receive(text));
    await settle();
    const before = rig.sender.bodies(roomA);
    isFound();
    await Promise.all([slow, ...others]);
    await settle(100);

    expect(before).toEqual([]);
    expect(rig.sender.bodies(roomA)).toEqual(["slow", ...messages(20)]);
  });

  it("goes the short way again after one that had to wait, although events never stop coming", async () => {
    const rig = await createQuickRig();
    rig.slowFind = () => Promise.resolve();
    await rig.receive("slow");
    rig.slowFind = () => undefined;
    await rig.receive("quick");
    const together: boolean[] = [];
    rig.disk.onCommit = (changes) => {
      if (touches(changes, "inbox")) together.push(touches(changes, "deliveries"));
      return "taken";
    };

    await Promise.all(messages(200).map((text) => rig.receive(text)));
    await settle(300);

    expect(together.filter((isTogether) => isTogether).length).toBeGreaterThan(100);
    expect(rig.sender.bodies(roomA)).toEqual(["slow", "quick", ...messages(200)]);
  });

  it("is answered although an older one waits and the disk fails", async () => {
    const rig = await createQuickRig();
    rig.slowFind = () => Promise.resolve();
    await rig.receive("slow");
    rig.disk.onCommit = () => "refused";

    const answers = await Promise.allSettled(messages(5).map((text) => rig.receive(text)));

    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => "rejected"));
  });

  it("is stored and answered when routing stops while it waits behind older ones", async () => {
    const rig = await createQuickRig();
    let isFound: () => void = () => undefined;
    rig.slowFind = () =>
      new Promise((resolve) => {
        isFound = resolve;
      });
    const texts = messages(70);
    const answers: string[] = [];
    for (const text of texts) {
      void rig.receive(text).then((answer) => answers.push(answer));
      await settle(2);
    }
    const before = answers.length;

    const stopped = rig.router.stop();
    await settle();
    isFound();
    await stopped;

    expect(before).toBeLessThan(texts.length);
    expect(answers).toHaveLength(texts.length);
  });

  it("is told to be dead once, although routing it took two ways", async () => {
    const rig = await createQuickRig();
    // The first event is worded at once and fails; the second one's connections have to be looked up.
    const slowly = [undefined, Promise.resolve()];
    rig.slowFind = () => slowly.shift();
    const keys = ["example.org/PLAY"];
    const said = (text: string) => ({ name: "said", routingKeys: keys, payload: { text } });
    const body = Buffer.from(JSON.stringify({ text: "poison", keys }));

    await rig.inbox.accept({ serviceId: "test", stored: { headers: {}, body }, parsed: { events: [said("poison"), said("next")] } });
    await settle();

    expect(rig.log.filter(({ what }) => what === "dead")).toHaveLength(2);
    expect(rig.sender.bodies(roomA)).toEqual(["next"]);
  });

  it("is dead from the start when it cannot be worded, and stands in nobody's way", async () => {
    const rig = await createQuickRig();

    await rig.receive("poison");
    await rig.receive("next");
    await settle();

    expect(rig.log.filter(({ what }) => what === "dead")).toHaveLength(2);
    expect(rig.sender.bodies(roomA)).toEqual(["next"]);
  });

  it("is there after a crash that follows the answer, and is sent once", async () => {
    const level = await openForgetfulLevel();
    const connections = [testConnection(roomA)];
    const first = await createRig(level, { connections, findsAtOnce: true });
    await first.start();
    first.sender.onTry = () => new Promise(() => undefined);
    for (const text of messages(5)) await first.receive(text);

    const second = await createRig(await level.crashed(), { connections, findsAtOnce: true });
    await second.start();
    await second.receive("after");
    await settle(100);

    expect(second.sender.bodies(roomA)).toEqual([...messages(5), "after"]);
  });
});
