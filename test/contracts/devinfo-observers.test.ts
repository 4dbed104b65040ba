import { afterEach, describe, expect, it } from "vitest";
import { StorageError } from "../../src/core/errors.js";
import type { DevinfoEntry, DevinfoSubmission, SubmittedRepository } from "../../src/core/devinfo.js";
import type { SubmissionDetails } from "../../src/core/ports/devinfo.js";
import type { StoreChange } from "../../src/core/ports/unit-of-work.js";
import type { Database } from "../../src/storage/database.js";
import { DevinfoObserversRig, levelsOf } from "../support/devinfo-observers-rig.js";
import { commitEntry } from "../support/devinfo-outcomes.js";
import { FickleLevel } from "../support/forgetful-level.js";
import { RecordingLevel } from "../support/recording-level.js";

/*
 * What `DevinfoObserver` promises, held to every observer that the app wires, with the app's own engine, inbox and workers: what observers give
 * is in the batch of what it is about; where that is refused there is neither; where nothing is new there is nothing to store; and nobody acts
 * on anything before it is on disk.
 */

/** What each observer gives, by the stores that have it. Another observer has to be added here. */
const given = {
  report: ["devinfo-reports"],
  announcement: ["deliveries", "delivery", "inbox", "seen", "waiting"],
  copy: ["devinfo-forwards", "devinfo-forwards-bodies"],
  "smart commit": ["smart-commits"],
} as const;
const entityLevel = "devinfo";
const everyLevel = [entityLevel, ...Object.values(given).flat()].sort();
/** What comes of the first submission in the end. */
const everyEffect = ["comment on PLAY-1", "copy of hello", "message"];

const rigs: DevinfoObserversRig[] = [];

afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.stop()));
});

async function start(database: Database, options: Parameters<typeof DevinfoObserversRig.start>[1] = {}): Promise<DevinfoObserversRig> {
  const rig = await DevinfoObserversRig.start(database, options);
  rigs.push(rig);
  return rig;
}

/** A commit of which every observer has something to say. */
function tellingCommit(id = "c0ffee", changes = {}): DevinfoEntry {
  return commitEntry(id, { message: "PLAY-1 #comment Painted the door", authorTimestamp: "2026-01-01T00:00:00Z", ...changes });
}

function repository(entries: readonly DevinfoEntry[], id = "hello"): SubmittedRepository {
  return { id, updateSequenceId: 1n, json: JSON.stringify({ id, name: id, url: `https://git.example.org/octo/${id}` }), entries };
}

function submission(entries = [tellingCommit()], changes: Partial<DevinfoSubmission> = {}): DevinfoSubmission {
  return { provider: "ci", repositories: [repository(entries)], isBackfill: false, preventTransitions: false, ...changes };
}

/** As the API has it. */
function request({ repositories }: DevinfoSubmission): SubmissionDetails {
  const body = Buffer.from(JSON.stringify({ repositories: repositories.map(({ id }) => ({ id })) }));
  return { request: { body, refused: [], unknownIssueKeys: [] } };
}

function record(rig: DevinfoObserversRig, sent = submission()): Promise<unknown> {
  return rig.app.devinfo.record(sent, request(sent));
}

/** Notes what is committed from now on, each batch as the one who wrote it put it together. */
function noteCommits(rig: DevinfoObserversRig): (readonly StoreChange[])[] {
  const commits: (readonly StoreChange[])[] = [];
  rig.rig.disk.onCommit = (changes) => {
    commits.push(changes);
    return "taken";
  };
  return commits;
}

async function levelsIn(database: Database): Promise<readonly string[]> {
  const keys = await database.keys().all();
  return levelsOf(keys.map((key) => ({ key }))).filter((level) => everyLevel.includes(level));
}

async function untilAllCame(rig: DevinfoObserversRig, effects: readonly string[] = everyEffect): Promise<void> {
  await rig.until(() => rig.effects.length >= effects.length, "everything came of it");
  await rig.rest();
  expect(rig.effects).toEqual(effects);
}

describe("what observers give", () => {
  it("is in one batch with the entities, and is all that there is besides", async () => {
    const rig = await start(await RecordingLevel.open());
    const commits = noteCommits(rig);

    await record(rig);

    const [first = []] = commits;
    expect(levelsOf(first)).toEqual(everyLevel);
    await untilAllCame(rig);
    const later = commits.slice(1).filter((changes) => levelsOf(changes).includes(entityLevel));
    expect(later).toEqual([]);
  });

  it("is there after a crash where the entities are, and comes to what it comes to, once", async () => {
    const database = await RecordingLevel.open();
    const rig = await start(database);
    const before = database.batchCount;
    await record(rig);

    const crashes = [await database.crashedAfter(before), await database.crashedAfter(before + 1)];
    expect(await Promise.all(crashes.map(levelsIn))).toEqual([[], everyLevel]);

    // Nothing of the first process reaches the next one but what was stored.
    const [without, withAll] = [await start(crashes[0]!), await start(crashes[1]!)];
    await untilAllCame(withAll);
    await without.rest();
    expect(without.effects).toEqual([]);
  });

  it("is in the first batch where there is too much for one", async () => {
    const rig = await start(await RecordingLevel.open());
    const commits = noteCommits(rig);
    const large = Array.from({ length: 3 }, (_, index) =>
      commitEntry(`large${index}`, { issueKeys: ["NONE-1"], url: "u".repeat(1_500_000) }),
    );

    await record(rig, submission([tellingCommit(), ...large]));

    const written = commits.map(levelsOf).filter((levels) => levels.includes(entityLevel));
    expect(written.length).toBeGreaterThan(1);
    expect([written[0], ...new Set(written.slice(1).map(String))]).toEqual([everyLevel, entityLevel]);
  });

  it("of a delete is in the batch of the delete", async () => {
    const rig = await start(await RecordingLevel.open());
    await record(rig);
    await untilAllCame(rig);
    const commits = noteCommits(rig);

    await rig.app.devinfo.deleteRepository("ci", "hello", undefined, { request: { pathAndQuery: "/repository/hello" } });

    expect(levelsOf(commits[0] ?? [])).toEqual([entityLevel, ...given.report, "devinfo-forwards"].sort());
    await rig.until(() => rig.effects.includes("copy of /repository/hello"), "the delete is copied");
  });
});

describe("where the disk refuses", () => {
  it("there is neither, nothing comes of it, and the same submission gives everything once it is taken", async () => {
    const database = await FickleLevel.open();
    const rig = await start(database, { recover: database.untilRecovered });
    database.trouble = "refuses";

    await expect(record(rig)).rejects.toThrow(StorageError);
    await rig.rest();

    expect([await levelsIn(database), rig.effects]).toEqual([[], []]);
    await database.recover();
    await rig.rest();
    expect([await levelsIn(database), rig.effects]).toEqual([[], []]);
    await record(rig);
    await untilAllCame(rig);
    expect(await rig.app.devinfo.readRepository("ci", "hello")).toMatchObject({ entries: [{ id: "c0ffee" }] });
  });

  it("only seemingly, there are both, and what was given comes to what it comes to, once", async () => {
    const database = await FickleLevel.open();
    const rig = await start(database, { recover: database.untilRecovered });
    database.trouble = "seems-to-refuse";

    await expect(record(rig)).rejects.toThrow(StorageError);
    await rig.rest();
    expect(rig.effects).toEqual([]);
    await database.recover();

    await untilAllCame(rig);
    // Whoever was refused sends it again; the site is sent it as it came, and what is old to it is no news there either.
    await record(rig);
    await untilAllCame(rig, [...everyEffect, "copy of hello"].sort());
  });

  it("a delete, what it would have told is not told", async () => {
    const database = await FickleLevel.open();
    const rig = await start(database, { recover: database.untilRecovered });
    await record(rig);
    await untilAllCame(rig);
    const reports = await rig.app.reports.list({ limit: 10 });
    database.trouble = "refuses";

    const deleted = rig.app.devinfo.deleteRepository("ci", "hello", undefined, { request: { pathAndQuery: "/repository/hello" } });
    await expect(deleted).rejects.toThrow(StorageError);
    await database.recover();
    await rig.rest();

    expect(rig.effects).toEqual(everyEffect);
    expect(await rig.app.reports.list({ limit: 10 })).toEqual(reports);
    expect(await rig.app.devinfo.readRepository("ci", "hello")).toMatchObject({ entries: [{ id: "c0ffee" }] });
  });
});

describe("where there is nothing new", () => {
  const own = { provider: "git-integrations", skipsUnchanged: true } as const;

  it.each<{ what: string; again: DevinfoSubmission }>([
    { what: "the same", again: submission([tellingCommit()], own) },
    { what: "the same with a newer sequence", again: submission([tellingCommit("c0ffee", { updateSequenceId: 2 })], own) },
    {
      what: "something older",
      again: submission([tellingCommit("c0ffee", { updateSequenceId: 0, message: "PLAY-1 #comment Late" })], own),
    },
    { what: "no entity", again: submission([], own) },
  ])("nothing is stored, not even a note of it: $what that we read ourselves", async ({ again }) => {
    const rig = await start(await RecordingLevel.open());
    await rig.app.devinfo.record(submission([tellingCommit()], own));
    await untilAllCame(rig);
    const commits = noteCommits(rig);

    await rig.app.devinfo.record(again);
    await rig.rest();

    expect(commits.flat()).toEqual([]);
    expect(rig.effects).toEqual(everyEffect);
  });

  it("a request is reported and copied, and neither announced nor acted on", async () => {
    const rig = await start(await RecordingLevel.open());
    await record(rig);
    await untilAllCame(rig);
    const commits = noteCommits(rig);

    await record(rig);

    expect(levelsOf(commits[0] ?? [])).toEqual([...given.report, ...given.copy].sort());
    await untilAllCame(rig, [...everyEffect, "copy of hello"].sort());
  });

  it.each<{ what: string; sent: DevinfoSubmission }>([
    { what: "told afterwards", sent: submission([tellingCommit()], { isBackfill: true }) },
    {
      what: "of a project that no room asks for",
      sent: submission([commitEntry("c0ffee", { issueKeys: ["NONE-1"], message: "NONE-1 x" })]),
    },
  ])("for rooms and trackers they are given nothing: $what", async ({ sent }) => {
    const rig = await start(await RecordingLevel.open());
    const commits = noteCommits(rig);

    await record(rig, sent);

    expect(levelsOf(commits[0] ?? [])).toEqual([entityLevel, ...given.report, ...given.copy].sort());
    await untilAllCame(rig, ["copy of hello"]);
  });

  it("to delete, what somebody asked for is reported and copied, and what we do ourselves is not", async () => {
    const rig = await start(await RecordingLevel.open());
    const commits = noteCommits(rig);

    await rig.app.devinfo.deleteRepository("ci", "nobody");
    expect(commits.flat()).toEqual([]);

    await rig.app.devinfo.deleteRepository("ci", "nobody", undefined, { request: { pathAndQuery: "/repository/nobody" } });
    expect(levelsOf(commits.flat())).toEqual(["devinfo-forwards", ...given.report].sort());
  });
});

describe("before it is on disk", () => {
  it("nobody acts on it, though others that came later are through", async () => {
    const rig = await start(await RecordingLevel.open());
    let write = (): void => undefined;
    const written = new Promise<"taken">((resolve) => (write = () => resolve("taken")));
    rig.rig.disk.onCommit = (changes) => (changes.some(({ key }) => key.includes("c0ffee")) ? written : "taken");
    let isAnswered = false;

    const first = record(rig).then(() => (isAnswered = true));
    await rig.rest();
    const fence = repository([tellingCommit("beef", { issueKeys: ["PLAY-2"], message: "PLAY-2 #comment Painted the fence" })], "fence");
    await record(rig, submission([], { provider: "other", repositories: [fence] }));
    await rig.until(() => rig.effects.length >= 3, "the second one came");
    await rig.rest();

    expect([isAnswered, rig.effects]).toEqual([false, ["comment on PLAY-2", "copy of fence", "message"]]);
    expect(await rig.app.devinfo.readRepository("ci", "hello")).toBeUndefined();

    write();
    await first;
    await untilAllCame(rig, ["comment on PLAY-1", "comment on PLAY-2", "copy of fence", "copy of hello", "message", "message"]);
  });
});
