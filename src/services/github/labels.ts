import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import type { ServiceTask } from "../../core/service-task.js";
import { pathSegment } from "../../shared/url.js";
import type { IssueLabeled } from "./events.js";
import type { LabelChange } from "./events-table.js";
import { issueKey, repositoryKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";

/*
 * GitHub sends an event for each label, and people put on several at once. So labels wait in the store, one record each, and are told
 * together (Hookshot reference 2.3):
 *
 *   labeled    -> a record; none where the issue is so new that the label came with it
 *   unlabeled  -> its record is removed, if it is still there
 *   5 s after the oldest record of an issue, the task makes one event of all of them, and removes them in the batch that stores it
 *
 * Records are never changed, so requests that come at the same time do not overwrite each other, and a restart loses nothing.
 */

interface PendingLabel {
  readonly change: LabelChange;
  /** When it came; milliseconds since the epoch. */
  readonly at: number;
}

const prefix = "label/";
const collectMs = 5_000;
const graceAfterCreationMs = 6_000;
const lookEveryMs = 1_000;
/** Records looked at together; what is behind them waits for the next look. */
const mostRecords = 1_000;

type LabelContext = Pick<ServiceContext<GitHubConfig>, "store" | "now">;

/** What is stored of a label that was put on. */
export function rememberLabel(change: LabelChange, { store, now }: LabelContext): readonly StoreChange[] {
  const at = now();
  if (cameWithIssue(change, at)) return [];
  const record: PendingLabel = { change, at };
  return [store.put(keyOf(change), JSON.stringify(record))];
}

/** What is stored of a label that was taken off. */
export function forgetLabel(change: LabelChange, { store }: LabelContext): readonly StoreChange[] {
  return [store.remove(keyOf(change))];
}

/**
 * Whether the issue was made with the label. By GitHub's clock where it says when: a webhook may come late.
 * @param at when it came, milliseconds since the epoch; unless given, only GitHub's word counts
 */
export function cameWithIssue({ issue: { createdAt, updatedAt } }: LabelChange, at = Infinity): boolean {
  return createdAt !== undefined && (updatedAt ?? at) - createdAt < graceAfterCreationMs;
}

function keyOf({ repository, issue, label }: LabelChange): string {
  return `${prefix}${issueKey(repository, issue.number)}/${pathSegment(label.name)}`;
}

/** Tells labels once they have waited long enough. While none waits it costs one look at an empty range. */
export const labelTask: ServiceTask<GitHubConfig> = { name: "labels", run: tellLabels };

async function tellLabels(context: ServiceContext<GitHubConfig>): Promise<number> {
  const records = await context.store.list(prefix, mostRecords);
  const groups = [...groupByIssue(records)];
  // The last issue may have more records than were looked at.
  if (records.length === mostRecords && groups.length > 1) groups.pop();
  let next = lookEveryMs;
  for (const group of groups) {
    const waitMs = dueAt(group) - context.now();
    if (waitMs <= 0) await tell(group, context);
    else next = Math.min(next, waitMs);
  }
  return next;
}

/** One issue's records in the order in which they came. */
type Group = readonly { readonly key: string; readonly label: PendingLabel }[];

function groupByIssue(records: readonly (readonly [key: string, value: string])[]): Iterable<Group> {
  const groups = new Map<string, { readonly key: string; readonly label: PendingLabel }[]>();
  for (const [key, value] of records) {
    const issue = key.slice(0, key.lastIndexOf("/"));
    // Nobody else writes under the prefix.
    const label = JSON.parse(value) as PendingLabel;
    groups.set(issue, [...(groups.get(issue) ?? []), { key, label }]);
  }
  return [...groups.values()].map((group) => group.sort((left, right) => left.label.at - right.label.at));
}

function dueAt([first]: Group): number {
  return (first?.label.at ?? 0) + collectMs;
}

async function tell(group: Group, context: ServiceContext<GitHubConfig>): Promise<void> {
  const first = group[0]?.label;
  const last = group.at(-1)?.label;
  if (first === undefined || last === undefined) return;
  const { label: _, issue: _older, ...base } = first.change;
  const { repository, issue } = last.change;
  const event: IssueLabeled = { name: "issues.labeled", ...base, issue, labels: group.map(({ label }) => label.change.label) };
  await context.emit(
    { name: event.name, routingKeys: [repositoryKey(repository), issueKey(repository, issue.number)], payload: event },
    // A record that comes while this is stored stays, unless it is of one of these labels, and begins a new group.
    `labels ${issueKey(repository, issue.number)} ${first.at} ${first.change.label.name}`,
    group.map(({ key }) => context.store.remove(key)),
  );
}
