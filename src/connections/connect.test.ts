import { describe, expect, it } from "vitest";
import {
  alice,
  canonicalType,
  connectionsRig,
  grantType,
  learnt,
  legacyType,
  mainBot,
  mallory,
  room,
  target,
  trackerBot,
  url,
  type Rig,
} from "../../test/support/connections-rig.js";
import { away, forbidden } from "../../test/support/room-fakes.js";
import type { UserId } from "../core/ids.js";
import type { ConnectInput } from "./operations.js";

function input(rig: Rig, extra: Partial<ConnectInput> = {}): ConnectInput {
  return { roomId: room, actor: alice, service: rig.tracker, target, ...extra };
}

const writes = (requests: readonly string[]): readonly string[] => requests.filter((request) => request.startsWith("set"));

describe("connecting a room", () => {
  it("grants, then writes the state event, then serves the connection", async () => {
    const rig = await connectionsRig();

    const { kind, connection } = await rig.operations.connect(input(rig));

    expect(kind).toBe("created");
    expect(writes(rig.server.takeRequests())).toEqual([
      `setAccountData ${room} ${grantType} {"granted":true}`,
      `set ${room} ${canonicalType} ${url} {"url":"${url}"}`,
    ]);
    expect(await rig.index.byRemoteKey("tracker", "tracker.example/projects/PLAY")).toEqual([connection]);
    expect(connection).toMatchObject({ status: { kind: "active" }, sender: mainBot, state: { url, events: ["created"] }, priority: -1 });
  });

  it.each(["created", "exists"])("stores what looking it up taught the service (%s)", async (kind) => {
    const rig = await connectionsRig();
    if (kind === "exists") await rig.operations.connect(input(rig));

    const connected = await rig.operations.connect(input(rig, { changes: [learnt] }));

    expect(connected.kind).toBe(kind);
    expect(await rig.database.get(learnt.key)).toBe(learnt.value);
  });

  it("does not take its own state event for news when it comes back", async () => {
    const rig = await connectionsRig();
    const { connection } = await rig.operations.connect(input(rig));
    rig.server.takeRequests();

    const result = await rig.operations.applyStateEvent(rig.server.stateOf(room, canonicalType, url)!);

    expect(result).toEqual({ accepted: false });
    expect(rig.server.takeRequests()).toEqual([]);
    expect(await rig.connections()).toEqual([connection]);
  });

  it("lets the service's own bot act where it is in the room", async () => {
    const rig = await connectionsRig();
    rig.server.send(room, "m.room.member", trackerBot, { membership: "join" }, trackerBot);
    rig.server.send(room, "m.room.power_levels", "", { users: { [alice]: 100, [trackerBot]: 50 } }, alice);
    await rig.operations.readRoom(room);

    const { connection } = await rig.operations.connect(input(rig));

    expect(connection.sender).toBe(trackerBot);
  });

  it.each([
    ["another state key", canonicalType, "PLAY", { url }],
    ["an older type", legacyType, url, { url }],
    ["another scheme", canonicalType, "http://tracker.example/projects/PLAY", { url: "http://tracker.example/projects/PLAY" }],
  ])("reports a connection that means the same under %s", async (_name, type, stateKey, content) => {
    const rig = await connectionsRig();
    await rig.operations.applyStateEvent(rig.server.send(room, type, stateKey, content, alice));
    rig.server.takeRequests();

    const { kind, connection } = await rig.operations.connect(input(rig));

    expect(kind).toBe("exists");
    expect(connection).toMatchObject({ eventType: type, stateKey });
    expect(writes(rig.server.takeRequests())).toEqual([]);
  });

  it("finds a connection in a room that was not read yet", async () => {
    const rig = await (await connectionsRig()).rebuilt();
    rig.server.send(room, canonicalType, url, { url }, alice);
    await rig.unitOfWork.commit(rig.rooms.put({ roomId: room, bots: [mainBot] }));

    expect((await rig.operations.connect(input(rig))).kind).toBe("exists");
  });

  it.each([
    ["ungranted under the same key", url, { url }],
    ["ungranted under another key", "PLAY", { url }],
    ["invalid in its place", url, { url: 5 }],
  ])("replaces one that is %s", async (_name, stateKey, content) => {
    const rig = await connectionsRig();
    rig.consent = () => ({ granted: false, reason: "no rights" });
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, stateKey, content, alice));
    expect((await rig.connections()).map(({ status }) => status.kind)).not.toContain("active");

    const { kind, connection } = await rig.operations.connect(input(rig));

    expect(kind).toBe("created");
    expect(await rig.connections()).toEqual([connection]);
    const rebuilt = await rig.rebuilt();
    await rebuilt.operations.readRoom(room);
    expect(await rebuilt.connections()).toEqual([connection]);
  });

  it("does not write over an active connection that has the wanted state key", async () => {
    const rig = await connectionsRig();
    const other = rig.server.send(room, canonicalType, url, { url: "https://tracker.example/projects/WORK" }, alice);
    await rig.operations.applyStateEvent(other);

    await expect(rig.operations.connect(input(rig))).rejects.toMatchObject({ code: "HS_CONFLICTING_CONNECTION" });

    expect(rig.server.stateOf(room, canonicalType, url)).toEqual(other);
  });

  it.each(["setAccountData", "set "])("comes to the same when it is run again after %s failed", async (failing) => {
    const rig = await connectionsRig();
    rig.server.failing = (request) => (request.startsWith(failing) ? away : undefined);
    await expect(rig.operations.connect(input(rig))).rejects.toBe(away);
    rig.server.failing = () => undefined;

    const { kind } = await rig.operations.connect(input(rig));

    expect(kind).toBe("created");
    expect(await rig.connections()).toHaveLength(1);
  });

  it("names the bot's missing power when the homeserver refuses the state event", async () => {
    const rig = await connectionsRig();
    rig.server.failing = (request) => (request.startsWith("set ") ? forbidden : undefined);

    await expect(rig.operations.connect(input(rig))).rejects.toMatchObject({ code: "HS_FORBIDDEN_BOT" });

    expect(await rig.connections()).toEqual([]);
  });
});

describe("the checks before a change", () => {
  const levels = { users: { [alice]: 50, [mainBot]: 50, [mallory]: 100 }, state_default: 50, events: {} };

  it.each<[string, UserId, object, string, string]>([
    [
      "somebody without the permission",
      mallory,
      levels,
      "You are not permitted to provision connections for tracker.",
      "HS_FORBIDDEN_USER",
    ],
    [
      "somebody without power",
      alice,
      { ...levels, users: { [alice]: 49, [mainBot]: 50 } },
      "You must be able to set state in a room ('Change settings') in order to set up new integrations.",
      "HS_FORBIDDEN_USER",
    ],
    [
      "a state_default of 0, which counts as 50",
      alice,
      { users: { [mainBot]: 50 }, state_default: 0 },
      "You must be able to set state in a room ('Change settings') in order to set up new integrations.",
      "HS_FORBIDDEN_USER",
    ],
    [
      "somebody without the power that the room asks for the type",
      alice,
      { users: { [alice]: 50, [mainBot]: 100 }, events: { [canonicalType]: 51 } },
      "You must be able to set state in a room ('Change settings') in order to set up new integrations.",
      "HS_FORBIDDEN_USER",
    ],
    [
      "a bot without power for the type",
      alice,
      { users: { [alice]: 100, [mainBot]: 50 }, events: { [canonicalType]: 51 } },
      "I do not have permission to set up a bridge in this room. Please promote me to an Admin/Moderator.",
      "HS_FORBIDDEN_BOT",
    ],
  ])("refuse %s and name a remedy", async (_name, actor, powerLevels, sentence, code) => {
    const rig = await connectionsRig();
    rig.server.send(room, "m.room.power_levels", "", { ...powerLevels }, alice);

    const refusal = await rig.operations.connect(input(rig, { actor })).catch((error: unknown) => error);

    expect(refusal).toMatchObject({ code });
    expect((refusal as Error).message.startsWith(`${sentence} `)).toBe(true);
    expect(writes(rig.server.takeRequests())).toEqual([]);
  });

  it("know that creators stand above every level from room version 12 on", async () => {
    const rig = await connectionsRig();
    const newer = "!newer:example.org";
    rig.server.createRoom(newer, alice, [mainBot], { room_version: "12" });
    rig.server.send(newer, "m.room.power_levels", "", { users: { [mainBot]: 50 } }, alice);
    await rig.unitOfWork.commit(rig.rooms.put({ roomId: newer, bots: [mainBot] }));

    await expect(rig.operations.checkMayChange(newer, alice, rig.tracker, canonicalType)).resolves.toBeUndefined();
  });

  it("ask for one state event when the room was read before", async () => {
    const rig = await connectionsRig();

    await rig.operations.checkMayChange(room, alice, rig.tracker, canonicalType);

    expect(rig.server.takeRequests()).toEqual([`read ${room} m.room.power_levels`]);
  });

  it("say whom to invite where no bot serves the service", async () => {
    const rig = await connectionsRig();
    await rig.unitOfWork.commit(rig.rooms.put({ roomId: room, bots: [] }));

    await expect(rig.operations.checkMayChange(room, alice, rig.tracker, canonicalType)).rejects.toMatchObject({
      code: "HS_NOT_IN_ROOM",
      message: expect.stringContaining(mainBot),
    });
  });
});

describe("options of a connection", () => {
  it("become what the schema wants", async () => {
    const rig = await connectionsRig();
    const options = { events: "created, updated", quiet: "Yes", limit: "5", commandPrefix: "!play" };

    const { connection } = await rig.operations.connect(input(rig, { options }));

    const wanted = { url, events: ["created", "updated"], quiet: true, limit: 5, commandPrefix: "!play" };
    expect(connection.state).toEqual(wanted);
    expect(rig.server.contentOf(room, canonicalType, url)).toEqual(wanted);
    expect(rig.index.isCommandPrefix("!play")).toBe(true);
  });

  it.each([
    [{ evnts: "created" }, "no option evnts. Did you mean events"],
    [{ __proto__x: "1" }, "no option __proto__x"],
    [{ constructor: "1" }, "no option constructor"],
    [{ quiet: "perhaps" }, "quiet must be true or false"],
    [{ limit: "many" }, "limit must be a number"],
    [{ events: "deleted" }, "events"],
    [{ filters: "{}" }, "filters cannot be set by a command"],
    [{ url: "https://tracker.example/projects/SECRET" }, "url would change what is connected"],
    [{ id: "10001" }, "id would change what is connected"],
  ])("%j is refused by name", async (options, message) => {
    const rig = await connectionsRig();

    await expect(rig.operations.connect(input(rig, { options: { ...options } }))).rejects.toMatchObject({
      code: "HS_BAD_VALUE",
      message: expect.stringContaining(message),
    });

    expect(writes(rig.server.takeRequests())).toEqual([]);
  });
});
