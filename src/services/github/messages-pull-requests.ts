import { escapeHtml, joinMarkdown, markdown, markdownCode, markdownLink } from "../../shared/markdown.js";
import { wellFormed } from "../../shared/well-formed.js";
import type { PullRequestChanged, PullRequestLineCommented, PullRequestReviewed } from "./events.js";
import { labelTail, withComment } from "./messages-issues.js";
import { issueContent, issueLink, pullRequestContent, titleOf, withQuote, type Words } from "./messages-parts.js";

// The wording is Hookshot's (reference 2.3) for all that Hookshot tells: bots and people search for it.

/** @param diff its first lines, if they are to be shown */
export function pullRequestOpenedWords({ repository, issue, sender }: PullRequestChanged, diff: string | undefined): Words {
  const icon = issue.isDraft ? "⚪" : "🔵";
  const verb = issue.isDraft ? "drafted" : "opened";
  const lead = markdown`${icon} **${sender}** ${verb} a new PR ${issueLink(repository, issue)}: "${titleOf(issue)}"`;
  const { tail: labels } = labelTail(issue.labels);
  const tails = [...(labels === undefined ? [] : [labels]), ...(diff === undefined ? [] : [diffTail(diff)])];
  const tail = { text: tails.map(({ text }) => text).join(""), html: tails.map(({ html }) => html).join("") };
  return { lead, form: "inline", tail, content: pullRequestContent(repository, issue) };
}

function diffTail(diff: string): { readonly text: string; readonly html: string } {
  const text = wellFormed(diff);
  return {
    text: `\n\`\`\` diff\n${text}\n\`\`\``,
    html: `\n<pre><code class="language-diff">${escapeHtml(text)}\n</code></pre>`,
  };
}

export function pullRequestReadyWords({ repository, issue, sender }: PullRequestChanged): Words {
  const lead = markdown`🔬 **${sender}** has marked ${issueLink(repository, issue)} as ready to review "${titleOf(issue)}"`;
  return { lead, form: "inline", content: issueContent(repository, issue) };
}

/**
 * @param isMerged whether to say so: a room that asked for closed pull requests alone hears that it was closed (reference 2.16)
 * @param comment what the same person said along with it
 */
export function pullRequestClosedWords(
  { repository, issue, sender }: PullRequestChanged,
  isMerged: boolean,
  comment: string | undefined,
): Words {
  const icon = isMerged ? "✳️" : "⚫";
  const verb = isMerged ? "merged" : "closed";
  const lead = markdown`${icon} **${sender}** ${verb} PR ${issueLink(repository, issue)}: "${titleOf(issue)}"`;
  return { lead: withComment(lead, comment), form: "block", content: issueContent(repository, issue) };
}

/** Of an approval, a refusal, or a comment on the whole. */
export function reviewedWords({ repository, issue, sender, state, comment }: PullRequestReviewed): Words {
  const content = issueContent(repository, issue);
  const link = issueLink(repository, issue);
  if (state === "commented") {
    const lead = markdown`🗣 **${sender}** reviewed ${link} "${titleOf(issue)}"`;
    return { lead: withQuote(lead, comment), form: "block", content };
  }
  const icon = state === "approved" ? "✅" : "🔴";
  // Hookshot shows the state as GitHub has it.
  return { lead: markdown`${icon} **${sender}** ${state} ${link} "${titleOf(issue)}"`, form: "inline", content };
}

export function lineCommentedWords({ repository, issue, author, comment, commentUrl, path }: PullRequestLineCommented): Words {
  const place = path === undefined ? [] : [markdown` on ${markdownCode(path)}`];
  const lead = markdown`🗣 **${author}** ${markdownLink("commented", commentUrl)}`;
  const where = markdown` in ${issueLink(repository, issue)}`;
  return {
    lead: withQuote(joinMarkdown([lead, ...place, where], ""), comment),
    form: "block",
    content: { ...issueContent(repository, issue), external_url: wellFormed(commentUrl) },
  };
}

const changes = {
  "pull_request.reopened": { icon: "🔷", before: "reopened PR", after: ": " },
  "pull_request.synchronize": { icon: "🔁", before: "pushed to PR", after: ": " },
  "pull_request.converted_to_draft": { icon: "⚪", before: "turned PR", after: " back into a draft: " },
} as const;

export function pullRequestChangedWords({ repository, issue, sender }: PullRequestChanged, name: keyof typeof changes): Words {
  const { icon, before, after } = changes[name];
  const lead = markdown`${icon} **${sender}** ${before} ${issueLink(repository, issue)}${after}"${titleOf(issue)}"`;
  return { lead, form: "inline", content: issueContent(repository, issue) };
}

export function reviewRequestedWords({ repository, issue, sender, subject = "somebody" }: PullRequestChanged): Words {
  const lead = markdown`👀 **${sender}** asked **${subject}** to review ${issueLink(repository, issue)} "${titleOf(issue)}"`;
  return { lead, form: "inline", content: issueContent(repository, issue) };
}
