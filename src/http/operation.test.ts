import { describe, expect, it } from "vitest";
import { SwitchboardError } from "../core/errors.js";
import { errorSchema } from "./error-schema.js";
import { roomIdSchema, userIdSchema } from "./matrix-parameters.js";
import { createOperation } from "./operation.js";
import type { Answer, Request, Route } from "./route.js";

function request(
  query: string,
  { body = "", params = {} }: { readonly body?: string; readonly params?: Record<string, string> } = {},
): Request {
  return { method: "GET", path: "/", params, query: new URLSearchParams(query), headers: {}, body: Buffer.from(body) };
}

async function refusalOf(route: Route, asked: Request): Promise<string> {
  const error: unknown = await Promise.resolve()
    .then(() => route.handle(asked))
    .catch((thrown: unknown) => thrown);
  return error instanceof SwitchboardError ? `${error.code} ${error.message}` : JSON.stringify(error);
}

const common = { tag: "Test", summary: "A test.", answer: { description: "What came.", schema: { type: "object" } } } as const;

describe("parameters of an operation", () => {
  const query = {
    type: "object",
    required: ["userId", "kind"],
    properties: {
      userId: userIdSchema,
      kind: { enum: ["a", "b"] },
      page: { type: "integer", minimum: 1, default: 1 },
      all: { type: "boolean" },
    },
  } as const;
  const list = createOperation({
    ...common,
    method: "GET",
    path: "/rooms/:roomId",
    params: { roomId: roomIdSchema },
    query,
    handle(input) {
      // Types follow from the schemas: this compiles only if they do.
      const typed: { roomId: `!${string}`; userId: `@${string}`; kind: "a" | "b"; page: number; all: boolean | undefined } = {
        roomId: input.params.roomId,
        userId: input.query.userId,
        kind: input.query.kind,
        page: input.query.page,
        all: input.query.all,
      };
      return { typed, query: input.query };
    },
  });
  const params = { roomId: "!room:example.org" };

  it("have the types of their schemas, and defaults", async () => {
    const answer = await list.handle(request("userId=@a:b&kind=a&all=true", { params }));

    expect(answer).toEqual({
      status: 200,
      body: {
        typed: { roomId: "!room:example.org", userId: "@a:b", kind: "a", page: 1, all: true },
        query: { userId: "@a:b", kind: "a", page: 1, all: true },
      },
    });
  });

  it("are dropped where the schema does not name them", async () => {
    const { body } = await list.handle(request("userId=@a:b&kind=a&other=1&__proto__=2", { params }));

    expect(body).toMatchObject({ query: { userId: "@a:b", kind: "a", page: 1 } });
    expect(Object.keys((body as { readonly query: object }).query)).toEqual(["userId", "kind", "page"]);
  });

  it.each([
    { title: "one that is missing, in its own words", query: "kind=a", says: "Invalid userId" },
    { title: "one that does not fit, in its own words", query: "userId=a&kind=a", says: "Invalid userId" },
    { title: "one that stands there twice", query: "userId=@a:b&userId=@a:b&kind=a", says: "Invalid userId" },
    { title: "one that is missing and has no words", query: "userId=@a:b", says: "kind: is required" },
    { title: "one that is no number", query: "userId=@a:b&kind=a&page=x", says: "page: must be integer" },
    { title: "one that is empty", query: "userId=@a:b&kind=a&page=", says: "page: must be integer" },
    { title: "one that is too small", query: "userId=@a:b&kind=a&page=0", says: "page: must be >= 1" },
  ])("refuses $title", async ({ query: sent, says }) => {
    expect(await refusalOf(list, request(sent, { params }))).toBe(`HS_BAD_VALUE ${says}`);
  });

  it("of the path are checked after those of the query", async () => {
    expect(await refusalOf(list, request("kind=a", { params: { roomId: "x" } }))).toBe("HS_BAD_VALUE Invalid userId");
    expect(await refusalOf(list, request("userId=@a:b&kind=a", { params: { roomId: "x" } }))).toBe("HS_BAD_VALUE Invalid roomId");
  });

  it("are documented by the very schemas that check them", () => {
    expect(list.doc?.query).toBe(query);
    expect(list.doc?.params?.["roomId"]).toBe(roomIdSchema);
  });
});

describe("the body of an operation", () => {
  const schema = { type: "object" };
  const put = createOperation({
    ...common,
    method: "PUT",
    path: "/things",
    body: { schema, maxBytes: 2_048 },
    handle: ({ body }) => ({ body }),
  });

  it.each([
    { sent: '{"a":[1,{"b":null}]}', got: { a: [1, { b: null }] } },
    { sent: "[]", got: [] },
    { sent: "null", got: null },
    { sent: "", got: undefined },
    { sent: '{"__proto__":{"x":1},"a":1}', got: { a: 1 } },
    { sent: `${"[".repeat(64)}${"]".repeat(64)}`, got: JSON.parse(`${"[".repeat(64)}${"]".repeat(64)}`) as unknown },
  ])("$sent is handed over as it is", async ({ sent, got }) => {
    expect(await put.handle(request("", { body: sent }))).toEqual({ status: 200, body: { body: got } });
  });

  it.each([
    { sent: "{", says: "The body is not JSON." },
    { sent: " ", says: "The body is not JSON." },
    { sent: `${"[".repeat(66)}${"]".repeat(66)}`, says: "The body is nested more than 64 levels deep." },
    { sent: '{"a":"\\u0000"}', says: "The body has text that is not well-formed Unicode, or has a NUL character." },
    { sent: '{"a":["\\ud800"]}', says: "The body has text that is not well-formed Unicode, or has a NUL character." },
    { sent: '{"\\u0000":1}', says: "The body has text that is not well-formed Unicode, or has a NUL character." },
  ])("is refused: $says", async ({ sent, says }) => {
    expect(await refusalOf(put, request("", { body: sent }))).toBe(`HS_BAD_VALUE ${says}`);
  });

  it("nested as deep as its size allows is refused like any other", async () => {
    expect(await refusalOf(put, request("", { body: '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000) }))).toMatch(/^HS_BAD_VALUE /);
  });

  it("is limited as the documents say", () => {
    expect(put.maxBodyBytes).toBe(2_048);
    expect(put.doc?.body).toBe(schema);
    expect(put.doc?.answers[413]).toEqual({ description: "The body is larger than 2 kB.", schema: errorSchema });
  });
});

describe("the caller of an operation", () => {
  const whoAmI = createOperation({
    ...common,
    method: "GET",
    path: "/me",
    auth: "token",
    authenticate: async ({ headers }) => ({ name: headers["authorization"] ?? "nobody" }),
    handle: ({ caller }) => caller,
  });

  it("is handed over as they were authenticated, one request's beside another's", async () => {
    const [ann, bob] = ["ann", "bob"].map((authorization) => ({ ...request(""), headers: { authorization } }));
    await whoAmI.access?.(ann!);
    await whoAmI.access?.(bob!);

    const answers: Answer[] = [await whoAmI.handle(ann!), await whoAmI.handle(bob!)];

    expect(answers.map(({ body }) => body)).toEqual([{ name: "ann" }, { name: "bob" }]);
  });

  it("may be refused, which the documents say", () => {
    expect(Object.keys(whoAmI.doc?.answers ?? {})).toEqual(["200", "401", "403"]);
  });
});

describe("the answer of an operation", () => {
  const routeOf = (answer: Parameters<typeof createOperation>[0]["answer"], body: object | undefined): Route =>
    createOperation({ ...common, method: "POST", path: "/things", answer, handle: () => body });

  it.each([
    { answer: { description: "Made.", status: 201, schema: {} }, body: { id: 1 }, expected: { status: 201, body: { id: 1 } } },
    { answer: { description: "Gone.", status: 204, headers: { a: "b" } }, body: undefined, expected: { status: 204, headers: { a: "b" } } },
    { answer: { description: "There.", schema: {} }, body: {}, expected: { status: 200, body: {} } },
  ])("has the status, headers and body that it says: $expected", async ({ answer, body, expected }) => {
    const route = routeOf(answer, body);

    expect(await route.handle(request(""))).toEqual(expected);
    expect(route.doc?.answers[expected.status]).toMatchObject({ description: answer.description });
  });

  it("is refused, in the documents, in the shape of its API", () => {
    const refusalSchema = { type: "object", required: ["detail"] };

    const { doc } = createOperation({
      ...common,
      method: "GET",
      path: "/things",
      refusals: { 404: "None." },
      refusalSchema,
      handle: () => ({}),
    });

    expect(doc?.answers[404]).toEqual({ description: "None.", schema: refusalSchema });
  });

  it("is 415 where the body is of a type that it does not take, which the documents say", () => {
    const body = { schema: {}, maxBytes: 10, accepts: ["application/json"] };

    const route = createOperation({ ...common, method: "POST", path: "/things", body, handle: () => ({}) });

    expect([route.accepts, Object.keys(route.doc?.answers ?? {})]).toEqual([["application/json"], ["200", "400", "413", "415"]]);
  });

  it("follows from a body that is read in its own way, and from the request itself", async () => {
    const body = { schema: {}, maxBytes: 10, read: (asked: Request) => asked.body.toString().toUpperCase() };
    const route = createOperation({
      ...common,
      method: "POST",
      path: "/things",
      body,
      handle: (input) => ({ read: input.body, method: input.head.method }),
    });

    expect(await route.handle(request("", { body: "<a/>" }))).toMatchObject({ body: { read: "<A/>", method: "GET" } });
  });
});
