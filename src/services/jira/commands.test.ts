import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryLogins } from "../../../test/support/memory-logins.js";
import { RecordedHttp, respond } from "../../../test/support/recorded-http.js";
import { createServiceContext } from "../../../test/support/service-context.js";
import type { Connection } from "../../core/connection.js";
import { PermissionError, RemoteError } from "../../core/errors.js";
import type { PersonalLogins } from "../../core/ports/personal-logins.js";
import { Secret } from "../../shared/secret.js";
import { createJiraClient } from "./client.js";
import { createCommands } from "./commands.js";
import { createLoginBook } from "./personal-login.js";
import type { Deployment, JiraConfig } from "./schema.js";

const commands = createCommands({ client: createJiraClient(), logins: createLoginBook() });
const ada = "@ada:example.org";
const ownToken = "planted-own-token";
const sharedToken = "planted-shared-token";
const base = "https://jira.example.org";

interface Setting {
  readonly deployment?: Deployment;
  readonly own?: boolean;
  readonly commands?: boolean;
  readonly config?: JiraConfig;
  /** Addresses of the connected projects; the first has the highest priority. */
  readonly connected?: readonly string[];
}

let http: RecordedHttp;
let logins: PersonalLogins;
/** What was requested, and when the remote was allowed to be changed. */
let story: () => readonly string[];

beforeEach(() => {
  http = new RecordedHttp();
  logins = createMemoryLogins();
});

function api(path: string, deployment: Deployment = "server"): string {
  return `${base}/rest/api/${deployment === "cloud" ? "3" : "2"}/${path}`;
}

function issueJson(key: string, fields: object = {}): object {
  const named = { issuetype: { name: "Bug" }, status: { name: "To Do" }, summary: "Swing needs oil" };
  return { key, fields: { project: { key: key.replace(/-\d+$/, "") }, ...named, ...fields } };
}

async function run(name: string, values: Readonly<Record<string, string>>, setting: Setting = {}): Promise<string> {
  const { deployment = "server", own = false, commands: lends = true, connected = [`${base}/projects/PLAY`] } = setting;
  const credential = { token: new Secret(sharedToken), commands: lends };
  const config = setting.config ?? { webhook: { secret: new Secret("s") }, instances: { main: { url: base, deployment, credential } } };
  if (own) logins.put(ada, base, JSON.stringify({ token: ownToken, id: "ada-id", displayName: "Ada Example" }));
  // Commands read nothing else of a connection.
  const connections = connected.map((url) => ({ state: { url }, stateKey: url }) as unknown as Connection);
  let begunAfter: number | undefined;
  story = () => [...http.calls.slice(0, begunAfter), ...(begunAfter === undefined ? [] : ["begin", ...http.calls.slice(begunAfter)])];
  const begin = async (): Promise<void> => {
    begunAfter = http.requests.length;
  };
  const command = commands.find((candidate) => candidate.name === name);
  const call = { values, actor: ada, prefix: "!jira", connection: connections[0]!, connections, begin } as const;
  const answer = await command!.run(call, createServiceContext(config, { http, logins }));
  return "reaction" in answer ? answer.reaction : answer.text;
}

const both = ["server", "cloud"] as const;

describe("who acts", () => {
  beforeEach(() => {
    for (const deployment of both) http.answer(`GET ${api("issue/PLAY-1", deployment)}`, issueJson("PLAY-1"));
  });

  it("is the person, where they have a login, also where everybody could act through the credential", async () => {
    await run("view", { issue: "PLAY-1" }, { own: true });

    expect(http.requests.map(({ authorization }) => authorization)).toEqual([`Bearer ${ownToken}`]);
  });

  it("is the credential, where it may", async () => {
    await run("view", { issue: "PLAY-1" });

    expect(http.requests.map(({ authorization }) => authorization)).toEqual([`Bearer ${sharedToken}`]);
  });

  it("is nobody else, and the refusal says what to do", async () => {
    const refused = run("view", { issue: "PLAY-1" }, { commands: false });

    await expect(refused).rejects.toThrow(
      "You are not logged in. Open a direct chat with me and type `jira token main <token>` (a personal access token: Jira > Profile > Personal Access Tokens). Or the administrator can set `jira.instances.main.credential.commands: true`; then everybody here can act through that account.",
    );
    expect(http.requests).toEqual([]);
  });

  it("is nobody else at Hookshot's `jira.url`, which has no place for a credential", async () => {
    await expect(run("view", { issue: "PLAY-1" }, { config: { webhook: { secret: new Secret("s") }, url: base } })).rejects.toThrow(
      /^You are not logged in\. .* Or the administrator can add this Jira under `jira\.instances`, with a `credential` that has `commands: true`; then everybody here can act through that account\.$/,
    );
  });

  it("is not asked to log in where no login could be kept", async () => {
    logins = createMemoryLogins({ canKeep: false });

    await expect(run("view", { issue: "PLAY-1" }, { commands: false })).rejects.toThrow(
      "You are not logged in. The administrator can set `storage.keyFile`",
    );
  });

  it("has to log in again when the kept login cannot be read", async () => {
    logins.put(ada, base, "{");

    await expect(run("view", { issue: "PLAY-1" })).rejects.toThrow(
      "Your login at main cannot be read any more. Type `jira token main <token>`",
    );
    expect(http.requests).toEqual([]);
  });

  it.each([
    {
      title: "an instance that is not configured any more",
      setting: { connected: ["https://gone.example.org/projects/PLAY"] },
      says: "connected to https://gone.example.org/projects/PLAY, and no Jira there is set up any more. The administrator can add it under `jira.instances`.",
    },
    {
      title: "a host whose name begins like the instance's",
      setting: { connected: [`${base}.evil/projects/PLAY`] },
      says: "no Jira there is set up any more",
    },
    {
      title: "a host behind what looks like the instance's",
      setting: { connected: ["https://jira.example.org@evil.example/projects/PLAY"] },
      says: "no Jira there is set up any more",
    },
    {
      title: "an address that two Jiras of one host could mean",
      setting: {
        config: {
          webhook: { secret: new Secret("s") },
          instances: {
            a: { url: `${base}/a`, credential: { token: new Secret(sharedToken), commands: true } },
            b: { url: `${base}/b`, credential: { token: new Secret(sharedToken), commands: true } },
          },
        },
      },
      says: "can mean any of `a`, `b`",
    },
  ])("sends no token anywhere for $title", async ({ setting, says }) => {
    logins.put(ada, "https://gone.example.org", JSON.stringify({ token: ownToken, id: "x", displayName: "x" }));

    await expect(run("view", { issue: "PLAY-1" }, setting)).rejects.toThrow(says);
    expect(http.requests).toEqual([]);
  });

  it("goes to the configured address, whatever scheme the room's state has", async () => {
    await run("view", { issue: "PLAY-1" }, { connected: ["http://jira.example.org/projects/PLAY"] });

    expect(http.calls).toEqual([`GET ${api("issue/PLAY-1")}`]);
  });
});

describe("!jira create", () => {
  beforeEach(() => {
    for (const deployment of both) {
      const issueTypes = [{ name: "User story" }, { name: "Bug" }, { name: "Part", subtask: true }];
      http.answer(`GET ${api("project/PLAY", deployment)}`, { id: "1", key: "PLAY", issueTypes });
      http.answer(`POST ${api("issue", deployment)}`, respond(201, { id: "10", key: "PLAY-7" }));
    }
  });

  it("makes what was typed, on Server", async () => {
    const answer = await run(
      "create",
      { type: "bug", title: "it's *broken*", description: "h1. so\n[~bo] see {x}", labels: "red, blue,,red" },
      { own: true },
    );

    expect(answer).toBe(`Created JIRA issue PLAY-7: [${base}/browse/PLAY-7](${base}/browse/PLAY-7)`);
    expect(story()).toEqual([`GET ${api("project/PLAY")}`, "begin", `POST ${api("issue")}`]);
    expect(http.requests.at(-1)?.body).toEqual({
      fields: {
        project: { key: "PLAY" },
        issuetype: { name: "Bug" },
        summary: "it's *broken*",
        description: "h1\\. so\n[~bo] see \\{x\\}",
        labels: ["red", "blue"],
      },
    });
  });

  it("makes what was typed, on Cloud", async () => {
    await run("create", { type: "Bug", title: "Title", description: "Text" }, { own: true, deployment: "cloud" });

    expect(http.requests.at(-1)?.body).toEqual({
      fields: {
        project: { key: "PLAY" },
        issuetype: { name: "Bug" },
        summary: "Title",
        description: { type: "doc", version: 1, content: [{ type: "paragraph", content: [{ type: "text", text: "Text" }] }] },
      },
    });
  });

  it.each([
    [{ title: "One\nTwo\nThree" }, "One", "Two\nThree"],
    [{ title: "One\nTwo", description: "Three" }, "One Two", "Three"],
    [{ title: "  One\u0000  two " }, "One two", undefined],
  ])("takes the first line of %j for the title", async (typed, summary, description) => {
    await run("create", { type: "Bug", ...typed }, { own: true });

    expect(http.requests.at(-1)?.body).toMatchObject({ fields: { summary, ...(description === undefined ? {} : { description }) } });
  });

  it.each([
    [undefined, "From @ada:example.org \\(Matrix\\)."],
    ["Text", "From @ada:example.org \\(Matrix\\):\n\nText"],
  ])("names the person in front when the credential acts: %j", async (description, expected) => {
    await run("create", { type: "Bug", title: "Title", ...(description === undefined ? {} : { description }) });

    expect(http.requests.at(-1)?.body).toMatchObject({ fields: { description: expected } });
  });

  it.each([
    { typed: "Story", says: /^You must specify a valid issue type \(one of User story, Bug\)\. E\.g\. !jira create "User story"$/ },
    { typed: "Part", says: /one of User story, Bug\)/ },
  ])("refuses the type $typed and lists the others", async ({ typed, says }) => {
    await expect(run("create", { type: typed, title: "Title" })).rejects.toThrow(says);
    expect(story()).toEqual([`GET ${api("project/PLAY")}`]);
  });

  it.each([
    { title: "without types", project: { id: "1", key: "PLAY", issueTypes: [] }, says: "Cannot create issue, project has no issue types" },
    { title: "that is gone", project: respond(404), says: `There is no project PLAY at ${base}` },
    {
      title: "that has another key now",
      project: { id: "1", key: "OPS", issueTypes: [{ name: "Bug" }] },
      says: "If it has another key now",
    },
  ])("makes nothing in a project $title", async ({ project, says }) => {
    http.answer(`GET ${api("project/PLAY")}`, project);

    await expect(run("create", { type: "Bug", title: "Title" })).rejects.toThrow(says);
    expect(story()).toEqual([`GET ${api("project/PLAY")}`]);
  });

  it("says that it may be done when no answer comes", async () => {
    http.answer(`POST ${api("issue")}`, new RemoteError("cut", { outcomeUnknown: true }));

    await expect(run("create", { type: "Bug", title: "Title" })).rejects.toMatchObject({
      outcomeUnknown: true,
      message: expect.stringContaining("may have been done"),
    });
  });

  it("lists the types, and of which project where the room has several", async () => {
    expect(await run("issue-types", {})).toBe("Issue types: User story, Bug");
    expect(await run("issue-types", {}, { connected: [`${base}/projects/PLAY`, `${base}/projects/DEV`] })).toBe(
      "Issue types: User story, Bug (project PLAY)",
    );
  });
});

describe("!jira view", () => {
  it("shows the issue, and nothing in it is markup", async () => {
    const fields = {
      summary: "A *lamp* [x](https://evil.example)",
      assignee: { displayName: "Bo_Example" },
      reporter: { name: "ada" },
      priority: { name: "High" },
      labels: ["red", "blue"],
      description: "h1. Wiki\n\n\\*text\\*",
    };
    http.answer(`GET ${api("issue/PLAY-1")}`, issueJson("PLAY-1", fields));

    expect(await run("view", { issue: "play-1" })).toBe(
      [
        `[PLAY-1](${base}/browse/PLAY-1): A *lamp* [x](https://evil.example)`,
        "",
        "- Type: Bug\n- Status: To Do\n- Priority: High\n- Assignee: Bo_Example\n- Reporter: ada\n- Labels: red, blue",
        "",
        "> h1. Wiki\n>\n> *text*",
      ].join("\n"),
    );
    expect(http.requests[0]?.query).toEqual({
      fields: "project,summary,issuetype,status,assignee,reporter,priority,labels,description",
    });
  });

  it("takes an address from the browser, of that Jira only", async () => {
    http.answer(`GET ${api("issue/PLAY-1")}`, issueJson("PLAY-1"));

    expect(await run("view", { issue: `${base}/browse/PLAY-1` })).toContain("Swing needs oil");
    await expect(run("view", { issue: "https://other.example.org/browse/PLAY-1" })).rejects.toThrow("that issue is at other.example.org");
    expect(http.requests).toHaveLength(1);
  });

  it.each(["10001", "not-an-issue", "PLAY-1/../OPS-1"])("takes nothing but keys: %s", async (issue) => {
    await expect(run("view", { issue })).rejects.toThrow(`"${issue}" is no issue. Type its key, such as \`PLAY-1\``);
    expect(http.requests).toEqual([]);
  });
});

const onIssues = [
  { name: "view", values: {} },
  { name: "comment", values: { text: "Hello" } },
  { name: "transition", values: { "status or transition": "Done" } },
  { name: "assign", values: { user: "Bo" } },
];

describe.each(onIssues)("!jira $name", ({ name, values }) => {
  it("through the credential refuses another project's key by its name, before Jira is asked", async () => {
    const refused = run(name, { issue: "ops-1", ...values });

    await expect(refused).rejects.toThrow(PermissionError);
    await expect(refused).rejects.toThrow(
      /^`OPS-1` is in `OPS`, and this room is connected to PLAY only\. Connect it with `!connect jira OPS`, or .*`jira token main <token>`/,
    );
    expect(http.requests).toEqual([]);
  });

  it.each([
    { title: "that was moved elsewhere", answer: issueJson("OPS-9") },
    { title: "whose project is another than its key says", answer: issueJson("PLAY-1", { project: { key: "OPS" } }) },
    { title: "that is not there", answer: respond(404) },
  ])("through the credential finds no issue $title", async ({ answer }) => {
    http.answer(`GET ${api("issue/PLAY-1")}`, answer);

    const refused = run(name, { issue: "PLAY-1", ...values });

    await expect(refused).rejects.toThrow(
      `Failed to find issue: there is no \`PLAY-1\` at ${base}, or the account of \`jira.instances.main.credential\` may not see it. Check the key.`,
    );
    expect(story()).toEqual([`GET ${api("issue/PLAY-1")}`]);
  });

  it("with a login of one's own finds no issue that is not there", async () => {
    await expect(run(name, { issue: "OPS-1", ...values }, { own: true })).rejects.toThrow(
      "Failed to find issue: there is no `OPS-1` at https://jira.example.org, or your account there may not see it.",
    );
  });
});

describe("!jira comment", () => {
  it.each([
    { own: true, deployment: "server", body: "See \\{x\\} [~bo]" },
    { own: false, deployment: "server", body: "From @ada:example.org \\(Matrix\\):\n\nSee \\{x\\} [~bo]" },
  ] as const)("adds the text (own: $own)", async ({ body, ...setting }) => {
    http.answer(`GET ${api("issue/PLAY-1")}`, issueJson("PLAY-1"));
    http.answer(`POST ${api("issue/PLAY-1/comment")}`, respond(201, { id: "1" }));

    expect(await run("comment", { issue: "PLAY-1", text: "See {x} [~bo]" }, setting)).toBe(
      `Commented on [PLAY-1](${base}/browse/PLAY-1): Swing needs oil`,
    );
    expect(story()).toEqual([`GET ${api("issue/PLAY-1")}`, "begin", `POST ${api("issue/PLAY-1/comment")}`]);
    expect(http.requests.at(-1)?.body).toEqual({ body });
  });

  it("goes to where an issue was moved, with a login of one's own", async () => {
    http.answer(`GET ${api("issue/PLAY-1", "cloud")}`, issueJson("OPS-9"));
    http.answer(`POST ${api("issue/OPS-9/comment", "cloud")}`, respond(201, { id: "1" }));

    expect(await run("comment", { issue: "PLAY-1", text: "Hello" }, { own: true, deployment: "cloud" })).toContain("[OPS-9]");
    expect(http.requests.at(-1)?.body).toMatchObject({ body: { type: "doc" } });
  });
});

describe("!jira transition", () => {
  const transitions = [
    { id: "11", name: "Start", to: { name: "In Progress" } },
    { id: "21", name: "Resolve", to: { name: "Done" } },
    { id: "22", name: "Drop", to: { name: "Done" } },
    { id: "31", name: "Review", to: { name: "Review" } },
    { id: "32", name: "Skip", to: { name: "Review" } },
  ];

  beforeEach(() => {
    http.answer(`GET ${api("issue/PLAY-1")}`, issueJson("PLAY-1"));
    http.answer(`GET ${api("issue/PLAY-1/transitions")}`, { transitions });
    http.answer(`POST ${api("issue/PLAY-1/transitions")}`, respond(204));
  });

  it.each([
    ["in progress", "11", "In Progress"],
    ["START", "11", "In Progress"],
    ['"In Progress"', "11", "In Progress"],
    ["drop", "22", "Done"],
    ["review", "31", "Review"],
  ])("takes %s", async (typed, id, status) => {
    expect(await run("transition", { issue: "PLAY-1", "status or transition": typed })).toBe(
      `Moved [PLAY-1](${base}/browse/PLAY-1) from To Do to ${status}: Swing needs oil`,
    );
    expect(story().slice(-2)).toEqual(["begin", `POST ${api("issue/PLAY-1/transitions")}`]);
    expect(http.requests.at(-1)?.body).toEqual({ transition: { id } });
  });

  it.each([
    ["Done", "Several moves of PLAY-1 fit `Done`: `Done` (by `Resolve`), `Done` (by `Drop`). Type the name of one."],
    [
      "Away",
      "PLAY-1 is in `To Do` and cannot be moved to `Away` now. It can be moved to `In Progress` (by `Start`), `Done` (by `Resolve`), `Done` (by `Drop`), `Review`, `Review` (by `Skip`).",
    ],
    ["to do", "PLAY-1 is in `To Do` already. It can be moved to"],
  ])("lists what is legal for %s", async (typed, says) => {
    await expect(run("transition", { issue: "PLAY-1", "status or transition": typed })).rejects.toThrow(says);
    expect(story()).not.toContain("begin");
  });

  it("says when nothing is legal", async () => {
    http.answer(`GET ${api("issue/PLAY-1/transitions")}`, { transitions: [] });

    await expect(run("transition", { issue: "PLAY-1", "status or transition": "Done" })).rejects.toThrow("Its workflow allows no move");
  });
});

describe("!jira assign", () => {
  const bo = { name: "bo", accountId: "bo-id", displayName: "Bo Baker", emailAddress: "bo@example.org" };
  const bobby = { name: "bobby", accountId: "bobby-id", displayName: "Bobby Baker" };

  beforeEach(() => {
    for (const deployment of both) {
      http.answer(`GET ${api("issue/PLAY-1", deployment)}`, issueJson("PLAY-1"));
      http.answer(`GET ${api("user/assignable/search", deployment)}`, [bo, bobby, { ...bo, name: "old", accountId: "old", active: false }]);
      http.answer(`PUT ${api("issue/PLAY-1/assignee", deployment)}`, respond(204));
    }
  });

  it.each([
    { deployment: "server", typed: "Bo Baker", query: { username: "Bo Baker" }, body: { name: "bo" } },
    { deployment: "server", typed: "BO@example.org", query: { username: "BO@example.org" }, body: { name: "bo" } },
    { deployment: "server", typed: "bobby", query: { username: "bobby" }, body: { name: "bobby" } },
    { deployment: "server", typed: '"bo baker"', query: { username: "bo baker" }, body: { name: "bo" } },
    { deployment: "cloud", typed: "bo baker", query: { query: "bo baker" }, body: { accountId: "bo-id" } },
    { deployment: "cloud", typed: "bobby-id", query: { query: "bobby-id" }, body: { accountId: "bobby-id" } },
  ] as const)("finds $typed on $deployment", async ({ deployment, typed, query, body }) => {
    const answer = await run("assign", { issue: "PLAY-1", user: typed }, { deployment });

    expect(answer).toMatch(/^Assigned \[PLAY-1\]\(.*\) to Bo(?:bby)? Baker: Swing needs oil$/);
    expect(http.requests[1]?.query).toEqual({ issueKey: "PLAY-1", maxResults: "50", ...query });
    expect(story().slice(-2)).toEqual(["begin", `PUT ${api("issue/PLAY-1/assignee", deployment)}`]);
    expect(http.requests.at(-1)?.body).toEqual(body);
  });

  it("asks Cloud for an account id as such", async () => {
    const id = "5b10a2844c20165700ede21g";
    http.answer(`GET ${api("user/assignable/search", "cloud")}`, [{ accountId: id, displayName: "Cy" }]);

    await run("assign", { issue: "PLAY-1", user: id }, { deployment: "cloud" });

    expect(http.requests[1]?.query).toEqual({ issueKey: "PLAY-1", maxResults: "50", accountId: id });
  });

  it("knows who `me` is, with a login of one's own", async () => {
    await run("assign", { issue: "PLAY-1", user: "me" }, { own: true });

    expect(http.calls).not.toContain(`GET ${api("user/assignable/search")}`);
    expect(http.requests.at(-1)?.body).toEqual({ name: "ada-id" });
  });

  it.each([
    { typed: "me", users: [], says: /^I do not know who you are at .*`jira token main <token>`/ },
    { typed: "Cy", users: [], says: /^Could not find a user matching 'Cy'/ },
    { typed: "Baker", users: [bo, bobby], says: /^Several people fit 'Baker': Bo Baker \[`bo`\], Bobby Baker \[`bobby`\]\. Type/ },
    {
      typed: "Bo Baker",
      users: [bo, { ...bo, name: "bo2" }],
      says: /^Several people fit 'Bo Baker': Bo Baker \[`bo`\], Bo Baker \[`bo2`\]/,
    },
  ])("assigns nobody for $typed", async ({ typed, users, says }) => {
    http.answer(`GET ${api("user/assignable/search")}`, users);

    await expect(run("assign", { issue: "PLAY-1", user: typed })).rejects.toThrow(says);
    expect(story()).not.toContain("begin");
  });
});

describe("!jira search", () => {
  const searches = { server: `POST ${api("search")}`, cloud: `POST ${api("search/jql", "cloud")}` };
  const found = [issueJson("PLAY-1"), issueJson("OPS-1", { summary: "secret" }), issueJson("DEV-2", { assignee: { displayName: "Bo" } })];
  const connected = [`${base}/projects/PLAY`, `${base}/projects/dev`, "https://other.example.org/projects/OPS"];

  beforeEach(() => {
    for (const deployment of both) http.answer(searches[deployment], { issues: found });
  });

  function askedFor(): unknown {
    const body = http.requests.at(-1)?.body;
    return typeof body === "object" && body !== null && "jql" in body ? body.jql : undefined;
  }

  it.each(both)("looks for words in the project, on %s", async (deployment) => {
    const answer = await run("search", { text: 'a" OR b' }, { deployment, connected });

    expect(answer).toBe(`Found 1 issue in PLAY:\n\n- [PLAY-1](${base}/browse/PLAY-1): Swing needs oil (To Do)`);
    expect(http.calls).toEqual([searches[deployment]]);
    expect(askedFor()).toBe('project in ("PLAY") AND (text ~ "a\\\\\\" or b") ORDER BY updated DESC');
  });

  it("through the credential asks for and shows the room's projects of that Jira only", async () => {
    const answer = await run("search jql", { JQL: "project = OPS OR project = PLAY ORDER BY key" }, { connected });

    expect(askedFor()).toBe('project in ("PLAY", "DEV") AND (project = OPS OR project = PLAY) ORDER BY key');
    expect(answer).toBe(
      `Found 2 issues in PLAY, DEV:\n\n- [PLAY-1](${base}/browse/PLAY-1): Swing needs oil (To Do)\n- [DEV-2](${base}/browse/DEV-2): Swing needs oil (To Do, Bo)`,
    );
  });

  it("with a login of one's own asks what was typed", async () => {
    const answer = await run("search jql", { JQL: " issueFunction in x(y) ORDER BY key " }, { own: true, connected });

    expect(askedFor()).toBe("issueFunction in x(y) ORDER BY key");
    expect(answer).toContain("Found 3 issues at main:");
  });

  it.each([
    ["a) OR (project = OPS", /`\)` that nothing opens/],
    ["key = OPS-1", /`OPS-1` is in no project that this room is connected to\. To ask as yourself: .*`jira token main <token>`/],
  ])("through the credential does not ask %s", async (jql, says) => {
    await expect(run("search jql", { JQL: jql }, { connected })).rejects.toThrow(says);
    expect(http.requests).toEqual([]);
  });

  it("through the credential keeps to itself why Jira refuses a query: that can tell what there is in other projects", async () => {
    http.answer(searches.server, respond(400, { errorMessages: ["The value 'Secret plan' does not exist for the field 'fixVersion'."] }));

    await expect(run("search jql", { JQL: 'fixVersion = "Secret plan"' })).rejects.toThrow(
      "Jira refuses the query (400). Check its form, and the names in it. What Jira says of it can tell about other projects, so it is shown only to people who ask as themselves. Open a direct chat with me and type `jira token main <token>` (a personal access token: Jira > Profile > Personal Access Tokens).",
    );
  });

  it("with a login of one's own says why Jira refuses the query", async () => {
    http.answer(searches.server, respond(400, { errorMessages: ["The value 'Secret plan' does not exist for the field 'fixVersion'."] }));

    await expect(run("search jql", { JQL: "fixVersion = x" }, { own: true })).rejects.toThrow(
      "refuses this (400): The value 'Secret plan' does not exist",
    );
  });

  it("says when there is nothing, and when there may be more", async () => {
    http.answer(searches.server, { issues: [] });
    expect(await run("search", { text: "x" })).toBe("Found no issues in PLAY.");
    http.answer(searches.server, { issues: Array.from({ length: 12 }, (_, index) => issueJson(`PLAY-${index + 1}`)) });
    expect(await run("search", { text: "x" })).toMatch(/^The first 10 issues found in PLAY:/);
  });
});
