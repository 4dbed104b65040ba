import { describe, expect, it } from "vitest";
import type { InboxId, RoomId } from "../core/ids.js";
import { createRig, homeserverAnswer, testConnection, touches, type Rig } from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { settle } from "../../test/support/manual-clock.js";
import { Retention } from "./retention.js";

const roomA: RoomId = "!a:example.org";
const dayMs = 24 * 3_600_000;
const minuteMs = 60_000;

interface Limits {
  readonly keepMs?: number;
  readonly keepCount?: number;
  readonly routedUpTo?: () => InboxId | undefined;
}

function retentionOf(
  rig: Rig,
  { keepMs = 7 * dayMs, keepCount = 100_000, routedUpTo = () => rig.router.position }: Limits = {},
): Retention {
  const { deliveries, inboxStore: inbox, seen, disk: unitOfWork, clock } = rig;
  return new Retention({
    deliveries,
    inbox,
    seen,
    unitOfWork,
    clock,
    keepMs,
    keepCount,
    routedUpTo,
    onError: (error) => void rig.errors.push(error),
  });
}

async function startedRig(): Promise<Rig> {
  const rig = await createRig(await openForgetfulLevel(), { connections: [testConnection(roomA)] });
  await rig.start();
  return rig;
}

async function receive(rig: Rig, count: number, first = 0): Promise<void> {
  for (let number = first; number < first + count; number += 1) await rig.receive(`m${number}`);
  await settle(count * 3 + 30);
}

async function textsLeft(rig: Rig): Promise<string[]> {
  const events = await rig.inboxStore.after(undefined, 10_000);
  return events.map(({ body }) => (JSON.parse(body.toString("utf8")) as { text: string }).text);
}

describe("retention", () => {
  it("removes what ended longer ago than is kept, and its request with it", async () => {
    const rig = await startedRig();
    await receive(rig, 3);
    await rig.clock.advance(4 * dayMs);
    await receive(rig, 2, 3);
    await rig.clock.advance(4 * dayMs);

    await retentionOf(rig).sweep();

    expect(await textsLeft(rig)).toEqual(["m3", "m4"]);
    expect(await rig.deliveries.oldest(undefined, 100)).toHaveLength(2);
    expect(await rig.deliveries.finishedIds(undefined, 100)).toHaveLength(2);
  });

  it("removes the oldest when there are more than are kept", async () => {
    const rig = await startedRig();
    await receive(rig, 10);

    await retentionOf(rig, { keepCount: 4 }).sweep();

    expect(await textsLeft(rig)).toEqual(["m6", "m7", "m8", "m9"]);
    expect(await rig.deliveries.finishedIds(undefined, 100)).toHaveLength(4);
  });

  it("removes in slices, so that nothing else waits long", async () => {
    const rig = await startedRig();
    await receive(rig, 1_200);
    const batches: number[] = [];
    rig.disk.onCommit = (changes) => {
      batches.push(changes.length);
      return "taken";
    };

    await retentionOf(rig, { keepCount: 100 }).sweep();

    expect(await rig.deliveries.finishedIds(undefined, 2_000)).toHaveLength(100);
    expect(await rig.inboxStore.count()).toBe(100);
    // 500 deliveries or events, three keys each at most.
    expect(Math.max(...batches)).toBeLessThanOrEqual(1_500);
  });

  it("never removes what waits, by age or by count, nor its request", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw homeserverAnswer(undefined);
    };
    await receive(rig, 10);
    await rig.clock.advance(10 * minuteMs);

    await retentionOf(rig, { keepCount: 1, keepMs: minuteMs }).sweep();
    rig.sender.onTry = () => undefined;
    await rig.clock.advance(minuteMs);

    expect(rig.sender.bodies()).toEqual(Array.from({ length: 10 }, (_, number) => `m${number}`));
    expect(await rig.inboxStore.count()).toBe(10);
  });

  it("never removes an event that is not routed yet", async () => {
    const rig = await startedRig();
    await receive(rig, 3);
    rig.disk.onCommit = (changes) => (touches(changes, "delivery") ? "refused" : "taken");
    await receive(rig, 5, 3);
    await rig.clock.advance(10 * minuteMs);

    await retentionOf(rig, { keepCount: 1, keepMs: minuteMs }).sweep();
    expect(await textsLeft(rig)).toEqual(["m3", "m4", "m5", "m6", "m7"]);
    await rig.disk.recover();
    await rig.clock.advance(5_000);

    expect(rig.sender.bodies()).toEqual(Array.from({ length: 8 }, (_, number) => `m${number}`));
  });

  it("removes nothing while it cannot be said how far routing has come, as during the first reading", async () => {
    const rig = await startedRig();
    await receive(rig, 3);
    await rig.clock.advance(30 * dayMs);

    await retentionOf(rig, { keepCount: 0, routedUpTo: () => undefined }).sweep();

    expect(await textsLeft(rig)).toEqual(["m0", "m1", "m2"]);
    expect(await rig.deliveries.finishedIds(undefined, 100)).toHaveLength(3);
  });

  it("removes events that reached no room, when their time is over", async () => {
    const rig = await createRig(await openForgetfulLevel());
    await rig.start();
    await receive(rig, 2);
    const [event] = await rig.inboxStore.after(undefined, 1);
    await rig.clock.advance(8 * dayMs);
    await receive(rig, 1, 2);

    await retentionOf(rig).sweep();

    expect(await textsLeft(rig)).toEqual(["m2"]);
    expect(event && (await rig.inboxStore.getVerdict(event.id))).toBeUndefined();
  });

  it("keeps an event as long as one of its deliveries is kept", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw homeserverAnswer(undefined);
    };
    await receive(rig, 1);
    await rig.clock.advance(8 * minuteMs);
    rig.sender.onTry = () => undefined;
    await rig.clock.advance(minuteMs);

    const retention = retentionOf(rig, { keepMs: 7 * minuteMs });
    await retention.sweep();
    const kept = await textsLeft(rig);
    await rig.clock.advance(8 * minuteMs);
    await retention.sweep();

    expect(kept).toEqual(["m0"]);
    expect(await textsLeft(rig)).toEqual([]);
  });

  it("sweeps every minute until it is stopped, and goes on after a failure", async () => {
    const rig = await startedRig();
    await receive(rig, 2);
    const retention = retentionOf(rig, { keepCount: 1 });
    rig.disk.onCommit = () => "refused";
    retention.start();
    await rig.clock.advance(minuteMs);
    expect(rig.errors).toHaveLength(1);

    await rig.disk.recover();
    await rig.clock.advance(minuteMs);
    expect(await textsLeft(rig)).toEqual(["m1"]);
    retention.stop();
    await receive(rig, 3, 2);
    await rig.clock.advance(10 * minuteMs);

    expect(await textsLeft(rig)).toHaveLength(4);
  });

  it("says nothing of what fails because everything is stopped", async () => {
    const rig = await startedRig();
    await receive(rig, 2);
    const retention = retentionOf(rig, { keepCount: 1 });
    let refuse: (answer: "refused") => void = () => undefined;
    const closing = new Promise<"refused">((resolve) => (refuse = resolve));
    rig.disk.onCommit = () => closing;
    retention.start();
    await rig.clock.advance(minuteMs);

    retention.stop();
    refuse("refused");
    await settle(10);

    expect(rig.errors).toEqual([]);
  });

  it("forgets what was seen more than two weeks ago, whatever else is kept", async () => {
    const rig = await startedRig();
    await rig.disk.commit(rig.seen.mark("old", "1", rig.clock.now(), 7 * dayMs));
    const seenAt = rig.clock.now();
    await rig.clock.advance(15 * dayMs);

    await retentionOf(rig, { routedUpTo: () => undefined }).sweep();

    expect(await rig.seen.find("old", seenAt)).toBeUndefined();
  });
});
