import { joinMarkdown, markdown, markdownCode, markdownLink, type Markdown } from "../../shared/markdown.js";
import { wellFormed } from "../../shared/well-formed.js";
import type {
  CheckRunCompleted,
  Commit,
  Deployed,
  DeploymentStatusChanged,
  Forked,
  Pushed,
  RefChanged,
  ReleaseChanged,
  Starred,
  WorkflowRunCompleted,
} from "./events.js";
import { repositoryContent, titleOf, type Words } from "./messages-parts.js";

// The wording is Hookshot's (reference 2.3 and 2.16) for all that Hookshot tells: bots and people search for it.

export function releaseWords({ name, repository, sender, release }: ReleaseChanged): Words {
  const link = markdownLink(release.title, release.url);
  const lead =
    name === "release.published"
      ? markdown`📣 **${sender}** released ${link} for ${repository.fullName}`
      : markdown`📝 **${sender}** drafted release ${link} for ${repository.fullName}`;
  return { lead, form: "block", ...(release.notes === undefined ? {} : { document: release.notes }) };
}

const workflowTexts: ReadonlyMap<string, string> = new Map([
  ["success", "completed successfully 🎉"],
  ["failure", "failed 😟"],
  ["neutral", "completed neutrally 😐"],
  ["cancelled", "was cancelled 🙅"],
  ["timed_out", "timed out ⏰"],
  ["action_required", "requires further action 🖱️"],
  ["stale", "completed, but is stale 🍞"],
  ["skipped", "skipped ⏭️"],
]);

/** Of a conclusion that GitHub added since, or of none. */
const didNotComplete = "did not complete";

function conclusionText(conclusion = ""): string {
  return workflowTexts.get(conclusion) ?? didNotComplete;
}

/** The icon does not depend on how it went: that is Hookshot's. */
export function workflowRunWords({ repository, workflow, url, conclusion, branch }: WorkflowRunCompleted): Words {
  const result = markdownLink(conclusionText(conclusion), url);
  const lead = markdown`✅ Workflow **${titleOf({ title: workflow })}** ${result} for ${repository.fullName}`;
  return { lead: onBranch(lead, branch), form: "inline" };
}

function onBranch(lead: Markdown, branch: string | undefined): Markdown {
  return branch === undefined ? lead : markdown`${lead} on branch ${markdownCode(branch)}`;
}

const checkIcons: ReadonlyMap<string, string> = new Map([
  ["success", "✅"],
  ["neutral", "✅"],
  ["skipped", "✅"],
  ["failure", "❌"],
  ["timed_out", "❌"],
]);

export function checkRunWords({ repository, check, url, conclusion, branch }: CheckRunCompleted): Words {
  const icon = checkIcons.get(conclusion ?? "") ?? "⚠️";
  const lead = markdown`${icon} Check **${check}** ${markdownLink(conclusionText(conclusion), url)} for ${repository.fullName}`;
  return { lead: onBranch(lead, branch), form: "inline", content: repositoryContent(repository) };
}

/** Commits that are named one by one. */
const listedCommits = 5;
const listEntry = "\n - ";

/** @param isListed whether the commits are named */
export function pushWords(event: Pushed, isListed: boolean): Words {
  const { repository, sender, ref, url, commits } = event;
  const count = `${commits.length} commit${commits.length === 1 ? "" : "s"}`;
  const lead = markdown`**${sender}** pushed ${markdownLink(count, url)} to ${markdownCode(ref)} for ${repository.fullName}`;
  const entries = isListed ? commitList(commits) : [];
  return { lead: joinMarkdown([lead, ...entries], listEntry), form: isListed ? "block" : "inline", content: pushContent(event) };
}

function commitList(commits: readonly Commit[]): readonly Markdown[] {
  const entries = commits.slice(0, listedCommits).map(commitWords);
  const further = commits.length - entries.length;
  return further > 0 ? [...entries, markdown`and ${String(further)} more`] : entries;
}

function commitWords({ id, url, title = "(no message)", author }: Commit): Markdown {
  const short = id.slice(0, 7);
  const link = url === undefined ? markdownCode(short) : markdownLink(short, url);
  return author === undefined ? markdown`${link} ${title}` : markdown`${link} ${title} (${author})`;
}

function pushContent({ repository, url, commits, pusher, ref, baseRef }: Pushed): Readonly<Record<string, unknown>> {
  const push = {
    commits: commits.map(({ id }) => wellFormed(id)),
    pusher: wellFormed(pusher),
    ref: wellFormed(ref),
    ...(baseRef === undefined ? {} : { base_ref: baseRef === null ? null : wellFormed(baseRef) }),
  };
  return { external_url: wellFormed(url), "uk.half-shot.matrix-hookshot.github.push": push, ...repositoryContent(repository) };
}

export function refWords({ name, repository, sender, kind, ref }: RefChanged): Words {
  const made = kind === "branch" ? "🌱" : "🏷️";
  const lead =
    name === "create"
      ? markdown`${made} **${sender}** created ${kind} ${markdownCode(ref)} in ${repository.fullName}`
      : markdown`🗑️ **${sender}** deleted ${kind} ${markdownCode(ref)} in ${repository.fullName}`;
  return { lead, form: "inline", content: repositoryContent(repository) };
}

export function deployedWords({ repository, sender, ref, environment }: Deployed): Words {
  const lead = markdown`🚀 **${sender}** began to deploy ${whatIsDeployed(repository.fullName, ref)}${toEnvironment(environment)}`;
  return { lead, form: "inline", content: repositoryContent(repository) };
}

const deploymentTexts: ReadonlyMap<string, { readonly icon: string; readonly text: string }> = new Map([
  ["success", { icon: "✅", text: "succeeded" }],
  ["failure", { icon: "❌", text: "failed" }],
  ["error", { icon: "❌", text: "failed" }],
  ["pending", { icon: "⏳", text: "is pending" }],
  ["queued", { icon: "⏳", text: "is queued" }],
  ["waiting", { icon: "⏳", text: "waits" }],
  ["in_progress", { icon: "⏳", text: "is in progress" }],
  ["inactive", { icon: "💤", text: "became inactive" }],
]);

export function deploymentStatusWords({ repository, ref, environment, state, url }: DeploymentStatusChanged): Words {
  const { icon, text } = deploymentTexts.get(state) ?? { icon: "🚀", text: `is now ${state}` };
  const what = markdown`Deployment of ${whatIsDeployed(repository.fullName, ref)}${toEnvironment(environment)}`;
  const result = url === undefined ? markdown`${text}` : markdownLink(text, url);
  return { lead: markdown`${icon} ${what} ${result}`, form: "inline", content: repositoryContent(repository) };
}

function whatIsDeployed(fullName: string, ref: string | undefined): Markdown {
  if (ref === undefined) return markdown`${fullName}`;
  // The name of a commit is short to people.
  const short = /^[0-9a-f]{40}$/.test(ref) ? ref.slice(0, 7) : ref;
  return markdown`${fullName} at ${markdownCode(short)}`;
}

function toEnvironment(environment: string | undefined): Markdown {
  return environment === undefined ? markdown`` : markdown` to **${environment}**`;
}

export function starredWords({ repository, sender }: Starred): Words {
  const lead = markdown`⭐ **${sender}** starred ${markdownLink(repository.fullName, repository.url)}`;
  return { lead, form: "inline", content: { external_url: wellFormed(repository.url), ...repositoryContent(repository) } };
}

export function forkedWords({ repository, sender, fork }: Forked): Words {
  const lead = markdown`🍴 **${sender}** forked ${repository.fullName} to ${markdownLink(fork.fullName, fork.url)}`;
  return { lead, form: "inline", content: { external_url: wellFormed(fork.url), ...repositoryContent(repository) } };
}
