import { describe, expect, it } from "vitest";
import { Secret } from "../../shared/secret.js";
import { forHookshot, hookshotLogins } from "./hookshot-login.js";
import type { JiraConfig } from "./schema.js";

const ada = "@ada:example.org";
const webhook = { secret: new Secret("s") };
const redirect_uri = "https://bot.example.org/jira/oauth";
const cloud: JiraConfig = { webhook, oauth: { redirect_uri, client_id: "a", client_secret: new Secret("b") } };
const server: JiraConfig = {
  webhook,
  url: "https://jira.example.org/jira",
  oauth: { redirect_uri, consumerKey: "c", privateKey: "k.pem" },
};
const ours: JiraConfig = {
  webhook,
  instances: { main: { url: "https://jira.example.org", oauth: { redirect_uri, consumerKey: "c", privateKey: "k.pem" } } },
};
const consumer = { redirect_uri, consumerKey: "d", privateKey: "l.pem" };
const twoAtOneHost: JiraConfig = { ...server, instances: { other: { url: "https://jira.example.org/other", oauth: consumer } } };
const endsAt = 1_700_000_000_000;
const cloudText = { access_token: "a", refresh_token: "r", instance: "api.atlassian.com", expires_in: endsAt };
const serverText = { access_token: "jira-oauth1.0:t/s", instance: "jira.example.org", expires_in: null };

function read(text: unknown, config: JiraConfig): readonly unknown[] {
  const typed = typeof text === "string" ? text : JSON.stringify(text);
  return hookshotLogins(ada, config)
    .read(typed)
    .map(({ remote, login }) => ({ remote, login: JSON.parse(login) as unknown }));
}

describe("what Hookshot keeps for a person", () => {
  it("lies in the account data of the main bot", () => {
    expect(hookshotLogins(ada, cloud).accountDataTypes).toEqual(["uk.half-shot.matrix-hookshot.jira.password-store:@ada:example.org"]);
  });

  it.each([
    {
      title: "of Jira Cloud",
      config: cloud,
      text: cloudText,
      read: { remote: "https://api.atlassian.com", login: { accessToken: "a", refreshToken: "r", expiresAt: endsAt } },
    },
    {
      title: "of Jira Cloud, from when there was nothing else",
      config: cloud,
      text: { access_token: "a", refresh_token: "r", expires_in: endsAt },
      read: { remote: "https://api.atlassian.com", login: { accessToken: "a", refreshToken: "r", expiresAt: endsAt } },
    },
    {
      title: "of Jira Cloud, before OAuth is set up here",
      config: { webhook },
      text: cloudText,
      read: { remote: "https://api.atlassian.com", login: { accessToken: "a", refreshToken: "r", expiresAt: endsAt } },
    },
    {
      title: "of Data Center",
      config: server,
      text: serverText,
      read: { remote: "https://jira.example.org/jira", login: { accessToken: "jira-oauth1.0:t/s" } },
    },
    {
      title: "of Data Center, without its name",
      config: server,
      text: { access_token: "jira-oauth1.0:t/s" },
      read: { remote: "https://jira.example.org/jira", login: { accessToken: "jira-oauth1.0:t/s" } },
    },
    {
      title: "of the Data Center that Hookshot knew, where there is another at its host",
      config: twoAtOneHost,
      text: serverText,
      read: { remote: "https://jira.example.org/jira", login: { accessToken: "jira-oauth1.0:t/s" } },
    },
    {
      title: "of a Data Center that is an instance now",
      config: ours,
      text: serverText,
      read: { remote: "https://jira.example.org", login: { accessToken: "jira-oauth1.0:t/s" } },
    },
  ])("is read: $title", ({ text, config, read: expected }) => {
    expect(read(text, config)).toEqual([expected]);
  });

  it.each([
    { title: "no JSON", text: "{", config: cloud },
    { title: "a deleted one", text: { deleted: true }, config: cloud },
    { title: "an empty token", text: { access_token: "", instance: "api.atlassian.com" }, config: cloud },
    { title: "a Data Center that is not set up", text: { ...serverText, instance: "other.example.org" }, config: server },
    {
      title: "a Data Center that is one of two at its host",
      text: serverText,
      config: { webhook, instances: { ...twoAtOneHost.instances, main: { url: "https://jira.example.org/jira", oauth: consumer } } },
    },
    { title: "a Data Center by OAuth 2, which Hookshot has none of", text: { ...cloudText, instance: "jira.example.org" }, config: server },
  ])("is of no use: $title", ({ text, config }) => {
    expect(read(text, config)).toEqual([]);
  });

  it("is written as it is read", () => {
    const login = { accessToken: "a", refreshToken: "r", expiresAt: endsAt };

    const { accountDataType, text } = forHookshot(ada, "api.atlassian.com", login);

    expect([accountDataType]).toEqual(hookshotLogins(ada, cloud).accountDataTypes);
    expect(JSON.parse(text)).toEqual(cloudText);
    expect(read(text, cloud)).toEqual([{ remote: "https://api.atlassian.com", login }]);
  });
});
