import { toSubmitted } from "../../core/devinfo-entry.js";
import type { HostedRepository } from "../../core/repository-host.js";
import type { DeletedDevinfo, WebhookDevinfo, WebhookSender } from "../../core/webhook.js";
import { ownMember, ownText } from "../../shared/own-member.js";
import { entityId } from "../../vocabulary/entity-id.js";
import { findIssueKeys } from "../../vocabulary/issue-keys.js";
import { isRef, refIn, textIn } from "../../vocabulary/remote-members.js";
import { toDevinfoBranch, toDevinfoCommit, toDevinfoPullRequest, toDevinfoRepository, type Mapping } from "../../vocabulary/to-devinfo.js";
import { deleteSequence, pullRequestSequence, pushSequence } from "./devinfo-sequences.js";
import { headOf, pushedCommits, toToldPullRequest } from "./devinfo-payloads.js";
import { registeredWebUrl } from "./registered-site.js";
import { believedRepository } from "./remote-events.js";
import { branchUrl, toRepository } from "./repository-answers.js";
import { cloudSite, hostOf, type GitHubSite } from "./site.js";

/*
 * What webhooks tell of commits, branches and pull requests, as development information. A branch is told with the push that makes or moves
 * it: `create` says nothing of its last commit. Reviews are not told: only who is asked for one stands in what a pull request's events say.
 */

/** Actions of pull requests that may change what is stored of them. */
const pullRequestActions: readonly string[] = [
  ...["opened", "edited", "closed", "reopened", "synchronize"],
  ...["converted_to_draft", "ready_for_review", "review_requested", "review_request_removed"],
];

const toldEvents: readonly string[] = ["push", "delete", "pull_request"];

/** Whether an event may tell some, before its payload is looked at. */
export function tellsDevinfo(event: string | undefined): boolean {
  return event !== undefined && toldEvents.includes(event);
}

/** Who says it: the configured GitHub, or a registered one's own webhook, which is believed about its own repositories only. */
type DevinfoSpeaker = Pick<GitHubSite, "webUrl"> | WebhookSender;

/** @param event the header's, without an action */
export function readDevinfo(event: string, payload: object, speaker: DevinfoSpeaker): WebhookDevinfo | undefined {
  const repository = toRepository(ownMember(payload, "repository"));
  if (repository === undefined) return undefined;
  if ("key" in speaker && believedRepository(payload, speaker) === undefined) return undefined;
  const place: Place = { repository, id: repositoryId(repository, speaker) };
  switch (event) {
    case "push":
      return ownMember(payload, "deleted") === true ? readDeleted(branchOf(payload), payload, place) : readPush(payload, place);
    case "delete":
      return ownMember(payload, "ref_type") === "branch" ? readDeleted(refIn(payload, "ref"), payload, place) : undefined;
    case "pull_request":
      return readPullRequest(payload, place);
    default:
      return undefined;
  }
}

interface Place {
  readonly repository: HostedRepository;
  /** In development information. */
  readonly id: string;
}

/**
 * GitHub counts repositories, each GitHub for itself: outside its cloud the host stands before the number, and what a registered one tells is
 * under its key. So whoever has a secret replaces nothing that came with another one.
 */
function repositoryId({ id }: HostedRepository, speaker: DevinfoSpeaker): string {
  if ("key" in speaker) return `${speaker.key}~${escapeHost(hostOf({ webUrl: registeredWebUrl(speaker) }))}~${id}`;
  const host = hostOf(speaker);
  return host === hostOf(cloudSite) ? id : `${escapeHost(host)}~${id}`;
}

/** Two hosts stay two: what an id may not hold is written as the hexadecimal form of its UTF-8. */
function escapeHost(host: string): string {
  return host.replace(/[^a-z0-9.-]/gi, (character) => `_${Buffer.from(character, "utf8").toString("hex")}_`);
}

function readPush(payload: object, place: Place): WebhookDevinfo | undefined {
  const branch = branchOf(payload);
  if (branch === undefined) return undefined;
  const sequence = pushSequence(payload);
  const commits = pushedCommits(payload)
    .map((commit) => toDevinfoCommit(commit, mappingOf(place, commit.authoredAt)))
    .filter(namesIssue);
  const head = headOf(payload);
  const url = branchUrl(branch, place.repository.url);
  const isTold = head !== undefined && sequence !== undefined && findIssueKeys(branch).length > 0;
  const branches = isTold
    ? [toDevinfoBranch({ name: branch, lastCommit: head, ...(url === undefined ? {} : { url }) }, mappingOf(place, sequence))]
    : [];
  return submit(place, sequence ?? Math.max(0, ...commits.map(({ updateSequenceId }) => updateSequenceId)), { commits, branches });
}

/** `refs/heads/feature/PLAY-1`; undefined for a tag. */
function branchOf(payload: object): string | undefined {
  const [, name] = /^refs\/heads\/(.+)$/s.exec(ownText(payload, "ref") ?? "") ?? [];
  return name !== undefined && isRef(name) ? name : undefined;
}

/** Those that name no issue were never stored. */
function readDeleted(branch: string | undefined, payload: object, { id }: Place): WebhookDevinfo | undefined {
  const upTo = deleteSequence(payload);
  if (branch === undefined || upTo === undefined || findIssueKeys(branch).length === 0) return undefined;
  return { deleted: [{ repositoryId: id, type: "branch", id: entityId(branch), upTo: BigInt(upTo) }] };
}

function readPullRequest(payload: object, place: Place): WebhookDevinfo | undefined {
  const action = ownText(payload, "action") ?? "";
  const pull = pullRequestActions.includes(action) ? toToldPullRequest(ownMember(payload, "pull_request")) : undefined;
  if (pull === undefined) return undefined;
  const sequence = pullRequestSequence(pull, action);
  const entity = toDevinfoPullRequest(pull, mappingOf(place, sequence));
  if (namesIssue(entity)) return submit(place, sequence, { pullRequests: [entity] });
  if (!namedIssueBefore(payload)) return undefined;
  const gone: DeletedDevinfo = { repositoryId: place.id, type: "pull_request", id: entity.id, upTo: BigInt(sequence) };
  return { deleted: [gone] };
}

/** By the texts that an edit replaced. */
function namedIssueBefore(payload: object): boolean {
  const changes = ownMember(payload, "changes");
  const base = ownMember(ownMember(changes, "base"), "ref");
  const former = [ownMember(changes, "title"), ownMember(changes, "body"), base].map((change) => textIn(change, "from"));
  return findIssueKeys(...former).length > 0;
}

function submit(place: Place, sequence: number, content: Parameters<typeof toSubmitted>[1] = {}): WebhookDevinfo | undefined {
  const repository = toSubmitted(toDevinfoRepository(place.id, mappingOf(place, sequence)), content);
  return repository.entries.length === 0 ? undefined : { repository };
}

function mappingOf({ repository }: Place, sequence: number): Mapping {
  return { repository, sequence };
}

function namesIssue({ issueKeys }: { readonly issueKeys: readonly string[] }): boolean {
  return issueKeys.length > 0;
}
