import { METHODS } from "node:http";
import type { Route } from "./route.js";

/** A route and the parameters that the request's path has for it. */
export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

interface TrailingParameter {
  readonly route: Route;
  readonly name: string;
}

const noParams: Readonly<Record<string, string>> = Object.freeze({});
const withoutParams = /^[^:*{}()]*$/;
const withTrailingParam = /^([^:*{}()]*\/):(\w+)$/;

/** Finds hot rows by their usual spelling in one or two look-ups. Anything it does not know is Express's to judge. */
export class HotRoutes {
  readonly #exact = new Map<string, RouteMatch>();
  readonly #trailing = new Map<string, TrailingParameter>();

  /** @param prefix the listener's, without a slash at its end. @throws TypeError for a hot row whose path is not simple enough */
  constructor(routes: readonly Route[], prefix: string) {
    for (const route of routes) if (route.hot === true) this.#add(route, prefix);
  }

  #add(route: Route, prefix: string): void {
    // One look-up has to do, so a row for all methods stands under each that there is.
    for (const method of route.method === "ALL" ? METHODS : [route.method]) this.#addFor(method, route, prefix);
  }

  #addFor(method: string, route: Route, prefix: string): void {
    const start = `${method} ${prefix}`;
    const [, folder, name] = withTrailingParam.exec(route.path) ?? [];
    if (withoutParams.test(route.path)) this.#exact.set(start + route.path, { route, params: noParams });
    else if (folder !== undefined && name !== undefined) this.#trailing.set(start + folder, { route, name });
    else throw new TypeError(`A hot route may have one parameter, at its end: ${route.path}`);
  }

  /** @param path without the query */
  find(method: string, path: string): RouteMatch | undefined {
    return this.#exact.get(`${method} ${path}`) ?? this.#findTrailing(method, path);
  }

  #findTrailing(method: string, path: string): RouteMatch | undefined {
    const cut = path.lastIndexOf("/") + 1;
    const found = this.#trailing.get(`${method} ${path.slice(0, cut)}`);
    const raw = path.slice(cut);
    // An empty or encoded value is rare; Express knows what to do with it.
    if (found === undefined || raw === "" || raw.includes("%")) return undefined;
    return { route: found.route, params: { [found.name]: raw } };
  }
}
