import { describe, expect, it } from "vitest";
import type { Delivery } from "../core/delivery.js";
import type { DeliveryId, InboxId, RoomId } from "../core/ids.js";
import { notice } from "../core/message.js";
import { bot, createRig } from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { WaitingGauge } from "./waiting-gauge.js";

const roomA: RoomId = "!a:example.org";

// The casts: tests give out ids of their own here.
const inboxId = (number: number): InboxId => `id${String(number).padStart(6, "0")}` as InboxId;

function delivery(number: number, connection = "0c", acceptedAt = number): Delivery {
  const id = `${inboxId(number)}.${connection}` as DeliveryId;
  const source = { kind: "remote-event", inboxId: inboxId(number), eventName: "said" } as const;
  return { id, roomId: roomA, sender: bot, source, messages: [notice("text")], acceptedAt, createdAt: acceptedAt, place: id };
}

async function createGauge() {
  const { storage, disk, deliveries } = await createRig(await openForgetfulLevel());
  let routed: InboxId | undefined;
  let read = 0;
  const counting = {
    ...deliveries,
    async oldest(after: DeliveryId | undefined, limit: number) {
      const ids = await deliveries.oldest(after, limit);
      read += ids.length;
      return ids;
    },
  };
  return {
    gauge: new WaitingGauge(counting, () => routed),
    ...{ storage, disk, deliveries },
    routedUpTo(number: number | undefined) {
      routed = number === undefined ? undefined : inboxId(number);
    },
    /** Ids read since the last call. */
    idsRead() {
      const count = read;
      read = 0;
      return count;
    },
    add: (...added: Delivery[]) => disk.commit(added.flatMap((one) => deliveries.add(one))),
    end: (...ended: Delivery[]) => disk.commit(ended.flatMap((one) => deliveries.end(one, { kind: "sent", at: 0, eventIds: [] }))),
  };
}

describe("the gauge of what waits", () => {
  it("knows how much waits, and since when the oldest does", async () => {
    const { gauge, add, end } = await createGauge();
    expect([await gauge.count(), await gauge.oldestAcceptedAt()]).toEqual([0, undefined]);

    await add(delivery(1), delivery(2), delivery(3));
    expect([await gauge.count(), await gauge.oldestAcceptedAt()]).toEqual([3, 1]);
    await end(delivery(1), delivery(3));

    expect([await gauge.count(), await gauge.oldestAcceptedAt()]).toEqual([1, 2]);
  });

  it("sees a delivery whose id comes before others that are finished, as one made of a kept event", async () => {
    const { gauge, add, end, routedUpTo } = await createGauge();
    await add(delivery(1), delivery(5));
    await end(delivery(1), delivery(5));
    // During the first reading nobody can say up to where nothing comes any more.
    routedUpTo(undefined);
    expect(await gauge.oldestAcceptedAt()).toBeUndefined();

    await add(delivery(3));

    expect(await gauge.oldestAcceptedAt()).toBe(3);
  });

  it("sees what is routed after a look that found all before it finished", async () => {
    const { gauge, add, end, routedUpTo } = await createGauge();
    routedUpTo(4);
    await add(delivery(1), delivery(6));
    await end(delivery(1), delivery(6));
    await gauge.oldestAcceptedAt();

    await add(delivery(5));

    expect(await gauge.oldestAcceptedAt()).toBe(5);
  });

  it("does not look again at what is finished for good", async () => {
    const { gauge, add, end, routedUpTo, idsRead } = await createGauge();
    const many = Array.from({ length: 2_500 }, (_, number) => delivery(number));
    await add(...many);
    await end(...many);
    routedUpTo(3_000);
    await gauge.oldestAcceptedAt();
    expect(idsRead()).toBe(2_500);

    await gauge.oldestAcceptedAt();

    expect(idsRead()).toBe(0);
  });
});
