import { afterEach, describe, expect, it } from "vitest";
import { fitting, integrationsUrl, plantedPassword, statusUrl } from "../../../test/support/ticketing-rig.js";
import { itemUrl, name, nothingToChange, shown, somewhere, TicketingRigs, unknown } from "../../../test/support/ticketing-rigs.js";

const rigs = new TicketingRigs();
afterEach(() => rigs.stopAll());

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
      const rig = await rigs.createUnverified();

      const answered = await rig.call(method, path + end, { body });

      expect([answered.status, answered.headers["content-type"], answered.json()]).toEqual([200, "application/json", answer]);
    }
  });

  it("shows integrations as they were sent", async () => {
    const rig = rigs.create({ verifiesConnections: false });
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
    const rig = rigs.create({ verifiesConnections: false });
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
    const rig = await rigs.createUnverified();

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
    const answered = await rigs.create().call("GET", `/xray${path}`);

    expect([answered.status, answered.json()]).toEqual([404, { error: "There is no such route." }]);
  });

  it.each([
    { path: integrationsUrl, method: "DELETE", allow: "GET, HEAD, POST, PUT, OPTIONS" },
    { path: itemUrl, method: "POST", allow: "GET, HEAD, PUT, DELETE, OPTIONS" },
    { path: `${itemUrl}/details`, method: "PUT", allow: "GET, HEAD, OPTIONS" },
    { path: `${statusUrl}?integrationName=x`, method: "POST", allow: "GET, HEAD, OPTIONS" },
  ])("refuse $method on $path and tell what there is", async ({ path, method, allow }) => {
    const answered = await rigs.create().call(method, path);

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
    const rig = rigs.create({ verifiesConnections: false });
    await rig.create(fitting(somewhere, { connection_name: connectionName }));

    const details = await rig.call("GET", `${integrationsUrl}/${path}/details`);
    const status = await rig.call("GET", `${statusUrl}?integrationName=${path}`);
    const deleted = await rig.call("DELETE", `${integrationsUrl}/${path}`);

    expect(details.json()).toMatchObject({ connection_name: connectionName });
    expect(status.json()).toMatchObject({ integration_name: connectionName });
    expect(deleted.status).toBe(200);
  });

  it("that are encoded wrongly are refused in the API's shape", async () => {
    const answered = await rigs.create().call("GET", `${integrationsUrl}/%zz`);

    expect([answered.status, answered.json()]).toEqual([400, { error: "The path is not encoded well." }]);
  });
});
