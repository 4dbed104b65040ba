import { ValidationError } from "../core/errors.js";
import type { TrackerIssue, TrackerTransition } from "../core/issue-tracker.js";
import type { IssueHabits } from "../core/registered-remote.js";

/** Ways to be done with an issue that do not say that it was mended. */
const withoutMending = /\b(?:won'?t|reject|declin|cancel|duplicat|invalid|abandon|obsolete)/i;

const mostNamed = 20;

/** Whether its work is over: as the tracker says it, or by the names of statuses that its administrators gave. */
export function isClosed({ status, isDone }: Pick<TrackerIssue, "status" | "isDone">, habits: IssueHabits): boolean {
  return isDone === true || isAmong(status, habits.doneStatuses);
}

/**
 * The transition that closes an issue: the one that was named, where the workflow has it; else the first to a done status, before those that
 * say that nothing was mended.
 * @throws ValidationError that names what there is
 */
export function chooseClosing(issue: TrackerIssue, moves: readonly TrackerTransition[], habits: IssueHabits): TrackerTransition {
  const closing = moves.filter((move) => isClosed({ status: move.to, ...(move.toDone === true ? { isDone: true } : {}) }, habits));
  const chosen = named(moves, habits.close) ?? closing.find(({ name, to }) => !withoutMending.test(`${name} ${to}`)) ?? closing[0];
  if (chosen === undefined)
    throw new ValidationError(`${issue.key} is in \`${issue.status}\`, from where it cannot be closed. ${listed(moves)}`);
  return chosen;
}

/** The transition that opens one again: the one that was named, else the first to a status that is not done. @throws ValidationError */
export function chooseReopening(issue: TrackerIssue, moves: readonly TrackerTransition[], habits: IssueHabits): TrackerTransition {
  const isOpen = ({ to, toDone }: TrackerTransition): boolean => toDone !== true && !isAmong(to, habits.doneStatuses);
  const chosen = named(moves, habits.reopen) ?? moves.find(isOpen);
  if (chosen === undefined)
    throw new ValidationError(`${issue.key} is in \`${issue.status}\`, from where it cannot be reopened. ${listed(moves)}`);
  return chosen;
}

function named(moves: readonly TrackerTransition[], name: string | undefined): TrackerTransition | undefined {
  return name === undefined ? undefined : moves.find((move) => move.name.toLowerCase() === name.toLowerCase());
}

function isAmong(status: string, statuses: readonly string[] = []): boolean {
  return statuses.some((other) => other.toLowerCase() === status.toLowerCase());
}

function listed(moves: readonly TrackerTransition[]): string {
  if (moves.length === 0) return "Its workflow allows no move, or the account has no right to any.";
  const names = moves.slice(0, mostNamed).map(({ name, to }) => `\`${name}\` (to \`${to}\`)`);
  return `Its workflow allows ${names.join(", ")}.`;
}

/** Preferred where nobody said which type issues have. */
const usualTypes = ["bug", "task"];

/**
 * The type of a new issue.
 * @param types those that the project has
 * @throws ValidationError that names them
 */
export function chooseType(types: readonly string[], project: string, { type }: IssueHabits): string {
  const find = (wanted: string): string | undefined => types.find((known) => known.toLowerCase() === wanted.toLowerCase());
  if (type === undefined) {
    const chosen = usualTypes.map(find).find((known) => known !== undefined) ?? types[0];
    if (chosen === undefined) throw new ValidationError(`The account may make issues of no type in ${project}.`);
    return chosen;
  }
  const chosen = find(type);
  if (chosen !== undefined) return chosen;
  const known = types.slice(0, mostNamed).map((one) => `\`${one}\``);
  throw new ValidationError(
    `${project} has no issues of the type \`${type}\`, but of ${known.join(", ") || "none"}. Name one of them where the remote is registered.`,
  );
}
