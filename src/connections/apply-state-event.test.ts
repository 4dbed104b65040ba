import { describe, expect, it } from "vitest";
import {
  administrator,
  alice,
  canonicalType,
  connectionsRig,
  grantType,
  learnt,
  legacyType,
  mainBot,
  room,
  url,
  type Rig,
} from "../../test/support/connections-rig.js";
import { away, forbidden } from "../../test/support/room-fakes.js";
import { RemoteError } from "../core/errors.js";
import type { StateEvent } from "../core/matrix-event.js";

const otherUrl = "https://tracker.example/projects/WORK";

function write(rig: Rig, content: object, type = canonicalType, sender = alice): StateEvent {
  return rig.server.send(room, type, url, { ...content }, sender);
}

async function apply(rig: Rig, content: object, type = canonicalType, sender = alice): Promise<boolean> {
  return (await rig.operations.applyStateEvent(write(rig, content, type, sender))).accepted;
}

async function statuses(rig: Rig): Promise<readonly string[]> {
  return (await rig.connections()).map(({ status }) => status.kind);
}

describe("a connection's state event", () => {
  it("connects, changes and ends", async () => {
    const rig = await connectionsRig();

    expect(await apply(rig, { url, priority: 3 })).toBe(true);
    expect((await rig.connections())[0]).toMatchObject({ state: { url, events: ["created"] }, priority: 3 });
    expect(await apply(rig, { url, events: "all" })).toBe(true);
    expect((await rig.connections())[0]).toMatchObject({ state: { url, events: ["created", "updated"] }, priority: -1 });
    expect(await apply(rig, { disabled: true, url })).toBe(true);

    expect(await rig.connections()).toEqual([]);
  });

  it.each([
    ["a type of no enabled service", "org.example.unknown", { url }],
    ["an end where nothing was", canonicalType, {}],
  ])("that is %s is ignored", async (_name, type, content) => {
    const rig = await connectionsRig();

    expect(await apply(rig, content, type)).toBe(false);

    expect(rig.server.takeRequests()).toEqual([]);
    expect(await rig.connections()).toEqual([]);
  });

  it.each([
    { what: "an administrator", sender: administrator, expected: ["active"] },
    { what: "somebody else", sender: alice, expected: ["ungranted"] },
  ])("tells the service that $what wrote it", async ({ sender, expected }) => {
    const rig = await connectionsRig();
    rig.consent = ({ isAdmin }) => (isAdmin?.() === true ? { granted: true } : { granted: false, reason: "no administrator" });

    await apply(rig, { url }, canonicalType, sender);

    expect(await statuses(rig)).toEqual(expected);
    expect(rig.undecided).toEqual([]);
  });

  it("waits for the members of rooms that permissions name, where the service asks for an administrator", async () => {
    const rig = await connectionsRig();
    rig.arePermissionsKnown = false;
    rig.consent = ({ isAdmin }) => ({ granted: isAdmin?.() === true, reason: "no administrator" });

    await apply(rig, { url });

    expect(await statuses(rig)).toEqual(["ungranted"]);
    expect(rig.undecided).toEqual([room]);
  });

  it("applied again changes nothing and asks nobody, even when it is older than what stands", async () => {
    const rig = await connectionsRig();
    const first = write(rig, { url });
    await rig.operations.applyStateEvent(first);
    const second = write(rig, { url, quiet: true });
    await rig.operations.applyStateEvent(second);
    const before = await rig.connections();
    rig.server.takeRequests();

    await rig.operations.applyStateEvent(first);
    await rig.operations.applyStateEvent(second);

    expect(await rig.connections()).toEqual(before);
    expect(rig.server.takeRequests()).toEqual([]);
  });

  it.each([
    ["a wrong type", { url: 5 }],
    ["a wrong list", { url, events: ["created", "exploded"] }],
    ["a URL that is none", { url: "not a url" }],
    ["hostile keys", JSON.parse('{"__proto__": {"url": 1}, "url": []}') as object],
  ])("with %s is kept with the reason, said once, and hears nothing", async (_name, content) => {
    const rig = await connectionsRig();

    expect(await apply(rig, content)).toBe(false);
    await rig.operations.readRoom(room);

    const [connection] = await rig.connections();
    expect(connection).toMatchObject({ status: { kind: "invalid", reason: expect.stringContaining("settings") }, remoteKeys: [] });
    expect(rig.log).toEqual(["A connection in the room is invalid"]);
  });

  it("that becomes valid again hears again", async () => {
    const rig = await connectionsRig();
    await apply(rig, { url: 5 });

    expect(await apply(rig, { url })).toBe(true);

    expect(await rig.index.byRemoteKey("tracker", "tracker.example/projects/PLAY")).toHaveLength(1);
  });

  it("treats null as absent and drops keys that the schema does not name", async () => {
    const rig = await connectionsRig();

    expect(await apply(rig, { url, quiet: null, events: null, other: 1 })).toBe(true);

    expect((await rig.connections())[0]?.state).toEqual({ url, events: ["created"] });
  });
});

describe("the older and the newer type of one connection", () => {
  it("are one connection, and the newer one counts", async () => {
    const rig = await connectionsRig();
    await apply(rig, { url, priority: 1 }, legacyType);
    await apply(rig, { url, priority: 2 });

    expect(await apply(rig, { url, priority: 3 }, legacyType)).toBe(false);

    expect((await rig.connections()).map(({ priority, eventType }) => [priority, eventType])).toEqual([[2, canonicalType]]);
  });

  it("let the older one stand when the newer one ends", async () => {
    const rig = await connectionsRig();
    await apply(rig, { url, priority: 1 }, legacyType);
    await apply(rig, { url, priority: 2 });

    await apply(rig, {});

    expect((await rig.connections()).map(({ priority, eventType }) => [priority, eventType])).toEqual([[1, legacyType]]);
    expect(rig.server.accountDataByRoom.get(`${room} ${grantType}`)).toEqual({ granted: true });
  });

  it("do not end together when the one that does not count ends", async () => {
    const rig = await connectionsRig();
    await apply(rig, { url, priority: 1 }, legacyType);
    await apply(rig, { disabled: true });

    expect(await rig.connections()).toHaveLength(1);
  });
});

describe("the grant of a connection", () => {
  it.each([
    ["true", { granted: true }, ["active"], 0],
    ["false", { granted: false }, ["ungranted"], 0],
    ["garbage", { granted: "yes" }, ["active"], 1],
  ])("that is %s decides", async (_name, content, expected, asked) => {
    const rig = await connectionsRig();
    rig.server.setAccountData(room, grantType, content);

    await apply(rig, { url });

    expect(await statuses(rig)).toEqual(expected);
    expect(rig.asked).toHaveLength(asked);
  });

  it("that is missing is given and stored when one of our bots wrote the state", async () => {
    const rig = await connectionsRig();

    await apply(rig, { url }, canonicalType, mainBot);

    expect(await statuses(rig)).toEqual(["active"]);
    expect(rig.server.accountDataByRoom.get(`${room} ${grantType}`)).toEqual({ granted: true });
    expect(rig.asked).toEqual([]);
  });

  it("that is missing is the remote's to give; only a yes is stored", async () => {
    const rig = await connectionsRig();
    rig.consent = () => ({ granted: false, reason: "alice cannot see PLAY" });
    await apply(rig, { url });
    expect((await rig.connections())[0]).toMatchObject({ status: { kind: "ungranted", reason: "alice cannot see PLAY" }, remoteKeys: [] });
    expect(rig.server.accountDataByRoom.has(`${room} ${grantType}`)).toBe(false);

    rig.consent = () => ({ granted: true });
    await rig.operations.readRoom(room);

    expect(await statuses(rig)).toEqual(["active"]);
    expect(rig.server.accountDataByRoom.get(`${room} ${grantType}`)).toEqual({ granted: true });
    expect(rig.asked.at(-1)).toMatchObject({ kindId: "project", actor: alice, state: { url } });
  });

  it.each([
    ["as its event comes", (rig: Rig) => apply(rig, { url })],
    ["as the room is read", (rig: Rig) => (write(rig, { url }), rig.operations.readRoom(room))],
  ])("stores what asking the remote taught the service, %s", async (_name, take) => {
    const rig = await connectionsRig();
    rig.consent = () => ({ granted: true, changes: [learnt] });

    await take(rig);

    expect(await statuses(rig)).toEqual(["active"]);
    expect(await rig.database.get(learnt.key)).toBe(learnt.value);
  });

  it("is asked for again when the resource changes, and not when anything else does", async () => {
    const rig = await connectionsRig();
    await apply(rig, { url });
    rig.consent = () => ({ granted: false, reason: "no rights" });
    rig.server.takeRequests();

    await apply(rig, { url, quiet: true });
    expect(await statuses(rig)).toEqual(["active"]);
    expect(rig.server.takeRequests()).toEqual([]);

    await apply(rig, { url: otherUrl });
    expect(await statuses(rig)).toEqual(["ungranted"]);
    expect(await rig.index.byRemoteKey("tracker", "tracker.example/projects/PLAY")).toEqual([]);
  });

  it("is asked for when the resource under the same key is another one as the room is read", async () => {
    const rig = await connectionsRig();
    await apply(rig, { url });
    rig.consent = (input) => (input.state["url"] === url ? { granted: true } : { granted: false, reason: "no rights" });
    write(rig, { url: otherUrl });

    await rig.operations.readRoom(room);

    expect(await rig.connections()).toMatchObject([{ state: { url: otherUrl }, status: { kind: "ungranted", reason: "no rights" } }]);
    expect(await rig.index.byRemoteKey("tracker", "tracker.example/projects/WORK")).toEqual([]);
  });

  it("is withdrawn when somebody ends the connection, so that writing state does not bring it back", async () => {
    const rig = await connectionsRig();
    await apply(rig, { url });
    await apply(rig, {});

    await apply(rig, { url });

    expect(await statuses(rig)).toEqual(["ungranted"]);
  });

  it("that cannot be read now makes the work wait and changes nothing", async () => {
    const rig = await connectionsRig();
    await apply(rig, { url });
    const before = await rig.connections();
    rig.server.failing = (request) => (request.startsWith("getAccountData") ? away : undefined);
    const event = write(rig, { url: otherUrl });

    await expect(rig.operations.applyStateEvent(event)).rejects.toBe(away);
    expect(await rig.connections()).toEqual(before);
    rig.server.failing = () => undefined;

    expect(await rig.operations.applyStateEvent(event)).toEqual({ accepted: true });
  });

  it("that the homeserver refuses to tell creates nothing and removes nothing", async () => {
    const rig = await connectionsRig();
    await apply(rig, { url });
    rig.server.failing = (request) => (request.startsWith("getAccountData") ? forbidden : undefined);

    await rig.operations.readRoom(room);
    expect(await statuses(rig)).toEqual(["active"]);
    await apply(rig, { url: otherUrl });

    expect(await statuses(rig)).toEqual(["ungranted"]);
  });

  it("leaves things as they are while the remote cannot tell, and asks to be called again", async () => {
    const rig = await connectionsRig();
    await apply(rig, { url });
    rig.server.accountDataByRoom.clear();
    rig.consent = () => Promise.reject(new RemoteError("The tracker is away."));

    await rig.operations.readRoom(room);
    expect(await statuses(rig)).toEqual(["active"]);
    await apply(rig, { url: otherUrl });

    expect(await statuses(rig)).toEqual(["ungranted"]);
    expect(rig.undecided).toEqual([room, room]);
  });
});

describe("a redaction", () => {
  it("ends the connection that rests on the event, and only that", async () => {
    const rig = await connectionsRig();
    const first = write(rig, { url });
    await rig.operations.applyStateEvent(first);
    const second = write(rig, { url, quiet: true });
    await rig.operations.applyStateEvent(second);

    await rig.operations.applyRedaction(room, first.event_id);
    expect(await rig.connections()).toHaveLength(1);
    rig.server.redact(room, second.event_id);
    await rig.operations.applyRedaction(room, second.event_id);
    await rig.operations.applyRedaction(room, second.event_id);

    expect(await rig.connections()).toEqual([]);
  });
});
