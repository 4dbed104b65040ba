import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JiraStandIn } from "../../../test/support/jira-stand-in.js";
import { RecordedHttp } from "../../../test/support/recorded-http.js";
import { createServiceContext, deadHttpClient, fetchHttpClient } from "../../../test/support/service-context.js";
import type { IssueTracker, TrackerAccess } from "../../core/issue-tracker.js";
import { Secret } from "../../shared/secret.js";
import { createJiraService } from "./index.js";
import type { JiraConfig } from "./schema.js";

const service = createJiraService();
const config: JiraConfig = {
  webhook: { secret: new Secret("hush") },
  instances: { main: { url: "https://jira.example.org", deployment: "cloud" } },
};

/** As an account that was registered, with a way of its own. */
function trackerOf(access: TrackerAccess): IssueTracker {
  const tracker = service.tracker?.(access, createServiceContext(config, { http: deadHttpClient }));
  return tracker ?? expect.fail("there is no tracker");
}

describe.each([
  { deployment: "server", credential: { token: "pat" }, access: { token: new Secret("pat"), username: "ignored", isToken: true } },
  {
    deployment: "cloud",
    credential: { username: "ada@example.org", token: "api" },
    access: { token: new Secret("api"), username: "ada@example.org", isToken: true },
  },
  { deployment: "server", credential: { username: "ada", token: "pass" }, access: { token: new Secret("pass"), username: "ada" } },
] as const)("the tracker at a $deployment with $access", ({ deployment, credential, access }) => {
  let jira: JiraStandIn;
  let tracker: IssueTracker;

  beforeEach(async () => {
    jira = await JiraStandIn.start({ deployment, credential });
    jira.addProject("PLAY");
    jira.addProject("OPS");
    tracker = trackerOf({ url: `${jira.url}/`, deployment, http: fetchHttpClient, ...access });
  });

  afterEach(() => jira.stop());

  it("makes issues in projects typed in any case, with labels without blanks, and changes what is given", async () => {
    const issue = { projectKey: "play", type: "Bug", summary: "Oil", description: "It *squeaks*", labels: ["two words"] };

    const { key } = await tracker.create(issue);
    await tracker.edit(key, { summary: "Oil\nit" });
    expect(await tracker.read(key)).toMatchObject({ summary: "Oil it", description: "It *squeaks*", labels: ["two-words"] });
    await tracker.edit(key, { description: "It [~ada] *sings*" });

    expect(await tracker.read(key)).toMatchObject({ summary: "Oil it", description: expect.stringContaining("*sings*") });
    expect(jira.descriptionOf(key)?.formatting).toEqual([]);
  });

  it("finds the project's issues with a label, the oldest first", async () => {
    const label = "switchboard-0123";
    const make = (projectKey: string, labels: readonly string[]): ReturnType<IssueTracker["create"]> =>
      tracker.create({ projectKey, type: "Bug", summary: "x", labels });
    await make("PLAY", [label]);
    await make("OPS", [label]);
    await make("PLAY", [`${label}4`]);
    await make("PLAY", ["other", label]);
    await jira.updateIssue("PLAY-1", { status: "Done" });

    const found = await tracker.findLabelled("play", label);

    expect(found.map(({ key, isDone }) => [key, isDone])).toEqual([
      ["PLAY-1", true],
      ["PLAY-3", undefined],
    ]);
  });

  it("tells which moves end the work", async () => {
    const issue = await jira.createIssue("PLAY", "Oil");
    await jira.updateIssue(issue.key, { status: "In Progress" });

    expect(await tracker.transitions(issue.key)).toEqual([
      { id: "21", name: "Stop progress", to: "To Do" },
      { id: "31", name: "Resolve", to: "Done", toDone: true },
    ]);
  });
});

describe("the address of a tracker's API", () => {
  it.each([
    { apiPath: undefined, asked: "https://jira.test/jira/rest/api/2/myself" },
    { apiPath: "/rest/api/2", asked: "https://jira.test/jira/rest/api/2/myself" },
    { apiPath: "/rest/api/latest/", asked: "https://jira.test/jira/rest/api/2/myself" },
    { apiPath: "/proxy/rest/api/3", asked: "https://jira.test/jira/proxy/rest/api/2/myself" },
    { apiPath: "/proxy/", asked: "https://jira.test/jira/proxy/rest/api/2/myself" },
  ])("with the path $apiPath is $asked", async ({ apiPath, asked }) => {
    const http = new RecordedHttp();
    const path = apiPath === undefined ? {} : { apiPath };

    await trackerOf({ url: "https://jira.test/jira", token: new Secret("t"), http, ...path })
      .whoAmI()
      .catch(() => undefined);

    expect(http.calls).toEqual([`GET ${asked}`]);
  });

  it.each([
    { access: { url: "https://jira.example.org" }, version: "3" },
    { access: { url: "https://jira.example.org", deployment: "server" }, version: "2" },
    { access: { url: "https://x.atlassian.net" }, version: "3" },
    { access: { url: "https://x.atlassian.net", deployment: "unknown" }, version: "3" },
  ])("goes by what was registered, then by the configuration, then by the host: $access", async ({ access, version }) => {
    const http = new RecordedHttp();

    await trackerOf({ token: new Secret("t"), http, ...access })
      .whoAmI()
      .catch(() => undefined);

    expect(http.calls).toEqual([`GET ${access.url}/rest/api/${version}/myself`]);
  });
});
