import { describe, expect, it } from "vitest";
import { changed, contentOf, gitHubConfig, gitHubFixture, PlayedGitHub, type GitHubRequest } from "../../../test/support/github-events.js";
import { ManualClock } from "../../../test/support/manual-clock.js";
import type { ConnectionState } from "../../core/connection.js";
import { ValidationError } from "../../core/errors.js";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import type { CommentQuery, DiffQuery, IssueReader } from "./remote.js";
import { enabledEvents } from "./state-schema.js";

const github = new PlayedGitHub();
const { kind } = github;

const validate = compileSchema<ConnectionState>(kind.stateSchema, { removeAdditional: true });

/** Reads state as it is read from rooms. @returns the state, or why it cannot be used */
function read(content: Readonly<Record<string, unknown>>): ConnectionState | string {
  const validated = validate(structuredClone(kind.normalise!({ org: "octo", repo: "hello", ...content }, "octo/hello")));
  if (!validated.ok) return describeProblems(validated.problems);
  try {
    kind.remoteKeys(validated.value, "octo/hello");
    return validated.value;
  } catch (error) {
    return error instanceof ValidationError ? error.message : String(error);
  }
}

describe("the state of a repository connection", () => {
  it("needs no more than org and repo, and loses what nobody reads", () => {
    const state = { org: "octo", repo: "hello" };

    expect(read({ further: 1 })).toEqual(state);
    expect(kind.remoteKeys(state, "any key")).toEqual(["octo/hello"]);
  });

  it("takes null for absent, in every setting", () => {
    const nulls = {
      ...{
        enableHooks: null,
        ignoreHooks: null,
        commandPrefix: null,
        showIssueRoomLink: null,
        includingLabels: null,
        excludingLabels: null,
      },
      ...{ hotlinkIssues: null, priority: null, showUrlPreviews: null, newIssue: { labels: null } },
      ...{ prDiff: { enabled: true, maxLines: null }, workflowRun: { matchingBranch: null, includingWorkflows: null } },
    };

    const state = read(nulls);

    expect(state).toEqual({ org: "octo", repo: "hello", prDiff: { enabled: true }, newIssue: {}, workflowRun: {} });
  });

  it("takes every option", () => {
    const content = {
      ...{ enableHooks: ["issue", "invented"], ignoreHooks: [], commandPrefix: "!x", showIssueRoomLink: true },
      ...{ prDiff: { enabled: true, maxLines: 1 }, includingLabels: ["a"], excludingLabels: [], hotlinkIssues: { prefix: "$" } },
      ...{ newIssue: { labels: ["b"] }, priority: 3, showUrlPreviews: false },
      workflowRun: { matchingBranch: "^main$", includingWorkflows: [], excludingWorkflows: ["c"] },
    };

    expect(read(content)).toEqual({ org: "octo", repo: "hello", ...content });
  });

  it.each([
    { state: { org: "" }, reason: "'org' must be the account" },
    { state: { repo: ".." }, reason: "'org' and 'repo' must be the names" },
    { state: { commandPrefix: "!" }, reason: "'commandPrefix' must have 2 to 24 characters" },
    { state: { enableHooks: "issue" }, reason: "'enableHooks' must be a list of names" },
    { state: { prDiff: {} }, reason: "'prDiff' must be an object with 'enabled'" },
    { state: { prDiff: { enabled: true, maxLines: 0 } }, reason: "'prDiff.maxLines' must be 1 or more" },
    { state: { hotlinkIssues: {} }, reason: "'hotlinkIssues' must be true, false or an object with 'prefix'" },
    { state: { workflowRun: { matchingBranch: "(" } }, reason: "'workflowRun.matchingBranch' must be a regular expression" },
    {
      state: { workflowRun: { matchingBranch: `${"(".repeat(12)}a|${"){9}|".repeat(12)}b` } },
      reason: "'workflowRun.matchingBranch' must have no more than 4 groups within each other",
    },
    {
      state: { workflowRun: { matchingBranch: "((a|){9}|){9}(b|){0,9}" } },
      reason: "'workflowRun.matchingBranch' must have no more than 2 groups repeated by number",
    },
    {
      state: { workflowRun: { matchingBranch: "a{0,9}".repeat(40) } },
      reason: "'workflowRun.matchingBranch' must have 200 characters at most",
    },
  ])("cannot be $state", ({ state, reason }) => {
    expect(read(state)).toEqual(expect.stringContaining(reason));
  });

  it("asks for the grant that Hookshot hashes", () => {
    expect(kind.grant!({ org: "Octo", repo: "hello" })).toEqual({ type: "github", id: "org:Octorepo:hello" });
  });

  it.each([
    { typed: "octo/hello", isNamed: true },
    { typed: "OCTO/Hello", isNamed: true },
    { typed: "https://github.com/octo/hello/issues", isNamed: true },
    { typed: "my-key", isNamed: true },
    { typed: "octo/hello", remote: "github.com", isNamed: true },
    { typed: "octo/hello", remote: "github.example.org", isNamed: false },
    { typed: "octo/other", isNamed: false },
    { typed: "https://github.example.org/octo/hello", isNamed: false },
  ])("is meant by $typed (at $remote): $isNamed", ({ typed, remote, isNamed }) => {
    expect(kind.isNamed({ org: "octo", repo: "hello" }, "my-key", typed, remote, github.context)).toBe(isNamed);
  });

  it.each([
    { typed: "octo/hello#1", owns: true },
    { typed: "https://github.com/Octo/hello/pull/2", owns: true },
    { typed: "https://example.org/github/octo/hello/issues/2", owns: true },
    { typed: "octo/other#1", owns: false },
    { typed: "#1", owns: false },
    { typed: "octo/hello", owns: false },
  ])("owns the issue $typed: $owns", ({ typed, owns }) => {
    expect(kind.ownsItem!({ org: "octo", repo: "hello" }, "octo/hello", typed)).toBe(owns);
  });
});

describe("a change of a repository connection", () => {
  const base = { org: "octo", repo: "hello" };

  it.each([
    {
      after: { enableHooks: ["issue", "oops", "nope"] },
      message: "'enableHooks' must only contain allowed values. Found invalid values oops, nope",
    },
    { after: { ignoreHooks: [] }, message: "`ignoreHooks` cannot be used with new connections" },
    { before: { enableHooks: ["oops"] }, after: { enableHooks: ["oops", "nope"] }, message: "Found invalid values nope" },
  ])("is refused to $after", ({ before, after, message }) => {
    const stood = before === undefined ? undefined : { ...base, ...before };

    expect(() => kind.checkChange!({ ...base, ...after }, stood, github.context)).toThrow(message);
  });

  it.each([
    { before: {}, after: { enableHooks: ["issue", "push.commits", "workflow.run.stale"] } },
    { before: { ignoreHooks: ["push"] }, after: { ignoreHooks: ["push", "issue"] } },
    { before: { enableHooks: ["oops"] }, after: { enableHooks: ["oops", "issue"] } },
  ])("is made from $before to $after", ({ before, after }) => {
    expect(() => kind.checkChange!({ ...base, ...after }, { ...base, ...before }, github.context)).not.toThrow();
  });
});

describe("what a room hears", () => {
  const base = { org: "octo", repo: "hello" };
  const defaults = [
    ...["issue", "issue.created", "issue.changed", "issue.edited", "issue.labeled", "pull_request", "pull_request.opened"],
    ...["pull_request.closed", "pull_request.merged", "pull_request.ready_for_review", "pull_request.reviewed", "release.created"],
  ];

  it.each([
    { title: "without a word", state: {}, events: defaults },
    { title: "by a list", state: { enableHooks: ["push"] }, events: ["push"] },
    { title: "by an empty list", state: { enableHooks: [] }, events: [] },
    {
      title: "by the older list of what is left out",
      state: { enableHooks: ["push", "release.drafted"], ignoreHooks: ["issue", "release.created", "push"] },
      events: ["release.drafted", ...defaults.filter((name) => name.startsWith("pull_request"))],
    },
    { title: "by an older list that leaves out nothing", state: { ignoreHooks: [] }, events: defaults },
  ])("$title", ({ state, events }) => {
    expect([...enabledEvents({ ...base, ...state })].sort()).toEqual([...events].sort());
  });

  it.each([
    { including: ["bug"], excluding: [], isTold: true },
    { including: ["other", "bug"], excluding: [], isTold: true },
    { including: ["other"], excluding: [], isTold: false },
    { including: ["Bug"], excluding: [], isTold: false },
    { including: [], excluding: ["bug"], isTold: false },
    { including: ["good first issue"], excluding: ["bug"], isTold: false },
    { including: [], excluding: ["other"], isTold: true },
  ])("of labels: with $including and without $excluding, told: $isTold", ({ including, excluding, isTold }) => {
    const rendered = github.render(gitHubFixture("issues.opened__with-labels"), { includingLabels: including, excludingLabels: excluding });

    expect(rendered.kind).toBe(isTold ? "messages" : "ignored");
  });

  it.each(["issue_comment.created__on-an-issue", "pull_request.opened__without-labels-and-draft", "pull_request.closed__merged"])(
    "goes by labels for %s too",
    (fixture) => {
      const state = { enableHooks: ["issue", "issue.comment", "pull_request"], includingLabels: ["bug"] };

      expect(github.render(gitHubFixture(fixture), state)).toEqual({
        kind: "ignored",
        reason: "none of its labels is among includingLabels",
      });
    },
  );

  it.each([
    { workflowRun: { matchingBranch: "^(main|release/.*)$" }, isTold: true },
    { workflowRun: { matchingBranch: "^release/" }, isTold: false },
    { workflowRun: { matchingBranch: "^[(((((]?\\(?\\(?\\(?(m(a(i(n))))$" }, isTold: true },
    { workflowRun: { includingWorkflows: ["Build"] }, isTold: true },
    { workflowRun: { includingWorkflows: ["Test"] }, isTold: false },
    { workflowRun: { includingWorkflows: [] }, isTold: false },
    { workflowRun: { excludingWorkflows: ["Build"], includingWorkflows: ["Build"] }, isTold: false },
    { workflowRun: { excludingWorkflows: ["Test"] }, isTold: true },
    { workflowRun: {}, isTold: true },
  ])("of workflow runs with $workflowRun, told: $isTold", ({ workflowRun, isTold }) => {
    const rendered = github.render(gitHubFixture("workflow_run.completed__success"), { enableHooks: ["workflow.run"], workflowRun });

    expect(rendered.kind).toBe(isTold ? "messages" : "ignored");
  });

  it("is held up by no pattern for branches", () => {
    const fixture = gitHubFixture("workflow_run.completed__success");
    const request = gitHubFixture(
      "workflow_run.completed__success",
      changed(fixture, "workflow_run", { head_branch: `${"a".repeat(200)}!` }),
    );
    const state = { enableHooks: ["workflow"], workflowRun: { matchingBranch: "^(a+)+$" } };

    expect(github.render(request, state).kind).toBe("ignored");
  });
});

describe("the link to an issue's room", () => {
  const link = "[Issue Room](https://matrix.to/#/#github_octo_hello_1:example.org)";

  it.each([
    { state: {}, preset: undefined, isShown: false },
    { state: {}, preset: true, isShown: true },
    { state: { showIssueRoomLink: true }, preset: undefined, isShown: true },
    { state: { showIssueRoomLink: false }, preset: true, isShown: false },
  ])("is shown for $state where the configuration says $preset: $isShown", ({ state, preset, isShown }) => {
    const config = { ...gitHubConfig, ...(preset === undefined ? {} : { defaultOptions: { showIssueRoomLink: preset } }) };
    const { body, formatted_body: html } = contentOf(
      new PlayedGitHub({ config }).render(gitHubFixture("issues.opened__with-labels"), state),
    );

    expect(String(body).includes(` assigned to ada, bob ${link} with labels bug`)).toBe(isShown);
    expect(String(html).includes('<a href="https://matrix.to/#/#github_octo_hello_1:example.org">Issue Room</a>')).toBe(isShown);
  });
});

/** A reader that remembers what it was asked. */
function createReader(answers: Partial<{ readonly comment: string | Error; readonly diff: string | Error }>): IssueReader & {
  readonly asked: (CommentQuery | DiffQuery)[];
} {
  const asked: (CommentQuery | DiffQuery)[] = [];
  const answer = async <T>(query: CommentQuery | DiffQuery, value: T | Error): Promise<T> => {
    asked.push(query);
    if (value instanceof Error) throw value;
    return value;
  };
  return {
    asked,
    lastCommentBy: (query) => answer<string | undefined>(query, answers.comment ?? undefined),
    diff: (query) => answer(query, answers.diff ?? ""),
  };
}

function throughApp(name: string): GitHubRequest {
  return gitHubFixture(name, { installation: { id: 957387 } });
}

describe("words that are looked up", () => {
  it("are what the same person said while closing an issue", async () => {
    const reader = createReader({ comment: "Fixed\r\nby **oil**." });
    const played = new PlayedGitHub({ reader });
    const at = Date.parse("2026-01-02T10:00:00Z");

    const content = contentOf(await played.renderLater(throughApp("issues.closed__completed")));

    expect(content["body"]).toMatch(/"Swing 🐛 squeaks" with comment "Fixed\r\nby \*\*oil\*\*\."$/);
    expect(content["formatted_body"]).toMatch(/&quot;Swing 🐛 squeaks&quot; with comment &quot;Fixed\nby \*\*oil\*\*\.&quot;<\/p>\n$/);
    expect(reader.asked).toEqual([
      { installationId: 957387, owner: "octo", repo: "hello", number: 1, login: "ada", since: at - 120_000, until: at + 5_000 },
    ]);
  });

  it.each([
    { title: "nothing was said", comment: undefined },
    { title: "GitHub cannot be asked", comment: new Error("no answer came") },
    { title: "what was said is empty", comment: " " },
  ])("are left out where $title", async ({ comment }) => {
    const played = new PlayedGitHub({ reader: createReader(comment === undefined ? {} : { comment }) });

    const { body } = contentOf(await played.renderLater(throughApp("pull_request.closed__unmerged")));

    expect(body).toBe('⚫ **ada** closed PR [octo/hello#2](https://github.com/octo/hello/pull/2): "Oil the swing"');
  });

  it("are left out where GitHub takes its time, so that the message is not given up", async () => {
    const clock = new ManualClock();
    const reader: IssueReader = { ...createReader({}), lastCommentBy: () => new Promise(() => undefined) };
    const waiting = new PlayedGitHub({ reader, clock }).renderLater(throughApp("pull_request.closed__unmerged"));

    await clock.advance(15_000);

    expect(contentOf(await waiting)["body"]).toMatch(/"Oil the swing"$/);
  });

  it.each(["issues.closed__completed", "issues.reopened__plain", "pull_request.closed__unmerged"])(
    "are not waited for where the App did not send %s",
    (name) => {
      expect(github.render(gitHubFixture(name)).kind).toBe("messages");
      expect(github.render(throughApp(name)).kind).toBe("later");
    },
  );

  it("are not looked up for what is merged or not told", () => {
    expect(github.render(throughApp("pull_request.closed__merged")).kind).toBe("messages");
    expect(github.render(throughApp("issues.closed__completed"), { enableHooks: ["push"] }).kind).toBe("ignored");
  });

  it("are the first lines of a pull request's diff", async () => {
    const reader = createReader({ diff: '--- a\n+++ b\n@@ -1 +1 @@\n-<old>\n+``` new & "better"\n' });
    const played = new PlayedGitHub({ reader });

    const content = contentOf(
      await played.renderLater(throughApp("pull_request.opened__with-labels"), { prDiff: { enabled: true, maxLines: 5 } }),
    );

    expect(content["body"]).toMatch(/ with labels bug\n``` diff\n--- a\n\+\+\+ b\n@@ -1 \+1 @@\n-<old>\n\+``` new & "better"\n```$/);
    expect(content["formatted_body"]).toMatch(
      /bug<\/span>\n<pre><code class="language-diff">--- a\n\+\+\+ b\n@@ -1 \+1 @@\n-&lt;old&gt;\n\+``` new &amp; &quot;better&quot;\n<\/code><\/pre>$/,
    );
    expect(reader.asked).toEqual([{ installationId: 957387, owner: "octo", repo: "hello", number: 2 }]);
  });

  it.each([
    { maxLines: undefined, lines: 30 },
    { maxLines: 3, lines: 3 },
    { maxLines: 2.9, lines: 2 },
    { maxLines: 1_000, lines: 100 },
  ])("are no more than $lines lines of a long diff with maxLines $maxLines", async ({ maxLines, lines }) => {
    const diff = Array.from({ length: 100 }, (_, index) => `+line ${index}`).join("\n");
    const played = new PlayedGitHub({ reader: createReader({ diff }) });
    const prDiff = { enabled: true, ...(maxLines === undefined ? {} : { maxLines }) };

    const { body } = contentOf(await played.renderLater(gitHubFixture("pull_request.opened__draft"), { prDiff }));

    expect(String(body).match(/^\+line/gm)).toHaveLength(lines);
  });

  it("leave the message without a diff where there is none to be had", async () => {
    const played = new PlayedGitHub({ reader: createReader({ diff: new Error("404") }) });

    const content = contentOf(await played.renderLater(throughApp("pull_request.opened__draft"), { prDiff: { enabled: true } }));

    expect(content["body"]).toBe('⚪ **bob** drafted a new PR [octo/hello#2](https://github.com/octo/hello/pull/2): "Oil the swing"');
    expect(content["formatted_body"]).not.toContain("<pre>");
  });

  it("are not looked up where no diff is asked for", () => {
    expect(github.render(throughApp("pull_request.opened__draft"), { prDiff: { enabled: false } }).kind).toBe("messages");
  });
});
