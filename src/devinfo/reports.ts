import { gitIntegrationsProvider, webhooksProviderPrefix, type DevinfoSubmission } from "../core/devinfo.js";
import { devinfoReportId, reportTokenLength } from "../core/devinfo-report-id.js";
import type { DevinfoObserver, DevinfoOutcome, SubmissionDetails } from "../core/ports/devinfo.js";
import type { DevinfoReportStore, DevinfoRoad, ReportedSmartCommit, SubmissionReport } from "../core/ports/devinfo-reports.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import { cutText } from "../vocabulary/cut-text.js";
import { countEntities, type CountedEntities } from "./count-entities.js";
import { explainNotTaken, mostExplained, toPart } from "./not-taken.js";
import { withoutToken } from "./without-token.js";

interface ReportsOptions {
  readonly store: Pick<DevinfoReportStore, "add">;
  readonly clock: Pick<Clock, "now">;
  readonly random: Pick<Random, "token">;
  /** What the submission's messages ask for. Absent: smart commits are not looked for. */
  readonly findSmartCommits?: (
    submission: DevinfoSubmission,
    outcome: DevinfoOutcome,
    about: SubmissionDetails,
  ) => readonly ReportedSmartCommit[];
}

const mostIds = 10;
const mostSmartCommits = 50;
const longestWord = 100;
const longestOutcome = 300;
const longestAddress = 2_000;

/**
 * Writes down what was submitted and what became of it: one record for a submission of which everything was taken, and one more for each issue
 * that lacks something.
 */
export function createDevinfoReports(options: ReportsOptions): DevinfoObserver {
  const { store, clock, random } = options;
  const newId = (at: number): string => devinfoReportId(at, random.token(reportTokenLength));

  return {
    recorded(submission, outcome, about) {
      const road = roadOf(submission.provider);
      const counted = countEntities(outcome, about.request?.refused ?? []);
      const smartCommits = options.findSmartCommits?.(submission, outcome, about) ?? [];
      if (smartCommits.length === 0 && !isWorthTelling(road, counted)) return { changes: [] };
      const report: SubmissionReport = {
        ...{ id: newId(outcome.at), at: outcome.at, provider: submission.provider, road, kind: "submission" },
        ...describe(submission, counted, about),
        ...(smartCommits.length === 0 ? {} : { smartCommits: smartCommits.slice(0, mostSmartCommits).map(cutSmartCommit) }),
      };
      return { changes: store.add(report, explainNotTaken(counted.notTaken, about.instance)) };
    },
    deleted(provider, { request }) {
      if (request === undefined) return [];
      const at = clock.now();
      const asked = cutText(withoutToken(request.pathAndQuery), longestAddress);
      return store.add({ id: newId(at), at, provider, road: roadOf(provider), kind: "delete", asked }, []);
    },
  };
}

function roadOf(provider: string): DevinfoRoad {
  if (provider === gitIntegrationsProvider) return "git-integration";
  return provider.startsWith(webhooksProviderPrefix) ? "webhook" : "api";
}

/** What we read ourselves comes over and over: only what changed something is told, and of webhooks what came too late. */
function isWorthTelling(road: DevinfoRoad, { storedCount, notTaken }: CountedEntities): boolean {
  if (road === "api" || storedCount > 0) return true;
  return road === "webhook" && notTaken.length > 0;
}

function describe(
  { repositories, isBackfill }: DevinfoSubmission,
  { counts, notTaken, notTakenCount }: CountedEntities,
  { request }: SubmissionDetails,
): Pick<SubmissionReport, "repositories" | "counts" | "notTaken" | "notTakenCount" | "unknownIssueKeys" | "product" | "isBackfill"> {
  const unknown = request?.unknownIssueKeys ?? [];
  return {
    repositories: { count: repositories.length, ids: repositories.slice(0, mostIds).map(({ id }) => cutText(id, longestWord)) },
    ...{ counts, notTaken: notTaken.map(toPart), notTakenCount },
    unknownIssueKeys: { count: unknown.length, keys: unknown.slice(0, mostExplained).map((key) => cutText(key, longestWord)) },
    ...(request?.product === undefined ? {} : { product: cutText(request.product, longestWord) }),
    isBackfill,
  };
}

function cutSmartCommit({ commit, issueKey, command, outcome, ...others }: ReportedSmartCommit): ReportedSmartCommit {
  return {
    ...others,
    commit: cutText(commit, longestWord),
    issueKey: cutText(issueKey, longestWord),
    command: cutText(command, longestWord),
    outcome: cutText(outcome, longestOutcome),
  };
}
