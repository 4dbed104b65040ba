import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askRaw } from "../../../test/support/ask.js";
import { ConnectorsRig, fitting } from "../../../test/support/connectors-rig.js";

const list = "/api/v2/connectors/issue-tracker/";
const testing = "/api/v2/connectors/test-issue-tracker/";
const me = "/api/v2/users/me/";

const notProvided = "Authentication credentials were not provided.";
const forbidden = "You do not have permission to perform this action.";

let rig: ConnectorsRig;

beforeEach(async () => {
  rig = new ConnectorsRig();
  await rig.register("taken");
});

afterEach(() => rig.stop());

describe("who may call", () => {
  it.each([
    { authorization: undefined, detail: notProvided },
    { authorization: "", detail: notProvided },
    { authorization: "Bearer right", detail: notProvided },
    { authorization: "Basic ZWRpdG9yOnJpZ2h0", detail: notProvided },
    { authorization: "right", detail: notProvided },
    { authorization: "Token", detail: "Invalid token header. No credentials provided." },
    { authorization: "Token  ", detail: "Invalid token header. No credentials provided." },
    { authorization: 'Token ""', detail: "Invalid token header. No credentials provided." },
    { authorization: "Token ri ght", detail: "Invalid token header. Token string should not contain spaces." },
    { authorization: 'Token "ri ght"', detail: "Invalid token header. Token string should not contain spaces." },
    { authorization: "Token wrong", detail: "Invalid token." },
    { authorization: "Token RIGHT", detail: "Invalid token." },
    { authorization: 'Token ""right""', detail: "Invalid token." },
  ])("is not who sends $authorization", async ({ authorization, detail }) => {
    const headers = authorization === undefined ? {} : { authorization };

    for (const [method, path] of [
      ["GET", list],
      ["POST", testing],
      ["GET", me],
      ["DELETE", `${list}1`],
    ] as const) {
      const answer = await rig.call(method, path, { headers });
      expect([answer.status, answer.json(), answer.headers["www-authenticate"]]).toEqual([401, { detail }, "Token"]);
    }
  });

  it.each(["Token right", "token right", "TOKEN   right", 'Token "right"', "  Token right  "])(
    "is who sends the token as %j",
    async (authorization) => {
      expect((await rig.call("GET", list, { headers: { authorization } })).status).toBe(200);
    },
  );

  it.each([
    { token: "read", method: "POST", path: list },
    { token: "read", method: "PATCH", path: `${list}1/` },
    { token: "read", method: "DELETE", path: `${list}1/` },
    { token: "read", method: "POST", path: testing },
    { token: "other", method: "GET", path: list },
    { token: "other", method: "GET", path: `${list}1/` },
    { token: "other", method: "GET", path: me },
    { token: "other", method: "POST", path: testing },
  ])("is not who has a token without the scope: $token for $method $path", async ({ token, method, path }) => {
    const answer = await rig.call(method, path, { token, body: method === "POST" ? fitting : undefined });

    expect([answer.status, answer.json(), answer.headers["www-authenticate"]]).toEqual([403, { detail: forbidden }, undefined]);
  });
});

describe("what there is not", () => {
  it.each(["2", "0", "-1", "1.0", "1e0", "abc", "9007199254740993", "99999999999999999999", "%zz", "1%2F", "%31a"])(
    "is no connector: %s",
    async (id) => {
      for (const method of ["GET", "PATCH", "DELETE"]) {
        const answer = await rig.call(method, `${list}${id}/`, { body: method === "PATCH" ? {} : undefined });
        expect([answer.status, answer.json()]).toEqual([404, { detail: "Not found." }]);
      }
    },
  );

  it.each([
    "/api/v2",
    "/api/v2/",
    "/api/v2/none/",
    "/api/v2/connectors/",
    "/api/v2/connectors/issue-tracker/1/more/",
    "/API/V2/x",
    "/api/v2/%zz",
  ])("is no path: %s", async (path) => {
    const answer = await rig.call("GET", path, { headers: {} });

    expect([answer.status, answer.json()]).toEqual([404, { detail: "Not found." }]);
  });

  it("is refused in the listener's own shape outside of the API", async () => {
    expect((await rig.call("GET", "/other")).json()).toMatchObject({ errcode: "HS_NOTFOUND" });
  });

  it.each([
    { method: "PUT", path: `${list}1/`, allow: "GET, HEAD, PATCH, DELETE, OPTIONS" },
    { method: "POST", path: `${list}1/`, allow: "GET, HEAD, PATCH, DELETE, OPTIONS" },
    { method: "PUT", path: list, allow: "GET, HEAD, POST, OPTIONS" },
    { method: "PATCH", path: list, allow: "GET, HEAD, POST, OPTIONS" },
    { method: "DELETE", path: list, allow: "GET, HEAD, POST, OPTIONS" },
    { method: "GET", path: testing, allow: "POST, OPTIONS" },
    { method: "POST", path: me, allow: "GET, HEAD, OPTIONS" },
  ])("is no method: $method $path", async ({ method, path, allow }) => {
    const answer = await rig.call(method, path, { body: method === "GET" ? undefined : {} });

    expect([answer.status, answer.json(), answer.headers["allow"]]).toEqual([405, { detail: `Method "${method}" not allowed.` }, allow]);
  });
});

describe("a body", () => {
  it.each([
    { body: "{", detail: "JSON parse error - Unexpected text at character 1." },
    { body: '{"name": "x", "planted-secret}', detail: "JSON parse error - Unexpected text at character 30." },
    { body: "planted-secret", detail: "JSON parse error - The text is no JSON." },
    { body: '{"name": ', detail: "JSON parse error - The text ends too early." },
    { body: "[".repeat(70) + "]".repeat(70), detail: "JSON parse error - The body is nested more than 64 levels deep." },
    {
      body: '{"name": "\\ud800"}',
      detail: "JSON parse error - The body has text that is not well-formed Unicode, or has a NUL character.",
    },
  ])("that is no JSON is refused without being repeated: $detail", async ({ body, detail }) => {
    for (const [method, path] of [
      ["POST", list],
      ["PATCH", `${list}1/`],
      ["POST", testing],
    ] as const) {
      const answer = await rig.call(method, path, { body });
      expect([answer.status, answer.json()]).toEqual([400, { detail }]);
    }
    expect(rig.logged.join("\n")).not.toContain("planted-secret}");
  });

  it.each([
    { body: "[]", type: "list" },
    { body: '"text"', type: "str" },
    { body: "7", type: "int" },
    { body: "7.5", type: "float" },
    { body: "true", type: "bool" },
    { body: "null", type: "NoneType" },
  ])("that is no object is refused: $body", async ({ body, type }) => {
    for (const [method, path] of [
      ["POST", list],
      ["PATCH", `${list}1/`],
      ["POST", testing],
    ] as const) {
      const answer = await rig.call(method, path, { body });
      expect([answer.status, answer.json()]).toEqual([
        400,
        { non_field_errors: [`Invalid data. Expected a dictionary, but got ${type}.`] },
      ]);
    }
  });

  it.each(["text/plain", "text/plain; charset=utf-8", "application/x-www-form-urlencoded", "application/xml"])(
    "of the type %s is refused",
    async (type) => {
      const headers = { authorization: "Token right", "content-type": type };

      const answer = await rig.call("POST", list, { body: fitting, headers });

      expect([answer.status, answer.json()]).toEqual([415, { detail: `Unsupported media type "${type}" in request.` }]);
    },
  );

  it.each(["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])("of the type %s is taken", async (type) => {
    const headers = { authorization: "Token right", "content-type": type };

    expect((await rig.call("POST", list, { body: fitting, headers })).status).toBe(201);
  });

  it("that is missing has no fields", async () => {
    const answer = await rig.call("POST", list);

    expect([answer.status, Object.keys(answer.json() as object)]).toEqual([400, ["name", "system", "params"]]);
  });

  it("that is larger than a mebibyte is refused, before all of it came", async () => {
    const port = await rig.start();
    const head = `POST ${list} HTTP/1.1\r\nhost: x\r\nauthorization: Token right\r\ncontent-length: 1048577\r\n\r\n`;

    const text = await askRaw(port, head, "}");

    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(JSON.parse(text.slice(text.indexOf("{")))).toEqual({ detail: expect.stringContaining("1 MB") });
  });

  it("of a mebibyte is taken", async () => {
    const bare = JSON.stringify({ ...fitting, params: { ...fitting.params, filler: "" } });
    const body = bare.replace('"filler":""', `"filler":"${"x".repeat(1_048_576 - bare.length)}"`);

    expect((await rig.call("POST", list, { body })).status).toBe(201);
  });
});

describe("a failure of our own", () => {
  it("has the shape of the others, and an id for the log", async () => {
    rig.database.batch = () => {
      throw new Error("planted detail");
    };

    const answer = await rig.call("POST", list, { body: fitting });

    const { id } = answer.json() as { readonly id: string };
    expect([answer.status, answer.json()]).toEqual([500, { detail: "An internal error occurred", id: expect.any(String) }]);
    expect(rig.logged.join("\n")).toContain(id);
  });
});
