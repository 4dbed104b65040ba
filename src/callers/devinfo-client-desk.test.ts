import { describe, expect, it } from "vitest";
import { configured, DevinfoAccessRig } from "../../test/support/devinfo-access-rig.js";
import { NotFoundError, StorageError, ValidationError } from "../core/errors.js";

describe("making a client", () => {
  it("gives its secret once, and keeps only a hash of it", async () => {
    const rig = new DevinfoAccessRig();
    const { clients } = rig.access();

    const made = await clients.create({ name: "build", scopes: ["DELETE", "READ", "READ"], provider: "ci" });

    const shown = { clientId: "build", scopes: ["READ", "DELETE"], provider: "ci", createdAt: rig.clock.now() };
    expect(made).toEqual({ ...shown, clientSecret: expect.stringMatching(/^sbc_[0-9a-z]{52}$/) });
    expect(await clients.list()).toEqual([shown]);
    expect(await rig.stored()).not.toContain(made.clientSecret.slice(4));
  });

  it("gives it WRITE and a provider of its own unless told otherwise", async () => {
    expect(await new DevinfoAccessRig().access().clients.create({ name: "b" })).toMatchObject({ scopes: ["WRITE"], provider: "b" });
  });

  it("works without a key to encrypt with", async () => {
    const access = new DevinfoAccessRig({ hasKey: false }).access();

    const { clientSecret } = await access.clients.create({ name: "b" });

    expect((await access.callers.grantToken("b", clientSecret)).expiresInSeconds).toBe(900);
  });

  it.each([
    { title: "a name that is taken", wanted: { name: "made" }, says: "There is a client made already" },
    { title: "a name of the configuration", wanted: { name: "ci" }, says: "ci is a client of the configuration already" },
    { title: "a name with a blank", wanted: { name: "a b" }, says: "has 1 to 255 letters, digits" },
    { title: "no name", wanted: { name: "" }, says: "has 1 to 255 letters, digits" },
    { title: "a name that is too long", wanted: { name: "a".repeat(256) }, says: "has 1 to 255 letters, digits" },
    { title: "a name that is reserved as a provider", wanted: { name: "git-integrations" }, says: "is reserved" },
    { title: "a reserved provider", wanted: { name: "x", provider: "webhooks-any" }, says: "webhooks-any is reserved" },
    { title: "a provider that is no name", wanted: { name: "x", provider: "a/b" }, says: "a/b is no name of a provider" },
    {
      title: "a scope that is none",
      wanted: {
        name: "x", // No scope, so not of its type.
        scopes: ["ADMIN"] as never,
      },
      says: "ADMIN is no scope. There is: READ, WRITE, DELETE.",
    },
    { title: "no scope", wanted: { name: "x", scopes: [] }, says: "It needs a scope at least." },
    {
      title: "another instance than the provider has in the configuration",
      wanted: { name: "x", provider: "com.example.app", instance: "other" },
      says: "The provider com.example.app has callers that are bound to the instance main",
    },
    {
      title: "no instance where the provider has one",
      wanted: { name: "x", provider: "com.example.app" },
      says: "bound to the instance main",
    },
    {
      title: "an instance where the provider has none",
      wanted: { name: "x", provider: "made", instance: "main" },
      says: "bound to no instance",
    },
  ])("is refused with $title", async ({ wanted, says }) => {
    const { clients } = new DevinfoAccessRig().access(configured);
    await clients.create({ name: "made" });

    const refused = clients.create(wanted);

    await expect(refused).rejects.toThrow(ValidationError);
    await expect(refused).rejects.toThrow(says);
    expect(await clients.list()).toHaveLength(1);
  });

  it("of many at once with one name makes one, and binds no provider twice", async () => {
    const { clients } = new DevinfoAccessRig().access();

    const same = await Promise.allSettled(Array.from({ length: 10 }, () => clients.create({ name: "a" })));
    const torn = await Promise.allSettled(["main", "other"].map((instance) => clients.create({ name: instance, provider: "p", instance })));

    expect(same.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(torn.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  it("answers only when it is stored", async () => {
    const rig = new DevinfoAccessRig();
    const { clients } = rig.access();
    rig.isDiskFull = true;

    await expect(clients.create({ name: "a" })).rejects.toThrow(StorageError);
    rig.isDiskFull = false;

    expect(await clients.list()).toEqual([]);
  });
});

describe("a client", () => {
  it("gets another secret, and stays what it was", async () => {
    const rig = new DevinfoAccessRig();
    const { clients } = rig.access();
    const { clientSecret: first, ...made } = await clients.create({ name: "a", scopes: ["DELETE"], provider: "p", instance: "main" });
    await rig.clock.advance(1000);

    const { clientSecret, ...rotated } = await clients.rotate("a");

    expect(rotated).toEqual({ ...made, rotatedAt: rig.clock.now() });
    expect(clientSecret).not.toBe(first);
  });

  it("leaves its provider to others", async () => {
    const access = new DevinfoAccessRig().access();
    await access.clients.create({ name: "a", provider: "p", instance: "main" });
    await access.clients.create({ name: "b", provider: "p", instance: "main" });

    await access.clients.revoke("a");

    expect(await access.callers.instanceOf("p")).toBe("main");
    await access.clients.revoke("b");
    expect(await access.clients.create({ name: "c", provider: "p" })).toMatchObject({ provider: "p" });
  });

  it.each(["rotate", "revoke"] as const)("that there is not cannot be named for %s, and what was typed is not repeated", async (how) => {
    const { clients } = new DevinfoAccessRig().access();

    for (const [asked, says] of [
      ["sbc_typed", "There is no client by that name."],
      ["ci", "That is a client of the configuration: change it there."],
    ] as const) {
      const error: unknown = await clients[how](asked).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(NotFoundError);
      expect(String(error)).toContain(says);
      expect(String(error)).not.toContain("typed");
    }
  });

  it("is revoked once", async () => {
    const { clients } = new DevinfoAccessRig().access();
    await clients.create({ name: "a" });

    const outcomes = await Promise.allSettled([clients.revoke("a"), clients.revoke("a"), clients.rotate("a")]);

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(await clients.list()).toEqual([]);
  });
});
