import { describe, expect, it } from "vitest";
import {
  alice,
  canonicalType,
  connectionsRig,
  grantType,
  mainBot,
  mallory,
  room,
  url,
  type Rig,
} from "../../test/support/connections-rig.js";
import { away, forbidden } from "../../test/support/room-fakes.js";
import type { RoomId, UserId } from "../core/ids.js";
import type { StateEvent } from "../core/matrix-event.js";

function write(rig: Rig, content: object, sender: UserId): StateEvent {
  return rig.server.send(room, canonicalType, url, { ...content }, sender);
}

async function connected(): Promise<Rig> {
  const rig = await connectionsRig();
  await rig.operations.applyStateEvent(write(rig, { url, priority: 1 }, alice));
  rig.server.takeRequests();
  return rig;
}

describe("state of somebody without the right", () => {
  it.each([
    ["changed", { url: "https://tracker.example/projects/SECRET" }],
    ["broken", { url: 7 }],
    ["ended", {}],
  ])("is put back when a connection was %s", async (_name, content) => {
    const rig = await connected();

    const result = await rig.operations.applyStateEvent(write(rig, content, mallory));

    expect(result).toEqual({ accepted: false });
    expect(rig.server.stateOf(room, canonicalType, url)).toMatchObject({ content: { url, priority: 1 }, sender: mainBot });
    expect(await rig.connections()).toMatchObject([{ status: { kind: "active" }, state: { url }, sender: mainBot }]);
    expect(rig.server.accountDataByRoom.get(`${room} ${grantType}`)).toEqual({ granted: true });
  });

  it("is put back once: our own event that comes back asks for nothing", async () => {
    const rig = await connected();
    const bad = write(rig, {}, mallory);
    await rig.operations.applyStateEvent(bad);
    rig.server.takeRequests();

    await rig.operations.applyStateEvent(rig.server.stateOf(room, canonicalType, url)!);
    await rig.operations.applyStateEvent(bad);

    expect(rig.server.takeRequests()).toEqual([]);
  });

  it.each([
    [5, "put back"],
    [6, "redacted"],
  ])("%i events after the last good one is %s", async (count, outcome) => {
    const rig = await connected();
    let bad = write(rig, { url, priority: 100 }, mallory);
    for (let step = 1; step < count; step += 1) bad = write(rig, { url, priority: 100 + step }, mallory);

    await rig.operations.applyStateEvent(bad);

    const content = rig.server.contentOf(room, canonicalType, url);
    expect(content).toEqual(outcome === "put back" ? { url, priority: 1 } : {});
    expect(await rig.connections()).toHaveLength(outcome === "put back" ? 1 : 0);
  });

  it("is redacted with the reason where nobody with the right wrote before", async () => {
    const rig = await connectionsRig();
    const bad = write(rig, { url }, mallory);

    await rig.operations.applyStateEvent(bad);

    expect(rig.server.requests).toContain(`redact ${bad.event_id} User ${mallory} is disallowed to manage state for tracker in ${room}`);
    expect(await rig.connections()).toEqual([]);
  });

  it("is looked up where the transaction does not tell what it replaced", async () => {
    const rig = await connected();
    const { unsigned: _unsigned, ...bad } = write(rig, {}, mallory);

    await rig.operations.applyStateEvent(bad);

    expect(rig.server.contentOf(room, canonicalType, url)).toEqual({ url, priority: 1 });
  });

  it("is left alone when somebody replaced it already", async () => {
    const rig = await connected();
    const bad = write(rig, {}, mallory);
    const good = write(rig, { url, priority: 9 }, alice);

    await rig.operations.applyStateEvent(bad);
    await rig.operations.applyStateEvent(good);

    expect(rig.server.stateOf(room, canonicalType, url)).toEqual(good);
    expect(await rig.connections()).toMatchObject([{ priority: 9 }]);
  });

  it("ends the connection where the bot lacks the power to undo it, as the room says", async () => {
    const rig = await connected();
    rig.server.failing = (request) => (/^(set |redact)/.test(request) ? forbidden : undefined);

    await rig.operations.applyStateEvent(write(rig, { url, priority: 5 }, mallory));

    expect(await rig.connections()).toEqual([]);
    const rebuilt = await rig.rebuilt();
    await rebuilt.operations.readRoom(room);
    expect(await rebuilt.connections()).toEqual([]);
  });

  it("makes the work wait when the homeserver is away", async () => {
    const rig = await connected();
    const bad = write(rig, {}, mallory);
    rig.server.failing = (request) => (request.startsWith("set ") ? away : undefined);
    await expect(rig.operations.applyStateEvent(bad)).rejects.toBe(away);
    rig.server.failing = () => undefined;

    await rig.operations.applyStateEvent(bad);

    expect(rig.server.contentOf(room, canonicalType, url)).toEqual({ url, priority: 1 });
  });

  it("is skipped, not put back, when a whole room is read", async () => {
    const rig = await connectionsRig();
    write(rig, { url }, mallory);

    await rig.operations.readRoom(room);

    expect(await rig.connections()).toEqual([]);
    expect(rig.server.contentOf(room, canonicalType, url)).toEqual({ url });
  });

  it("waits while it is not known who has the right", async () => {
    const rig = await connected();
    rig.arePermissionsKnown = false;
    const event = write(rig, {}, mallory);

    await expect(rig.operations.applyStateEvent(event)).rejects.toMatchObject({ isTransient: true });

    expect(await rig.connections()).toHaveLength(1);
    expect(rig.server.takeRequests()).toEqual([]);
  });

  it("gets no right from an id that only looks like one of our ghosts", async () => {
    const rig = await connectionsRig();
    const stranger: UserId = "@_tracker_eve:evil.example";
    const roomId: RoomId = room;

    await rig.operations.applyStateEvent(rig.server.send(roomId, canonicalType, url, { url }, stranger));

    expect(await rig.connections()).toEqual([]);
    expect(rig.server.accountDataByRoom.has(`${room} ${grantType}`)).toBe(false);
  });
});
