import { describe, expect, it } from "vitest";
import { createServiceContext } from "../../test/support/service-context.js";
import { BotDirectory } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import type { Delivery, InboxEvent } from "../core/delivery.js";
import { RemoteError, StorageError } from "../core/errors.js";
import type { Ghost } from "../core/ghost.js";
import type { ConnectionId, DeliveryId, EventId, InboxId, RoomId } from "../core/ids.js";
import { notice } from "../core/message.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { InboxStore } from "../core/ports/delivery-stores.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { RemoteEvent } from "../core/remote-event.js";
import type { ConnectionKind, Rendered, Service } from "../core/service.js";
import { devinfoCardEvent } from "../vocabulary/devinfo-card.js";
import { createEventRoutes } from "./event-routes.js";
import { createLateWords } from "./late-words.js";
import { createRenderAgain } from "./render-again.js";
import { createSentChanges } from "./sent-changes.js";

const roomId: RoomId = "!a:example.org";
const mainBot = { userId: "@bot:example.org", prefix: "!hookshot" } as const;
const forgeBot = { userId: "@forge:example.org", service: "forge", prefix: "!forge" } as const;
const alice: Ghost = { userId: "@_forge_alice:example.org", displayName: "Alice", avatarUrl: "https://forge.example/a.png" };
// The casts: tests give out ids of their own here.
const inboxId = "i1" as InboxId;
const connectionId = "c1" as ConnectionId;
const eventId: EventId = "$state";

const connection: Connection = {
  ...{ id: connectionId, roomId, serviceId: "forge", kindId: "project", eventType: "forge.project", stateKey: "x", eventId },
  ...{ state: {}, sender: "@admin:example.org", remoteKeys: ["x"], status: { kind: "active" }, priority: -1 },
};

const request: InboxEvent = { id: inboxId, serviceId: "forge", receivedAt: 1, headers: {}, body: Buffer.from('["one","two"]') };

function delivery(source: Partial<Extract<Delivery["source"], { kind: "remote-event" }>> = {}): Delivery {
  return {
    ...{ id: "i1.0c1" as DeliveryId, roomId, connectionId, serviceId: "forge", sender: mainBot.userId, messages: [], isWordless: true },
    ...{ acceptedAt: 1, createdAt: 1, place: "p" },
    source: { kind: "remote-event", inboxId, eventName: "said", position: 1, ...source },
  };
}

interface Surroundings {
  readonly render?: (event: RemoteEvent) => Rendered;
  readonly renderLater?: ConnectionKind<unknown>["renderLater"];
  readonly sent?: ConnectionKind<unknown>["sent"];
  readonly wantsSent?: ConnectionKind<unknown>["wantsSent"];
  readonly kept?: InboxEvent;
  readonly connections?: readonly Connection[];
  readonly serviceBots?: readonly (typeof forgeBot)[];
}

function setUp({
  render = () => ({ kind: "later" }),
  renderLater,
  sent,
  wantsSent,
  kept = request,
  connections = [connection],
  serviceBots = [],
}: Surroundings) {
  const kind = {
    ...{ id: "project", title: "Forge project", stateTypes: ["forge.project"], stateSchema: {} },
    ...{ remoteKeys: () => ["x"], resourceKey: () => "x", describe: () => ({ name: "x" }), isNamed: () => false, render },
    ...(renderLater === undefined ? {} : { renderLater }),
    ...(sent === undefined ? {} : { sent }),
    ...(wantsSent === undefined ? {} : { wantsSent }),
  } satisfies ConnectionKind<unknown>;
  const service: Service<unknown> = {
    ...{ id: "forge", title: "Forge", configKey: "forge", permissionName: "forge", configSchema: {}, kinds: [kind] },
    webhook: {
      ...{ paths: [], keptHeaders: [], recognises: () => false, verify: () => undefined },
      parse({ body }) {
        // Written above.
        const texts = JSON.parse(body.toString()) as string[];
        return { events: texts.map((text) => ({ name: "said", routingKeys: ["x"], payload: { text } })) };
      },
    },
  };
  // The casts: only what is asked of them here.
  const index = { get: (id: ConnectionId) => connections.find((one) => one.id === id) } as unknown as ConnectionIndex;
  const rooms = { get: () => Promise.resolve({ roomId, bots: [mainBot.userId, forgeBot.userId] }) } as unknown as RoomStore;
  const inbox = { get: (id: InboxId) => Promise.resolve(id === kept.id ? kept : undefined) } as unknown as InboxStore;
  const bots = new BotDirectory(mainBot, serviceBots, []);
  const services = [{ service, context: createServiceContext<unknown>({}) }];
  const routes = createEventRoutes({ services, index, rooms, bots, allowUrlPreviews: false });
  return {
    routes,
    ask: createLateWords({ routes, index, inbox }),
    again: createRenderAgain(routes, index),
    sent: createSentChanges({ services, routes, index, inbox, log: { error: () => undefined } }),
  };
}

const textOf = (event: RemoteEvent): string => (event.payload as { text: string }).text;
const quiet = { "com.beeper.linkpreviews": [] };

describe("what a service renders", () => {
  it("is said by the ghost that it names, with its name and picture, whatever bots there are", () => {
    const { routes } = setUp({
      render: (event) => ({ kind: "messages", messages: [notice(textOf(event))], as: alice }),
      serviceBots: [forgeBot],
    });

    const rendered = routes.render({ name: "said", routingKeys: [], payload: { text: "hello" } }, connection);

    expect(rendered).toEqual({
      kind: "messages",
      sender: alice.userId,
      ghost: { displayName: "Alice", avatarUrl: "https://forge.example/a.png" },
      messages: [notice("hello", undefined, quiet)],
    });
  });

  it.each([
    { bots: "the only bot", serviceBots: [], sender: mainBot.userId },
    { bots: "the service's bot", serviceBots: [forgeBot], sender: forgeBot.userId },
  ])("later is stored for $bots", async ({ serviceBots, sender }) => {
    const { routes } = setUp({ serviceBots });

    expect(await routes.render({ name: "said", routingKeys: [], payload: {} }, connection)).toEqual({ kind: "later", sender });
  });

  it("is read from an event of its own without asking its webhook", async () => {
    const { routes } = setUp({});
    const event: RemoteEvent = { name: "due", routingKeys: ["x"], payload: { text: "now" } };

    expect(await routes.parse({ ...request, isOwn: true, body: Buffer.from(JSON.stringify(event)) })).toEqual({ events: [event] });
  });

  it("is read by its webhook from a request that claims to be its own", async () => {
    const { routes } = setUp({});

    const { events } = await routes.parse({ ...request, headers: { isOwn: "true", "x-switchboard-event": "own" } });

    expect(events.map(textOf)).toEqual(["one", "two"]);
  });
});

describe("late words", () => {
  it("are those of the delivery's own event, through the pipeline, with what belongs to them", async () => {
    const change = { type: "put", key: "k", value: "v" } as const;
    const reply = { status: 200, body: "done" };
    const { ask } = setUp({
      renderLater: async (event) => ({ kind: "messages", messages: [notice(textOf(event))], as: alice, changes: [change], reply }),
    });

    expect(await ask(delivery())).toEqual({
      kind: "messages",
      sender: alice.userId,
      ghost: { displayName: "Alice", avatarUrl: "https://forge.example/a.png" },
      messages: [notice("two", undefined, quiet)],
      changes: [change],
      reply,
    });
  });

  it("may be none", async () => {
    const { ask } = setUp({ renderLater: async () => ({ kind: "ignored", reason: "nothing to say" }) });

    expect(await ask(delivery())).toEqual({ kind: "ignored", reason: "nothing to say" });
  });

  it.each([
    { what: "its request is not kept any more", surroundings: { kept: { ...request, id: "i2" as InboxId } }, message: "not kept" },
    { what: "its connection was removed", surroundings: { connections: [] }, message: "was removed" },
    { what: "its request holds no such event", source: { position: 7 }, message: "no such event" },
    { what: "its kind says everything at once", surroundings: { renderLater: undefined }, message: "Forge project has no words" },
  ])("cannot be had where $what", async ({ surroundings = {}, source = {}, message }) => {
    const { ask } = setUp({ renderLater: async () => ({ kind: "ignored", reason: "" }), ...surroundings });

    await expect(ask(delivery(source))).rejects.toThrow(message);
  });

  it.each([
    { what: "a remote that is away", thrown: new RemoteError("away"), expected: RemoteError },
    { what: "a database that is being opened again", thrown: withCode("LEVEL_DATABASE_NOT_OPEN"), expected: StorageError },
    { what: "anything else", thrown: withCode("ERR_INVALID_ARG_TYPE"), expected: TypeError },
  ])("tell $what apart", async ({ thrown, expected }) => {
    const { ask } = setUp({ renderLater: () => Promise.reject(thrown) });

    await expect(ask(delivery())).rejects.toThrow(expected);
  });
});

describe("what was sent", () => {
  const put: StoreChange = { type: "put", key: "k", value: "v" };

  it("is told to the kind, with the event and what the homeserver made of it", async () => {
    const { sent } = setUp({ sent: (event, { id }, eventIds) => [{ ...put, value: `${textOf(event)} ${id} ${eventIds.join()}` }] });

    expect(await sent(delivery(), ["$1", "$2"])).toEqual([{ ...put, value: "two c1 $1,$2" }]);
  });

  it("costs nothing where no kind asks for it", () => {
    expect(setUp({}).sent(delivery(), ["$1"])).toBeUndefined();
    expect(setUp({ sent: () => [put], wantsSent: () => false }).sent(delivery(), ["$1"])).toBeUndefined();
  });

  it("is nobody's but ours where it was development information", async () => {
    const told: RemoteEvent[] = [];
    const event = devinfoCardEvent({ repositories: [], issueKeys: [], entities: [] }, ["x"]);
    const kept: InboxEvent = { ...request, isOwn: true, body: Buffer.from(JSON.stringify(event)) };
    const { sent } = setUp({
      kept,
      sent: (of) => {
        told.push(of);
        return [put];
      },
    });

    expect(await sent(delivery({ eventName: event.name, position: 0 }), ["$1"])).toEqual([]);
    expect(told).toEqual([]);
  });

  it.each([
    { what: "its request is not kept any more", surroundings: { kept: { ...request, id: "i2" as InboxId } } },
    { what: "its connection was removed", surroundings: { connections: [] } },
    { what: "the service fails", surroundings: { sent: () => Promise.reject(new Error("no")) } },
  ])("comes to nothing where $what", async ({ surroundings }) => {
    const { sent } = setUp({ sent: () => [put], ...surroundings });

    expect(await sent(delivery(), ["$1"])).toEqual([]);
  });
});

describe("rendering again", () => {
  it("takes the delivery's own event where several have its name, and asks for late words", async () => {
    const { again } = setUp({ renderLater: async (event) => ({ kind: "messages", messages: [notice(textOf(event))] }) });

    expect(await again(delivery(), request)).toMatchObject({ sender: mainBot.userId, messages: [notice("two", undefined, quiet)] });
  });

  it("finds the event of a delivery from before positions were stored by its name", async () => {
    const { again } = setUp({ render: (event) => ({ kind: "messages", messages: [notice(textOf(event))] }) });
    const { position: _, ...source } = { kind: "remote-event", inboxId, eventName: "said", position: 0 } as const;

    expect(await again({ ...delivery(), source }, request)).toMatchObject({ messages: [notice("one", undefined, quiet)] });
  });

  it("gives nothing where there is nothing to say", async () => {
    const { again } = setUp({ renderLater: async () => ({ kind: "ignored", reason: "" }) });

    expect(await again(delivery(), request)).toBeUndefined();
  });
});

function withCode(code: string): Error {
  return Object.assign(new TypeError("failed"), { code });
}
