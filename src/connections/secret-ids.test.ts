import { describe, expect, it } from "vitest";
import { alice, connectionsRig, mainBot, mallory, room, trackerBot, type Rig } from "../../test/support/connections-rig.js";
import { hookIdsType, hookKey, hookTarget, hookType, oldHookType } from "../../test/support/hook-kind.js";
import { away, forbidden } from "../../test/support/room-fakes.js";
import type { Connection } from "../core/connection.js";
import type { UserId } from "../core/ids.js";
import type { ConnectResult } from "../core/service.js";

const builds = { name: "builds" };

function connect(rig: Rig, stateKey = "builds"): Promise<ConnectResult> {
  return rig.operations.connect({ roomId: room, actor: alice, service: rig.hooks, target: hookTarget(stateKey) });
}

async function disconnect(rig: Rig, connection: Connection): Promise<void> {
  await rig.operations.disconnect({ roomId: room, actor: alice, connection, write: "disabled" });
}

function ids(rig: Rig, as?: UserId): object | undefined {
  return rig.server.accountDataOf(room, hookIdsType, as);
}

async function apply(rig: Rig, content: object, sender: UserId = alice, type = hookType): Promise<boolean> {
  return (await rig.operations.applyStateEvent(rig.server.send(room, type, "builds", { ...content }, sender))).accepted;
}

async function foundBy(rig: Rig, secretId: string): Promise<readonly string[]> {
  return (await rig.index.byRemoteKey("hooks", hookKey(secretId))).map(({ stateKey }) => stateKey);
}

function requestsAbout(rig: Rig, word: string): readonly string[] {
  return rig.server.takeRequests().filter((request) => request.includes(word));
}

describe("connecting what has a secret id", () => {
  it("stores the id beside others, then writes the state, and gives the id", async () => {
    const rig = await connectionsRig();
    rig.server.setAccountData(room, hookIdsType, { "of-another": "deploys", odd: 5 });

    const { kind, connection, secretId } = await connect(rig);

    expect(kind).toBe("created");
    expect(ids(rig)).toEqual({ "of-another": "deploys", odd: 5, [secretId!]: "builds" });
    expect(rig.server.takeRequests().filter((request) => request.startsWith("set"))).toEqual([
      `setAccountData ${room} ${hookIdsType} ${JSON.stringify(ids(rig))}`,
      `set ${room} ${hookType} builds {"name":"builds"}`,
    ]);
    expect(connection.remoteKeys).toEqual(["every hook", hookKey(secretId!)]);
    expect(await foundBy(rig, secretId!)).toEqual(["builds"]);
    expect(await rig.operations.secretIdOf(connection)).toBe(secretId);
  });

  it("gives the id that is there when the connection exists", async () => {
    const rig = await connectionsRig();
    const { secretId } = await connect(rig);

    expect(await connect(rig)).toMatchObject({ kind: "exists", secretId });
  });

  it.each([
    ["the id was stored", `set ${room} ${hookType}`],
    ["nothing was stored", "setAccountData"],
  ])("uses one id in the end when a try failed after %s", async (_name, failing) => {
    const rig = await connectionsRig();
    rig.server.failing = (request) => (request.startsWith(failing) ? away : undefined);
    await expect(connect(rig)).rejects.toBe(away);
    rig.server.failing = () => undefined;

    const { secretId } = await connect(rig);

    expect(ids(rig)).toEqual({ [secretId!]: "builds" });
  });

  it("gives another id after the connection has ended", async () => {
    const rig = await connectionsRig();
    const first = await connect(rig);
    await disconnect(rig, first.connection);

    const second = await connect(rig);

    expect(second.secretId).not.toBe(first.secretId);
    expect(ids(rig)).toEqual({ [second.secretId!]: "builds" });
    expect(await foundBy(rig, first.secretId!)).toEqual([]);
  });

  it("does not use an id again that could not be removed when its connection ended", async () => {
    const rig = await connectionsRig();
    const first = await connect(rig);
    rig.server.failing = (request) => (request.startsWith("setAccountData") ? forbidden : undefined);
    await disconnect(rig, first.connection);
    rig.server.failing = () => undefined;

    const second = await connect(rig);

    expect(ids(rig)).toEqual({ [second.secretId!]: "builds" });
    expect(second.secretId).not.toBe(first.secretId);
  });

  it("replaces one whose id is lost", async () => {
    const rig = await connectionsRig();
    await connect(rig);
    rig.server.setAccountData(room, hookIdsType, {});
    await rig.operations.readRoom(room);
    expect(await rig.connections()).toMatchObject([{ status: { kind: "invalid", reason: "its secret id is lost; connect it again" } }]);

    const { kind, secretId } = await connect(rig);

    expect(kind).toBe("created");
    expect(await foundBy(rig, secretId!)).toEqual(["builds"]);
  });

  it("needs nothing of the kind for connections without secret ids", async () => {
    const rig = await connectionsRig();
    const target = { kindId: "project", stateKey: "PLAY", state: { url: "https://tracker.example/projects/PLAY" }, name: "PLAY" };

    const result = await rig.operations.connect({ roomId: room, actor: alice, service: rig.tracker, target });

    expect(result).not.toHaveProperty("secretId");
    expect(await rig.operations.secretIdOf(result.connection)).toBeUndefined();
    expect(requestsAbout(rig, hookIdsType)).toEqual([]);
  });
});

describe("a state event of what has a secret id", () => {
  it("is connected under every id that leads to its key", async () => {
    const rig = await connectionsRig();
    rig.server.setAccountData(room, hookIdsType, { one: "builds", two: "builds", three: "deploys" });

    expect(await apply(rig, builds, mainBot)).toBe(true);

    expect([await foundBy(rig, "one"), await foundBy(rig, "two"), await foundBy(rig, "three")]).toEqual([["builds"], ["builds"], []]);
  });

  it("gets an id when a person with the right wrote it, and keeps it as it changes", async () => {
    const rig = await connectionsRig();

    expect(await apply(rig, builds)).toBe(true);
    const [secretId] = Object.keys(ids(rig)!);
    expect(await apply(rig, { name: "other builds" })).toBe(true);

    expect(ids(rig)).toEqual({ [secretId!]: "builds" });
    expect(await foundBy(rig, secretId!)).toEqual(["builds"]);
  });

  it("is invalid, and no id is made up, when one of our bots wrote it and there is none", async () => {
    const rig = await connectionsRig();

    expect(await apply(rig, builds, mainBot)).toBe(false);

    expect(await rig.connections()).toMatchObject([{ status: { kind: "invalid" }, remoteKeys: [] }]);
    expect(ids(rig)).toBeUndefined();
  });

  it("gets nothing from somebody without the right", async () => {
    const rig = await connectionsRig();

    await apply(rig, builds, mallory);

    expect(ids(rig)).toBeUndefined();
    expect(await rig.connections()).toEqual([]);
  });

  it("keeps its id when it is put back", async () => {
    const rig = await connectionsRig();
    const { secretId } = await connect(rig);

    await apply(rig, { name: "hijacked" }, mallory);
    await apply(rig, {}, mallory);

    expect(await foundBy(rig, secretId!)).toEqual(["builds"]);
    expect(ids(rig)).toEqual({ [secretId!]: "builds" });
  });

  it.each([
    ["ends it", (rig: Rig) => apply(rig, {})],
    [
      "is redacted",
      async (rig: Rig) => {
        const { event_id: eventId } = rig.server.stateOf(room, hookType, "builds")!;
        rig.server.redact(room, eventId);
        await rig.operations.applyRedaction(room, eventId);
      },
    ],
  ])("that %s takes the id with it", async (_name, end) => {
    const rig = await connectionsRig();
    rig.server.setAccountData(room, hookIdsType, { other: "deploys" });
    await connect(rig);

    await end(rig);

    expect(ids(rig)).toEqual({ other: "deploys" });
    expect(await rig.connections()).toEqual([]);
  });

  it("leaves the id to the older type that stands behind it", async () => {
    const rig = await connectionsRig();
    await apply(rig, builds, alice, oldHookType);
    await apply(rig, builds);
    const before = ids(rig);

    await apply(rig, {});

    expect(ids(rig)).toEqual(before);
    expect(await rig.connections()).toMatchObject([{ eventType: oldHookType, status: { kind: "active" } }]);
  });

  it.each(["getAccountData", "setAccountData"])("waits, and changes nothing, while %s fails", async (failing) => {
    const rig = await connectionsRig();
    rig.server.failing = (request) => (request.startsWith(failing) ? away : undefined);
    const event = rig.server.send(room, hookType, "builds", builds, alice);
    await expect(rig.operations.applyStateEvent(event)).rejects.toBe(away);
    expect(await rig.connections()).toEqual([]);
    rig.server.failing = () => undefined;

    expect(await rig.operations.applyStateEvent(event)).toEqual({ accepted: true });
  });
});

describe("reading a room with secret ids", () => {
  it("asks once, and only where the room has such state", async () => {
    const rig = await connectionsRig();
    await rig.operations.readRoom(room);
    expect(requestsAbout(rig, hookIdsType)).toEqual([]);
    for (const stateKey of ["builds", "deploys", "tests"]) await connect(rig, stateKey);
    rig.server.takeRequests();

    const rebuilt = await rig.rebuilt();
    await rebuilt.operations.readRoom(room);

    expect(requestsAbout(rig, hookIdsType)).toEqual([`getAccountData ${room} ${hookIdsType}`]);
    expect(await rebuilt.index.byRemoteKey("hooks", "every hook")).toHaveLength(3);
    expect(await rebuilt.connections()).toEqual(await rig.connections());
  });

  it("makes ids for all that people wrote", async () => {
    const rig = await connectionsRig();
    rig.server.setAccountData(room, hookIdsType, { other: "elsewhere" });
    for (const stateKey of ["builds", "deploys"]) rig.server.send(room, hookType, stateKey, builds, alice);

    await rig.operations.readRoom(room);

    expect(Object.values(ids(rig)!)).toEqual(["elsewhere", "builds", "deploys"]);
    const before = ids(rig);
    await rig.operations.readRoom(room);
    expect(ids(rig)).toEqual(before);
  });

  it("leaves a connection as it was when the homeserver refuses to tell, and makes none", async () => {
    const rig = await connectionsRig();
    const { secretId } = await connect(rig);
    rig.server.send(room, hookType, "deploys", builds, alice);
    rig.server.failing = (request) => (request.startsWith("getAccountData") ? forbidden : undefined);

    await rig.operations.readRoom(room);

    expect(await foundBy(rig, secretId!)).toEqual(["builds"]);
    expect((await rig.connections()).map(({ stateKey, status }) => [stateKey, status.kind]).sort()).toEqual([
      ["builds", "active"],
      ["deploys", "invalid"],
    ]);
  });

  it("finds what the main bot keeps after a bot of the service has come, and ends it there", async () => {
    const rig = await connectionsRig();
    const { secretId } = await connect(rig);
    rig.server.send(room, "m.room.member", trackerBot, { membership: "join" }, trackerBot);
    rig.server.send(room, "m.room.power_levels", "", { users: { [alice]: 100, [trackerBot]: 50 } }, alice);
    await rig.operations.readRoom(room);
    expect(await foundBy(rig, secretId!)).toEqual(["builds"]);
    const deploys = await connect(rig, "deploys");
    expect(ids(rig, trackerBot)).toEqual({ [deploys.secretId!]: "deploys" });

    for (const connection of await rig.connections()) await disconnect(rig, connection);

    expect([ids(rig), ids(rig, trackerBot)]).toEqual([{}, {}]);
  });

  it("believes nothing but text in what it finds, and writes it back as it was", async () => {
    const rig = await connectionsRig();
    const odd = JSON.parse('{"__proto__": "builds", "constructor": {"builds": 1}, "empty": null, "list": ["builds"]}') as Record<
      string,
      unknown
    >;
    rig.server.setAccountData(room, hookIdsType, odd);
    rig.server.send(room, hookType, "deploys", builds, alice);

    await rig.operations.readRoom(room);

    expect(JSON.stringify(ids(rig)).startsWith(JSON.stringify(odd).slice(0, -1))).toBe(true);
    expect(await rig.index.byRemoteKey("hooks", "every hook")).toMatchObject([{ stateKey: "deploys" }]);
  });
});

describe("a secret id", () => {
  it("is neither in room state nor in the store, nor in what is logged", async () => {
    const rig = await connectionsRig();
    const { connection, secretId } = await connect(rig);
    await apply(rig, { name: "other builds" });
    rig.server.failing = (request) => (request.includes(hookIdsType) ? forbidden : undefined);
    await rig.operations.readRoom(room);
    await disconnect(rig, connection);
    rig.server.failing = () => undefined;
    const other = await connect(rig, "deploys");

    const stored = JSON.stringify(await rig.database.iterator().all());
    const written = rig.server.requests.filter((request) => request.startsWith("set !"));

    for (const id of [secretId!, other.secretId!]) {
      expect(stored).not.toContain(id);
      expect(rig.log.join()).not.toContain(id);
      expect(written.join()).not.toContain(id);
    }
    expect(stored).toContain(hookKey(other.secretId!));
  });
});

describe("a room's replacement", () => {
  const newRoom = "!new:example.org" as const;

  async function upgraded(): Promise<{ readonly rig: Rig; readonly secretId: string }> {
    const rig = await connectionsRig();
    const { secretId } = await connect(rig);
    rig.server.send(room, hookType, "by-hand", builds, alice);
    await rig.operations.readRoom(room);
    rig.server.send(room, "m.room.tombstone", "", { replacement_room: newRoom }, alice);
    rig.server.createRoom(newRoom, alice, [mainBot], { room_version: "12", predecessor: { room_id: room } });
    await rig.unitOfWork.commit(rig.rooms.put({ roomId: newRoom, bots: [mainBot], carryOverFrom: room }));
    return { rig, secretId: secretId! };
  }

  it("takes the ids over before the state", async () => {
    const { rig, secretId } = await upgraded();
    const before = ids(rig);
    rig.server.takeRequests();

    expect(await rig.operations.carryOver(room, newRoom)).toHaveLength(2);

    const writes = rig.server.takeRequests().filter((request) => /^set(AccountData)? !new/.test(request) && request.includes("builds"));
    expect(writes.map((request) => request.split(" ")[0])).toEqual(["setAccountData", "set", "setAccountData", "set"]);
    expect(rig.server.accountDataOf(newRoom, hookIdsType)).toEqual(before);
    expect(await rig.index.byRemoteKey("hooks", hookKey(secretId))).toMatchObject([{ roomId: newRoom, stateKey: "builds" }]);
  });

  it.each([`setAccountData ${newRoom}`, `set ${newRoom}`, `set ${room}`])(
    "has the same ids when it took a second try, after %s",
    async (failing) => {
      const { rig, secretId } = await upgraded();
      const before = ids(rig);
      rig.server.failing = (request) => (request.startsWith(failing) ? away : undefined);
      await expect(rig.operations.carryOver(room, newRoom)).rejects.toBe(away);
      rig.server.failing = () => undefined;

      await rig.operations.carryOver(room, newRoom);

      expect(rig.server.accountDataOf(newRoom, hookIdsType)).toEqual(before);
      const rebuilt = await rig.rebuilt();
      await rebuilt.operations.readRoom(newRoom);
      expect(await rebuilt.index.byRemoteKey("hooks", hookKey(secretId))).toMatchObject([{ roomId: newRoom }]);
    },
  );

  it("serves old and new address where somebody made the same one there already", async () => {
    const { rig, secretId } = await upgraded();
    rig.server.setAccountData(newRoom, hookIdsType, { newer: "builds" });
    rig.server.send(newRoom, hookType, "builds", { name: "newer" }, alice);

    await rig.operations.carryOver(room, newRoom);

    for (const id of [secretId, "newer"]) {
      expect(await rig.index.byRemoteKey("hooks", hookKey(id))).toMatchObject([{ roomId: newRoom, state: { name: "newer" } }]);
    }
  });

  it("does not take over what is lost", async () => {
    const { rig } = await upgraded();
    rig.server.setAccountData(room, hookIdsType, {});

    const pairs = await rig.operations.carryOver(room, newRoom);

    expect(pairs.map(({ to }) => to.stateKey)).toEqual(["by-hand"]);
    expect(Object.values(rig.server.accountDataOf(newRoom, hookIdsType)!)).toEqual(["by-hand"]);
  });
});
