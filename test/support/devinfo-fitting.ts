import { branch, bulk, commit, pullRequest, repository, type Sent } from "./devinfo-samples.js";

/** A repository, a commit, a branch and a pull request that fit. */
export const fittingRepository = repository("r1", 10);
export const fittingCommit = commit("c1", 10);
export const fittingBranch = branch("b1", 10, { lastCommit: commit("c1", 10, { issueKeys: [] }) });
export const fittingPullRequest = pullRequest("p1", 10);

/** A body with one repository. */
export function bodyOf(content: Sent, envelope: Sent = {}): Sent {
  return bulk([{ ...fittingRepository, ...content }], envelope);
}

export function without(sample: Sent, name: string): Sent {
  return Object.fromEntries(Object.entries(sample).filter(([key]) => key !== name));
}
