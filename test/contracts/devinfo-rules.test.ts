import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DevinfoRig, type ReadRepository } from "../support/devinfo-rig.js";
import { branch, bulk, commit, hash, pullRequest, repository, type Sent } from "../support/devinfo-samples.js";

// What the Development Information API does with what it was sent, over HTTP and down to the store.

const day = 24 * 60 * 60 * 1_000;

let rig: DevinfoRig;

beforeEach(() => {
  rig = new DevinfoRig();
});

afterEach(() => rig.stop());

function ids(entities: readonly { readonly id: string }[]): readonly string[] {
  return entities.map(({ id }) => id);
}

function messageOf({ commits }: ReadRepository, id: string): unknown {
  return commits.find((one) => one.id === id)?.["message"];
}

describe("a submission", () => {
  it("can be read as soon as it is answered, each part with all fields that it was sent with", async () => {
    const sent = {
      ...repository("hello", 5, {
        description: "Says hello",
        forkOf: "world",
        avatar: "https://git.example.org/a.png",
        avatarDescription: "A",
      }),
      commits: [
        commit("c1", 1, {
          ...{ hash: "c1", flags: ["MERGE_COMMIT"] },
          files: [{ path: "src/a.ts", url: "https://git.example.org/a", changeType: "ADDED", linesAdded: 3, linesRemoved: 0 }],
        }),
      ],
      branches: [branch("b1", 2, { createPullRequestUrl: "https://git.example.org/new" })],
      pullRequests: [
        pullRequest("7", 3, {
          ...{ sourceBranchUrl: "https://git.example.org/s", destinationBranchUrl: "https://git.example.org/d" },
          reviewers: [
            { name: "Bo", email: "bo@example.org", accountId: "1", url: "https://git.example.org/bo", approvalStatus: "APPROVED" },
          ],
        }),
      ],
    };

    const answer = await rig.store([sent]);

    expect(answer).toEqual({
      acceptedDevinfoEntities: { hello: { commits: ["c1"], branches: ["b1"], pullRequests: ["7"] } },
      failedDevinfoEntities: {},
      unknownIssueKeys: [],
    });
    expect(await rig.read("hello")).toEqual(sent);
  });

  it("replaces what is older, wholesale, and leaves alone what is as new or newer; both are accepted", async () => {
    await rig.store([repository("hello", 1, { commits: ["older", "equal", "newer"].map((id) => commit(id, 5, { hash: "h" })) })]);
    const again = [commit("older", 4), commit("equal", 5), commit("newer", 6, { issueKeys: ["PLAY-2"] })];

    const answer = await rig.store([repository("hello", 1, { commits: again.map((one) => ({ ...one, message: "PLAY-1 again" })) })]);

    expect(answer.acceptedDevinfoEntities["hello"]?.commits.toSorted()).toEqual(["equal", "newer", "older"]);
    const { commits } = await rig.read("hello");
    expect(commits.map(({ id, message, hash: kept, issueKeys }) => [id, message, kept, issueKeys])).toEqual(
      expect.arrayContaining([
        ["older", "PLAY-1 older", "h", ["PLAY-1"]],
        ["equal", "PLAY-1 equal", "h", ["PLAY-1"]],
        ["newer", "PLAY-1 again", undefined, ["PLAY-2"]],
      ]),
    );
  });

  it("compares the repository's record and its entities each for itself", async () => {
    await rig.store([repository("hello", 10, { name: "new name", commits: [commit("c1", 1)] })]);
    await rig.store([repository("hello", 9, { name: "old name", commits: [commit("c1", 2, { message: "PLAY-1 newer" })] })]);
    await rig.store([repository("hello", 11, { name: "newest name", commits: [commit("c1", 1, { message: "PLAY-1 late" })] })]);

    const read = await rig.read("hello");

    expect([read.name, read.updateSequenceId, messageOf(read, "c1")]).toEqual(["newest name", 11, "PLAY-1 newer"]);
  });

  it("removes nothing that it does not mention", async () => {
    await rig.store([repository("hello", 1, { commits: [commit("c1")], branches: [branch("b1")] })]);
    await rig.store([repository("hello", 2, { pullRequests: [pullRequest("1")] })]);

    const { commits, branches, pullRequests } = await rig.read("hello");

    expect([commits, branches, pullRequests].map(ids)).toEqual([["c1"], ["b1"], ["1"]]);
  });

  it("keeps a branch's last commit with the branch: it is no commit of the repository and competes with none", async () => {
    const lastCommit = commit("c1", 9, { message: "PLAY-1 as the branch has it" });
    await rig.store([repository("hello", 1, { commits: [commit("c1", 1)], branches: [branch("b1", 1, { lastCommit })] })]);
    await rig.store([repository("other", 1, { branches: [branch("b1", 1, { lastCommit })] })]);

    const [read, other] = [await rig.read("hello"), await rig.read("other")];

    expect(messageOf(read, "c1")).toBe("PLAY-1 c1");
    expect(read.branches[0]?.["lastCommit"]).toEqual(lastCommit);
    expect(other.commits).toEqual([]);
  });

  it("has exact sequences up to the last int64, which no number of JavaScript holds", async () => {
    const text = (sequence: string, message: string): string =>
      JSON.stringify(bulk([repository("hello", 0, { commits: [commit("c1", 0, { message })] })])).replaceAll(
        '"updateSequenceId":0',
        `"updateSequenceId":${sequence}`,
      );
    await rig.storeText(text("9007199254740993", "PLAY-1 first"));
    await rig.storeText(text("9007199254740992", "PLAY-1 one less"));

    expect(messageOf(await rig.read("hello"), "c1")).toBe("PLAY-1 first");
    expect((await rig.call("GET", "repository/hello")).text.match(/"updateSequenceId":\d+/g)).toEqual([
      ...['"updateSequenceId":9007199254740993', '"updateSequenceId":9007199254740993'],
    ]);

    await rig.storeText(text("9007199254740994", "PLAY-1 one more"));
    expect(messageOf(await rig.read("hello"), "c1")).toBe("PLAY-1 one more");

    await rig.storeText(text("9223372036854775807", "PLAY-1 last"));
    expect(messageOf(await rig.read("hello"), "c1")).toBe("PLAY-1 last");
    expect((await rig.call("DELETE", "repository/hello?_updateSequenceId=9223372036854775806")).status).toBe(202);
    expect(messageOf(await rig.read("hello"), "c1")).toBe("PLAY-1 last");
    expect((await rig.call("DELETE", "repository/hello?_updateSequenceId=9223372036854775807")).status).toBe(202);
    expect((await rig.call("GET", "repository/hello")).status).toBe(404);
  });

  it("with one bad entity among 999 good ones stores those and names that", async () => {
    const commits = Array.from({ length: 1_000 }, (_, index) => commit(hash(index), 1, index === 500 ? { message: 7 } : {}));

    const answer = await rig.store([repository("hello", 1, { commits })]);

    expect(answer.acceptedDevinfoEntities["hello"]?.commits).toHaveLength(999);
    expect(answer.failedDevinfoEntities).toEqual({
      hello: {
        commits: [
          { id: hash(500), errorMessages: [{ message: expect.stringMatching(/^devInformation\.repository\.commit\.message\.invalid: /) }] },
        ],
      },
    });
    for (const index of [0, 499, 501, 999]) expect((await rig.entity("hello", "commit", hash(index)))?.id).toBe(hash(index));
    expect(await rig.entity("hello", "commit", hash(500))).toBeUndefined();
  });

  it("with a bad repository stores nothing of that one, and the others", async () => {
    const nameless = { ...repository("nameless", 1, { commits: [commit("c1")] }), name: undefined };

    const answer = await rig.store([repository("good", 1), nameless, repository("not an id", 1)]);

    expect(answer.acceptedDevinfoEntities).toEqual({ good: { commits: [], branches: [], pullRequests: [] } });
    expect(Object.keys(answer.failedDevinfoEntities)).toEqual(["nameless", "repositories[2]"]);
    expect(answer.failedDevinfoEntities["nameless"]?.errorMessages?.[0]?.message).toContain("devInformation.repository.name");
    expect((await rig.call("GET", "repository/nameless")).status).toBe(404);
    expect(ids((await rig.read("good")).commits)).toEqual([]);
  });

  it("fails an id that stands twice in one array, once; the same id in two arrays is two entities", async () => {
    const content = { commits: [commit("x", 1), commit("x", 2), commit("y")], branches: [branch("x")] };

    const answer = await rig.store([repository("hello", 1, content)]);

    expect(answer.acceptedDevinfoEntities["hello"]).toEqual({ commits: ["y"], branches: ["x"], pullRequests: [] });
    expect(answer.failedDevinfoEntities["hello"]?.commits?.map(({ id }) => id)).toEqual(["x"]);
  });

  it("names an entity without a usable id by its position", async () => {
    const commits = [commit("c1"), { ...commit("c2"), id: undefined }, { ...commit("c3"), id: "a/b" }];

    const answer = await rig.store([repository("hello", 1, { commits })]);

    expect(answer.failedDevinfoEntities["hello"]?.commits?.map(({ id }) => id)).toEqual(["commits[1]", "commits[2]"]);
  });
});

describe("issue keys", () => {
  it("are stored in upper case, each once; those that do not fit and those of unknown projects are told", async () => {
    const keys = ["play-1", "PLAY-1", "Play-2", "<string>", "NOPE-3", "-4", "play2_x-5"];

    const answer = await rig.store([repository("hello", 1, { commits: [commit("c1", 1, { issueKeys: keys })] })]);

    expect(answer.acceptedDevinfoEntities["hello"]?.commits).toEqual(["c1"]);
    expect(answer.unknownIssueKeys.toSorted()).toEqual(["-4", "<string>", "NOPE-3", "PLAY2_X-5"].toSorted());
    expect((await rig.read("hello")).commits[0]?.["issueKeys"]).toEqual(["PLAY-1", "PLAY-2", "NOPE-3", "PLAY2_X-5"]);
  });

  it.each([
    { what: "none", changes: { issueKeys: [] } },
    { what: "none that fits", changes: { issueKeys: ["<string>", "1-PLAY"] } },
    { what: "over 500", changes: { issueKeys: Array.from({ length: 501 }, (_, index) => `PLAY-${index + 1}`) } },
    { what: "no list of keys", changes: { issueKeys: "PLAY-1" } },
  ])("fail their entity with $what", async ({ changes }) => {
    const answer = await rig.store([repository("hello", 1, { commits: [commit("c1", 1, changes)] })]);

    expect(answer.failedDevinfoEntities["hello"]?.commits?.[0]?.errorMessages[0]?.message).toMatch(
      /^devInformation\.repository\.commit\.issueKeys/,
    );
  });

  it("may come as associations, but not in both forms", async () => {
    const associations = [{ associationType: "issueIdOrKeys", values: ["PLAY-7"] }];
    const commits = [
      { ...commit("new", 1, { associations }), issueKeys: undefined },
      commit("both", 1, { associations }),
      { ...commit("neither"), issueKeys: undefined },
    ];

    const answer = await rig.store([repository("hello", 1, { commits })]);

    expect(answer.acceptedDevinfoEntities["hello"]?.commits).toEqual(["new"]);
    expect(answer.failedDevinfoEntities["hello"]?.commits?.map(({ id, errorMessages: [first] }) => [id, first?.message])).toEqual([
      ["both", expect.stringContaining("devInformation.repository.commit.issueKeysOrAssociationsOrNone.invalid")],
      ["neither", expect.stringMatching(/^devInformation\.repository\.commit\./)],
    ]);
  });

  it("find their entities, newest first, whoever sent them; a replaced entity is found by its new keys only", async () => {
    const at = (hour: number): Sent => ({ authorTimestamp: `2026-01-31T0${hour}:00:00Z` });
    await rig.store([repository("hello", 1, { commits: [commit("c1", 1, at(1)), commit("c2", 1, at(2))] })]);
    await rig.store([repository("world", 1, { commits: [commit("c3", 1, at(3))] })], {}, "other");
    expect(await rig.foundBy("PLAY-1")).toEqual(["other world commit c3", "ci hello commit c2", "ci hello commit c1"]);

    await rig.store([repository("hello", 1, { commits: [commit("c2", 2, { issueKeys: ["PLAY-9"], ...at(2) })] })]);

    expect(await rig.foundBy("PLAY-1")).toEqual(["other world commit c3", "ci hello commit c1"]);
    expect(await rig.foundBy("PLAY-9")).toEqual(["ci hello commit c2"]);
  });
});

describe("reading a repository", () => {
  it("gives the newest 400 of all kinds by sequence, then by when they were accepted", async () => {
    const commits = Array.from({ length: 300 }, (_, index) => commit(`c${index}`, 1_000 + index));
    const branches = Array.from({ length: 150 }, (_, index) => branch(`b${index}`, 500));
    await rig.store([repository("hello", 1, { branches: branches.slice(0, 60) })]);
    await rig.advance(1_000);
    await rig.store([repository("hello", 1, { branches: branches.slice(60) })]);
    await rig.store([repository("hello", 1, { commits, pullRequests: [pullRequest("1", 499)] })]);

    const read = await rig.read("hello");

    expect(ids(read.commits)).toEqual(ids(commits.map(({ id }) => ({ id: String(id) })).toReversed()));
    // Ninety were accepted later; ten of the others are left.
    const later = branches.slice(60).map(({ id }) => String(id));
    expect(ids(read.branches)).toEqual(expect.arrayContaining(later));
    expect([read.branches.length, read.pullRequests]).toEqual([100, []]);
  });

  it.each([
    { count: 399, left: [] },
    { count: 400, left: [] },
    { count: 401, left: ["c0"] },
  ])("gives of $count entities those that are not older than the newest 400", async ({ count, left }) => {
    const commits = Array.from({ length: count }, (_, index) => commit(`c${index}`, 1 + index));
    await rig.store([repository("hello", 1, { commits })]);

    const read = new Set(ids((await rig.read("hello")).commits));

    expect(commits.flatMap(({ id }) => (read.has(String(id)) ? [] : [id]))).toEqual(left);
    expect((await rig.entity("hello", "commit", "c0"))?.id).toBe("c0");
  });

  it("always has the three arrays, never properties, and leaves out what was null", async () => {
    await rig.store([repository("hello", 1, { description: null, commits: null })], { properties: { account: "1" } });

    expect(await rig.read("hello")).toEqual({ ...repository("hello", 1), commits: [], branches: [], pullRequests: [] });
  });

  it("keeps the empty issue keys of a branch's last commit", async () => {
    const lastCommit = commit("last", 1, { issueKeys: [] });

    await rig.store([repository("hello", 1, { branches: [branch("b1", 1, { lastCommit })] })]);

    expect((await rig.read("hello")).branches[0]?.["lastCommit"]).toEqual(lastCommit);
  });

  it("answers 404 for one that nobody sent", async () => {
    const answer = await rig.call("GET", "repository/nobody");

    expect([answer.status, answer.json()]).toEqual([404, { errorMessages: [{ message: expect.any(String) }] }]);
  });
});

describe("providers", () => {
  it("neither see nor delete each other's data; callers of one provider share theirs", async () => {
    await rig.store([repository("hello", 1, { commits: [commit("mine")] })], { properties: { account: "1" } });
    await rig.store([repository("hello", 5, { commits: [commit("theirs")] })], { properties: { account: "1" } }, "other");

    expect((await rig.call("DELETE", "bulkByProperties?account=1", { as: "other" })).status).toBe(202);

    expect((await rig.call("GET", "repository/hello", { as: "other" })).status).toBe(404);
    expect((await rig.call("GET", "existsByProperties?account=1", { as: "other" })).json()).toEqual({ hasDataMatchingProperties: false });
    expect(ids((await rig.read("hello")).commits)).toEqual(["mine"]);
    expect(ids((await rig.read("hello", "second")).commits)).toEqual(["mine"]);
  });
});

describe("properties", () => {
  const exists = async (query: string): Promise<unknown> => (await rig.call("GET", `existsByProperties?${query}`)).json();
  const yes = { hasDataMatchingProperties: true };
  const no = { hasDataMatchingProperties: false };

  it("are found where all given pairs are there, decoded", async () => {
    await rig.store([repository("hello", 1)], { properties: { account: "1 a*b", project: "A&B", grüße: "ä=1" } });

    expect(await exists("account=1+a*b&project=A%26B")).toEqual(yes);
    expect(await exists("account=1%20a%2Ab")).toEqual(yes);
    expect(await exists(`gr%C3%BC%C3%9Fe=${encodeURIComponent("ä=1")}`)).toEqual(yes);
    expect(await exists("account=1+a*b&project=B")).toEqual(no);
    expect(await exists("project=A")).toEqual(no);
    expect(await exists("nobody=1")).toEqual(no);
  });

  it("with a sequence are found where a repository or an entity is not newer", async () => {
    await rig.store([repository("hello", 20, { commits: [commit("c1", 10)] })], { properties: { account: "1" } });

    expect(await exists("account=1&_updateSequenceId=9")).toEqual(no);
    expect(await exists("account=1&_updateSequenceId=10")).toEqual(yes);
    expect(await exists("_updateSequenceId=20&account=1")).toEqual(yes);
  });

  it("are replaced by what is not older, cleared by none, and left by a request without them", async () => {
    await rig.store([repository("hello", 10)], { properties: { account: "1" } });
    await rig.store([repository("hello", 12)]);
    expect(await exists("account=1")).toEqual(yes);

    await rig.store([repository("hello", 9)], { properties: { account: "late" } });
    expect(await exists("account=late")).toEqual(no);

    await rig.store([repository("hello", 10)], { properties: { account: "2" } });
    expect([await exists("account=1"), await exists("account=2")]).toEqual([no, yes]);

    // The record is older; what is in it is not.
    await rig.store([repository("hello", 1, { commits: [commit("c1", 11)] })], { properties: { account: "3" } });
    expect([await exists("account=2"), await exists("account=3")]).toEqual([no, yes]);

    await rig.store([repository("hello", 13)], { properties: {} });
    expect(await exists("account=3")).toEqual(no);
  });

  it("delete every repository that has them all, with everything in it", async () => {
    const both = { account: "1", project: "a" };
    await rig.store([repository("one", 1, { commits: [commit("c1")] }), repository("two", 1)], { properties: both });
    await rig.store([repository("three", 1)], { properties: { account: "1", project: "b" } });

    const answer = await rig.call("DELETE", "bulkByProperties?project=a&account=1");

    expect([answer.status, answer.text]).toEqual([202, ""]);
    const statuses = await Promise.all(["one", "two", "three"].map(async (id) => (await rig.call("GET", `repository/${id}`)).status));
    expect(statuses).toEqual([404, 404, 200]);
    expect(await rig.foundBy("PLAY-1")).toEqual([]);
    expect([await exists("account=1&project=a"), await exists("account=1")]).toEqual([no, yes]);
  });

  it("with a sequence delete what is not newer, and keep late ones out of each repository", async () => {
    await rig.store([repository("hello", 5, { commits: [commit("old", 5), commit("new", 15)] })], { properties: { account: "1" } });

    await rig.call("DELETE", "bulkByProperties?account=1&_updateSequenceId=10");
    await rig.store([repository("hello", 10, { commits: [commit("late", 10), commit("later", 11)] })]);

    const read = await rig.read("hello");
    expect([ids(read.commits).toSorted(), read.updateSequenceId]).toEqual([["later", "new"], expect.any(Number)]);
  });

  it.each([
    { query: "", what: "none" },
    { query: "_updateSequenceId=1", what: "none but a sequence" },
    { query: "account=1&account=2", what: "one twice" },
    { query: "account=1&_updateSequenceId=x", what: "a sequence that is no number" },
    { query: "account=1&_updateSequenceId=9223372036854775808", what: "a sequence beyond int64" },
    { query: "account=1&_updateSequenceId=1.5", what: "a sequence that is no whole number" },
    { query: "account=1&_updateSequenceId=1&_updateSequenceId=1", what: "two sequences" },
    { query: "account=1&_other=1", what: "a name with a leading _" },
  ])("are refused in a query with $what", async ({ query }) => {
    const [looked, deleted] = [await rig.call("GET", `existsByProperties?${query}`), await rig.call("DELETE", `bulkByProperties?${query}`)];

    expect([looked.status, deleted.status]).toEqual([400, 400]);
    expect(looked.json()).toEqual({ errorMessages: [{ message: expect.any(String) }] });
  });
});

describe("deletes", () => {
  it("of a repository take everything of it, keys included", async () => {
    await rig.store([repository("hello", 1, { commits: [commit("c1")], branches: [branch("b1")] })], { properties: { account: "1" } });

    const answer = await rig.call("DELETE", "repository/hello");

    expect([answer.status, answer.text]).toEqual([202, ""]);
    expect((await rig.call("GET", "repository/hello")).status).toBe(404);
    expect(await rig.foundBy("PLAY-1")).toEqual([]);
    expect((await rig.call("GET", "existsByProperties?account=1")).json()).toEqual({ hasDataMatchingProperties: false });
  });

  it("with a sequence leave what is newer; the record then has the lowest sequence of it", async () => {
    const content = { commits: [commit("c5", 5), commit("c15", 15), commit("c12", 12)], branches: [branch("b10", 10)] };
    await rig.store([repository("hello", 8, content)], { properties: { account: "1" } });

    await rig.call("DELETE", "repository/hello?_updateSequenceId=10");

    const read = await rig.read("hello");
    expect([read.updateSequenceId, ids(read.commits), ids(read.branches)]).toEqual([12, ["c15", "c12"], []]);
    expect((await rig.call("GET", "existsByProperties?account=1&_updateSequenceId=10")).json()).toEqual({
      hasDataMatchingProperties: false,
    });
    expect((await rig.call("GET", "existsByProperties?account=1")).json()).toEqual({ hasDataMatchingProperties: true });
  });

  it.each([
    { path: "repository/hello/commit/x", left: [[], ["x"], ["x"]] },
    { path: "repository/hello/branch/x", left: [["x"], [], ["x"]] },
    { path: "repository/hello/pull_request/x", left: [["x"], ["x"], []] },
    { path: "repository/hello/commit/x?_updateSequenceId=4", left: [["x"], ["x"], ["x"]] },
    { path: "repository/hello/commit/x?_updateSequenceId=5", left: [[], ["x"], ["x"]] },
    { path: "repository/hello/commit/nobody", left: [["x"], ["x"], ["x"]] },
    { path: "repository/nobody/commit/x", left: [["x"], ["x"], ["x"]] },
    { path: "repository/nobody", left: [["x"], ["x"], ["x"]] },
  ])("of one entity take that one: $path", async ({ path, left }) => {
    await rig.store([
      repository("hello", 1, { commits: [commit("x", 5)], branches: [branch("x", 5)], pullRequests: [pullRequest("x", 5)] }),
    ]);

    const answer = await rig.call("DELETE", path);

    expect([answer.status, answer.text]).toEqual([202, ""]);
    const { commits, branches, pullRequests } = await rig.read("hello");
    expect([commits, branches, pullRequests].map(ids)).toEqual(left);
  });

  it("take an id that is percent-encoded, decoded once", async () => {
    await rig.store([repository("a~b", 1, { commits: [commit("x.y~z")] })]);

    await rig.call("DELETE", "repository/a%7Eb/commit/x%2Ey%7Ez");

    expect((await rig.read("a~b")).commits).toEqual([]);
    expect((await rig.call("GET", "repository/a%257Eb")).status).toBe(404);
  });

  it.each(["repository/hello/tag/x", "repository/hello/commits/x", "repository/hello/Commit/x"])(
    "refuse what is no type: %s",
    async (path) => {
      expect((await rig.call("DELETE", path)).status).toBe(400);
    },
  );

  it.each([
    "repository/hello?_updateSequenceId=x",
    "repository/hello/commit/x?_updateSequenceId=",
    "repository/hello?_updateSequenceId=1e3",
  ])("refuse a sequence that is no int64: %s", async (path) => {
    expect((await rig.call("DELETE", path)).status).toBe(400);
  });

  it("with a sequence keep late ones out for a day, those never seen too", async () => {
    await rig.store([repository("hello", 1, { commits: [commit("c1", 1)] })]);
    await rig.call("DELETE", "repository/hello?_updateSequenceId=10");

    const answer = await rig.store([repository("hello", 10, { commits: [commit("c1", 10), commit("c2", 9)] })]);

    expect(answer.acceptedDevinfoEntities["hello"]?.commits.toSorted()).toEqual(["c1", "c2"]);
    expect((await rig.call("GET", "repository/hello")).status).toBe(404);
    expect(await rig.foundBy("PLAY-1")).toEqual([]);

    await rig.advance(day - 60_000);
    await rig.store([repository("hello", 10, { commits: [commit("c1", 10)] })]);
    expect((await rig.call("GET", "repository/hello")).status).toBe(404);

    await rig.advance(120_000);
    await rig.store([repository("hello", 10, { commits: [commit("c1", 10)] })]);
    expect(ids((await rig.read("hello")).commits)).toEqual(["c1"]);
  });

  it("keep out what is late of one entity, and nothing else", async () => {
    await rig.store([repository("hello", 1, { commits: [commit("c1", 1), commit("c2", 1)] })]);
    await rig.call("DELETE", "repository/hello/commit/c1?_updateSequenceId=10");

    await rig.store([repository("hello", 2, { commits: [commit("c1", 10), commit("c2", 10)], branches: [branch("c1", 5)] })]);
    const read = await rig.read("hello");
    expect([ids(read.commits), ids(read.branches), messageOf(read, "c2")]).toEqual([["c2"], ["c1"], "PLAY-1 c2"]);

    await rig.store([repository("hello", 2, { commits: [commit("c1", 11)] })]);
    expect(ids((await rig.read("hello")).commits).toSorted()).toEqual(["c1", "c2"]);
  });

  it("without a sequence keep nothing out, and let in nothing that an earlier one keeps out", async () => {
    await rig.store([repository("hello", 5, { commits: [commit("c1", 5)] })]);
    await rig.call("DELETE", "repository/hello");
    await rig.store([repository("hello", 5, { commits: [commit("c1", 5)] })]);
    expect(ids((await rig.read("hello")).commits)).toEqual(["c1"]);

    await rig.call("DELETE", "repository/hello?_updateSequenceId=10");
    await rig.call("DELETE", "repository/hello");
    await rig.call("DELETE", "repository/hello?_updateSequenceId=3");
    await rig.store([repository("hello", 10, { commits: [commit("c1", 10)] })]);
    expect((await rig.call("GET", "repository/hello")).status).toBe(404);
  });

  it("let newer entities in whose repository's record is late: it then has their lowest sequence", async () => {
    await rig.call("DELETE", "repository/hello?_updateSequenceId=10");

    await rig.store([repository("hello", 10, { commits: [commit("c12", 12), commit("c11", 11), commit("c10", 10)] })]);

    const read = await rig.read("hello");
    expect([read.updateSequenceId, ids(read.commits)]).toEqual([11, ["c12", "c11"]]);
  });
});

describe("a request", () => {
  const long = (length: number): string => "x".repeat(length);
  const six = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`p${index}`, "1"]));

  it.each([
    { what: "no JSON", body: "{", status: 400 },
    { what: "a list", body: "[]", status: 400 },
    { what: "nothing", body: "", status: 400 },
    { what: "no repositories", body: {}, status: 400 },
    { what: "repositories that are no list", body: { repositories: {} }, status: 400 },
    { what: "an empty list of repositories", body: bulk([]), status: 400 },
    { what: "101 repositories", body: bulk(Array.from({ length: 101 }, (_, index) => repository(`r${index}`))), status: 400 },
    { what: "a repository twice", body: bulk([repository("a"), repository("b"), repository("a")]), status: 400 },
    { what: "six properties", body: bulk([repository("a")], { properties: six }), status: 400 },
    { what: "a property with a leading _", body: bulk([repository("a")], { properties: { _a: "1" } }), status: 400 },
    { what: "a property with a colon", body: bulk([repository("a")], { properties: { "a:b": "1" } }), status: 400 },
    { what: "a property's name over 255", body: bulk([repository("a")], { properties: { [long(256)]: "1" } }), status: 400 },
    { what: "a property's value over 255", body: bulk([repository("a")], { properties: { a: long(256) } }), status: 400 },
    { what: "a property that is null", body: bulk([repository("a")], { properties: { a: null } }), status: 400 },
    { what: "a property that is an object", body: bulk([repository("a")], { properties: { a: {} } }), status: 400 },
    {
      what: "1001 entities in all",
      body: bulk([
        repository("a", 1, { commits: Array.from({ length: 500 }, (_, index) => commit(`c${index}`)) }),
        repository("b", 1, { branches: Array.from({ length: 501 }, (_, index) => branch(`b${index}`)) }),
      ]),
      status: 413,
    },
  ])("with $what is refused with $status, and stores nothing", async ({ body, status }) => {
    const answer = await rig.call("POST", "bulk", { body });

    expect([answer.status, answer.json()]).toEqual([status, { errorMessages: [{ message: expect.any(String) }] }]);
    expect((await rig.call("GET", "repository/a")).status).toBe(404);
  });

  it.each([
    { what: "100 repositories", body: bulk(Array.from({ length: 100 }, (_, index) => repository(`r${index}`))) },
    { what: "1000 entities", body: bulk([repository("a", 1, { commits: Array.from({ length: 1_000 }, (_, n) => commit(`c${n}`)) })]) },
    {
      what: "five properties as long as they may be",
      body: bulk([repository("a")], { properties: Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`${n}${long(254)}`, "😀".repeat(255)])) }),
    },
  ])("with $what is taken", async ({ body }) => {
    expect((await rig.call("POST", "bulk", { body })).status).toBe(202);
  });

  it("of another content type is refused with 415", async () => {
    const headers = { "content-type": "text/plain" };

    expect((await rig.call("POST", "bulk", { body: JSON.stringify(bulk([repository("a")])), headers })).status).toBe(415);
  });

  it.each([
    { method: "DELETE", path: "bulk", allow: ["POST"] },
    { method: "GET", path: "bulk", allow: ["POST"] },
    { method: "PUT", path: "repository/hello", allow: ["GET", "DELETE"] },
    { method: "GET", path: "bulkByProperties", allow: ["DELETE"] },
    { method: "POST", path: "existsByProperties", allow: ["GET"] },
    { method: "GET", path: "repository/hello/commit/x", allow: ["DELETE"] },
  ])("$method $path is answered 405 and told what there is", async ({ method, path, allow }) => {
    const answer = await rig.call(method, path);

    expect(answer.status).toBe(405);
    const allowed = String(answer.headers.allow).split(/,\s*/);
    expect(allow.every((one) => allowed.includes(one)) && !allowed.includes(method)).toBe(true);
    expect(answer.json()).toEqual({ errorMessages: [{ message: expect.any(String) }] });
  });
});
