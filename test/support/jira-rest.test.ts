import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StandInAccount, StandInDeployment } from "./jira-accounts.js";
import { JiraStandIn } from "./jira-stand-in.js";

let jira: JiraStandIn;

afterEach(() => jira.stop());

interface Answered {
  readonly status: number;
  readonly json: unknown;
}

async function call(method: string, path: string, authorization?: string, body?: object): Promise<Answered> {
  const headers = { "content-type": "application/json", ...(authorization === undefined ? {} : { authorization }) };
  const response = await fetch(`${jira.url}${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, json: text === "" ? undefined : (JSON.parse(text) as unknown) };
}

function basic(name: string, secret: string): string {
  return `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}`;
}

describe("who is let in", () => {
  it("by a server: its token as Bearer, or name and password as Basic", async () => {
    jira = await JiraStandIn.start({ deployment: "server", credential: { token: "t" }, contextPath: "/jira" });
    const { id } = jira.addProject("PLAY");
    jira.addAccount({ name: "alice", token: "a-token", password: "a-password" });

    expect(await call("GET", "/rest/api/2/project/play", "Bearer t")).toMatchObject({ status: 200, json: { id, key: "PLAY" } });
    expect(await call("GET", `/rest/api/2/project/${id}`, "Bearer t")).toMatchObject({ status: 200, json: { key: "PLAY" } });
    expect(await call("GET", "/rest/api/2/myself", "Bearer a-token")).toMatchObject({ status: 200, json: { name: "alice" } });
    expect(await call("GET", "/rest/api/2/myself", basic("alice", "a-password"))).toMatchObject({ status: 200 });
    expect(await call("GET", "/rest/api/2/myself", basic("alice", "a-token"))).toMatchObject({ status: 401 });
    expect(await call("GET", "/rest/api/2/project/PLAY", "Bearer x")).toMatchObject({ status: 401 });
    expect(await call("GET", "/rest/api/2/myself")).toMatchObject({ status: 401 });
    expect(await call("GET", "/rest/api/2/project/PLAY")).toMatchObject({ status: 404 });
    expect(await call("GET", "/rest/api/2/project/NOPE", "Bearer t")).toMatchObject({ status: 404 });
    expect(await call("GET", "/rest/api/3/project/PLAY", "Bearer t")).toMatchObject({ status: 404 });
    expect(await call("GET", "/rest/api/2/serverInfo")).toMatchObject({ status: 200, json: { baseUrl: jira.url } });
  });

  it("by Cloud: e-mail address and API token as Basic", async () => {
    jira = await JiraStandIn.start({ deployment: "cloud", credential: { username: "a@example.org", token: "t" } });
    jira.addAccount({ name: "alice", token: "a-token", password: "ignored" });

    const own = await call("GET", "/rest/api/3/myself", basic("a@example.org", "t"));
    expect(own).toMatchObject({ status: 200, json: { displayName: "a@example.org", emailAddress: "a@example.org" } });
    expect(await call("GET", "/rest/api/3/myself", basic("alice@example.org", "a-token"))).toMatchObject({ status: 200 });
    expect(await call("GET", "/rest/api/3/myself", basic("alice", "a-token"))).toMatchObject({ status: 401 });
    expect(await call("GET", "/rest/api/3/myself", basic("alice", "ignored"))).toMatchObject({ status: 401 });
    expect(await call("GET", "/rest/api/3/myself", "Bearer a-token")).toMatchObject({ status: 401 });
  });

  it("nobody by a token that was revoked", async () => {
    jira = await JiraStandIn.start({ deployment: "server", credential: { token: "t" } });
    const alice = jira.addAccount({ name: "alice", token: "a-token" });

    jira.revokeTokens(alice);

    expect(await call("GET", "/rest/api/2/myself", "Bearer a-token")).toMatchObject({ status: 401 });
  });
});

const deployments = [
  { deployment: "server", version: "2", secret: "Bearer a-token", search: "search" },
  { deployment: "cloud", version: "3", secret: basic("alice@example.org", "a-token"), search: "search/jql" },
] as const satisfies readonly { deployment: StandInDeployment; version: string; secret: string; search: string }[];

describe.each(deployments)("on $deployment", ({ deployment, version, secret, search }) => {
  const isCloud = deployment === "cloud";
  let alice: StandInAccount;
  let bob: StandInAccount;

  beforeEach(async () => {
    jira = await JiraStandIn.start({ deployment, credential: { token: "t" } });
    for (const key of ["PLAY", "OPS"]) jira.addProject(key);
    alice = jira.addAccount({ name: "alice", displayName: "Alice Archer", token: "a-token", projects: ["PLAY"] });
    bob = jira.addAccount({ name: "bob", displayName: "Bob Baker" });
    jira.addAccount({ name: "otto", displayName: "Otto Ops", projects: ["OPS"] });
    await jira.createIssue("PLAY", "one", "Bob Baker");
    await jira.createIssue("OPS", "hidden", "Otto Ops");
  });

  function asAlice(method: string, path: string, body?: object): Promise<Answered> {
    return call(method, `/rest/api/${version}/${path}`, secret, body);
  }

  function text(words: string): unknown {
    return isCloud ? { type: "doc", version: 1, content: [{ type: "paragraph", content: [{ type: "text", text: words }] }] } : words;
  }

  function idOf(account: StandInAccount): object {
    return isCloud ? { accountId: account.accountId } : { name: account.name };
  }

  it("a project shows the types of its issues", async () => {
    const types = [{ name: "Task", subtask: false }, { name: "Bug" }, { name: "User story" }, { name: "Sub-task", subtask: true }];

    expect(await asAlice("GET", "project/PLAY")).toMatchObject({ status: 200, json: { issueTypes: types } });
  });

  it("an issue is made as the caller, and read", async () => {
    const fields = { project: { key: "PLAY" }, issuetype: { name: "Bug" }, summary: "two", description: text("Why"), labels: ["red"] };

    const created = await asAlice("POST", "issue", { fields });

    expect(created).toMatchObject({ status: 201, json: { key: "PLAY-2" } });
    expect(await asAlice("GET", "issue/PLAY-2")).toMatchObject({
      status: 200,
      json: {
        key: "PLAY-2",
        fields: {
          summary: "two",
          issuetype: { name: "Bug" },
          status: { name: "To Do" },
          labels: ["red"],
          description: text("Why"),
          creator: idOf(alice),
        },
      },
    });
    expect(jira.descriptionOf("PLAY-2")?.text).toBe("Why");
    expect(jira.changes.at(-1)).toEqual({ key: "PLAY-2", what: "created", by: "Alice Archer" });
  });

  it.each([
    { what: "no type", fields: { issuetype: undefined }, error: "issuetype" },
    { what: "a sub-task without parent", fields: { issuetype: { name: "Sub-task" } }, error: "issuetype" },
    { what: "a project that she does not see", fields: { project: { key: "OPS" } }, error: "project" },
    { what: "no summary", fields: { summary: " " }, error: "summary" },
    { what: "a summary of two lines", fields: { summary: "a\nb" }, error: "summary" },
    { what: "a label of two words", fields: { labels: ["a b"] }, error: "labels" },
    { what: "a description that is neither text nor document", fields: { description: 1 }, error: "description" },
  ])("an issue with $what is refused", async ({ fields, error }) => {
    const right = { project: { key: "PLAY" }, issuetype: { name: "Task" }, summary: "right" };

    const answer = await asAlice("POST", "issue", { fields: { ...right, ...fields } });

    expect(answer).toMatchObject({ status: 400, json: { errors: { [error]: expect.any(String) } } });
    expect(jira.changes).toHaveLength(2);
  });

  it("what the other version calls a text is refused", async () => {
    const wrong = isCloud ? "plain" : { type: "doc", version: 1, content: [] };

    expect(await asAlice("POST", "issue/PLAY-1/comment", { body: wrong })).toMatchObject({ status: 400 });
    expect(jira.commentsOf("PLAY-1")).toEqual([]);
  });

  it("a comment is added as the caller, and tells whom it mentions", async () => {
    const mention = isCloud
      ? { type: "doc", version: 1, content: [{ type: "paragraph", content: [{ type: "mention", attrs: { id: bob.accountId } }] }] }
      : "[~bob]";

    const answers = [
      await asAlice("POST", "issue/PLAY-1/comment", { body: text("Seen") }),
      await asAlice("POST", "issue/PLAY-1/comment", { body: mention }),
    ];

    expect(answers).toMatchObject([{ status: 201, json: { author: idOf(alice), body: text("Seen") } }, { status: 201 }]);
    expect(jira.commentsOf("PLAY-1")).toMatchObject([
      { author: "Alice Archer", text: "Seen", mentions: [] },
      { mentions: [isCloud ? bob.accountId : "bob"] },
    ]);
  });

  it("an issue moves on only as the workflow allows", async () => {
    const first = await asAlice("GET", "issue/PLAY-1/transitions");
    const illegal = await asAlice("POST", "issue/PLAY-1/transitions", { transition: { id: "31" } });
    const legal = await asAlice("POST", "issue/PLAY-1/transitions", { transition: { id: "11" } });
    const second = await asAlice("GET", "issue/PLAY-1/transitions");

    expect(first.json).toMatchObject({ transitions: [{ id: "11", name: "Start progress", to: { name: "In Progress" } }] });
    expect(illegal).toMatchObject({ status: 400, json: { errorMessages: ["Transition id '31' is not valid for this issue."] } });
    expect(legal.status).toBe(204);
    expect(second.json).toMatchObject({ transitions: [{ to: { name: "To Do" } }, { name: "Resolve", to: { name: "Done" } }] });
    expect(await asAlice("PUT", "issue/PLAY-1", { fields: { status: "Done" } })).toMatchObject({ status: 400 });
  });

  it("people who see the project are found by name, and assigned", async () => {
    const parameter = isCloud ? "query" : "username";

    const found = await asAlice("GET", `user/assignable/search?issueKey=PLAY-1&${parameter}=bak`);
    const nobody = await asAlice("GET", `user/assignable/search?issueKey=PLAY-1&${parameter}=otto`);
    const assigned = await asAlice("PUT", "issue/PLAY-1/assignee", idOf(bob));
    const unknown = await asAlice("PUT", "issue/PLAY-1/assignee", isCloud ? { accountId: "nobody" } : { name: "nobody" });

    expect(found).toMatchObject({ status: 200, json: [{ displayName: "Bob Baker", ...idOf(bob) }] });
    expect(nobody).toEqual({ status: 200, json: [] });
    expect([assigned.status, unknown.status]).toEqual([204, 400]);
    expect(jira.issue("PLAY-1").assignee?.name).toBe("bob");
  });

  it("shows people by what the deployment knows them by, and by nothing else", async () => {
    const { json } = await asAlice("GET", "issue/PLAY-1");

    expect(JSON.stringify(json).includes('"name":"bob"')).toBe(!isCloud);
    expect(JSON.stringify(json).includes(bob.accountId)).toBe(isCloud);
    const wrong = isCloud ? "username=bob" : "query=bob";
    const answer = await asAlice("GET", `user/assignable/search?issueKey=PLAY-1&${wrong}`);
    // Cloud refuses user names; a server does not notice what it does not know, and lists all.
    expect(answer.status).toBe(isCloud ? 400 : 200);
    expect(await asAlice("PUT", "issue/PLAY-1/assignee", isCloud ? { name: "bob" } : { accountId: bob.accountId })).toMatchObject({
      status: 400,
    });
  });

  it.each([
    { method: "GET", path: "project/OPS" },
    { method: "GET", path: "issue/OPS-1" },
    { method: "POST", path: "issue/OPS-1/comment", body: {} },
    { method: "PUT", path: "issue/OPS-1/assignee", body: { name: null, accountId: null } },
    { method: "GET", path: "issue/OPS-1/transitions" },
    { method: "POST", path: "issue/OPS-1/transitions", body: { transition: { id: "11" } } },
    { method: "GET", path: "user/assignable/search?issueKey=OPS-1&query=b" },
  ])("$method $path of a project that the account does not see is 404", async ({ method, path, body }) => {
    expect(await asAlice(method, path, body)).toMatchObject({ status: 404 });
    expect(jira.changes).toHaveLength(2);
  });

  it("an issue that was moved is found by its old key, and answers with the new one", async () => {
    await jira.createIssue("PLAY", "moves");
    await jira.moveIssue("PLAY-2", "OPS");
    const everything = isCloud ? undefined : "Bearer t";

    expect(await asAlice("GET", "issue/PLAY-2")).toMatchObject({ status: 404 });
    if (everything !== undefined)
      expect(await call("GET", "/rest/api/2/issue/PLAY-2", everything)).toMatchObject({ json: { key: "OPS-2" } });
    expect((await jira.createIssue("PLAY", "next")).key).toBe("PLAY-3");
  });

  it("searches page by page, only what the account sees", async () => {
    for (const summary of ["two", "three"]) await jira.createIssue("PLAY", summary);
    const body = { jql: 'summary ~ "*" OR assignee is EMPTY ORDER BY key', fields: ["summary"], maxResults: 2 };

    const refused = await asAlice("POST", search, body);
    const first = await asAlice("POST", search, { ...body, jql: "assignee is EMPTY ORDER BY key" });
    const rest = isCloud ? { nextPageToken: (first.json as { nextPageToken: string }).nextPageToken } : { startAt: 2 };
    const second = await asAlice("POST", search, { ...body, jql: "assignee is EMPTY ORDER BY key", ...rest });

    expect(refused).toMatchObject({ status: 400, json: { errorMessages: [expect.stringContaining("not allowed to start with")] } });
    expect(first.json).toMatchObject({ issues: [{ key: "PLAY-1", fields: { summary: "one" } }, { key: "PLAY-2" }] });
    expect(second.json).toMatchObject({ issues: [{ key: "PLAY-3" }] });
    expect(first.json).toMatchObject(isCloud ? { isLast: false } : { total: 3 });
    if (isCloud) expect(second.json).toEqual({ issues: [expect.anything()], isLast: true });
  });

  it("has no search of the other deployment", async () => {
    const other = await asAlice("POST", isCloud ? "search" : "search/jql", { jql: "project = PLAY" });

    expect(other.status).toBe(isCloud ? 410 : 404);
  });

  it("asks Cloud's searches for a restriction and shows nothing but ids unless told, and a server's for neither", async () => {
    const unbounded = await asAlice("POST", search, { jql: "order by key" });
    const bare = await asAlice("POST", search, { jql: "project = PLAY" });

    expect(unbounded.status).toBe(isCloud ? 400 : 200);
    if (isCloud) expect(bare.json).toMatchObject({ issues: [{ id: jira.issue("PLAY-1").id }] });
    expect(JSON.stringify(bare.json).includes("summary")).toBe(!isCloud);
  });
});

describe("faults", () => {
  const createPath = "/rest/api/2/issue";
  const newIssue = { fields: { project: { key: "PLAY" }, issuetype: { name: "Task" }, summary: "one" } };

  beforeEach(async () => {
    jira = await JiraStandIn.start({ deployment: "server", credential: { token: "t" } });
    jira.addProject("PLAY");
  });

  it("come as told, and go when told", async () => {
    jira.failWith({ kind: "status", status: 429, retryAfterSeconds: 7 });
    const limited = await fetch(`${jira.url}/rest/api/2/project/PLAY`);
    jira.failWith({ kind: "cut" });
    const cut = call("GET", "/rest/api/2/project/PLAY", "Bearer t");

    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
    await expect(cut).rejects.toThrow("fetch failed");
    jira.failWith();
    expect(await call("GET", "/rest/api/2/project/PLAY", "Bearer t")).toMatchObject({ status: 200 });
  });

  it.each([{ isCarriedOut: true, issues: ["PLAY-1"] } as const, { issues: [] } as const])(
    "that cut the answer leave $issues",
    async ({ issues, ...carried }) => {
      jira.failWith({ kind: "cut", only: /^POST .*\/issue$/, ...carried });

      const created = call("POST", createPath, "Bearer t", newIssue);

      await expect(created).rejects.toThrow("fetch failed");
      expect(jira.changes.map(({ key }) => key)).toEqual(issues);
      expect(await call("GET", "/rest/api/2/project/PLAY", "Bearer t")).toMatchObject({ status: 200 });
    },
  );

  it("that never answer let a test wait until the request was carried out", async () => {
    jira.failWith({ kind: "silent", isCarriedOut: true });
    const [received, carriedOut] = [jira.received(/issue$/), jira.carriedOut(/issue$/)];
    const created = call("POST", createPath, "Bearer t", newIssue).catch(() => "ended");

    expect(await received).toBe(`POST ${createPath}`);
    await carriedOut;

    expect(jira.issue("PLAY-1").summary).toBe("one");
    await jira.stop();
    expect(await created).toBe("ended");
    jira = await JiraStandIn.start({ deployment: "server", credential: { token: "t" } });
  });

  it("that hold requests let them go in the end", async () => {
    jira.failWith({ kind: "held" });
    const received = jira.received(/issue$/);
    const created = call("POST", createPath, "Bearer t", newIssue);
    await received;
    expect(jira.changes).toEqual([]);

    jira.failWith();

    expect(await created).toMatchObject({ status: 201 });
  });
});
