import { ValidationError } from "../../core/errors.js";
import type { TrackerIssue, TrackerTransition } from "../../core/issue-tracker.js";
import { typedName } from "./typed-name.js";

/** Moves that an answer lists; no usable workflow has more. */
const mostListed = 30;

/**
 * The move that a person means by its own name or by the status that it leads to, whatever the case. Its own name goes first: a status to
 * which several moves lead can then still be reached by each of them.
 * @throws ValidationError that lists what the workflow allows
 */
export function chooseTransition(issue: TrackerIssue, moves: readonly TrackerTransition[], typed: string): TrackerTransition {
  const wanted = typedName(typed).toLowerCase();
  const byName = moves.filter(({ name }) => name.toLowerCase() === wanted);
  const byStatus = moves.filter(({ to }) => to.toLowerCase() === wanted);
  const fitting = byName.length > 0 ? byName : byStatus;
  const [first, ...others] = fitting;
  if (first !== undefined && others.length === 0) return first;
  if (first !== undefined) {
    throw new ValidationError(`Several moves of ${issue.key} fit \`${typedName(typed)}\`: ${describe(fitting)}. Type the name of one.`);
  }
  throw new ValidationError(`${whyNot(issue, typedName(typed))} ${legalMoves(moves)}`);
}

/**
 * The move that a smart commit means, in which hyphens stand for blanks (Atlassian, "Process issues with smart commits"): by its whole name, else
 * by the first word of it, else by the status that it leads to.
 * @throws ValidationError that lists what the workflow allows
 */
export function chooseWrittenTransition(issue: TrackerIssue, moves: readonly TrackerTransition[], written: string): TrackerTransition {
  const wanted = hyphened(written);
  const ways = [
    moves.filter(({ name }) => hyphened(name) === wanted),
    moves.filter(({ name }) => hyphened(name.trim().split(/\s/)[0] ?? "") === wanted),
    moves.filter(({ to }) => hyphened(to) === wanted),
  ];
  const fitting = ways.find((found) => found.length > 0) ?? [];
  const [first, ...others] = fitting;
  if (first !== undefined && others.length === 0) return first;
  if (first === undefined) throw new ValidationError(`${whyNot(issue, written)} ${legalMoves(moves)}`);
  throw new ValidationError(
    `Several moves of ${issue.key} fit \`${written}\`: ${describe(fitting)}. Write the whole name of one, with hyphens.`,
  );
}

/** What cannot stand in a command counts as a hyphen, too. */
function hyphened(name: string): string {
  return name
    .toLowerCase()
    .split(/[^\p{L}\p{N}_]+/u)
    .filter((word) => word !== "")
    .join("-");
}

function whyNot({ key, status }: TrackerIssue, wanted: string): string {
  if (status.toLowerCase() === wanted.toLowerCase()) return `${key} is in \`${status}\` already.`;
  return `${key} is in \`${status}\` and cannot be moved to \`${wanted}\` now.`;
}

function legalMoves(moves: readonly TrackerTransition[]): string {
  if (moves.length === 0) return "Its workflow allows no move, or the account that acts has no right to any.";
  return `It can be moved to ${describe(moves)}.`;
}

function describe(moves: readonly TrackerTransition[]): string {
  return moves
    .slice(0, mostListed)
    .map(({ name, to }) => (name.toLowerCase() === to.toLowerCase() ? `\`${to}\`` : `\`${to}\` (by \`${name}\`)`))
    .join(", ");
}
