import { describe, expect, it } from "vitest";
import { alice, canonicalType, connectionsRig, mainBot, room, url, type Rig } from "../../test/support/connections-rig.js";
import { hookIdsType, hookType } from "../../test/support/hook-kind.js";
import { forbidden } from "../../test/support/room-fakes.js";
import { connectionId } from "../core/connection.js";
import type { StateEvent } from "../core/matrix-event.js";

// Homeservers bring events late: those of before a crash may come when the room has moved on, and nobody remembers that they were ours.

const otherUrl = "https://tracker.example/projects/WORK";

function provision(rig: Rig, config: Readonly<Record<string, unknown>>): Promise<unknown> {
  const [service, kindId] = "name" in config ? [rig.hooks, "hook"] : [rig.tracker, "project"];
  const access = { bot: rig.bots.main };
  return rig.operations.provision({ roomId: room, actor: alice, service, kindId, config, access, deadline: rig.clock.now() + 1 });
}

function stateOf(rig: Rig, type: string, stateKey: string): StateEvent {
  const event = rig.server.stateOf(room, type, stateKey);
  if (event === undefined) throw new TypeError("The room has no such state");
  return event;
}

/** Connected to one project, then moved to another; the first event is still to come. */
async function moved(): Promise<{ readonly rig: Rig; readonly events: readonly [StateEvent, StateEvent] }> {
  const before = await connectionsRig();
  await provision(before, { url });
  const first = stateOf(before, canonicalType, url);
  const connection = connectionId(room, canonicalType, url);
  const access = { bot: before.bots.main };
  await before.operations.update({ ...{ roomId: room, actor: alice, connection, access }, patch: { url: otherUrl }, deadline: 1e15 });
  return { rig: await before.restarted([]), events: [first, stateOf(before, canonicalType, url)] };
}

describe("an event that comes when the room has moved on", () => {
  it("withdraws nothing, and what came after it stays", async () => {
    const { rig, events } = await moved();

    for (const event of events) await rig.operations.applyStateEvent(event);

    expect(await rig.connections()).toMatchObject([{ state: { url: otherUrl }, status: { kind: "active" } }]);
  });

  it("that ended a hook which was set up again takes no address away", async () => {
    const before = await connectionsRig();
    await provision(before, { name: "builds" });
    const [hook] = await before.connections();
    await before.operations.disconnect({ roomId: room, actor: alice, connection: hook!, write: "disabled" });
    const end = stateOf(before, hookType, "builds");
    await provision(before, { name: "builds" });
    const ids = before.server.accountDataByRoom.get(`${room} ${hookIdsType}`);
    const rig = await before.restarted([]);

    expect(await rig.operations.applyStateEvent(end)).toEqual({ accepted: false });

    expect(await rig.connections()).toMatchObject([{ status: { kind: "active" }, stateKey: "builds" }]);
    expect(rig.server.accountDataByRoom.get(`${room} ${hookIdsType}`)).toEqual(ids);
  });

  it("of a person changes nothing that we wrote after it", async () => {
    const rig = await connectionsRig();
    await provision(rig, { url });
    const theirs = rig.server.send(room, canonicalType, url, { url, limit: 3 }, alice);
    await provision(rig, { url, quiet: true });

    for (const event of [theirs, stateOf(rig, canonicalType, url)]) {
      expect(await rig.operations.applyStateEvent(event)).toEqual({ accepted: false });
    }

    expect(await rig.connections()).toMatchObject([{ state: { url, quiet: true }, sender: mainBot }]);
  });

  it("that ended a hook takes its address away also where the room was read before it came", async () => {
    const rig = await connectionsRig();
    await provision(rig, { name: "builds" });
    const end = rig.server.send(room, hookType, "builds", { disabled: true }, alice);

    await rig.operations.readRoom(room);
    await rig.operations.applyStateEvent(end);

    expect(rig.server.accountDataByRoom.get(`${room} ${hookIdsType}`)).toEqual({});
  });

  it("of a person brings nothing back that we ended after it", async () => {
    const rig = await connectionsRig();
    await provision(rig, { name: "builds" });
    const [hook] = await rig.connections();
    const theirs = rig.server.send(room, hookType, "builds", { name: "builds", ends: Date.UTC(2030, 1) }, alice);
    await rig.operations.disconnect({ roomId: room, actor: alice, connection: hook!, write: "disabled" });

    for (const event of [theirs, stateOf(rig, hookType, "builds")]) await rig.operations.applyStateEvent(event);

    expect(await rig.connections()).toEqual([]);
    expect(rig.server.accountDataByRoom.get(`${room} ${hookIdsType}`)).toEqual({});
  });

  it("counts where the room does not tell what stands there now", async () => {
    const { rig } = await moved();
    const end = rig.server.send(room, canonicalType, url, { disabled: true }, mainBot);
    rig.server.failing = (request) => (request.startsWith("read ") ? forbidden : undefined);

    expect(await rig.operations.applyStateEvent(end)).toEqual({ accepted: true });

    expect(await rig.connections()).toEqual([]);
  });
});
