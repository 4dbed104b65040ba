import { describe, expect, it } from "vitest";
import { branchEntry, commitEntry, outcomeOf, pullEntry, recorded, submissionOf } from "../../test/support/devinfo-outcomes.js";
import type { Connection } from "../core/connection.js";
import type { DevinfoEntityType, DevinfoEntry, DevinfoSubmission } from "../core/devinfo.js";
import type { DevinfoOutcome, SubmissionDetails } from "../core/ports/devinfo.js";
import type { RemoteEvent } from "../core/remote-event.js";
import { devinfoCardOf, type DevinfoCard } from "../vocabulary/devinfo-card.js";
import { createDevinfoAnnouncements } from "./announcements.js";
import type { RoomDirectory } from "./asking-rooms.js";

/** What rooms ask for, by project. */
type Wishes = Readonly<Record<string, readonly DevinfoEntityType[]>>;

const everything: readonly DevinfoEntityType[] = ["commit", "branch", "pull_request"];

interface Rig {
  readonly directory: RoomDirectory;
  readonly lookedUp: string[];
}

function rigOf(wishes: Wishes, { isFirstReading = false, kindId = "project" } = {}): Rig {
  const lookedUp: string[] = [];
  return {
    lookedUp,
    directory: {
      kinds: [
        {
          ...{ serviceId: "tracker", kindId: "project" },
          issueKeys: {
            routingKey: (project) => `issues of ${project}`,
            // Put there below.
            announced: (state) => state["devinfo"] as readonly DevinfoEntityType[],
          },
        },
      ],
      byRoutingKey(_serviceId, key) {
        lookedUp.push(key);
        const devinfo = wishes[key.replace("issues of ", "")];
        // Nothing else is read.
        return devinfo === undefined ? [] : [{ kindId, state: { devinfo } } as unknown as Connection];
      },
      isFirstReading: () => isFirstReading,
    },
  };
}

async function eventOf(
  wishes: Wishes | Rig,
  outcome: DevinfoOutcome,
  { about = {}, ...given }: Partial<DevinfoSubmission> & { readonly about?: SubmissionDetails } = {},
): Promise<RemoteEvent | undefined> {
  const { directory } = "directory" in wishes ? (wishes as Rig) : rigOf(wishes);
  const echo = await createDevinfoAnnouncements(directory).recorded?.(submissionOf(outcome, given), outcome, about);
  expect(echo?.changes).toEqual([]);
  expect(echo?.events?.length ?? 0).toBeLessThanOrEqual(1);
  return echo?.events?.[0]?.event;
}

async function cardOf(...args: Parameters<typeof eventOf>): Promise<DevinfoCard | undefined> {
  const event = await eventOf(...args);
  return event && devinfoCardOf(event);
}

function told({ issueKeys, entities }: DevinfoCard): readonly (readonly [DevinfoEntityType, string, ...(string | undefined)[]])[] {
  return entities.map(({ type, words, issues }) => [type, words?.label ?? "", ...issues.map((place) => issueKeys[place])]);
}

describe("an announcement", () => {
  it("holds what is new, the newest first, for the rooms of the projects", async () => {
    const outcome = outcomeOf({
      hello: [
        recorded(commitEntry("aaaaaaa1", { authorTimestamp: "2026-01-01T00:00:00Z" })),
        recorded(pullEntry("7", { issueKeys: ["PLAY-1", "OPS-2"], lastUpdate: "2026-01-03T00:00:00Z", updateSequenceId: 5 })),
      ],
      other: [recorded(branchEntry("b", { issueKeys: ["OPS-2"] }))],
    });

    const event = await eventOf({ PLAY: everything, OPS: everything }, outcome, { about: { instance: "main" } });

    expect(event?.routingKeys).toEqual(["issues of PLAY", "issues of OPS"]);
    expect(event && devinfoCardOf(event)).toEqual({
      instance: "main",
      issueKeys: ["PLAY-1", "OPS-2"],
      repositories: [
        { name: "hello", url: "https://git.example.org/octo/hello", teller: expect.stringMatching(/^[\w-]{22}$/) },
        { name: "other", url: "https://git.example.org/octo/other", teller: expect.any(String) },
      ],
      entities: [
        {
          ...{ type: "pull_request", sameness: expect.stringMatching(/^p/), repository: 0, issues: [0, 1], sequence: "5", status: "OPEN" },
          happenedAt: Date.UTC(2026, 0, 3),
          words: { label: "#7", title: "PLAY-1 7", author: "Ann Lee", url: "https://git.example.org/octo/hello/pull/7" },
        },
        expect.objectContaining({ type: "commit", repository: 0, issues: [0] }),
        expect.objectContaining({ type: "branch", repository: 1, issues: [1], happenedAt: 0 }),
      ],
    });
  });

  it.each<[string, Parameters<typeof eventOf>]>([
    ["no room asks", [{}, outcomeOf({ hello: [recorded(commitEntry("a"))] })]],
    ["the rooms ask for something else", [{ PLAY: ["branch"] }, outcomeOf({ hello: [recorded(commitEntry("a"))] })]],
    ["it is told afterwards", [{ PLAY: everything }, outcomeOf({ hello: [recorded(commitEntry("a"))] }), { isBackfill: true }]],
    ["it is not newer", [{ PLAY: everything }, outcomeOf({ hello: [recorded(commitEntry("a"), commitEntry("a"), "older")] })]],
    ["it was deleted", [{ PLAY: everything }, outcomeOf({ hello: [recorded(commitEntry("a"), undefined, "deleted")] })]],
    ["it is as it was", [{ PLAY: everything }, outcomeOf({ hello: [recorded(commitEntry("a"), commitEntry("a"), "unchanged")] })]],
    [
      "only its sequence is newer",
      [{ PLAY: everything }, outcomeOf({ hello: [recorded(commitEntry("a", { updateSequenceId: 2 }), commitEntry("a"))] })],
    ],
    ["there is nothing in it", [{ PLAY: everything }, outcomeOf({ hello: [] })]],
    [
      "no Jira has such a key",
      [{ PLAY: everything }, outcomeOf({ hello: [recorded(commitEntry("a", { issueKeys: [`PLAY-${"1".repeat(200)}`] }))] })],
    ],
  ])("is none where %s", async (_what, args) => {
    expect(await eventOf(...args)).toBeUndefined();
  });

  it("is none where the key is that of another kind of connection", async () => {
    expect(
      await eventOf(rigOf({ PLAY: everything }, { kindId: "other" }), outcomeOf({ hello: [recorded(commitEntry("a"))] })),
    ).toBeUndefined();
  });

  it.each<[string, DevinfoEntry, DevinfoEntry, readonly string[]]>([
    ["a commit's message", commitEntry("a", { message: "new" }), commitEntry("a", { message: "old" }), ["PLAY-1"]],
    ["a branch's name", branchEntry("a", { name: "new" }), branchEntry("a", { name: "old" }), ["PLAY-1"]],
    ["a pull request's status", pullEntry("7", { status: "MERGED" }), pullEntry("7"), ["PLAY-1"]],
    ["a pull request's title", pullEntry("7", { title: "new" }), pullEntry("7"), ["PLAY-1"]],
    ["the issues, of which the new ones hear", pullEntry("7", { issueKeys: ["PLAY-1", "PLAY-2"] }), pullEntry("7"), ["PLAY-2"]],
    ["all issues", pullEntry("7", { issueKeys: ["PLAY-2"] }), pullEntry("7"), ["PLAY-2"]],
  ])("tells that something that people see has changed: %s", async (_what, now, before, keys) => {
    const card = await cardOf({ PLAY: everything }, outcomeOf({ hello: [recorded(now, before)] }));

    expect(card && told(card).map(([, , ...issues]) => issues)).toEqual([keys]);
  });

  it.each<[string, DevinfoEntry, DevinfoEntry]>([
    ["a branch's last commit", branchEntry("a", { lastCommit: { id: "new" } }), branchEntry("a")],
    ["a pull request's comments", pullEntry("7", { commentCount: 5, lastUpdate: "2026-02-02T00:00:00Z" }), pullEntry("7")],
    ["an issue that is not named any more", pullEntry("7"), pullEntry("7", { issueKeys: ["PLAY-1", "PLAY-2"] })],
    ["an issue of a project that nobody asks about", pullEntry("7", { issueKeys: ["PLAY-1", "ELSE-2"] }), pullEntry("7")],
  ])("does not tell of what people do not see: %s", async (_what, now, before) => {
    expect(await eventOf({ PLAY: everything }, outcomeOf({ hello: [recorded(now, before)] }))).toBeUndefined();
  });

  it("looks each project up once, and reads nothing of what nobody asks for", async () => {
    const rig = rigOf({});
    const broken = { ...commitEntry("a"), json: "{", issueKeys: ["PLAY-1", "PLAY-2", "OPS-1"] };

    await eventOf(rig, outcomeOf({ hello: Array.from({ length: 500 }, () => recorded(broken)) }));

    expect(rig.lookedUp).toEqual(["issues of PLAY", "issues of OPS"]);
  });

  it("looks no project up for what is told afterwards, or was not stored", async () => {
    const rig = rigOf({ PLAY: everything });

    await eventOf(rig, outcomeOf({ hello: [recorded(commitEntry("a"))] }), { isBackfill: true });
    await eventOf(rig, outcomeOf({ hello: [recorded(commitEntry("a"), commitEntry("a"), "older")] }));

    expect(rig.lookedUp).toEqual([]);
  });

  it("is made for every project while rooms are read for the first time, and nobody is looked up", async () => {
    const rig = rigOf({}, { isFirstReading: true });

    const event = await eventOf(rig, outcomeOf({ hello: [recorded(commitEntry("a", { issueKeys: ["PLAY-1", "OPS-1"] }))] }));

    expect(event?.routingKeys).toEqual(["issues of PLAY", "issues of OPS"]);
    expect(rig.lookedUp).toEqual([]);
  });
});

describe("an announcement of very much", () => {
  it("has words for the newest of each project and type, and the names of all", async () => {
    const commits = Array.from({ length: 990 }, (_, index) =>
      recorded(commitEntry(`${index}`, { authorTimestamp: new Date(Date.UTC(2026, 0, 1) + index * 1_000).toISOString() })),
    );
    const others = [recorded(commitEntry("x", { issueKeys: ["OPS-1"] })), recorded(pullEntry("7"))];

    const card = await cardOf({ PLAY: everything, OPS: everything }, outcomeOf({ hello: [...commits, ...others] }));

    const worded = card?.entities.filter(({ words }) => words !== undefined) ?? [];
    expect(card?.entities).toHaveLength(992);
    expect(new Set(card?.entities.map(({ sameness }) => sameness)).size).toBe(992);
    expect(worded).toHaveLength(22);
    expect(worded.map(({ words }) => words?.label)).toEqual(expect.arrayContaining(["989", "970", "x", "#7"]));
  });

  it("stays small, however long its texts", async () => {
    const long = "x".repeat(1_000);
    const keys = Array.from({ length: 500 }, (_, index) => `P${index % 100}-${index}${"9".repeat(80)}`);
    const wishes = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`P${index}`, everything]));
    const commits = Array.from({ length: 1_000 }, (_, index) =>
      recorded(
        commitEntry(`${index}`, {
          message: long,
          displayId: long,
          url: `https://x.example/${"y".repeat(1_900)}`,
          author: { name: long },
          issueKeys: keys,
        }),
      ),
    );

    const card = await cardOf(wishes, outcomeOf({ hello: commits }, { name: long }));

    expect(JSON.stringify(card).length).toBeLessThan(200_000);
    expect(card?.entities[0]?.words).toEqual({ label: `${"x".repeat(100)}…`, title: `${"x".repeat(160)}…`, author: `${"x".repeat(100)}…` });
  });

  it("names one issue of as many projects as can be", async () => {
    const keys = [...Array.from({ length: 30 }, (_, index) => `PLAY-${index}`), "OPS-1"];

    const card = await cardOf(
      { PLAY: everything, OPS: everything },
      outcomeOf({ hello: [recorded(commitEntry("a", { issueKeys: keys }))] }),
    );

    expect(card?.issueKeys).toHaveLength(20);
    expect(card?.issueKeys).toEqual(expect.arrayContaining(["OPS-1", "PLAY-0"]));
  });

  it("looks up a thousand projects and no more", async () => {
    const rig = rigOf({});
    const entries = Array.from({ length: 10 }, (_, index) =>
      recorded(commitEntry(`${index}`, { issueKeys: Array.from({ length: 500 }, (_unused, key) => `P${index}X${key}-1`) })),
    );

    await eventOf(rig, outcomeOf({ hello: entries }));

    expect(rig.lookedUp).toHaveLength(1_000);
  });
});
