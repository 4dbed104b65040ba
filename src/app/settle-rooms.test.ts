import { describe, expect, it } from "vitest";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { seededRandom } from "../../test/support/seeded-random.js";
import { RemoteError, StorageError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import { RoomSettler } from "./settle-rooms.js";

const first: RoomId = "!first:example.org";
const second: RoomId = "!second:example.org";
const away = new RemoteError("The homeserver cannot be reached.");

class Rig {
  readonly clock = new ManualClock();
  readonly calls: string[] = [];
  readonly log: string[] = [];
  open: RoomId[] = [first, second];
  failing: (roomId: RoomId) => Error | undefined = () => undefined;
  storeFailure: Error | undefined;
  readonly settler = new RoomSettler({
    operations: {
      settle: async (roomId) => {
        this.calls.push(`settle ${roomId}`);
        const failure = this.failing(roomId);
        if (failure !== undefined) throw failure;
      },
      unsettledRooms: async () => {
        if (this.storeFailure !== undefined) throw this.storeFailure;
        return this.open;
      },
    },
    queue: {
      run: (roomId, task) => {
        this.calls.push(`turn of ${roomId}`);
        return task();
      },
    },
    clock: this.clock,
    random: seededRandom(1),
    log: { warn: (_fields, message) => this.log.push(`warn ${message}`), error: (_fields, message) => this.log.push(`error ${message}`) },
  });
}

describe("settling rooms", () => {
  it("takes up at the start what is open, each room in its turn", async () => {
    const rig = new Rig();

    rig.settler.start();
    await settle();

    expect(rig.calls).toEqual([`turn of ${first}`, `settle ${first}`, `turn of ${second}`, `settle ${second}`]);
    expect(rig.clock.pendingTimers).toBe(0);
  });

  it("tries again, ever more rarely, while the homeserver is away, and holds up no other room", async () => {
    const rig = new Rig();
    rig.failing = (roomId) => (roomId === first ? away : undefined);
    rig.settler.start();
    await rig.clock.advance(60_000);
    const tries = rig.calls.filter((call) => call === `settle ${first}`).length;
    rig.failing = () => undefined;
    await rig.clock.advance(5 * 60_000);

    expect(tries).toBeGreaterThan(4);
    expect(tries).toBeLessThan(14);
    expect(rig.calls.filter((call) => call === `settle ${second}`)).toHaveLength(1);
    expect(rig.calls.at(-1)).toBe(`settle ${first}`);
    expect(rig.clock.pendingTimers).toBe(0);
    expect(rig.log[0]).toMatch(/^warn/);
  });

  it("settles a room that a failure left open, in a while and once", async () => {
    const rig = new Rig();

    rig.settler.settleLater(first);
    rig.settler.settleLater(first);
    await settle();
    expect(rig.calls).toEqual([]);
    await rig.clock.advance(1_000);

    expect(rig.calls).toEqual([`turn of ${first}`, `settle ${first}`]);
  });

  it("waits for a store that does not answer", async () => {
    const rig = new Rig();
    rig.storeFailure = new StorageError("The disk is gone.");
    rig.settler.start();
    await settle();
    rig.storeFailure = undefined;
    await rig.clock.advance(1_000);

    expect(rig.calls).toContain(`settle ${second}`);
    expect(rig.log).toHaveLength(1);
  });

  it("ends when it is stopped", async () => {
    const rig = new Rig();
    rig.failing = () => away;
    rig.settler.start();
    await settle();
    const before = rig.calls.length;

    await rig.settler.stop();
    rig.settler.settleLater(second);
    await rig.clock.advance(10 * 60_000);

    expect(rig.calls).toHaveLength(before);
  });
});
