import { isLongerThan } from "./cut-text.js";
import { IssueKeyLedger, toIssueKey } from "./issue-key-ledger.js";
import { isObject, member, type SentObject } from "./sent-object.js";
import type { Association } from "./write-entity.js";

/*
 * The issues that entities name, as `issueKeys` or in the newer form as `associations`. Each reader adds what is wrong to a list of problems;
 * `place` is what their codes begin with, such as `devInformation.repository.commit`.
 */

const mostKeys = 500;
const longestValue = 255;
/** The type of association that means an issue by its key. */
const issueAssociation = "issueIdOrKeys";

interface NamedIssues {
  /** Those that fit. */
  readonly issueKeys: readonly string[];
  readonly associations?: readonly Association[];
}

const none: NamedIssues = { issueKeys: [] };

/** What the entities of a body name. */
export class NamedIssueLedger {
  readonly keys = new IssueKeyLedger();
  /** Of associations. */
  readonly associated = new IssueKeyLedger();
  readonly #others = new Map<string, Set<string>>();

  /** What associations name that is no issue's key, by their type; long values are cut. */
  get unknownAssociations(): readonly Association[] {
    const values = [[issueAssociation, this.associated.unfit] as const, ...this.#others];
    return values.flatMap(([associationType, names]) => {
      const all = [...names];
      return all.length === 0 ? [] : [{ associationType, values: all }];
    });
  }

  noteOther({ associationType, values }: Association): void {
    const noted = this.#others.get(associationType) ?? new Set();
    this.#others.set(associationType, noted);
    for (const value of values) noted.add(value);
  }
}

/** Of an entity that is listed: it has to name an issue. What it names is noted, whatever else is wrong with it. */
export function readNamedIssues(sent: SentObject, ledger: NamedIssueLedger, place: string, problems: string[]): NamedIssues {
  const keys = member(sent, "issueKeys");
  const associations = unlessEmpty(member(sent, "associations"));
  if (associations === undefined) return readIssueKeys(keys, ledger, place, problems);
  if (unlessEmpty(keys) === undefined) return readAssociations(associations, ledger, place, problems);
  problems.push(`${place}.issueKeysOrAssociationsOrNone.invalid: issueKeys and associations exclude each other.`);
  return { issueKeys: takeKeys(keys, ledger.keys) ?? [] };
}

/** Of a branch's last commit: it may name none, and what it names is noted nowhere. Keys go before associations. */
export function readIssuesOfLastCommit(sent: SentObject, place: string, problems: string[]): NamedIssues {
  const keys = member(sent, "issueKeys");
  const associations = unlessEmpty(member(sent, "associations"));
  if (associations !== undefined && unlessEmpty(keys) === undefined) {
    const checked = checkAssociations(associations, place, problems);
    return checked === undefined ? none : { issueKeys: fittingKeys(issueValues(checked)), associations: checked };
  }
  if (isListOfTexts(keys) && keys.length <= mostKeys) return { issueKeys: fittingKeys(keys) };
  problems.push(
    keys === undefined
      ? `${place}.issueKeys.required: issueKeys is missing.`
      : `${place}.issueKeys.invalid: issueKeys has to be a list of at most ${mostKeys} texts.`,
  );
  return none;
}

function fittingKeys(values: readonly string[]): readonly string[] {
  return [...new Set(values.flatMap((value) => toIssueKey(value) ?? []))];
}

function readIssueKeys(keys: unknown, ledger: NamedIssueLedger, place: string, problems: string[]): NamedIssues {
  const issueKeys = takeKeys(keys, ledger.keys);
  if (issueKeys !== undefined && issueKeys.length > 0) return { issueKeys };
  if (keys === undefined) problems.push(`${place}.issueKeys.required: issueKeys is missing.`);
  else if (issueKeys === undefined) problems.push(`${place}.issueKeys.invalid: issueKeys has to be a list of 1 to ${mostKeys} texts.`);
  else problems.push(`${place}.issueKeys.invalid: none of issueKeys has the form of an issue's key.`);
  return none;
}

/** @returns undefined for what is no list of 1 to 500 texts */
function takeKeys(keys: unknown, ledger: IssueKeyLedger): readonly string[] | undefined {
  return Array.isArray(keys) && keys.length > 0 && keys.length <= mostKeys ? ledger.take(keys) : undefined;
}

function readAssociations(sent: unknown, ledger: NamedIssueLedger, place: string, problems: string[]): NamedIssues {
  const associations = checkAssociations(sent, place, problems);
  if (associations === undefined) return none;
  const issueKeys = ledger.associated.take(issueValues(associations)) ?? [];
  for (const each of associations) if (each.associationType !== issueAssociation) ledger.noteOther(each);
  if (issueKeys.length === 0) problems.push(`${place}.associations.invalid: none of associations has the key of an issue.`);
  return { issueKeys, associations };
}

/** @returns what the contract names of them; undefined where they do not fit */
function checkAssociations(sent: unknown, place: string, problems: string[]): readonly Association[] | undefined {
  if (areAssociations(sent)) return sent.map(({ associationType, values }) => ({ associationType, values }));
  problems.push(
    `${place}.associations.invalid: associations have an associationType and 1 to ${mostKeys} values of up to ${longestValue} characters.`,
  );
  return undefined;
}

function issueValues(associations: readonly Association[]): readonly string[] {
  return associations.flatMap(({ associationType, values }) => (associationType === issueAssociation ? values : []));
}

function areAssociations(sent: unknown): sent is readonly Association[] {
  if (!Array.isArray(sent) || sent.length > mostKeys || !sent.every(isAssociation)) return false;
  return sent.reduce((count, { values }) => count + values.length, 0) <= mostKeys;
}

function isAssociation(sent: unknown): sent is Association {
  if (!isObject(sent)) return false;
  const type = member(sent, "associationType");
  const values = member(sent, "values");
  return typeof type === "string" && !isLong(type) && isListOfTexts(values) && values.length > 0 && !values.some(isLong);
}

function isLong(text: string): boolean {
  return isLongerThan(text, longestValue);
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function unlessEmpty(value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? undefined : value;
}
