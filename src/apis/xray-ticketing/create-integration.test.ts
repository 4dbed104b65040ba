import { afterEach, describe, expect, it } from "vitest";
import { fitting, integrationsUrl, right } from "../../../test/support/ticketing-rig.js";
import { itemUrl, name, shown, somewhere, TicketingRigs } from "../../../test/support/ticketing-rigs.js";

const rigs = new TicketingRigs();
afterEach(() => rigs.stopAll());

describe("creating an integration", () => {
  const without = (member: string): object => Object.fromEntries(Object.entries(fitting(somewhere)).filter(([key]) => key !== member));

  it.each(["connection_name", "auth_type", "username", "password", "installation_type", "jira_server_url"])("needs %s", async (member) => {
    const rig = rigs.create();

    const answered = await rig.create(without(member));

    expect([answered.status, answered.json(), rig.asked]).toEqual([400, { error: `${member} is required.` }, []]);
  });

  it("tells everything that is wrong at once", async () => {
    const answered = await rigs.create().create({
      auth_type: "oauth2",
      username: "ada",
      password: "",
      jira_server_url: 7,
      skip_proxy: "true",
    });

    expect(answered.json()).toEqual({
      error: [
        "connection_name is required.",
        "installation_type is required.",
        "auth_type has to be basic.",
        "password has to be text that is not blank.",
        "jira_server_url has to be a web address that begins with http:// or https://, without blanks, user name, query and fragment.",
        "skip_proxy has to be true or false.",
      ].join(" "),
    });
  });

  it.each([
    ...["oauth1", "oauth2", "token", "", "Basic", null].map((value) => ({ member: "auth_type", value })),
    ...["", " ", "\t\n", null, 7, true, ["ada"]].map((value) => ({ member: "username", value })),
    ...["", "  ", null, 7].map((value) => ({ member: "password", value })),
    ...["", "datacenter", "Cloud", null].map((value) => ({ member: "installation_type", value })),
    ...["true", 1, null].map((value) => ({ member: "skip_proxy", value })),
    ...["", "  ", "a/b", "/", "details", ".", "..", "a\u0007b", "a\nb", "x".repeat(256), null, 7].map((value) => ({
      member: "connection_name",
      value,
    })),
    ...[
      "",
      "jira.example.org",
      "ftp://jira.example.org",
      "https://",
      "https:///jira",
      "//jira.example.org",
      "https://ada@jira.example.org",
    ].map((value) => ({ member: "jira_server_url", value })),
    ...["https://ada:pw@jira.example.org", "https://jira.example.org/?a", "https://jira.example.org?a", "https://jira.example.org/#a"].map(
      (value) => ({ member: "jira_server_url", value }),
    ),
    ...["https://jira example.org", " https://jira.example.org", "https://jira.example.org\n", "https://a\\b", "javascript:alert(1)"].map(
      (value) => ({ member: "jira_server_url", value }),
    ),
    ...["http://[::1", "http://a:99999", "http:jira.example.org", null, 7].map((value) => ({ member: "jira_server_url", value })),
  ])("refuses $member $value", async ({ member, value }) => {
    const rig = rigs.create({ verifiesConnections: false });

    const answered = await rig.create(fitting(somewhere, { [member]: value }));

    // The answer names the member and repeats nothing of what was sent.
    expect([answered.status, answered.json()]).toEqual([
      400,
      { error: expect.stringMatching(new RegExp(`^${member} has to be [^"]*\\.$`)) },
    ]);
    expect((await rig.call("GET", integrationsUrl)).json()).toEqual([]);
  });

  it.each([
    "http://jira.example.org",
    "HTTP://jira.example.org:8080/jira/",
    "https://203.0.113.7",
    "https://[2001:db8::1]:8443/a",
    "https://jüra.example",
  ])("takes the address %s", async (address) => {
    const rig = rigs.create({ verifiesConnections: false, allow: ["203.0.113.0/24", "2001:db8::/32"] });

    expect((await rig.create(fitting(address))).status).toBe(200);
  });

  it("ignores members that it does not know, another spelling of one included", async () => {
    const rig = rigs.create({ verifiesConnections: false });
    const spelledOther = { ...without("auth_type"), authType: "basic" };

    expect((await rig.create(fitting(somewhere, { authType: "oauth1", id: 7, nested: { a: [1] } }))).status).toBe(200);
    expect((await rig.create({ ...spelledOther, connection_name: "b" })).json()).toEqual({ error: "auth_type is required." });
    expect((await rig.call("GET", itemUrl)).json()).toEqual(shown);
  });

  it.each([
    { title: "nothing", body: undefined, error: "The body has to be a JSON object." },
    { title: "no JSON", body: "{", error: "The body is not JSON." },
    { title: "a list", body: "[]", error: "The body has to be a JSON object." },
    { title: "null", body: "null", error: "The body has to be a JSON object." },
    { title: "text", body: '"x"', error: "The body has to be a JSON object." },
    { title: "too much nesting", body: `{"a":${"[".repeat(70)}${"]".repeat(70)}}`, error: "The body is nested more than 64 levels deep." },
  ])("refuses a body that is $title", async ({ body, error }) => {
    for (const [method, path] of [
      ["POST", integrationsUrl],
      ["PUT", integrationsUrl],
      ["PUT", itemUrl],
    ] as const) {
      const answered = await rigs.create().call(method, path, { body });
      expect([answered.status, answered.json()]).toEqual([400, { error }]);
    }
  });

  it("refuses a name that is taken, before anybody is asked", async () => {
    const { rig, jira } = await rigs.createVerified();

    const answered = await rig.create(fitting(jira.url, { username: "eve" }));

    expect([answered.status, answered.json()]).toEqual([400, { error: `An integration with the connection name ${name} already exists` }]);
    expect(rig.asked).toEqual([]);
    expect((await rig.create(fitting(jira.url, { connection_name: name.toUpperCase() }))).status).toBe(200);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp"])(
    "takes no body of the type %s",
    async (type) => {
      for (const [method, path] of [
        ["POST", integrationsUrl],
        ["PUT", integrationsUrl],
        ["PUT", itemUrl],
      ] as const) {
        const answered = await rigs.create().call(method, path, { body: {}, headers: { ...right, "content-type": type } });
        expect([answered.status, answered.json()]).toEqual([415, { error: "The route takes a body of type application/json." }]);
      }
    },
  );

  it.each(["application/json", "application/json; charset=utf-8", "Application/JSON"])("takes a body of the type %s", async (type) => {
    const rig = rigs.create({ verifiesConnections: false });

    const answered = await rig.call("POST", integrationsUrl, { body: fitting(somewhere), headers: { ...right, "content-type": type } });

    expect(answered.status).toBe(200);
  });

  it("takes a body of 1 MiB and no larger one", async () => {
    const rig = rigs.create({ verifiesConnections: false });
    const padded = (bytes: number): string => {
      const [start, end] = [JSON.stringify(fitting(somewhere)).slice(0, -1), ',"x":""}'];
      return `${start}${end.slice(0, -2)}${"x".repeat(bytes - start.length - end.length)}"}`;
    };

    const larger = await rig.call("POST", integrationsUrl, { body: padded(1_048_577) });
    const largest = await rig.call("POST", integrationsUrl, { body: padded(1_048_576) });

    expect([larger.status, larger.json()]).toEqual([413, { error: "The body is larger than the 1 MB that this route takes." }]);
    expect(largest.status).toBe(200);
  });
});
