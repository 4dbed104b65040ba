import { ValidationError } from "../core/errors.js";
import type { HttpClient, HttpResponse } from "../core/ports/http-client.js";
import { baseUrl, parseHttpUrl } from "../shared/url.js";
import { compileSchema, type Validated } from "../shared/validate.js";
import { checkId, checkScopes } from "./devinfo-caller-rules.js";
import type { DevinfoScope } from "./devinfo-callers.js";
import { inOrder, withIncluded } from "./devinfo-scopes.js";

/*
 * What a Connect app says of itself (Atlassian, "Connect app descriptor"). Whoever can change it could have us send the secret of an
 * installation elsewhere: so the descriptor, the app's base address and its lifecycle addresses have one origin.
 */
const timeoutMs = 10_000;
/** Real ones have a few kilobytes. */
const maxBytes = 262_144;

export interface ConnectDescriptor {
  readonly key: string;
  readonly title?: string;
  /** Without trailing slash. */
  readonly baseUrl: string;
  readonly installedUrl: string;
  readonly uninstalledUrl?: string;
  /** Of development information, without those that they include; never empty. */
  readonly scopes: readonly DevinfoScope[];
  /** Whether it wants installations signed with a key that it looks up. */
  readonly wantsSignature: boolean;
}

interface WrittenDescriptor {
  readonly key: string;
  readonly name?: string;
  readonly baseUrl: string;
  readonly authentication: { readonly type: string };
  readonly lifecycle: { readonly installed: string; readonly uninstalled?: string };
  readonly scopes?: readonly string[];
  readonly apiMigrations?: { readonly "signed-install"?: unknown };
}

const schema = {
  type: "object",
  required: ["key", "baseUrl", "authentication", "lifecycle"],
  properties: {
    key: { type: "string", maxLength: 255 },
    name: { type: "string", maxLength: 1000 },
    baseUrl: { type: "string", maxLength: 2000 },
    authentication: { type: "object", required: ["type"], properties: { type: { type: "string" } } },
    lifecycle: {
      type: "object",
      required: ["installed"],
      properties: { installed: { type: "string", maxLength: 2000 }, uninstalled: { type: "string", maxLength: 2000 } },
    },
    scopes: { type: "array", maxItems: 100, items: { type: "string", maxLength: 100 } },
    apiMigrations: { type: "object" },
  },
} as const;

/**
 * @param url as an administrator typed it
 * @throws ValidationError for one that may not be asked, and for a descriptor that is none or reaches beyond its origin; RemoteError
 */
export type ReadDescriptor = (url: string, allowsHttp: boolean) => Promise<ConnectDescriptor>;

/** @param http for addresses that somebody typed */
export function createDescriptorReader(http: HttpClient): ReadDescriptor {
  const validate = compileSchema<WrittenDescriptor>(schema);
  return async (url, allowsHttp) => {
    const { href, host, origin } = readAddress(url, allowsHttp);
    const response = await http.request({
      ...{ method: "GET", url: href, timeoutMs, staysAtOrigin: true },
      headers: { accept: "application/json" },
    });
    return toDescriptor(parse(response, host, validate), origin);
  };
}

function readAddress(url: string, allowsHttp: boolean): URL {
  const address = parseHttpUrl(url);
  if (address === undefined) throw new ValidationError("The address of the descriptor must begin with https://.");
  if (address.username !== "" || address.password !== "")
    throw new ValidationError("The address of the descriptor may hold no credentials.");
  if (address.protocol === "http:" && !allowsHttp) {
    throw new ValidationError(
      "The address of the descriptor must begin with https://: whoever listens on the way would learn the secret of the installation. With --allow-http it may be http://.",
    );
  }
  return address;
}

function parse(
  { status, bytes, body }: HttpResponse,
  host: string,
  validate: (value: unknown) => Validated<WrittenDescriptor>,
): WrittenDescriptor {
  if (status !== 200) throw new ValidationError(`${host} answered with status ${status} instead of a descriptor.`);
  if (bytes.length > maxBytes) throw new ValidationError(`What ${host} answered is too long for a descriptor.`);
  const checked = validate(readJson(body));
  if (checked.ok) return checked.value;
  // Only names of our own schema: the rest is the remote's text.
  const places = checked.problems.map(({ place, keyword, params }) =>
    keyword === "required" ? `${place}/${String(params["missingProperty"])}` : place,
  );
  throw new ValidationError(
    `What ${host} answered is no descriptor of a Connect app: see ${[...new Set(places)].join(", ") || "all of it"}.`,
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toDescriptor(written: WrittenDescriptor, origin: string): ConnectDescriptor {
  const { key, name, authentication, lifecycle } = written;
  checkId(key, "app");
  if (authentication.type.toLowerCase() !== "jwt")
    throw new ValidationError("The app does not ask for JWT, so it could not sign what it sends.");
  const base = parseHttpUrl(written.baseUrl);
  if (base === undefined || !isAt(base, origin)) throw elsewhere("baseUrl");
  const below = (path: string, what: string): string => lifecycleUrl(baseUrl(base), path, origin, what);
  return {
    key,
    ...(name === undefined ? {} : { title: name }),
    baseUrl: baseUrl(base),
    installedUrl: below(lifecycle.installed, "lifecycle.installed"),
    ...(lifecycle.uninstalled === undefined ? {} : { uninstalledUrl: below(lifecycle.uninstalled, "lifecycle.uninstalled") }),
    scopes: readScopes(written.scopes ?? []),
    wantsSignature: written.apiMigrations?.["signed-install"] === true,
  };
}

/** Paths stand behind the base address as they are; some apps write whole addresses. */
function lifecycleUrl(base: string, path: string, origin: string, what: string): string {
  const isWhole = /^https?:\/\//i.test(path);
  const url = parseHttpUrl(isWhole ? path : `${base}${path.startsWith("/") ? "" : "/"}${path}`);
  if (url === undefined || !isAt(url, origin)) throw elsewhere(what);
  return url.href;
}

function isAt(url: URL, origin: string): boolean {
  return url.origin === origin && url.username === "" && url.password === "";
}

function elsewhere(what: string): ValidationError {
  return new ValidationError(
    `The descriptor's ${what} is not at the address where the descriptor is: scheme, host and port have to be the same.`,
  );
}

/** Others than those of development information give nothing here. */
function readScopes(written: readonly string[]): readonly DevinfoScope[] {
  const upper = written.map((scope) => scope.toUpperCase());
  const known = inOrder(upper.filter((scope): scope is DevinfoScope => ["READ", "WRITE", "DELETE"].includes(scope)));
  if (known.length === 0)
    throw new ValidationError("The app asks for none of the scopes READ, WRITE and DELETE, so it could do nothing here.");
  return known;
}

/**
 * What an app gets of what it asks for.
 * @param limit what the administrator lets it have at most; absent: all that it asks for
 * @throws ValidationError for a scope that it does not ask for
 */
export function grantedScopes({ scopes }: ConnectDescriptor, limit: readonly string[] | undefined): readonly DevinfoScope[] {
  if (limit === undefined) return scopes;
  checkScopes(limit);
  const asked = withIncluded(scopes);
  const beyond = limit.find((scope) => !asked.has(scope));
  if (beyond !== undefined) throw new ValidationError(`The app does not ask for ${beyond}; it asks for ${scopes.join(", ")}.`);
  return inOrder(limit);
}

/** What an app that is installed has still, where nothing else is said: no more than before, and no more than it asks for now. */
export function keptScopes({ scopes }: ConnectDescriptor, before: readonly DevinfoScope[]): readonly DevinfoScope[] {
  const asked = withIncluded(scopes);
  const kept = before.filter((scope) => asked.has(scope));
  // Where it asks for none of those, it asks for less.
  return kept.length === 0 ? scopes : kept;
}
