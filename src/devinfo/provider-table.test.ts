import { describe, expect, it } from "vitest";
import { DevinfoEngineRig } from "../../test/support/devinfo-engine.js";
import type { DevinfoStore, ProviderRecord, StoredProviders } from "../core/ports/devinfo-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import { ProviderTable } from "./provider-table.js";

/** A store whose next look at providers can be held up behind what it saw. */
function createRig() {
  const under = new DevinfoEngineRig();
  const stored = under.store;
  let held: Promise<void> | undefined;
  const store: DevinfoStore = {
    ...stored,
    async providers(): Promise<StoredProviders> {
      const seen = await stored.providers();
      const wait = held;
      held = undefined;
      await wait;
      return seen;
    },
  };
  return {
    stored,
    table: new ProviderTable(store),
    /** @returns lets it go on */
    hold(): () => void {
      let release = (): void => undefined;
      held = new Promise((resolve) => {
        release = resolve;
      });
      return () => release();
    },
    write: (changes: readonly StoreChange[]) => under.write(changes),
    numbers: async () => (await stored.providers()).live.map(({ number }) => number),
  };
}

type Rig = ReturnType<typeof createRig>;

async function storeProvider({ table, write }: Rig, provider: ProviderRecord): Promise<void> {
  await write(table.changesOf(provider));
  table.stored(provider);
}

describe("the table of providers", () => {
  it("keeps the number of one that is stored for the first time while it is read again", async () => {
    const rig = createRig();
    const first = await rig.table.ensure("ci");
    rig.table.forget();
    const release = rig.hold();
    const reading = rig.table.find("other");
    await new Promise(setImmediate);

    await storeProvider(rig, first);
    release();
    await reading;

    expect([await rig.table.ensure("ci"), await rig.numbers()]).toEqual([first, [first.number]]);
  });

  it("keeps to what is told last where it is read twice at a time", async () => {
    const rig = createRig();
    await storeProvider(rig, await rig.table.ensure("ci"));
    rig.table.forget();
    const release = rig.hold();
    const early = rig.table.find("ci");
    await new Promise(setImmediate);

    await rig.write([rig.stored.putProvider({ number: 1, name: "renamed" })]);
    rig.table.forget();
    const late = await rig.table.find("renamed");
    release();

    expect([late?.number, (await early)?.number]).toEqual([1, undefined]);
    expect([await rig.table.find("ci"), (await rig.table.find("renamed"))?.number]).toEqual([undefined, 1]);
  });

  it("remembers to which Jira one was bound while it was read again", async () => {
    const rig = createRig();
    const first = await rig.table.ensure("ci");
    await storeProvider(rig, first);
    rig.table.forget();
    const release = rig.hold();
    const reading = rig.table.find("ci");
    await new Promise(setImmediate);

    await storeProvider(rig, { ...first, instance: "main" });
    release();
    await reading;

    expect((await rig.table.find("ci"))?.instance).toBe("main");
  });
});
