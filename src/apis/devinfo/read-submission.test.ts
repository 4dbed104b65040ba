import { describe, expect, it } from "vitest";
import {
  bodyOf,
  fittingBranch,
  fittingCommit,
  fittingPullRequest,
  fittingRepository,
  without,
} from "../../../test/support/devinfo-fitting.js";
import type { Sent } from "../../../test/support/devinfo-samples.js";
import { readSubmission, type ReadSubmission } from "./read-submission.js";

/** Of the fitting repository, as it is stored. */
const record = without(fittingRepository, "updateSequenceId");

function read(body: unknown): ReadSubmission {
  return readSubmission(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)));
}

/** What is stored of the only entity of the body. */
function stored(body: unknown): unknown {
  const { repositories, refused } = read(body);
  expect(refused).toEqual([]);
  return JSON.parse(repositories[0]?.entries[0]?.json ?? "null") as unknown;
}

const commitWith = (fields: object): object => bodyOf({ commits: [{ ...fittingCommit, ...fields }] });
const branchWith = (fields: object): object => bodyOf({ branches: [{ ...fittingBranch, ...fields }] });
const lastCommitWith = (fields: object): object => branchWith({ lastCommit: { ...(fittingBranch["lastCommit"] as object), ...fields } });
const pullWith = (fields: object): object => bodyOf({ pullRequests: [{ ...fittingPullRequest, ...fields }] });
const repositoryWith = (fields: Sent): object => bodyOf(fields);

const long = (length: number): string => "é".repeat(length);
const pairs = (length: number): string => "😀".repeat(length);
const keys = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `PLAY-${index + 1}`);

describe("a body that fits", () => {
  it("gives entries with all that is needed to store them", () => {
    const body = bodyOf(
      { commits: [fittingCommit], branches: [fittingBranch], pullRequests: [fittingPullRequest] },
      { preventTransitions: true, operationType: "BACKFILL", properties: { a: "b" }, providerMetadata: { product: "GitLab 17" } },
    );

    const submission = read(body);

    expect(submission).toMatchObject({
      preventTransitions: true,
      isBackfill: true,
      properties: { a: "b" },
      product: "GitLab 17",
      refused: [],
    });
    expect(submission.repositories).toEqual([
      {
        id: "r1",
        updateSequenceId: 10n,
        json: JSON.stringify(record),
        entries: [
          expect.objectContaining({
            type: "commit",
            id: "c1",
            issueKeys: ["PLAY-1"],
            updateSequenceId: 10n,
            happenedAt: Date.UTC(2026, 0, 31, 12),
          }),
          expect.objectContaining({ type: "branch", id: "b1", happenedAt: Date.UTC(2026, 0, 31, 12) }),
          expect.objectContaining({ type: "pull_request", id: "p1", happenedAt: Date.UTC(2026, 0, 31, 12) }),
        ],
      },
    ]);
    const [commit, branch, pull] = (submission.repositories[0]?.entries ?? []).map(({ json }) => JSON.parse(json) as unknown);
    expect([commit, branch, pull]).toEqual([fittingCommit, fittingBranch, fittingPullRequest]);
  });

  it("keeps every field that the contract names", () => {
    const person = { name: "n", email: "e", username: "u", url: "x", avatar: "a" };
    const file = { path: "p", url: "u", changeType: "MOVED", linesAdded: 0, linesRemoved: 2_147_483_647 };
    const reviewer = { name: "n", approvalStatus: "APPROVED", url: "u", avatar: "a", email: "e", accountId: "i" };
    const commit = { ...fittingCommit, author: person, hash: "h", flags: ["MERGE_COMMIT"], files: [file] };
    const branch = { ...fittingBranch, lastCommit: commit, createPullRequestUrl: "c" };
    const pull = {
      ...fittingPullRequest,
      ...{ author: person, sourceBranchUrl: "s", destinationBranch: "d", destinationBranchUrl: "e", reviewers: [reviewer] },
    };
    const more = { description: "d", forkOf: "f", avatar: "a", avatarDescription: "b" };

    const { repositories } = read(bodyOf({ ...more, commits: [commit], branches: [branch], pullRequests: [pull] }));

    expect(repositories[0]?.entries.map(({ json }) => JSON.parse(json) as unknown)).toEqual([commit, branch, pull]);
    expect(JSON.parse(repositories[0]?.json ?? "")).toEqual({ ...record, ...more });
  });

  it.each(["commits", "branches", "pullRequests", "description", "forkOf", "avatar", "avatarDescription"])(
    "takes null for %s as absent",
    (name) => {
      const { repositories, refused } = read(bodyOf({ [name]: null }));

      expect(refused).toEqual([]);
      expect(repositories[0]?.json).toBe(JSON.stringify(record));
    },
  );

  it("leaves out nulls, empty lists and what nobody knows", () => {
    const more = { hash: null, flags: [], files: [], unknown: { deep: [1] }, timestamp: 1, url: null, associations: null };

    expect(stored(commitWith({ ...more, author: { name: null, email: "e", other: 1 } }))).toEqual({
      ...without(fittingCommit, "url"),
      author: { email: "e" },
    });
    expect(stored(pullWith({ reviewers: [], destinationBranch: null }))).toEqual(without(fittingPullRequest, "destinationBranch"));
    expect(stored(pullWith({ reviewers: [{ name: "n", x: 1 }] }))).toMatchObject({
      reviewers: [{ name: "n", approvalStatus: "UNAPPROVED" }],
    });
  });
});

describe("what real clients send outside the schema", () => {
  it.each([
    ["a number as id of a pull request", pullWith({ id: 4711 }), { id: "4711" }],
    ["a large number as id of a pull request", pullWith({ id: 0 }), { id: "0" }],
    ["DRAFT", pullWith({ status: "DRAFT" }), { status: "DRAFT" }],
    ["NEEDSWORK", pullWith({ reviewers: [{ approvalStatus: "NEEDSWORK" }] }), { reviewers: [{ approvalStatus: "NEEDSWORK" }] }],
    ["no keys at a last commit", lastCommitWith({ issueKeys: [] }), { lastCommit: { issueKeys: [] } }],
    ["keys in lower case at a last commit", lastCommitWith({ issueKeys: ["play-2", "<x>"] }), { lastCommit: { issueKeys: ["PLAY-2"] } }],
    ["a commit without url", bodyOf({ commits: [without(fittingCommit, "url")] }), {}],
    ["a relative url", commitWith({ url: "/commit/1" }), { url: "/commit/1" }],
    ["another scheme", commitWith({ url: "ssh://git@example.org:1" }), { url: "ssh://git@example.org:1" }],
    ["an offset in a time", commitWith({ authorTimestamp: "2026-01-31T12:00:00.123+05:30" }), {}],
    ["an offset without colon", commitWith({ authorTimestamp: "2026-01-31T12:00:00+0000" }), {}],
    ["keys twice, and in lower case", commitWith({ issueKeys: ["play-1", "PLAY-1", "Play-2"] }), { issueKeys: ["PLAY-1", "PLAY-2"] }],
    ["an empty source branch", pullWith({ sourceBranch: "" }), { sourceBranch: "" }],
    ["a number of comments below nothing", pullWith({ commentCount: -1 }), { commentCount: -1 }],
  ])("takes %s", (_title, body, part) => {
    expect(stored(body)).toMatchObject(part);
  });

  it.each([
    ["number", 4711, "4711"],
    ["long number", "12345678901234567890", "12345678901234567890"],
    ["boolean", true, "true"],
  ])("takes a %s as value of a property by its text", (_title, value, text) => {
    const body = JSON.stringify(bodyOf({}, { properties: { id: "VALUE" } })).replace('"VALUE"', String(value));

    expect(read(body).properties).toEqual({ id: text });
  });

  it.each([
    [1024, long(1024)],
    [1024, long(1025)],
    [1024, `${pairs(1024)}x`],
    [1024, `${long(1023)}😀😀`],
  ])("cuts messages at %d characters, and no character in two", (length, message) => {
    const kept = (stored(commitWith({ message })) as { readonly message: string }).message;

    expect(Array.from(kept)).toHaveLength(length);
    expect(message.startsWith(kept)).toBe(true);
    expect(kept).not.toMatch(/\p{Surrogate}/u);
  });

  it("replaces what no text can be", () => {
    const body = JSON.stringify(commitWith({ message: "a" })).replace('"message":"a"', '"message":"a\\ud800b\\u0000c"');

    expect(stored(body)).toMatchObject({ message: "a\uFFFDb\uFFFDc" });
  });
});

describe("limits", () => {
  const person = (fields: object): object => commitWith({ author: fields });
  const file = { path: "p", url: "u", changeType: "ADDED", linesAdded: 1, linesRemoved: 1 };
  const withFile = (fields: object): object => commitWith({ files: [{ ...file, ...fields }] });
  const reviewer = (fields: object): object => pullWith({ reviewers: [fields] });

  /** Bodies by the value that is limited; where it stands; the largest length. */
  const lengths: readonly (readonly [string, (value: string) => object, number])[] = [
    ["repository.name", (name) => repositoryWith({ name }), 255],
    ["repository.url", (url) => repositoryWith({ url }), 2000],
    ["repository.description", (description) => repositoryWith({ description }), 1024],
    ["repository.forkOf", (forkOf) => repositoryWith({ forkOf }), 1024],
    ["repository.avatar", (avatar) => repositoryWith({ avatar }), 2000],
    ["repository.avatarDescription", (avatarDescription) => repositoryWith({ avatarDescription }), 1024],
    ["commit.displayId", (displayId) => commitWith({ displayId }), 255],
    ["commit.url", (url) => commitWith({ url }), 2000],
    ["commit.hash", (hash) => commitWith({ hash }), 255],
    ["commit.author", (name) => person({ name }), 255],
    ["commit.author", (email) => person({ email }), 255],
    ["commit.author", (username) => person({ username }), 255],
    ["commit.author", (url) => person({ url }), 2000],
    ["commit.author", (avatar) => person({ avatar }), 2000],
    ["commit.files", (path) => withFile({ path }), 1024],
    ["commit.files", (url) => withFile({ url }), 2000],
    ["branch.name", (name) => branchWith({ name }), 512],
    ["branch.url", (url) => branchWith({ url }), 2000],
    ["branch.createPullRequestUrl", (url) => branchWith({ createPullRequestUrl: url }), 2000],
    ["branch.lastCommit.displayId", (displayId) => lastCommitWith({ displayId }), 255],
    ["pullRequest.title", (title) => pullWith({ title }), 1024],
    ["pullRequest.author", (name) => pullWith({ author: { name } }), 255],
    ["pullRequest.sourceBranch", (name) => pullWith({ sourceBranch: name }), 255],
    ["pullRequest.sourceBranchUrl", (url) => pullWith({ sourceBranchUrl: url }), 2000],
    ["pullRequest.destinationBranch", (name) => pullWith({ destinationBranch: name }), 255],
    ["pullRequest.destinationBranchUrl", (url) => pullWith({ destinationBranchUrl: url }), 2000],
    ["pullRequest.url", (url) => pullWith({ url }), 2000],
    ["pullRequest.displayId", (displayId) => pullWith({ displayId }), 255],
    ["pullRequest.reviewers", (name) => reviewer({ name }), 255],
    ["pullRequest.reviewers", (url) => reviewer({ url }), 2000],
    ["pullRequest.reviewers", (avatar) => reviewer({ avatar }), 2000],
    ["pullRequest.reviewers", (email) => reviewer({ email }), 254],
    ["pullRequest.reviewers", (accountId) => reviewer({ accountId }), 128],
  ];

  it.each(lengths)("holds for %s: %s up to %d characters", (place, body, most) => {
    const code = `devInformation.${place.startsWith("repository") ? place : `repository.${place}`}.invalid: `;

    expect(read(body(long(most - 1))).refused).toEqual([]);
    expect(read(body(pairs(most))).refused).toEqual([]);
    const [refused] = read(body(long(most + 1))).refused;
    expect(refused?.messages).toEqual([expect.stringContaining(code)]);
  });

  it.each([
    ["repository", (id: string) => repositoryWith({ id })],
    ["commit", (id: string) => commitWith({ id })],
    ["branch", (id: string) => branchWith({ id })],
    ["pullRequest", (id: string) => pullWith({ id })],
    ["branch.lastCommit", (id: string) => lastCommitWith({ id })],
  ])("holds for the id of a %s", (_kind, body) => {
    for (const id of ["a", "~a-Z.0_9", "x".repeat(1023), "x".repeat(1024), "__proto__"]) expect(read(body(id)).refused).toEqual([]);
    for (const id of ["", "x".repeat(1025), "a/b", "a b", "ä", "a\u0000", "a\n"]) expect(read(body(id)).refused).toHaveLength(1);
  });

  it.each([
    [1, true],
    [499, true],
    [500, true],
    [501, false],
    [0, false],
  ])("takes %d issue keys: %s", (count, isTaken) => {
    expect(read(commitWith({ issueKeys: keys(count) })).refused).toHaveLength(isTaken ? 0 : 1);
    expect(read(lastCommitWith({ issueKeys: keys(count) })).refused).toHaveLength(isTaken || count === 0 ? 0 : 1);
  });

  it.each([
    ["fileCount", (value: unknown) => commitWith({ fileCount: value }), [0, 2_147_483_647], [-1, 1.5, 2_147_483_648, "1", true, 1e300]],
    ["commentCount", (value: unknown) => pullWith({ commentCount: value }), [-2_147_483_648, 2_147_483_647], [2_147_483_648, 0.1, "1"]],
    ["linesAdded", (value: unknown) => withFile({ linesAdded: value }), [0], [-1, "1", null]],
    ["linesRemoved", (value: unknown) => withFile({ linesRemoved: value }), [0], [-1, "1", null]],
    [
      "changeType",
      (value: unknown) => withFile({ changeType: value }),
      ["ADDED", "COPIED", "DELETED", "MODIFIED", "MOVED", "UNKNOWN"],
      ["added", null],
    ],
    ["status", (value: unknown) => pullWith({ status: value }), ["OPEN", "MERGED", "DECLINED", "UNKNOWN", "DRAFT"], ["open", "", 1]],
    ["approvalStatus", (value: unknown) => reviewer({ approvalStatus: value }), ["APPROVED", "UNAPPROVED", null], ["approved", 1]],
    [
      "flags",
      (value: unknown) => commitWith({ flags: value }),
      [["MERGE_COMMIT"]],
      [["MERGE_COMMIT", "MERGE_COMMIT"], ["OTHER"], "MERGE_COMMIT", {}],
    ],
    [
      "files",
      (value: unknown) => commitWith({ files: value }),
      [Array(9).fill(file), Array(10).fill(file)],
      [Array(11).fill(file), [null], {}],
    ],
    ["reviewers", (value: unknown) => pullWith({ reviewers: value }), [Array(2_000).fill({})], [[null], ["x"], {}]],
    [
      "authorTimestamp",
      (value: unknown) => commitWith({ authorTimestamp: value }),
      ["2026-01-31T12:00Z", "2026-01-31T12:00:00.123456789Z"],
      ["yesterday", "2026-01-31", "2026-01-31T12:00:00", "2026-13-31T12:00:00Z", "2026-01-31T25:00:00Z", 1769860800000],
    ],
    ["lastUpdate", (value: unknown) => pullWith({ lastUpdate: value }), ["2026-01-31T12:00:00+01:00"], ["", "2026-01-31T12:61:00Z"]],
    ["author", (value: unknown) => commitWith({ author: value }), [{}], ["Ann", [], null]],
    ["url", (value: unknown) => commitWith({ url: value }), [null], ["", "  ", 1]],
    ["message", (value: unknown) => commitWith({ message: value }), [""], [1, null, ["x"]]],
    ["lastCommit", (value: unknown) => branchWith({ lastCommit: value }), [fittingCommit], [null, "x", [], {}]],
  ])("holds for %s", (_name, body, good, bad) => {
    for (const value of good) expect(read(body(value)).refused, JSON.stringify(value)).toEqual([]);
    for (const value of bad) expect(read(body(value)).refused, JSON.stringify(value)).toHaveLength(1);
  });

  it.each(["path", "url", "changeType", "linesAdded", "linesRemoved"])("asks for %s of every file", (name) => {
    for (const lacking of [without(file, name), { ...file, [name]: null }]) {
      const [refused, ...others] = read(commitWith({ files: [file, lacking] })).refused;
      expect(others).toEqual([]);
      expect(refused?.messages).toEqual([expect.stringMatching(/^devInformation\.repository\.commit\.files\.invalid: /)]);
    }
  });

  it.each([
    ["repository", fittingRepository, (value: object): object => ({ repositories: [value] }), ["id", "name", "url", "updateSequenceId"]],
    [
      "repository.commit",
      fittingCommit,
      (value: object) => bodyOf({ commits: [value] }),
      ["id", "issueKeys", "updateSequenceId", "message", "author", "authorTimestamp", "displayId", "fileCount"],
    ],
    [
      "repository.branch",
      fittingBranch,
      (value: object) => bodyOf({ branches: [value] }),
      ["id", "issueKeys", "updateSequenceId", "name", "lastCommit", "url"],
    ],
    [
      "repository.branch.lastCommit",
      fittingCommit,
      (value: object) => branchWith({ lastCommit: value }),
      ["id", "issueKeys", "updateSequenceId", "message", "author", "authorTimestamp", "displayId", "fileCount"],
    ],
    [
      "repository.pullRequest",
      fittingPullRequest,
      (value: object) => bodyOf({ pullRequests: [value] }),
      [
        "id",
        "issueKeys",
        "updateSequenceId",
        "status",
        "title",
        "author",
        "commentCount",
        "sourceBranch",
        "lastUpdate",
        "url",
        "displayId",
      ],
    ],
  ])("asks for every required field of a %s", (place, fitting, body, names) => {
    for (const name of names) {
      for (const lacking of [without(fitting, name), { ...fitting, [name]: null }]) {
        const [refused, ...others] = read(body(lacking)).refused;
        expect(others).toEqual([]);
        expect(refused?.messages).toEqual([expect.stringMatching(`^devInformation\\.${place}\\.${name}\\.required: `)]);
      }
    }
  });
});

describe("sequences", () => {
  const withSequence = (text: string): string => JSON.stringify(commitWith({ updateSequenceId: "SEQUENCE" })).replace('"SEQUENCE"', text);

  it.each([
    ["0", 0n],
    ["-0", 0n],
    ["-1", -1n],
    ["1e3", 1000n],
    ["9007199254740991", 9007199254740991n],
    ["9007199254740992", 9007199254740992n],
    ["9007199254740993", 9007199254740993n],
    ["-9007199254740993", -9007199254740993n],
    ["1000000000000000", 1000000000000000n],
    ["9223372036854775807", 9223372036854775807n],
    ["-9223372036854775808", -9223372036854775808n],
    ["1e18", 1000000000000000000n],
  ])("takes %s to the last digit", (text, sequence) => {
    const { repositories, refused } = read(withSequence(text));

    expect(refused).toEqual([]);
    const [entry] = repositories[0]?.entries ?? [];
    expect(entry?.updateSequenceId).toBe(sequence);
    expect(entry?.json).toContain(`"updateSequenceId":${sequence},`);
  });

  it.each([
    "9223372036854775808",
    "-9223372036854775809",
    "1.5",
    '"1"',
    "1e19",
    "1e400",
    "true",
    "[]",
    "{}",
    "9".repeat(400),
    "9".repeat(100_000),
  ])("refuses %.40s", (text) => {
    expect(read(withSequence(text)).refused).toMatchObject([
      { id: "c1", messages: [expect.stringContaining("devInformation.repository.commit.updateSequenceId.invalid: ")] },
    ]);
  });

  it("is exact for records, last commits, ids and properties too, and leaves texts alone", () => {
    const body = JSON.stringify(
      bodyOf(
        {
          updateSequenceId: "N1",
          branches: [{ ...fittingBranch, lastCommit: { ...fittingCommit, updateSequenceId: "N2" } }],
          pullRequests: [{ ...fittingPullRequest, id: "N3", title: 'say ":9007199254740999" , 9007199254740999 \\' }],
        },
        { properties: { installation: "N4" } },
      ),
    )
      .replace('"N1"', "9007199254740993")
      .replace('"N2"', "9007199254740995")
      .replace('"N3"', "9007199254740997")
      .replace('"N4"', "9007199254740999");

    const { repositories, properties, refused } = read(body);

    expect(refused).toEqual([]);
    expect(repositories[0]?.updateSequenceId).toBe(9007199254740993n);
    expect(repositories[0]?.entries[0]?.json).toContain('"updateSequenceId":9007199254740995,');
    expect(repositories[0]?.entries[1]).toMatchObject({ id: "9007199254740997" });
    expect(JSON.parse(repositories[0]?.entries[1]?.json ?? "")).toMatchObject({
      id: "9007199254740997",
      title: 'say ":9007199254740999" , 9007199254740999 \\',
    });
    expect(properties).toEqual({ installation: "9007199254740999" });
  });

  it("refuses an id in figures that is longer than ids may be, in an exact body too", () => {
    const pull = { ...fittingPullRequest, id: "N1", updateSequenceId: "N2" };
    const body = JSON.stringify(bodyOf({ pullRequests: [pull] }));
    const withId = (figures: number): string => body.replace('"N1"', "1".repeat(figures)).replace('"N2"', "9007199254740993");

    expect(read(withId(1024)).refused).toEqual([]);
    expect(read(withId(1025)).refused).toMatchObject([{ id: "pullRequests[0]" }]);
  });

  it.each([
    { beside: "nothing else", sequence: "10" },
    { beside: "an integer that no number holds", sequence: "9007199254740993" },
  ])("lets no object pass for a number, beside $beside", ({ sequence }) => {
    const withSequenceOf = (body: object): string =>
      JSON.stringify(body).replace('"updateSequenceId":10', `"updateSequenceId":${sequence}`);
    const spellings = ["integer0", "integer1", "integer"].map((name) => ({ [name]: "9007199254740995" }));

    for (const odd of spellings) {
      expect(() => read(withSequenceOf(bodyOf({}, { properties: { a: odd } }))), JSON.stringify(odd)).toThrow(
        expect.objectContaining({ code: "HS_BAD_VALUE" }) as Error,
      );
      expect(read(withSequenceOf(commitWith({ updateSequenceId: odd }))).refused).toMatchObject([{ id: "c1" }]);
      expect(read(withSequenceOf(lastCommitWith({ updateSequenceId: odd }))).refused).toMatchObject([{ id: "b1" }]);
      expect(read(withSequenceOf(pullWith({ id: odd }))).refused).toMatchObject([{ id: "pullRequests[0]" }]);
    }
    const written = withSequenceOf(commitWith({ updateSequenceId: "N" })).replace('"N"', '{"\\u0069nteger0":"9007199254740995"}');
    expect(read(written).refused).toMatchObject([{ id: "c1" }]);
  });

  it("lets no text pass for a number", () => {
    const body = JSON.stringify(
      commitWith({ updateSequenceId: "N", message: "\u0000123", displayId: "\\u0000123", hash: "9007199254740993" }),
    ).replace('"N"', "9007199254740993");

    expect(JSON.parse((read(body).repositories[0]?.entries[0]?.json ?? "").replace("9007199254740993,", "1,"))).toMatchObject({
      message: "\uFFFD123",
      displayId: "\\u0000123",
      hash: "9007199254740993",
    });
  });
});

describe("issue keys", () => {
  it.each(["P1-1", "PLAY-1", "play-1", "A_B-1", "ÄÖ-7", `${"A".repeat(256)}-${"1".repeat(255)}`, "日本-1"])("takes %.20s", (key) => {
    expect(read(commitWith({ issueKeys: [key] })).repositories[0]?.entries[0]?.issueKeys).toEqual([key.toUpperCase()]);
  });

  it.each([
    "<string>",
    "P-1",
    "PLAY",
    "PLAY-",
    "PLAY-1a",
    "1A-1",
    " PLAY-1",
    "PLAY-1\n",
    "",
    `${"A".repeat(257)}-1`,
    `AB-${"1".repeat(256)}`,
  ])("does not take %.20s", (key) => {
    const { refused, issues } = read(commitWith({ issueKeys: [key] }));

    expect(refused).toMatchObject([
      { id: "c1", messages: [expect.stringContaining("devInformation.repository.commit.issueKeys.invalid: ")] },
    ]);
    expect(issues.unfitKeys[0]).toMatch(/…$|^[^…]*$/);
    expect(issues.unfitKeys).toHaveLength(1);
  });

  it("stores an entity with the keys that fit, and tells of the others", () => {
    const { repositories, issues } = read(commitWith({ issueKeys: ["<string>", "play-1", "PLAY-1", "nope-2"] }));

    expect(repositories[0]?.entries[0]?.issueKeys).toEqual(["PLAY-1", "NOPE-2"]);
    expect(issues).toEqual({ projects: ["PLAY", "NOPE"], unfitKeys: ["<string>"], unknownAssociations: [] });
  });

  it("tells nothing of keys of last commits", () => {
    expect(read(lastCommitWith({ issueKeys: ["<string>", "OTHER-1"] })).issues).toMatchObject({ projects: ["PLAY"], unfitKeys: [] });
  });

  it.each([[[1]], [["PLAY-1", null]], ["PLAY-1"], [{}]])("refuses %j instead of a list of texts", (issueKeys) => {
    expect(read(commitWith({ issueKeys })).refused).toHaveLength(1);
    expect(read(lastCommitWith({ issueKeys })).refused).toHaveLength(1);
  });
});

describe("associations", () => {
  const issues = (...values: readonly string[]): object => ({ associationType: "issueIdOrKeys", values });
  const associated = (associations: unknown, fields: object = {}): object =>
    bodyOf({ commits: [{ ...without(fittingCommit, "issueKeys"), associations, ...fields }] });

  it("stand for issue keys", () => {
    const {
      repositories,
      refused,
      issues: read_,
    } = read(associated([issues("play-1", "10001"), { associationType: "serviceIdOrKeys", values: ["s"] }]));

    expect(refused).toEqual([]);
    expect(repositories[0]?.entries[0]?.issueKeys).toEqual(["PLAY-1"]);
    expect(JSON.parse(repositories[0]?.entries[0]?.json ?? "")).toMatchObject({ issueKeys: ["PLAY-1"] });
    expect(read_.unknownAssociations).toEqual([
      { associationType: "issueIdOrKeys", values: ["10001"] },
      { associationType: "serviceIdOrKeys", values: ["s"] },
    ]);
  });

  it("exclude issue keys", () => {
    expect(read(associated([issues("PLAY-1")], { issueKeys: ["PLAY-1"] })).refused).toEqual([
      {
        repositoryId: "r1",
        type: "commit",
        id: "c1",
        issueKeys: ["PLAY-1"],
        messages: [expect.stringMatching(/^devInformation\.repository\.commit\.issueKeysOrAssociationsOrNone\.invalid: /)],
      },
    ]);
    expect(read(associated([issues("PLAY-1")], { issueKeys: [] })).refused).toEqual([]);
    expect(read(associated([], { issueKeys: ["PLAY-1"] })).refused).toEqual([]);
  });

  it.each([
    ["x"],
    [[null]],
    [[{ associationType: 1, values: ["PLAY-1"] }]],
    [[{ values: ["PLAY-1"] }]],
    [[issues()]],
    [[issues("10001")]],
    [[issues(long(256), "PLAY-1")]],
    [[issues(...keys(501))]],
    [[issues(...keys(400)), issues(...keys(101))]],
  ])("are refused: %.60j", (associations) => {
    expect(read(associated(associations)).refused).toMatchObject([
      { messages: [expect.stringMatching(/^devInformation\.repository\.commit\.associations\.invalid: /)] },
    ]);
  });

  it("stand for the issue keys of a last commit", () => {
    const lastCommit = { ...without(fittingCommit, "issueKeys"), associations: [issues("play-2", "10001")] };
    const { repositories, refused, issues: named } = read(branchWith({ lastCommit }));

    expect(refused).toEqual([]);
    expect(JSON.parse(repositories[0]?.entries[0]?.json ?? "")).toMatchObject({
      lastCommit: { issueKeys: ["PLAY-2"], associations: [issues("play-2", "10001")] },
    });
    expect(named.unknownAssociations).toEqual([]);
  });

  it.each([
    ["associations", { issueKeys: undefined, associations: ["x"] }, "associations.invalid"],
    ["neither form", { issueKeys: undefined }, "issueKeys.required"],
  ])("of a last commit are judged: %s", (_title, fields, code) => {
    expect(read(lastCommitWith(fields)).refused).toMatchObject([
      { messages: [expect.stringContaining(`devInformation.repository.branch.lastCommit.${code}: `)] },
    ]);
  });

  it("take 500 values of 255 characters", () => {
    expect(read(associated([issues(long(255), ...keys(499))])).refused).toEqual([]);
  });
});

describe("what fits beside what does not", () => {
  it("takes 999 entities and names the bad one", () => {
    const commits = Array.from({ length: 1000 }, (_, index) => ({
      ...fittingCommit,
      id: `c${index}`,
      ...(index === 500 ? { fileCount: -1 } : {}),
    }));

    const { repositories, refused } = read(bodyOf({ commits }));

    expect(repositories[0]?.entries).toHaveLength(999);
    expect(refused).toEqual([
      {
        ...{ repositoryId: "r1", type: "commit", id: "c500", issueKeys: ["PLAY-1"] },
        messages: ["devInformation.repository.commit.fileCount.invalid: fileCount must be >= 0."],
      },
    ]);
  });

  it("names entities without a usable id by their position", () => {
    const { refused, repositories } = read(
      bodyOf({
        commits: [fittingCommit, { ...fittingCommit, id: "a b" }, 7, null],
        branches: [without(fittingBranch, "id")],
        pullRequests: [[]],
      }),
    );

    expect(repositories[0]?.entries).toHaveLength(1);
    expect(refused.map(({ type, id }) => `${type} ${id}`)).toEqual([
      "commit commits[1]",
      "commit commits[2]",
      "commit commits[3]",
      "branch branches[0]",
      "pull_request pullRequests[0]",
    ]);
  });

  it("tells everything that is wrong with an entity, each field once", () => {
    const { refused } = read(
      commitWith({ id: "", issueKeys: 1, updateSequenceId: "x", message: 1, author: { name: 1, email: 1 }, fileCount: -1 }),
    );

    expect(refused[0]?.messages.map((message) => message.split(":", 1).join(""))).toEqual([
      "devInformation.repository.commit.id.invalid",
      "devInformation.repository.commit.issueKeys.invalid",
      "devInformation.repository.commit.updateSequenceId.invalid",
      "devInformation.repository.commit.message.invalid",
      "devInformation.repository.commit.author.invalid",
      "devInformation.repository.commit.fileCount.invalid",
    ]);
  });

  it("refuses ids that stand twice in one list, each once, and takes them in different ones", () => {
    const twice = { ...fittingCommit, id: "x" };
    const pulls = [7, "7"].map((id) => ({ ...fittingPullRequest, id }));

    const { refused, repositories } = read(
      bodyOf({
        commits: [twice, fittingCommit, twice, { ...twice, issueKeys: ["PLAY-9"] }],
        branches: [{ ...fittingBranch, id: "x" }],
        pullRequests: pulls,
      }),
    );

    expect(repositories[0]?.entries.map(({ type, id }) => `${type} ${id}`)).toEqual(["commit c1", "branch x"]);
    expect(refused).toMatchObject([
      {
        type: "commit",
        id: "x",
        issueKeys: ["PLAY-1", "PLAY-9"],
        messages: [expect.stringMatching(/^devInformation\.repository\.commit\.id\.invalid: /)],
      },
      { type: "pull_request", id: "7" },
    ]);
  });

  it("looks once at what stands a thousand times, however many keys it names", () => {
    const keysFrom = (first: number): readonly string[] => Array.from({ length: 100 }, (_, index) => `AA-${first + index}`);
    const sent = bodyOf({ commits: Array.from({ length: 1000 }, (_, index) => ({ id: "x", issueKeys: keysFrom(index * 100) })) });
    const startedAt = performance.now();

    const { refused } = read(sent);

    expect([refused.length, refused[0]?.issueKeys.length]).toEqual([1, 100_000]);
    // Less than half a second; were the keys looked at again for every one of them, it would be ten or more.
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it("stores nothing of a repository whose record is bad, and all of the others", () => {
    const bad = { ...without(fittingRepository, "name"), id: "r2", commits: [{ ...fittingCommit, issueKeys: ["play-7"] }] };

    const { repositories, refused, issues } = read({ repositories: [fittingRepository, bad] });

    expect(repositories.map(({ id }) => id)).toEqual(["r1"]);
    expect(refused).toEqual([
      { repositoryId: "r2", issueKeys: ["PLAY-7"], messages: ["devInformation.repository.name.required: name is missing."] },
    ]);
    expect(issues.projects).toEqual([]);
  });

  it.each([[{ id: "a/b" }], [{ id: 5 }], ["text"], [null], [[]]])("names a repository without a usable id by its position: %j", (bad) => {
    const sent = typeof bad === "object" && bad !== null && !Array.isArray(bad) ? { ...fittingRepository, ...bad } : bad;

    expect(read({ repositories: [fittingRepository, sent] }).refused).toMatchObject([{ repositoryId: "repositories[1]" }]);
  });

  it.each(["commits", "branches", "pullRequests"])("refuses a repository whose %s are no list", (name) => {
    expect(read(bodyOf({ [name]: {} })).refused).toEqual([
      { repositoryId: "r1", issueKeys: [], messages: [`devInformation.repository.${name}.invalid: ${name} has to be a list.`] },
    ]);
  });
});

describe("a body that does not fit as a whole", () => {
  const repositories = (count: number): readonly object[] =>
    Array.from({ length: count }, (_, index) => ({ ...fittingRepository, id: `r${index}` }));
  const properties = (value: unknown): object => bodyOf({}, { properties: value });
  const five = { a: "1", b: "2", c: "3", d: "4", e: "5" };

  it.each([
    ["not JSON", "{"],
    ["nothing", ""],
    ["an array", []],
    ["null", null],
    ["a number", 7],
    ["without repositories", {}],
    ["repositories no list", { repositories: {} }],
    ["repositories empty", { repositories: [] }],
    ["101 repositories", { repositories: repositories(101) }],
    ["an id twice", { repositories: [fittingRepository, fittingRepository] }],
    ["six properties", properties({ ...five, f: "6" })],
    ["a property with _", properties({ _a: "1" })],
    ["a property __proto__", '{"repositories":[{}],"properties":{"__proto__":"x"}}'],
    ["a property with :", properties({ "a:b": "1" })],
    ["a long name of a property", properties({ [long(256)]: "1" })],
    ["a long value of a property", properties({ a: long(256) })],
    ["null as a property", properties({ a: null })],
    ["an object as a property", properties({ a: {} })],
    ["a list as a property", properties({ a: ["x"] })],
    ["a number beyond all numbers as a property", '{"repositories":[{}],"properties":{"a":1e999}}'],
    ["NUL in a property", properties({ a: "x\0" })],
    ["half a character in a property", '{"repositories":[{}],"properties":{"a":"\\ud800"}}'],
    ["properties a list", properties([])],
    ["another operation", bodyOf({}, { operationType: "OTHER" })],
    ["preventTransitions no boolean", bodyOf({}, { preventTransitions: "true" })],
    ["metadata no object", bodyOf({}, { providerMetadata: "GitLab" })],
    ["a product that is no text", bodyOf({}, { providerMetadata: { product: 1 } })],
    ["nested deep", `{"repositories":${"[".repeat(64)}${"]".repeat(64)}}`],
    ["nested very deep", `{"x":${"[".repeat(500_000)}`],
  ])("is refused: %s", (_title, body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: "HS_BAD_VALUE" }) as Error);
  });

  it("is refused where it is not UTF-8", () => {
    const bytes = Buffer.from(JSON.stringify(commitWith({ message: "x" })));
    bytes[bytes.indexOf('"x"') + 1] = 0xff;

    expect(() => readSubmission(bytes)).toThrow("The body is not JSON in UTF-8.");
  });

  it.each([
    ["100 repositories", { repositories: repositories(100) }],
    ["99 repositories", { repositories: repositories(99) }],
    ["five properties", properties(five)],
    ["no properties", properties({})],
    ["properties of 255 characters", properties({ [pairs(255)]: pairs(255) })],
    [
      "null for all that is optional",
      bodyOf({}, { properties: null, operationType: null, preventTransitions: null, providerMetadata: null }),
    ],
    ["what nobody knows", bodyOf({}, { other: { "": [[[[[]]]]] }, __proto__: 1 })],
    ["brackets in texts", commitWith({ message: `${"[{".repeat(200)}\\"${"[{".repeat(200)}` })],
  ])("is taken: %s", (_title, body) => {
    expect(read(body).refused).toEqual([]);
  });

  it.each([
    [999, true],
    [1000, true],
    [1001, false],
  ])("is taken with %d entities over all lists: %s", (count, isTaken) => {
    const commits = Array.from({ length: count - 3 }, (_, index) => ({ ...fittingCommit, id: `c${index}` }));
    const body = {
      repositories: [
        { ...fittingRepository, commits },
        { ...fittingRepository, id: "r2", branches: [fittingBranch], pullRequests: [fittingPullRequest, null] },
      ],
    };

    if (isTaken) expect(read(body).repositories.flatMap(({ entries }) => entries)).toHaveLength(count - 1);
    else expect(() => read(body)).toThrow(expect.objectContaining({ code: "HS_TOO_LARGE" }) as Error);
  });

  it("is refused where it holds more values than memory is worth", () => {
    const body = `{"x":[${"{},".repeat(4_000_000)}{}]}`;

    expect(() => readSubmission(Buffer.from(body))).toThrow(expect.objectContaining({ code: "HS_TOO_LARGE" }) as Error);
  });

  it("is not fooled by members that objects inherit", () => {
    expect(() => read('{"__proto__":{"repositories":[]}}')).toThrow("repositories has to be a list.");
    expect(read('{"repositories":[{"__proto__":{"id":"r","name":"n","url":"u","updateSequenceId":1}}]}').refused).toHaveLength(1);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
