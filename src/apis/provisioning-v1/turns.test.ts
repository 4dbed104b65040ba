import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/support/manual-clock.js";
import { HeldQueue } from "../../../test/support/provisioning-rig.js";
import { RemoteError } from "../../core/errors.js";
import type { RoomId } from "../../core/ids.js";
import { Turns } from "./turns.js";

const room = "!room:example.org";
const never = new Promise<never>(() => undefined);

let clock: ManualClock;
let queue: HeldQueue;
let turns: Turns;

beforeEach(() => {
  clock = new ManualClock();
  queue = new HeldQueue();
  turns = new Turns({ queue, clock });
});

/** What became of a promise, once it is known. */
function watch<T>(promise: Promise<T>): { readonly outcome: () => unknown } {
  let outcome: unknown = "open";
  promise.then(
    (value) => (outcome = value),
    (error: unknown) => (outcome = error),
  );
  return { outcome: () => outcome };
}

describe("a change in a room's turn", () => {
  it("gives what it comes to, and leaves no timer behind", async () => {
    const change = turns.change(room, turns.deadline(), async () => "done");
    await queue.giveTurns();

    expect(await change).toBe("done");
    expect(clock.pendingTimers).toBe(0);
  });

  it("gives its failure, and leaves no timer behind", async () => {
    const change = turns.change(room, turns.deadline(), () => Promise.reject(new Error("no")));
    const failed = expect(change).rejects.toThrow("no");
    await queue.giveTurns();

    await failed;
    expect(clock.pendingTimers).toBe(0);
  });

  it("that did not begin within 15 seconds never begins", async () => {
    let began = false;
    const change = watch(
      turns.change(room, turns.deadline(), async () => {
        began = true;
      }),
    );

    await clock.advance(14_999);
    const before = change.outcome();
    await clock.advance(1);
    await queue.giveTurns();

    expect(before).toBe("open");
    expect(change.outcome()).toBeInstanceOf(RemoteError);
    expect(began).toBe(false);
  });

  it("that began is waited for, however long it takes", async () => {
    let finish = (_value: string): void => undefined;
    const change = watch(
      turns.change(room, turns.deadline(), (begin) => {
        begin();
        return new Promise<string>((resolve) => (finish = resolve));
      }),
    );

    void queue.giveTurns();
    await clock.advance(60_000);
    const before = change.outcome();
    finish("done");
    await clock.advance(0);

    expect(before).toBe("open");
    expect(change.outcome()).toBe("done");
  });
});

describe("a change whose checks take longer than 15 seconds", () => {
  it("is answered then, and changes nothing when they end", async () => {
    let endChecks = (): void => undefined;
    const changes: string[] = [];
    const change = watch(
      turns.change(room, turns.deadline(), async (begin) => {
        await new Promise<void>((resolve) => (endChecks = resolve));
        begin();
        changes.push("made");
      }),
    );

    const turn = queue.giveTurns();
    await clock.advance(15_000);
    const answered = change.outcome();
    endChecks();
    await turn;

    expect([answered, changes]).toEqual([expect.any(RemoteError), []]);
  });
});

describe("requests that wait for one room", () => {
  const ask = (roomId: RoomId): { readonly outcome: () => unknown } => watch(turns.read(roomId, async () => "done"));

  it("are turned away at once where too many wait already, and other rooms' are not", async () => {
    const waiting = Array.from({ length: 200 }, () => ask(room));
    const tooMany = ask(room);
    const elsewhere = ask("!other:example.org");
    await clock.advance(0);

    expect(tooMany.outcome()).toMatchObject({ code: "HS_REMOTE_ERROR" });
    expect([...waiting, elsewhere].map(({ outcome }) => outcome())).toEqual(Array(201).fill("open"));
    expect(queue.waiting).toHaveLength(201);
    expect(clock.pendingTimers).toBe(201);
  });

  it("are let in again once the room gave turns, to those too who are no longer there", async () => {
    for (let asked = 0; asked < 200; asked += 1) ask(room);
    await clock.advance(15_000);
    const before = ask(room);
    await queue.giveTurns();
    const after = ask(room);
    await queue.giveTurns();
    await clock.advance(0);

    expect([before.outcome(), after.outcome()]).toEqual([expect.any(RemoteError), "done"]);
  });
});

describe("a look at a room", () => {
  it("is waited for 15 seconds, begun or not", async () => {
    const look = watch(turns.read(room, () => never));

    void queue.giveTurns();
    await clock.advance(15_000);

    expect(look.outcome()).toBeInstanceOf(RemoteError);
  });
});

describe("a question to a remote", () => {
  it("is waited for 15 seconds", async () => {
    const question = watch(turns.inTime(() => never));

    await clock.advance(15_000);

    expect(question.outcome()).toBeInstanceOf(RemoteError);
  });

  it("that fails at once leaves no timer behind", async () => {
    const question = turns.inTime(() => {
      throw new Error("no");
    });

    await expect(question).rejects.toThrow("no");
    expect(clock.pendingTimers).toBe(0);
  });
});
