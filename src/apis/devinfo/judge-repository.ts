import type { DevinfoEntry, SubmittedRepository } from "../../core/devinfo.js";
import type { RefusedDevinfo } from "../../core/ports/devinfo.js";
import { stringify } from "./body-json.js";
import { repositorySchemas } from "./entity-schemas.js";
import { FieldCheck } from "./field-check.js";
import { toIssueKey } from "./issue-key-ledger.js";
import { entityKinds, judgeEntity, refuse, type EntityKind, type Judgement, type Reading } from "./judge-entity.js";
import { explainId, readId, readSequence } from "./own-fields.js";
import { isObject, member, type SentObject } from "./sent-object.js";
import type { SentRepository } from "./sent-entities.js";
import { shapeRepository } from "./write-entity.js";

/** What of a repository is taken, and what is not. */
export interface JudgedRepository {
  /** Absent where its record is bad: then nothing of it is taken. */
  readonly repository?: SubmittedRepository;
  readonly refused: readonly RefusedDevinfo[];
}

const place = "devInformation.repository";
const repositoryCheck = new FieldCheck<SentRepository>(repositorySchemas);
/** As many keys of a refused repository's entities are told. */
const mostKeysTold = 1000;

/** @param position in the body, which names it where its id cannot */
export function judgeRepository(sent: unknown, position: number, reading: Reading): JudgedRepository {
  const named = `repositories[${position}]`;
  if (!isObject(sent)) return refuseRepository(named, [], [`${place}.invalid: It is no object.`]);
  const problems: string[] = [];
  const id = readId(sent, false);
  if (id === undefined) problems.push(explainId(sent, place));
  const updateSequenceId = BigInt(readSequence(sent, place, problems));
  const record = repositoryCheck.read(sent);
  if (record === undefined) problems.push(...repositoryCheck.explain(sent, place));
  problems.push(...entityKinds.flatMap((kind) => explainList(kind, sent)));
  if (id === undefined || record === undefined || problems.length > 0) return refuseRepository(id ?? named, keysIn(sent), problems);
  const entries: DevinfoEntry[] = [];
  const refused: RefusedDevinfo[] = [];
  for (const kind of entityKinds) {
    for (const judgement of judgeList(kind, listOf(sent, kind), reading)) {
      if ("entry" in judgement) entries.push(judgement.entry);
      else refused.push({ repositoryId: id, ...judgement.refused });
    }
  }
  return { repository: { id, updateSequenceId, json: stringify(shapeRepository(id, record), false), entries }, refused };
}

/** What it lists of a kind; empty where that is no list. */
export function listOf(sent: SentObject, { list }: EntityKind): readonly unknown[] {
  const entities = member(sent, list);
  return Array.isArray(entities) ? entities : [];
}

function explainList({ list }: EntityKind, sent: SentObject): readonly string[] {
  const entities = member(sent, list);
  return entities === undefined || Array.isArray(entities) ? [] : [`${place}.${list}.invalid: ${list} has to be a list.`];
}

/** Of entities with one id none is taken: nobody can tell which is meant. */
function judgeList(kind: EntityKind, sent: readonly unknown[], reading: Reading): readonly Judgement[] {
  const judgements = sent.map((each, position) => judgeEntity(kind, each, position, reading));
  if (new Set(judgements.map(idOf)).size === judgements.length) return judgements;
  const byId = new Map<string, [Judgement, ...Judgement[]]>();
  for (const judgement of judgements) {
    const before = byId.get(idOf(judgement));
    if (before === undefined) byId.set(idOf(judgement), [judgement]);
    else before.push(judgement);
  }
  return [...byId].map(([id, [first, ...others]]) => (others.length === 0 ? first : refuseTwice(kind, id, [first, ...others])));
}

function idOf(judgement: Judgement): string {
  return "entry" in judgement ? judgement.entry.id : judgement.refused.id;
}

function refuseTwice({ type, list, place: kindPlace }: EntityKind, id: string, judgements: readonly Judgement[]): Judgement {
  const keys = judgements.flatMap((judgement) => ("entry" in judgement ? judgement.entry : judgement.refused).issueKeys);
  return refuse(type, id, [...new Set(keys)], [`${kindPlace}.id.invalid: The id stands more than once among ${list}.`]);
}

function refuseRepository(repositoryId: string, issueKeys: readonly string[], messages: readonly string[]): JudgedRepository {
  return { refused: [{ repositoryId, issueKeys, messages }] };
}

/** Keys that its entities name, for who asks why nothing of them is there. */
function keysIn(sent: SentObject): readonly string[] {
  const keys = new Set<string>();
  for (const entity of entityKinds.flatMap((kind) => listOf(sent, kind))) {
    const named = isObject(entity) ? member(entity, "issueKeys") : undefined;
    if (!Array.isArray(named)) continue;
    for (const each of named) {
      const key = typeof each === "string" ? toIssueKey(each) : undefined;
      if (key !== undefined) keys.add(key);
      if (keys.size >= mostKeysTold) return [...keys];
    }
  }
  return [...keys];
}
