import { RemoteError, SwitchboardError, ValidationError } from "../core/errors.js";
import type { IssueTracker, TrackerIssue } from "../core/issue-tracker.js";
import type { FindingDeed, FindingGroup, FindingRecord, FindingStore } from "../core/ports/finding-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { IssueHabits } from "../core/registered-remote.js";
import { sleep, type Clock } from "../shared/clock.js";
import type { Finding, FindingOutcome } from "./finding.js";
import { isLabelledFor, labelOf } from "./finding-label.js";
import { hasTitleAsWritten, wordsOf, type IssueWords } from "./issue-words.js";
import { chooseClosing, chooseReopening, chooseType, isClosed } from "./moves.js";

/*
 * What becomes of one finding. The tracker is asked first: what we know is where to look, and what we wrote.
 *
 *   open,  nothing known              -> intention stored -> issue made, with the finding's label -> its key stored
 *   open,  issue closed               -> reopened; changed where the finding says something else than last time
 *   open,  issue open                 -> changed where the finding says something else
 *   open,  issue gone, or another's   -> looked for by its label; then as if nothing were known
 *   fixed, issue open                 -> closed
 *   fixed, issue closed, gone or none -> nothing
 *   an intention, and no key          -> looked for by its label. Found: it is the issue. Not found: nothing is done until trackers' searches
 *                                        have surely caught up, then as if nothing were known
 *
 * So a crash or a lost answer between the intention and the key costs a search, and never a second issue. Every other step can be done twice.
 */

/** What one finding came to. */
export interface Handled {
  readonly outcome: FindingOutcome;
  /** Absent where there is none, or none yet. */
  readonly issue?: { readonly key: string; readonly url: string };
}

export interface HandlerOptions {
  readonly tracker: IssueTracker;
  readonly store: FindingStore;
  readonly group: FindingGroup;
  /** As the tracker calls it. */
  readonly project: string;
  /** Types of issues that the project has. */
  readonly types: readonly string[];
  readonly habits: IssueHabits;
  readonly serves: (project: string) => boolean;
  readonly isDryRun: boolean;
  /** How long a search may not know what was made. */
  readonly settleMs: number;
  /** Before each look for an issue whose creation was not answered. */
  readonly lookPausesMs: readonly number[];
  /** Whether the run has no time left. */
  readonly isOver: () => boolean;
  /** Stores, synced; what was done is told with it. */
  readonly commit: (changes: readonly StoreChange[], deed?: FindingDeed) => Promise<void>;
  readonly clock: Clock;
}

/** An issue as the tracker has it. */
interface Standing {
  readonly issue: TrackerIssue;
  readonly record: FindingRecord;
  /** Nobody was told yet that it was made. */
  readonly isNews: boolean;
}

/** A finding on its way. */
interface Case {
  readonly finding: Finding;
  readonly words: IssueWords;
  readonly record: FindingRecord | undefined;
}

/** Does for findings of one group what they need. */
export class FindingHandler {
  readonly #options: HandlerOptions;

  constructor(options: HandlerOptions) {
    this.#options = options;
  }

  /** @throws SwitchboardError whose sentence may be told, and StorageError; what was done until then is done */
  async handle(finding: Finding): Promise<Handled> {
    const { store, group } = this.#options;
    const record = await store.get(group, finding.fingerprint);
    const one: Case = { finding, record, words: wordsOf(finding, group.scanner) };
    const standing = record === undefined ? undefined : await this.#find(finding, record);
    if (standing !== undefined) return finding.state === "open" ? this.#keepOpen(one, standing) : this.#close(one, standing);
    if (finding.state === "open") return this.#create(one);
    // An intention that came to nothing.
    if (record !== undefined && record.issue === undefined) await this.#commit([store.remove(group, finding.fingerprint)]);
    return { outcome: "unchanged" };
  }

  /** @returns undefined when there is no issue, as far as can be known */
  async #find({ fingerprint, state }: Finding, record: FindingRecord): Promise<Standing | undefined> {
    if (record.issue === undefined) return this.#findUnanswered(fingerprint, record);
    const issue = await this.#options.tracker.read(record.issue.key);
    if (issue !== undefined && this.#isOurs(issue, record)) return this.#stand(issue, record, false);
    const other = state === "open" ? await this.#look(fingerprint) : undefined;
    return other && this.#stand(other, record, false);
  }

  /**
   * By its key alone nobody knows an issue again: the target's address may have been changed, or its project made anew, and what has the key
   * now is somebody else's, or another finding's, which may have the same title.
   */
  #isOurs({ labels, summary }: TrackerIssue, { fingerprint, written }: FindingRecord): boolean {
    const label = labelOf(this.#options.group, fingerprint);
    return isLabelledFor(labels, label) ?? hasTitleAsWritten(summary, written);
  }

  async #findUnanswered(fingerprint: string, record: FindingRecord): Promise<Standing | undefined> {
    const { clock, settleMs } = this.#options;
    const { creatingSince = -Infinity } = record;
    // Before the search: what it says holds for when it was begun.
    const now = clock.now();
    const found = await this.#look(fingerprint);
    if (found !== undefined) return this.#stand(found, record, true);
    // A clock that was set back must not hold it up for as long as that.
    if (now < creatingSince) await this.#commit([this.#put({ ...record, creatingSince: now })]);
    const leftMs = Math.min(creatingSince + settleMs - now, settleMs);
    if (leftMs > 0)
      throw new SwitchboardError(
        "HS_REMOTE_ERROR",
        `It is not known yet whether its issue was made. Send it again in ${Math.ceil(leftMs / 1000)} seconds.`,
      );
    return undefined;
  }

  /** The oldest with the finding's label: people's copies of an issue have it, too. */
  async #look(fingerprint: string): Promise<TrackerIssue | undefined> {
    const { tracker, group, project } = this.#options;
    const [oldest] = await tracker.findLabelled(project, labelOf(group, fingerprint));
    return oldest;
  }

  #stand(issue: TrackerIssue, record: FindingRecord, isNews: boolean): Standing {
    if (this.#options.serves(issue.projectKey)) return { issue, record, isNews };
    throw new ValidationError(`Its issue was moved: it is ${issue.key} now, in a project that the target does not serve.`);
  }

  async #keepOpen(one: Case, { issue, record, isNews }: Standing): Promise<Handled> {
    const { words } = one;
    const change = changeOf(words, record);
    const wasClosed = isClosed(issue, this.#options.habits);
    if (wasClosed) await this.#reopen(issue);
    if (change !== undefined) await this.#change(() => this.#options.tracker.edit(issue.key, change));
    const outcome = isNews ? "created" : wasClosed ? "reopened" : change === undefined ? "unchanged" : "updated";
    return this.#end(one, issue, outcome, { before: record, written: words.written });
  }

  async #close(one: Case, { issue, record, isNews }: Standing): Promise<Handled> {
    const { tracker, habits } = this.#options;
    const known = { before: record, written: record.written };
    if (isClosed(issue, habits)) return this.#end(one, issue, isNews ? "closed" : "unchanged", known);
    const move = chooseClosing(issue, await tracker.transitions(issue.key), habits);
    await this.#change(() => tracker.transition(issue.key, move));
    return this.#end(one, issue, "closed", known);
  }

  async #reopen(issue: TrackerIssue): Promise<void> {
    const { tracker, habits } = this.#options;
    const move = chooseReopening(issue, await tracker.transitions(issue.key), habits);
    await this.#change(() => tracker.transition(issue.key, move));
  }

  async #create(one: Case): Promise<Handled> {
    const { finding, words } = one;
    const { tracker, project, types, habits, group, isDryRun, clock } = this.#options;
    const type = chooseType(types, project, habits);
    if (isDryRun) return { outcome: "created" };
    const intention: FindingRecord = { fingerprint: finding.fingerprint, creatingSince: clock.now(), written: words.written };
    await this.#commit([this.#put(intention)]);
    const labels = [...(habits.labels ?? []), labelOf(group, finding.fingerprint)];
    const { summary, description } = words;
    const made = await this.#attempt(one, () => tracker.create({ projectKey: project, type, summary, description, labels }));
    return this.#end(one, made, "created", { before: intention, written: words.written });
  }

  /** @throws what `create` throws; the intention stays unless the tracker said that nothing was made */
  async #attempt({ finding, record }: Case, create: () => Promise<Handled["issue"] & object>): Promise<Handled["issue"] & object> {
    try {
      return await create();
    } catch (error) {
      if (isRefusal(error)) {
        const { store, group } = this.#options;
        await this.#commit([record === undefined ? store.remove(group, finding.fingerprint) : this.#put(record)]);
        throw error;
      }
      const found = await this.#lookPatiently(finding.fingerprint);
      if (found !== undefined) return found;
      throw withAdvice(error);
    }
  }

  /** Searches of trackers know what was made after some seconds. */
  async #lookPatiently(fingerprint: string): Promise<TrackerIssue | undefined> {
    const { lookPausesMs, isOver, clock } = this.#options;
    for (const pauseMs of lookPausesMs) {
      if (isOver()) return undefined;
      await sleep(clock, pauseMs);
      try {
        const found = await this.#look(fingerprint);
        if (found !== undefined) return found;
      } catch {
        // What kept the answer back keeps this one back, too. The failure that is told is the first.
        return undefined;
      }
    }
    return undefined;
  }

  /** Stores where the issue is and what stands in it, unless that is known. */
  async #end(
    { finding, words }: Case,
    { key, url }: Pick<TrackerIssue, "key" | "url">,
    outcome: FindingOutcome,
    { before, written }: { readonly before: FindingRecord; readonly written: FindingRecord["written"] },
  ): Promise<Handled> {
    const record: FindingRecord = { fingerprint: finding.fingerprint, issue: { key, url }, written };
    const deed = outcome === "unchanged" ? undefined : { what: outcome, key, url, title: words.summary, ...severityOf(finding) };
    if (deed !== undefined || JSON.stringify(record) !== JSON.stringify(before)) await this.#commit([this.#put(record)], deed);
    return { outcome, issue: { key, url } };
  }

  #put(record: FindingRecord): StoreChange {
    return this.#options.store.put(this.#options.group, record);
  }

  async #commit(changes: readonly StoreChange[], deed?: FindingDeed): Promise<void> {
    await this.#change(() => this.#options.commit(changes, deed));
  }

  async #change(change: () => Promise<void>): Promise<void> {
    if (!this.#options.isDryRun) await change();
  }
}

function severityOf({ severity }: Finding): { readonly severity?: string } {
  return severity === undefined ? {} : { severity };
}

/** What the finding says otherwise than what we wrote last: the rest of an issue is people's. */
function changeOf(
  { summary, description, written }: IssueWords,
  { written: before }: FindingRecord,
): { readonly summary?: string; readonly description?: string } | undefined {
  const change = {
    ...(written.title === before.title ? {} : { summary }),
    ...(written.description === before.description ? {} : { description }),
  };
  return Object.keys(change).length === 0 ? undefined : change;
}

/** Whether a failed creation has surely made nothing. A proxy that says 408 may have passed the request on. */
function isRefusal(error: unknown): boolean {
  if (error instanceof RemoteError) return !error.outcomeUnknown && error.status !== 408;
  return error instanceof SwitchboardError;
}

function withAdvice(error: unknown): unknown {
  if (!(error instanceof RemoteError)) return error;
  const advice = "It is looked for when the finding is sent again, and made only if it is not there.";
  return new RemoteError(`${error.message} ${advice}`, {
    cause: error,
    outcomeUnknown: true,
    ...(error.status === undefined ? {} : { status: error.status }),
  });
}
