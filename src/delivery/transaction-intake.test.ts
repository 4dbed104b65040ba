import { describe, expect, it } from "vitest";
import type { EventId, RoomId } from "../core/ids.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { StoredWork } from "../core/ports/delivery-stores.js";
import { createRig, touches } from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { TransactionIntake } from "./transaction-intake.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";
const dayMs = 24 * 3_600_000;

function event(id: string, roomId = roomA): MatrixEvent {
  const eventId: EventId = `$${id}`;
  const content = { msgtype: "m.text", body: `!jira ${id}` };
  return { type: "m.room.message", event_id: eventId, room_id: roomId, sender: "@alice:example.org", origin_server_ts: 0, content };
}

const chat = (id: string): MatrixEvent => ({ ...event(id), content: { msgtype: "m.text", body: "hello" } });

async function createIntake(
  level?: Awaited<ReturnType<typeof openForgetfulLevel>>,
  more: Partial<ConstructorParameters<typeof TransactionIntake>[0]> = {},
) {
  const opened = level ?? (await openForgetfulLevel());
  const { work, disk, seen, ids, clock } = await createRig(opened);
  const handedOver: string[] = [];
  const intake = new TransactionIntake({
    ...{ work, seen, unitOfWork: disk, ids, clock },
    isOfInterest: (candidate) => String(candidate.content["body"]).startsWith("!"),
    onStored: (stored: readonly StoredWork[]) => void handedOver.push(...stored.map((one) => one.event.event_id)),
    ...more,
  });
  const waitingIn = async (roomId: RoomId): Promise<string[]> =>
    (await work.read(roomId, undefined, 100)).map(({ item }) => item.event.event_id);
  return { intake, disk, clock, handedOver, waitingIn, work, level: opened };
}

describe("a transaction", () => {
  it("leaves what asks something of us on disk when it is answered, by room and in order", async () => {
    const { intake, level } = await createIntake();

    await intake.take("1", [event("a1"), chat("c"), event("b1", roomB), event("a2")]);

    const { waitingIn } = await createIntake(await level.crashed());
    expect([await waitingIn(roomA), await waitingIn(roomB)]).toEqual([["$a1", "$a2"], ["$b1"]]);
  });

  it("that holds nothing for us writes nothing", async () => {
    const { intake, disk } = await createIntake();
    disk.onCommit = () => "refused";

    await intake.take("1", [chat("a"), chat("b")]);
  });

  it("that comes again changes nothing", async () => {
    const { intake, handedOver } = await createIntake();

    await intake.take("1", [event("a"), event("b")]);
    await intake.take("1", [event("a"), event("b")]);

    expect(handedOver).toEqual(["$a", "$b"]);
  });

  it("that comes again while its first copy is being stored changes nothing", async () => {
    const { intake, handedOver } = await createIntake();

    await Promise.all([intake.take("1", [event("a")]), intake.take("1", [event("a")]), intake.take("1", [event("a")])]);

    expect(handedOver).toEqual(["$a"]);
  });

  it("with a known id and other events is new, since a homeserver may count from 1 again", async () => {
    const { intake, handedOver } = await createIntake();

    await intake.take("1", [event("a")]);
    await intake.take("1", [event("b")]);
    await intake.take("1", [event("b"), event("c")]);

    expect(handedOver).toEqual(["$a", "$b", "$c"]);
  });

  it("brings an event once though it comes again in other transactions, or twice in one", async () => {
    const { intake, handedOver } = await createIntake();

    await intake.take("1", [event("a"), event("a")]);
    await intake.take("2", [event("b"), event("a")]);

    expect(handedOver).toEqual(["$a", "$b"]);
  });

  it("is not taken when the disk refuses it, and is taken when it comes again", async () => {
    const { intake, disk, handedOver, waitingIn } = await createIntake();
    disk.onCommit = (changes) => (touches(changes, "room-work") ? "refused" : "taken");
    await expect(intake.take("1", [event("a")])).rejects.toMatchObject({ code: "SB_STORAGE" });
    await disk.recover();

    await intake.take("1", [event("a")]);
    await intake.take("2", [event("b")]);

    expect(handedOver).toEqual(["$a", "$b"]);
    expect(await waitingIn(roomA)).toEqual(["$a", "$b"]);
  });

  it("that was stored although the disk said otherwise is not stored again", async () => {
    const { intake, disk, waitingIn } = await createIntake();
    disk.onCommit = (changes) => (touches(changes, "room-work") ? "seems-refused" : "taken");
    await expect(intake.take("1", [event("a")])).rejects.toMatchObject({ code: "SB_STORAGE" });
    await disk.recover();

    await intake.take("1", [event("a")]);

    expect(await waitingIn(roomA)).toEqual(["$a"]);
  });

  it.each([
    { days: 6.9, taken: ["$a"] },
    { days: 7.1, taken: ["$a", "$a"] },
  ])("is remembered for a week: $days days later", async ({ days, taken }) => {
    const { intake, clock, handedOver } = await createIntake();
    await intake.take("1", [event("a")]);
    await clock.advance(days * dayMs);

    await intake.take("1", [event("a")]);

    expect(handedOver).toEqual(taken);
  });

  it("reaches the disk and the worker without the secrets that are taken out of it", async () => {
    const worked: StoredWork[] = [];
    const { intake, work } = await createIntake(undefined, {
      withoutSecrets: (one) => ({ ...one, content: { body: "!cut" } }),
      onStored: (stored) => void worked.push(...stored),
    });

    await intake.take("1", [event("a")]);

    const stored = (await work.read(roomA, undefined, 1)).map(({ item }) => item);
    expect([...stored, ...worked].map((one) => one.event.content)).toEqual([{ body: "!cut" }, { body: "!cut" }]);
  });
});
