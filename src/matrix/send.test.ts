import { afterEach, describe, expect, it } from "vitest";
import { asToken, startMatrixOnFake, type MatrixOnFake } from "../../test/support/fake-homeserver-matrix.js";
import type { FakeHomeserverOptions } from "../../test/support/fake-homeserver.js";
import type { Faults } from "../../test/support/fake-homeserver-faults.js";
import type { OutgoingEvent } from "../core/ports/message-sender.js";

const roomId = "!room/with?odd#parts:fake.test";
const bot = "@hookshot:fake.test";
const rooms = [{ roomId, creator: "@alice:fake.test", members: [bot] }] as const;

let fixture: MatrixOnFake;

afterEach(() => fixture.stop());

async function start(options: Partial<FakeHomeserverOptions> = {}): Promise<MatrixOnFake> {
  fixture = await startMatrixOnFake({ rooms, ...options }, { timeoutMs: 100 });
  return fixture;
}

function message(transactionId: string, content: Readonly<Record<string, unknown>> = { body: "hello" }): OutgoingEvent {
  return { roomId, sender: bot, transactionId, message: { type: "m.room.message", content } };
}

function bodies({ homeserver }: MatrixOnFake): unknown[] {
  return homeserver.messages(roomId).map((event) => event.content["body"]);
}

describe("send", () => {
  it("stores the event as the user, under the given transaction id", async () => {
    const { homeserver, matrix, calls } = await start();

    const eventId = await matrix.sender.send(message("id/with?odd#parts", { body: "Grüße", nested: { a: [1] } }));

    expect(homeserver.messages(roomId)).toMatchObject([
      {
        event_id: eventId,
        sender: bot,
        type: "m.room.message",
        transactionId: "id/with?odd#parts",
        content: { body: "Grüße", nested: { a: [1] } },
      },
    ]);
    expect(calls.at(-1)).toBe("sendEvent ok");
  });

  it("gives the same event for the same transaction id, also after the homeserver restarted", async () => {
    const { homeserver, matrix } = await start();
    const first = await matrix.sender.send(message("a"));
    await homeserver.restart();

    const second = await matrix.sender.send(message("a"));

    expect(second).toBe(first);
    expect(homeserver.messages(roomId)).toHaveLength(1);
  });

  it("makes one try only, also when told to slow down", async () => {
    const { homeserver, matrix, clock, calls } = await start();
    homeserver.setFaults({ rateLimitShare: 1, retryAfterMs: 1234 });

    await expect(matrix.sender.send(message("a"))).rejects.toMatchObject({ status: 429, retryAfterMs: 1234, outcomeUnknown: false });
    expect(homeserver.counters).toMatchObject({ send: 1 });
    expect(clock.waits).toEqual([]);
    expect(calls.at(-1)).toBe("sendEvent failed");
  });

  it.each<{ name: string; faults: Partial<Faults>; error: object; stored: number }>([
    { name: "an answer of 500", faults: { failShare: 1, failStatus: 500 }, error: { status: 500, outcomeUnknown: true }, stored: 0 },
    {
      name: "an event stored and its answer cut",
      faults: { storeAndCutShare: 1 },
      error: { status: undefined, outcomeUnknown: true },
      stored: 1,
    },
    { name: "a request cut before it was stored", faults: { cutShare: 1 }, error: { status: undefined, outcomeUnknown: true }, stored: 0 },
    { name: "a stalled answer", faults: { stallShare: 1 }, error: { status: undefined, outcomeUnknown: true }, stored: 1 },
  ])("reports $name, and the same id heals it", async ({ faults, error, stored }) => {
    const { homeserver, matrix } = await start();
    await matrix.sender.send(message("before"));
    homeserver.setFaults(faults);

    await expect(matrix.sender.send(message("a"))).rejects.toMatchObject(error);

    expect(homeserver.messages(roomId)).toHaveLength(1 + stored);
    homeserver.setFaults({});
    await matrix.sender.send(message("a"));
    expect(homeserver.messages(roomId)).toHaveLength(2);
  });

  it.each([
    { status: 400, errcode: "M_BAD_JSON", transient: false },
    { status: 403, errcode: "M_FORBIDDEN", transient: false },
    { status: 413, errcode: "M_TOO_LARGE", transient: false },
    { status: 503, errcode: "M_UNKNOWN", transient: true },
  ])("passes $status $errcode on", async ({ status, errcode, transient }) => {
    const { homeserver, matrix } = await start();
    homeserver.setFaults({ refusals: [{ kind: "send", status, errcode }] });

    await expect(matrix.sender.send(message("a"))).rejects.toMatchObject({ status, remoteCode: errcode, isTransient: transient });
  });

  it("names as_token when the homeserver does not know it, and does not show it", async () => {
    const { matrix } = await start({ asToken: "another" });

    const error: unknown = await matrix.sender.send(message("a")).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ status: 401, isTransient: true, message: expect.stringContaining("as_token") });
    expect(String(error)).not.toContain(asToken);
  });
});

describe("find", () => {
  it("finds the event of a lost answer by its transaction id", async () => {
    const { homeserver, matrix, clock } = await start();
    await matrix.sender.send(message("same content"));
    homeserver.setFaults({ storeAndCutShare: 1 });
    await expect(matrix.sender.send(message("lost"))).rejects.toMatchObject({ outcomeUnknown: true });
    await homeserver.restart();

    const found = await matrix.sender.find(message("lost"), clock.now());

    expect(found).toBe(homeserver.messages(roomId)[1]?.event_id);
  });

  it("does not take another event of the device for it, even with the same content", async () => {
    const { matrix, clock } = await start();
    await matrix.sender.send(message("other"));

    expect(await matrix.sender.find(message("never sent"), clock.now())).toBeUndefined();
  });

  it.each([
    { name: "the same content", content: { body: "hello", deep: { b: 2, a: [1, "x"] } }, found: true },
    { name: "other content", content: { body: "hello", deep: { b: 2, a: [1, "y"] } }, found: false },
  ])("goes by content where there are no devices: $name", async ({ content, found }) => {
    const { homeserver, matrix, clock } = await start({ devices: "none" });
    homeserver.setFaults({ storeAndCutShare: 1 });
    await expect(matrix.sender.send(message("a", { body: "hello", deep: { a: [1, "x"], b: 2 }, gone: undefined }))).rejects.toThrow();
    const [stored] = homeserver.messages(roomId);

    const event = await matrix.sender.find(message("b", content), clock.now());

    expect(event).toBe(found ? stored?.event_id : undefined);
  });

  it("does not take an event for it that another send was answered with, however equal", async () => {
    const { matrix, clock } = await start({ devices: "none" });
    await matrix.sender.send(message("a"));

    expect(await matrix.sender.find(message("b"), clock.now())).toBeUndefined();
  });

  it("looks no further back than a minute before the given time", async () => {
    const { homeserver, matrix, clock } = await start({ devices: "none" });
    homeserver.setFaults({ storeAndCutShare: 1 });
    await expect(matrix.sender.send(message("a"))).rejects.toThrow();
    homeserver.resetCounters();

    expect(await matrix.sender.find(message("b"), clock.now() + 120_000)).toBeUndefined();
    expect(homeserver.counters).toEqual({ messages: 1 });
  });

  it("reads page after page, of this sender only", async () => {
    const { homeserver, matrix, clock } = await start({ devices: "none" });
    homeserver.setFaults({ storeAndCutShare: 1 });
    await expect(matrix.sender.send(message("a", { body: "wanted" }))).rejects.toThrow();
    homeserver.setFaults({});
    for (let index = 0; index < 250; index += 1) await matrix.sender.send(message(`b${index}`, { body: `other ${index}` }));
    homeserver.sendAs("@alice:fake.test", roomId, { type: "m.room.message", content: { body: "wanted" } });
    homeserver.resetCounters();

    const found = await matrix.sender.find(message("c", { body: "wanted" }), clock.now());

    expect(found).toBe(homeserver.messages(roomId)[0]?.event_id);
    expect(homeserver.counters).toEqual({ messages: 3 });
  });

  it("fails when the room cannot be read", async () => {
    const { homeserver, matrix, clock } = await start();
    homeserver.setFaults({ refusals: [{ kind: "messages", status: 403, errcode: "M_FORBIDDEN" }] });

    await expect(matrix.sender.find(message("a"), clock.now())).rejects.toMatchObject({ status: 403 });
    expect(bodies(fixture)).toEqual([]);
  });
});
