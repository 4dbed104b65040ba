import { describe, expect, it } from "vitest";
import { createRegistryRig, draft } from "../../test/support/registry-rig.js";
import { StorageError } from "../core/errors.js";

describe("the registry of one kind of records", () => {
  it("stores a record, with an id and times, before it answers", async () => {
    const { registry, clock, commits } = createRegistryRig();

    const created = await registry.create(draft("main"));

    const now = clock.now();
    const record = { ...draft("main"), id: 1, createdAt: now, updatedAt: now };
    expect(created).toEqual({ kind: "created", record });
    expect([await registry.get(1), await registry.findByName("main"), commits()]).toEqual([record, record, 1]);
  });

  it("gives a name once: of fifty at the same time one gets it", async () => {
    const { registry } = createRegistryRig();

    const outcomes = await Promise.all(Array.from({ length: 50 }, () => registry.create(draft("main"))));

    expect(outcomes.filter(({ kind }) => kind === "created")).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === "name taken")).toHaveLength(49);
    expect([await registry.count(), (await registry.list(0, 100)).length]).toEqual([1, 1]);
  });

  it("gives fifty names at the same time fifty ids", async () => {
    const { registry } = createRegistryRig();

    await Promise.all(Array.from({ length: 50 }, (_, index) => registry.create(draft(`remote ${index}`))));

    const ids = (await registry.list(0, 100)).map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  it("lets several have one name where their kind does", async () => {
    const { registry } = createRegistryRig({ hasUniqueNames: false });

    const outcomes = [await registry.create(draft("same")), await registry.create(draft("same"))];

    expect(outcomes.map(({ kind }) => kind)).toEqual(["created", "created"]);
  });

  it("never gives an id again", async () => {
    const { registry } = createRegistryRig();
    await registry.create(draft("first"));
    await registry.remove(1);

    expect(await registry.create(draft("second"))).toMatchObject({ record: { id: 2 } });
  });

  it("changes a record as it is when it has its turn", async () => {
    const { registry, clock } = createRegistryRig();
    await registry.create(draft("main", ""));
    await clock.advance(1000);

    await Promise.all(["a", "b", "c"].map((letter) => registry.change(1, ({ fields }) => draft("main", fields.system + letter))));

    expect(await registry.get(1)).toMatchObject({ fields: { system: "abc" }, createdAt: clock.now() - 1000, updatedAt: clock.now() });
  });

  it("tells what was there before a change, and frees its name", async () => {
    const { registry } = createRegistryRig();
    await registry.create(draft("old"));

    const changed = await registry.change(1, () => draft("new"));

    expect(changed).toMatchObject({ kind: "changed", record: { id: 1, name: "new" }, before: { id: 1, name: "old" } });
    expect(await registry.create(draft("old"))).toMatchObject({ kind: "created", record: { id: 2 } });
  });

  it("writes nothing where a change changes nothing", async () => {
    const { registry, clock, commits } = createRegistryRig();
    await registry.create(draft("main"));
    await clock.advance(1000);

    const outcome = await registry.change(1, ({ name, fields, secrets }) => ({ name, fields: { ...fields }, secrets: { ...secrets } }));

    expect(outcome).toMatchObject({ kind: "unchanged", record: { updatedAt: clock.now() - 1000 } });
    expect(commits()).toBe(1);
  });

  it("does not let a change take another's name, nor find what there is not", async () => {
    const { registry } = createRegistryRig();
    await registry.create(draft("one"));
    await registry.create(draft("two"));

    expect(await registry.change(2, () => draft("one"))).toEqual({ kind: "name taken" });
    expect(await registry.change(3, () => draft("three"))).toEqual({ kind: "unknown" });
    expect((await registry.get(2))?.name).toBe("two");
  });

  it("leaves a record as it is when its change is refused, and goes on", async () => {
    const { registry } = createRegistryRig();
    await registry.create(draft("main"));
    const refused = registry.change(1, () => Promise.reject(new RangeError("no")));

    await expect(refused).rejects.toThrow(RangeError);
    expect(await registry.change(1, () => draft("other"))).toMatchObject({ kind: "changed" });
  });

  it("removes a record once", async () => {
    const { registry } = createRegistryRig();
    await registry.create(draft("main"));

    const outcomes = await Promise.all([registry.remove(1), registry.remove(1)]);

    expect(outcomes.map((record) => record?.id)).toEqual([1, undefined]);
    expect([await registry.get(1), await registry.findByName("main")]).toEqual([undefined, undefined]);
  });

  it("keeps nothing without a key", async () => {
    const { registry } = createRegistryRig({ hasKey: false });

    expect(registry.canKeep).toBe(false);
    await expect(registry.create(draft("main"))).rejects.toThrow(StorageError);
  });

  it("does not answer for what the disk did not take", async () => {
    const { registry, database } = createRegistryRig();
    await registry.create(draft("main"));
    database.batch = () => {
      throw new Error("ENOSPC");
    };

    await expect(registry.create(draft("other"))).rejects.toThrow(StorageError);
    expect(await registry.count()).toBe(1);
  });
});
