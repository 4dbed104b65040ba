import { describe, expect, it } from "vitest";
import { alice, connectionsRig, mainBot, mallory, room, type Rig } from "../../test/support/connections-rig.js";
import { hookTarget, hookType } from "../../test/support/hook-kind.js";
import type { ConnectionStatus } from "../core/connection.js";
import type { UserId } from "../core/ids.js";
import type { ConnectionKind } from "../core/service.js";

const now = Date.UTC(2026, 0, 1);
const soon = now + 1;
const past = now - 1;

async function apply(rig: Rig, ends: number, sender: UserId = alice, name = "builds"): Promise<boolean> {
  return (await rig.operations.applyStateEvent(rig.server.send(room, hookType, "builds", { name, ends }, sender))).accepted;
}

async function status(rig: Rig): Promise<ConnectionStatus | undefined> {
  return (await rig.connections())[0]?.status;
}

const broken = { kind: "invalid", reason: "its settings do not fit: a hook must end later than now", breaksRule: true };

describe("a kind that follows changes", () => {
  it("is told of what a person made or changed, with the state that counted before", async () => {
    const rig = await connectionsRig();
    const told: unknown[] = [];
    followHooks(rig, async ({ state }, before) => void told.push([state["ends"], before?.["ends"]]));

    await apply(rig, soon);
    await apply(rig, soon + 1);
    await apply(rig, past);

    expect(told).toEqual([
      [soon, undefined],
      [soon + 1, soon],
    ]);
  });

  it("does not undo the change by failing", async () => {
    const rig = await connectionsRig();
    followHooks(rig, () => Promise.reject(new Error("no")));

    expect(await apply(rig, soon)).toBe(true);
    expect(await status(rig)).toEqual({ kind: "active" });
  });
});

function followHooks(rig: Rig, changed: NonNullable<ConnectionKind<unknown>["changed"]>): void {
  const [kind] = rig.hooks.service.kinds;
  Object.assign(kind ?? {}, { changed });
}

describe("a rule for changes", () => {
  it("refuses a connection that breaks it, before anything is written", async () => {
    const rig = await connectionsRig();
    const target = hookTarget("builds", { ends: past });

    await expect(rig.operations.connect({ roomId: room, actor: alice, service: rig.hooks, target })).rejects.toMatchObject({
      code: "HS_BAD_VALUE",
      message: "a hook must end later than now",
    });

    expect(rig.server.requests.filter((request) => request.startsWith("set"))).toEqual([]);
  });

  it("holds for options as well", async () => {
    const rig = await connectionsRig();
    const input = { roomId: room, actor: alice, service: rig.hooks, target: hookTarget() };

    await expect(rig.operations.connect({ ...input, options: { ends: String(past) } })).rejects.toMatchObject({ code: "HS_BAD_VALUE" });
    expect(await rig.operations.connect({ ...input, options: { ends: String(soon) } })).toMatchObject({ kind: "created" });
  });

  it.each<[string, UserId, number, object]>([
    ["a person's event that breaks it", alice, past, broken],
    ["a person's event that keeps it", alice, soon, { kind: "active" }],
  ])("judges %s", async (_name, sender, ends, expected) => {
    const rig = await connectionsRig();

    expect(await apply(rig, ends, sender)).toBe(expected !== broken);

    expect(await status(rig)).toEqual(expected);
  });

  it("lets a person change something else of what has come to break it", async () => {
    const rig = await connectionsRig();
    rig.server.send(room, hookType, "builds", { name: "builds", ends: past }, alice);
    await rig.operations.readRoom(room);

    expect(await apply(rig, past, alice, "renamed")).toBe(true);
    expect(await apply(rig, past - 1)).toBe(false);

    expect(await status(rig)).toEqual(broken);
  });

  it("lets what stands be put back", async () => {
    const rig = await connectionsRig();
    rig.server.send(room, hookType, "builds", { name: "builds", ends: past }, alice);
    await rig.operations.readRoom(room);

    await apply(rig, soon, mallory);

    expect(await rig.connections()).toMatchObject([{ status: { kind: "active" }, state: { ends: past }, sender: mainBot }]);
  });
});

describe("reading a room", () => {
  it("does not judge what was there before", async () => {
    const rig = await connectionsRig();
    rig.server.send(room, hookType, "builds", { name: "builds", ends: past }, alice);

    await rig.operations.readRoom(room);
    await rig.operations.readRoom(room);

    expect(await status(rig)).toEqual({ kind: "active" });
  });

  it("keeps the verdict on an event", async () => {
    const rig = await connectionsRig();
    await apply(rig, past);
    const before = await rig.connections();

    await rig.operations.readRoom(room);

    expect(await rig.connections()).toEqual(before);
    expect(await status(rig)).toEqual(broken);
  });

  it("judges a change that comes to light by it", async () => {
    const rig = await connectionsRig();
    await apply(rig, soon);
    rig.server.send(room, hookType, "builds", { name: "builds", ends: past }, alice);

    await rig.operations.readRoom(room);

    expect(await status(rig)).toEqual(broken);
  });
});
