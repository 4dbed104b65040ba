import { MemoryLevel } from "memory-level";
import { expect, it } from "vitest";
import type { DevinfoSubmission } from "../../src/core/devinfo.js";
import { silentLog } from "../../src/shared/log.js";
import { systemClock } from "../../src/shared/clock.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createDevinfoStore } from "../../src/storage/stores/devinfo-store.js";
import { createDevinfo, type DevinfoEngine } from "../../src/devinfo/create-devinfo.js";

const database = (): MemoryLevel<string, string> => new MemoryLevel<string, string>();

/** What a start with this data folder gives. */
function start(on: MemoryLevel<string, string>): DevinfoEngine {
  const work = new GroupCommit({ database: on, location: "memory", recover: () => Promise.resolve() });
  return createDevinfo({
    ...{ store: createDevinfoStore(on), observers: [], clock: systemClock, log: silentLog() },
    commit: (changes) => work.commit(changes),
  });
}

function submission(provider: string, ...ids: readonly string[]): DevinfoSubmission {
  const repositories = ids.map((id) => ({ id, updateSequenceId: 1n, json: `{"id":"${id}","name":"x","url":"x"}`, entries: [] }));
  return { provider, repositories, isBackfill: false, preventTransitions: false };
}

it("a provider stays bound to what it was bound to last, over restarts and under another name", async () => {
  const folder = database();
  await start(folder).record(submission("ci", "r1"), { instance: "main jira" });
  await start(folder).record(submission("other", "r1"));

  const devinfo = start(folder);

  expect(await devinfo.instanceOf("ci")).toBe("main jira");
  expect(await devinfo.instanceOf("other")).toBeUndefined();
  expect(await devinfo.instanceOf("nobody")).toBeUndefined();
  await devinfo.renameProvider("ci", "tool");
  expect([await devinfo.instanceOf("ci"), await devinfo.instanceOf("tool")]).toEqual([undefined, "main jira"]);
  expect(await start(folder).instanceOf("tool")).toBe("main jira");
});

it("a provider is bound otherwise by what is sent next, even where nothing of it is new", async () => {
  const folder = database();
  const devinfo = start(folder);
  await devinfo.record(submission("ci", "r1"), { instance: "main" });

  await devinfo.record(submission("ci", "r1"), { instance: "second" });
  expect(await start(folder).instanceOf("ci")).toBe("second");

  await devinfo.record(submission("ci", "r1"));
  expect(await devinfo.instanceOf("ci")).toBeUndefined();
  expect(await start(folder).instanceOf("ci")).toBeUndefined();
});

it("a provider whose first submission had nothing good in it is bound by the next one", async () => {
  const folder = database();
  const devinfo = start(folder);

  await devinfo.record(submission("ci"), { instance: "main" });
  expect(await start(folder).providers()).toEqual([]);

  await devinfo.record(submission("ci", "r1"), { instance: "main" });
  expect(await start(folder).instanceOf("ci")).toBe("main");
});
