import { describe, expect, it } from "vitest";
import type { Delivery } from "../core/delivery.js";
import type { DeliveryId, RoomId } from "../core/ids.js";
import { notice } from "../core/message.js";
import type { DeliverySummary } from "../core/ports/delivery-desk.js";
import { bot, createRig, homeserverAnswer, testConnection, type Rig } from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { settle } from "../../test/support/manual-clock.js";
import { Desk } from "./desk.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";
const toA = { keys: ["a/A"] };
const toB = { keys: ["b/B"] };

async function startedDesk() {
  const rig = await createRig(await openForgetfulLevel(), { connections: [testConnection(roomA, "a/A"), testConnection(roomB, "b/B")] });
  await rig.start();
  const { deliveries, inboxStore: inbox, outbox, disk: unitOfWork, ids, clock } = rig;
  const renderings: { answer: Pick<Delivery, "sender" | "messages"> | undefined } = { answer: undefined };
  const desk = new Desk({
    ...{ deliveries, inbox, outbox, unitOfWork, ids, clock },
    renderAgain: () => Promise.resolve(renderings.answer),
  });
  return { rig, desk, renderings };
}

/** Puts deliveries of every state into the rooms: `dead` in A, `sent` in B, then `waiting` in A. */
async function ofEveryState(rig: Rig): Promise<{ dead: DeliveryId; sent: DeliveryId; waiting: DeliveryId }> {
  rig.sender.onTry = (event) => {
    if (event.message.content["body"] === "dead") throw homeserverAnswer(400, "M_BAD_JSON");
    if (event.message.content["body"] === "waiting") throw homeserverAnswer(403, "M_FORBIDDEN");
  };
  await rig.receive("dead", toA);
  await rig.receive("sent", toB);
  await rig.receive("waiting", toA);
  await settle();
  const [dead, sent, waiting] = await rig.deliveries.oldest(undefined, 3);
  if (dead === undefined || sent === undefined || waiting === undefined) throw new Error("expected three deliveries");
  return { dead, sent, waiting };
}

const states = (listed: readonly DeliverySummary[]): string[] => listed.map(({ state }) => state);

describe("the list of deliveries", () => {
  it("is newest first and says what became of each", async () => {
    const { rig, desk } = await startedDesk();
    await ofEveryState(rig);

    const { deliveries } = await desk.list({ limit: 10 });

    expect(states(deliveries)).toEqual(["waiting", "sent", "dead"]);
    expect(deliveries[0]).toMatchObject({ roomId: roomA, attempts: 1, lastError: "answered 403", serviceId: "test" });
    expect(deliveries[2]).toMatchObject({ roomId: roomA, reason: "answered 400", endedAt: rig.clock.now() });
  });

  it.each([
    { query: { state: "dead" }, expected: ["dead"] },
    { query: { state: "waiting" }, expected: ["waiting"] },
    { query: { roomId: roomA }, expected: ["waiting", "dead"] },
    { query: { roomId: roomA, state: "sent" }, expected: [] },
  ] as const)("can be narrowed by $query", async ({ query, expected }) => {
    const { rig, desk } = await startedDesk();
    await ofEveryState(rig);

    const { deliveries } = await desk.list({ ...query, limit: 10 });

    expect(states(deliveries)).toEqual(expected);
  });

  it("comes in pages that leave nothing out and repeat nothing, past what one look into the store holds", async () => {
    const { rig, desk } = await startedDesk();
    for (let count = 0; count < 1_050; count += 1) await rig.receive(`m${count}`, count % 3 === 0 ? toA : toB);
    await settle(3_000);

    const listed: DeliveryId[] = [];
    let after: DeliveryId | undefined;
    do {
      const page = await desk.list({ roomId: roomA, limit: 100, ...(after === undefined ? {} : { after }) });
      listed.push(...page.deliveries.map(({ id }) => id));
      after = page.next;
    } while (after !== undefined);

    const all = (await rig.deliveries.newest(undefined, 2_000)).filter((_, position) => (1_049 - position) % 3 === 0);
    expect(listed).toEqual(all);
  });
});

describe("one delivery", () => {
  it("is shown with its messages, events and request", async () => {
    const { rig, desk } = await startedDesk();
    const { sent } = await ofEveryState(rig);

    const shown = await desk.show(sent);

    expect(shown).toMatchObject({ id: sent, state: "sent", messages: [notice("sent")], eventIds: ["$0"] });
    expect(JSON.parse(String(shown?.request?.body))).toMatchObject({ text: "sent" });
  });

  it("shows what the homeserver has of one that is sent in part", async () => {
    const { rig, desk } = await startedDesk();
    rig.sender.onTry = (event) => {
      if (event.message.content["body"] === "two") throw homeserverAnswer(403, "M_FORBIDDEN");
    };
    await rig.receive("one+two", toA);
    await settle();
    const [id] = await rig.deliveries.oldest(undefined, 1);

    expect(id && (await desk.show(id))).toMatchObject({ state: "waiting", eventIds: ["$0"] });
  });

  it("that is not there is shown, replayed and discarded as undefined", async () => {
    const { desk } = await startedDesk();
    // The cast: an id that was never given out.
    const id = "nothing" as DeliveryId;

    expect([await desk.show(id), await desk.replay(id), await desk.discard(id)]).toEqual([undefined, undefined, undefined]);
  });
});

describe("a replay", () => {
  it("is a new delivery that names the old one, with transaction ids of its own", async () => {
    const { rig, desk } = await startedDesk();
    const { sent } = await ofEveryState(rig);

    const replayed = await desk.replay(sent);
    await settle();

    expect(replayed).toMatchObject({ source: { kind: "replay", of: sent }, roomId: roomB });
    expect(replayed?.id).not.toBe(sent);
    expect(rig.sender.bodies(roomB)).toEqual(["sent", "sent"]);
  });

  it("of what waits is refused", async () => {
    const { rig, desk } = await startedDesk();
    const { waiting } = await ofEveryState(rig);

    await expect(desk.replay(waiting)).rejects.toMatchObject({ code: "HS_UNSUPPORTED_OPERATION" });
  });

  it("of what could not be rendered is rendered anew, or refused", async () => {
    const { rig, desk, renderings } = await startedDesk();
    await rig.receive("poison", toA);
    await settle();
    const [id] = await rig.deliveries.oldest(undefined, 1);
    if (id === undefined) throw new Error("expected a delivery");
    await expect(desk.replay(id)).rejects.toMatchObject({ code: "HS_UNSUPPORTED_OPERATION" });

    renderings.answer = { sender: bot, messages: [notice("readable now")] };
    await desk.replay(id);
    await settle();

    expect(rig.sender.bodies()).toEqual(["readable now"]);
  });

  it("can be replayed itself", async () => {
    const { rig, desk } = await startedDesk();
    const { sent } = await ofEveryState(rig);
    const first = await desk.replay(sent);
    await settle();

    const second = first && (await desk.replay(first.id));
    await settle();

    expect(second).toMatchObject({ source: { kind: "replay", of: first?.id } });
    expect(rig.sender.bodies(roomB)).toEqual(["sent", "sent", "sent"]);
  });
});

describe("a discard", () => {
  it("takes a waiting delivery out, and what is behind it goes on", async () => {
    const { rig, desk } = await startedDesk();
    const { waiting } = await ofEveryState(rig);
    await rig.receive("behind", toA);
    await settle();

    const discarded = await desk.discard(waiting);
    await settle();

    expect(discarded).toMatchObject({ state: "discarded", reason: "discarded by an administrator" });
    expect(rig.sender.bodies(roomA)).toEqual(["behind"]);
  });

  it("ends a dead delivery for good: a repeat of its event is no new chance", async () => {
    const { rig, desk } = await startedDesk();
    rig.sender.onTry = () => {
      throw homeserverAnswer(400, "M_BAD_JSON");
    };
    await rig.receive("dead", { ...toA, id: "d1" });
    await settle();
    const [id] = await rig.deliveries.oldest(undefined, 1);

    const discarded = id && (await desk.discard(id));

    expect(discarded).toMatchObject({ state: "discarded" });
    expect(await rig.receive("dead", { ...toA, id: "d1" })).toBe("repeat");
  });

  it("of what is sent is refused", async () => {
    const { rig, desk } = await startedDesk();
    const { sent } = await ofEveryState(rig);

    await expect(desk.discard(sent)).rejects.toMatchObject({ code: "HS_UNSUPPORTED_OPERATION" });
  });
});
