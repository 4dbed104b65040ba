import type { ShownSubmission, SubmissionList } from "../apis/control/schema.js";
import { clean, toTime } from "./text-table.js";

type Submitted = Extract<ShownSubmission, { readonly kind: "submission" }>;

/** Of one submission in a list. */
const fewReasons = 3;

/** Submissions for people, newest first, each with some of its reasons. */
export function listSubmissions({ submissions }: SubmissionList): string {
  if (submissions.length === 0) return "Nothing was submitted.\n";
  return submissions.map((submission) => describe(submission, fewReasons)).join("\n");
}

/** One submission with all that is known of it. */
export function describeSubmission(submission: ShownSubmission): string {
  return describe(submission, Infinity);
}

function describe(submission: ShownSubmission, most: number): string {
  const { id, at, provider, road } = submission;
  const facts = submission.kind === "delete" ? [`asked for: DELETE ${submission.asked}`] : describeSubmitted(submission, most);
  return [`${toTime(at)}  ${provider}  (${road}, ${id})`, ...facts.map((fact) => `  ${fact}`)].map((line) => `${clean(line)}\n`).join("");
}

function describeSubmitted(submission: Submitted, most: number): readonly string[] {
  const { repositories, product, isBackfill, unknownIssueKeys, smartCommits = [] } = submission;
  return [
    `repositories: ${listed(repositories.ids, repositories.count)}`,
    ...describeCounts(submission),
    ...(product === undefined ? [] : [`product: ${product}`]),
    ...(isBackfill ? ["a backfill: rooms heard nothing of it"] : []),
    ...describeNotTaken(submission, most),
    ...(unknownIssueKeys.count === 0 ? [] : [`unknown issues: ${listed(unknownIssueKeys.keys, unknownIssueKeys.count)}`]),
    ...smartCommits.map(
      ({ commit, issueKey, command, state, outcome }) => `smart commit ${commit}: ${issueKey} #${command}: ${state}: ${outcome}`,
    ),
  ];
}

/** Such as `commits: 3 stored, 1 older`. */
function describeCounts({ counts }: Submitted): readonly string[] {
  return Object.entries(counts).map(([type, ofType]) => {
    const results = Object.entries(ofType).map(([result, count]) => `${count} ${result}`);
    return `${type.replace("_", " ")}s: ${results.join(", ")}`;
  });
}

function describeNotTaken({ notTaken, notTakenCount }: Submitted, most: number): readonly string[] {
  const shown = notTaken.slice(0, most);
  const lines = shown.map(({ repositoryId, type, id, reason }) => {
    const what = type === undefined ? "repository" : `${type.replace("_", " ")} ${id ?? ""} of`;
    return `not taken: ${what} ${repositoryId}: ${reason}`;
  });
  const left = notTakenCount - shown.length;
  return left === 0 ? lines : [...lines, `and ${left} more that were not taken`];
}

/** The first, and how many others there were. */
function listed(names: readonly string[], count: number): string {
  const others = count - names.length;
  if (count === 0) return "none";
  return names.join(", ") + (others > 0 ? ` and ${others} more` : "");
}
