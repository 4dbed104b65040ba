import { describe, expect, it } from "vitest";
import { CallersRig, cheapHash } from "../../test/support/callers-rig.js";
import { settle } from "../../test/support/manual-clock.js";
import { isPasswordOf } from "../shared/password-hash.js";
import { Secret } from "../shared/secret.js";
import { Admins } from "./admins.js";

const minuteMs = 60_000;

/** Administrators ada and bob, with the passwords `right` and `bobs`, and a watch on how often a hash is looked at. */
function createAdmins() {
  const rig = new CallersRig();
  const seen = { checks: 0, underWay: 0, mostAtOnce: 0 };
  const check: typeof isPasswordOf = async (hash, password) => {
    seen.checks += 1;
    seen.underWay += 1;
    seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.underWay);
    const fits = await isPasswordOf(hash, password);
    seen.underWay -= 1;
    return fits;
  };
  const configured = [
    { name: "ada", passwordHash: new Secret(cheapHash("right")) },
    { name: "bob", passwordHash: new Secret(cheapHash("bobs")) },
  ];
  const admins = new Admins(configured, { clock: rig.clock, random: rig.random, log: rig.log, check });
  const isKnown = (name: string, password: string): Promise<boolean> =>
    admins.find(name, password).then(
      () => true,
      () => false,
    );
  return { rig, seen, isKnown };
}

/** Wrong passwords to a name, together. */
async function guess(isKnown: (name: string, password: string) => Promise<boolean>, name: string, count: number): Promise<void> {
  const outcomes = await Promise.all(Array.from({ length: count }, (_, index) => isKnown(name, `wrong${index}`)));
  expect(outcomes).toEqual(outcomes.map(() => false));
}

describe("hashed passwords", () => {
  it("are checked once in five minutes when they are right", async () => {
    const { rig, seen, isKnown } = createAdmins();
    await isKnown("ada", "right");
    await rig.clock.advance(5 * minuteMs - 1);
    expect([await isKnown("ada", "right"), seen.checks]).toEqual([true, 1]);

    await rig.clock.advance(1);

    expect([await isKnown("ada", "right"), seen.checks]).toEqual([true, 2]);
  });

  it("are checked once for many requests at once, which use up nothing", async () => {
    const { seen, isKnown } = createAdmins();

    const outcomes = await Promise.all(Array.from({ length: 50 }, () => isKnown("ada", "right")));

    expect(outcomes).toEqual(outcomes.map(() => true));
    expect(seen.checks).toBe(1);
  });

  it("are remembered for the name that they belong to, and for nothing else", async () => {
    const { isKnown } = createAdmins();
    await isKnown("ada", "right");

    expect([await isKnown("bob", "right"), await isKnown("ada", "right2"), await isKnown("adar", "ight")]).toEqual([false, false, false]);
  });

  it("are checked two at once at most", async () => {
    const { seen, isKnown } = createAdmins();

    await guess(isKnown, "ada", 8);

    expect(seen).toMatchObject({ checks: 8, mostAtOnce: 2 });
  });

  it("that are wrong are not remembered, but soon refused unchecked", async () => {
    const { rig, seen, isKnown } = createAdmins();
    await isKnown("ada", "wrong");
    await isKnown("ada", "wrong");
    expect(seen.checks).toBe(2);

    await guess(isKnown, "ada", 1000);

    expect(seen.checks).toBe(10);
    expect(rig.logged).toEqual([expect.stringContaining("Too many wrong passwords came for the administrator ada")]);
  });

  it("may be tried again as time goes by", async () => {
    const { rig, seen, isKnown } = createAdmins();
    await guess(isKnown, "ada", 20);
    expect(await isKnown("ada", "right")).toBe(false);

    await rig.clock.advance(5_000);

    expect([await isKnown("ada", "right"), seen.checks]).toEqual([true, 11]);
  });

  it("that are known lately let in whatever strangers try meanwhile", async () => {
    const { isKnown } = createAdmins();
    await isKnown("ada", "right");

    await guess(isKnown, "ada", 100);

    expect(await isKnown("ada", "right")).toBe(true);
  });

  it("of one name are not locked by guesses at others", async () => {
    const { rig, isKnown } = createAdmins();

    await guess(isKnown, "bob", 100);
    await Promise.all(Array.from({ length: 100 }, (_, index) => isKnown(`nobody${index}`, "wrong")));

    expect(await isKnown("ada", "right")).toBe(true);
    expect(rig.logged.join()).not.toContain("nobody");
  });

  it("are looked at for names that nobody has as well, within bounds", async () => {
    const { rig, seen, isKnown } = createAdmins();

    expect([await isKnown("eve", "right"), seen.checks]).toEqual([false, 1]);
    await Promise.all(Array.from({ length: 100 }, (_, index) => isKnown(`eve${index}`, "right")));

    expect(seen.checks).toBe(10);
    // Administrators with a password in plain are among them.
    expect(rig.logged).toEqual([expect.stringContaining("Too many wrong passwords came for names without a passwordHash")]);
  });

  it("that cannot be checked are refused with what went wrong, and tried again", async () => {
    const rig = new CallersRig();
    let isBroken = true;
    const check: typeof isPasswordOf = (hash, password) =>
      isBroken ? Promise.reject(new Error("out of memory")) : isPasswordOf(hash, password);
    const passwordHash = new Secret(cheapHash("right"));
    const admins = new Admins([{ name: "ada", passwordHash }], { clock: rig.clock, random: rig.random, log: rig.log, check });
    await expect(admins.find("ada", "right")).rejects.toThrow("out of memory");
    await settle();

    isBroken = false;

    expect(await admins.find("ada", "right")).toEqual({ name: "ada", kind: "admin" });
  });
});
