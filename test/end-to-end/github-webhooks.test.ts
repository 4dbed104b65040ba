import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { answerTo, bodyOf, bot, hear, said, statePath, type EndToEnd } from "../support/end-to-end.js";
import type { GitHubFault } from "../support/github-http.js";
import { changed, gitHubFixture, type GitHubRequest } from "../support/github-events.js";
import { GitHubSide, readDataFolder, repositoryType } from "../support/github-side.js";
import type { GitHubStandIn } from "../support/github-stand-in.js";
import type { MatrixPerson } from "../support/matrix-client.js";
import { poll } from "../support/poll.js";

/** All that Hookshot tells, with everything that it leaves out by default. */
const everything = ["issue", "issue.comment", "pull_request", "push", "release", "workflow"];

let side: GitHubSide;
let all: EndToEnd;
let gitHub: GitHubStandIn;
let alice: MatrixPerson;
/** Hears everything of octo/hello. */
let roomId: string;
let marks = 0;

beforeAll(async () => {
  side = await GitHubSide.start();
  ({ all, gitHub } = side);
  alice = await all.person("alice");
  roomId = await side.roomWithState(alice, { enableHooks: everything });
});

afterEach(() => gitHub.failWith());

afterAll(() => side.stop());

function nextMark(): string {
  marks += 1;
  return `Mark ${marks}.`;
}

/** A new issue with a title of its own. */
function opened(title: string, issue: object = {}): GitHubRequest {
  return gitHubFixture("issues.opened__with-labels", changed(gitHubFixture("issues.opened__with-labels"), "issue", { title, ...issue }));
}

/** A fixture with another title, by which its message is found. */
function titled(fixture: string, member: string, title: string, more: object = {}): GitHubRequest {
  return gitHubFixture(fixture, changed(gitHubFixture(fixture), member, { title, ...more }));
}

/** What the bot said in the room, up to an event that is sent now: all that was sent before has arrived by then, because a room's order holds. */
async function heardNow(room = roomId): Promise<readonly string[]> {
  const mark = nextMark();
  await side.deliver(titled("pull_request.opened__draft", "pull_request", mark));
  await hear(alice, room, mark, 45_000);
  return said(alice, room);
}

async function countOf(words: string, room = roomId): Promise<number> {
  return (await heardNow(room)).filter((body) => body.includes(words)).length;
}

const issueUrl = "https://github.com/octo/hello/issues/1";
const pullUrl = "https://github.com/octo/hello/pull/2";
const issueLink = `<a href="${issueUrl}">octo/hello#1</a>`;
const pullLink = `<a href="${pullUrl}">octo/hello#2</a>`;
const repo = { id: 186853002, name: "octo/hello", url: "https://github.com/octo/hello" };

function aboutIssue(title: string): object {
  return {
    external_url: issueUrl,
    "uk.half-shot.matrix-hookshot.github.repo": repo,
    "uk.half-shot.matrix-hookshot.github.issue": { id: 444500041, number: 1, title, url: issueUrl },
  };
}

function aboutPull(title: string): object {
  return {
    external_url: pullUrl,
    "uk.half-shot.matrix-hookshot.github.repo": repo,
    "uk.half-shot.matrix-hookshot.github.issue": { id: 279147437, number: 2, title, url: pullUrl },
  };
}

const labelHtml =
  '<span data-mx-bg-color="#d73a4a" data-mx-color="#000000" title="Something isn\'t working">bug</span> ' +
  '<span data-mx-bg-color="#7057ff" data-mx-color="#FFFFFF">good first issue</span>';
const compareUrl = "https://github.com/octo/hello/compare/000000000000...111111111111";
const releaseUrl = "https://github.com/octo/hello/releases/tag/v1.0.0";
const runUrl = "https://github.com/octo/hello/actions/runs/289782451";

interface Told {
  readonly what: string;
  readonly request: (title: string) => GitHubRequest;
  readonly body: (title: string) => string;
  readonly html: (title: string) => string;
  readonly more?: (title: string) => object;
}

const told: readonly Told[] = [
  {
    what: "a new issue, with labels and assignees",
    request: (title) => titled("issues.opened__with-labels", "issue", title),
    body: (title) =>
      `📥 **ada** created new issue [octo/hello#1](${issueUrl}): "${title}" assigned to ada, bob with labels bug, good first issue`,
    html: (title) =>
      `📥 <strong>ada</strong> created new issue ${issueLink}: &quot;${title}&quot; assigned to ada, bob with labels ${labelHtml}`,
    more: aboutIssue,
  },
  {
    what: "a comment on an issue",
    request: (title) =>
      gitHubFixture("issue_comment.created__on-an-issue", {
        ...changed(gitHubFixture("issue_comment.created__on-an-issue"), "issue", { title }),
        ...changed(gitHubFixture("issue_comment.created__on-an-issue"), "comment", { body: title }),
      }),
    body: (title) => `🗣 **bob** [commented](${issueUrl}) on [octo/hello#1](${issueUrl})  \n> ${title}`,
    html: (title) =>
      `<p>🗣 <strong>bob</strong> <a href="${issueUrl}">commented</a> on ${issueLink}</p>\n<blockquote>\n<p>${title}</p>\n</blockquote>\n`,
    more: aboutIssue,
  },
  {
    what: "a closed issue",
    request: (title) => titled("issues.closed__completed", "issue", title),
    body: (title) => `⬛ **ada** closed issue [octo/hello#1](${issueUrl}): "${title}"`,
    html: (title) => `<p>⬛ <strong>ada</strong> closed issue ${issueLink}: &quot;${title}&quot;</p>\n`,
    more: aboutIssue,
  },
  {
    what: "a reopened issue",
    request: (title) => titled("issues.reopened__plain", "issue", title),
    body: (title) => `🔷 **bob** reopened issue [octo/hello#1](${issueUrl}): "${title}"`,
    html: (title) => `<p>🔷 <strong>bob</strong> reopened issue ${issueLink}: &quot;${title}&quot;</p>\n`,
    more: aboutIssue,
  },
  {
    what: "an edited issue",
    request: (title) => titled("issues.edited__title", "issue", title),
    body: (title) => `✏️ **ada** edited issue [octo/hello#1](${issueUrl}): "${title}"`,
    html: (title) => `✏️ <strong>ada</strong> edited issue ${issueLink}: &quot;${title}&quot;`,
    more: aboutIssue,
  },
  {
    what: "a new pull request",
    request: (title) => titled("pull_request.opened__without-labels-and-draft", "pull_request", title),
    body: (title) => `🔵 **bob** opened a new PR [octo/hello#2](${pullUrl}): "${title}"`,
    html: (title) => `🔵 <strong>bob</strong> opened a new PR ${pullLink}: &quot;${title}&quot;`,
    more: (title) => ({
      ...aboutPull(title),
      "uk.half-shot.matrix-hookshot.github.pull_request": { id: 279147437, number: 2, title, url: pullUrl },
    }),
  },
  {
    what: "a pull request that is ready for review",
    request: (title) => titled("pull_request.ready_for_review__plain", "pull_request", title),
    body: (title) => `🔬 **bob** has marked [octo/hello#2](${pullUrl}) as ready to review "${title}"`,
    html: (title) => `🔬 <strong>bob</strong> has marked ${pullLink} as ready to review &quot;${title}&quot;`,
    more: aboutPull,
  },
  {
    what: "an approval",
    request: (title) => titled("pull_request_review.submitted__approved", "pull_request", title),
    body: (title) => `✅ **ada** approved [octo/hello#2](${pullUrl}) "${title}"`,
    html: (title) => `✅ <strong>ada</strong> approved ${pullLink} &quot;${title}&quot;`,
    more: aboutPull,
  },
  {
    what: "requested changes",
    request: (title) => titled("pull_request_review.submitted__changes-requested", "pull_request", title),
    body: (title) => `🔴 **ada** changes_requested [octo/hello#2](${pullUrl}) "${title}"`,
    html: (title) => `🔴 <strong>ada</strong> changes_requested ${pullLink} &quot;${title}&quot;`,
    more: aboutPull,
  },
  {
    what: "a merged pull request",
    request: (title) => titled("pull_request.closed__merged", "pull_request", title),
    body: (title) => `✳️ **ada** merged PR [octo/hello#2](${pullUrl}): "${title}"`,
    html: (title) => `<p>✳️ <strong>ada</strong> merged PR ${pullLink}: &quot;${title}&quot;</p>\n`,
    more: aboutPull,
  },
  {
    what: "a closed pull request",
    request: (title) => titled("pull_request.closed__unmerged", "pull_request", title),
    body: (title) => `⚫ **ada** closed PR [octo/hello#2](${pullUrl}): "${title}"`,
    html: (title) => `<p>⚫ <strong>ada</strong> closed PR ${pullLink}: &quot;${title}&quot;</p>\n`,
    more: aboutPull,
  },
  {
    what: "a push",
    request: (title) => gitHubFixture("push__one-commit", { ref: `refs/heads/${title.replaceAll(" ", "-")}` }),
    body: (title) => `**ada** pushed [1 commit](${compareUrl}) to \`refs/heads/${title.replaceAll(" ", "-")}\` for octo/hello`,
    html: (title) =>
      `<strong>ada</strong> pushed <a href="${compareUrl}">1 commit</a> to <code>refs/heads/${title.replaceAll(" ", "-")}</code> for octo/hello`,
    more: (title) => ({
      external_url: compareUrl,
      "uk.half-shot.matrix-hookshot.github.repo": repo,
      "uk.half-shot.matrix-hookshot.github.push": {
        commits: ["1".repeat(40)],
        pusher: "ada <ada@example.org>",
        ref: `refs/heads/${title.replaceAll(" ", "-")}`,
        base_ref: null,
      },
    }),
  },
  {
    what: "a published release, with its notes",
    request: (title) =>
      gitHubFixture("release.published__with-notes", changed(gitHubFixture("release.published__with-notes"), "release", { name: title })),
    body: (title) =>
      `📣 **ada** released [${title}](${releaseUrl}) for octo/hello\n\n` +
      "## What's new\r\n\r\n* It no longer squeaks, see `oil`\r\n* [More](https://example.org/notes)\r\n",
    html: (title) =>
      `<p>📣 <strong>ada</strong> released <a href="${releaseUrl}">${title}</a> for octo/hello</p>\n<h2>What's new</h2>\n<ul>\n` +
      '<li>It no longer squeaks, see <code>oil</code></li>\n<li><a href="https://example.org/notes">More</a></li>\n</ul>\n',
  },
  {
    what: "a drafted release",
    request: (title) =>
      gitHubFixture("release.created__draft", changed(gitHubFixture("release.created__draft"), "release", { name: title })),
    body: (title) => `📝 **ada** drafted release [${title}](${releaseUrl}) for octo/hello\n\nSoon`,
    html: (title) => `<p>📝 <strong>ada</strong> drafted release <a href="${releaseUrl}">${title}</a> for octo/hello</p>\n<p>Soon</p>\n`,
  },
  {
    what: "a workflow run that failed",
    request: (title) =>
      gitHubFixture("workflow_run.completed__success", {
        ...changed(gitHubFixture("workflow_run.completed__success"), "workflow_run", { conclusion: "failure" }),
        ...changed(gitHubFixture("workflow_run.completed__success"), "workflow", { name: title }),
      }),
    body: (title) => `✅ Workflow **${title}** [failed 😟](${runUrl}) for octo/hello on branch \`main\``,
    html: (title) => `✅ Workflow <strong>${title}</strong> <a href="${runUrl}">failed 😟</a> for octo/hello on branch <code>main</code>`,
  },
];

describe("an event becomes a message", () => {
  it.each(told)("of exactly this content: $what", async ({ request, body, html, more }) => {
    const title = nextMark().replace(".", "");

    const answer = await side.deliver(request(title));

    expect([answer.status, answer.text]).toEqual([200, "OK"]);
    const event = await hear(alice, roomId, body(title));
    expect(event.sender).toBe(bot);
    expect(event.content).toEqual({
      ...{ msgtype: "m.notice", body: body(title), format: "org.matrix.custom.html", formatted_body: html(title), "m.mentions": {} },
      ...more?.(title),
    });
  });

  it.each(["/", "/github/webhook"])("that came to %s, by a connection whose state has a key of its own", async (path) => {
    const room = await all.roomWithBot(alice);
    await all.asOurs("PUT", statePath(room, repositoryType, "my-test"), { org: "my-org", repo: "my-repo" });
    expect(await answerTo(alice, room, "!connections")).toContain("my-org/my-repo");
    const url = "https://github.com/my-org/my-repo/pull/1";
    const pull = { id: 1, number: 1, html_url: url, title: "My test pull request", state: "open", user: { login: "alice" } };
    const owner = { login: "my-org" };
    const repository = { id: 1, name: "my-repo", full_name: "my-org/my-repo", html_url: "https://github.com/my-org/my-repo", owner };
    const body = { action: "opened", number: 1, pull_request: pull, repository, sender: { login: "alice" } };

    const answer = await side.deliver({ headers: { "x-github-event": "pull_request" }, body }, { path });

    expect([answer.status, answer.text]).toEqual([200, "OK"]);
    const words = bodyOf(await hear(alice, room, "My test pull request"));
    expect(words).toContain("**alice** opened a new PR");
    expect(words).toContain(url);
  });

  it("that came as a form, as GitHub offers too", async () => {
    const mark = nextMark();
    const text = new URLSearchParams({ payload: JSON.stringify(opened(mark).body) }).toString();

    const answer = await side.deliver(opened(mark), { text, headers: { "content-type": "application/x-www-form-urlencoded" } });

    expect(answer.status).toBe(200);
    await hear(alice, roomId, mark);
  });

  it("for repositories whose name is written in other letters", async () => {
    const room = await side.roomWithState(alice, {}, "Octo/HELLO");
    const mark = nextMark();

    await side.deliver(opened(mark));

    await hear(alice, room, mark);
  });

  it("for a connection under the event type from before Hookshot 1.0", async () => {
    const room = await all.roomWithBot(alice);
    await all.asOurs("PUT", statePath(room, "uk.half-shot.matrix-github.repository", "x"), { org: "octo", repo: "hello" });
    expect(await answerTo(alice, room, "!connections")).toContain("octo/hello");
    const mark = nextMark();

    await side.deliver(opened(mark));

    await hear(alice, room, mark);
  });

  it("of a push with as many commits as GitHub sends at most", async () => {
    const commit = { message: "Oil", url: "https://github.com/octo/hello/commit/1", author: { name: "Ada" } };
    const commits = Array.from({ length: 2_048 }, (_, index) => ({ ...commit, id: String(index).padStart(40, "a") }));

    const answer = await side.deliver(gitHubFixture("push__one-commit", { ref: "refs/heads/many", commits }));

    expect(answer.status).toBe(200);
    expect(bodyOf(await hear(alice, roomId, "refs/heads/many"))).toContain("pushed [2048 commits]");
  });

  it("of a title of any length, with broken characters, that pings nobody and leads nowhere", async () => {
    const mark = nextMark();
    const title = `${mark} @room \ud800 <img src=x onerror=alert(1)> [x](javascript:alert(1)) ${"long & <wide> ".repeat(10_000)}`;

    const answer = await side.deliver(opened(title));

    expect(answer.status).toBe(200);
    const { content } = await hear(alice, roomId, mark);
    expect(content["m.mentions"]).toEqual({});
    expect(String(content["formatted_body"])).not.toMatch(/<img|href="javascript/);
    expect(JSON.stringify(content).length).toBeLessThan(65_536);
  });
});

describe("who did not sign is refused", () => {
  it.each([
    { proof: "a signature of something else", path: "/github/webhook", signature: `sha256=${"0".repeat(64)}` },
    { proof: "a signature of something else at the legacy address", path: "/", signature: `sha256=${"0".repeat(64)}` },
    { proof: "the older kind of signature", path: "/github/webhook", signature: `sha1=${"0".repeat(40)}` },
    { proof: "half a signature", path: "/github/webhook", signature: "sha256=00" },
  ])("with $proof: 401", async ({ path, signature }) => {
    const mark = nextMark();

    const answer = await side.deliver(opened(mark), { path, signature });

    expect(answer.status).toBe(401);
    expect(answer.json()).toEqual({ errcode: "HS_BAD_TOKEN", error: "Signature did not match" });
    expect(await countOf(mark)).toBe(0);
  });

  it.each(["x-hub-signature-256", "x-github-event", "x-github-delivery"])("without %s: 400", async (name) => {
    const mark = nextMark();

    const answer = await side.deliver(opened(mark), { headers: { [name]: undefined } });

    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ errcode: "HS_BAD_VALUE", error: expect.stringContaining(name) as unknown });
    expect(await countOf(mark)).toBe(0);
  });

  it("before anything is stored: not the words, and not the delivery's id, which GitHub may use for the right one", async () => {
    const mark = nextMark();
    const deliveryId = "72d3162e-0000-11e3-81ab-refused";
    await side.deliver(opened(mark), { deliveryId, signature: `sha256=${"0".repeat(64)}` });

    await all.stopSwitchboard();
    const stored = await readDataFolder(all.installation.dataFolder);
    await all.startSwitchboard();
    await side.deliver(opened(mark), { deliveryId });

    // What was sent to the room is there, so this looks in the right place.
    expect(stored).toContain("octo/hello");
    expect(stored).not.toContain(mark);
    expect(stored).not.toContain(deliveryId);
    expect(await countOf(mark)).toBe(1);
  });
});

describe("nothing is told", () => {
  it("a second time for a delivery's id, also after a restart", async () => {
    const mark = nextMark();
    const deliveryId = "72d3162e-0000-11e3-81ab-repeated";

    const first = await side.deliver(opened(mark), { deliveryId });
    const repeats = await Promise.all([1, 2, 3].map(() => side.deliver(opened(mark), { deliveryId })));
    await hear(alice, roomId, mark);
    await all.restartSwitchboard();
    repeats.push(await side.deliver(opened(mark), { deliveryId, path: "/" }));

    expect(repeats.map(({ status, text }) => [status, text])).toEqual([1, 2, 3, 4].map(() => [first.status, first.text]));
    expect(await countOf(mark)).toBe(1);
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    "3",
    "{}",
    '{"action":"opened"}',
    '{"action":"opened","issue":null,"repository":null,"sender":null}',
    '{"action":"opened","issue":[],"repository":{"full_name":{}},"sender":"x"}',
    '{"action":{"toString":1},"__proto__":{"action":"opened"}}',
  ])("for a payload of the wrong shape, which is answered below 500, and the next one works: %s", async (text) => {
    const before = await said(alice, roomId);

    const answer = await side.deliver(opened("never"), { text });

    expect(answer.status).toBeLessThan(500);
    expect(await heardNow()).toHaveLength(before.length + 1);
  });

  it.each([
    gitHubFixture("ping__hook"),
    gitHubFixture("check_suite__completed"),
    gitHubFixture("installation_repositories__added"),
    { headers: { "x-github-event": "__proto__" }, body: {} },
    { headers: { "x-github-event": "no_such_event" }, body: { action: "opened" } },
  ])("for $headers, which is accepted", async (request) => {
    const before = await said(alice, roomId);

    const answer = await side.deliver(request);

    expect(answer.status).toBe(200);
    expect(await heardNow()).toHaveLength(before.length + 1);
  });
});

describe("a connection's settings choose", () => {
  const run = (conclusion: string, name = "Build", branch = "main"): GitHubRequest =>
    gitHubFixture("workflow_run.completed__success", {
      ...changed(gitHubFixture("workflow_run.completed__success"), "workflow_run", { conclusion, head_branch: branch }),
      ...changed(gitHubFixture("workflow_run.completed__success"), "workflow", { name }),
    });
  const labelled = (...names: readonly string[]): GitHubRequest =>
    opened(`Labelled ${names.join(" ")}`, { labels: names.map((name) => ({ name, color: "ededed" })) });

  it.each<{
    readonly what: string;
    readonly state: object;
    readonly requests: readonly GitHubRequest[];
    /** What the room hears of them, in order. */
    readonly words: readonly string[];
  }>([
    {
      what: "by default, what Hookshot tells",
      state: {},
      requests: [
        gitHubFixture("issue_comment.created__on-an-issue"),
        gitHubFixture("push__one-commit"),
        gitHubFixture("release.created__draft"),
        run("success"),
        gitHubFixture("star.created__plain"),
        gitHubFixture("release.published__with-notes"),
        opened("By default"),
      ],
      words: ["released", "By default"],
    },
    {
      what: "a list of events",
      state: { enableHooks: ["issue.changed", "star"] },
      requests: [opened("Not listed"), gitHubFixture("star.created__plain"), gitHubFixture("issues.closed__completed")],
      words: ["starred", "closed issue"],
    },
    {
      what: "Hookshot's older list of events that are left out",
      state: { ignoreHooks: ["issue"], enableHooks: ["push"] },
      requests: [opened("Left out"), gitHubFixture("issues.closed__completed"), gitHubFixture("push__one-commit")],
      words: ["pushed"],
    },
    {
      what: "merged pull requests alone",
      state: { enableHooks: ["pull_request.merged"] },
      requests: [gitHubFixture("pull_request.closed__unmerged"), gitHubFixture("pull_request.closed__merged")],
      words: ["merged PR"],
    },
    {
      what: "labels that have to be there, and labels that must not",
      state: { includingLabels: ["bug", "urgent"], excludingLabels: ["wontfix"] },
      requests: [labelled("docs"), labelled("bug", "wontfix"), labelled("urgent", "docs"), labelled("bug")],
      words: ["Labelled urgent docs", "Labelled bug"],
    },
    {
      what: "workflow runs by how they ended, their branch and their name",
      state: {
        enableHooks: ["workflow.run.failure"],
        workflowRun: { matchingBranch: "^main$|^release/", includingWorkflows: ["Build", "Lint"], excludingWorkflows: ["Lint"] },
      },
      requests: [run("success"), run("failure", "Build", "topic"), run("failure", "Lint"), run("failure", "Other"), run("failure")],
      words: ["Workflow **Build** [failed 😟]"],
    },
    {
      what: "links to the issues' rooms",
      state: { showIssueRoomLink: true },
      requests: [opened("With a link")],
      words: ["[Issue Room](https://matrix.to/#/#github_octo_hello_1:localhost)"],
    },
    {
      what: "nothing, by null, as if it were not there",
      state: { includingLabels: null, excludingLabels: null, enableHooks: null, hotlinkIssues: null, prDiff: null, priority: null },
      requests: [opened("By null")],
      words: ["By null"],
    },
  ])("$what", async ({ state, requests, words }) => {
    const room = await side.roomWithState(alice, { ...state });
    const before = (await said(alice, room)).length;

    for (const request of requests) expect((await side.deliver(request)).status).toBe(200);

    await hear(alice, room, words.at(-1) ?? "");
    const heard = (await said(alice, room)).slice(before);
    expect(heard).toEqual(words.map((text) => expect.stringContaining(text) as unknown));
  });
});

describe("labels", () => {
  /** A label that was put on or taken off an issue long after it was made. */
  function labelEvent(action: "labeled" | "unlabeled", number: number, name: string): GitHubRequest {
    const fixture = gitHubFixture("issues.unlabeled__plain");
    const html_url = `https://github.com/octo/hello/issues/${number}`;
    const issue = { number, html_url, created_at: "2026-01-02T10:00:00Z", updated_at: "2026-01-03T10:00:00Z", labels: [] };
    return gitHubFixture("issues.unlabeled__plain", { action, ...changed(fixture, "issue", issue), label: { name, color: "ededed" } });
  }

  let labelRoom: string;

  beforeAll(async () => {
    labelRoom = await side.roomWithState(alice, { includingLabels: ["bug", "urgent"], enableHooks: ["issue.labeled", "push"] });
  });

  /** What was said about an issue's labels, once all that was sent before has been told. */
  async function heardOf(number: number): Promise<readonly string[]> {
    await hear(alice, labelRoom, `octo/hello#${number}]`, 30_000);
    const mark = nextMark().replace(/\W+/g, "-");
    await side.deliver(gitHubFixture("push__one-commit", { ref: `refs/heads/${mark}` }));
    await hear(alice, labelRoom, mark);
    return (await said(alice, labelRoom)).filter((body) => body.includes(`octo/hello#${number}]`));
  }

  it("that are put on within some seconds are told together, without those that were taken off again", async () => {
    for (const [action, name] of [
      ["labeled", "bug"],
      ["labeled", "odd"],
      ["labeled", "urgent"],
      ["unlabeled", "odd"],
    ] as const) {
      await side.deliver(labelEvent(action, 71, name));
    }

    expect(await heardOf(71)).toEqual([expect.stringMatching(/^🗃 \*\*ada\*\* labeled issue .* with labels bug, urgent$/)]);
  });

  it("that wait when Switchboard is restarted are told together, once", async () => {
    await side.deliver(labelEvent("labeled", 72, "bug"));
    await all.restartSwitchboard();
    await side.deliver(labelEvent("labeled", 72, "urgent"));
    await all.restartSwitchboard();

    expect(await heardOf(72)).toEqual([expect.stringMatching(/ with labels bug, urgent$/)]);
  });

  it("that wait when Switchboard is killed are told all the same, once", async () => {
    await all.stopSwitchboard();
    const first = await all.startProcess();
    await side.deliver(labelEvent("labeled", 75, "bug"));
    await first.kill();
    const second = await all.startProcess();
    const heard = await heardOf(75);
    await second.stop();
    await all.startSwitchboard();

    expect(heard).toEqual([expect.stringMatching(/ with labels bug$/)]);
  });

  it("that no room asked for, and labels that came with a new issue, are not told", async () => {
    await side.deliver(labelEvent("labeled", 73, "odd"));
    await gitHub.createIssue("octo/hello", "New with a label", "octo");
    await gitHub.label("octo/hello", 1, "bug", "octo");
    await side.deliver(labelEvent("labeled", 74, "bug"));

    await heardOf(74);
    expect((await said(alice, labelRoom)).filter((body) => /#73]|#1]/.test(body))).toEqual([]);
  });
});

describe("what is looked up at GitHub", () => {
  async function closed(fullName: string, by: string, comments: readonly (readonly [author: string, words: string])[]): Promise<string> {
    const mark = nextMark();
    const { number } = await gitHub.createIssue(fullName, mark, "octo");
    for (const [author, words] of comments) await gitHub.comment(fullName, number, words, author);
    await gitHub.setState(fullName, number, "closed", by);
    return bodyOf(await hear(alice, roomId, `closed issue [${fullName}#${number}]`, 30_000)).split(`"${mark}"`)[1] ?? "";
  }

  it("are the words that somebody closed an issue with", async () => {
    expect(await closed("octo/hello", "ada", [["ada", "Oiled *it*"]])).toBe(' with comment "Oiled *it*"');
  });

  it("are the newest words of that person, and nobody else's", async () => {
    expect(
      await closed("octo/hello", "ada", [
        ["ada", "Older"],
        ["ada", "Newer"],
        ["octo", "Not hers"],
      ]),
    ).toBe(' with comment "Newer"');
    expect(await closed("octo/hello", "ada", [["octo", "Not hers"]])).toBe("");
  });

  it.each<GitHubFault>([
    { kind: "status", status: 404 },
    { kind: "status", status: 503 },
    { kind: "rate-limit", resetInSeconds: 600 },
    { kind: "secondary-limit", retryAfterSeconds: 600 },
    { kind: "page" },
    { kind: "cut" },
    { kind: "silent" },
  ])("are left out when GitHub cannot tell: the message comes all the same ($kind $status)", async (fault) => {
    gitHub.failWith({ ...fault, only: /\/comments$/ });

    expect(await closed("octo/hello", "ada", [["ada", "Lost"]])).toBe("");
  });

  it("are the words that a pull request was closed with, and not those of a merge", async () => {
    const unmerged = await gitHub.createPull("octo/hello", "Not wanted", "octo");
    await gitHub.comment("octo/hello", unmerged.number, "No thanks", "ada");
    await gitHub.setState("octo/hello", unmerged.number, "closed", "ada");
    const merged = await gitHub.createPull("octo/hello", "Wanted", "octo");
    await gitHub.comment("octo/hello", merged.number, "Yes please", "ada");
    await gitHub.merge("octo/hello", merged.number, "ada");

    expect(bodyOf(await hear(alice, roomId, `closed PR [octo/hello#${unmerged.number}]`))).toMatch(
      /: "Not wanted" with comment "No thanks"$/,
    );
    expect(bodyOf(await hear(alice, roomId, `merged PR [octo/hello#${merged.number}]`))).toMatch(/: "Wanted"$/);
  });

  const diff = ["diff --git a/swing b/swing", "-squeaks", "+is <quiet>", "+and oiled", ""].join("\n");

  it.each(["octo/hello", "octo/secret"])("are the first lines of a diff, also of what is private: %s", async (fullName) => {
    const room = await side.roomWithState(alice, { prDiff: { enabled: true, maxLines: 3 } }, fullName);
    const mark = nextMark();

    await gitHub.createPull(fullName, mark, "octo", { diff });

    const { body, formatted_body: html } = (await hear(alice, room, mark)).content;
    expect(body).toMatch(/"\n``` diff\ndiff --git a\/swing b\/swing\n-squeaks\n\+is <quiet>\n```$/);
    expect(html).toContain('\n<pre><code class="language-diff">diff --git a/swing b/swing\n-squeaks\n+is &lt;quiet&gt;\n</code></pre>');
  });

  it("is no diff when GitHub cannot tell, and none where nobody asked for it", async () => {
    const room = await side.roomWithState(alice, { prDiff: { enabled: true } });
    const mark = nextMark();
    gitHub.failWith({ kind: "status", status: 404, only: /\/pulls\/\d+$/ });

    await gitHub.createPull("octo/hello", mark, "octo", { diff });

    expect(bodyOf(await hear(alice, room, mark))).toMatch(/"$/);
    expect(bodyOf(await hear(alice, roomId, mark))).toMatch(/"$/);
  });
});

describe("GitHub that cannot be reached", () => {
  it("at the start is a warning: what it sends is told, and what needs it works as soon as it is back", async () => {
    gitHub.failWith({ kind: "cut" });
    const logged = all.log.length;

    await all.restartSwitchboard();
    const mark = nextMark();
    await side.deliver(opened(mark));
    await hear(alice, roomId, mark);

    const warned = async (): Promise<string | undefined> =>
      all.log.slice(logged).find((line) => line.includes("Could not read where the GitHub App is installed; trying again later"));
    expect(await poll(warned, { what: "the warning", timeoutMs: 60_000 })).toMatch(/"level":"?(warn|40)/i);
    gitHub.failWith();
    const { number } = await gitHub.createIssue("octo/hello", "Back again", "octo");
    await alice.sendText(roomId, `what of #${number} ?`);
    await hear(alice, roomId, `Issue [#${number}](${gitHub.url}/octo/hello/issues/${number}): Back again (open)`);
  });
});
