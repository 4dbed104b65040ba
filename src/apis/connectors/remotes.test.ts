import { describe, expect, it } from "vitest";
import type { RemoteAccount } from "../../core/registered-remote.js";
import { remoteOfConnector } from "../../remotes/connector-remote.js";
import type { Params } from "../../remotes/param-rules.js";
import { connectorSystems } from "./schema.js";

const account = { issue_tracker_user: "ada", issue_tracker_pass: "secret" };

function remoteOf(id: string, params: Params): NonNullable<ReturnType<typeof remoteOfConnector>> {
  const system = connectorSystems.find((each) => each.id === id);
  const remote = system === undefined ? undefined : remoteOfConnector(system, { issue_tracker_server: "tracker.test", ...params });
  return remote ?? expect.fail(`no remote for ${id}`);
}

function reveal(found: RemoteAccount): object {
  switch (found.kind) {
    case "password":
      return { username: found.username, password: found.password.reveal() };
    case "token":
      return { token: found.token.reveal(), ...(found.username === undefined ? {} : { username: found.username }) };
    case "none":
      return {};
  }
}

describe("a connector's remote", () => {
  it.each([
    { params: {}, url: "https://tracker.test" },
    { params: { issue_tracker_method: "http", issue_tracker_server: "tracker.test:8080" }, url: "http://tracker.test:8080" },
    { params: { issue_tracker_context_root: "" }, url: "https://tracker.test" },
    { params: { issue_tracker_context_root: "/" }, url: "https://tracker.test" },
    { params: { issue_tracker_context_root: "jira" }, url: "https://tracker.test/jira" },
    { params: { issue_tracker_context_root: "/deep/Jira//" }, url: "https://tracker.test/deep/Jira" },
    { params: { issue_tracker_server: "[2001:db8::1]:443" }, url: "https://[2001:db8::1]:443" },
  ])("is at $url", ({ params, url }) => {
    expect(remoteOf("jira", { ...account, ...params }).url).toBe(url);
  });

  it.each([
    { system: "jira", params: account, expected: { username: "ada", password: "secret" } },
    { system: "jira", params: { ...account, issue_tracker_api_token: "t" }, expected: { username: "ada", password: "secret" } },
    { system: "jira", params: { issue_tracker_api_token: "t" }, expected: { token: "t" } },
    {
      system: "jira",
      params: { issue_tracker_user: "a@b.test", issue_tracker_api_token: "t" },
      expected: { token: "t", username: "a@b.test" },
    },
    {
      system: "jira",
      params: { ...account, issue_tracker_api_token: "t", issue_tracker_auth_mode: "personal_access_token" },
      expected: { token: "t", username: "ada" },
    },
    { system: "jira", params: { issue_tracker_user: " ", issue_tracker_api_token: "t" }, expected: { token: "t" } },
    { system: "github", params: { ...account, issue_tracker_auth_mode: "basic" }, expected: { username: "ada", password: "secret" } },
    { system: "github", params: { issue_tracker_api_token: 123 }, expected: { token: "123" } },
    { system: "tfs", params: { ...account, issue_tracker_api_token: "t" }, expected: { username: "ada", password: "secret" } },
    { system: "rally", params: { issue_tracker_api_token: "t" }, expected: { token: "t" } },
  ])("is asked with its account: $system $expected", ({ system, params, expected }) => {
    expect(reveal(remoteOf(system, params).account)).toEqual(expected);
  });

  it("tells its service what else it has to know", () => {
    expect(remoteOf("tfs", account).settings).toEqual({ collection: "DefaultCollection" });
    expect(remoteOf("tfs", { ...account, tfs_collection: "Other" }).settings).toEqual({ collection: "Other" });
    expect(remoteOf("jira", account).settings).toEqual({});
  });

  it("checks certificates unless it is told not to", () => {
    const checks = [{}, { issue_tracker_validate_cert: true }, { issue_tracker_validate_cert: false }].map(
      (params) => remoteOf("jira", { ...account, ...params }).checksCertificate,
    );

    expect(checks).toEqual([true, true, false]);
  });

  it("is there for the systems that have a service", () => {
    const asked = connectorSystems.filter((system) => remoteOfConnector(system, account) !== undefined).map(({ id }) => id);

    expect(asked).toEqual(["github", "jira", "rally", "gitlab", "tfs"]);
  });

  it("shows no secret where it is printed", () => {
    expect(JSON.stringify(remoteOf("jira", account))).not.toContain('"secret"');
  });
});
