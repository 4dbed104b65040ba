import { describe, expect, it } from "vitest";
import { documentRefusals } from "./operation.js";
import type { OpenApiDocument } from "./openapi-document.js";
import { createOpenApi } from "./openapi.js";
import type { Method, Route, RouteDoc } from "./route.js";

const tags = [
  { name: "Second", description: "Comes first." },
  { name: "First", description: "Comes second." },
  { name: "Unused", description: "Has no routes." },
];

function route(method: Method, path: string, doc: Partial<RouteDoc> = {}, more: Partial<Route> = {}): Route {
  return { method, path, handle: () => ({ status: 200 }), doc: { tag: "First", summary: "Does it.", answers: {}, ...doc }, ...more };
}

function documentOf(...routes: readonly Route[]): OpenApiDocument {
  return createOpenApi({ routes, tags, version: "1.2.3" });
}

describe("the OpenAPI document", () => {
  it("has the documented routes only, by the order of the APIs", () => {
    const { doc: _doc, ...internal } = route("GET", "/internal");

    const document = documentOf(
      route("GET", "/a/:id", { params: { id: { type: "string" } } }),
      route("POST", "/b", { tag: "Second" }),
      internal,
    );

    expect(document.openapi).toBe("3.1.0");
    expect(document.info.version).toBe("1.2.3");
    expect(Object.keys(document.paths)).toEqual(["/b", "/a/{id}"]);
    expect(document.tags.map(({ name }) => name)).toEqual(["Second", "First"]);
    expect(document.paths["/a/{id}"]?.["get"]).toMatchObject({
      operationId: "getAId",
      tags: ["First"],
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
    });
  });

  it("shows schemas without the keywords that are our own", () => {
    const body = {
      type: "object",
      mistake: "It is wrong",
      properties: {
        secret: { type: "string", secret: true, format: "rsa-private-key" },
        url: { type: "string", format: "http-url", default: { secret: 1 } },
        at: { type: ["string", "null"], format: "date-time", enum: ["mistake"] },
        list: { type: "array", items: { mistake: "Each" } },
      },
      anyOf: [{ mistake: "x", required: ["secret"] }],
      additionalProperties: false,
    };

    const document = documentOf(route("PUT", "/a", { body }));

    expect(document.paths["/a"]?.["put"]?.requestBody?.content["application/json"]?.schema).toEqual({
      type: "object",
      properties: {
        secret: { type: "string" },
        url: { type: "string", format: "uri", default: { secret: 1 } },
        at: { type: ["string", "null"], format: "date-time", enum: ["mistake"] },
        list: { type: "array", items: {} },
      },
      anyOf: [{ required: ["secret"] }],
      additionalProperties: false,
    });
  });

  it("has the shape of errors once", () => {
    const document = documentOf(route("GET", "/a", { answers: documentRefusals({ 404: "There is none." }) }));

    expect(document.paths["/a"]?.["get"]?.responses["404"]).toEqual({
      description: "There is none.",
      content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
    });
    expect(document.components.schemas["Error"]).toMatchObject({ type: "object", required: ["errcode", "error"] });
  });

  it.each([
    { auth: "token", security: [{ bearer: [] }, { basic: [] }] },
    { auth: "token-if-sent", security: [{}, { bearer: [] }, { basic: [] }] },
    { auth: "token-word", security: [{ token: [] }] },
    { auth: "client", security: [{ client: [] }, { connect: [] }] },
    { auth: undefined, security: undefined },
  ] as const)("says who may call: $auth", ({ auth, security }) => {
    const document = documentOf(route("GET", "/a", auth === undefined ? {} : { auth }));

    expect(document.paths["/a"]?.["get"]?.security).toEqual(security);
    expect(Object.keys(document.components.securitySchemes)).toEqual(["bearer", "basic", "token", "connect", "client"]);
  });

  it("makes parameters of a query, required or not", () => {
    const query = {
      type: "object",
      required: ["a"],
      properties: { a: { type: "string", description: "One." }, b: { type: "integer", default: 1 } },
    };

    const document = documentOf(route("GET", "/a", { query }));

    expect(document.paths["/a"]?.["get"]?.parameters).toEqual([
      { name: "a", in: "query", required: true, description: "One.", schema: { type: "string" } },
      { name: "b", in: "query", schema: { type: "integer", default: 1 } },
    ]);
  });

  it("shows a route of all methods under those that it names, a GET without body", () => {
    const document = documentOf(route("ALL", "/a", { methods: ["GET", "POST"], body: {}, bodyTypes: ["*/*"] }));

    expect(Object.keys(document.paths["/a"] ?? {})).toEqual(["get", "post"]);
    expect(document.paths["/a"]?.["get"]?.requestBody).toBeUndefined();
    expect(document.paths["/a"]?.["post"]?.requestBody?.content).toEqual({ "*/*": { schema: {} } });
  });

  it("has an example of each body that can be told by its schema", () => {
    const body = {
      type: "object",
      required: ["name"],
      properties: { name: { type: "string", examples: ["builds"] }, n: { type: "number" } },
    };
    const answer = { type: "array", items: { type: "object", required: ["on"], properties: { on: { const: true } } } };

    const document = documentOf(
      route("PUT", "/a", { body, answers: { 200: { description: "Done.", schema: answer } } }),
      route("PUT", "/b", { body: { type: "object", required: ["name"], properties: { name: { type: "string" } } } }),
    );

    const { requestBody, responses } = document.paths["/a"]!["put"]!;
    expect(requestBody?.content["application/json"]).toEqual({ schema: body, example: { name: "builds" } });
    expect(responses["200"]?.content?.["application/json"]).toEqual({ schema: answer, example: [{ on: true }] });
    expect(document.paths["/b"]?.["put"]?.requestBody?.content["application/json"]).not.toHaveProperty("example");
  });

  it("takes the content types of a body from the route", () => {
    const form = "application/x-www-form-urlencoded";

    const document = documentOf(route("POST", "/a", { body: {} }, { accepts: [form] }));

    expect(Object.keys(document.paths["/a"]?.["post"]?.requestBody?.content ?? {})).toEqual([form]);
  });

  it.each([
    { title: "a tag that no API has", routes: [route("GET", "/a", { tag: "Third" })] },
    { title: "a parameter that is not described", routes: [route("GET", "/a/:id")] },
    { title: "a parameter that is not in the path", routes: [route("GET", "/a", { params: { id: {} } })] },
    { title: "a parameter of another name", routes: [route("GET", "/a/:id", { params: { name: {} } })] },
    { title: "a route of all methods that names none", routes: [route("ALL", "/a")] },
    { title: "a route twice", routes: [route("GET", "/a"), route("ALL", "/a", { methods: ["GET"] })] },
    {
      title: "paths that differ in the names of parameters only",
      routes: [route("GET", "/:a", { params: { a: {} } }), route("PUT", "/:b", { params: { b: {} } })],
    },
  ])("is not made of $title", ({ routes }) => {
    expect(() => documentOf(...routes)).toThrow(TypeError);
  });
});
