import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConnectorsRig, fitting } from "../../../test/support/connectors-rig.js";

const list = "/api/v2/connectors/issue-tracker/";

/** The published example of a create, with invented credentials. */
const example = {
  name: "Jira production",
  system: { id: "jira", short_name: "ignored", name: "ignored", unknown: 1 },
  inaccessible: false,
  params: {
    issue_tracker_server: "jira.test:8443",
    issue_tracker_method: "https",
    issue_tracker_auth_mode: "basic",
    issue_tracker_user: "admin",
    issue_tracker_pass: "planted-pass",
    jira_version: "7.0",
    sde_min_priority: "7",
    issue_tracker_validate_cert: true,
    "x-unknown": 1.5,
    team_key: 42,
  },
};

const shown = {
  id: 1,
  name: "Jira production",
  system: { id: "jira", short_name: "JIRA", name: "JIRA" },
  inaccessible: false,
  params: example.params,
};

let rig: ConnectorsRig;

beforeEach(() => {
  rig = new ConnectorsRig();
});

afterEach(() => rig.stop());

async function ids(): Promise<readonly number[]> {
  return (await rig.connectors.list()).map(({ id }) => id);
}

describe("registering a connector", () => {
  it("answers 201 with what was sent, keys in the order of the published examples, and asks nobody", async () => {
    const answer = await rig.call("POST", list, { body: example });

    expect([answer.status, answer.headers["content-type"]]).toEqual([201, "application/json"]);
    expect(answer.text).toBe(JSON.stringify(shown));
    expect(rig.checked).toEqual([]);
  });

  it("takes a body without a content type, as the published examples are sent", async () => {
    const answer = await rig.call("POST", list, { body: example, headers: { authorization: "Token right" } });

    expect(answer.status).toBe(201);
  });

  it("ignores an id and keys that are not known, and cuts blanks around the name", async () => {
    const answer = await rig.call("POST", list, { body: { ...fitting, id: 77, name: "  main \n", unknown: {} } });

    expect(answer.json()).toMatchObject({ id: 1, name: "main", inaccessible: false });
  });

  it("never gives an id again", async () => {
    await rig.register("a", "b");
    await rig.call("DELETE", `${list}2/`);

    expect((await rig.call("POST", list, { body: { ...fitting, name: "c" } })).json()).toMatchObject({ id: 3 });
  });

  it("gives one name once, although fifty ask for it at the same time", async () => {
    await rig.start();

    const answers = await Promise.all(Array.from({ length: 50 }, () => rig.call("POST", list, { body: fitting })));

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(({ status, text }) => `${status} ${text}`))).toEqual(
      new Set(['400 {"name":["This field must be unique."]}']),
    );
    expect(await ids()).toEqual([1]);
  });

  it("keeps secrets in the store encrypted, in the log not at all", async () => {
    await rig.call("POST", list, { body: example });
    await rig.call("POST", list, { body: example });
    await rig.call("PATCH", `${list}1`, { body: { params: { issue_tracker_pass: "planted-other", issue_tracker_server: "x/y" } } });

    const kept = (await rig.database.iterator().all()).flat();
    for (const text of ["planted-pass", "planted-other"]) {
      const forms = [text, Buffer.from(text).toString("base64").replace(/=+$/, ""), Buffer.from(text).toString("hex")];
      for (const form of forms) expect([...kept, ...rig.logged].join("\n")).not.toContain(form);
    }
  });

  it("is found again after a restart, secrets and types included", async () => {
    await rig.call("POST", list, { body: example });
    const next = new ConnectorsRig({ database: rig.database });

    const answer = await next.call("GET", `${list}1/`);
    await next.stop();

    expect(answer.text).toBe(JSON.stringify(shown));
  });
});

describe("reading connectors", () => {
  it("gives one, or all by their ids", async () => {
    await rig.register("b", "a");

    const one = await rig.call("GET", `${list}2/`);
    const all = await rig.call("GET", list);

    expect([one.status, one.json()]).toMatchObject([200, { id: 2, name: "a", params: fitting.params }]);
    expect(Object.keys(all.json() as object)).toEqual(["results"]);
    expect(all.json()).toMatchObject({ results: [{ id: 1 }, { id: 2, params: fitting.params }] });
  });

  it.each(["?exclude=params", "?exclude=name,%20params", "?exclude=x&exclude=params"])("leaves params out with %s", async (query) => {
    await rig.register("a");

    const one = (await rig.call("GET", `${list}1/${query}`)).json();
    const all = (await rig.call("GET", list + query)).json() as { readonly results: readonly object[] };

    expect(Object.keys(one as object)).toEqual(["id", "name", "system", "inaccessible"]);
    expect(all.results).toEqual([one]);
  });

  it.each(["?include=x", "?expand=system", "?exclude=name", "?unknown=1"])("ignores %s", async (query) => {
    await rig.register("a");

    expect((await rig.call("GET", `${list}1/${query}`)).text).toBe((await rig.call("GET", `${list}1/`)).text);
  });

  it("shows no params to who may only look", async () => {
    await rig.register("a");

    const one = await rig.call("GET", `${list}1/`, { token: "read" });
    const all = await rig.call("GET", `${list}?page=1`, { token: "read" });

    expect(one.json()).toEqual({ id: 1, name: "a", system: { id: "github", short_name: "GitHub", name: "GitHub" }, inaccessible: false });
    expect(all.json()).toMatchObject({ count: 1, results: [one.json()] });
    expect(all.text).not.toContain("params");
  });
});

describe("changing a connector", () => {
  beforeEach(() => rig.register("a", "b"));

  it.each([
    { title: "its name", body: { name: "c" }, expected: { name: "c" } },
    { title: "its own name again", body: { name: "a" }, expected: { name: "a" } },
    { title: "whether it can be reached", body: { inaccessible: true }, expected: { inaccessible: true } },
    { title: "its system to the same", body: { system: { id: "github" } }, expected: { system: { id: "github" } } },
    { title: "nothing", body: {}, expected: { id: 1, name: "a", params: fitting.params } },
    { title: "its id, which is ignored", body: { id: 12 }, expected: { id: 1 } },
    {
      title: "a param, the others staying",
      body: { params: { github_repo_owner: "other", more: true } },
      expected: { params: { ...fitting.params, github_repo_owner: "other", more: true } },
    },
  ])("can change $title", async ({ body, expected }) => {
    const answer = await rig.call("PATCH", `${list}1/`, { body });

    expect([answer.status, answer.json()]).toMatchObject([200, expected]);
    expect((await rig.call("GET", `${list}1/`)).text).toBe(answer.text);
    expect(rig.checked).toEqual([]);
  });

  it("takes a param away that is null, and adds those that follow from it", async () => {
    const params = { issue_tracker_api_token: null, issue_tracker_user: "octo", issue_tracker_pass: "p", issue_tracker_auth_mode: "basic" };

    const answer = await rig.call("PATCH", `${list}1/`, { body: { params } });

    expect(Object.keys((answer.json() as { readonly params: object }).params)).toEqual([
      ...["issue_tracker_server", "github_repo_owner", "issue_tracker_user", "issue_tracker_pass", "issue_tracker_auth_mode"],
    ]);
  });

  it("takes no body for an empty object", async () => {
    expect((await rig.call("PATCH", `${list}1/`)).status).toBe(200);
  });

  it.each([
    {
      title: "another's name and a missing param",
      body: { name: "b", params: { github_repo_owner: null } },
      errors: { name: ["This field must be unique."], params: { github_repo_owner: ["This field is required."] } },
    },
    {
      title: "another system",
      body: { system: { id: "jira" } },
      errors: { system: { id: ["The system of a connector cannot be changed."] } },
    },
    { title: "null where something has to be", body: { name: null }, errors: { name: ["This field may not be null."] } },
  ])("refuses $title and stays as it was", async ({ body, errors }) => {
    const answer = await rig.call("PATCH", `${list}1/`, { body });

    expect([answer.status, answer.json()]).toEqual([400, errors]);
    expect((await rig.call("GET", `${list}1/`)).json()).toMatchObject({ name: "a", params: fitting.params });
  });

  it("lets no params grow larger, change by change, than one request can be", async () => {
    const filler = "x".repeat(600_000);
    await rig.call("PATCH", `${list}1/`, { body: { params: { one: filler } } });

    const answer = await rig.call("PATCH", `${list}1/`, { body: { params: { two: filler } } });

    expect([answer.status, answer.json()]).toEqual([400, { params: ["Ensure that all of them together have no more than 1 MB."] }]);
    expect((await rig.call("PATCH", `${list}1/`, { body: { params: { one: null, two: filler } } })).status).toBe(200);
  });

  it("keeps every one of many changes at the same time", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `key${index}`);

    await Promise.all(names.map((name) => rig.call("PATCH", `${list}1/`, { body: { params: { [name]: name } } })));

    const { params } = (await rig.call("GET", `${list}1/`)).json() as { readonly params: object };
    expect(params).toMatchObject(Object.fromEntries(names.map((name) => [name, name])));
  });
});

describe("removing a connector", () => {
  it("answers 204 without a body and with a content type, once", async () => {
    await rig.register("a");

    const first = await rig.call("DELETE", `${list}1/`);
    const second = await rig.call("DELETE", `${list}1/`);

    expect([first.status, first.text, first.headers["content-type"]]).toEqual([204, "", "application/json"]);
    expect([second.status, second.json()]).toEqual([404, { detail: "Not found." }]);
    expect((await rig.call("POST", list, { body: { ...fitting, name: "a" } })).status).toBe(201);
  });
});

describe("asking who one is", () => {
  it.each([
    { token: "right", name: "editor" },
    { token: "read", name: "reader" },
  ])("names the token: $token", async ({ token, name }) => {
    const answer = await rig.call("GET", "/api/v2/users/me/", { token });

    expect([answer.status, answer.json()]).toEqual([200, { id: expect.any(Number), email: null, name }]);
  });

  it("gives a token the same number always, and two tokens two", async () => {
    const asked = await Promise.all(["right", "right", "read"].map((token) => rig.call("GET", "/api/v2/users/me", { token })));

    const [first, again, other] = asked.map((answer) => (answer.json() as { readonly id: number }).id);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe("addresses of the API", () => {
  it.each([
    { method: "GET", path: list, status: 200 },
    { method: "GET", path: `${list}1/`, status: 200 },
    { method: "POST", path: list, body: { ...fitting, name: "c" }, status: 201 },
    { method: "PATCH", path: `${list}1/`, body: { name: "c" }, status: 200 },
    { method: "DELETE", path: `${list}1/`, status: 204 },
    { method: "POST", path: "/api/v2/connectors/test-issue-tracker/", body: fitting, status: 200 },
    { method: "GET", path: "/api/v2/users/me/", status: 200 },
  ])("are served with and without a slash at the end: $method $path", async ({ method, path, body, status }) => {
    for (const address of [path, path.slice(0, -1)]) {
      const other = new ConnectorsRig();
      await other.register("a");

      const answer = await other.call(method, address, { body });
      await other.stop();

      expect(answer.status).toBe(status);
    }
  });
});
