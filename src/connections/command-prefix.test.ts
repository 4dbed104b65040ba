import { describe, expect, it } from "vitest";
import { alice, canonicalType, connectionsRig, room, target, url, type Rig } from "../../test/support/connections-rig.js";
import { hookTarget } from "../../test/support/hook-kind.js";
import type { ConnectResult } from "../core/service.js";

function connectHook(rig: Rig, commandPrefix?: string): Promise<ConnectResult> {
  const options = commandPrefix === undefined ? {} : { commandPrefix };
  return rig.operations.connect({ roomId: room, actor: alice, service: rig.hooks, target: hookTarget(), options });
}

function connectProject(rig: Rig, state: Readonly<Record<string, unknown>> = { url }): Promise<ConnectResult> {
  const { url: stateKey } = state;
  return rig.operations.connect({
    roomId: room,
    actor: alice,
    service: rig.tracker,
    target: { ...target, stateKey: String(stateKey), state },
  });
}

function conflict(prefix: string): object {
  return {
    code: "HS_CONFLICTING_CONNECTION",
    message: `Command prefix "${prefix}" is already used in this room. Please choose another prefix.`,
  };
}

describe("a command prefix", () => {
  it("that another kind's connection has by default is refused", async () => {
    const rig = await connectionsRig();
    await connectProject(rig);
    rig.server.takeRequests();

    await expect(connectHook(rig, "!track")).rejects.toMatchObject(conflict("!track"));

    expect(rig.server.takeRequests().filter((request) => request.startsWith("set"))).toEqual([]);
    expect(await connectHook(rig, "!other")).toMatchObject({ kind: "created" });
  });

  it("that another kind's connection was given is refused, also to a default", async () => {
    const rig = await connectionsRig();
    await connectHook(rig, "!track");

    await expect(connectProject(rig)).rejects.toMatchObject(conflict("!track"));

    expect(await connectProject(rig, { url, commandPrefix: "!mine" })).toMatchObject({ kind: "created" });
  });

  it("is shared by connections of one kind, and free where its connection is not in force", async () => {
    const rig = await connectionsRig();
    await connectProject(rig, { url, commandPrefix: "!both" });
    const other = { url: "https://tracker.example/projects/WORK", commandPrefix: "!both" };
    expect(await connectProject(rig, other)).toMatchObject({ kind: "created" });
    for (const stateKey of [url, other.url]) {
      await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, stateKey, { url: 5, commandPrefix: "!both" }, alice));
    }

    expect(await connectHook(rig, "!both")).toMatchObject({ kind: "created" });
  });
});
