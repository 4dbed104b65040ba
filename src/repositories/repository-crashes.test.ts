import { MemoryLevel } from "memory-level";
import { describe, expect, it } from "vitest";
import type { FakeRepositoryHost } from "../../test/support/fake-repository-host.js";
import { dumpDevinfo, placeText, type DatabaseRecords } from "../../test/support/devinfo-dump.js";
import { settle } from "../../test/support/manual-clock.js";
import { createRepositoriesRig, type RepositoriesRig } from "../../test/support/repositories-rig.js";
import { StorageError } from "../core/errors.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";

type Moment = "before it is written" | "after it was written";

/** Ends the process, as far as the store sees it, at one batch: that one and all later ones fail. */
function crashAt(batch: number, moment: Moment): (unitOfWork: UnitOfWork) => UnitOfWork {
  let batches = 0;
  return (unitOfWork) => ({
    async commit(changes) {
      if (changes.length === 0) return;
      batches += 1;
      if (batches === batch && moment === "after it was written") await unitOfWork.commit(changes);
      if (batches >= batch) throw new StorageError("The process is gone");
      await unitOfWork.commit(changes);
    },
  });
}

/** Everything that is stored, without what time and the number of runs leave in it. */
async function contentOf(database: RepositoriesRig["database"]): Promise<unknown> {
  const entries = await database.iterator().all();
  const kept = entries.filter(([key]) => !key.startsWith("!git-integrations!") && !key.startsWith("!devinfo!"));
  const stored = kept.map(([key, value]) => [key, key.includes("!counted ") ? "" : withoutTimes(value)]).sort();
  return { stored, devinfo: devinfoIn(entries) };
}

/** Without handles, and without the order in which things came. */
function devinfoIn(entries: DatabaseRecords): unknown {
  const { repositories, entities, ...others } = dumpDevinfo(entries);
  const shown = [
    ...repositories.map(({ repositoryId, json }) => [repositoryId, withoutTimes(json)]),
    ...entities.map((entity) => [placeText(entity), withoutTimes(entity.json)]),
  ];
  return { shown: shown.sort(), ...others };
}

function withoutTimes(value: string): unknown {
  if (!value.startsWith("{")) return /^\d+$/.test(value) ? "a time" : value;
  const times = ["updateSequenceId", "sequence", "lastIndexedAt", "generation"];
  // Written by the stores: JSON.
  return JSON.parse(value, (name, member: unknown) => (times.includes(name) ? 0 : member)) as unknown;
}

interface Story {
  readonly name: string;
  /** What has happened before the process begins that crashes. */
  readonly before?: (rig: RepositoriesRig) => Promise<void>;
  /** What it does. */
  readonly act: (rig: RepositoriesRig) => Promise<unknown>;
}

function fill(host: FakeRepositoryHost): void {
  const repository = host.add("octo/hello");
  repository.commit(10, "PLAY-{n} opens the door");
  repository.branch("PLAY-1");
  repository.branch("PLAY-2");
  repository.tag("v1");
  repository.pull("1", { title: "PLAY-3" });
  host.add("octo/web").commit(2, "WEB-{n}");
}

function change(host: FakeRepositoryHost): void {
  const repository = host.repositories.get("octo/hello");
  repository?.commit(10, "PLAY-{n} more");
  repository?.deleteBranch("PLAY-2");
  repository?.pull("1", { title: "PLAY-9 now" });
  host.repositories.delete("octo/web");
  host.add("octo/new").commit(1, "NEW-1");
}

async function readThenChange(rig: RepositoriesRig): Promise<void> {
  await rig.start();
  change(rig.host);
}

const stories: readonly Story[] = [
  { name: "the first run", act: () => Promise.resolve() },
  { name: "a run over what changed", before: readThenChange, act: () => Promise.resolve() },
  {
    name: "a run from the beginning",
    before: readThenChange,
    act: (rig) => rig.index.reindex(undefined, 1),
  },
  { name: "the removal of an integration", before: (rig) => rig.start(), act: (rig) => rig.integrations.remove(1) },
];

/** Lets the story happen, with a crash, and lets the next process end it. */
async function play(story: Story, crash: { readonly batch: number; readonly moment: Moment } | undefined) {
  const database = new MemoryLevel<string, string>();
  const first = createRepositoriesRig({ database });
  const { host } = first;
  fill(host);
  await first.integrations.add("GitHub");
  await story.before?.(first);
  await first.index.stop();

  const second = createRepositoriesRig({
    database,
    host,
    ...(crash === undefined ? {} : { decorate: crashAt(crash.batch, crash.moment) }),
  });
  await story.act(second).catch(() => undefined);
  second.begin();
  await second.clock.advance(2_000);
  for (let turns = 0; turns < 10; turns += 1) await settle();
  await second.index.stop();

  const third = createRepositoriesRig({ database, host });
  // Nobody got an answer where the removal itself crashed: it is asked for again.
  if (story.name.startsWith("the removal")) await third.integrations.remove(1);
  await third.start();
  await third.clock.advance(60_000);
  await third.quiet();
  await third.index.stop();
  return { batches: second.commits(), content: await contentOf(database), repositories: await third.index.list() };
}

describe.each(stories)("a crash during $name", (story) => {
  it.each<Moment>(["before it is written", "after it was written"])("loses and doubles nothing, at any batch, %s", async (moment) => {
    const expected = await play(story, undefined);
    expect(expected.batches).toBeGreaterThan(2);

    for (let batch = 1; batch <= expected.batches; batch += 1) {
      const { content, repositories } = await play(story, { batch, moment });

      const shown = (each: readonly { readonly counts: unknown; readonly name: string }[]) =>
        each.map(({ name, counts }) => [name, counts]);
      expect([batch, shown(repositories)]).toEqual([batch, shown(expected.repositories)]);
      expect([batch, content]).toEqual([batch, expected.content]);
    }
  });
});
