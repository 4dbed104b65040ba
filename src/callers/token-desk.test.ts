import { describe, expect, it } from "vitest";
import { CallersRig } from "../../test/support/callers-rig.js";
import { NotFoundError, StorageError, ValidationError } from "../core/errors.js";

const scopes = ["provisioning"];

describe("making a token", () => {
  it("gives it once, and keeps only a hash of its secret", async () => {
    const rig = new CallersRig();
    const expiresAt = rig.clock.now() + 1000;

    const made = await rig.desk().create({ name: "ci", scopes: [...scopes, ...scopes], expiresAt });

    const shown = { id: made.id, name: "ci", scopes, createdAt: rig.clock.now(), expiresAt };
    expect(made).toEqual({ ...shown, token: expect.stringMatching(new RegExp(`^sb_${made.id}_[0-9a-z]{52}$`)) });
    expect(await rig.desk().list()).toEqual([shown]);
    expect((await rig.database.iterator().all()).flat().join()).not.toContain(made.token.split("_")[2]);
  });

  it("gives another one each time", async () => {
    const desk = new CallersRig().desk();

    const made = [await desk.create({ name: "a", scopes }), await desk.create({ name: "b", scopes })];

    expect(new Set(made.map(({ token }) => token)).size).toBe(2);
    expect(new Set(made.map(({ id }) => id)).size).toBe(2);
  });

  it("keeps the remotes to which it is limited", async () => {
    const rig = new CallersRig();
    const targets = ["connector/main", "ticketing/#3"];

    const { token } = await rig.desk().create({ name: "scan", scopes: ["findings"], targets });

    expect(await rig.desk().list()).toMatchObject([{ targets }]);
    expect(await rig.callers({}).authenticateToken(token, ["findings"])).toEqual({
      ...{ name: "scan", kind: "token", scopes: ["findings"], targets },
    });
  });

  it("answers only when it is stored", async () => {
    const rig = new CallersRig();
    rig.isDiskFull = true;

    await expect(rig.desk().create({ name: "ci", scopes })).rejects.toThrow(StorageError);
    rig.isDiskFull = false;

    expect(await rig.desk().list()).toEqual([]);
    expect(await rig.desk().create({ name: "ci", scopes })).toMatchObject({ name: "ci" });
  });

  it("of many at once with one name makes one", async () => {
    const desk = new CallersRig().desk();

    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => desk.create({ name: "ci", scopes })));

    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await desk.list()).toHaveLength(1);
  });

  it.each([
    {
      title: "a scope that is none",
      wanted: { name: "x", scopes: ["provisionin"] },
      says: "provisionin is no scope. There is: provisioning,",
    },
    { title: "no scope", wanted: { name: "x", scopes: [] }, says: "There is: provisioning," },
    { title: "an end that is past", wanted: { name: "x", scopes, expiresAt: 1 }, says: "name a time to come" },
    {
      title: "a target that is none",
      wanted: { name: "x", scopes: ["findings"], targets: ["connector/a", "main"] },
      says: "main is no target. Write `<kind>/<name>`",
    },
    {
      title: "no target",
      wanted: { name: "x", scopes: ["findings"], targets: [] },
      says: "A token that is limited to no target could do nothing.",
    },
    {
      title: "targets beside what they do not limit",
      wanted: { name: "x", scopes: ["findings", "connectors"], targets: ["connector/a"] },
      says: "Targets limit nothing of connectors; make a token of its own for that.",
    },
    { title: "a name of the configuration", wanted: { name: "dimension", scopes }, says: "dimension is a caller of the configuration" },
    { title: "a name that is taken", wanted: { name: "ci", scopes }, says: "has the name ci already" },
  ])("is refused with $title", async ({ wanted, says }) => {
    const desk = new CallersRig().desk(["dimension"]);
    await desk.create({ name: "ci", scopes });

    const refused = desk.create(wanted);

    await expect(refused).rejects.toThrow(ValidationError);
    await expect(refused).rejects.toThrow(says);
    expect(await desk.list()).toHaveLength(1);
  });

  it("may take the name of one that has ended or was revoked", async () => {
    const rig = new CallersRig();
    const desk = rig.desk();
    await desk.create({ name: "ended", scopes, expiresAt: rig.clock.now() + 1000 });
    await desk.create({ name: "revoked", scopes });
    await desk.revoke("revoked");

    await rig.clock.advance(1000);

    expect(await desk.create({ name: "ended", scopes })).toMatchObject({ name: "ended" });
    expect(await desk.create({ name: "revoked", scopes })).toMatchObject({ name: "revoked" });
  });
});

describe("revoking a token", () => {
  it.each(["id", "name"] as const)("takes its %s", async (by) => {
    const desk = new CallersRig().desk();
    const made = await desk.create({ name: "ci", scopes });
    await desk.create({ name: "other", scopes });

    expect(await desk.revoke(made[by])).toMatchObject({ id: made.id, name: "ci" });

    expect((await desk.list()).map(({ name }) => name)).toEqual(["other"]);
  });

  it("prefers an id to a name", async () => {
    const desk = new CallersRig().desk();
    const first = await desk.create({ name: "first", scopes });
    await desk.create({ name: first.id, scopes });

    expect(await desk.revoke(first.id)).toMatchObject({ name: "first" });
  });

  it("asks for the id where several have the name", async () => {
    const rig = new CallersRig();
    const desk = rig.desk();
    const ended = await desk.create({ name: "ci", scopes, expiresAt: rig.clock.now() + 1000 });
    await rig.clock.advance(1000);
    const live = await desk.create({ name: "ci", scopes });

    await expect(desk.revoke("ci")).rejects.toThrow(`name one by its id: ${ended.id}, ${live.id}.`);
    await desk.revoke(ended.id);

    expect(await desk.list()).toMatchObject([{ id: live.id }]);
  });

  it.each([
    { asked: "nothing", says: "There is no token by that id or name." },
    { asked: "dimension", says: "That is a caller of the configuration: take it out there." },
  ])("says that there is no $asked", async ({ asked, says }) => {
    const refused = new CallersRig().desk(["dimension"]).revoke(asked);

    await expect(refused).rejects.toThrow(NotFoundError);
    await expect(refused).rejects.toThrow(says);
  });

  it.each(["made", "configured"])("does not repeat a %s token that was given instead of its name", async (which) => {
    const desk = new CallersRig().desk();
    const { token } = await desk.create({ name: "ci", scopes });
    const asked = which === "made" ? token : "planted-token";

    const error: unknown = await desk.revoke(asked).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(NotFoundError);
    expect(String(error)).not.toContain(asked);
  });

  it("makes of many at once one that succeeds", async () => {
    const desk = new CallersRig().desk();
    await desk.create({ name: "ci", scopes });

    const outcomes = await Promise.allSettled([desk.revoke("ci"), desk.revoke("ci"), desk.revoke("ci")]);

    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  });
});
