import { sign, type KeyObject } from "node:crypto";
import type { SignedRequest } from "./signer.js";

/** Who signs: the application link at Jira, known by its consumer key. */
export interface Consumer {
  readonly key: string;
  readonly privateKey: KeyObject;
}

/** What makes each signature another one. */
interface Freshness {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Not used twice within a second. */
  readonly nonce: string;
}

type Parameter = readonly [name: string, value: string];

/**
 * The header that signs a request by OAuth 1.0a with RSA-SHA1, which is the method that Jira takes (RFC 5849, section 3).
 * @param parameters further ones of the protocol: `oauth_token`, `oauth_callback`, `oauth_verifier`
 */
export function oauth1Header(
  request: SignedRequest,
  consumer: Consumer,
  parameters: Readonly<Record<string, string>>,
  { nowMs, nonce }: Freshness,
): string {
  const unsigned: readonly Parameter[] = Object.entries({
    oauth_consumer_key: consumer.key,
    oauth_nonce: nonce,
    oauth_signature_method: "RSA-SHA1",
    oauth_timestamp: String(Math.floor(nowMs / 1000)),
    oauth_version: "1.0",
    ...parameters,
  });
  const signature = sign("sha1", Buffer.from(signatureBase(request, unsigned), "utf8"), consumer.privateKey).toString("base64");
  const signed: readonly Parameter[] = [...unsigned, ["oauth_signature", signature]];
  return `OAuth ${signed.map(([name, value]) => `${encode(name)}="${encode(value)}"`).join(", ")}`;
}

/**
 * What is signed: method, address and all parameters (RFC 5849, section 3.4.1).
 * @param parameters those of the protocol, and of the body where it is a form; the query's are added
 */
export function signatureBase(
  { method, url }: { readonly method: string; readonly url: string },
  parameters: readonly Parameter[],
): string {
  const address = new URL(url);
  // A URL leaves out the usual port and writes scheme and host in small letters, as section 3.4.1.2 asks for.
  const base = `${address.origin}${address.pathname}`;
  return [method.toUpperCase(), base, normalised([...address.searchParams, ...parameters])].map(encode).join("&");
}

/** Sorted by encoded name, then by encoded value, byte by byte (section 3.4.1.3.2). */
function normalised(parameters: readonly Parameter[]): string {
  return parameters
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Everything but letters, digits, `-`, `.`, `_` and `~` (section 3.6). */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
