import { describe, expect, it } from "vitest";
import {
  alice,
  canonicalType,
  connectionsRig,
  grantType,
  legacyType,
  mainBot,
  mallory,
  room,
  target,
  url,
  type Rig,
} from "../../test/support/connections-rig.js";
import { away } from "../../test/support/room-fakes.js";
import type { Connection } from "../core/connection.js";

async function connected(rig: Rig): Promise<Connection> {
  const { connection } = await rig.operations.connect({ roomId: room, actor: alice, service: rig.tracker, target });
  rig.server.takeRequests();
  return connection;
}

describe("disconnecting", () => {
  it.each([
    ["empty", {}],
    ["disabled", { disabled: true }],
  ] as const)("writes %s, withdraws the grant and forgets the connection", async (write, content) => {
    const rig = await connectionsRig();
    const connection = await connected(rig);

    await rig.operations.disconnect({ roomId: room, actor: alice, connection, write });

    expect(rig.server.contentOf(room, canonicalType, url)).toEqual(content);
    expect(rig.server.accountDataByRoom.get(`${room} ${grantType}`)).toEqual({ granted: false });
    expect(await rig.connections()).toEqual([]);
    expect(await rig.index.byRemoteKey("tracker", "tracker.example/projects/PLAY")).toEqual([]);
  });

  it("ends a connection of an older type under both types", async () => {
    const rig = await connectionsRig();
    await rig.operations.applyStateEvent(rig.server.send(room, legacyType, url, { url }, alice));
    const connection = (await rig.connections())[0]!;

    await rig.operations.disconnect({ roomId: room, actor: alice, connection, write: "disabled" });

    expect(rig.server.contentOf(room, legacyType, url)).toEqual({ disabled: true });
    expect(rig.server.contentOf(room, canonicalType, url)).toEqual({ disabled: true });
  });

  it("ends an older state event that stands behind the newer one as well", async () => {
    const rig = await connectionsRig();
    const connection = await connected(rig);
    await rig.operations.applyStateEvent(rig.server.send(room, legacyType, url, { url }, alice));

    await rig.operations.disconnect({ roomId: room, actor: alice, connection, write: "empty" });

    expect(rig.server.contentOf(room, legacyType, url)).toEqual({});
    const rebuilt = await rig.rebuilt();
    await rebuilt.operations.readRoom(room);
    expect(await rebuilt.connections()).toEqual([]);
  });

  it("keeps the grant while another connection of the room needs it", async () => {
    const rig = await connectionsRig();
    const connection = await connected(rig);
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, "PLAY", { url }, alice));

    await rig.operations.disconnect({ roomId: room, actor: alice, connection, write: "empty" });

    expect(rig.server.accountDataByRoom.get(`${room} ${grantType}`)).toEqual({ granted: true });
    expect((await rig.connections()).map(({ stateKey }) => stateKey)).toEqual(["PLAY"]);
  });

  it("asks nothing and changes nothing when its own events come back, in whatever state it left the room", async () => {
    const rig = await connectionsRig();
    const connection = await connected(rig);
    const first = rig.server.stateOf(room, canonicalType, url)!;
    await rig.operations.disconnect({ roomId: room, actor: alice, connection, write: "empty" });
    rig.server.takeRequests();

    await rig.operations.applyStateEvent(first);
    await rig.operations.applyStateEvent(rig.server.stateOf(room, canonicalType, url)!);

    expect(rig.server.takeRequests()).toEqual([]);
    expect(await rig.connections()).toEqual([]);
  });

  it("needs the same rights as connecting", async () => {
    const rig = await connectionsRig();
    const connection = await connected(rig);

    await expect(rig.operations.disconnect({ roomId: room, actor: mallory, connection, write: "empty" })).rejects.toMatchObject({
      code: "HS_FORBIDDEN_USER",
    });

    expect(await rig.connections()).toEqual([connection]);
  });

  it("is an administrator's to do without any right in the room, but not without the bot's", async () => {
    const rig = await connectionsRig();
    const connection = await connected(rig);
    const input = { roomId: room, actor: mallory, connection, write: "disabled", asAdministrator: true } as const;
    rig.server.send(room, "m.room.power_levels", "", { users: { [alice]: 100 } }, alice);
    await expect(rig.operations.disconnect(input)).rejects.toMatchObject({ code: "HS_FORBIDDEN_BOT" });
    rig.server.send(room, "m.room.power_levels", "", { users: { [mainBot]: 50 } }, alice);

    await rig.operations.disconnect(input);

    expect(await rig.connections()).toEqual([]);
  });

  it("can be run again after any step failed", async () => {
    for (const failing of ["set ", "setAccountData"]) {
      const rig = await connectionsRig();
      const connection = await connected(rig);
      rig.server.failing = (request) => (request.startsWith(failing) ? away : undefined);
      await expect(rig.operations.disconnect({ roomId: room, actor: alice, connection, write: "empty" })).rejects.toBe(away);
      rig.server.failing = () => undefined;

      await rig.operations.disconnect({ roomId: room, actor: alice, connection, write: "empty" });

      expect(await rig.connections()).toEqual([]);
      expect(rig.server.accountDataByRoom.get(`${room} ${grantType}`)).toEqual({ granted: false });
    }
  });
});
