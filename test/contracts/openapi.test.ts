import { Ajv2020 } from "ajv/dist/2020.js";
import addFormatsModule from "ajv-formats";
import { describe, expect, it } from "vitest";
import { apiDocuments, publicRoutes } from "../../scripts/api-documents.js";
import type { JsonSchema, Route } from "../../src/http/route.js";
import type { OpenApiDocument, OpenApiOperation } from "../../src/http/openapi-document.js";

// The repository's own file.
const document = JSON.parse(apiDocuments().find(({ path }) => path.endsWith("openapi.json"))?.content ?? "{}") as OpenApiDocument;

const operations: readonly (readonly [string, OpenApiOperation])[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
);

/** Methods and paths of a route, as the document writes them. */
function namesOf({ method, path, doc }: Route): readonly string[] {
  const methods = method === "ALL" ? (doc?.methods ?? []) : [method];
  return methods.map((each) => `${each} ${path.replace(/:(\w+)/g, "{$1}")}`);
}

/** Every schema of the document, with where it stands. */
function schemasOf(): readonly (readonly [string, JsonSchema])[] {
  const ofOperations = operations.flatMap(([name, { parameters = [], requestBody, responses }]) => [
    ...parameters.map((parameter) => [`${name} ${parameter.name}`, parameter.schema] as const),
    ...[requestBody?.content ?? {}, ...Object.values(responses).map(({ content = {} }) => content)].flatMap((content) =>
      Object.entries(content).flatMap(([type, { schema }]) => (schema === undefined ? [] : [[`${name} ${type}`, schema] as const])),
    ),
  ]);
  return [...ofOperations, ...Object.entries(document.components.schemas)];
}

/** What OpenAPI 3.1 asks of a document, as far as ours uses it (https://spec.openapis.org/oas/3.1/schema/2022-10-07). */
const structure = {
  type: "object",
  required: ["openapi", "info", "paths"],
  additionalProperties: false,
  properties: {
    openapi: { const: "3.1.0" },
    info: {
      type: "object",
      required: ["title", "version"],
      additionalProperties: false,
      properties: {
        title: { type: "string" },
        version: { type: "string" },
        description: { type: "string" },
        license: {
          type: "object",
          required: ["name"],
          additionalProperties: false,
          properties: { name: { type: "string" }, identifier: { type: "string" } },
        },
      },
    },
    servers: { type: "array", items: { type: "object", required: ["url"], properties: { url: { type: "string" } } } },
    tags: {
      type: "array",
      items: {
        type: "object",
        required: ["name"],
        additionalProperties: false,
        properties: { name: { type: "string" }, description: { type: "string" } },
      },
    },
    paths: {
      type: "object",
      propertyNames: { pattern: "^/" },
      additionalProperties: {
        type: "object",
        propertyNames: { enum: ["get", "put", "post", "delete", "patch"] },
        additionalProperties: { $ref: "#/$defs/operation" },
      },
    },
    components: {
      type: "object",
      additionalProperties: false,
      properties: {
        schemas: { type: "object", propertyNames: { pattern: "^[a-zA-Z0-9._-]+$" } },
        securitySchemes: {
          type: "object",
          additionalProperties: {
            type: "object",
            required: ["type"],
            additionalProperties: false,
            properties: {
              type: { enum: ["http", "apiKey"] },
              scheme: { enum: ["bearer", "basic"] },
              in: { const: "header" },
              name: { type: "string" },
              description: { type: "string" },
            },
            if: { properties: { type: { const: "http" } } },
            then: { required: ["scheme"] },
            else: { required: ["in", "name"] },
          },
        },
      },
    },
  },
  $defs: {
    operation: {
      type: "object",
      required: ["responses"],
      additionalProperties: false,
      properties: {
        operationId: { type: "string" },
        tags: { type: "array", items: { type: "string" } },
        summary: { type: "string", minLength: 1 },
        description: { type: "string" },
        security: { type: "array", items: { type: "object", additionalProperties: { type: "array" } } },
        parameters: { type: "array", items: { $ref: "#/$defs/parameter" } },
        requestBody: {
          type: "object",
          required: ["content"],
          additionalProperties: false,
          properties: { required: { type: "boolean" }, content: { $ref: "#/$defs/content" } },
        },
        responses: {
          type: "object",
          minProperties: 1,
          propertyNames: { pattern: "^[1-5][0-9]{2}$" },
          additionalProperties: {
            type: "object",
            required: ["description"],
            additionalProperties: false,
            properties: { description: { type: "string", minLength: 1 }, content: { $ref: "#/$defs/content" } },
          },
        },
      },
    },
    parameter: {
      type: "object",
      required: ["name", "in", "schema"],
      additionalProperties: false,
      properties: {
        name: { type: "string" },
        in: { enum: ["path", "query"] },
        required: { type: "boolean" },
        description: { type: "string" },
        schema: { type: "object" },
      },
      if: { properties: { in: { const: "path" } } },
      then: { required: ["required"], properties: { required: { const: true } } },
    },
    content: {
      type: "object",
      additionalProperties: { type: "object", additionalProperties: false, properties: { schema: { type: "object" }, example: true } },
    },
  },
};

function createValidator(): Ajv2020 {
  const ajv = new Ajv2020({ strictTypes: false, strictRequired: false, allowUnionTypes: true });
  addFormatsModule.default(ajv);
  return ajv;
}

describe("the OpenAPI document of all our APIs", () => {
  it("is one", () => {
    const validate = createValidator().compile(structure);

    validate(document);

    expect(validate.errors ?? []).toEqual([]);
  });

  it("has each public route once, and nothing else", () => {
    const documented = operations.map(([name]) => name);

    expect([...documented].sort()).toEqual(publicRoutes().flatMap(namesOf).sort());
    expect(new Set(documented).size).toBe(documented.length);
  });

  it("tells of each route of every listener", () => {
    expect(publicRoutes().filter(({ doc }) => doc === undefined)).toEqual([]);
  });

  it.each(publicRoutes().map((route) => ({ title: `${route.method} ${route.path}`, route })))(
    "describes $title as it is served",
    ({ route }) => {
      for (const name of namesOf(route)) {
        const { parameters = [], requestBody, responses, security } = operations.find(([other]) => other === name)![1];
        const { query, params = {}, answers, auth } = route.doc!;
        const names = (place: string): readonly string[] =>
          parameters.filter((parameter) => parameter.in === place).map((each) => each.name);

        expect(names("path")).toEqual(Object.keys(params));
        expect(names("query")).toEqual(Object.keys(query?.["properties"] ?? {}));
        expect(Object.keys(responses)).toEqual(Object.keys(answers));
        expect(requestBody !== undefined).toBe(route.maxBodyBytes !== undefined && !name.startsWith("GET "));
        expect(security !== undefined).toBe(auth !== undefined);
        // Who has to show a token is asked for it before anything else.
        if (auth !== undefined) expect(route.access).toBeDefined();
      }
    },
  );

  it("has schemas that any reader of JSON Schema 2020-12 takes", () => {
    const ajv = createValidator();
    // Where a validator finds what references name.
    const place = "https://example.org/schemas";
    ajv.addSchema({ $id: place, $defs: document.components.schemas });

    for (const [where, schema] of schemasOf()) {
      const absolute = JSON.parse(JSON.stringify(schema).replaceAll("#/components/schemas/", `${place}#/$defs/`)) as JsonSchema;

      expect(() => ajv.compile(absolute), where).not.toThrow();
    }
  });

  it("has examples that fit their schemas", () => {
    const examples = operations.flatMap(([name, { requestBody, responses }]) =>
      [requestBody?.content ?? {}, ...Object.values(responses).map(({ content = {} }) => content)].flatMap((content) =>
        Object.values(content).flatMap(({ schema, example }) =>
          schema === undefined || example === undefined ? [] : [{ name, schema, example }],
        ),
      ),
    );

    expect(examples.map(({ name }) => name)).toEqual(expect.arrayContaining(["PUT /v1/{roomId}/connections/{connection}"]));
    for (const { name, schema, example } of examples) {
      const validate = createValidator().compile(schema);
      validate(example);
      expect(validate.errors ?? [], name).toEqual([]);
    }
  });

  it("names no operation twice", () => {
    const ids = operations.map(([, { operationId }]) => operationId);

    expect(new Set(ids).size).toBe(ids.length);
  });

  it("refers to nothing that is not there", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)].map(([, target]) => target);

    expect([...new Set(references)]).toEqual(["#/components/schemas/Error"]);
    expect(document.components.schemas).toHaveProperty("Error");
  });

  it("holds no keyword that is our own", () => {
    expect(JSON.stringify(document)).not.toMatch(/"(?:mistake|secret)":(?:"|true)/);
  });
});
