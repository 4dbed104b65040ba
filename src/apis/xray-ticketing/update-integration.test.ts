import { afterEach, describe, expect, it } from "vitest";
import { basic } from "../../../test/support/callers-rig.js";
import { fitting, integrationsUrl, plantedPassword, statusUrl } from "../../../test/support/ticketing-rig.js";
import { itemUrl, name, nothingToChange, notConnected, shown, somewhere, TicketingRigs } from "../../../test/support/ticketing-rigs.js";

const rigs = new TicketingRigs();
afterEach(() => rigs.stopAll());

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
      const rig = await rigs.createUnverified();

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
    const rig = await rigs.createUnverified();

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
    const rig = await rigs.createUnverified();

    const without = await rig.call("PUT", itemUrl, { body: { jira_server_url: address } });
    const given = await rig.call("PUT", itemUrl, { body: { jira_server_url: address, password: "x" } });

    expect([without.status, without.json()]).toEqual([
      400,
      { error: "password is required where jira_server_url gets another scheme, host or port." },
    ]);
    expect(given.status).toBe(200);
  });

  it.each([`${somewhere}:443/`, "HTTPS://CUSTOMER.atlassian.net/jira"])("needs no password for the same origin: %s", async (address) => {
    const rig = await rigs.createUnverified();

    expect((await rig.call("PUT", itemUrl, { body: { jira_server_url: address } })).status).toBe(200);
  });

  it("tries out the stored password with what is new, and changes nothing where that fails", async () => {
    const { rig, jira } = await rigs.createVerified();

    const failed = await rig.call("PUT", itemUrl, { body: { username: "eve" } });
    expect([failed.status, failed.text.includes(notConnected)]).toEqual([400, true]);
    expect(rig.asked.at(-1)?.headers?.["authorization"]).toBe(basic("eve", plantedPassword));
    expect((await rig.call("GET", itemUrl)).json()).toMatchObject({ username: "ada" });

    jira.addAccount({ name: "eve", token: "t", password: plantedPassword, createsIssues: true });
    expect((await rig.call("PUT", itemUrl, { body: { username: "eve" } })).status).toBe(200);
    expect((await rig.call("GET", itemUrl)).json()).toMatchObject({ username: "eve" });
  });

  it("uses a new password from then on", async () => {
    const { rig, jira } = await rigs.createVerified();
    jira.addAccount({ name: "eve", token: "t", password: "another", createsIssues: true });

    await rig.call("PUT", itemUrl, { body: { username: "eve", password: "another" } });
    await rig.call("GET", `${statusUrl}?integrationName=${name}`);

    expect(rig.asked.at(-1)?.headers?.["authorization"]).toBe(basic("eve", "another"));
  });

  it("makes changes of one integration one after the other, each on what the one before left", async () => {
    const { rig, jira } = await rigs.createVerified();
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
    const { rig } = await rigs.createVerified();
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
    const rig = await rigs.createUnverified();

    const answers = await Promise.all([rig.call("DELETE", itemUrl), rig.call("DELETE", itemUrl)]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    expect((await rig.call("GET", itemUrl)).status).toBe(404);
    expect((await rig.create(fitting(somewhere))).status).toBe(200);
  });

  it("asks nobody", async () => {
    const { rig } = await rigs.createVerified();

    expect([(await rig.call("DELETE", itemUrl)).status, rig.asked]).toEqual([200, []]);
  });
});
