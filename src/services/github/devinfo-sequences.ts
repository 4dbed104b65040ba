import type { ReadPullRequest } from "../../core/repository-host.js";
import { ownMember } from "../../shared/own-member.js";
import { countIn, timeIn } from "../../vocabulary/remote-members.js";

/*
 * Sequences of what webhooks tell: the event's own time in milliseconds, so that a repeat is nothing new and what comes late loses. GitHub's
 * times have no fractions of a second; the last three digits say which of two events of one second is the later one.
 */
const second = 1_000;
const lastOfSecond = second - 1;

/** The year 10000, in seconds: what is later is no time of GitHub's. */
const noTime = 253_402_300_800;

/** Of two pushes within a second the one whose last commit is younger is the later one. Undefined where the payload has no time. */
export function pushSequence(payload: object): number | undefined {
  const headAt = timeIn(ownMember(payload, "head_commit"), "timestamp");
  const pushedAt = pushTime(payload);
  if (pushedAt === undefined) return headAt === undefined ? undefined : Math.max(headAt, 0);
  const age = headAt === undefined ? lastOfSecond : Math.trunc((pushedAt - headAt) / second);
  return pushedAt + lastOfSecond - Math.min(Math.max(age, 0), lastOfSecond);
}

/** What was pushed in the same second was there before. */
export function deleteSequence(payload: object): number | undefined {
  const pushedAt = pushTime(payload);
  return pushedAt === undefined ? undefined : pushedAt + lastOfSecond;
}

/** Nothing comes before it is opened, and after the end only what somebody opens again. */
export function pullRequestSequence({ updatedAt, status }: Pick<ReadPullRequest, "updatedAt" | "status">, action: string): number {
  if (status === "MERGED") return Math.max(updatedAt, 0) + 3;
  if (status === "DECLINED") return Math.max(updatedAt, 0) + 2;
  return Math.max(updatedAt, 0) + (action === "opened" ? 0 : 1);
}

/** Milliseconds: in a push it is written as a number of seconds, in other events as text. */
function pushTime(payload: object): number | undefined {
  const repository = ownMember(payload, "repository");
  const seconds = countIn(repository, "pushed_at");
  if (seconds !== undefined) return seconds < noTime ? seconds * second : undefined;
  const at = timeIn(repository, "pushed_at");
  return at === undefined ? undefined : Math.max(at, 0);
}
