import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ask, askRaw } from "../../../test/support/ask.js";
import { basic } from "../../../test/support/callers-rig.js";
import { startConnectProxy } from "../../../test/support/connect-proxy.js";
import { readDataFolder } from "../../../test/support/data-folder.js";
import { LoopbackServers } from "../../../test/support/loopback-server.js";
import { ManualClock } from "../../../test/support/manual-clock.js";
import { RemoteStandIn } from "../../../test/support/remote-stand-in.js";
import {
  fitting,
  integrationsUrl,
  plantedPassword,
  right,
  serveDataFolder,
  statusUrl,
  TicketingRig,
  type TicketingRigOptions,
} from "../../../test/support/ticketing-rig.js";

const name = "cloudProjectABC";
const itemUrl = `${integrationsUrl}/${name}`;
const notConnected =
  "We were not able to connect to your Jira based on the credentials you provided, please check all the values and try again.";
const unknown = { error: "Integration not found" };
const nothingToChange = { error: "No integration found with the given connection name" };
/** An address that nothing is sent to, where the connection is not verified. */
const somewhere = "https://customer.atlassian.net";

const rigs: TicketingRig[] = [];
const servers = new LoopbackServers();
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.stop()));
  await servers.closeAll();
});

function createRig(options?: TicketingRigOptions): TicketingRig {
  const rig = new TicketingRig(options);
  rigs.push(rig);
  return rig;
}

/** No Jira is asked; an integration is there. */
async function createUnverified(options: TicketingRigOptions = {}): Promise<TicketingRig> {
  const rig = createRig({ verifiesConnections: false, ...options });
  expect((await rig.create(fitting(somewhere))).status).toBe(200);
  return rig;
}

/** An integration with a Jira on loopback is there. */
async function createVerified() {
  const rig = createRig();
  const jira = await rig.startJira();
  expect((await rig.create(fitting(jira.url))).status).toBe(200);
  rig.asked.length = 0;
  return { rig, jira };
}

const shown = {
  connection_name: name,
  auth_type: "basic",
  username: "ada",
  installation_type: "server",
  jira_server_url: somewhere,
  skip_proxy: false,
};

describe("the endpoints of the ticketing API", () => {
  it.each([
    { method: "GET", path: `${itemUrl}/details`, answer: shown },
    { method: "GET", path: itemUrl, answer: shown },
    { method: "GET", path: integrationsUrl, answer: [shown] },
    { method: "PUT", path: itemUrl, body: {}, answer: { info: "Integration has been successfully updated" } },
    {
      method: "PUT",
      path: integrationsUrl,
      body: { connection_name: name },
      answer: { info: "Integration has been successfully updated" },
    },
    { method: "DELETE", path: itemUrl, answer: { info: "Integration has been successfully deleted" } },
    {
      method: "POST",
      path: integrationsUrl,
      body: fitting(somewhere, { connection_name: "another" }),
      answer: { info: "Integration has been successfully created" },
    },
  ])("$method $path answers as published, with and without a slash at its end", async ({ method, path, body, answer }) => {
    for (const end of ["", "/"]) {
      const rig = await createUnverified();

      const answered = await rig.call(method, path + end, { body });

      expect([answered.status, answered.headers["content-type"], answered.json()]).toEqual([200, "application/json", answer]);
    }
  });

  it("shows integrations as they were sent", async () => {
    const rig = createRig({ verifiesConnections: false });
    const sent = {
      ...shown,
      username: " ada ",
      installation_type: "cloud",
      jira_server_url: "HTTPS://Jira.Example.org:443/jira/",
      skip_proxy: true,
    };
    await rig.create({ ...sent, password: plantedPassword });

    expect((await rig.call("GET", itemUrl)).json()).toEqual(sent);
  });

  it("lists integrations in the order in which they came, and none at first", async () => {
    const rig = createRig({ verifiesConnections: false });
    expect((await rig.call("GET", integrationsUrl)).json()).toEqual([]);

    for (const each of ["b", "a", "c"]) await rig.create(fitting(somewhere, { connection_name: each }));

    expect((await rig.call("GET", integrationsUrl)).json()).toMatchObject(["b", "a", "c"].map((each) => ({ connection_name: each })));
  });

  it.each([
    { method: "GET", path: `${integrationsUrl}/nobody/details`, answer: unknown },
    { method: "GET", path: `${integrationsUrl}/nobody`, answer: unknown },
    { method: "GET", path: `${integrationsUrl}/details`, answer: unknown },
    { method: "GET", path: `${integrationsUrl}/CloudProjectABC`, answer: unknown },
    { method: "GET", path: `${integrationsUrl}/%2e%2e`, answer: unknown },
    { method: "GET", path: `${integrationsUrl}/a%2Fb`, answer: unknown },
    { method: "PUT", path: `${integrationsUrl}/nobody`, body: { username: "x" }, answer: nothingToChange },
    { method: "PUT", path: integrationsUrl, body: { connection_name: "nobody" }, answer: nothingToChange },
    { method: "DELETE", path: `${integrationsUrl}/nobody`, answer: nothingToChange },
  ])("$method $path tells that there is no such integration", async ({ method, path, body, answer }) => {
    const rig = await createUnverified();

    const answered = await rig.call(method, path, { body });

    expect([answered.status, answered.json()]).toEqual([404, answer]);
  });

  it.each([
    "",
    "/",
    "/api",
    "/api/v1/ticketing",
    "/api/v1/ticketing/jira-integrations/a/b",
    "/api/v1/ticketing/jira-integrations//details",
  ])("refuse the unknown path /xray%s in the API's shape", async (path) => {
    const answered = await createRig().call("GET", `/xray${path}`);

    expect([answered.status, answered.json()]).toEqual([404, { error: "There is no such route." }]);
  });

  it.each([
    { path: integrationsUrl, method: "DELETE", allow: "GET, HEAD, POST, PUT, OPTIONS" },
    { path: itemUrl, method: "POST", allow: "GET, HEAD, PUT, DELETE, OPTIONS" },
    { path: `${itemUrl}/details`, method: "PUT", allow: "GET, HEAD, OPTIONS" },
    { path: `${statusUrl}?integrationName=x`, method: "POST", allow: "GET, HEAD, OPTIONS" },
  ])("refuse $method on $path and tell what there is", async ({ path, method, allow }) => {
    const answered = await createRig().call(method, path);

    expect([answered.status, answered.headers.allow, answered.json()]).toEqual([405, allow, { error: `The route takes ${allow}.` }]);
  });
});

describe("names in paths", () => {
  it.each([
    { connectionName: "a b", path: "a%20b" },
    { connectionName: "a%20b", path: "a%2520b" },
    { connectionName: "ä🎉", path: "%C3%A4%F0%9F%8E%89" },
    { connectionName: "Details", path: "Details" },
    { connectionName: "...", path: "..." },
    { connectionName: " x ", path: "%20x%20" },
    { connectionName: "a+b?c#d", path: "a%2Bb%3Fc%23d" },
    { connectionName: "__proto__", path: "__proto__" },
    { connectionName: "🎉".repeat(255), path: encodeURIComponent("🎉".repeat(255)) },
  ])("are decoded once: $path", async ({ connectionName, path }) => {
    const rig = createRig({ verifiesConnections: false });
    await rig.create(fitting(somewhere, { connection_name: connectionName }));

    const details = await rig.call("GET", `${integrationsUrl}/${path}/details`);
    const status = await rig.call("GET", `${statusUrl}?integrationName=${path}`);
    const deleted = await rig.call("DELETE", `${integrationsUrl}/${path}`);

    expect(details.json()).toMatchObject({ connection_name: connectionName });
    expect(status.json()).toMatchObject({ integration_name: connectionName });
    expect(deleted.status).toBe(200);
  });

  it("that are encoded wrongly are refused in the API's shape", async () => {
    const answered = await createRig().call("GET", `${integrationsUrl}/%zz`);

    expect([answered.status, answered.json()]).toEqual([400, { error: "The path is not encoded well." }]);
  });
});

describe("creating an integration", () => {
  const without = (member: string): object => Object.fromEntries(Object.entries(fitting(somewhere)).filter(([key]) => key !== member));

  it.each(["connection_name", "auth_type", "username", "password", "installation_type", "jira_server_url"])("needs %s", async (member) => {
    const rig = createRig();

    const answered = await rig.create(without(member));

    expect([answered.status, answered.json(), rig.asked]).toEqual([400, { error: `${member} is required.` }, []]);
  });

  it("tells everything that is wrong at once", async () => {
    const answered = await createRig().create({
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
    const rig = createRig({ verifiesConnections: false });

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
    const rig = createRig({ verifiesConnections: false, allow: ["203.0.113.0/24", "2001:db8::/32"] });

    expect((await rig.create(fitting(address))).status).toBe(200);
  });

  it("ignores members that it does not know, another spelling of one included", async () => {
    const rig = createRig({ verifiesConnections: false });
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
      const answered = await createRig().call(method, path, { body });
      expect([answered.status, answered.json()]).toEqual([400, { error }]);
    }
  });

  it("refuses a name that is taken, before anybody is asked", async () => {
    const { rig, jira } = await createVerified();

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
        const answered = await createRig().call(method, path, { body: {}, headers: { ...right, "content-type": type } });
        expect([answered.status, answered.json()]).toEqual([415, { error: "The route takes a body of type application/json." }]);
      }
    },
  );

  it.each(["application/json", "application/json; charset=utf-8", "Application/JSON"])("takes a body of the type %s", async (type) => {
    const rig = createRig({ verifiesConnections: false });

    const answered = await rig.call("POST", integrationsUrl, { body: fitting(somewhere), headers: { ...right, "content-type": type } });

    expect(answered.status).toBe(200);
  });

  it("takes a body of 1 MiB and no larger one", async () => {
    const rig = createRig({ verifiesConnections: false });
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

describe("the connection to Jira", () => {
  it("is tried out with what was sent before it is stored", async () => {
    const rig = createRig();
    const jira = await rig.startJira({ contextPath: "/jira" });

    const answered = await rig.create(fitting(`${jira.url}/`));

    expect(answered.status).toBe(200);
    expect(jira.requests).toEqual(["GET /rest/api/2/myself", "GET /rest/api/2/mypermissions"]);
    expect(rig.asked.map(({ url }) => url)).toEqual([
      `${jira.url}/rest/api/2/myself`,
      `${jira.url}/rest/api/2/mypermissions?permissions=CREATE_ISSUES`,
    ]);
    for (const { headers, timeoutMs = Infinity, staysAtOrigin } of rig.asked) {
      expect([headers?.["authorization"], staysAtOrigin]).toEqual([basic("ada", plantedPassword), true]);
      expect(timeoutMs).toBeLessThanOrEqual(10_000);
    }
  });

  it.each([
    { title: "another password", more: { password: "another" }, says: /\(401\)\.$/ },
    { title: "an unknown user", more: { username: "eve" }, says: /\(401\)\.$/ },
    { title: "no right to create issues", jira: { createsIssues: false }, says: /may not create issues anywhere\.$/ },
    { title: "the wrong path", path: "/elsewhere", says: /\(404\)\.$/ },
    { title: "a server that fails", fault: { kind: "status", status: 503 }, says: /the server failed \(503\)/ },
    { title: "a login page", fault: { kind: "page" }, says: /the answer is none of Jira's/ },
    { title: "a cut connection", fault: { kind: "cut" }, says: /cut the connection/ },
  ] as const)("that does not work stores nothing: $title", async ({ says, ...more }) => {
    const rig = createRig();
    const jira = await rig.startJira("jira" in more ? more.jira : {});
    if ("fault" in more) jira.failWith(more.fault);

    const answered = await rig.create(fitting(jira.url + ("path" in more ? more.path : ""), "more" in more ? more.more : {}));

    const { error } = answered.json() as { error: string };
    expect([answered.status, error.startsWith(`${notConnected} `)]).toEqual([400, true]);
    expect(error).toMatch(says);
    expect((await rig.call("GET", itemUrl)).status).toBe(404);
  });

  it("works without an answer about rights where Jira is too old for one", async () => {
    const rig = createRig();
    const jira = await rig.startJira({ createsIssues: false });
    jira.failWith({ kind: "status", status: 404, only: /mypermissions/ });

    expect((await rig.create(fitting(jira.url))).status).toBe(200);
  });

  it.each(["elsewhere", "http://10.0.0.1/", "http://169.254.169.254/latest"])("takes no password to another origin: %s", async (where) => {
    const rig = createRig();
    const other = await RemoteStandIn.start(servers, () => ({ status: 200, body: "{}" }));
    const location = where === "elsewhere" ? `${other.url}/rest/api/2/myself` : where;
    const jira = await RemoteStandIn.start(servers, () => ({ status: 302, headers: { location } }));

    const answered = await rig.create(fitting(jira.url));

    expect(answered.status).toBe(400);
    expect(answered.text).toContain("redirects to another origin (302)");
    expect(other.requests).toEqual([]);
  });

  it.each([
    "http://10.35.12.11",
    "http://127.0.0.1:1",
    "http://[::1]/",
    "http://169.254.169.254/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://[::ffff:10.0.0.1]/",
  ])("is not even tried where the target is refused: %s", async (address) => {
    for (const verifiesConnections of [true, false]) {
      const rig = createRig({ allow: [], verifiesConnections });

      const answered = await rig.create(fitting(address));

      expect([answered.status, answered.json()]).toEqual([400, { error: expect.stringContaining("outbound.allow") }]);
      expect([rig.asked, (await rig.call("GET", integrationsUrl)).json()]).toEqual([[], []]);
    }
  });

  it("does not reach a name whose address is refused", async () => {
    const rig = createRig({ allow: [] });
    const jira = await RemoteStandIn.start(servers, () => ({ status: 200, body: "{}" }));

    const answered = await rig.create(fitting(jira.url.replace("127.0.0.1", "localhost")));

    expect([answered.status, answered.json()]).toEqual([400, { error: expect.stringMatching(/^We were not able .*outbound\.allow/) }]);
    expect(jira.requests).toEqual([]);
  });

  it("takes the configured proxy, and goes past it where that was asked for", async () => {
    const proxy = await startConnectProxy(servers);
    const rig = createRig({ proxy: proxy.url });
    const jira = await rig.startJira();

    const past = await rig.create(fitting(jira.url, { skip_proxy: true }));
    expect([past.status, proxy.tunnels]).toEqual([200, []]);

    const through = await rig.create(fitting(jira.url, { connection_name: "b" }));
    expect([through.status, proxy.tunnels.length > 0]).toEqual([200, true]);
  });

  it("is not tried where the configuration says so", async () => {
    const rig = createRig({ verifiesConnections: false });

    const created = await rig.create(fitting("https://made-up.test"));
    const updated = await rig.call("PUT", itemUrl, { body: { username: "eve" } });
    const status = await rig.call("GET", `${statusUrl}?integrationName=${name}`);

    expect([created.status, updated.status, rig.asked]).toEqual([200, 200, []]);
    expect(status.json()).toMatchObject({ status: "HEALTHY_INTEGRATION", integration_name: name });
  });
});

describe("updating an integration", () => {
  it.each([
    { username: "eve" },
    { installation_type: "cloud" },
    { jira_server_url: `${somewhere}/jira` },
    { skip_proxy: true },
    { auth_type: "basic" },
    { username: "eve", password: "another", skip_proxy: true, installation_type: "cloud", jira_server_url: "http://jira.example.org" },
  ])("changes what is sent and leaves the rest: %j", async ({ password, ...change }: Record<string, unknown>) => {
    for (const [path, named] of [
      [itemUrl, {}],
      [itemUrl, { connection_name: name }],
      [integrationsUrl, { connection_name: name }],
    ] as const) {
      const rig = await createUnverified();

      const answered = await rig.call("PUT", path, { body: { ...named, ...change, ...(password === undefined ? {} : { password }) } });

      expect([answered.status, answered.json()]).toEqual([200, { info: "Integration has been successfully updated" }]);
      expect((await rig.call("GET", itemUrl)).json()).toEqual({ ...shown, ...change });
    }
  });

  it.each([
    { path: integrationsUrl, body: {}, error: "connection_name is required." },
    { path: integrationsUrl, body: { connection_name: " " }, error: "connection_name has to be text that is not blank." },
    { path: itemUrl, body: { connection_name: 7 }, error: "connection_name has to be text that is not blank." },
    {
      path: itemUrl,
      body: { connection_name: "other" },
      error: "connection_name is not the name in the path: an integration cannot be renamed.",
    },
    { path: itemUrl, body: { auth_type: "oauth2" }, error: "auth_type has to be basic." },
    { path: itemUrl, body: { password: "" }, error: "password has to be text that is not blank." },
    { path: itemUrl, body: { username: null }, error: "username has to be text that is not blank." },
    { path: itemUrl, body: { skip_proxy: "false" }, error: "skip_proxy has to be true or false." },
    { path: itemUrl, body: { installation_type: "x" }, error: "installation_type has to be cloud or server." },
    { path: itemUrl, body: { jira_server_url: "http://10.0.0.1", password: "x" }, error: expect.stringContaining("outbound.allow") },
  ])("refuses $body on $path", async ({ path, body, error }) => {
    const rig = await createUnverified();

    const answered = await rig.call("PUT", path, { body });

    expect([answered.status, answered.json()]).toEqual([400, { error }]);
    expect((await rig.call("GET", itemUrl)).json()).toEqual(shown);
  });

  it.each([
    "http://customer.atlassian.net",
    "https://other.atlassian.net",
    `${somewhere}:8443`,
    "https://customer.atlassian.net.evil.test",
  ])("takes the stored password to no other origin: %s", async (address) => {
    const rig = await createUnverified();

    const without = await rig.call("PUT", itemUrl, { body: { jira_server_url: address } });
    const given = await rig.call("PUT", itemUrl, { body: { jira_server_url: address, password: "x" } });

    expect([without.status, without.json()]).toEqual([
      400,
      { error: "password is required where jira_server_url gets another scheme, host or port." },
    ]);
    expect(given.status).toBe(200);
  });

  it.each([`${somewhere}:443/`, "HTTPS://CUSTOMER.atlassian.net/jira"])("needs no password for the same origin: %s", async (address) => {
    const rig = await createUnverified();

    expect((await rig.call("PUT", itemUrl, { body: { jira_server_url: address } })).status).toBe(200);
  });

  it("tries out the stored password with what is new, and changes nothing where that fails", async () => {
    const { rig, jira } = await createVerified();

    const failed = await rig.call("PUT", itemUrl, { body: { username: "eve" } });
    expect([failed.status, failed.text.includes(notConnected)]).toEqual([400, true]);
    expect(rig.asked.at(-1)?.headers?.["authorization"]).toBe(basic("eve", plantedPassword));
    expect((await rig.call("GET", itemUrl)).json()).toMatchObject({ username: "ada" });

    jira.addAccount({ name: "eve", token: "t", password: plantedPassword, createsIssues: true });
    expect((await rig.call("PUT", itemUrl, { body: { username: "eve" } })).status).toBe(200);
    expect((await rig.call("GET", itemUrl)).json()).toMatchObject({ username: "eve" });
  });

  it("uses a new password from then on", async () => {
    const { rig, jira } = await createVerified();
    jira.addAccount({ name: "eve", token: "t", password: "another", createsIssues: true });

    await rig.call("PUT", itemUrl, { body: { username: "eve", password: "another" } });
    await rig.call("GET", `${statusUrl}?integrationName=${name}`);

    expect(rig.asked.at(-1)?.headers?.["authorization"]).toBe(basic("eve", "another"));
  });

  it("makes changes of one integration one after the other, each on what the one before left", async () => {
    const { rig, jira } = await createVerified();
    let mostAtOnce = 0;
    let underWay = 0;
    rig.onAsk = async () => {
      underWay += 1;
      mostAtOnce = Math.max(mostAtOnce, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
    };

    const changes = [{ installation_type: "cloud" }, { skip_proxy: true }, { jira_server_url: `${jira.url}/` }];
    const answers = await Promise.all(changes.map((body) => rig.call("PUT", itemUrl, { body })));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await rig.call("GET", itemUrl)).json()).toMatchObject(Object.assign({}, ...changes) as object);
    expect(mostAtOnce).toBe(1);
  });

  it("does not bring back an integration that was removed meanwhile", async () => {
    const { rig } = await createVerified();
    rig.onAsk = async () => {
      rig.onAsk = () => undefined;
      await rig.call("DELETE", itemUrl);
    };

    const answered = await rig.call("PUT", itemUrl, { body: { skip_proxy: true } });

    expect([answered.status, answered.json()]).toEqual([404, nothingToChange]);
    expect((await rig.call("GET", integrationsUrl)).json()).toEqual([]);
  });
});

describe("removing an integration", () => {
  it("removes it once, and frees its name", async () => {
    const rig = await createUnverified();

    const answers = await Promise.all([rig.call("DELETE", itemUrl), rig.call("DELETE", itemUrl)]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    expect((await rig.call("GET", itemUrl)).status).toBe(404);
    expect((await rig.create(fitting(somewhere))).status).toBe(200);
  });

  it("asks nobody", async () => {
    const { rig } = await createVerified();

    expect([(await rig.call("DELETE", itemUrl)).status, rig.asked]).toEqual([200, []]);
  });
});

describe("the status of an integration", () => {
  const status = (rig: TicketingRig, query = `?integrationName=${name}`) => rig.call("GET", statusUrl + query);

  it("is asked for just now, and remembered", async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
    const rig = createRig({ clock });
    const jira = await rig.startJira();
    await rig.create(fitting(jira.url));

    const healthy = await status(rig);
    expect([healthy.status, healthy.json()]).toEqual([
      200,
      {
        status: "HEALTHY_INTEGRATION",
        reason: "Integration is healthy and operational.",
        time: "2026-01-02T03:04:05Z",
        integration_name: name,
      },
    ]);

    jira.failWith({ kind: "status", status: 401 });
    await clock.advance(60_000);
    const faulty = await status(rig, `/?integrationName=${name}`);
    expect([faulty.status, faulty.json()]).toEqual([
      200,
      {
        status: "FAULTY_CONFIGURATION",
        reason: expect.stringMatching(/\(401\)\.$/),
        time: "2026-01-02T03:05:05Z",
        integration_name: name,
      },
    ]);
    expect((await rig.integrations.find(name))?.lastCheck).toMatchObject({ isGood: false, at: clock.now() });
  });

  it("is told where it cannot be remembered", async () => {
    const { rig } = await createVerified();
    rig.isDiskFull = true;

    expect((await status(rig)).json()).toMatchObject({ status: "HEALTHY_INTEGRATION" });
    expect(rig.logged.join()).toContain("could not be stored");
  });

  it("of an integration that was changed meanwhile is not remembered", async () => {
    const { rig, jira } = await createVerified();
    rig.onAsk = async () => {
      rig.onAsk = () => undefined;
      await rig.call("PUT", itemUrl, { body: { jira_server_url: `${jira.url}/`, password: plantedPassword } });
      // Whatever is written from here on is told in the log.
      rig.isDiskFull = true;
    };

    expect((await status(rig)).status).toBe(200);
    expect(rig.logged.join()).not.toContain("could not be stored");
  });

  it.each(["", "?", "?integrationName", "?integrationName=", "?name=x", "?integrationname=x", "?integrationName=a&integrationName=b"])(
    "needs a name: %s",
    async (query) => {
      const answered = await status(createRig({ clock: new ManualClock(0) }), query);

      expect([answered.status, answered.json()]).toEqual([
        400,
        { status: "FAULTY_CONFIGURATION", reason: "integrationName is required.", time: "1970-01-01T00:00:00Z", integration_name: "" },
      ]);
    },
  );

  it("tells that there is no such integration", async () => {
    const answered = await status(createRig({ clock: new ManualClock(0) }), "?integrationName=no%20body");

    expect([answered.status, answered.json()]).toEqual([
      404,
      { status: "INTEGRATION_NOT_FOUND", reason: "Integration not found", time: "1970-01-01T00:00:00Z", integration_name: "no body" },
    ]);
  });

  it("tells with the same members that the store failed", async () => {
    const rig = await createUnverified({ clock: new ManualClock(0) });
    await rig.database.close();

    const answered = await status(rig);

    expect([answered.status, answered.json()]).toEqual([
      500,
      {
        status: "INTERNAL_SERVER_ERROR",
        reason: "Failed to retrieve integration status",
        time: "1970-01-01T00:00:00Z",
        integration_name: name,
        id: expect.any(String),
      },
    ]);
  });
});

const requests = [
  { method: "POST", path: integrationsUrl },
  { method: "GET", path: integrationsUrl },
  { method: "PUT", path: integrationsUrl },
  { method: "GET", path: itemUrl },
  { method: "GET", path: `${itemUrl}/details` },
  { method: "PUT", path: itemUrl },
  { method: "DELETE", path: itemUrl },
  { method: "GET", path: `${statusUrl}?integrationName=${name}` },
  { method: "GET", path: statusUrl },
];

describe("callers of the ticketing API", () => {
  it.each([{ authorization: basic("ada", "lovelace") }, right, { authorization: "bearer right" }])("may be %j", async (headers) => {
    const rig = createRig({ verifiesConnections: false });

    expect((await rig.call("POST", integrationsUrl, { body: fitting(somewhere), headers })).status).toBe(200);
    expect((await rig.call("GET", itemUrl, { headers })).status).toBe(200);
  });

  it.each([
    {},
    { authorization: "Bearer wrong" },
    { authorization: "Bearer" },
    { authorization: "Token right" },
    { authorization: "right" },
    { authorization: basic("ada", "wrong") },
    { authorization: basic("eve", "lovelace") },
    { authorization: basic("", "right") },
    { authorization: basic("ada", "") },
  ])("are refused everywhere without good credentials: %j", async (headers) => {
    const rig = createRig();

    for (const { method, path } of requests) {
      const answered = await rig.call(method, path, { headers });

      const challenge = answered.headers["www-authenticate"];
      expect([answered.status, challenge, answered.json()]).toEqual([401, 'Basic realm="Xray"', { error: "Unauthorized" }]);
    }
  });

  it.each(requests)(
    "are refused $method $path with a token of another API, before what they send is looked at",
    async ({ method, path }) => {
      const answered = await createRig().call(method, path, { headers: { authorization: "Bearer other", "content-type": "text/plain" } });

      expect([answered.status, answered.json()]).toEqual([403, { error: "Permission denied" }]);
    },
  );

  it("are not told by the query who they are", async () => {
    const port = await createRig().start();

    expect((await ask(port, `${integrationsUrl}?access_token=right&token=right`)).status).toBe(401);
  });

  it("get no body read before they are known", async () => {
    const text = await askRaw(
      await createRig().start(),
      `POST ${integrationsUrl} HTTP/1.1\r\nhost: x\r\ncontent-length: 5000000\r\n\r\n`,
      "}",
    );

    expect(text).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe("a store that fails", () => {
  it.each([
    { method: "POST", path: integrationsUrl, body: fitting(somewhere, { connection_name: "b" }), error: "Failed to create integration" },
    { method: "PUT", path: itemUrl, body: { username: "eve" }, error: "Failed to update integration" },
    { method: "PUT", path: integrationsUrl, body: { connection_name: name, username: "eve" }, error: "Failed to update integration" },
    { method: "DELETE", path: itemUrl, error: "Failed to delete integration" },
  ])("is told of $method $path, and nothing is changed", async ({ method, path, body, error }) => {
    const rig = await createUnverified();
    rig.isDiskFull = true;

    const answered = await rig.call(method, path, { body });

    const { id } = answered.json() as { id: string };
    expect([answered.status, answered.json()]).toEqual([500, { error, id: expect.any(String) }]);
    expect(rig.logged.join()).toContain(id);
    expect((await rig.call("GET", integrationsUrl)).json()).toEqual([shown]);
  });

  it.each([
    { path: itemUrl, error: "Failed to get integration" },
    { path: `${itemUrl}/details`, error: "Failed to get integration" },
    { path: integrationsUrl, error: "Failed to list integrations" },
  ])("is told of GET $path", async ({ path, error }) => {
    const rig = await createUnverified();
    await rig.database.close();

    const answered = await rig.call("GET", path);

    expect([answered.status, answered.json()]).toEqual([500, { error, id: expect.any(String) }]);
  });

  it("has no key to encrypt with: nothing is stored, and no Jira is asked", async () => {
    const rig = createRig({ hasKey: false });
    const jira = await rig.startJira();

    const answered = await rig.create(fitting(jira.url));

    expect([answered.status, answered.json(), jira.requests]).toEqual([
      500,
      { error: "Failed to create integration", id: expect.any(String) },
      [],
    ]);
    expect(rig.logged.join()).toContain("storage.keyFile");
  });
});

describe("fifty requests at once", () => {
  it("create one integration of one name", async () => {
    const rig = createRig();
    const jira = await rig.startJira();

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => rig.create(fitting(jira.url, { installation_type: index % 2 === 0 ? "cloud" : "server" }))),
    );

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ text }) => text.includes("already exists"))).toHaveLength(49);
    expect((await rig.call("GET", integrationsUrl)).json()).toHaveLength(1);
  });

  it("create fifty integrations of fifty names", async () => {
    const rig = createRig({ verifiesConnections: false });

    await Promise.all(Array.from({ length: 50 }, (_, index) => rig.create(fitting(somewhere, { connection_name: `i ${index}` }))));

    expect((await rig.call("GET", integrationsUrl)).json()).toHaveLength(50);
  });
});

describe("what is registered", () => {
  it("outlives a restart, and its password lies nowhere in plain, base64 or hex", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ticketing-"));
    try {
      const jira = await createRig().startJira();
      const first = await serveDataFolder(folder, async (rig) => {
        await rig.create(fitting(jira.url));
        await rig.create(fitting(jira.url, { connection_name: "removed" }));
        await rig.call("DELETE", `${integrationsUrl}/removed`);
      });
      const second = await serveDataFolder(folder, async (rig) => {
        expect((await rig.call("GET", integrationsUrl)).json()).toEqual([{ ...shown, jira_server_url: jira.url }]);
        expect((await rig.integrations.find(name))?.lastCheck).toMatchObject({ isGood: true });
        // The password is still known.
        expect((await rig.call("PUT", itemUrl, { body: { skip_proxy: true } })).status).toBe(200);
        jira.failWith({ kind: "status", status: 403 });
        await rig.call("GET", `${statusUrl}?integrationName=${name}`);
        await rig.call("PUT", itemUrl, { body: { skip_proxy: false } });
        await rig.create(fitting("http://127.0.0.1:1", { connection_name: "b" }));
        await rig.create(fitting("http://10.0.0.1", { connection_name: "b", skip_proxy: plantedPassword }));
        await rig.call("POST", integrationsUrl, { body: `{"password":"${plantedPassword}",` });
      });

      const { files, records } = await readDataFolder(folder);
      const everything = [...files.map(({ text }) => text), ...records.map(({ text }) => text), ...first, ...second];
      const bytes = Buffer.from(plantedPassword);
      const forms = [
        plantedPassword,
        bytes.toString("hex"),
        bytes.toString("base64").slice(0, -2),
        basic("ada", plantedPassword).slice(6, -2),
      ];
      for (const form of forms) expect(everything.filter((text) => text.includes(form))).toEqual([]);
      expect(records.some(({ where }) => where.includes("ticketing-integrations"))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("is in no answer with its password, whoever asks", async () => {
    const { rig } = await createVerified();
    for (const { method, path } of requests.filter((request) => request.method === "GET")) await rig.call(method, path);

    expect(rig.answered.join("\n")).not.toContain("password");
  });
});
