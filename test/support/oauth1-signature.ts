import { createVerify } from "node:crypto";
import type { Clock } from "../../src/shared/clock.js";

/** A request as its signature covers it (RFC 5849, 3.4.1). */
export interface SignedRequest {
  readonly method: string;
  /** Without query and fragment. */
  readonly url: string;
  readonly query: URLSearchParams;
  /** Of a body of type `application/x-www-form-urlencoded`. */
  readonly form?: URLSearchParams;
  readonly authorization: string;
}

export interface OAuth1Consumer {
  readonly consumerKey: string;
  /** PEM. */
  readonly publicKey: string;
}

/** Why a signed request is refused, in the words of the Problem Reporting extension, which Atlassian's servers speak. */
export type OAuth1Problem =
  | "parameter_absent"
  | "consumer_key_unknown"
  | "signature_method_rejected"
  | "timestamp_refused"
  | "nonce_used"
  | "signature_invalid"
  | "token_rejected"
  | "permission_unknown"
  | "permission_denied";

const longestSkewSeconds = 300;
const needed = ["oauth_consumer_key", "oauth_signature_method", "oauth_signature", "oauth_timestamp", "oauth_nonce"];

/** Checks signatures with RSA-SHA1, and that no request comes twice. */
export class OAuth1Checker {
  readonly #clock: Clock;
  readonly #consumer: OAuth1Consumer;
  readonly #seen = new Set<string>();

  constructor(consumer: OAuth1Consumer, clock: Clock) {
    this.#consumer = consumer;
    this.#clock = clock;
  }

  /** @returns the request's `oauth_` parameters, or why it is refused */
  check(request: SignedRequest): ReadonlyMap<string, string> | OAuth1Problem {
    const params = readHeader(request.authorization);
    const get = (name: string): string => params.get(name) ?? "";
    if (needed.some((name) => get(name) === "")) return "parameter_absent";
    if (get("oauth_consumer_key") !== this.#consumer.consumerKey) return "consumer_key_unknown";
    if (get("oauth_signature_method") !== "RSA-SHA1") return "signature_method_rejected";
    const ageSeconds = Math.abs(this.#clock.now() / 1_000 - Number(get("oauth_timestamp")));
    if (!(ageSeconds <= longestSkewSeconds)) return "timestamp_refused";
    if (!this.#isSigned(request, params)) return "signature_invalid";
    const once = [get("oauth_timestamp"), get("oauth_nonce"), get("oauth_token")].join(" ");
    if (this.#seen.has(once)) return "nonce_used";
    this.#seen.add(once);
    return params;
  }

  #isSigned(request: SignedRequest, params: ReadonlyMap<string, string>): boolean {
    const verify = createVerify("RSA-SHA1").update(baseStringOf(request, params));
    return verify.verify(this.#consumer.publicKey, params.get("oauth_signature") ?? "", "base64");
  }
}

/** RFC 5849, 3.5.1. */
function readHeader(authorization: string): ReadonlyMap<string, string> {
  const pairs = [...authorization.replace(/^OAuth\s+/i, "").matchAll(/([^\s,="]+)="([^"]*)"/g)];
  return new Map(pairs.map(([, name = "", value = ""]) => [decodeURIComponent(name), decodeURIComponent(value)]));
}

/** RFC 5849, 3.4.1.1. */
function baseStringOf({ method, url, query, form = new URLSearchParams() }: SignedRequest, params: ReadonlyMap<string, string>): string {
  const own = [...params].filter(([name]) => name !== "oauth_signature" && name !== "realm");
  const pairs = [...own, ...query, ...form].map(([name, value]) => [encode(name), encode(value)] as const);
  const sorted = pairs.sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue));
  return [method.toUpperCase(), url, sorted.map((pair) => pair.join("=")).join("&")].map(encode).join("&");
}

/** In the order of bytes: everything is ASCII by now. */
function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** RFC 5849, 3.6: all but letters, digits, `-`, `.`, `_` and `~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
