import { describe, expect, it } from "vitest";
import type { InboxEvent } from "../core/delivery.js";
import type { InboxId, RoomId } from "../core/ids.js";
import type { RemoteEvent } from "../core/remote-event.js";
import { createRig, testConnection } from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { FirstReading } from "./first-reading.js";

const roomA: RoomId = "!a:example.org";

function event(number: number): InboxEvent {
  // The cast: tests give out ids of their own here.
  return { id: `id${number}` as InboxId, serviceId: "test", receivedAt: 0, headers: {}, body: Buffer.alloc(0) };
}

const remote = (...routingKeys: string[]): RemoteEvent => ({ name: "said", routingKeys, payload: {} });

async function createReading() {
  const { kept, disk } = await createRig(await openForgetfulLevel());
  return { reading: new FirstReading(kept, disk), kept, disk };
}

describe("the first reading", () => {
  it("keeps nothing and holds nobody back while none goes on", async () => {
    const { reading } = await createReading();

    expect(reading.keep(event(1), remote("a/A"))).toEqual([]);
    expect(reading.holdsBack(roomA)).toBe(false);
    expect(reading.heldBack).toEqual([]);
  });

  it("holds a room back until it is admitted, and knows whom it held back", async () => {
    const { reading } = await createReading();
    reading.begin();

    expect(reading.holdsBack(roomA)).toBe(true);
    expect(reading.heldBack).toEqual([roomA]);
    reading.admit(roomA);

    expect(reading.holdsBack(roomA)).toBe(false);
    expect(reading.heldBack).toEqual([]);
  });

  it("does not begin anew while it goes on", async () => {
    const { reading } = await createReading();
    reading.begin();
    reading.admit(roomA);

    reading.begin();

    expect(reading.holdsBack(roomA)).toBe(false);
  });

  it("finds what was kept for any of a room's connections, oldest first, each event once", async () => {
    const { reading, disk } = await createReading();
    reading.begin();
    const connectionA = testConnection(roomA, "a/A");
    const connectionB = testConnection(roomA, "b/B");
    for (const [number, keys] of [
      [2, ["b/B"]],
      [1, ["a/A"]],
      [3, ["a/A", "b/B"]],
      [4, ["c/C"]],
    ] as const)
      await disk.commit(reading.keep(event(number), remote(...keys)));

    const found = await reading.keptFor([connectionA, connectionB]);

    expect(found).toEqual([
      { inboxId: "id1", connections: [connectionA] },
      { inboxId: "id2", connections: [connectionB] },
      { inboxId: "id3", connections: [connectionA, connectionB] },
    ]);
  });

  it("forgets everything kept when it ends, however much that is", async () => {
    const { reading, disk, kept } = await createReading();
    reading.begin();
    for (let number = 0; number < 5_000; number += 1) void disk.commit(reading.keep(event(number), remote("a/A")));
    await disk.commit(reading.keep(event(5_000), remote("a/A")));

    await reading.end();

    expect(reading.isGoingOn).toBe(false);
    expect(await kept.find("test", "a/A")).toEqual([]);
  });
});
