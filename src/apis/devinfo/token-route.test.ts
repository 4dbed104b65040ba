import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "../../../test/support/ask.js";
import { configured, DevinfoAccessRig } from "../../../test/support/devinfo-access-rig.js";
import type { DevinfoAccess } from "../../callers/create-devinfo-access.js";
import { StorageError } from "../../core/errors.js";
import { createListener, type Listener } from "../../http/listener.js";
import { createInstallKeysRoutes, installKeysPath } from "./install-keys-route.js";
import { installKeysAlias } from "./schema.js";
import { createTokenRoute } from "./token-route.js";

const json = { "content-type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded" };
const fitting = { grant_type: "client_credentials", client_id: "ci", client_secret: "right", audience: "api.atlassian.com" };

let rig: DevinfoAccessRig;
let access: DevinfoAccess;
let listener: Listener;
let port: number;

beforeEach(async () => {
  rig = new DevinfoAccessRig();
  access = rig.access({ ...configured, clients: [{ ...configured.clients[0]!, scopes: ["DELETE", "READ"] }] });
  const callers = { grantToken: (id: string, secret: string) => access.callers.grantToken(id, secret) };
  const routes = [
    createTokenRoute({ callers, tag: "Devinfo" }),
    ...createInstallKeysRoutes({ publicKey: async (kid) => (kid === "k1" ? "-----BEGIN PUBLIC KEY-----\n" : undefined), tag: "Devinfo" }),
  ];
  const { log, clock, random } = rig;
  listener = createListener({ bindAddress: "127.0.0.1", port: 0, routes, log, clock, random });
  ({ port } = await listener.start());
});

afterEach(async () => {
  await listener.stop();
  await rig.http.close();
});

function post(body: object | string, headers: Readonly<Record<string, string>> = json): Promise<Asked> {
  return ask(port, "/oauth/token", { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) });
}

describe("POST /oauth/token", () => {
  it.each([
    { title: "JSON, as Atlassian's clients send it", body: fitting, headers: json },
    { title: "JSON without audience", body: { ...fitting, audience: undefined }, headers: json },
    { title: "JSON with more than it needs", body: { ...fitting, scope: "x", extra: { a: [1] } }, headers: json },
    { title: "JSON with a character set", body: fitting, headers: { "content-type": "application/json; charset=utf-8" } },
    { title: "JSON without a type", body: fitting, headers: {} },
    { title: "a form", body: new URLSearchParams(fitting).toString(), headers: form },
    { title: "a form without audience", body: "grant_type=client_credentials&client_id=c%69&client_secret=right", headers: form },
  ])("gives a token for $title", async ({ body, headers }) => {
    const answer = await post(body, headers);

    expect([answer.status, answer.json()]).toEqual([
      200,
      { access_token: expect.stringMatching(/^sbt_/) as string, expires_in: 900, token_type: "Bearer", scope: "READ WRITE DELETE" },
    ]);
    expect([answer.headers["cache-control"], answer.headers["pragma"], answer.headers["content-type"]]).toEqual([
      ...["no-store", "no-cache", "application/json"],
    ]);
  });

  it.each([
    { title: "a wrong secret", body: { ...fitting, client_secret: "wrong" } },
    { title: "an unknown id", body: { ...fitting, client_id: "nobody" } },
  ])("answers 401 to $title, the same to both", async ({ body }) => {
    const answer = await post(body);

    expect([answer.status, answer.json()]).toEqual([401, { error: "invalid_client" }]);
    expect(answer.headers["www-authenticate"]).toContain("Bearer");
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  it.each([
    { title: "another grant type", body: { ...fitting, grant_type: "password" }, error: "unsupported_grant_type" },
    { title: "no grant type", body: { ...fitting, grant_type: undefined }, error: "invalid_request" },
    { title: "a grant type that is no text", body: { ...fitting, grant_type: 1 }, error: "invalid_request" },
    { title: "no id", body: { ...fitting, client_id: "" }, error: "invalid_request" },
    { title: "no secret", body: { ...fitting, client_secret: null }, error: "invalid_request" },
    { title: "a list", body: [fitting], error: "invalid_request" },
    { title: "a text", body: '"x"', error: "invalid_request" },
    { title: "no JSON", body: "{", error: "invalid_request" },
    { title: "no body", body: "", error: "invalid_request" },
    { title: "deep JSON", body: `${"[".repeat(5000)}${"]".repeat(5000)}`, error: "invalid_request" },
    { title: "inherited members", body: `{"__proto__": ${JSON.stringify(fitting)}}`, error: "invalid_request" },
    {
      title: "a form with something twice",
      body: `${new URLSearchParams(fitting).toString()}&client_id=x`,
      headers: form,
      error: "invalid_request",
    },
    { title: "a form that is JSON", body: fitting, headers: form, error: "invalid_request" },
    { title: "another type", body: fitting, headers: { "content-type": "text/plain" }, error: "invalid_request" },
  ])("answers 400 $error to $title", async ({ body, headers, error }) => {
    const answer = await post(body, headers);

    expect([answer.status, answer.json()]).toEqual([400, { error, error_description: expect.any(String) as string }]);
    expect(answer.text).not.toMatch(/right|wrong/);
  });

  it("takes 16 KiB and no more", async () => {
    const padded = (length: number): string => JSON.stringify(fitting).padEnd(length);

    expect((await post(padded(16_384))).status).toBe(200);
    const answer = await post(padded(16_385));
    expect([answer.status, answer.json()]).toEqual([413, { error: "invalid_request", error_description: expect.any(String) as string }]);
  });

  it("answers 429 to those who guess, and says when to go on", async () => {
    const answers: Asked[] = [];
    for (let count = 0; count < 11; count += 1) answers.push(await post({ ...fitting, client_secret: `wrong${count}` }));

    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    expect([answers.at(-1)?.headers["retry-after"], answers.at(-1)?.json()]).toEqual([
      "5",
      { error: "temporarily_unavailable", error_description: expect.any(String) as string },
    ]);
  });

  it("answers no 401 where something of ours fails", async () => {
    rig.isDiskFull = true;
    const full = await post(fitting);
    access = { ...access, callers: { ...access.callers, grantToken: () => Promise.reject(new StorageError("planted-path")) } };
    const broken = await post(fitting);

    expect([full.status, full.headers["retry-after"], full.json()]).toMatchObject([503, "5", { error: "temporarily_unavailable" }]);
    expect([broken.status, broken.json()]).toEqual([
      500,
      { error: "server_error", error_description: expect.any(String) as string, id: expect.any(String) as string },
    ]);
    expect(broken.text).not.toContain("planted");
  });

  it("is asked with POST alone", async () => {
    expect((await ask(port, "/oauth/token")).status).toBe(405);
  });

  it("writes no secret to the log", async () => {
    await post({ ...fitting, client_secret: "wrong-secret" });
    await post({ ...fitting, client_id: "planted-secret" });
    await post("{planted-secret");
    const { access_token: token } = (await post(fitting)).json() as { access_token: string };

    expect(rig.logged.join()).not.toMatch(/wrong-secret|planted-secret|"right"/);
    expect(rig.logged.join()).not.toContain(token);
  });
});

describe("keys of installations", () => {
  it.each([installKeysPath, installKeysAlias])("are given in PEM at %s", async (path) => {
    const answer = await ask(port, `${path}k1`);

    expect([answer.status, answer.headers["content-type"], answer.text]).toEqual([
      200,
      "text/plain; charset=utf-8",
      "-----BEGIN PUBLIC KEY-----\n",
    ]);
    expect((await ask(port, `${path}k2`)).status).toBe(404);
    expect((await ask(port, `${path}..%2Fk1`)).status).toBe(404);
  });
});
