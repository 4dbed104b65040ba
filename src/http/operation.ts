import { errorSchema } from "./error-schema.js";
import { readJsonBody } from "./json-body.js";
import { createParameterReader, sentQuery } from "./parameters.js";
import { formatBytes } from "./read-body.js";
import type { ParameterName, ParameterValues, QueryValue } from "./parameter-types.js";
import type { Answer, DocumentedAnswer, JsonSchema, Method, Request, RequestHead, Route, RouteDoc } from "./route.js";

/** One thing that an API does: the schemas that check a request are those that its documents show. */
interface OperationOptions<Path extends string, Params, Query, Caller>
  extends
    Pick<RouteDoc, "tag" | "summary" | "description" | "auth">,
    Pick<Route, "errorBody" | "refuse" | "speaksBelow" | "answerHeaders"> {
  readonly method: Exclude<Method, "ALL">;
  readonly path: Path;
  /** Schema of each parameter of the path. Absent: the path has none. */
  readonly params?: Params;
  /** Schema of the query, an object. What it does not name is dropped. */
  readonly query?: Query;
  /**
   * JSON, unless `read` says otherwise. Its schema is for the documents: `handle` gets it as it was sent, and says in its API's own words what
   * does not fit.
   */
  readonly body?: {
    readonly schema: JsonSchema;
    readonly maxBytes: number;
    readonly read?: (request: Request) => unknown;
    /** Content types that it takes; absent: any. */
    readonly accepts?: readonly string[];
  };
  readonly answer: GoodAnswer;
  /** By status, beside those that follow from parameters, body and access. */
  readonly refusals?: Readonly<Record<number, string>>;
  /** What refusals look like in the documents; the default shape unless given. */
  readonly refusalSchema?: JsonSchema;
  /** Who calls; runs before anything else of the request is looked at. @throws PermissionError */
  readonly authenticate?: (request: RequestHead) => Promise<Caller>;
  /** @returns the body of the answer; undefined where it has none */
  readonly handle: (
    input: OperationInput<ParameterValues<Params>, QueryValue<Query>, Caller>,
  ) => object | undefined | Promise<object | undefined>;
}

/** What comes back when all is well. */
interface GoodAnswer {
  /** 200 unless given. */
  readonly status?: number;
  readonly description: string;
  /** Absent: the answer has no body. */
  readonly schema?: JsonSchema;
  readonly headers?: NonNullable<Answer["headers"]>;
}

export interface OperationInput<Params, Query, Caller> {
  readonly params: Params;
  readonly query: Query;
  /** Undefined where none was sent. */
  readonly body: unknown;
  /** As `authenticate` gave it. */
  readonly caller: Caller;
  /** The request itself, for what has no schema. */
  readonly head: RequestHead;
}

/** Makes a route of an operation. */
export function createOperation<
  const Path extends string,
  const Params extends Readonly<Record<ParameterName<Path>, JsonSchema>>,
  const Query extends JsonSchema,
  Caller = undefined,
>(options: OperationOptions<Path, Params, Query, Caller>): Route {
  const { method, path, body, answer, authenticate, errorBody, refuse, speaksBelow, answerHeaders } = options;
  const callers = new WeakMap<RequestHead, Caller>();
  const readInput = createInputReader(options, callers);
  return {
    method,
    path,
    doc: documentOperation(options),
    ...(body === undefined ? {} : { maxBodyBytes: body.maxBytes }),
    ...(body?.accepts === undefined ? {} : { accepts: body.accepts }),
    ...(errorBody === undefined ? {} : { errorBody }),
    ...(refuse === undefined ? {} : { refuse }),
    ...(speaksBelow === undefined ? {} : { speaksBelow }),
    ...(answerHeaders === undefined ? {} : { answerHeaders }),
    ...(authenticate === undefined ? {} : { access: async (request) => void callers.set(request, await authenticate(request)) }),
    handle: async (request) => toAnswer(answer, await options.handle(readInput(request))),
  };
}

function toAnswer({ status = 200, headers }: GoodAnswer, body: object | undefined): Answer {
  return { status, ...(headers === undefined ? {} : { headers }), ...(body === undefined ? {} : { body }) };
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
    body: body === undefined ? undefined : (body.read ?? readJson)(request),
    caller: callers.get(request) as Caller,
    head: request,
  });
}

function readJson({ body }: Request): unknown {
  return readJsonBody(body);
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
    answers: {
      ...documentAnswer(answer),
      ...documentRefusals({ ...impliedRefusals(options), ...options.refusals }, options.refusalSchema),
    },
  };
}

function documentAnswer({ status = 200, description, schema }: GoodAnswer): Readonly<Record<number, DocumentedAnswer>> {
  return { [status]: { description, ...(schema === undefined ? {} : { schema }) } };
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
    ...(body?.accepts === undefined ? {} : { 415: `The body is of another type than ${body.accepts.join(" or ")}.` }),
  };
}

/** Refusals by status. @param schema the default shape unless given */
export function documentRefusals(
  refusals: Readonly<Record<number, string>>,
  schema: JsonSchema = errorSchema,
): Readonly<Record<number, DocumentedAnswer>> {
  return Object.fromEntries(Object.entries(refusals).map(([status, description]) => [status, { description, schema }]));
}
