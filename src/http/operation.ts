import { errorSchema } from "./error-schema.js";
import { readJsonBody } from "./json-body.js";
import { createParameterReader, sentQuery } from "./parameters.js";
import { formatBytes } from "./read-body.js";
import type { ParameterName, ParameterValues, QueryValue } from "./parameter-types.js";
import type { DocumentedAnswer, JsonSchema, Method, Request, RequestHead, Route, RouteDoc } from "./route.js";

/** One thing that an API does: the schemas that check a request are those that its documents show. */
interface OperationOptions<Path extends string, Params, Query, Caller>
  extends Pick<RouteDoc, "tag" | "summary" | "description" | "auth">, Pick<Route, "errorBody" | "refuse" | "answerHeaders"> {
  readonly method: Exclude<Method, "ALL">;
  readonly path: Path;
  /** Schema of each parameter of the path. Absent: the path has none. */
  readonly params?: Params;
  /** Schema of the query, an object. What it does not name is dropped. */
  readonly query?: Query;
  /** JSON. Its schema is for the documents: `handle` gets it as it was sent, and says in its API's own words what does not fit. */
  readonly body?: { readonly schema: JsonSchema; readonly maxBytes: number };
  readonly answer: { readonly description: string; readonly schema: JsonSchema };
  /** By status, beside those that follow from parameters, body and access. */
  readonly refusals?: Readonly<Record<number, string>>;
  /** Who calls; runs before anything else of the request is looked at. @throws PermissionError */
  readonly authenticate?: (request: RequestHead) => Promise<Caller>;
  /** @returns the body of the answer, whose status is 200 */
  readonly handle: (input: OperationInput<ParameterValues<Params>, QueryValue<Query>, Caller>) => object | Promise<object>;
}

export interface OperationInput<Params, Query, Caller> {
  readonly params: Params;
  readonly query: Query;
  /** Undefined where none was sent. */
  readonly body: unknown;
  /** As `authenticate` gave it. */
  readonly caller: Caller;
}

/** Makes a route of an operation. */
export function createOperation<
  const Path extends string,
  const Params extends Readonly<Record<ParameterName<Path>, JsonSchema>>,
  const Query extends JsonSchema,
  Caller = undefined,
>(options: OperationOptions<Path, Params, Query, Caller>): Route {
  const { method, path, body, authenticate, errorBody, refuse, answerHeaders } = options;
  const callers = new WeakMap<RequestHead, Caller>();
  const readInput = createInputReader(options, callers);
  return {
    method,
    path,
    doc: documentOperation(options),
    ...(body === undefined ? {} : { maxBodyBytes: body.maxBytes }),
    ...(errorBody === undefined ? {} : { errorBody }),
    ...(refuse === undefined ? {} : { refuse }),
    ...(answerHeaders === undefined ? {} : { answerHeaders }),
    ...(authenticate === undefined ? {} : { access: async (request) => void callers.set(request, await authenticate(request)) }),
    handle: async (request) => ({ status: 200, body: await options.handle(readInput(request)) }),
  };
}

// The cast of `{}`: who names no parameters has none.
function createInputReader<Path extends string, Params, Query, Caller>(
  { params = {} as Params, query, body }: OperationOptions<Path, Params, Query, Caller>,
  callers: WeakMap<RequestHead, Caller>,
): (request: Request) => OperationInput<ParameterValues<Params>, QueryValue<Query>, Caller> {
  const readParams = createParameterReader({ properties: params });
  const readQuery = createParameterReader(query ?? {});
  return (request) => ({
    // The casts: the schemas say what came through them, and `access` ran before.
    query: readQuery(sentQuery(request.query)) as QueryValue<Query>,
    params: readParams(request.params) as ParameterValues<Params>,
    body: body === undefined ? undefined : readJsonBody(request.body),
    caller: callers.get(request) as Caller,
  });
}

function documentOperation<Path extends string, Params, Query, Caller>(options: OperationOptions<Path, Params, Query, Caller>): RouteDoc {
  const { tag, summary, description, auth, params, query, body, answer } = options;
  return {
    tag,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(auth === undefined ? {} : { auth }),
    // The casts: `createOperation` asks for schemas.
    ...(params === undefined ? {} : { params: params as Readonly<Record<string, JsonSchema>> }),
    ...(query === undefined ? {} : { query: query as JsonSchema }),
    ...(body === undefined ? {} : { body: body.schema }),
    answers: { 200: answer, ...documentRefusals({ ...impliedRefusals(options), ...options.refusals }) },
  };
}

function impliedRefusals<Path extends string, Params, Query, Caller>({
  auth,
  params,
  query,
  body,
}: OperationOptions<Path, Params, Query, Caller>): Readonly<Record<number, string>> {
  const isChecked = params !== undefined || query !== undefined || body !== undefined;
  return {
    ...(isChecked ? { 400: body === undefined ? "A parameter does not fit." : "A parameter or the body does not fit." } : {}),
    ...(auth === undefined ? {} : { 401: "The token is missing or wrong.", 403: "The token is not for this API." }),
    ...(body === undefined ? {} : { 413: `The body is larger than ${formatBytes(body.maxBytes)}.` }),
  };
}

/** Refusals in the default shape, by status. */
export function documentRefusals(refusals: Readonly<Record<number, string>>): Readonly<Record<number, DocumentedAnswer>> {
  return Object.fromEntries(Object.entries(refusals).map(([status, description]) => [status, { description, schema: errorSchema }]));
}
