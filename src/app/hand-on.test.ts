import { describe, expect, it } from "vitest";
import { createServiceContext } from "../../test/support/service-context.js";
import type { Connection } from "../core/connection.js";
import { RemoteError } from "../core/errors.js";
import type { ConnectionId, EventId, RoomId } from "../core/ids.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { StoredForward } from "../core/ports/delivery-stores.js";
import type { RoomListener } from "../core/room-listener.js";
import type { ActiveService, ConnectionKind } from "../core/service.js";
import { createHandOn } from "./hand-on.js";

const roomId: RoomId = "!a:example.org";
const eventId: EventId = "$state";
// The cast: tests give out ids of their own here.
const connectionId = "c1" as ConnectionId;

const connection: Connection = {
  ...{ id: connectionId, roomId, serviceId: "forge", kindId: "outlet", eventType: "forge.outlet", stateKey: "x", eventId },
  ...{ state: {}, sender: "@admin:example.org", remoteKeys: [], status: { kind: "active" }, priority: -1 },
};
const event: MatrixEvent = {
  ...{ type: "m.room.message", event_id: "$1", room_id: roomId, sender: "@alice:example.org", origin_server_ts: 1 },
  content: { body: "hello" },
};
const forward: StoredForward = { place: "p", connectionId, event, receivedAt: 1 };

function setUp(listener: RoomListener<unknown> | undefined, found: Connection | undefined = connection, serviceId = "forge") {
  const kind = {
    ...{ id: "outlet", title: "Forge outlet", stateTypes: ["forge.outlet"], stateSchema: {}, remoteKeys: () => [], resourceKey: () => "x" },
    ...{ describe: () => ({ name: "alerts" }), isNamed: () => false, render: () => ({ kind: "ignored", reason: "" }) },
    ...(listener === undefined ? {} : { listener }),
  } satisfies ConnectionKind<unknown>;
  const active: ActiveService = {
    service: { id: serviceId, title: "Forge", configKey: "forge", permissionName: "forge", configSchema: {}, kinds: [kind] },
    context: createServiceContext<unknown>({}),
  };
  // The cast: only what is asked of it here.
  const index = { get: () => found } as unknown as ConnectionIndex;
  return { context: active.context, ...createHandOn({ services: [active], index }) };
}

describe("handing an event on", () => {
  it("gives it to the listener of its connection's kind", async () => {
    const handed: unknown[] = [];
    const { handOn, context } = setUp({ hears: () => true, forward: async (...all) => void handed.push(...all) });

    expect(await handOn(forward)).toEqual({ kind: "done" });
    expect(handed).toEqual([event, connection, context]);
  });

  it.each([
    { what: "the connection was removed", rig: () => createHandOn({ services: [], index: { get: () => undefined } as never }) },
    {
      what: "the connection is not in force: nobody approved it",
      rig: () => setUp({ hears: () => true }, { ...connection, status: { kind: "ungranted", reason: "nobody approved it" } }),
    },
    { what: "the service forge is not enabled any more", rig: () => setUp(undefined, connection, "other") },
    { what: "outlet hands nothing on", rig: () => setUp({ hears: () => true }) },
  ])("is not wanted where $what", async ({ what, rig }) => {
    expect(await rig().handOn(forward)).toEqual({ kind: "unwanted", reason: what });
  });

  it("hands the remote's failure back", async () => {
    const { handOn } = setUp({ hears: () => true, forward: () => Promise.reject(new RemoteError("away")) });

    await expect(handOn(forward)).rejects.toThrow(RemoteError);
  });

  it("calls the connection what people call it", async () => {
    expect(await setUp(undefined).describe(connectionId)).toBe("Forge outlet alerts");
    expect(await setUp(undefined, connection, "other").describe(connectionId)).toBeUndefined();
  });
});
