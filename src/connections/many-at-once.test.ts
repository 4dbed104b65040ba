import { describe, expect, it } from "vitest";
import { alice, canonicalType, connectionsRig, room, url, type Rig } from "../../test/support/connections-rig.js";
import { connectionId, type ConnectionState } from "../core/connection.js";
import { NotFoundError } from "../core/errors.js";
import { seededRandom } from "../../test/support/seeded-random.js";

const id = connectionId(room, canonicalType, url);

type State = ConnectionState | undefined;

interface Change {
  readonly name: string;
  run(rig: Rig): Promise<State>;
  /** What a room that does one change after the other has afterwards. */
  after(before: State): State;
}

function put(limit: number): Change {
  const config = { url, limit };
  return {
    name: `put ${limit}`,
    async run(rig) {
      const { bot } = await rig.operations.checkAccess({ roomId: room, actor: alice, service: rig.tracker, eventType: canonicalType });
      const deadline = rig.clock.now() + 15_000;
      const place = { roomId: room, actor: alice, service: rig.tracker, kindId: "project" };
      return (await rig.operations.provision({ ...place, config, access: { bot }, deadline })).connection.state;
    },
    after: () => ({ url, limit, events: ["created"] }),
  };
}

function patch(priority: number): Change {
  return {
    name: `patch ${priority}`,
    async run(rig) {
      const { bot } = await rig.operations.checkAccess({ roomId: room, actor: alice, eventType: canonicalType });
      const input = {
        roomId: room,
        actor: alice,
        connection: id,
        patch: { priority },
        access: { bot },
        deadline: rig.clock.now() + 15_000,
      };
      return (await rig.operations.update(input)).connection.state;
    },
    after: (before) => before && { ...before, priority },
  };
}

const remove: Change = {
  name: "delete",
  async run(rig) {
    const { bot } = await rig.operations.checkAccess({ roomId: room, actor: alice, eventType: canonicalType });
    const connection = (await rig.connections()).find((candidate) => candidate.id === id);
    if (connection === undefined) throw new NotFoundError("Connection does not exist");
    await rig.operations.disconnect({ roomId: room, actor: alice, connection, write: "disabled", access: { bot } });
    return undefined;
  },
  after: () => undefined,
};

function mixture(seed: number): readonly Change[] {
  const random = seededRandom(seed);
  return Array.from({ length: 50 }, (_, number) => {
    const choice = random.fraction();
    if (choice < 0.4) return put(number);
    return choice < 0.8 ? patch(number) : remove;
  });
}

describe("fifty changes of one connection at once", () => {
  it.each([1, 2, 3])("end as if they had come one after the other (seed %i)", async (seed) => {
    const rig = await connectionsRig();
    const changes = mixture(seed);
    const order: { readonly change: Change; readonly result: State | "not there" }[] = [];

    await Promise.all(
      changes.map((change) =>
        rig.queue.run(room, async () => {
          const result = await change.run(rig).catch((error: unknown) => {
            if (error instanceof NotFoundError) return "not there" as const;
            throw error;
          });
          order.push({ change, result });
        }),
      ),
    );

    let state: State;
    for (const { change, result } of order) {
      const isThere = state !== undefined || change.name.startsWith("put");
      state = change.after(state);
      expect(result).toEqual(isThere ? state : "not there");
    }
    const connections = await rig.connections();
    expect(connections.map((connection) => connection.state)).toEqual(state === undefined ? [] : [state]);
    const rebuilt = await rig.rebuilt();
    await rebuilt.operations.readRoom(room);
    expect(await rebuilt.connections()).toEqual(connections);
    expect(await rig.operations.unsettledRooms()).toEqual([]);
  });
});
