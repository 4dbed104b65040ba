import { afterEach, describe, expect, it } from "vitest";
import { basic } from "../../../test/support/callers-rig.js";
import { startConnectProxy } from "../../../test/support/connect-proxy.js";
import { LoopbackServers } from "../../../test/support/loopback-server.js";
import { RemoteStandIn } from "../../../test/support/remote-stand-in.js";
import { fitting, integrationsUrl, plantedPassword, statusUrl } from "../../../test/support/ticketing-rig.js";
import { itemUrl, name, notConnected, TicketingRigs } from "../../../test/support/ticketing-rigs.js";

const rigs = new TicketingRigs();
const servers = new LoopbackServers();
afterEach(async () => {
  await rigs.stopAll();
  await servers.closeAll();
});

describe("the connection to Jira", () => {
  it("is tried out with what was sent before it is stored", async () => {
    const rig = rigs.create();
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
    const rig = rigs.create();
    const jira = await rig.startJira("jira" in more ? more.jira : {});
    if ("fault" in more) jira.failWith(more.fault);

    const answered = await rig.create(fitting(jira.url + ("path" in more ? more.path : ""), "more" in more ? more.more : {}));

    const { error } = answered.json() as { error: string };
    expect([answered.status, error.startsWith(`${notConnected} `)]).toEqual([400, true]);
    expect(error).toMatch(says);
    expect((await rig.call("GET", itemUrl)).status).toBe(404);
  });

  it("works without an answer about rights where Jira is too old for one", async () => {
    const rig = rigs.create();
    const jira = await rig.startJira({ createsIssues: false });
    jira.failWith({ kind: "status", status: 404, only: /mypermissions/ });

    expect((await rig.create(fitting(jira.url))).status).toBe(200);
  });

  it.each(["elsewhere", "http://10.0.0.1/", "http://169.254.169.254/latest"])("takes no password to another origin: %s", async (where) => {
    const rig = rigs.create();
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
      const rig = rigs.create({ allow: [], verifiesConnections });

      const answered = await rig.create(fitting(address));

      expect([answered.status, answered.json()]).toEqual([400, { error: expect.stringContaining("outbound.allow") }]);
      expect([rig.asked, (await rig.call("GET", integrationsUrl)).json()]).toEqual([[], []]);
    }
  });

  it("does not reach a name whose address is refused", async () => {
    const rig = rigs.create({ allow: [] });
    const jira = await RemoteStandIn.start(servers, () => ({ status: 200, body: "{}" }));

    const answered = await rig.create(fitting(jira.url.replace("127.0.0.1", "localhost")));

    expect([answered.status, answered.json()]).toEqual([400, { error: expect.stringMatching(/^We were not able .*outbound\.allow/) }]);
    expect(jira.requests).toEqual([]);
  });

  it("takes the configured proxy, and goes past it where that was asked for", async () => {
    const proxy = await startConnectProxy(servers);
    const rig = rigs.create({ proxy: proxy.url });
    const jira = await rig.startJira();

    const past = await rig.create(fitting(jira.url, { skip_proxy: true }));
    expect([past.status, proxy.tunnels]).toEqual([200, []]);

    const through = await rig.create(fitting(jira.url, { connection_name: "b" }));
    expect([through.status, proxy.tunnels.length > 0]).toEqual([200, true]);
  });

  it("is not tried where the configuration says so", async () => {
    const rig = rigs.create({ verifiesConnections: false });

    const created = await rig.create(fitting("https://made-up.test"));
    const updated = await rig.call("PUT", itemUrl, { body: { username: "eve" } });
    const status = await rig.call("GET", `${statusUrl}?integrationName=${name}`);

    expect([created.status, updated.status, rig.asked]).toEqual([200, 200, []]);
    expect(status.json()).toMatchObject({ status: "HEALTHY_INTEGRATION", integration_name: name });
  });
});
