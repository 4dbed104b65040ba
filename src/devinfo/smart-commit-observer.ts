import type { DevinfoSubmission } from "../core/devinfo.js";
import type { DevinfoObserver, DevinfoOutcome, SubmissionDetails } from "../core/ports/devinfo.js";
import type { ReportedSmartCommit } from "../core/ports/devinfo-reports.js";
import type { SmartCommitAction, SmartCommitStore } from "../core/ports/smart-commit-store.js";
import type { AllowedSmartCommands } from "../core/smart-commits.js";
import { planSmartCommits, type SmartCommitPlan } from "./smart-commit-plan.js";

interface SmartCommitObserverOptions {
  readonly allowed: AllowedSmartCommands;
  readonly store: Pick<SmartCommitStore, "put">;
  readonly ids: { next(): string };
  /** Told of what is being stored, and that something was: it works on what it finds stored. */
  readonly worker: { expect(actions: readonly SmartCommitAction[]): void; lookForExpected(): void };
}

export interface SmartCommitObserver extends DevinfoObserver {
  /** What the submission's report says. Asked in the submission's turn, before or after `recorded`. */
  find(submission: DevinfoSubmission, outcome: DevinfoOutcome, about: SubmissionDetails): readonly ReportedSmartCommit[];
}

/** Finds smart commits in what is newly stored, and has those that are allowed stored as work to do, in the same batch. */
export function createSmartCommitObserver({ allowed, store, ids, worker }: SmartCommitObserverOptions): SmartCommitObserver {
  const plans = new WeakMap<DevinfoOutcome, SmartCommitPlan>();
  const planOf = (submission: DevinfoSubmission, outcome: DevinfoOutcome, about: SubmissionDetails): SmartCommitPlan => {
    const plan = plans.get(outcome) ?? planSmartCommits(submission, outcome, about, { allowed, nextPlace: () => ids.next() });
    plans.set(outcome, plan);
    return plan;
  };
  return {
    find: (...told) => planOf(...told).reports,
    recorded(...told) {
      const { actions } = planOf(...told);
      if (actions.length > 0) worker.expect(actions);
      return { changes: actions.map((action) => store.put(action)) };
    },
    stored() {
      worker.lookForExpected();
    },
  };
}
