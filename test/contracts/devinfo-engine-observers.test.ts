import { MemoryLevel } from "memory-level";
import { describe, expect, it } from "vitest";
import { commitEntry } from "../support/devinfo-outcomes.js";
import { ManualClock, settle } from "../support/manual-clock.js";
import type { DevinfoSubmission } from "../../src/core/devinfo.js";
import { StorageError } from "../../src/core/errors.js";
import type { DevinfoEcho, DevinfoObserver } from "../../src/core/ports/devinfo.js";
import type { StoreChange } from "../../src/core/ports/unit-of-work.js";
import { silentLog } from "../../src/shared/log.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createDevinfoStore } from "../../src/storage/stores/devinfo-store.js";
import type { DevinfoEvents } from "../../src/devinfo/commit.js";
import { createDevinfo, type DevinfoEngine } from "../../src/devinfo/create-devinfo.js";

const nothing: DevinfoEcho = { changes: [] };
const note: StoreChange = { type: "put", key: "!notes!1", value: "x" };
const event = { serviceId: "test", event: { name: "said", routingKeys: [], payload: {} } };

/** An engine with one observer, which notes what it is told; and a disk that writes what it is let write. */
class Rig {
  /** What happened, in order. */
  readonly happened: string[] = [];
  gives: DevinfoEcho = { changes: [note] };
  /** Each batch waits for it. */
  disk: Promise<void> = Promise.resolve();
  readonly written: { readonly keys: readonly string[]; readonly events: DevinfoEvents }[] = [];
  readonly engine: DevinfoEngine;
  readonly #database = new MemoryLevel<string, string>();

  constructor() {
    const work = new GroupCommit({ database: this.#database, location: "memory", recover: () => Promise.resolve() });
    const observer: DevinfoObserver = {
      recorded: () => this.#tell("recorded", this.gives),
      deleted: () => this.#tell("deleted", this.gives.changes),
      stored: () => void this.happened.push("stored"),
    };
    this.engine = createDevinfo({
      ...{ store: createDevinfoStore(this.#database), clock: new ManualClock(), log: silentLog(), observers: [{}, observer] },
      commit: async (changes, events = []) => {
        this.happened.push("committed");
        await this.disk;
        await work.commit(changes);
        this.written.push({ keys: changes.map(({ key }) => key), events });
        this.happened.push("written");
      },
    });
  }

  record(sequence = 1n): Promise<unknown> {
    const entry = commitEntry("c1", { updateSequenceId: Number(sequence) });
    const repository = { id: "hello", updateSequenceId: sequence, json: '{"id":"hello"}', entries: [entry] };
    const submission: DevinfoSubmission = { provider: "ci", repositories: [repository], isBackfill: false, preventTransitions: false };
    return this.engine.record(submission);
  }

  #tell<T>(what: string, echo: T): T {
    this.happened.push(what);
    return echo;
  }
}

/** Holds the disk until it is said what becomes of what waits. */
function hold(rig: Rig): { readonly write: () => void; readonly refuse: () => void } {
  let [write, refuse] = [(): void => undefined, (): void => undefined];
  rig.disk = new Promise((resolve, reject) => {
    write = resolve;
    refuse = () => {
      reject(new StorageError("the disk is full"));
    };
  });
  return { write, refuse };
}

const changes: readonly { readonly what: string; readonly told: string; readonly change: (rig: Rig) => Promise<unknown> }[] = [
  { what: "a submission", told: "recorded", change: (rig) => rig.record(2n) },
  { what: "a delete of a repository", told: "deleted", change: ({ engine }) => engine.deleteRepository("ci", "hello") },
  {
    what: "a delete of an entity",
    told: "deleted",
    change: ({ engine }) => engine.deleteEntity({ provider: "ci", repositoryId: "hello", type: "commit", id: "c1" }, 7n),
  },
  { what: "a delete by properties", told: "deleted", change: ({ engine }) => engine.deleteByProperties("ci", { a: "1" }) },
];

describe.each(changes)("an observer of $what", ({ told, change }) => {
  it("is told before anything is written, and that it is stored only when it is on disk", async () => {
    const rig = new Rig();
    await rig.record();
    rig.happened.length = 0;
    const { write } = hold(rig);

    const changing = change(rig);
    await settle();
    expect(rig.happened).toEqual([told, "committed"]);

    write();
    await changing;
    expect(rig.happened).toEqual([told, "committed", "written", "stored"]);
    expect(rig.written.at(-1)?.keys).toContain(note.key);
  });

  it("is never told that what the disk refused is stored", async () => {
    const rig = new Rig();
    await rig.record();
    rig.happened.length = 0;
    const { refuse } = hold(rig);

    const refused = expect(change(rig)).rejects.toThrow(StorageError);
    await settle();
    refuse();
    await refused;

    expect(rig.happened).toEqual([told, "committed"]);
  });

  it("that gives nothing is not told that it is stored", async () => {
    const rig = new Rig();
    await rig.record();
    rig.happened.length = 0;
    rig.gives = nothing;

    await change(rig);

    expect(rig.happened).toEqual([told, "committed", "written"]);
  });
});

describe("an observer's events", () => {
  it("go with the batch of its changes, and are reason enough to tell it", async () => {
    const rig = new Rig();
    rig.gives = { changes: [], events: [event] };

    await rig.record();

    expect(rig.written.map(({ events }) => events)).toEqual([[event]]);
    expect(rig.happened.at(-1)).toBe("stored");
  });
});
