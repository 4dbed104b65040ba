import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { askRaw } from "../../../test/support/ask.js";
import { basic } from "../../../test/support/callers-rig.js";
import { readDataFolder } from "../../../test/support/data-folder.js";
import {
  baseUrl,
  fitting,
  forgottenKey,
  GitIntegrationsRig,
  integrationsUrl,
  plantedSecret,
  right,
  serveDataFolder,
  type GitIntegrationsRigOptions,
} from "../../../test/support/git-integrations-rig.js";

const rigs: GitIntegrationsRig[] = [];
afterEach(() => Promise.all(rigs.splice(0).map((rig) => rig.stop())));

function createRig(options?: GitIntegrationsRigOptions): GitIntegrationsRig {
  const rig = new GitIntegrationsRig(options);
  rigs.push(rig);
  return rig;
}

const reindexUrl = "/rest/gitplugin/2.0/reindex";

/** One for each operation. */
const requests = [
  { method: "POST", path: integrationsUrl, body: fitting },
  { method: "GET", path: integrationsUrl },
  { method: "GET", path: `${integrationsUrl}/1` },
  { method: "PUT", path: `${integrationsUrl}/1`, body: { disabled: true } },
  { method: "DELETE", path: `${integrationsUrl}/1` },
  { method: "PUT", path: `${baseUrl}/repository/1/disable?disable=true` },
  { method: "POST", path: reindexUrl, body: {} },
  { method: "GET", path: `${baseUrl}/index.json` },
] as readonly { method: string; path: string; body?: object }[];
const listRepositories = { method: "GET", path: `${baseUrl}/repository?all` };

describe("who may call the API", () => {
  const strangers = [
    {},
    ...["Bearer wrong", "Bearer ", "Basic !", "Token right", "right", basic("ada", "wrong"), basic("eve", "lovelace")].map(
      (authorization) => ({ authorization }),
    ),
  ];

  it.each([...requests, listRepositories])("is nobody who is not known: $method $path", async ({ method, path }) => {
    const rig = createRig();

    for (const headers of strangers) {
      const answered = await rig.call(method, path, { headers });

      const refusal = { success: false, error: "Unauthorized", advice: expect.stringContaining("administrator") };
      expect([answered.status, answered.headers["www-authenticate"], answered.json()]).toEqual([401, 'Basic realm="jira"', refusal]);
    }
  });

  it.each([...requests, listRepositories])("is no token of another API: $method $path", async ({ method, path }) => {
    const rig = createRig();

    for (const authorization of ["Bearer other", ...(path === listRepositories.path ? [] : ["Bearer read"])]) {
      const answered = await rig.call(method, path, { headers: { authorization } });

      const error = expect.stringContaining("lacks the scope git-integrations") as string;
      expect([answered.status, answered.json()]).toEqual([403, { success: false, error, advice: expect.any(String) }]);
    }
  });

  it.each([
    ...[...requests, listRepositories].flatMap((request) =>
      ["Bearer right", "bearer right", basic("ada", "lovelace")].map((authorization) => ({ ...request, authorization })),
    ),
    { ...listRepositories, authorization: "Bearer read" },
  ])(
    "is an administrator, or a token of its scope: $method $path $authorization",
    async ({ method, path, body, authorization }: (typeof requests)[number] & { authorization: string }) => {
      const rig = createRig();
      await rig.create();
      rig.repositories.onProgress = () => ({ threadId: "t", isFinished: true, perRepository: {}, errors: {}, percent: 100 });

      expect((await rig.call(method, path, { body, headers: { authorization } })).status).toBe(200);
    },
  );
});

describe("a body", () => {
  const types = [
    ...[
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/jsonp",
      "application/a+json",
    ].map((type) => [`content-type: ${type}`]),
    ["content-type:"],
    [],
  ];

  it.each(requests.filter(({ method }) => method !== "GET"))(
    "of another type than JSON is refused, also where it would not be read: $method $path",
    async ({ method, path }) => {
      const rig = createRig();
      await rig.create();

      for (const type of types) {
        const lines = [`${method} ${path} HTTP/1.1`, "host: x", `authorization: ${right.authorization}`, ...type, "content-length: 2"];
        const text = await askRaw(await rig.start(), `${lines.join("\r\n")}\r\n\r\n{}`, "}");

        expect(text).toMatch(/^HTTP\/1\.1 415 /);
        expect(JSON.parse(text.slice(text.indexOf("{")))).toEqual({
          success: false,
          error: expect.any(String),
          advice: expect.any(String),
        });
      }
      expect(await rig.integrations.all()).toMatchObject([{ settings: { disabled: false } }]);
    },
  );

  it.each(["application/json", "Application/JSON; charset=utf-8"])("may say that it is JSON in any way: %s", async (type) => {
    const answered = await createRig().call("POST", integrationsUrl, { body: fitting, headers: { ...right, "content-type": type } });

    expect(answered.status).toBe(200);
  });

  it("that is larger than a mebibyte is refused", async () => {
    const rig = createRig();

    for (const body of [
      { ...fitting, apiFilter: "x".repeat(1_048_576) },
      { ...fitting, apiFilter: "x".repeat(1_048_576 - 200) },
    ]) {
      await rig.call("POST", integrationsUrl, { body });
    }

    const [refused, taken] = [await rig.call("POST", integrationsUrl, { body: "x".repeat(1_048_577) }), await rig.integrations.all()];
    expect([refused.status, refused.json()]).toEqual([413, { success: false, error: expect.any(String), advice: expect.any(String) }]);
    expect(taken).toHaveLength(1);
  });

  it("is not read before its sender is known", async () => {
    const port = await createRig().start();

    const text = await askRaw(port, `POST ${integrationsUrl} HTTP/1.1\r\nhost: x\r\ncontent-length: 9999999\r\n\r\n`, "}");

    expect(text).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe("a store that fails", () => {
  const changes = requests.filter(({ path, method }) => method !== "GET" && path !== reindexUrl);

  it.each(changes)("is told of $method $path, and nothing is changed", async ({ method, path, body }) => {
    const rig = createRig();
    await rig.create();
    const before = await rig.registry.list(0, 10);
    const woken = rig.repositories.woken.length;
    rig.isDiskFull = true;

    const answered = await rig.call(method, path, { body });

    const { id } = answered.json() as { id: string };
    const refusal = { success: false, error: "An internal error occurred", advice: expect.stringContaining("log"), id: expect.any(String) };
    expect([answered.status, answered.json()]).toEqual([500, refusal]);
    expect(rig.logged.join()).toContain(id);
    expect([await rig.registry.list(0, 10), rig.repositories.woken.length]).toEqual([before, woken]);
  });

  it("has no key to encrypt with", async () => {
    const rig = createRig({ hasKey: false });

    const answered = await rig.create();

    expect([answered.status, (await rig.call("GET", integrationsUrl)).json()]).toEqual([500, { success: true, integrations: [] }]);
    expect(rig.logged.join()).toContain("storage.keyFile");
  });
});

describe("fifty requests at once", () => {
  it("create fifty integrations with ids of their own", async () => {
    const rig = createRig();

    await Promise.all(Array.from({ length: 50 }, () => rig.create()));

    expect((await rig.integrations.all()).map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });

  it("change fifty things of one integration, and none is lost", async () => {
    const rig = createRig();
    await rig.create({ ...fitting, global: false });
    const changes = Array.from({ length: 25 }, (_, index) => [{ displayName: `n${index}` }, { maxMinsToCommitEmail: index }]).flat();

    const answers = await Promise.all(changes.map((body) => rig.call("PUT", `${integrationsUrl}/1`, { body })));

    expect(answers.map(({ status }) => status)).toEqual(changes.map(() => 200));
    expect(await rig.integrations.find(1)).toMatchObject({
      displayName: expect.stringMatching(/^n\d+$/),
      settings: { maxMinsToCommitEmail: expect.any(Number) },
    });
  });

  it("remove an integration once", async () => {
    const rig = createRig();
    await rig.create();

    const answers = await Promise.all(Array.from({ length: 50 }, () => rig.call("DELETE", `${integrationsUrl}/1`)));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

describe("what is registered", () => {
  it("takes its repositories along in the batch that removes it", async () => {
    const rig = createRig();
    await rig.create();
    rig.isDiskFull = true;
    await rig.call("DELETE", `${integrationsUrl}/1`);
    const kept = await rig.database.get(`${forgottenKey}1`);
    rig.isDiskFull = false;

    await rig.call("DELETE", `${integrationsUrl}/1`);

    expect([kept, await rig.database.get(`${forgottenKey}1`)]).toEqual([undefined, "1"]);
  });

  it("outlives a restart, and its secrets lie nowhere in plain, base64 or hex", async () => {
    const folder = mkdtempSync(join(tmpdir(), "git-integrations-"));
    const secrets = { username: "planted-user-0815", password: "planted-password-0815", pat: plantedSecret };
    try {
      const first = await serveDataFolder(folder, async (rig) => {
        await rig.create({ type: "GITHUB", ...secrets });
        await rig.create({ type: "GITLAB", ...secrets });
        await rig.call("DELETE", `${integrationsUrl}/2`);
      });
      const second = await serveDataFolder(folder, async (rig) => {
        expect((await rig.registry.get(1))?.secrets).toEqual(secrets);
        expect((await rig.call("GET", integrationsUrl)).json()).toMatchObject({ integrations: [{ id: 1, integrationType: "GITHUB" }] });
        await rig.call("PUT", `${integrationsUrl}/1`, { body: { ...secrets, origin: "http://10.0.0.1" } });
        await rig.call("PUT", `${integrationsUrl}/1`, { body: { ...secrets, origin: `https://${plantedSecret}:x@a.example` } });
        await rig.call("POST", integrationsUrl, { body: `{"pat":"${plantedSecret}",` });
        await rig.call("POST", integrationsUrl, {
          body: { ...secrets, type: plantedSecret, disabled: plantedSecret, tagsFilter: [plantedSecret] },
        });
      });

      const { files, records } = await readDataFolder(folder);
      const everything = [...files.map(({ text }) => text), ...records.map(({ text }) => text), ...first, ...second];
      const forms = Object.values(secrets).flatMap((secret) => {
        const bytes = Buffer.from(secret);
        return [secret, bytes.toString("hex"), bytes.toString("base64").slice(0, -2)];
      });
      for (const form of forms) expect(everything.filter((text) => text.includes(form))).toEqual([]);
      expect(records.some(({ where }) => where.includes("git-integrations"))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
