import type { RequestListener } from "node:http";
import express, { type NextFunction, type Request, type RequestHandler, type Response } from "express";
import { SwitchboardError, ValidationError } from "../core/errors.js";
import type { Exchanges } from "./exchange.js";
import { noSuchRoute } from "./failure.js";
import type { Route } from "./route.js";

/** What the paths that matched so far would have taken, for the answer when the method did not. */
interface Near {
  readonly route: Route;
  readonly methods: Set<string>;
}

/** Serves every row through Express, which knows trailing slashes, letter case and encoded parameters. */
export function createColdRoutes(routes: readonly Route[], prefix: string, exchanges: Exchanges): RequestListener {
  const near = new WeakMap<Request, Near>();
  const speakerOf = createSpeakers(routes, prefix);
  const app = express();
  app.disable("x-powered-by").disable("etag").set("query parser", false);
  for (const [path, rows] of groupByPath(routes)) app.all(prefix + path, serveRows(rows, near, exchanges));
  app.use(async (request: Request, response: Response) => {
    const found = near.get(request);
    const speaker = found?.route ?? speakerOf(request.path);
    if (speaker?.accessBelow !== undefined && !(await exchanges.admits(request, response, speaker))) return;
    if (found === undefined) exchanges.refuse(request, response, noSuchRoute(), speaker);
    else answerOtherMethod(request, response, found, exchanges);
  });
  // Express tells an error handler by its four parameters.
  app.use(async (error: unknown, request: Request, response: Response, _next: NextFunction) => {
    // The router's only own error: a percent sign that encodes nothing.
    const refusal = error instanceof URIError ? new ValidationError("The path is not encoded well.") : error;
    const speaker = speakerOf(request.path);
    if (speaker?.accessBelow !== undefined && !(await exchanges.admits(request, response, speaker))) return;
    exchanges.refuse(request, response, refusal, speaker);
  });
  return app;
}

function groupByPath(routes: readonly Route[]): Map<string, readonly Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const rows = groups.get(route.path) ?? [];
    if (rows.some((row) => row.method === route.method || row.method === "ALL" || route.method === "ALL")) {
      throw new TypeError(`Two routes for ${route.method} ${route.path}`);
    }
    groups.set(route.path, [...rows, route]);
  }
  return new Map([...groups].sort(([left], [right]) => compareShapes(shapeOf(left), shapeOf(right))));
}

/** `/a/:b` as `.01`: of two shapes that one path can have, that with a word further left is the smaller one. */
function shapeOf(path: string): string {
  return path.replace(/\/(:?)[^/]*/g, (_segment, colon: string) => (colon === "" ? "0" : "1"));
}

function compareShapes(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

/** Serves the row with the request's method, or leaves the request to a later path that matches too. */
function serveRows(rows: readonly Route[], near: WeakMap<Request, Near>, exchanges: Exchanges): RequestHandler {
  return async (request, response, next) => {
    const route = rows.find((row) => takes(row, request, near.has(request)));
    if (route !== undefined) {
      // Only wildcard parameters are arrays, and no row has one.
      await exchanges.serve(request, response, { route, params: request.params as Record<string, string> });
      return;
    }
    const [first] = rows;
    if (first !== undefined) noteMethods(near, request, first, rows);
    next();
  };
}

function takes({ method }: Route, request: Request, isAnothers: boolean): boolean {
  if (method === "ALL") return !isAnothers;
  return method === (request.method === "HEAD" ? "GET" : request.method);
}

function noteMethods(near: WeakMap<Request, Near>, request: Request, route: Route, rows: readonly Route[]): void {
  const noted = near.get(request) ?? { route, methods: new Set() };
  near.set(request, noted);
  for (const { method } of rows) {
    noted.methods.add(method);
    if (method === "GET") noted.methods.add("HEAD");
  }
}

function answerOtherMethod(request: Request, response: Response, near: Near, exchanges: Exchanges): void {
  const allow = [...near.methods, "OPTIONS"].join(", ");
  if (request.method === "OPTIONS") exchanges.answer(request, response, { status: 204, headers: { ...near.route.answerHeaders, allow } });
  else exchanges.refuse(request, response, methodNotAllowed(allow), near.route, { allow });
}

/** Finds the row that speaks for paths which no row serves, if any does there. */
function createSpeakers(routes: readonly Route[], prefix: string): (path: string) => Route | undefined {
  const speakers = routes
    .flatMap((route) => (route.speaksBelow === undefined ? [] : [{ start: `${prefix}${route.speaksBelow}/`.toLowerCase(), route }]))
    .sort((left, right) => right.start.length - left.start.length);
  return (path) => speakers.find(({ start }) => `${path}/`.toLowerCase().startsWith(start))?.route;
}

function methodNotAllowed(allow: string): SwitchboardError {
  return new SwitchboardError("HS_METHOD_NOT_ALLOWED", `The route takes ${allow}.`);
}
