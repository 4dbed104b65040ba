import { describe, expect, it } from "vitest";
import { configured, DevinfoAccessRig } from "../../test/support/devinfo-access-rig.js";
import { PermissionError, StorageError, SwitchboardError } from "../core/errors.js";
import { Secret } from "../shared/secret.js";
import type { DevinfoAccess } from "./create-devinfo-access.js";
import type { DevinfoCaller } from "./devinfo-callers.js";

function use({ callers }: DevinfoAccess, token: string): Promise<DevinfoCaller> {
  return callers.authenticate({ method: "GET", paths: ["/"], query: new URLSearchParams(), authorization: `Bearer ${token}` });
}

async function isGood(access: DevinfoAccess, token: string): Promise<boolean> {
  try {
    await use(access, token);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(PermissionError);
    return false;
  }
}

async function grant({ callers }: DevinfoAccess, id = "ci", secret = "right"): Promise<string> {
  return (await callers.grantToken(id, secret)).accessToken.reveal();
}

async function codeOf(access: DevinfoAccess, id: string, secret: string): Promise<string> {
  const error: unknown = await grant(access, id, secret).catch((reason: unknown) => reason);
  return error instanceof SwitchboardError ? error.code : "granted";
}

describe("a token of client credentials", () => {
  it("is known for 15 minutes, after a restart too, and not stored as it is", async () => {
    const rig = new DevinfoAccessRig();

    const { accessToken, expiresInSeconds, scopes } = await rig.access().callers.grantToken("ci", "right");

    expect([expiresInSeconds, scopes]).toEqual([900, ["READ", "WRITE"]]);
    const token = accessToken.reveal();
    expect(token).toMatch(/^sbt_[0-9a-z]{52}$/);
    expect(await use(rig.access(), token)).toEqual({ name: "ci", provider: "ci", scopes: new Set(["READ", "WRITE"]) });
    expect(await rig.stored()).not.toContain(token.slice(4));
    await rig.clock.advance(900_000 - 1);
    expect(await isGood(rig.access(), token)).toBe(true);
    await rig.clock.advance(1);
    expect(await isGood(rig.access(), token)).toBe(false);
  });

  it("may do what its client may do by now", async () => {
    const rig = new DevinfoAccessRig();
    const token = await grant(rig.access());
    const [client] = configured.clients;

    const changed = rig.access({ clients: [{ ...client!, scopes: ["READ"], provider: "other", instance: "main" }] });

    expect(await use(changed, token)).toEqual({ name: "ci", provider: "other", instance: "main", scopes: new Set(["READ"]) });
  });

  it("ends when the configuration gives its client another secret, or takes it out", async () => {
    const rig = new DevinfoAccessRig();
    const token = await grant(rig.access());
    const [client] = configured.clients;

    expect(await isGood(rig.access({ clients: [{ ...client!, clientSecret: new Secret("new") }] }), token)).toBe(false);
    expect(await isGood(rig.access({ clients: [] }), token)).toBe(false);
    expect(await isGood(rig.access(), token)).toBe(true);
  });

  it.each(["rotate", "revoke"] as const)("ends at once by %s, and so does the secret", async (how) => {
    const access = new DevinfoAccessRig().access();
    const { clientSecret } = await access.clients.create({ name: "made" });
    const token = await grant(access, "made", clientSecret);
    expect(await isGood(access, token)).toBe(true);

    await access.clients[how]("made");

    expect(await isGood(access, token)).toBe(false);
    expect(await codeOf(access, "made", clientSecret)).toBe("HS_BAD_TOKEN");
  });

  it("does not come back with a client of the same name", async () => {
    const access = new DevinfoAccessRig().access();
    const { clientSecret } = await access.clients.create({ name: "made" });
    const token = await grant(access, "made", clientSecret);
    await access.clients.revoke("made");

    await access.clients.create({ name: "made" });

    expect(await isGood(access, token)).toBe(false);
  });

  it("is not one of another kind", async () => {
    const access = new DevinfoAccessRig().access();
    const { clientSecret } = await access.clients.create({ name: "made" });

    for (const other of [
      clientSecret,
      "right",
      "x",
      `sbt_${"a".repeat(52)}`,
      `sb_${"a".repeat(12)}_${"b".repeat(52)}`,
      "sbt_",
      "a".repeat(9000),
    ]) {
      expect(await isGood(access, other)).toBe(false);
    }
  });

  it("is removed some time after it ended, when others are granted", async () => {
    const rig = new DevinfoAccessRig();
    const access = rig.access();
    for (let count = 0; count < 30; count += 1) await grant(access);
    await rig.clock.advance(900_000);

    await grant(access);
    await grant(access);

    const keys = await rig.database.keys().all();
    expect(keys.filter((key) => key.includes("!token "))).toHaveLength(2);
    expect(keys.filter((key) => key.includes("!end "))).toHaveLength(2);
  });

  it("is given only once it is stored", async () => {
    const rig = new DevinfoAccessRig();
    rig.isDiskFull = true;

    await expect(grant(rig.access())).rejects.toMatchObject({ code: "HS_UNAVAILABLE", cause: expect.any(StorageError) as StorageError });
  });
});

describe("client credentials", () => {
  it.each([
    { title: "a wrong secret", id: "ci", secret: "wrong" },
    { title: "an empty secret", id: "ci", secret: "" },
    { title: "an id that nobody has", id: "nobody", secret: "right" },
    { title: "an id in other letters", id: "CI", secret: "right" },
    { title: "an empty id", id: "", secret: "right" },
    { title: "the secret of an app", id: "com.example.app", secret: "shared" },
    { title: "an id with odd characters", id: "ci\u0000\n !", secret: "right" },
  ])("with $title are refused in the same words", async ({ id, secret }) => {
    const error: unknown = await grant(new DevinfoAccessRig().access(), id, secret).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ code: "HS_BAD_TOKEN", message: "Unauthorized" });
  });

  it("of the configuration go before those that were made by command, which are shown as such", async () => {
    const rig = new DevinfoAccessRig();
    const { clientSecret } = await rig.access({}).clients.create({ name: "ci" });
    const token = await grant(rig.access({}), "ci", clientSecret);

    const access = rig.access();

    expect(await codeOf(access, "ci", clientSecret)).toBe("HS_BAD_TOKEN");
    expect(await isGood(access, token)).toBe(false);
    expect(await access.clients.list()).toMatchObject([{ clientId: "ci", isShadowed: true }]);
  });

  it("are tried ten times, then as often as every five seconds, each client by itself", async () => {
    const rig = new DevinfoAccessRig();
    const access = rig.access();
    const { clientSecret } = await access.clients.create({ name: "made" });

    for (let count = 0; count < 10; count += 1) expect(await codeOf(access, "ci", `wrong${count}`)).toBe("HS_BAD_TOKEN");

    expect([await codeOf(access, "ci", "wrong"), await codeOf(access, "ci", "right")]).toEqual([
      "HS_TOO_MANY_REQUESTS",
      "HS_TOO_MANY_REQUESTS",
    ]);
    expect([await codeOf(access, "made", clientSecret), await codeOf(access, "nobody", "x")]).toEqual(["granted", "HS_BAD_TOKEN"]);
    await rig.clock.advance(5_000);
    expect(await codeOf(access, "ci", "right")).toBe("granted");
    expect(rig.logged.filter((line) => line.includes("Too many wrong secrets came for the client ci"))).toHaveLength(1);
  });

  it("that were right within the hour are let in whatever strangers try", async () => {
    const rig = new DevinfoAccessRig();
    const access = rig.access();
    await grant(access);
    await rig.clock.advance(3_599_000);

    for (let count = 0; count < 20; count += 1) await codeOf(access, "ci", "wrong");

    expect(await codeOf(access, "ci", "right")).toBe("granted");
  });

  it("may come in any number where they are right", async () => {
    const access = new DevinfoAccessRig().access();

    expect(new Set(await Promise.all(Array.from({ length: 50 }, () => codeOf(access, "ci", "right"))))).toEqual(new Set(["granted"]));
  });

  it("of ids that nobody has share their attempts, and are not repeated in the log", async () => {
    const rig = new DevinfoAccessRig();
    const access = rig.access();

    const codes: string[] = [];
    for (let count = 0; count < 12; count += 1) codes.push(await codeOf(access, `stranger${count}`, "right"));

    expect(codes.filter((code) => code === "HS_TOO_MANY_REQUESTS")).toHaveLength(2);
    expect(rig.logged.join()).not.toContain("stranger");
  });
});
