import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { basic } from "../../../test/support/callers-rig.js";
import { readDataFolder } from "../../../test/support/data-folder.js";
import { fitting, integrationsUrl, plantedPassword, serveDataFolder, statusUrl } from "../../../test/support/ticketing-rig.js";
import { itemUrl, name, requests, shown, somewhere, TicketingRigs } from "../../../test/support/ticketing-rigs.js";

const rigs = new TicketingRigs();
afterEach(() => rigs.stopAll());

describe("a store that fails", () => {
  it.each([
    { method: "POST", path: integrationsUrl, body: fitting(somewhere, { connection_name: "b" }), error: "Failed to create integration" },
    { method: "PUT", path: itemUrl, body: { username: "eve" }, error: "Failed to update integration" },
    { method: "PUT", path: integrationsUrl, body: { connection_name: name, username: "eve" }, error: "Failed to update integration" },
    { method: "DELETE", path: itemUrl, error: "Failed to delete integration" },
  ])("is told of $method $path, and nothing is changed", async ({ method, path, body, error }) => {
    const rig = await rigs.createUnverified();
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
    const rig = await rigs.createUnverified();
    await rig.database.close();

    const answered = await rig.call("GET", path);

    expect([answered.status, answered.json()]).toEqual([500, { error, id: expect.any(String) }]);
  });

  it("has no key to encrypt with: nothing is stored, and no Jira is asked", async () => {
    const rig = rigs.create({ hasKey: false });
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
    const rig = rigs.create();
    const jira = await rig.startJira();

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => rig.create(fitting(jira.url, { installation_type: index % 2 === 0 ? "cloud" : "server" }))),
    );

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ text }) => text.includes("already exists"))).toHaveLength(49);
    expect((await rig.call("GET", integrationsUrl)).json()).toHaveLength(1);
  });

  it("create fifty integrations of fifty names", async () => {
    const rig = rigs.create({ verifiesConnections: false });

    await Promise.all(Array.from({ length: 50 }, (_, index) => rig.create(fitting(somewhere, { connection_name: `i ${index}` }))));

    expect((await rig.call("GET", integrationsUrl)).json()).toHaveLength(50);
  });
});

describe("what is registered", () => {
  it("outlives a restart, and its password lies nowhere in plain, base64 or hex", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ticketing-"));
    try {
      const jira = await rigs.create().startJira();
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
    const { rig } = await rigs.createVerified();
    for (const { method, path } of requests.filter((request) => request.method === "GET")) await rig.call(method, path);

    expect(rig.answered.join("\n")).not.toContain("password");
  });
});
