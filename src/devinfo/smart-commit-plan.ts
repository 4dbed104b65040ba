import { webhooksProviderPrefix, type DevinfoCommit, type DevinfoEntry, type DevinfoSubmission } from "../core/devinfo.js";
import { showEntry } from "../core/devinfo-entry.js";
import type { DevinfoOutcome, RecordedEntry, SubmissionDetails } from "../core/ports/devinfo.js";
import type { ReportedSmartCommit } from "../core/ports/devinfo-reports.js";
import type { SmartCommitAction } from "../core/ports/smart-commit-store.js";
import type { AllowedSmartCommands, SmartCommand } from "../core/smart-commits.js";
import { isCommitHash } from "./sameness.js";
import { mayHoldSmartCommits, parseSmartCommits, type ParsedSmartCommand } from "./smart-commits.js";

/** What is to be said of a submission's smart commits, and what is to be done. */
export interface SmartCommitPlan {
  readonly reports: readonly ReportedSmartCommit[];
  readonly actions: readonly SmartCommitAction[];
}

interface PlanOptions {
  readonly allowed: AllowedSmartCommands;
  readonly nextPlace: () => string;
}

const dayMs = 24 * 3_600_000;
/** Of an older commit nobody could tell whether it was carried out. */
const longestAgeMs = 90 * dayMs;
/** Clocks of people who commit are anywhere, but not so far ahead. */
const aheadMs = dayMs;
/** For so long it is remembered which commits were carried out. */
export const rememberedMs = longestAgeMs + aheadMs;
/** Of one submission: what asks for more is no push. */
const mostActions = 1_000;

/** In a push of a thousand commits most cost one look for a hash sign. */
export function planSmartCommits(
  submission: DevinfoSubmission,
  outcome: DevinfoOutcome,
  about: SubmissionDetails,
  options: PlanOptions,
): SmartCommitPlan {
  const reports: ReportedSmartCommit[] = [];
  const actions: SmartCommitAction[] = [];
  if (submission.isBackfill || submission.preventTransitions) return { reports, actions };
  for (const { repository, entries } of outcome.repositories) {
    for (const recorded of entries) {
      if (!isNewCommit(recorded)) continue;
      const told = { submission, about, repositoryId: repository.id, at: outcome.at, hasRoom: actions.length < mostActions };
      const plan = planCommit(recorded.entry, told, options);
      reports.push(...plan.reports);
      actions.push(...plan.actions);
    }
  }
  return { reports, actions };
}

function isNewCommit({ entry, result, before }: RecordedEntry): boolean {
  return entry.type === "commit" && result === "stored" && before === undefined && mayHoldSmartCommits(entry.json);
}

/** How a commit came. */
interface Told {
  readonly submission: DevinfoSubmission;
  readonly about: SubmissionDetails;
  readonly repositoryId: string;
  readonly at: number;
  /** Not too much is to be done already. */
  readonly hasRoom: boolean;
}

function planCommit(entry: DevinfoEntry, told: Told, { allowed, nextPlace }: PlanOptions): SmartCommitPlan {
  const { type, entity } = showEntry(entry);
  // The sender says which issues a commit names.
  const parsed = type === "commit" ? parseSmartCommits(entity.message) : [];
  if (type !== "commit" || parsed.length === 0) return { reports: [], actions: [] };
  const base = toBase(entity, entry, told);
  const obstacle = obstacleOf(entity, entry, told);
  const placed = new Map<number, SmartCommitAction>();
  const claims = new Map<string, string>();
  const reports = parsed.flatMap((written, position): readonly ReportedSmartCommit[] => {
    const { issueKey, word } = written;
    if (!entry.issueKeys.includes(issueKey)) return [];
    const line = { commit: entity.hash ?? entity.id, issueKey, command: word };
    const verdict = judge(written, obstacle, allowed, placed);
    if ("outcome" in verdict) return [{ ...line, ...verdict }];
    const place = nextPlace();
    const claim = claims.get(issueKey) ?? place;
    claims.set(issueKey, claim);
    placed.set(position, { ...base, ...verdict, place, claim, issueKey });
    return [{ ...line, state: "reported", outcome: "It is to be carried out.", id: place }];
  });
  return { reports, actions: [...placed.values()] };
}

function toBase(entity: DevinfoCommit, { happenedAt }: DevinfoEntry, { submission, about, repositoryId, at }: Told) {
  return {
    commit: identityOf(entity, submission.provider, repositoryId),
    authorEmail: entity.author.email?.trim() ?? "",
    ...{ happenedAt, receivedAt: at, provider: submission.provider, repositoryId },
    ...(about.instance === undefined ? {} : { instance: about.instance }),
  };
}

/** Equal for what all who tell of a commit call the same: its hash. Numbers are a repository's own. */
function identityOf({ id, hash }: DevinfoCommit, provider: string, repositoryId: string): string {
  const written = [hash, id].flatMap((text) => text?.toLowerCase() ?? []).find(isCommitHash);
  return written ?? `${provider} ${repositoryId} ${id}`;
}

type Verdict =
  { readonly state: "reported" | "refused"; readonly outcome: string } | { readonly command: SmartCommand; readonly after?: string };

function judge(
  { command, problem = "", after }: ParsedSmartCommand,
  obstacle: string | undefined,
  allowed: AllowedSmartCommands,
  placed: ReadonlyMap<number, SmartCommitAction>,
): Verdict {
  if (command === undefined) return { state: "refused", outcome: problem };
  if (!allowed[command.kind]) {
    return { state: "reported", outcome: `Nothing is done about it: \`devinfo.smartCommits.${command.kind}\` is false.` };
  }
  if (obstacle !== undefined) return { state: "refused", outcome: obstacle };
  if (after === undefined) return { command };
  const move = placed.get(after);
  if (move === undefined) return { state: "reported", outcome: "It belongs to a move that is not carried out." };
  return { command, after: move.place };
}

/** Why nothing that the commit asks for is done. A sentence. */
function obstacleOf({ author }: DevinfoCommit, { happenedAt }: DevinfoEntry, { submission, at, hasRoom }: Told): string | undefined {
  // Anybody who may push to a repository makes its webhook tell; a caller of the API was let in by the administrator.
  if (submission.provider.startsWith(webhooksProviderPrefix)) return "What webhooks tell of is reported, and never carried out.";
  if ((author.email?.trim() ?? "") === "") return "The commit's author has no e-mail address.";
  if (at - happenedAt > longestAgeMs) return "The commit is older than 90 days: whether it was carried out before is not known any more.";
  if (happenedAt - at > aheadMs) return "The commit's date is in the future: it would not be known whether it was carried out before.";
  return hasRoom ? undefined : "More than 1,000 smart commits in one submission are not carried out.";
}
