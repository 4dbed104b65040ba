import { describe, expect, it } from "vitest";
import { Secret } from "../../shared/secret.js";
import { instancesAt, instancesOf, webUrlOf } from "./instances.js";
import type { JiraConfig } from "./schema.js";

const webhook = { secret: new Secret("secret") };
const config: JiraConfig = {
  webhook,
  url: "https://jira.example.org/",
  instances: { main: { url: "https://example.org/jira/" }, second: { url: "https://example.org/jira/second" } },
};
const instances = instancesOf(config);

describe("the Jiras of a configuration", () => {
  it("are ours by name and Hookshot's by its host", () => {
    expect(instances.map(({ name, url }) => `${name} ${url}`)).toEqual([
      "main https://example.org/jira",
      "second https://example.org/jira/second",
      "jira.example.org https://jira.example.org",
    ]);
  });

  it("are Jira Cloud where Hookshot has OAuth without url", () => {
    const oauth = { redirect_uri: "https://example.org/", client_id: "a", client_secret: new Secret("b") };

    expect(instancesOf({ webhook, oauth })).toMatchObject([{ name: "api.atlassian.com", deployment: "cloud" }]);
    expect(instancesOf({ webhook })).toEqual([]);
  });

  it.each([
    [{ url: "https://acme.atlassian.net" }, "cloud"],
    [{ url: "https://jira.example.org" }, "server"],
    [{ url: "https://jira.example.org", deployment: "cloud" as const }, "cloud"],
  ])("%j is of the deployment %s", (instance, deployment) => {
    expect(instancesOf({ webhook, instances: { main: instance } })[0]?.deployment).toBe(deployment);
  });
});

describe("where people can log in with a browser", () => {
  const redirect = { redirect_uri: "https://example.org/jira/oauth" };
  const app = { ...redirect, client_id: "a", client_secret: new Secret("b") };
  const link = { ...redirect, consumerKey: "c", privateKey: "k.pem" };

  it.each<{ readonly title: string; readonly config: Partial<JiraConfig>; readonly kinds: readonly string[] }>([
    {
      title: "Hookshot's app is good for every site of Jira Cloud",
      config: { oauth: app, instances: { acme: { url: "https://acme.atlassian.net" }, dc: { url: "https://jira.example.org" } } },
      kinds: ["acme cloud https://api.atlassian.com", "dc -", "api.atlassian.com cloud https://api.atlassian.com"],
    },
    {
      title: "Hookshot's application link is good for `jira.url` alone",
      config: { url: "https://jira.example.org/", oauth: link, instances: { acme: { url: "https://acme.atlassian.net" } } },
      kinds: ["acme -", "jira.example.org oauth1 https://jira.example.org"],
    },
    {
      title: "an entry of ours takes the place of `jira.url`, and its link",
      config: { url: "https://jira.example.org/", oauth: link, instances: { main: { url: "https://jira.example.org" } } },
      kinds: ["main oauth1 https://jira.example.org"],
    },
    {
      title: "each Data Center has its own",
      config: { instances: { a: { url: "https://a.example.org", oauth: app }, b: { url: "https://b.example.org/jira/", oauth: link } } },
      kinds: ["a oauth2 https://a.example.org", "b oauth1 https://b.example.org/jira"],
    },
  ])("$title", ({ config: further, kinds }) => {
    const found = instancesOf({ webhook, ...further });

    expect(found.map(({ name, oauth }) => `${name} ${oauth === undefined ? "-" : `${oauth.kind} ${oauth.remote}`}`)).toEqual(kinds);
  });
});

describe("where a payload's self can be opened", () => {
  it.each([
    ["https://example.org/jira/rest/api/2/issue/1", "https://example.org/jira"],
    ["https://example.org/jira/second/rest/api/2/issue/1", "https://example.org/jira/second"],
    ["https://example.org/jirarest/api/2/issue/1", "https://example.org"],
    ["http://example.org/jira/rest/api/2/issue/1", "http://example.org"],
    ["https://acme.atlassian.net:8443/rest/api/2/issue/1", "https://acme.atlassian.net:8443"],
  ])("%s: %s", (self, webUrl) => {
    expect(webUrlOf(instances, self)).toBe(webUrl);
  });
});

describe("the Jira that an address belongs to", () => {
  it.each([
    ["https://example.org/jira/second/projects/PLAY", ["second"]],
    ["https://example.org/jira/projects/PLAY", ["main"]],
    ["http://example.org/projects/PLAY", ["main", "second"]],
    ["https://other.example.org/projects/PLAY", []],
  ])("%s: %j", (address, names) => {
    expect(instancesAt(instances, new URL(address)).map(({ name }) => name)).toEqual(names);
  });
});
