import { errorSchema } from "./error-schema.js";
import type { DocumentTag, OpenApiContent, OpenApiDocument, OpenApiOperation, OpenApiParameter } from "./openapi-document.js";
import { exampleOf } from "./openapi-example.js";
import { toOpenApiSchema, translate } from "./openapi-schema.js";
import type { DocumentedAnswer, JsonSchema, Route, RouteDoc } from "./route.js";

export interface OpenApiOptions {
  /** Those without `doc` belong to no public API, and are left out. */
  readonly routes: readonly Route[];
  /** All APIs that there may be; those without a route are left out. */
  readonly tags: readonly DocumentTag[];
  /** Of the package. */
  readonly version: string;
  /** Where paths begin, if not at the top of the server that gives the document. */
  readonly serverUrl?: string;
}

const securitySchemes = {
  bearer: {
    type: "http",
    scheme: "bearer",
    description: "A token: of `provisioning.secret` or `api.tokens`, or from `switchboard token create`.",
  },
  basic: { type: "http", scheme: "basic", description: "Name and password of an administrator, of `api.admins`." },
  // Not among HTTP's registered schemes, which is what readers of the document would look it up in.
  token: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: "`Token <token>`: a token of `api.tokens`, or from `switchboard token create`.",
  },
  connect: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    description: "`JWT <token>`: signed by a Connect app, with the secret of its installation, for this very request.",
  },
  client: { type: "http", scheme: "bearer", description: "A token of an OAuth client, from `POST /oauth/token`." },
} as const;

const anyToken: readonly JsonSchema[] = [{ bearer: [] }, { basic: [] }];

const security: Readonly<Record<NonNullable<RouteDoc["auth"]>, readonly JsonSchema[]>> = {
  token: anyToken,
  "token-if-sent": [{}, ...anyToken],
  "token-word": [{ token: [] }],
  client: [{ client: [] }, { connect: [] }],
};

/** A route that is documented. */
interface Documented {
  readonly route: Route;
  readonly doc: RouteDoc;
}

/**
 * The OpenAPI 3.1 document of routes, in the order of their APIs.
 * @throws TypeError for a route whose documents are not whole, and for two with the same method and path
 */
export function createOpenApi({ routes, tags, version, serverUrl }: OpenApiOptions): OpenApiDocument {
  const documented = routes.flatMap((route): Documented[] => (route.doc === undefined ? [] : [{ route, doc: route.doc }]));
  const unknown = documented.find(({ doc }) => !tags.some(({ name }) => name === doc.tag));
  if (unknown !== undefined) throw new TypeError(`No API is called ${unknown.doc.tag}`);
  const sorted = tags.flatMap(({ name }) => documented.filter(({ doc }) => doc.tag === name));
  return {
    openapi: "3.1.0",
    info: {
      title: "Switchboard",
      version,
      description:
        "What Switchboard serves to programs. Answers are JSON unless they say otherwise; unknown members of a request are ignored.",
      license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
    },
    ...(serverUrl === undefined ? {} : { servers: [{ url: serverUrl }] }),
    tags: tags.filter(({ name }) => sorted.some(({ doc }) => doc.tag === name)),
    paths: toPaths(sorted),
    components: { schemas: { Error: translate(errorSchema) }, securitySchemes },
  };
}

function toPaths(documented: readonly Documented[]): OpenApiDocument["paths"] {
  const paths = new Map<string, Record<string, OpenApiOperation>>();
  for (const each of documented) {
    const path = each.route.path.replace(/:(\w+)/g, "{$1}");
    const operations = paths.get(path) ?? {};
    paths.set(path, operations);
    for (const method of methodsOf(each)) {
      if (operations[method] !== undefined) throw new TypeError(`Two routes for ${method} ${path}`);
      operations[method] = toOperation(each, method);
    }
  }
  checkShapes([...paths.keys()]);
  return Object.fromEntries(paths);
}

function methodsOf({ route, doc }: Documented): readonly string[] {
  const methods = route.method === "ALL" ? (doc.methods ?? []) : [route.method];
  if (methods.length === 0) throw new TypeError(`The documents do not say what methods ${route.path} takes`);
  return methods.map((method) => method.toLowerCase());
}

/** Paths that differ in nothing but the names of parameters are the same path, and may not both be there (OpenAPI 3.1, 4.8.8). */
function checkShapes(paths: readonly string[]): void {
  const shapes = paths.map((path) => path.replace(/\{\w+\}/g, "{}"));
  const twice = paths.find((_path, index) => shapes.indexOf(shapes[index] ?? "") !== index);
  if (twice !== undefined) throw new TypeError(`Two paths differ in the names of parameters only: ${twice}`);
}

function toOperation({ route: { path, accepts }, doc }: Documented, method: string): OpenApiOperation {
  const { tag, summary, description, auth, query, body, bodyTypes = accepts ?? ["application/json"] } = doc;
  const parameters = [...pathParameters(path, doc.params ?? {}), ...(query === undefined ? [] : queryParameters(query))];
  const takesBody = body !== undefined && method !== "get";
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(auth === undefined ? {} : { security: security[auth] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(takesBody ? { requestBody: { required: true, content: contentOf(bodyTypes, body) } } : {}),
    responses: Object.fromEntries(Object.entries(doc.answers).map(([status, answer]) => [status, toResponse(answer)])),
  };
}

/** `getV1RoomIdConnections`. */
function operationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  return method + (words.length === 0 ? "Root" : words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(""));
}

function pathParameters(path: string, schemas: Readonly<Record<string, JsonSchema>>): readonly OpenApiParameter[] {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => String(name));
  if (names.length !== Object.keys(schemas).length) throw new TypeError(`The documents and the path name other parameters: ${path}`);
  return names.map((name) => {
    const schema = schemas[name];
    if (schema === undefined) throw new TypeError(`The documents do not say what ${name} is in ${path}`);
    return toParameter(name, "path", schema, true);
  });
}

function queryParameters({ properties = {}, required = [] }: JsonSchema): readonly OpenApiParameter[] {
  // The schema of a query is ours: an object's.
  const schemas = properties as Readonly<Record<string, JsonSchema>>;
  return Object.entries(schemas).map(([name, schema]) =>
    toParameter(name, "query", schema, (required as readonly string[]).includes(name)),
  );
}

function toParameter(name: string, place: OpenApiParameter["in"], schema: JsonSchema, required: boolean): OpenApiParameter {
  const { description, ...others } = toOpenApiSchema(schema);
  return {
    name,
    in: place,
    ...(required ? { required } : {}),
    ...(typeof description === "string" ? { description } : {}),
    schema: others,
  };
}

function toResponse({ description, schema, contentType = "application/json" }: DocumentedAnswer): OpenApiOperation["responses"][string] {
  const isDescribed = schema !== undefined || contentType !== "application/json";
  return { description, ...(isDescribed ? { content: contentOf([contentType], schema) } : {}) };
}

function contentOf(types: readonly string[], schema: JsonSchema | undefined): OpenApiContent {
  const content = schema === undefined ? {} : { schema: toOpenApiSchema(schema), ...exampleFor(schema) };
  return Object.fromEntries(types.map((type) => [type, content]));
}

function exampleFor(schema: JsonSchema): { readonly example?: unknown } {
  const example = schema === errorSchema ? undefined : exampleOf(schema);
  return example === undefined ? {} : { example };
}
