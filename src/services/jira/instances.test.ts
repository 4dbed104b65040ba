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
