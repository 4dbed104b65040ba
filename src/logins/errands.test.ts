import { afterEach, describe, expect, it } from "vitest";
import { alice, LoginRig, type LoginRigOptions } from "../../test/support/login-rig.js";
import { RemoteError } from "../core/errors.js";
import { notice } from "../core/message.js";

const type = "code.password-store:@alice:example.org";
const copy = { encrypted: "encrypted x" };
const deleted = { deleted: true };
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const started: LoginRig[] = [];

function start(options: LoginRigOptions = {}): LoginRig {
  const rig = new LoginRig(options);
  started.push(rig);
  rig.errands.start();
  return rig;
}

afterEach(() => Promise.all(started.splice(0).map((rig) => rig.errands.stop())));

function waiting({ errandStore: store }: LoginRig): Promise<readonly [number, number]> {
  return Promise.all([store.accountData().then(({ length }) => length), store.notices().then(({ length }) => length)]);
}

describe("what a change of logins asks for at the homeserver", () => {
  it("is done soon after it is stored, and not before", async () => {
    const rig = start();
    rig.homeserver.accountData.set(type, copy);
    const changes = rig.logins.forgetHookshots(alice, [type]);
    await rig.clock.advance(10_000);
    expect(rig.homeserver.asked).toEqual([]);

    await rig.active.context.commit(changes);
    await rig.clock.advance(20_000);

    expect(rig.homeserver.accountData.get(type)).toEqual(deleted);
    expect(await waiting(rig)).toEqual([0, 0]);
  });

  it.each([
    { title: "nothing", before: undefined },
    { title: "a mark of Hookshot's own", before: deleted },
  ])("leaves no mark where there is $title", async ({ before }) => {
    const rig = start();
    if (before !== undefined) rig.homeserver.accountData.set(type, before);

    await rig.active.context.commit(rig.logins.forgetHookshots(alice, [type]));
    await rig.clock.advance(minuteMs);

    expect(rig.homeserver.asked).toEqual([`get ${type}`]);
    expect(await waiting(rig)).toEqual([0, 0]);
  });

  it("is tried until the homeserver takes it, ever more rarely, and logged once", async () => {
    const rig = start();
    rig.homeserver.accountData.set(type, copy);
    rig.homeserver.failure = new RemoteError("away");
    await rig.active.context.commit(rig.logins.forgetHookshots(alice, [type]));

    await rig.clock.advance(3 * hourMs);
    expect(rig.homeserver.asked.length).toBeGreaterThan(30);
    expect(rig.homeserver.asked.length).toBeLessThan(120);
    expect(rig.warnings).toHaveLength(1);
    rig.homeserver.failure = undefined;
    await rig.clock.advance(5 * minuteMs);

    expect(rig.homeserver.accountData.get(type)).toEqual(deleted);
  });

  it("is done by the next process where this one could not", async () => {
    const rig = start();
    rig.homeserver.accountData.set(type, copy);
    rig.homeserver.failure = new RemoteError("away");
    await rig.active.context.commit([...rig.logins.forgetHookshots(alice, [type]), rig.errands.tell(alice, notice("hello"))]);
    await rig.clock.advance(hourMs);
    await rig.errands.stop();

    const next = start({ database: rig.database });
    next.homeserver.accountData.set(type, copy);
    await next.clock.advance(1_000);

    expect(next.homeserver.accountData.get(type)).toEqual(deleted);
    expect(next.homeserver.words()).toEqual(["hello"]);
    expect(await waiting(next)).toEqual([0, 0]);
  });

  it("counts as asked for last, of several for one place", async () => {
    const rig = start({ writesTokens: true });
    rig.homeserver.accountData.set(type, copy);

    await rig.active.context.commit([
      ...rig.logins.writeForHookshot(type, "first"),
      ...rig.logins.forgetHookshots(alice, [type]),
      ...rig.logins.writeForHookshot(type, "second"),
    ]);
    await rig.clock.advance(1_000);

    expect(rig.homeserver.accountData.get(type)).toEqual({ encrypted: "encrypted second" });
    expect(rig.homeserver.asked).toEqual([`set ${type}`]);
  });

  it("is not lost where more is asked for while it is being done", async () => {
    const rig = start({ writesTokens: true });
    await rig.active.context.commit(rig.logins.writeForHookshot(type, "first"));
    const { set } = rig.homeserver;
    rig.homeserver.set = async (...given) => {
      rig.homeserver.set = set;
      await rig.active.context.commit(rig.logins.writeForHookshot(type, "second"));
      await set.call(rig.homeserver, ...given);
    };

    await rig.clock.advance(2_000);

    expect(rig.homeserver.accountData.get(type)).toEqual({ encrypted: "encrypted second" });
    expect(await waiting(rig)).toEqual([0, 0]);
  });

  it("keeps nothing for Hookshot unless that is asked for", async () => {
    expect(new LoginRig().logins.writeForHookshot(type, "text")).toEqual([]);
    expect(new LoginRig({ writesTokens: true, hasPassFile: false }).logins.writeForHookshot(type, "text")).toEqual([]);
  });

  it("is given up for a person who cannot be told, and for nobody else", async () => {
    const rig = start();
    rig.homeserver.tell = async (errand) => {
      if (errand.person === alice) throw new RemoteError("no chat", { isFinal: true });
      rig.homeserver.told.push(errand);
    };

    await rig.active.context.commit([rig.errands.tell(alice, notice("one")), rig.errands.tell("@bob:example.org", notice("two"))]);
    await rig.clock.advance(1_000);

    expect(rig.homeserver.words()).toEqual(["two"]);
    expect(rig.warnings).toHaveLength(1);
    expect(await waiting(rig)).toEqual([0, 0]);
  });

  it("does not keep others waiting because of one that fails", async () => {
    const rig = start({ writesTokens: true });
    const { set } = rig.homeserver;
    rig.homeserver.set = async (...given) => {
      if (given[0] === "bad") throw new RemoteError("refused", { status: 400, remoteCode: "M_BAD_JSON" });
      await set.call(rig.homeserver, ...given);
    };

    await rig.active.context.commit([
      ...[...rig.logins.writeForHookshot("bad", "x"), ...rig.logins.writeForHookshot("good", "y")],
      rig.errands.tell(alice, notice("hello")),
    ]);
    await rig.clock.advance(1_000);

    expect([...rig.homeserver.accountData.keys()]).toEqual(["good"]);
    expect(rig.homeserver.words()).toEqual(["hello"]);
    expect(await waiting(rig)).toEqual([1, 0]);
  });

  it("gives up telling after three days, where a person's server fails", async () => {
    const rig = start();
    rig.homeserver.failure = new RemoteError("failing", { status: 500 });
    await rig.active.context.commit([rig.errands.tell(alice, notice("one"))]);

    await rig.clock.advance(hourMs);
    expect(await waiting(rig)).toEqual([0, 1]);
    await rig.clock.advance(73 * hourMs);

    expect(await waiting(rig)).toEqual([0, 0]);
  });

  it("does not hold up a stop while the homeserver is silent", async () => {
    const rig = start();
    rig.homeserver.tell = () => new Promise(() => undefined);
    await rig.active.context.commit([rig.errands.tell(alice, notice("one"))]);
    await rig.clock.advance(1_000);

    await rig.errands.stop();

    expect(await waiting(rig)).toEqual([0, 1]);
  });
});
