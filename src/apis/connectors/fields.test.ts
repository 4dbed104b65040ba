import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConnectorsRig, fitting } from "../../../test/support/connectors-rig.js";
import { connectorSystems } from "./schema.js";

const list = "/api/v2/connectors/issue-tracker/";
const testing = "/api/v2/connectors/test-issue-tracker/";

const required = ["This field is required."];
const isNull = ["This field may not be null."];
const blank = ["This field may not be blank."];
const notText = ["Not a valid string."];
const ours = [expect.stringMatching(/^[A-Z].*\.$/)];
const notScalar = ["Enter a string, a number or a boolean."];

function noChoice(given: string): readonly string[] {
  return [`"${given}" is not a valid choice.`];
}

let rig: ConnectorsRig;

beforeEach(async () => {
  rig = new ConnectorsRig();
  await rig.register("taken");
});

afterEach(() => rig.stop());

/** What is wrong with a body, told by both endpoints that take a whole connector. */
async function expectErrors(body: unknown, errors: object, paths = [list, testing]): Promise<void> {
  for (const path of paths) {
    const answer = await rig.call("POST", path, { body });
    expect([answer.status, answer.json()]).toEqual([400, errors]);
  }
  expect(rig.checked).toEqual([]);
}

describe("a field that does not fit", () => {
  const { name: _name, ...withoutName } = fitting;
  const { system: _system, ...withoutSystem } = fitting;
  const { params: _params, ...withoutParams } = fitting;

  it.each([
    { body: withoutName, errors: { name: required } },
    { body: { ...fitting, name: null }, errors: { name: isNull } },
    { body: { ...fitting, name: "" }, errors: { name: blank } },
    { body: { ...fitting, name: " \t" }, errors: { name: blank } },
    { body: { ...fitting, name: 7 }, errors: { name: notText } },
    { body: { ...fitting, name: true }, errors: { name: notText } },
    { body: { ...fitting, name: ["a"] }, errors: { name: notText } },
    { body: { ...fitting, name: "x".repeat(256) }, errors: { name: ["Ensure this field has no more than 255 characters."] } },
    { body: { ...fitting, inaccessible: "yes" }, errors: { inaccessible: ["Must be a valid boolean."] } },
    { body: { ...fitting, inaccessible: 1 }, errors: { inaccessible: ["Must be a valid boolean."] } },
    { body: { ...fitting, inaccessible: null }, errors: { inaccessible: isNull } },
    { body: withoutSystem, errors: { system: required } },
    { body: { ...fitting, system: null }, errors: { system: isNull } },
    { body: { ...fitting, system: "github" }, errors: { system: ["Invalid data. Expected a dictionary, but got str."] } },
    { body: { ...fitting, system: [] }, errors: { system: ["Invalid data. Expected a dictionary, but got list."] } },
    { body: { ...fitting, system: {} }, errors: { system: { id: required } } },
    { body: { ...fitting, system: { id: null } }, errors: { system: { id: isNull } } },
    { body: { ...fitting, system: { id: "foo" } }, errors: { system: { id: noChoice("foo") } } },
    { body: { ...fitting, system: { id: "GitHub" } }, errors: { system: { id: noChoice("GitHub") } } },
    { body: { ...fitting, system: { id: 5 } }, errors: { system: { id: noChoice("5") } } },
    { body: { ...fitting, system: { id: "constructor" } }, errors: { system: { id: noChoice("constructor") } } },
    { body: withoutParams, errors: { params: required } },
    { body: { ...fitting, params: null }, errors: { params: isNull } },
    { body: { ...fitting, params: "x" }, errors: { params: ['Expected a dictionary of items but got type "str".'] } },
    { body: { ...fitting, params: [] }, errors: { params: ['Expected a dictionary of items but got type "list".'] } },
  ])("is told: $errors", async ({ body, errors }) => {
    await expectErrors(body, errors);
  });

  it("is told with all others at once", async () => {
    const params = { issue_tracker_method: "ftp", sde_min_priority: 11, more: null };

    await expectErrors(
      { name: 7, system: { id: "jira" }, inaccessible: "no", params },
      {
        name: notText,
        inaccessible: ["Must be a valid boolean."],
        params: {
          issue_tracker_server: required,
          issue_tracker_user: required,
          issue_tracker_pass: required,
          issue_tracker_method: noChoice("ftp"),
          sde_min_priority: ours,
          more: isNull,
        },
      },
    );
  });

  it("is a private address beside what is wrong with the rest of it", async () => {
    const params = { ...fitting.params, issue_tracker_server: "127.0.0.1", issue_tracker_method: "ftp", issue_tracker_context_root: ".." };

    await expectErrors(
      { ...fitting, params },
      {
        params: {
          issue_tracker_server: [expect.stringContaining("outbound.allow")],
          issue_tracker_method: noChoice("ftp"),
          issue_tracker_context_root: ours,
        },
      },
    );
  });

  it("is told where the system is not known too", async () => {
    const body = { name: "x", system: { id: "foo" }, params: { issue_tracker_method: "ftp" } };

    await expectErrors(body, {
      system: { id: noChoice("foo") },
      params: { issue_tracker_server: required, issue_tracker_method: noChoice("ftp") },
    });
  });

  it("is a name that is taken, for a new connector alone", async () => {
    const body = { ...fitting, name: " taken " };

    await expectErrors(body, { name: ["This field must be unique."] }, [list]);
    expect((await rig.call("POST", testing, { body })).status).toBe(200);
    expect((await rig.call("POST", list, { body: { ...fitting, name: "Taken" } })).status).toBe(201);
  });

  it("is not a name of 255 characters, however they are stored", async () => {
    expect((await rig.call("POST", list, { body: { ...fitting, name: "🎉".repeat(255) } })).status).toBe(201);
  });
});

describe("params that all systems share", () => {
  it.each([
    { param: "issue_tracker_server", values: ["", " "], errors: blank },
    { param: "issue_tracker_server", values: [7, true], errors: notText },
    {
      param: "issue_tracker_server",
      values: [
        ...[
          "https://github.test",
          "github.test/path",
          "github.test/",
          "user@github.test",
          "user:pass@github.test",
          "git hub.test",
          " github.test",
        ],
        ...[
          "github.test:",
          "github.test:99999",
          "github.test:abc",
          "::1",
          "[::1",
          "[::1]x",
          "a?b",
          "a#b",
          "a\\b",
          "a%41.test",
          "300.300.300.300",
        ],
      ],
      errors: ours,
    },
    { param: "issue_tracker_method", values: ["ftp"], errors: noChoice("ftp") },
    { param: "issue_tracker_method", values: [""], errors: noChoice("") },
    { param: "issue_tracker_context_root", values: ["a?b", "a b", "../x", "/a/..", "a#b", "%2e%2e"], errors: ours },
    { param: "issue_tracker_auth_mode", values: ["personal_access_token"], errors: noChoice("personal_access_token") },
    { param: "issue_tracker_api_token", values: [""], errors: blank },
    { param: "issue_tracker_api_token", values: [true], errors: notText },
    { param: "issue_tracker_validate_cert", values: ["true", 1], errors: ["Must be a valid boolean."] },
    { param: "issue_tracker_phases", values: ["", " , "], errors: blank },
    { param: "sde_statuses_in_scope", values: [""], errors: blank },
    { param: "sde_statuses_in_scope", values: ["TODO,LATER", "todo"], errors: ours },
    { param: "sde_min_priority", values: [0, 11, 1.5, "0", "11", "high", "", true], errors: ours },
    { param: "sde_verification_filter", values: ["pass,maybe"], errors: ours },
    { param: "conflict_policy", values: ["alm"], errors: noChoice("alm") },
    {
      param: "title_format",
      values: ["$title", "$task_id", "$task_id $title $unknown", "$task_id $title $", "$$task_id $title"],
      errors: ours,
    },
    { param: "issue_tracker_title_format", values: ["no variables"], errors: ours },
    { param: "anything_else", values: [null], errors: isNull },
    { param: "anything_else", values: [[], {}, [1]], errors: notScalar },
    { param: "github_repo_owner", values: [" "], errors: blank },
    { param: "github_repo_owner", values: [false, {}], errors: notText },
  ])("do not fit: $param $values", async ({ param, values, errors }) => {
    for (const value of values)
      await expectErrors({ ...fitting, params: { ...fitting.params, [param]: value } }, { params: { [param]: errors } });
  });

  it.each(["1e999", "-1e999", "12345678901234567890", "9007199254740993"])(
    "do not fit where they would not come back as they were sent: %s",
    async (number) => {
      for (const param of ["anything_else", "issue_tracker_api_token"]) {
        const body = JSON.stringify({ ...fitting, params: { ...fitting.params, [param]: "number" } }).replace('"number"', number);

        await expectErrors(body, { params: { [param]: ["Enter a number as large as this as a string."] } });
      }
    },
  );

  it.each([
    {
      param: "issue_tracker_server",
      values: ["github.test", "github.test:8443", "[2001:4860:4860::8888]:443", "8.8.8.8", "bücher.test", "a_b.test"],
    },
    { param: "issue_tracker_method", values: ["https", "http"] },
    { param: "issue_tracker_context_root", values: ["", "/", "/jira", "jira/deep/", "~team"] },
    { param: "issue_tracker_auth_mode", values: ["api_token"] },
    { param: "issue_tracker_api_token", values: [12345] },
    { param: "issue_tracker_validate_cert", values: [true, false] },
    { param: "issue_tracker_phases", values: ["requirements, development"] },
    { param: "sde_statuses_in_scope", values: ["TODO", "TODO, DONE,NA"] },
    { param: "sde_min_priority", values: [1, 10, "1", "10", "7"] },
    { param: "sde_verification_filter", values: ["", "none,partial", "pass, fail"] },
    { param: "sde_tags_filter", values: ["", "a,b"] },
    { param: "selected_tasks", values: ["T12,T13"] },
    { param: "conflict_policy", values: ["issue_tracker", "sde", "timestamp"] },
    { param: "title_format", values: ["$task_id $title", "${task_id}: ${title} ($context, $application, ${project}) $$5"] },
    { param: "anything_else", values: ["", "x", 0, -1.5, true, "7"] },
    { param: "alm_server", values: ["is free"] },
    { param: "constructor", values: ["is free"] },
  ])("fit, and come back as they were sent: $param $values", async ({ param, values }) => {
    for (const [index, value] of values.entries()) {
      const params = { ...fitting.params, [param]: value };
      const answer = await rig.call("POST", list, { body: { ...fitting, name: `${param} ${index}`, params } });
      expect([answer.status, answer.json()]).toMatchObject([201, { params }]);
      expect(JSON.stringify((answer.json() as { readonly params: object }).params)).toBe(JSON.stringify(params));
    }
  });
});

describe("params of a system", () => {
  const server = { issue_tracker_server: "tracker.test" };
  const basic = { issue_tracker_user: "ada", issue_tracker_pass: "p" };
  const token = { issue_tracker_api_token: "t" };
  const noBasic = { issue_tracker_user: required, issue_tracker_pass: required };
  const noToken = { issue_tracker_api_token: required };

  it.each([
    {
      system: "github",
      more: {},
      missing: { ...noToken, github_repo_owner: required },
      fits: [token, { ...basic, issue_tracker_auth_mode: "basic" }],
    },
    { system: "jira", more: {}, missing: noBasic, fits: [basic, token] },
    { system: "rally", more: {}, missing: { ...noBasic, rally_workspace: required }, fits: [basic, token] },
    { system: "gitlab", more: {}, missing: noToken, fits: [token] },
    { system: "tfs", more: token, missing: noBasic, fits: [basic, { ...basic, ...token }] },
    { system: "pivotal_tracker", more: basic, missing: noToken, fits: [token] },
    { system: "rational", more: token, missing: noBasic, fits: [basic] },
    { system: "hp_alm", more: {}, missing: { ...noBasic, hp_alm_domain: required }, fits: [basic] },
    { system: "mingle", more: {}, missing: noBasic, fits: [basic] },
    { system: "trac", more: {}, missing: noBasic, fits: [basic] },
  ])("are needed: $system", async ({ system, more, missing, fits }) => {
    const bare = { name: system, system: { id: system }, params: { ...server, ...more } };
    await expectErrors(bare, { params: missing });

    const own = { github_repo_owner: "o", rally_workspace: 7, hp_alm_domain: "d" };
    for (const [index, account] of fits.entries()) {
      const body = { ...bare, name: `${system} ${index}`, params: { ...server, ...account, ...own } };
      expect((await rig.call("POST", list, { body })).status).toBe(201);
    }
  });

  it("are needed of every system there is", () => {
    expect(connectorSystems.map(({ id }) => id)).toEqual([
      ...["github", "jira", "rally", "gitlab", "tfs", "pivotal_tracker", "rational", "hp_alm", "mingle", "trac"],
    ]);
  });

  it.each([
    { system: "jira", mode: "basic", missing: noBasic },
    { system: "jira", mode: "api_token", missing: noToken },
    { system: "jira", mode: "personal_access_token", missing: noToken },
    { system: "rally", mode: "api_token", missing: { ...noToken, rally_workspace: required } },
    { system: "gitlab", mode: "basic", missing: { issue_tracker_auth_mode: noChoice("basic") } },
    { system: "trac", mode: "api_token", missing: { issue_tracker_auth_mode: noChoice("api_token") } },
  ])("follow from its way to log in: $system $mode", async ({ system, mode, missing }) => {
    await expectErrors({ name: "x", system: { id: system }, params: { ...server, issue_tracker_auth_mode: mode } }, { params: missing });
  });
});

describe("addresses in figures", () => {
  const hosts = [
    ...["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "１２７.0.0.1"],
    ...[
      "10.0.0.5",
      "192.168.1.1:8080",
      "169.254.169.254",
      "0.0.0.0",
      "[::1]:8443",
      "[fe80::1]",
      "[fd00::1]",
      "[::ffff:127.0.0.1]",
      "[::ffff:7f00:1]",
    ],
  ];

  it.each(hosts)("that are not on the public internet are refused when they are typed: %s", async (host) => {
    const params = { ...fitting.params, issue_tracker_server: host };
    const errors = { params: { issue_tracker_server: [expect.stringContaining("outbound.allow")] } };

    await expectErrors({ ...fitting, params }, errors);
    const patch = await rig.call("PATCH", `${list}1/`, { body: { params: { issue_tracker_server: host } } });
    expect([patch.status, patch.json()]).toEqual([400, errors]);
  });

  it("are taken where the configuration allows them", async () => {
    const allowing = new ConnectorsRig({ allow: ["10.0.0.0/8"] });
    const server = (host: string): object => ({ ...fitting, name: host, params: { ...fitting.params, issue_tracker_server: host } });

    const statuses = [
      await allowing.call("POST", list, { body: server("10.0.0.5") }),
      await allowing.call("POST", list, { body: server("127.0.0.1") }),
    ];
    await allowing.stop();

    expect(statuses.map(({ status }) => status)).toEqual([201, 400]);
  });

  it("leave a connector that is changed elsewhere alone, once they are not allowed any more", async () => {
    const allowing = new ConnectorsRig({ allow: ["10.0.0.5"], database: rig.database });
    const params = { ...fitting.params, issue_tracker_server: "10.0.0.5" };
    await allowing.call("POST", list, { body: { ...fitting, params } });
    await allowing.stop();

    expect((await rig.call("PATCH", `${list}2/`, { body: {} })).status).toBe(200);
    expect((await rig.call("PATCH", `${list}2/`, { body: { params: { more: 1 } } })).status).toBe(400);
  });
});
