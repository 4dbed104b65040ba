import { createHash } from "node:crypto";

/** What of a request its signature covers. Bodies never count. */
export interface CanonicalRequest {
  readonly method: string;
  /** Below the base address, still percent-encoded, as sent. */
  readonly path: string;
  /** Decoded. */
  readonly query: URLSearchParams;
}

/** The parameter in which a token may stand instead of the header; it cannot sign itself. */
const tokenParameter = "jwt";

/**
 * The hash that the claim `qsh` of a Connect JWT has to be: SHA-256, in lower-case hexadecimal, of the canonical request (Atlassian,
 * "Understanding JWT for Connect apps", section "Creating a query string hash").
 */
export function queryStringHash(request: CanonicalRequest): string {
  return createHash("sha256").update(canonicalRequest(request)).digest("hex");
}

export function canonicalRequest({ method, path, query }: CanonicalRequest): string {
  return [method.toUpperCase(), canonicalPath(path), canonicalQuery(query)].join("&");
}

/** An `&` in it would let one part of the text run into the next. */
function canonicalPath(path: string): string {
  const rooted = (path.startsWith("/") ? path : `/${path}`).replaceAll("&", "%26");
  return rooted.length > 1 && rooted.endsWith("/") ? rooted.slice(0, -1) : rooted;
}

function canonicalQuery(query: URLSearchParams): string {
  const names = [...new Set(query.keys())].filter((name) => name !== tokenParameter).sort(byCodePoint);
  return names.map((name) => `${encode(name)}=${query.getAll(name).sort(byCodePoint).map(encode).join(",")}`).join("&");
}

/** By the bytes of UTF-8, whose order is that of the code points; JavaScript's own order is another beyond U+FFFF. */
function byCodePoint(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** RFC 3986, section 2.3: all but unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
