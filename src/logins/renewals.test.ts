import { describe, expect, it } from "vitest";
import { alice, joinedAs, LoginRig, remote } from "../../test/support/login-rig.js";
import { settle } from "../../test/support/manual-clock.js";
import { RemoteError, StorageError } from "../core/errors.js";
import type { LoginRenewal, RenewedLogin } from "../core/ports/personal-logins.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";

const minuteMs = 60_000;

/** Logins read `<name> <when it ends>`. */
class FakeRemote implements LoginRenewal {
  readonly account = "your Code account";
  readonly loginCommand = "code login";
  readonly asked: string[] = [];
  answer: (login: string) => Promise<RenewedLogin> = async () => ({ kind: "renewed", login: "new 9e15" });

  endsAt(login: string): number | undefined {
    const [, end] = login.split(" ");
    return end === undefined ? undefined : Number(end);
  }

  renew(login: string): Promise<RenewedLogin> {
    this.asked.push(login);
    return this.answer(login);
  }
}

/** An answer that a test gives when it likes. */
function held<T>(): { readonly promise: Promise<T>; give(value: T): void; fail(error: Error): void } {
  let give = (_value: T): void => undefined;
  let fail = (_error: Error): void => undefined;
  const promise = new Promise<T>((resolve, reject) => {
    give = resolve;
    fail = reject;
  });
  return { promise, give: (value) => give(value), fail: (error) => fail(error) };
}

async function setUp(
  login?: string,
): Promise<{ readonly rig: LoginRig; readonly code: FakeRemote; fresh(rejected?: string): Promise<string | undefined> }> {
  const rig = new LoginRig();
  const code = new FakeRemote();
  if (login !== undefined) await rig.keep(login);
  return { rig, code, fresh: (rejected) => rig.logins.fresh(alice, remote, code, rejected) };
}

function inMs(delayMs: number): string {
  return `old ${Date.UTC(2026, 0, 1) + delayMs}`;
}

describe("a login that ends", () => {
  it("is given as it is while it lasts", async () => {
    for (const login of ["for-ever", inMs(minuteMs + 1)]) {
      const { code, fresh } = await setUp(login);

      expect(await fresh()).toBe(login);
      expect(code.asked).toEqual([]);
    }
  });

  it("is none where there is none", async () => {
    const { fresh, code } = await setUp();

    expect(await fresh()).toBeUndefined();
    expect(code.asked).toEqual([]);
  });

  it.each([
    { when: "a minute before its end", login: inMs(minuteMs) },
    { when: "after its end", login: inMs(-1) },
  ])("is renewed $when, and stored before it is given", async ({ login }) => {
    const { rig, fresh } = await setUp(login);

    expect(await fresh()).toBe("new 9e15");
    expect(await rig.get()).toBe("new 9e15");
  });

  it("is renewed where the remote did not take it, unless another is stored by now", async () => {
    const { rig, code, fresh } = await setUp("for-ever");

    expect(await fresh("for-ever")).toBe("new 9e15");
    expect(await fresh("for-ever")).toBe("new 9e15");
    expect(code.asked).toEqual(["for-ever"]);
    expect(await rig.get()).toBe("new 9e15");
  });

  it("is renewed once for twenty who ask at the same time", async () => {
    const { code, fresh } = await setUp(inMs(0));
    const answer = held<RenewedLogin>();
    code.answer = () => answer.promise;

    const asking = Promise.all(Array.from({ length: 20 }, (_none, index) => fresh(index % 2 === 0 ? undefined : inMs(0))));
    await settle();
    answer.give({ kind: "renewed", login: "new 9e15" });

    expect(new Set(await asking)).toEqual(new Set(["new 9e15"]));
    expect(code.asked).toEqual([inMs(0)]);
  });

  it("is asked for once where the remote fails twenty at the same time", async () => {
    const { code, fresh } = await setUp(inMs(-1));
    code.answer = () => Promise.reject(new RemoteError("no answer came"));

    const asking = await Promise.allSettled(Array.from({ length: 20 }, () => fresh()));

    expect(asking.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => "rejected"));
    expect(code.asked).toHaveLength(1);
  });

  it("stays and is given as long as it lasts, while the remote cannot be asked", async () => {
    const { rig, code, fresh } = await setUp(inMs(30_000));
    code.answer = () => Promise.reject(new RemoteError("away", { status: 503 }));

    expect(await fresh()).toBe(inMs(30_000));
    await expect(fresh(inMs(30_000))).rejects.toThrow("away");
    await rig.clock.advance(30_000);
    await expect(fresh()).rejects.toThrow(RemoteError);
    expect(await rig.get()).toBe(inMs(30_000));
    expect(rig.homeserver.told).toEqual([]);
  });

  it("that the remote has ended for certain is removed, and the person is told", async () => {
    const { rig, code, fresh } = await setUp(inMs(0));
    rig.errands.start();
    code.answer = async () => ({ kind: "ended" });

    expect(await fresh()).toBeUndefined();
    await rig.clock.advance(1_000);

    expect(await rig.get()).toBeUndefined();
    expect(rig.homeserver.words()).toEqual([expect.stringMatching(/^Your login has ended: your Code account .*`code login`/)]);
    await rig.errands.stop();
  });

  it("that has ended is not missed where another was stored meanwhile", async () => {
    const { rig, code, fresh } = await setUp(inMs(0));
    code.answer = async () => {
      await rig.keep("another");
      return { kind: "ended" };
    };

    expect(await fresh()).toBe("another");
    expect(rig.homeserver.told).toEqual([]);
  });

  it("does not come back where the person logged out meanwhile, nor takes the place of one that they made", async () => {
    for (const now of [undefined, "another"]) {
      const { rig, code, fresh } = await setUp(inMs(0));
      code.answer = async () => {
        await rig.active.context.commit([now === undefined ? rig.logins.remove(alice, remote) : rig.logins.put(alice, remote, now)]);
        return { kind: "renewed", login: "new 9e15" };
      };

      expect([await fresh(), await rig.get()]).toEqual([now, now]);
    }
  });

  it("does not take the place of a change that is not stored yet", async () => {
    const { rig, code, fresh } = await setUp(inMs(-1));
    let logout = rig.logins.remove(alice, "elsewhere");
    code.answer = async () => {
      logout = rig.logins.remove(alice, remote);
      return { kind: "renewed", login: "new 9e15" };
    };

    await expect(fresh()).rejects.toThrow(RemoteError);
    await rig.active.context.commit([logout]);

    expect([await fresh(), await rig.get()]).toEqual([undefined, undefined]);
  });

  it("does not come back where the person logs out at the very last moment", async () => {
    const { rig, fresh } = await setUp(inMs(0));
    const { undoable } = rig.parts.tickets;
    const { ofPerson } = undoable;
    undoable.ofPerson = async (person) => {
      await rig.active.context.commit([rig.logins.remove(alice, remote)]);
      return ofPerson(person);
    };

    expect([await fresh(), await rig.get()]).toEqual([undefined, undefined]);
  });

  it.each<{ title: string; answer: RenewedLogin; change: (rig: LoginRig) => StoreChange; now: string | undefined }>([
    {
      title: "does not come back where a logout is on its way to the disk",
      answer: { kind: "renewed", login: "new 9e15" },
      change: ({ logins }) => logins.remove(alice, remote),
      now: undefined,
    },
    {
      title: "does not take the place of another that is on its way to the disk",
      answer: { kind: "renewed", login: "new 9e15" },
      change: ({ logins }) => logins.put(alice, remote, "another"),
      now: "another",
    },
    {
      title: "that has ended does not take along another that is on its way to the disk",
      answer: { kind: "ended" },
      change: ({ logins }) => logins.put(alice, remote, "another"),
      now: "another",
    },
  ])("$title", async ({ answer, change, now }) => {
    const { rig, code, fresh } = await setUp(inMs(-1));
    code.answer = async () => answer;
    const disk = held<undefined>();
    rig.disk = disk.promise;

    const changed = rig.active.context.commit([change(rig)]);
    const renewing = fresh().catch((error: unknown) => error);
    await settle();
    disk.give(undefined);
    await changed;

    expect(await renewing).toBeInstanceOf(RemoteError);
    expect([await fresh(), await rig.get()]).toEqual([now, now]);
    expect(rig.homeserver.told).toEqual([]);
  });

  it("is renewed again where a change of it came to nothing", async () => {
    const { rig, fresh } = await setUp(inMs(-1));
    rig.logins.remove(alice, remote);
    await expect(fresh()).rejects.toThrow(RemoteError);

    await rig.clock.advance(minuteMs);

    expect([await fresh(), await rig.get()]).toEqual(["new 9e15", "new 9e15"]);
  });

  it("that the disk did not take is kept in memory, because the remote gives it once", async () => {
    const { rig, code, fresh } = await setUp(inMs(0));
    rig.commitFailure = new StorageError("disk full");

    await expect(fresh()).rejects.toThrow(StorageError);
    expect(await rig.get()).toBe(inMs(0));
    rig.commitFailure = undefined;

    expect(await fresh()).toBe("new 9e15");
    expect(await rig.get()).toBe("new 9e15");
    expect(code.asked).toHaveLength(1);
  });

  it("is stored together with what the service learnt from it", async () => {
    const { rig, code, fresh } = await setUp(inMs(0));
    const { store } = rig.active.context;
    code.answer = async () => ({ kind: "renewed", login: "new 9e15", changes: [store.put("learnt", "x")] });

    await fresh();

    expect(rig.commits.at(-1)).toHaveLength(2);
  });

  it("is asked for anew by the next process where this one ended in between", async () => {
    const { rig, fresh, code } = await setUp(inMs(0));
    code.answer = () => held<RenewedLogin>().promise;
    void fresh();
    await settle();
    const next = new LoginRig({ database: rig.database });
    const answer = new FakeRemote();

    expect(await next.logins.fresh(alice, remote, answer)).toBe("new 9e15");
    expect(answer.asked).toEqual([inMs(0)]);
  });

  it("ends where the remote gives the same one again and again", async () => {
    const { code, fresh } = await setUp("for-ever");
    code.answer = async (login) => ({ kind: "renewed", login });

    expect(await fresh("for-ever")).toBe("for-ever");
    expect(code.asked.length).toBeLessThanOrEqual(2);
  });

  it("is not told in the error of a renewal that failed in a way nobody thought of", async () => {
    const { rig, code, fresh } = await setUp(inMs(0));
    code.answer = () => Promise.reject(new TypeError("a mistake"));

    await expect(fresh()).rejects.toThrow(TypeError);
    expect(rig.warnings.join()).not.toContain("old");
  });

  it("can still be undone when it was renewed within its first minutes", async () => {
    const { rig, fresh } = await setUp();
    rig.oauth.answer = async () => joinedAs("Ada", { login: inMs(0) });
    const outcome = await rig.browser.comeBack([rig.active], { state: await rig.begin(), code: "c" });
    const word = outcome.kind === "joined" ? (outcome.undo?.word ?? "") : "";
    expect(await fresh()).toBe("new 9e15");

    expect((await rig.browser.undo([rig.active], word))?.kind).toBe("undone");
    expect(await rig.get()).toBeUndefined();
  });
});
