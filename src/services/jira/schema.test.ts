import { describe, expect, it } from "vitest";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import { configSchema, stateSchema } from "./schema.js";

function problemsOf(schema: object, value: unknown): string {
  const checked = compileSchema(schema)(value);
  return checked.ok ? "" : describeProblems(checked.problems);
}

const webhook = { secret: "secret" };
const oauth = { redirect_uri: "https://example.org/jira/oauth" };

describe("the configuration of Jira", () => {
  it.each([
    { title: "a webhook alone", config: { webhook } },
    { title: "an instance of Hookshot's", config: { webhook, url: "https://jira.example.org/" } },
    {
      title: "Hookshot's OAuth for Jira Cloud",
      config: { webhook, oauth: { client_id: "foo", client_secret: "bar", redirect_uri: "https://example.org/oauth/" } },
    },
    {
      title: "Hookshot's OAuth for Data Center",
      config: {
        webhook,
        url: "https://jira.example.org",
        oauth: { consumerKey: "k", privateKey: "/k.pem", redirect_uri: "https://example.org/" },
      },
    },
    {
      title: "instances of ours",
      config: {
        webhook,
        instances: {
          main: { url: "https://jira.example.org", deployment: "server", credential: { token: "t" } },
          "acme.cloud": { url: "https://acme.atlassian.net", credential: { username: "a@example.org", token: "t", commands: true } },
        },
      },
    },
    {
      title: "OAuth 2 at a Data Center",
      config: {
        webhook,
        instances: { main: { url: "https://jira.example.org", oauth: { ...oauth, client_id: "a", client_secret: "b" } } },
      },
    },
    {
      title: "OAuth 1.0a at one beside an app for Jira Cloud",
      config: {
        webhook,
        oauth: { ...oauth, client_id: "a", client_secret: "b", apiUrl: "https://proxy.example.org/atlassian" },
        instances: {
          main: { url: "https://jira.example.org", oauth: { ...oauth, consumerKey: "k", privateKey: "k.pem" } },
          acme: { url: "https://acme.atlassian.net" },
        },
      },
    },
  ])("takes $title", ({ config }) => {
    expect(problemsOf(configSchema, config)).toBe("");
  });

  it.each([
    { title: "no webhook secret", config: {}, problem: "must have required property 'webhook'" },
    { title: "an empty secret", config: { webhook: { secret: "" } }, problem: "webhook.secret: must NOT have fewer than 1 characters" },
    { title: "a url that is no web address", config: { webhook, url: "jira.example.org" }, problem: 'url: must match format "http-url"' },
    {
      title: "half of the OAuth that Jira Cloud needs",
      config: { webhook, oauth: { redirect_uri: "https://example.org/", client_id: "foo" } },
      problem: "oauth: must have required property 'client_secret'",
    },
    {
      title: "a name of an instance that nobody can type",
      config: { webhook, instances: { "the main one": { url: "https://jira.example.org" } } },
      problem: "instances: must match pattern",
    },
    {
      title: "an instance without url",
      config: { webhook, instances: { main: {} } },
      problem: "instances.main: must have required property 'url'",
    },
    {
      title: "half of an instance's OAuth 2",
      config: { webhook, instances: { main: { url: "https://jira.example.org", oauth: { ...oauth, client_id: "a" } } } },
      problem: "instances.main.oauth: must have required property 'client_secret'",
    },
    {
      title: "half of an instance's OAuth 1.0a",
      config: { webhook, instances: { main: { url: "https://jira.example.org", oauth: { ...oauth, consumerKey: "k" } } } },
      problem: "instances.main.oauth: must have required property 'privateKey'",
    },
    {
      title: "OAuth at a site of Jira Cloud",
      config: {
        webhook,
        instances: { acme: { url: "https://acme.atlassian.net/", oauth: { ...oauth, client_id: "a", client_secret: "b" } } },
      },
      problem: "Jira Cloud has its OAuth at jira.oauth, not at an instance",
    },
    {
      title: "OAuth at a site of Jira Cloud with an address of its own",
      config: {
        webhook,
        instances: { acme: { url: "https://jira.acme.com", deployment: "cloud", oauth: { ...oauth, client_id: "a", client_secret: "b" } } },
      },
      problem: "Jira Cloud has its OAuth at jira.oauth, not at an instance",
    },
  ])("names $title", ({ config, problem }) => {
    expect(problemsOf(configSchema, config)).toContain(problem);
  });
});

describe("a credential", () => {
  it("lets nobody act through it unless that is said", () => {
    const config = { webhook, instances: { main: { url: "https://jira.example.org", credential: { token: "t" } } } };

    expect(compileSchema(configSchema)(config)).toMatchObject({
      value: { instances: { main: { credential: { commands: false } } } },
    });
  });
});

describe("the state of a Jira connection", () => {
  const url = "https://jira.example.org/projects/PLAY";

  it("tells new issues unless it says otherwise", () => {
    expect(compileSchema(stateSchema)({ url })).toEqual({ ok: true, value: { url, events: ["issue_created"] } });
  });

  it.each([[[]], [["pull_request"]], [["commit", "branch", "pull_request"]]])(
    "tells development information where it says so: %j",
    (devinfo) => {
      expect(compileSchema(stateSchema)({ url, devinfo })).toMatchObject({ ok: true, value: { devinfo } });
    },
  );

  const onlyEvents = "'events' can only contain issue_created, issue_updated, version_created, version_updated, version_released";

  it.each([
    [{}, "must have required property 'url'"],
    [
      { url: "javascript:alert(1)" },
      "'url' must be the http or https address of a project, such as https://jira.example.org/projects/PLAY",
    ],
    [{ url, events: ["issue_created", "issue_deleted", 1] }, onlyEvents],
    [{ url, events: "issue_created" }, onlyEvents],
    [{ url, devinfo: ["commit", "tag"] }, "'devinfo' can only contain commit, branch, pull_request"],
    [{ url, devinfo: "commit" }, "'devinfo' can only contain commit, branch, pull_request"],
    [{ url, commandPrefix: "!" }, "'commandPrefix' must have 2 to 24 characters"],
    [{ url, priority: "high" }, "'priority' must be a number"],
    [{ url, showUrlPreviews: 1 }, "'showUrlPreviews' must be true or false"],
  ])("says of %j what does not fit", (state, problem) => {
    expect(problemsOf(stateSchema, state)).toBe(problem);
  });
});
