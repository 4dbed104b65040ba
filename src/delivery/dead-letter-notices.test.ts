import { describe, expect, it } from "vitest";
import type { Delivery } from "../core/delivery.js";
import type { DeliveryId, RoomId, UserId } from "../core/ids.js";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { DeadLetterNotices } from "./dead-letter-notices.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";
const bot: UserId = "@bot:example.org";
const hourMs = 3_600_000;

function delivery(number: number, roomId = roomA, source: Delivery["source"] = { kind: "command", eventId: "$e" }): Delivery {
  // The cast: tests give out ids of their own here.
  const id = `d${number}` as DeliveryId;
  return { id, roomId, sender: bot, source, messages: [], acceptedAt: 0, createdAt: 0, place: id };
}

function createNotices() {
  const clock = new ManualClock();
  const told: string[] = [];
  const abouts: string[] = [];
  const errors: unknown[] = [];
  const rig = {
    ...{ clock, told, abouts, errors },
    speaker: (): Promise<UserId | undefined> => Promise.resolve(bot),
    announce: (): Promise<void> => Promise.resolve(),
  };
  const notices = new DeadLetterNotices({
    clock,
    speaker: () => rig.speaker(),
    onError: (_roomId, error) => void errors.push(error),
    announcer: {
      async announce(about, { roomId, sender, message }) {
        await rig.announce();
        abouts.push(about);
        told.push(`${sender} in ${roomId}: ${String(message.content["body"]).split(" could")[0] ?? ""}`);
      },
    },
  });
  const die = (from: number, to: number, roomId = roomA): void => {
    for (let number = from; number <= to; number += 1) notices.dead(delivery(number, roomId));
  };
  return { rig, notices, die, clock, told, abouts, errors };
}

describe("the notices of dead deliveries", () => {
  it("tell of several that die together at once, with their number, per room", async () => {
    const { die, clock, told } = createNotices();

    die(1, 3);
    die(4, 4, roomB);
    await clock.advance(2_000);

    expect(told).toEqual([`${bot} in ${roomA}: 3 messages`, `${bot} in ${roomB}: 1 message`]);
  });

  it("come once an hour at most", async () => {
    const { die, clock, told, abouts } = createNotices();
    die(1, 1);
    await clock.advance(2_000);

    die(2, 6);
    await clock.advance(hourMs - 1);
    expect(told).toHaveLength(1);
    await clock.advance(1);

    expect(told).toEqual([`${bot} in ${roomA}: 1 message`, `${bot} in ${roomA}: 5 messages`]);
    // Each notice is an occasion of its own.
    expect(new Set(abouts).size).toBe(2);
  });

  it.each(["speaker", "announce"] as const)("are told later, with what died meanwhile, when the %s fails", async (part) => {
    const { rig, die, clock, told, errors } = createNotices();
    const works = rig[part];
    Object.assign(rig, { [part]: () => Promise.reject(new Error("cannot be read")) });
    die(1, 1);
    await clock.advance(2_000);
    expect(errors).toHaveLength(1);

    die(2, 2);
    Object.assign(rig, { [part]: works });
    await clock.advance(60_000);

    expect(told).toEqual([`${bot} in ${roomA}: 2 messages`]);
  });

  it("tell what died while one was on its way with the next", async () => {
    const { rig, die, clock, told } = createNotices();
    let goOn: () => void = () => undefined;
    rig.announce = () =>
      new Promise((resolve) => {
        goOn = resolve;
      });
    die(1, 2);
    await clock.advance(2_000);
    die(3, 5);
    rig.announce = () => Promise.resolve();
    goOn();
    await settle();
    die(6, 6);

    await clock.advance(hourMs);

    expect(told).toEqual([`${bot} in ${roomA}: 2 messages`, `${bot} in ${roomA}: 4 messages`]);
  });

  it("are not told of in turn when they die themselves", async () => {
    const { notices, clock, told } = createNotices();

    notices.dead(delivery(1, roomA, { kind: "notice", about: "dead deliveries" }));
    await clock.advance(2 * hourMs);

    expect(told).toEqual([]);
  });

  it("are left out in a room that no bot is in, and are told again when one is", async () => {
    const { rig, die, clock, told } = createNotices();
    rig.speaker = () => Promise.resolve(undefined);
    die(1, 1);
    await clock.advance(hourMs);

    rig.speaker = () => Promise.resolve(bot);
    die(2, 2);
    await clock.advance(hourMs);

    expect(told).toEqual([`${bot} in ${roomA}: 1 message`]);
  });
});
