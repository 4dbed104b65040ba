import { describe, expect, it } from "vitest";
import { changed, contentOf, gitHubFixture, PlayedGitHub, type GitHubRequest } from "../../../test/support/github-events.js";

const github = new PlayedGitHub();

const issueUrl = "https://github.com/octo/hello/issues/1";
const pullUrl = "https://github.com/octo/hello/pull/2";
const issueLink = `<a href="${issueUrl}">octo/hello#1</a>`;
const pullLink = `<a href="${pullUrl}">octo/hello#2</a>`;

const repoKey = "uk.half-shot.matrix-hookshot.github.repo";
const issueKey = "uk.half-shot.matrix-hookshot.github.issue";
const pullKey = "uk.half-shot.matrix-hookshot.github.pull_request";
const pushKey = "uk.half-shot.matrix-hookshot.github.push";

const repo = { id: 186853002, name: "octo/hello", url: "https://github.com/octo/hello" };
const issue = { id: 444500041, number: 1, title: "Swing :bug: squeaks", url: issueUrl };
const pull = { id: 279147437, number: 2, title: "Oil the swing", url: pullUrl };
const aboutIssue = { external_url: issueUrl, [issueKey]: issue, [repoKey]: repo };
const aboutPull = { external_url: pullUrl, [issueKey]: pull, [repoKey]: repo };

function expectNotice(request: GitHubRequest, enableHooks: readonly string[], body: string, html: string, extra: object): void {
  const content = contentOf(github.render(request, { enableHooks }));

  expect(content).toEqual({
    msgtype: "m.notice",
    body,
    format: "org.matrix.custom.html",
    formatted_body: html,
    "m.mentions": {},
    ...extra,
  });
}

describe("a message about an issue", () => {
  it("tells of a new one with its labels and whom it is assigned to", () => {
    expectNotice(
      gitHubFixture("issues.opened__with-labels"),
      ["issue"],
      `📥 **ada** created new issue [octo/hello#1](${issueUrl}): "Swing 🐛 squeaks" assigned to ada, bob with labels bug, good first issue`,
      `📥 <strong>ada</strong> created new issue ${issueLink}: &quot;Swing 🐛 squeaks&quot; assigned to ada, bob with labels ` +
        '<span data-mx-bg-color="#d73a4a" data-mx-color="#000000" title="Something isn\'t working">bug</span> ' +
        '<span data-mx-bg-color="#7057ff" data-mx-color="#FFFFFF">good first issue</span>',
      aboutIssue,
    );
  });

  it("names who sent it where the author's account is gone", () => {
    expectNotice(
      gitHubFixture("issues.opened__by-a-deleted-account"),
      ["issue.created"],
      `📥 **ada** created new issue [octo/hello#1](${issueUrl}): "Swing 🐛 squeaks"`,
      `📥 <strong>ada</strong> created new issue ${issueLink}: &quot;Swing 🐛 squeaks&quot;`,
      aboutIssue,
    );
  });

  it("tells of a comment, with its beginning", () => {
    expectNotice(
      gitHubFixture("issue_comment.created__on-an-issue"),
      ["issue.comment"],
      `🗣 **bob** [commented](${issueUrl}) on [octo/hello#1](${issueUrl})  \n> You are totally right! I'll get this fixed right away.`,
      `<p>🗣 <strong>bob</strong> <a href="${issueUrl}">commented</a> on ${issueLink}</p>\n` +
        "<blockquote>\n<p>You are totally right! I'll get this fixed right away.</p>\n</blockquote>\n",
      aboutIssue,
    );
  });

  it("tells that it was closed", () => {
    expectNotice(
      gitHubFixture("issues.closed__completed"),
      ["issue.changed"],
      `⬛ **ada** closed issue [octo/hello#1](${issueUrl}): "Swing 🐛 squeaks"`,
      `<p>⬛ <strong>ada</strong> closed issue ${issueLink}: &quot;Swing 🐛 squeaks&quot;</p>\n`,
      aboutIssue,
    );
  });

  it("tells that it was reopened", () => {
    expectNotice(
      gitHubFixture("issues.reopened__plain"),
      ["issue"],
      `🔷 **bob** reopened issue [octo/hello#1](${issueUrl}): "Swing 🐛 squeaks"`,
      `<p>🔷 <strong>bob</strong> reopened issue ${issueLink}: &quot;Swing 🐛 squeaks&quot;</p>\n`,
      aboutIssue,
    );
  });

  it("goes by the issue's state and not by the action", () => {
    const reopened = gitHubFixture("issues.reopened__plain");
    const request = gitHubFixture("issues.reopened__plain", changed(reopened, "issue", { state: "closed" }));

    expect(contentOf(github.render(request))["body"]).toMatch(/^⬛ \*\*bob\*\* closed issue /);
  });

  it("tells that it was edited", () => {
    expectNotice(
      gitHubFixture("issues.edited__title"),
      ["issue.edited"],
      `✏️ **ada** edited issue [octo/hello#1](${issueUrl}): "Swing 🐛 squeaks"`,
      `✏️ <strong>ada</strong> edited issue ${issueLink}: &quot;Swing 🐛 squeaks&quot;`,
      aboutIssue,
    );
  });

  it.each([
    ["issues.assigned__to-another", "issue.assigned", `👤 **ada** assigned [octo/hello#1](${issueUrl}) "Swing 🐛 squeaks" to **bob**`],
    ["issues.unassigned__plain", "issue.unassigned", `👤 **ada** unassigned **bob** from [octo/hello#1](${issueUrl}) "Swing 🐛 squeaks"`],
    [
      "issues.milestoned__plain",
      "issue.milestoned",
      `🎯 **ada** added [octo/hello#1](${issueUrl}) "Swing 🐛 squeaks" to the milestone **v1.0**`,
    ],
    [
      "issues.demilestoned__plain",
      "issue.demilestoned",
      `🎯 **ada** removed [octo/hello#1](${issueUrl}) "Swing 🐛 squeaks" from the milestone **v1.0**`,
    ],
  ])("tells of %s where %s is asked for, and only there", (fixture, name, body) => {
    const content = contentOf(github.render(gitHubFixture(fixture), { enableHooks: [name] }));

    expect(content).toMatchObject({ body, ...aboutIssue });
    expect(github.render(gitHubFixture(fixture), { enableHooks: ["issue", "pull_request"] })).toEqual({
      kind: "ignored",
      reason: `the connection's events do not include ${name}`,
    });
  });
});

describe("a message about a pull request", () => {
  it("tells of a new one with its labels", () => {
    expectNotice(
      gitHubFixture("pull_request.opened__with-labels"),
      ["pull_request"],
      `🔵 **bob** opened a new PR [octo/hello#2](${pullUrl}): "Oil the swing" with labels bug`,
      `🔵 <strong>bob</strong> opened a new PR ${pullLink}: &quot;Oil the swing&quot; with labels ` +
        '<span data-mx-bg-color="#d73a4a" data-mx-color="#000000" title="Something isn\'t working">bug</span>',
      { ...aboutPull, [pullKey]: pull },
    );
  });

  it("does without labels, assignees and draft", () => {
    expectNotice(
      gitHubFixture("pull_request.opened__without-labels-and-draft"),
      ["pull_request.opened"],
      `🔵 **bob** opened a new PR [octo/hello#2](${pullUrl}): "Oil the swing"`,
      `🔵 <strong>bob</strong> opened a new PR ${pullLink}: &quot;Oil the swing&quot;`,
      { ...aboutPull, [pullKey]: pull },
    );
  });

  it("tells drafts apart", () => {
    const { body } = contentOf(github.render(gitHubFixture("pull_request.opened__draft")));

    expect(body).toBe(`⚪ **bob** drafted a new PR [octo/hello#2](${pullUrl}): "Oil the swing"`);
  });

  it("tells that it is ready for review", () => {
    expectNotice(
      gitHubFixture("pull_request.ready_for_review__plain"),
      ["pull_request.ready_for_review"],
      `🔬 **bob** has marked [octo/hello#2](${pullUrl}) as ready to review "Oil the swing"`,
      `🔬 <strong>bob</strong> has marked ${pullLink} as ready to review &quot;Oil the swing&quot;`,
      aboutPull,
    );
  });

  it.each([
    ["approved", "✅", "approved"],
    ["changes-requested", "🔴", "changes_requested"],
  ])("tells of a review: %s", (fixture, icon, state) => {
    expectNotice(
      gitHubFixture(`pull_request_review.submitted__${fixture}`),
      ["pull_request.reviewed"],
      `${icon} **ada** ${state} [octo/hello#2](${pullUrl}) "Oil the swing"`,
      `${icon} <strong>ada</strong> ${state} ${pullLink} &quot;Oil the swing&quot;`,
      aboutPull,
    );
  });

  it("tells of a review with words only where comments on reviews are asked for", () => {
    const request = gitHubFixture("pull_request_review.submitted__commented");

    expect(github.render(request).kind).toBe("ignored");
    expect(contentOf(github.render(request, { enableHooks: ["pull_request.review.comment"] }))["body"]).toBe(
      `🗣 **ada** reviewed [octo/hello#2](${pullUrl}) "Oil the swing"  \n> Which oil?`,
    );
  });

  it.each([
    { review: { state: "dismissed" }, reason: "reviews that are dismissed are not told" },
    { review: { state: "commented", body: "" }, reason: "the review has no words of its own besides comments on lines" },
  ])("says nothing of the review $review", ({ review, reason }) => {
    const fixture = gitHubFixture("pull_request_review.submitted__commented");
    const request = gitHubFixture("pull_request_review.submitted__commented", changed(fixture, "review", review));

    const rendered = github.render(request, { enableHooks: ["pull_request", "pull_request.review.comment"] });

    expect(rendered).toEqual({ kind: "ignored", reason });
  });

  it("tells that it was merged", () => {
    expectNotice(
      gitHubFixture("pull_request.closed__merged"),
      ["pull_request"],
      `✳️ **ada** merged PR [octo/hello#2](${pullUrl}): "Oil the swing"`,
      `<p>✳️ <strong>ada</strong> merged PR ${pullLink}: &quot;Oil the swing&quot;</p>\n`,
      aboutPull,
    );
  });

  it("tells that it was closed", () => {
    expectNotice(
      gitHubFixture("pull_request.closed__unmerged"),
      ["pull_request.closed"],
      `⚫ **ada** closed PR [octo/hello#2](${pullUrl}): "Oil the swing"`,
      `<p>⚫ <strong>ada</strong> closed PR ${pullLink}: &quot;Oil the swing&quot;</p>\n`,
      aboutPull,
    );
  });

  it.each([
    { fixture: "merged", enableHooks: ["pull_request.merged"], verb: "merged" },
    { fixture: "merged", enableHooks: ["pull_request.closed"], verb: "closed" },
    { fixture: "merged", enableHooks: ["pull_request.closed", "pull_request.merged"], verb: "merged" },
    { fixture: "merged", enableHooks: ["pull_request.opened"], verb: undefined },
    { fixture: "unmerged", enableHooks: ["pull_request.merged"], verb: undefined },
  ])("has a switch of its own for merging: $fixture with $enableHooks", ({ fixture, enableHooks, verb }) => {
    const rendered = github.render(gitHubFixture(`pull_request.closed__${fixture}`), { enableHooks });

    if (verb === undefined) expect(rendered.kind).toBe("ignored");
    else expect(contentOf(rendered)["body"]).toContain(`**ada** ${verb} PR `);
  });

  it.each([
    ["pull_request.reopened__plain", "pull_request.reopened", `🔷 **ada** reopened PR [octo/hello#2](${pullUrl}): "Oil the swing"`],
    ["pull_request.synchronize__plain", "pull_request.synchronize", `🔁 **bob** pushed to PR [octo/hello#2](${pullUrl}): "Oil the swing"`],
    [
      "pull_request.converted_to_draft__plain",
      "pull_request.converted_to_draft",
      `⚪ **bob** turned PR [octo/hello#2](${pullUrl}) back into a draft: "Oil the swing"`,
    ],
    [
      "pull_request.review_requested__of-a-person",
      "pull_request.review_requested",
      `👀 **bob** asked **ada** to review [octo/hello#2](${pullUrl}) "Oil the swing"`,
    ],
    [
      "pull_request.review_requested__of-a-team",
      "pull_request.review_requested",
      `👀 **bob** asked **Playground** to review [octo/hello#2](${pullUrl}) "Oil the swing"`,
    ],
    ["pull_request.assigned__plain", "pull_request.assigned", `👤 **bob** assigned [octo/hello#2](${pullUrl}) "Oil the swing" to **ada**`],
    [
      "pull_request.unassigned__plain",
      "pull_request.unassigned",
      `👤 **bob** unassigned **ada** from [octo/hello#2](${pullUrl}) "Oil the swing"`,
    ],
    [
      "pull_request_review_comment.created__on-a-line",
      "pull_request.review.comment",
      `🗣 **ada** [commented](${pullUrl}#discussion_r284312630) on \`src/swing.ts\` in [octo/hello#2](${pullUrl})  \n` +
        "> Maybe you should use more emoji on this line.",
    ],
    [
      "issue_comment.created__on-a-pull-request",
      "pull_request.comment",
      `🗣 **bob** [commented](${pullUrl}) on [octo/hello#2](${pullUrl})  \n> Looks good.\r\nThank you!`,
    ],
  ])("tells of %s where %s is asked for, and not by default", (fixture, name, body) => {
    expect(contentOf(github.render(gitHubFixture(fixture), { enableHooks: [name] }))["body"]).toBe(body);
    expect(github.render(gitHubFixture(fixture)).kind).toBe("ignored");
  });

  it("tells of comments on pull requests to rooms that hear comments on issues, as Hookshot does, and not the other way round", () => {
    const ofPull = gitHubFixture("issue_comment.created__on-a-pull-request");
    const ofIssue = gitHubFixture("issue_comment.created__on-an-issue");

    expect(github.render(ofPull, { enableHooks: ["issue.comment.created"] }).kind).toBe("messages");
    expect(github.render(ofIssue, { enableHooks: ["pull_request.comment"] }).kind).toBe("ignored");
  });
});

describe("a message about a repository", () => {
  it("tells of a release, its notes rendered as GitHub shows them", () => {
    expectNotice(
      gitHubFixture("release.published__with-notes"),
      ["release.created"],
      "📣 **ada** released [First release](https://github.com/octo/hello/releases/tag/v1.0.0) for octo/hello\n\n" +
        "## What's new\r\n\r\n* It no longer squeaks, see `oil`\r\n* [More](https://example.org/notes)\r\n",
      '<p>📣 <strong>ada</strong> released <a href="https://github.com/octo/hello/releases/tag/v1.0.0">First release</a> for octo/hello</p>\n' +
        "<h2>What's new</h2>\n<ul>\n<li>It no longer squeaks, see <code>oil</code></li>\n" +
        '<li><a href="https://example.org/notes">More</a></li>\n</ul>\n',
      {},
    );
  });

  it("takes the tag for an empty name", () => {
    const { body } = contentOf(github.render(gitHubFixture("release.published__without-name-and-notes")));

    expect(body).toBe("📣 **ada** released [v1.0.0](https://github.com/octo/hello/releases/tag/v1.0.0) for octo/hello");
  });

  it("tells of drafted releases, and not of others that are created", () => {
    const draft = gitHubFixture("release.created__draft");
    const other = gitHubFixture("release.created__draft", changed(draft, "release", { draft: false }));

    expectNotice(
      draft,
      ["release.drafted"],
      "📝 **ada** drafted release [First release](https://github.com/octo/hello/releases/tag/v1.0.0) for octo/hello\n\nSoon",
      '<p>📝 <strong>ada</strong> drafted release <a href="https://github.com/octo/hello/releases/tag/v1.0.0">First release</a> for octo/hello</p>\n' +
        "<p>Soon</p>\n",
      {},
    );
    expect(github.render(other, { enableHooks: ["release"] }).kind).toBe("ignored");
  });

  it.each([
    ["success", "completed successfully 🎉"],
    ["failure", "failed 😟"],
    ["neutral", "completed neutrally 😐"],
    ["cancelled", "was cancelled 🙅"],
    ["timed_out", "timed out ⏰"],
    ["action_required", "requires further action 🖱️"],
    ["stale", "completed, but is stale 🍞"],
  ])("tells of a workflow run by the name of its conclusion: %s", (conclusion, text) => {
    const fixture = gitHubFixture("workflow_run.completed__success");
    const request = gitHubFixture("workflow_run.completed__success", changed(fixture, "workflow_run", { conclusion }));
    const url = "https://github.com/octo/hello/actions/runs/289782451";

    expectNotice(
      request,
      [`workflow.run.${conclusion}`],
      `✅ Workflow **Build** [${text}](${url}) for octo/hello on branch \`main\``,
      `✅ Workflow <strong>Build</strong> <a href="${url}">${text}</a> for octo/hello on branch <code>main</code>`,
      {},
    );
    expect(github.render(request, { enableHooks: ["workflow.run"] }).kind).toBe("messages");
    expect(github.render(request).kind).toBe("ignored");
  });

  it.each([
    { conclusion: "skipped", text: "skipped ⏭️" },
    { conclusion: "startup_failure", text: "did not complete" },
    { conclusion: null, text: "did not complete" },
    { conclusion: "toString", text: "did not complete" },
  ])("tells of a workflow run that is $conclusion where all runs are asked for", ({ conclusion, text }) => {
    const fixture = gitHubFixture("workflow_run.completed__success");
    const request = gitHubFixture("workflow_run.completed__success", changed(fixture, "workflow_run", { conclusion }));

    expect(contentOf(github.render(request, { enableHooks: ["workflow"] }))["body"]).toContain(`[${text}](`);
    expect(github.render(request, { enableHooks: [`workflow.run.${conclusion}`] }).kind).toBe("ignored");
  });

  it("tells of a push, with what programs read of it", () => {
    const url = "https://github.com/octo/hello/compare/000000000000...111111111111";

    expectNotice(
      gitHubFixture("push__one-commit"),
      ["push"],
      `**ada** pushed [1 commit](${url}) to \`refs/heads/main\` for octo/hello`,
      `<strong>ada</strong> pushed <a href="${url}">1 commit</a> to <code>refs/heads/main</code> for octo/hello`,
      {
        external_url: url,
        [repoKey]: repo,
        [pushKey]: { commits: ["1".repeat(40)], pusher: "ada <ada@example.org>", ref: "refs/heads/main", base_ref: null },
      },
    );
  });

  it("tells of a push without commits too", () => {
    const { body } = contentOf(github.render(gitHubFixture("push__deleted-branch"), { enableHooks: ["push"] }));

    expect(body).toMatch(/^\*\*ada\*\* pushed \[0 commits]\(/);
  });

  it("lists a push's commits where that is asked for, five at most", () => {
    const { body, formatted_body: html } = contentOf(
      github.render(gitHubFixture("push__seven-commits"), { enableHooks: ["push", "push.commits"] }),
    );
    const lines = String(body).split("\n");

    expect(lines).toHaveLength(7);
    expect(lines[0]).toMatch(/^\*\*ada\*\* pushed \[7 commits]\(/);
    expect(lines[1]).toBe(` - [1111111](https://github.com/octo/hello/commit/${"1".repeat(40)}) Change 1 (ada)`);
    expect(lines[6]).toBe(" - and 2 more");
    expect(String(html).match(/<li>/g)).toHaveLength(6);
  });

  it("has nothing to list of a push without commits", () => {
    expect(github.render(gitHubFixture("push__deleted-branch"), { enableHooks: ["push.commits"] })).toEqual({
      kind: "ignored",
      reason: "the push brought no commits",
    });
  });

  it.each([
    ["create__branch", "branch.created", "🌱 **ada** created branch `oil` in octo/hello"],
    ["create__tag", "tag.created", "🏷️ **ada** created tag `v1.0.0` in octo/hello"],
    ["delete__branch", "branch.deleted", "🗑️ **ada** deleted branch `oil` in octo/hello"],
    ["delete__tag", "tag.deleted", "🗑️ **ada** deleted tag `v1.0.0` in octo/hello"],
    [
      "check_run.completed__failure",
      "check_run",
      "❌ Check **lint** [failed 😟](https://github.com/octo/hello/runs/128620228) for octo/hello on branch `oil`",
    ],
    ["deployment.created__production", "deployment", "🚀 **ada** began to deploy octo/hello at `main` to **production**"],
    [
      "deployment_status.created__success",
      "deployment_status",
      "✅ Deployment of octo/hello at `ec26c3e` to **production** [succeeded](https://hello.example.org)",
    ],
    [
      "deployment_status.created__in-progress-without-addresses",
      "deployment_status",
      "⏳ Deployment of octo/hello at `main` to **production** is in progress",
    ],
    ["star.created__plain", "star", "⭐ **bob** starred [octo/hello](https://github.com/octo/hello)"],
    ["fork__plain", "fork", "🍴 **bob** forked octo/hello to [bob/hello](https://github.com/bob/hello)"],
  ])("tells of %s where %s is asked for, and not by default", (fixture, name, body) => {
    const content = contentOf(github.render(gitHubFixture(fixture), { enableHooks: [name] }));

    expect(content).toMatchObject({ body, [repoKey]: repo });
    expect(github.render(gitHubFixture(fixture)).kind).toBe("ignored");
  });
});

describe("text from outside", () => {
  it("pings no room and runs nothing, whatever a title holds", () => {
    const fixture = gitHubFixture("issues.opened__with-labels");
    const title = "@room <script>alert(1)</script> [x](javascript:alert(1)) **b**";
    const label = { name: '"><img src=x>', color: 'red" onclick="x', description: "\"<b>&'" };

    const content = contentOf(
      github.render(gitHubFixture("issues.opened__with-labels", changed(fixture, "issue", { title, labels: [label] }))),
    );

    expect(content["body"]).toContain(`"${title}"`);
    expect(content["formatted_body"]).toContain("&quot;@room &lt;script&gt;alert(1)&lt;/script&gt; [x](javascript:alert(1)) **b**&quot;");
    expect(content["formatted_body"]).toContain('<span title="&quot;&lt;b&gt;&amp;\'">&quot;&gt;&lt;img src=x&gt;</span>');
    expect(content["m.mentions"]).toEqual({});
  });

  it("keeps a comment a quote, cut at a character", () => {
    const fixture = gitHubFixture("issue_comment.created__on-an-issue");
    const body = `# one\r\n\r\n> two ${"x".repeat(240)}😀 behind`;

    const content = contentOf(
      github.render(gitHubFixture("issue_comment.created__on-an-issue", changed(fixture, "comment", { body })), {
        enableHooks: ["issue.comment"],
      }),
    );

    expect(body.slice(0, 256)).toMatch(/[\uD800-\uDBFF]$/);
    expect(content["body"]).toContain(`\n> ${body.slice(0, 255)}…`);
    expect(String(content["formatted_body"]).match(/<[a-z0-9]+/g)).toEqual(["<p", "<strong", "<a", "<a", "<blockquote", "<p"]);
    expect(content["formatted_body"]).toContain("<p># one\n\n&gt; two xxx");
  });

  it("leaves out the quote of an empty comment", () => {
    const fixture = gitHubFixture("issue_comment.created__on-an-issue");
    const request = gitHubFixture("issue_comment.created__on-an-issue", changed(fixture, "comment", { body: " \n " }));

    const content = contentOf(github.render(request, { enableHooks: ["issue.comment"] }));

    expect(content["formatted_body"]).not.toContain("blockquote");
  });

  it("loads no picture, runs nothing and leads nowhere but to web addresses from the notes of a release", () => {
    const fixture = gitHubFixture("release.published__with-notes");
    const body =
      "![x](https://example.org/x.png) [a](javascript:alert(1)) [b](docs/b.md) [c](mailto:c@example.org) <img src=x> @room\n\n- one";

    const content = contentOf(github.render(gitHubFixture("release.published__with-notes", changed(fixture, "release", { body }))));
    const html = String(content["formatted_body"]).split("</p>\n").slice(1).join("</p>\n");

    expect(html.match(/<[a-z0-9]+/g)).toEqual(["<p", "<a", "<ul", "<li"]);
    expect(html).toContain('!<a href="https://example.org/x.png">x</a> [a](javascript:alert(1)) [b](docs/b.md)');
    expect(content["m.mentions"]).toEqual({});
  });
});
