import { describe, expect, it } from "vitest";
import { alice, LoginRig, remote, type LoginRigOptions } from "../../test/support/login-rig.js";
import { settle } from "../../test/support/manual-clock.js";
import { RemoteError } from "../core/errors.js";
import type { HookshotLogins } from "../core/ports/personal-logins.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";

const dayMs = 24 * 3_600_000;
const newer = "code.password-store:@alice:example.org";
const older = "old.password-store:@alice:example.org";

/** Reads `<remote> <login>`; anything else is of no use. */
const hookshots: HookshotLogins = {
  accountDataTypes: [newer, older],
  read(text) {
    const [at = "", login] = text.split(" ");
    return login === undefined ? [] : [{ remote: at, login }];
  },
};

function setUp(texts: Readonly<Record<string, string>>, options?: LoginRigOptions): LoginRig {
  const rig = new LoginRig(options);
  for (const [type, text] of Object.entries(texts)) rig.homeserver.accountData.set(type, { encrypted: `encrypted ${text}` });
  return rig;
}

describe("what Hookshot keeps of people's logins", () => {
  it.each([
    { place: "the newer place", texts: { [newer]: `${remote} new`, [older]: `${remote} old` }, expected: "new" },
    { place: "the older place", texts: { [older]: `${remote} old` }, expected: "old" },
    {
      place: "the older place, where the newer one holds nothing of use",
      texts: { [newer]: "x", [older]: `${remote} old` },
      expected: "old",
    },
  ])("is taken over from $place, together with the mark", async ({ texts, expected }) => {
    const rig = setUp(texts);

    await rig.logins.takeOver(alice, hookshots);

    expect(await rig.get()).toBe(expected);
    expect(rig.commits.map(({ length }) => length)).toEqual([2]);
  });

  it("is taken over once, and not again after the login is gone", async () => {
    const rig = setUp({ [newer]: `${remote} new` });
    await rig.logins.takeOver(alice, hookshots);
    await rig.active.context.commit([rig.logins.remove(alice, remote)]);
    await rig.clock.advance(2 * dayMs);

    await rig.logins.takeOver(alice, hookshots);

    expect(await rig.get()).toBeUndefined();
    expect(rig.homeserver.asked).toEqual([`get ${newer}`]);
  });

  it("is looked for again after a day where there was nothing", async () => {
    const rig = setUp({});
    await rig.logins.takeOver(alice, hookshots);
    rig.homeserver.accountData.set(older, { encrypted: `encrypted ${remote} old` });

    await rig.clock.advance(dayMs - 1);
    await rig.logins.takeOver(alice, hookshots);
    expect(await rig.get()).toBeUndefined();
    await rig.clock.advance(1);
    await rig.logins.takeOver(alice, hookshots);

    expect(await rig.get()).toBe("old");
  });

  it("is never taken over once it was forgotten, by the next process neither", async () => {
    const rig = setUp({ [newer]: `${remote} new` });
    await rig.active.context.commit(rig.logins.forgetHookshots(alice, [newer, older]));
    const next = setUp({ [newer]: `${remote} new` }, { database: rig.database });

    await next.logins.takeOver(alice, hookshots);

    expect([await next.get(), next.homeserver.asked]).toEqual([undefined, []]);
  });

  it("is not taken over where the person logs out while it is looked for", async () => {
    const rig = setUp({ [newer]: `${remote} new` });
    const { get } = rig.homeserver;
    rig.homeserver.get = async (type) => {
      await rig.active.context.commit(rig.logins.forgetHookshots(alice, [type]));
      return get.call(rig.homeserver, type);
    };

    await rig.logins.takeOver(alice, hookshots);

    expect(await rig.get()).toBeUndefined();
  });

  it.each<{ title: string; changes: (rig: LoginRig) => readonly StoreChange[]; now: string | undefined }>([
    {
      title: "is not taken over where a logout is on its way to the disk",
      changes: ({ logins }) => [logins.remove(alice, remote), ...logins.forgetHookshots(alice, [newer])],
      now: undefined,
    },
    {
      title: "does not take the place of a login that is on its way to the disk",
      changes: ({ logins }) => [logins.put(alice, remote, "own")],
      now: "own",
    },
  ])("$title", async ({ changes, now }) => {
    const rig = setUp({ [newer]: `${remote} new` });
    let write = (): void => undefined;
    rig.disk = new Promise((resolve) => {
      write = resolve;
    });

    const changed = rig.active.context.commit(changes(rig));
    const takingOver = rig.logins.takeOver(alice, hookshots);
    await settle();
    write();
    await Promise.all([changed, takingOver]);

    expect(await rig.get()).toBe(now);
  });

  it("does not come back after the login that was kept for Hookshot as well has ended", async () => {
    const rig = new LoginRig({ writesTokens: true });
    rig.errands.start();
    await rig.active.context.commit([rig.logins.put(alice, remote, "ours"), ...rig.logins.writeForHookshot(newer, `${remote} ours`)]);
    await rig.clock.advance(1_000);
    const renewal = { endsAt: () => 0, renew: async () => ({ kind: "ended" as const }), account: "your account", loginCommand: "log in" };

    expect(await rig.logins.fresh(alice, remote, renewal)).toBeUndefined();
    await rig.logins.takeOver(alice, hookshots);

    expect(await rig.get()).toBeUndefined();
    await rig.errands.stop();
  });

  it("does not take the place of a login that the person made here", async () => {
    const rig = setUp({ [newer]: `${remote} new` });
    await rig.keep("own");

    await rig.logins.takeOver(alice, hookshots);

    expect(await rig.get()).toBe("own");
  });

  it("is looked for once where it is asked for by several at the same time", async () => {
    const rig = setUp({});

    await Promise.all(Array.from({ length: 10 }, () => rig.logins.takeOver(alice, hookshots)));

    expect(rig.homeserver.asked).toEqual([`get ${newer}`, `get ${older}`]);
  });

  it.each([
    { title: "without a passFile", options: { hasPassFile: false } },
    { title: "where nothing can be kept", options: { canKeep: false } },
  ])("is not looked for $title, and no mark is made", async ({ options }) => {
    const rig = setUp({ [newer]: `${remote} new` }, options);

    await rig.logins.takeOver(alice, hookshots);

    expect([rig.homeserver.asked, rig.commits]).toEqual([[], []]);
  });

  it("leaves no mark where the homeserver cannot be asked", async () => {
    const rig = setUp({ [newer]: `${remote} new` });
    rig.homeserver.failure = new RemoteError("away");
    await expect(rig.logins.takeOver(alice, hookshots)).rejects.toThrow(RemoteError);
    rig.homeserver.failure = undefined;
    await settle();

    await rig.logins.takeOver(alice, hookshots);

    expect(await rig.get()).toBe("new");
  });
});
