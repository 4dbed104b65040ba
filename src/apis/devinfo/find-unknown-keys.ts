import { projectOf } from "./issue-key-ledger.js";
import type { ReadSubmission } from "./read-submission.js";

/** Whether a room somewhere is connected to the project. @param projectKey in upper case */
export interface KnownProjects {
  isKnown(projectKey: string): boolean | Promise<boolean>;
}

/** As many projects or keys are looked at before others have their turn. */
const lookedAtInTurn = 10_000;

/** What `unknownIssueKeys` tells: what has not the form of a key, and keys whose project nobody knows. */
export async function findUnknownKeys(submission: ReadSubmission, known: KnownProjects): Promise<readonly string[]> {
  const { projects, unfitKeys } = submission.issues;
  const turns = new Turns();
  const unknown = new Set<string>();
  for (const project of projects) {
    if (!(await known.isKnown(project))) unknown.add(project);
    await turns.next(1);
  }
  return unknown.size === 0 ? unfitKeys : [...unfitKeys, ...(await keysOf(submission, unknown, turns))];
}

async function keysOf(
  { repositories, refused }: ReadSubmission,
  projects: ReadonlySet<string>,
  turns: Turns,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const { issueKeys } of [...repositories.flatMap(({ entries }) => entries), ...refused]) {
    for (const key of issueKeys) if (projects.has(projectOf(key))) found.add(key);
    await turns.next(issueKeys.length);
  }
  return found;
}

/** Lets others have their turn now and then. */
class Turns {
  #looked = 0;

  async next(looked: number): Promise<void> {
    this.#looked += looked;
    if (this.#looked < lookedAtInTurn) return;
    this.#looked = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
