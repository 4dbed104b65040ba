import type { IncomingMessage, ServerResponse } from "node:http";
import { SwitchboardError } from "../core/errors.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import type { BodyShare } from "./body-budget.js";
import { takesContentType } from "./content-type.js";
import { toFailure } from "./failure.js";
import type { RouteMatch } from "./hot-routes.js";
import { ClientGoneError, hasBody, readBody } from "./read-body.js";
import type { Answer, ErrorBody, Failure, RefusedRequest, Request, RequestHead, Route } from "./route.js";
import { splitTarget } from "./target.js";
import { writeAnswer } from "./write-answer.js";

export interface ExchangeOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly errorBody: ErrorBody;
  /** Length of the listener's prefix, which handlers do not see. */
  readonly prefixLength: number;
}

const noBytes = Buffer.alloc(0);
const warnEveryMs = 60_000;

/**
 * One request from its route to its answer. Both roads, the short one and Express, end here, so they cannot differ in what they answer.
 * The order is: access, content type, size, body, handler.
 */
export class Exchanges {
  readonly #options: ExchangeOptions;
  #running = 0;
  #stopping = false;
  #whenIdle: (() => void) | undefined;
  /** When the next wrong token of a route is worth a warning. */
  readonly #warnAgainAt = new Map<Route, number>();

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Runs the route's handler. Never rejects. */
  async serve(message: IncomingMessage, response: ServerResponse, { route, params }: RouteMatch): Promise<void> {
    this.#running += 1;
    let share: BodyShare | undefined;
    try {
      const request = new IncomingRequest(message, params, this.#options.prefixLength);
      if (route.access !== undefined) await route.access(request);
      if (route.maxBodyBytes !== undefined && request.method !== "GET" && hasBody(message)) {
        checkContentType(route, request);
        share = route.bodyBudget?.open();
        request.body = await readBody(message, route.maxBodyBytes, share);
      }
      this.#write(message, response, withHeaders(await route.handle(request), route.answerHeaders));
    } catch (error) {
      this.refuse(message, response, error, route);
    } finally {
      share?.release();
      this.#end();
    }
  }

  #end(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#whenIdle?.();
  }

  /** Answers with an error, in the shape of the route if one was found. Never throws. */
  refuse(message: IncomingMessage, response: ServerResponse, error: unknown, route?: Route, headers: Answer["headers"] = {}): void {
    if (error instanceof ClientGoneError) return;
    const failure = toFailure(error, () => this.#options.random.token(12));
    const answer = this.#shapeRefusal(error, failure, message, route);
    // An API may have another status for it: one that is the sender's own doing is nothing to warn of.
    this.#logRefusal(error, { ...failure, status: answer.status }, message.method, route);
    this.#write(message, response, withHeaders(answer, { ...route?.answerHeaders, ...headers }));
  }

  #shapeRefusal(error: unknown, failure: Failure, message: IncomingMessage, route: Route | undefined): Answer {
    // An inner failure has an id, which the sender needs.
    const isRefusal = failure.id === undefined && error instanceof SwitchboardError;
    const request = new IncomingRequest(message, {}, this.#options.prefixLength);
    const own = isRefusal && route?.refuse !== undefined ? this.#askRoute(route.refuse, error, request) : undefined;
    return own ?? (route?.errorBody ?? this.#options.errorBody)(failure, request);
  }

  /** A mistake in the shape of an answer must not keep the answer from going out. */
  #askRoute(refuse: NonNullable<Route["refuse"]>, error: SwitchboardError, request: RefusedRequest): Answer | undefined {
    try {
      return refuse(error, request);
    } catch (mistake) {
      this.#options.log.error({ error: mistake }, "The answer to a refused request could not be given its own shape");
      return undefined;
    }
  }

  /** From now on every answer ends its connection. Resolves when no handler runs any more, its client still there or not. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  /** Asks who calls for what no row serves. @returns false where that was refused, and is answered */
  async admits(message: IncomingMessage, response: ServerResponse, route: Route): Promise<boolean> {
    this.#running += 1;
    try {
      await route.accessBelow?.(new IncomingRequest(message, {}, this.#options.prefixLength));
      return true;
    } catch (error) {
      this.refuse(message, response, error, route);
      return false;
    } finally {
      this.#end();
    }
  }

  /** Answers without a handler, for example OPTIONS. */
  answer(message: IncomingMessage, response: ServerResponse, answer: Answer): void {
    this.#write(message, response, answer);
  }

  #logRefusal(error: unknown, failure: Failure, method: string | undefined, route: Route | undefined): void {
    const { log } = this.#options;
    const where = { method, route: route?.path, status: failure.status };
    if (failure.id !== undefined) log.error({ ...where, id: failure.id, error }, "A request failed unexpectedly");
    else if (failure.status >= 500) log.warn({ ...where, error }, "A request could not be served");
    else if (route !== undefined && failure.code === "HS_BAD_TOKEN" && this.#isTimeToWarn(route)) {
      log.warn({ ...where, reason: failure.message }, "A request with a missing or wrong token, secret or signature was refused");
    } else log.debug({ ...where, code: failure.code, reason: failure.message }, "A request was refused");
  }

  /** An administrator must see that a secret is wrong; a stranger who tries them must not fill the disk. */
  #isTimeToWarn(route: Route): boolean {
    const now = this.#options.clock.now();
    if (now < (this.#warnAgainAt.get(route) ?? 0)) return false;
    this.#warnAgainAt.set(route, now + warnEveryMs);
    return true;
  }

  #write(message: IncomingMessage, response: ServerResponse, answer: Answer): void {
    writeAnswer(message, response, answer, { clock: this.#options.clock, close: this.#stopping });
  }
}

/** What the answer says itself goes before what goes with every answer. */
function withHeaders(answer: Answer, headers: Answer["headers"]): Answer {
  return headers === undefined ? answer : { ...answer, headers: { ...headers, ...answer.headers } };
}

function pathBelow(path: string, prefixLength: number): string {
  return path.slice(prefixLength) || "/";
}

function checkContentType({ accepts }: Route, { headers }: RequestHead): void {
  if (accepts === undefined || takesContentType(accepts, headers["content-type"])) return;
  throw new SwitchboardError("HS_UNSUPPORTED_MEDIA_TYPE", `The route takes a body of type ${accepts.join(" or ")}.`);
}

class IncomingRequest implements Request {
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  body: Buffer = noBytes;
  readonly #search: string;
  #query: URLSearchParams | undefined;

  constructor(message: IncomingMessage, params: Readonly<Record<string, string>>, prefixLength: number) {
    const { path, search } = splitTarget(message.url ?? "/");
    this.method = message.method ?? "GET";
    this.path = pathBelow(path, prefixLength);
    this.params = params;
    // Only `set-cookie` can be an array, and nobody sends that to a server.
    this.headers = message.headers as Readonly<Record<string, string | undefined>>;
    this.#search = search;
  }

  /** Parsed when asked for: most requests have no query. */
  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.#search);
    return this.#query;
  }
}
