import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DevinfoRig, type StoreResult } from "../../../test/support/devinfo-rig.js";
import { fittingBranch, fittingCommit, fittingPullRequest, fittingRepository } from "../../../test/support/devinfo-fitting.js";
import { SwitchboardError } from "../../core/errors.js";
import { isInt64 } from "./int64.js";
import { readSubmission } from "./read-submission.js";

// A body that fits, with something in the place of something: whatever it is, it is refused in the contract's words, or stored well.

const person = { name: "n", email: "e@example.org", username: "u", url: "x", avatar: "a" };
const file = { path: "p", url: "u", changeType: "MOVED", linesAdded: 0, linesRemoved: 1 };
const full = {
  preventTransitions: false,
  operationType: "NORMAL",
  properties: { a: "1", b: 2 },
  providerMetadata: { product: "p" },
  repositories: [
    {
      ...{ ...fittingRepository, description: "d", forkOf: "f", avatar: "a", avatarDescription: "b" },
      commits: [{ ...fittingCommit, author: person, hash: "h", flags: ["MERGE_COMMIT"], files: [file] }, fittingCommit],
      branches: [fittingBranch],
      pullRequests: [{ ...fittingPullRequest, author: person, reviewers: [{ ...person, approvalStatus: "APPROVED", accountId: "1" }] }],
    },
    {
      ...fittingRepository,
      id: "r2",
      commits: [{ ...fittingCommit, associations: [{ associationType: "issueIdOrKeys", values: ["PLAY-1"] }] }],
    },
  ],
};

/** What is written in the place of a number, since no number of JavaScript prints so. */
const figures = ["9007199254740993", "-9223372036854775809", "1e400", "-0", "0.1", "1".repeat(400), "1e-400", "12345678901234567"];
const marker = "figures:";

const anOddValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    "",
    " ",
    [],
    {},
    [[]],
    [null],
    [{}],
    { id: "x" },
    { integer0: "9007199254740993" },
  ),
  fc.constantFrom("__proto__", "constructor", "\u0000", "\ud800", "\udc00x", "a\u0000b", "😀".repeat(600), "é".repeat(2_100), "<script>"),
  fc.constantFrom(...figures).map((text) => marker + text),
  fc.constantFrom("PLAY-1", "play-2", "PLAY-", "9007199254740993", '\\","x":{', "2026-02-31T12:00:00Z", "2026-01-31T12:00:00Z\n"),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.nat({ max: 70 }).map((depth) => JSON.parse(`${"[".repeat(depth + 1)}${"]".repeat(depth + 1)}`) as unknown),
);
const anOddName = fc.oneof(
  fc.constantFrom(
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "toJSON",
    "integer0",
    "length",
    "then",
    "id",
    "\u0000",
    "_a",
    "a:b",
    "",
  ),
  fc.string({ maxLength: 5 }),
);

interface Change {
  /** Chooses where, step by step. */
  readonly steps: readonly number[];
  readonly kind: "replace" | "leave out" | "add" | "twice";
  readonly name: string;
  readonly value: unknown;
}

const aChange: fc.Arbitrary<Change> = fc.record({
  steps: fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 6 }),
  kind: fc.constantFrom("replace", "replace", "leave out", "add", "twice"),
  name: anOddName,
  value: anOddValue,
});

/** The value with one change somewhere in it, as text: names may stand there twice, and be `__proto__`. */
function write(value: unknown, change: Change, [step, ...steps]: readonly number[]): string {
  if (typeof value !== "object" || value === null || step === undefined) return JSON.stringify(value);
  const members = Object.entries(value);
  const chosen = members.length === 0 ? -1 : step % members.length;
  const written = members.flatMap(([name, member], index): readonly (readonly [name: string, text: string])[] => {
    if (index !== chosen) return [[name, JSON.stringify(member)]];
    if (steps.length > 0 && typeof member === "object" && member !== null) return [[name, write(member, change, steps)]];
    const odd = JSON.stringify(change.value);
    switch (change.kind) {
      case "replace":
        return [[name, odd]];
      case "leave out":
        return [];
      case "add":
        return [
          [name, JSON.stringify(member)],
          [change.name, odd],
        ];
      case "twice":
        return [
          [name, JSON.stringify(member)],
          [name, odd],
        ];
    }
  });
  if (Array.isArray(value)) return `[${written.map(([, text]) => text).join(",")}]`;
  return `{${written.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;
}

const aBody = fc.array(aChange, { minLength: 1, maxLength: 1 }).map(([change]) => {
  const text = change === undefined ? JSON.stringify(full) : write(full, change, change.steps);
  return text.replaceAll(new RegExp(`"${marker}([^"]+)"`, "g"), "$1");
});

/** Whatever is told of a body must be that of a refusal. @returns undefined where it is refused as a whole */
function read(text: string): ReturnType<typeof readSubmission> | undefined {
  try {
    return readSubmission(Buffer.from(text));
  } catch (error) {
    expect(error, String(error)).toBeInstanceOf(SwitchboardError);
    // Just looked at.
    expect(["HS_BAD_VALUE", "HS_TOO_LARGE"]).toContain((error as SwitchboardError).code);
    return undefined;
  }
}

describe("a body with something odd in it", () => {
  it("is refused, or what is taken of it is well-formed and within the limits", { timeout: 60_000 }, () => {
    let taken = 0;
    fc.assert(
      fc.property(aBody, (text) => {
        const submission = read(text);
        if (submission === undefined) return;
        taken += 1;
        for (const { id, updateSequenceId, json, entries } of submission.repositories) {
          expect(id).toMatch(/^[A-Za-z0-9~._-]{1,1024}$/);
          expect(isInt64(updateSequenceId)).toBe(true);
          expect(json).toMatch(/^\{"/);
          expect(JSON.parse(json)).toMatchObject({ id });
          expect(json).not.toMatch(/\\u0000|\\ud[89a-f]/i);
          for (const entry of entries) {
            expect(entry.id).toMatch(/^[A-Za-z0-9~._-]{1,1024}$/);
            expect(entry.json).not.toMatch(/\\u0000|\\ud[89a-f]/i);
            expect(JSON.parse(entry.json)).toMatchObject({ id: entry.id, issueKeys: entry.issueKeys });
            expect(entry.json).toContain(`"updateSequenceId":${entry.updateSequenceId},`);
            expect(entry.issueKeys.length).toBeGreaterThan(0);
            for (const key of entry.issueKeys) expect(key).toMatch(/^\p{L}[\p{L}0-9_]{1,255}-[0-9]{1,255}$/u);
            expect(Number.isFinite(entry.happenedAt)).toBe(true);
          }
        }
        for (const { messages } of submission.refused) {
          expect(messages.length).toBeGreaterThan(0);
          for (const message of messages) expect(message).toMatch(/^devInformation\.repository\.[A-Za-z.]+: ./);
        }
      }),
      { numRuns: Number(process.env["HOSTILE_RUNS"] ?? 1_500), seed: 8 },
    );
    // Most are taken in part: else nothing would be shown of what is stored.
    expect(taken).toBeGreaterThan(500);
    expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("over HTTP and down to the store", () => {
  let rig: DevinfoRig;

  beforeAll(() => {
    rig = new DevinfoRig();
  });

  afterAll(() => rig.stop());

  it("it is answered in the shape of the contract, and what is said to be accepted can be read", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(aBody, async (text) => {
        const answer = await rig.call("POST", "bulk", { body: text });
        expect([202, 400, 413], answer.text).toContain(answer.status);
        if (answer.status !== 202) {
          expect(answer.json()).toEqual({ errorMessages: [{ message: expect.any(String) as string }] });
          return;
        }
        // The API's shape.
        const { acceptedDevinfoEntities, failedDevinfoEntities, unknownIssueKeys, ...others } = answer.json() as StoreResult;
        expect([Object.keys(others).filter((name) => name !== "unknownAssociations"), Array.isArray(unknownIssueKeys)]).toEqual([[], true]);
        expect(typeof failedDevinfoEntities).toBe("object");
        for (const [id, { commits }] of Object.entries(acceptedDevinfoEntities)) {
          const read = await rig.read(id);
          expect(read.commits.map((commit) => commit.id)).toEqual(expect.arrayContaining([...commits]));
          expect((await rig.call("DELETE", `repository/${id}`)).status).toBe(202);
        }
      }),
      { numRuns: 150, seed: 8 },
    );
    expect(rig.logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});
