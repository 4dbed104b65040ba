import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DevinfoDatabase } from "../../test/support/devinfo-database.js";
import { DevinfoModel, type ModelOutcome } from "../../test/support/devinfo-model.js";
import { ManualClock } from "../../test/support/manual-clock.js";
import { devinfoEntityTypes, type DevinfoEntry, type DevinfoSubmission, type SubmittedRepository } from "../core/devinfo.js";
import { SwitchboardError } from "../core/errors.js";
import type { DevinfoOutcome, EntityAddress } from "../core/ports/devinfo.js";
import { createLog } from "../shared/log.js";
import { createDevinfo, type DevinfoEngine } from "./create-devinfo.js";
import { usualLimits, type EngineLimits } from "./limits.js";

// The engine beside a plain model of the rules: both do the same, and after every step both are asked everything.

const hourMs = 60 * 60_000;
const providerNames = ["ci", "ci.2", "other"];
const repositoryIds = ["1", "1.1", "two"];
const entityIds = ["a", "b"];
const issueKeys = ["PLAY-1", "PLAY-11", "PLAY-2", "PLA-1", "A_B-1"];
const projectKeys = ["PLAY", "PLA", "A_B"];
const sequences = [-(2n ** 63n), -7n, 0n, 1n, 2n, 3n, 4n, 2n ** 53n + 1n, 2n ** 53n + 2n, 2n ** 63n - 1n];
/** Deleted at once are a thousand: of more the rest is deleted by a mark, and cleaned away behind. */
const many = 1_020;
const shownEntities = 400;
/** Of what is deleted and written at once, so that little is much. */
const tinyLimits: EngineLimits = { sliceSize: 100, deletedAtOnce: 1, cleanedAtOnce: 1 };

/** Something that changes what is stored; those of one step are called one right after the other. */
type Change =
  | { readonly kind: "record"; readonly submission: DevinfoSubmission; readonly remove: readonly EntityAddress[] }
  | ({ readonly kind: "record many"; readonly provider: string } & Many)
  | { readonly kind: "delete repository"; readonly provider: string; readonly repositoryId: string; readonly upTo: bigint | undefined }
  | { readonly kind: "delete entity"; readonly address: EntityAddress; readonly upTo: bigint | undefined }
  | { readonly kind: "delete by properties"; readonly provider: string; readonly properties: Tags; readonly upTo: bigint | undefined }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "delete provider"; readonly provider: string };
type Tags = Readonly<Record<string, string>>;
/** More commits than are deleted at once, in one repository. */
interface Many {
  readonly id: string;
  readonly updateSequenceId: bigint;
  readonly version: number;
}
type Step =
  | { readonly kind: "change"; readonly changes: readonly Change[] }
  | { readonly kind: "hours"; readonly hours: number }
  | { readonly kind: "settle" }
  /** Nothing is cleaned away until the next restart. */
  | { readonly kind: "stop cleaning" }
  | { readonly kind: "restart" };
type DevinfoPage = Awaited<ReturnType<DevinfoEngine["byIssueKey"]>>;
/** By question. */
type Answers = Record<string, unknown>;
/** Asked after every step. */
interface Question {
  readonly properties: Tags;
  readonly upTo: bigint | undefined;
}

const aProvider = fc.constantFrom("ci", "ci", "ci", "ci.2", "ci.2", "other");
const aRepository = fc.constantFrom(...repositoryIds);
const aSequence = fc.oneof({ arbitrary: fc.constantFrom(0n, 1n, 2n, 3n, 4n), weight: 3 }, fc.constantFrom(...sequences));
const aLimit = fc.option(aSequence, { nil: undefined });
const someTags = fc
  .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "__proto__"), fc.constantFrom("1", "2")), { selector: ([name]) => name, maxLength: 2 })
  .map((pairs) => Object.fromEntries(pairs));
const anEntry = fc
  .record({
    type: fc.constantFrom(...devinfoEntityTypes),
    id: fc.constantFrom(...entityIds),
    issueKeys: fc.subarray(issueKeys, { minLength: 1, maxLength: 3 }),
    updateSequenceId: aSequence,
    version: fc.nat({ max: 2 }),
  })
  .map(toEntry);
const aSubmitted = fc
  .record({
    id: aRepository,
    updateSequenceId: aSequence,
    version: fc.nat({ max: 1 }),
    entries: fc.uniqueArray(anEntry, { selector: ({ type, id }) => type + id, maxLength: 4 }),
  })
  .map(({ version, ...repository }): SubmittedRepository => ({ ...repository, json: JSON.stringify({ id: repository.id, version }) }));
const anAddress = fc.record({
  provider: aProvider,
  repositoryId: aRepository,
  type: fc.constantFrom(...devinfoEntityTypes),
  id: fc.constantFrom(...entityIds),
});
const aRecord = fc
  .record({
    provider: aProvider,
    repositories: fc.uniqueArray(aSubmitted, { selector: ({ id }) => id, minLength: 1, maxLength: 3 }),
    properties: fc.option(someTags, { nil: undefined }),
    skipsUnchanged: fc.boolean(),
    remove: fc.array(anAddress, { maxLength: 2 }),
  })
  .map(({ provider, repositories, properties, skipsUnchanged, remove }): Change => {
    const rules = { isBackfill: false, preventTransitions: false, skipsUnchanged, ...(properties === undefined ? {} : { properties }) };
    return { kind: "record", submission: { provider, repositories, ...rules }, remove: remove.map((each) => ({ ...each, provider })) };
  });
const taggedWith = someTags.filter((tags) => Object.keys(tags).length > 0);
const aChange: fc.Arbitrary<Change> = fc.oneof(
  { arbitrary: aRecord, weight: 8 },
  {
    arbitrary: fc.record({ kind: fc.constant("delete repository" as const), provider: aProvider, repositoryId: aRepository, upTo: aLimit }),
    weight: 3,
  },
  { arbitrary: fc.record({ kind: fc.constant("delete entity" as const), address: anAddress, upTo: aLimit }), weight: 2 },
  {
    arbitrary: fc.record({ kind: fc.constant("delete by properties" as const), provider: aProvider, properties: taggedWith, upTo: aLimit }),
    weight: 1,
  },
  { arbitrary: fc.record({ kind: fc.constant("rename" as const), from: aProvider, to: aProvider }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant("delete provider" as const), provider: aProvider }), weight: 1 },
);
const manyAtOnce: fc.Arbitrary<Change> = fc.record({
  kind: fc.constant("record many" as const),
  provider: aProvider,
  id: aRepository,
  updateSequenceId: aSequence,
  version: fc.nat({ max: 2 }),
});

function aStep(changes: fc.Arbitrary<Change>): fc.Arbitrary<Step> {
  return fc.oneof(
    {
      arbitrary: fc.record({ kind: fc.constant("change" as const), changes: fc.array(changes, { minLength: 1, maxLength: 3 }) }),
      weight: 10,
    },
    { arbitrary: fc.record({ kind: fc.constant("hours" as const), hours: fc.constantFrom(1, 12, 24, 25) }), weight: 1 },
    { arbitrary: fc.record({ kind: fc.constantFrom("settle" as const, "stop cleaning" as const, "restart" as const) }), weight: 2 },
  );
}

const someQuestions = fc.array(fc.record({ properties: taggedWith, upTo: aLimit }), { minLength: 2, maxLength: 2 });

function toEntry(given: Omit<DevinfoEntry, "json" | "happenedAt"> & { readonly version: number }): DevinfoEntry {
  const { version, ...entry } = given;
  const { updateSequenceId, ...content } = given;
  const json = `{"updateSequenceId":${updateSequenceId},${JSON.stringify(content).slice(1)}`;
  // The first of them has no time.
  return { ...entry, happenedAt: version * hourMs, json };
}

function toSubmission(provider: string, { id, updateSequenceId, version }: Many): DevinfoSubmission {
  const entries = Array.from({ length: many }, (_, index) =>
    toEntry({ type: "commit", id: `m${index}`, issueKeys: ["PLA-1"], updateSequenceId, version }),
  );
  const repositories = [{ id, updateSequenceId, json: JSON.stringify({ id, version }), entries }];
  return { provider, repositories, isBackfill: false, preventTransitions: false };
}

/** Engine and model over one clock. */
class Pair {
  readonly model = new DevinfoModel();
  readonly clock = new ManualClock();
  readonly #database = new DevinfoDatabase();
  readonly #limits: EngineLimits;
  readonly #failures: string[] = [];
  readonly #log = createLog(
    { level: "error", json: true, colorize: false, timestampFormat: "" },
    { write: (line) => void this.#failures.push(line) },
  );
  #engine: DevinfoEngine;

  constructor(limits: EngineLimits) {
    this.#limits = limits;
    this.#engine = this.#createEngine();
    this.model.now = this.clock.now();
  }

  async take(step: Step): Promise<void> {
    if (step.kind === "change") await this.#change(step.changes);
    else if (step.kind === "hours") await this.#pass(step.hours);
    else if (step.kind === "settle") await this.#engine.settled();
    else await this.#engine.stop();
    if (step.kind === "restart") this.#engine = this.#createEngine();
    if (step.kind === "restart") this.#engine.start();
  }

  /** @param isWhole asks for everything, of which some is only asked now and then */
  async compare(questions: readonly Question[], isWhole: boolean): Promise<void> {
    const given: Answers = {};
    const expected: Answers = {};
    for (const provider of providerNames) {
      for (const repositoryId of repositoryIds) await this.#askRepository(provider, repositoryId, given, expected, isWhole);
      for (const [index, { properties, upTo }] of questions.entries()) {
        given[`${provider} exists ${index}`] = await this.#engine.existsByProperties(provider, properties, upTo);
        expected[`${provider} exists ${index}`] = this.model.existsByProperties(provider, properties, upTo);
      }
      for (const project of projectKeys) await this.#askProject(provider, project, given, expected);
    }
    for (const key of issueKeys) await this.#askIssue(key, given, expected);
    given["providers"] = await this.#engine.providers();
    expected["providers"] = this.model.providers();
    expect(given).toEqual(expected);
    expect(this.#failures).toEqual([]);
    if (isWhole) await this.#dump();
  }

  /** Every index has what it should have. @returns keys of what is deleted and not cleaned away yet */
  async #dump(): Promise<readonly string[]> {
    const { missing, stray, uncleaned } = await this.#database.dump();
    expect({ missing, stray }).toEqual({ missing: [], stray: [] });
    return uncleaned;
  }

  /** Deletes all there is. @returns keys that are left when that is cleaned away and no tombstone lives any more */
  async deleteEverything(): Promise<readonly string[]> {
    await this.take({ kind: "restart" });
    await this.#engine.settled();
    expect(await this.#dump()).toEqual([]);
    for (const provider of providerNames) {
      for (const repositoryId of this.model.repositoryIds(provider)) await this.#engine.deleteRepository(provider, repositoryId);
    }
    await this.#engine.settled();
    await this.#pass(25);
    await this.#engine.settled();
    await this.#engine.stop();
    return this.#database.keys();
  }

  #createEngine(): DevinfoEngine {
    return createDevinfo({
      ...{ store: this.#database.createStore(), commit: this.#database.commit, clock: this.clock, log: this.#log },
      ...{ limits: this.#limits, observers: [] },
    });
  }

  async #pass(hours: number): Promise<void> {
    await this.clock.advance(hours * hourMs);
    this.model.now = this.clock.now();
  }

  async #change(changes: readonly Change[]): Promise<void> {
    const done = await Promise.all(changes.map((change) => this.#outcomeOf(change)));
    const expected = changes.map((change) => this.#expectedOf(change));
    expect(done).toEqual(expected);
  }

  async #outcomeOf(change: Change): Promise<ModelOutcome | string | undefined> {
    try {
      return await this.#carryOut(change);
    } catch (error) {
      if (error instanceof SwitchboardError) return error.code;
      throw error;
    }
  }

  async #carryOut(change: Change): Promise<ModelOutcome | undefined> {
    const engine = this.#engine;
    switch (change.kind) {
      case "record":
        return toModelOutcome(await engine.record(change.submission, { remove: change.remove }));
      case "record many":
        return toModelOutcome(await engine.record(toSubmission(change.provider, change)));
      case "delete repository":
        await engine.deleteRepository(change.provider, change.repositoryId, change.upTo);
        return undefined;
      case "delete entity":
        await engine.deleteEntity(change.address, change.upTo);
        return undefined;
      case "delete by properties":
        await engine.deleteByProperties(change.provider, change.properties, change.upTo);
        return undefined;
      case "rename":
        await engine.renameProvider(change.from, change.to);
        return undefined;
      case "delete provider":
        await engine.deleteProvider(change.provider);
        return undefined;
    }
  }

  #expectedOf(change: Change): ModelOutcome | string | undefined {
    const { model } = this;
    switch (change.kind) {
      case "record":
        return model.record(change.submission, change.remove);
      case "record many":
        return model.record(toSubmission(change.provider, change));
      case "delete repository":
        model.deleteRepository(change.provider, change.repositoryId, change.upTo);
        return undefined;
      case "delete entity":
        model.deleteEntity(change.address, change.upTo);
        return undefined;
      case "delete by properties":
        model.deleteByProperties(change.provider, change.properties, change.upTo);
        return undefined;
      case "rename":
        return model.renameProvider(change.from, change.to);
      case "delete provider":
        return model.deleteProvider(change.provider);
    }
  }

  async #askRepository(provider: string, repositoryId: string, given: Answers, expected: Answers, isWhole: boolean): Promise<void> {
    const place = `${provider} ${repositoryId}`;
    const read = await this.#engine.readRepository(provider, repositoryId);
    const known = this.model.read(provider, repositoryId);
    given[place] = read && [read.id, read.updateSequenceId, read.json, read.entries.map(({ json }) => json)];
    const texts = known?.entities.slice(0, shownEntities).map(({ json }) => json);
    expected[place] = known && [repositoryId, known.sequence, known.json, texts];
    for (const type of isWhole ? devinfoEntityTypes : []) {
      const listed = await this.#engine.list(provider, repositoryId, type, "", many + 100);
      given[`${place} ${type}`] = listed.map(({ id }) => id);
      const ids = known?.entities.filter((entity) => entity.type === type).map(({ id }) => id) ?? [];
      expected[`${place} ${type}`] = ids.sort();
    }
  }

  async #askProject(provider: string, project: string, given: Answers, expected: Answers): Promise<void> {
    const found = await this.#engine.repositoriesOfProject(provider, project);
    const known = this.model.repositoriesOfProject(provider, project);
    given[`${provider} ${project}`] = [...found].sort();
    expected[`${provider} ${project}`] = known;
  }

  async #askIssue(key: string, given: Answers, expected: Answers): Promise<void> {
    const providers = new Set(key === "PLAY-2" ? ["ci"] : providerNames);
    const known = this.model.naming(key, providers);
    const limit = known.length > 50 ? shownEntities : 3;
    const entries: DevinfoPage["entries"][number][] = [];
    const lengths: number[] = [];
    for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
      const page: DevinfoPage = await this.#engine.byIssueKey(key, { limit, providers, ...(after === undefined ? {} : { after }) });
      entries.push(...page.entries);
      lengths.push(page.entries.length);
      after = page.next;
    }
    given[key] = entries.map(({ provider, repositoryId, type, id, json }) => `${provider} ${repositoryId} ${type} ${id} ${json}`).sort();
    expected[key] = known.map(({ place, json }) => `${place} ${json}`).sort();
    given[`${key} times`] = entries.map(({ happenedAt }) => happenedAt);
    expected[`${key} times`] = known.map(({ happenedAt }) => happenedAt).sort((one, other) => other - one);
    given[`${key} pages`] = lengths;
    expected[`${key} pages`] = pagesOf(known.length, limit);
  }
}

/** All are full but the last, which is empty only where nothing is found. */
function pagesOf(count: number, limit: number): readonly number[] {
  const full = Math.max(0, Math.ceil(count / limit) - 1);
  return [...new Array<number>(full).fill(limit), count - full * limit];
}

function toModelOutcome({ repositories, removed = [] }: DevinfoOutcome): ModelOutcome {
  return {
    results: repositories.map(({ result, entries }) => [result, entries.map((each) => [each.result, each.before?.updateSequenceId])]),
    removed: removed.map(({ repositoryId, type, id }) => `${repositoryId} ${type} ${id}`).sort(),
  };
}

function aPart(updateSequenceId: bigint, entry: DevinfoEntry): Change {
  const repositories = [{ id: "1", updateSequenceId, json: '{"id":"1"}', entries: [entry] }];
  return { kind: "record", submission: { provider: "ci", repositories, isBackfill: false, preventTransitions: false }, remove: [] };
}

/** Deletes a part by a mark; nothing that names its project is left. */
const deletedByMark: Step[] = [
  { kind: "change", changes: [{ kind: "record many", provider: "ci", id: "1", updateSequenceId: 1n, version: 0 }] },
  {
    kind: "change",
    changes: [aPart(2n, toEntry({ type: "branch", id: "a", issueKeys: ["PLAY-1"], updateSequenceId: 2n, version: 1 }))],
  },
  { kind: "change", changes: [{ kind: "delete repository", provider: "ci", repositoryId: "1", upTo: 1n }] },
];

async function compareThrough(limits: EngineLimits, steps: readonly Step[], questions: readonly Question[]): Promise<void> {
  const pair = new Pair(limits);
  for (const step of steps) {
    await pair.take(step);
    await pair.compare(questions, step.kind !== "change");
  }
  await pair.compare(questions, true);
  const left = (await pair.deleteEverything()).filter((key) => !/^!devinfo!(?:P|acceptance$)/.test(key));
  expect(left).toEqual([]);
}

describe("development information and a model of its rules", () => {
  const runs = Number(process.env["MODEL_RUNS"] ?? 120);

  it.each([
    ["after every change, and leave nothing behind", usualLimits],
    ["where everything is written and deleted in many parts", tinyLimits],
  ] as const)("answer the same %s", { timeout: 60_000 }, async (_, limits) => {
    const steps = fc.array(aStep(aChange), { minLength: 1, maxLength: 30, size: "max" });
    const property = fc.asyncProperty(steps, someQuestions, (taken, questions) => compareThrough(limits, taken, questions));
    await fc.assert(property, { numRuns: runs });
  });

  it("answer the same where so much is deleted that it is cleaned away behind", { timeout: 60_000 }, async () => {
    const changes = fc.oneof({ arbitrary: aChange, weight: 6 }, { arbitrary: manyAtOnce, weight: 1 });
    const steps = fc.array(aStep(changes), { minLength: 1, maxLength: 12, size: "max" });
    const property = fc.asyncProperty(steps, someQuestions, (taken, questions) => compareThrough(usualLimits, taken, questions));
    await fc.assert(property, { numRuns: runs / 10, examples: [[deletedByMark, []]] });
  });
});
