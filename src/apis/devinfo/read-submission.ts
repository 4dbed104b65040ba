import { SwitchboardError, ValidationError } from "../../core/errors.js";
import type { SubmittedRepository } from "../../core/devinfo.js";
import type { RefusedDevinfo } from "../../core/ports/devinfo.js";
import { parseBody } from "./body-json.js";
import { entityKinds, type Reading } from "./judge-entity.js";
import { judgeRepository, listOf } from "./judge-repository.js";
import { losesDigits } from "./loses-digits.js";
import { NamedIssueLedger } from "./named-issues.js";
import { readId } from "./own-fields.js";
import { parseExactly } from "./parse-exactly.js";
import { isObject, member, type SentObject } from "./sent-object.js";
import { readEnvelope, type Envelope } from "./read-envelope.js";
import type { Association } from "./write-entity.js";

/** A body of `POST /bulk`, judged: what of it is taken, what is not, and what it names. */
export interface ReadSubmission extends Envelope {
  readonly repositories: readonly SubmittedRepository[];
  readonly refused: readonly RefusedDevinfo[];
  readonly issues: ReadIssues;
}

/** Issues that entities name, whatever else is wrong with them. */
export interface ReadIssues {
  /** Projects of all keys that fit, in upper case. */
  readonly projects: readonly string[];
  /** What has not the form of a key, as it was sent; long ones are cut. */
  readonly unfitKeys: readonly string[];
  readonly unknownAssociations: readonly Association[];
}

const mostRepositories = 100;
const mostEntities = 1000;

/**
 * Reads a body. Repositories and entities are judged one by one: those that do not fit are refused with reasons, and the others taken.
 * @throws ValidationError where the body as a whole does not fit; SwitchboardError HS_TOO_LARGE for too many entities
 */
export function readSubmission(bytes: Buffer): ReadSubmission {
  const body = parseBody(bytes);
  return losesDigits(body) ? judgeBody(parseExactly(bytes, body), true) : judgeBody(body, false);
}

/** @param isExact whether it may hold long integers */
function judgeBody(body: unknown, isExact: boolean): ReadSubmission {
  if (!isObject(body)) throw new ValidationError("The body has to be an object.");
  const repositories = readRepositories(body);
  const envelope = readEnvelope(body);
  const ledger = new NamedIssueLedger();
  const reading: Reading = { isExact, ledger };
  const judged = repositories.map((each, position) => judgeRepository(each, position, reading));
  return {
    ...envelope,
    repositories: judged.flatMap(({ repository }) => repository ?? []),
    refused: judged.flatMap(({ refused }) => refused),
    issues: {
      projects: [...new Set([...ledger.keys.projects, ...ledger.associated.projects])],
      unfitKeys: ledger.keys.unfit,
      unknownAssociations: ledger.unknownAssociations,
    },
  };
}

function readRepositories(body: SentObject): readonly unknown[] {
  const repositories = member(body, "repositories");
  if (!Array.isArray(repositories)) throw new ValidationError("repositories has to be a list.");
  if (repositories.length === 0) throw new ValidationError("repositories is empty.");
  if (repositories.length > mostRepositories) throw new ValidationError(`repositories has more than ${mostRepositories}.`);
  const objects = repositories.filter(isObject);
  const ids = objects.flatMap((each) => readId(each, false) ?? []);
  if (new Set(ids).size < ids.length) throw new ValidationError("repositories has an id more than once.");
  const entities = objects.reduce((count, each) => count + entityKinds.reduce((sum, kind) => sum + listOf(each, kind).length, 0), 0);
  if (entities > mostEntities) {
    throw new SwitchboardError("HS_TOO_LARGE", `The body has ${entities} entities, more than ${mostEntities}: submit fewer entities.`);
  }
  return repositories;
}
