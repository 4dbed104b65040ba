import { createHash, createHmac } from "node:crypto";

/** A request by POST to the path `/` of an AWS service, as its JSON protocols are. */
export interface AwsRequest {
  readonly host: string;
  /** To be signed besides host and date. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly region: string;
  readonly service: string;
  /** Milliseconds since the epoch. AWS takes no request that is more than five minutes old, or as much ahead. */
  readonly now: number;
}

export interface AwsKey {
  readonly id: string;
  readonly secret: string;
}

const algorithm = "AWS4-HMAC-SHA256";

/**
 * The headers that show AWS who asks (Signature Version 4, "Create a signed AWS API request"); those of the request are among them, the
 * host is not.
 */
export function signRequest(request: AwsRequest, key: AwsKey): Readonly<Record<string, string>> {
  const time = basicTime(request.now);
  const scope = [time.slice(0, 8), request.region, request.service, "aws4_request"];
  const headers = { ...lowerCased(request.headers), "x-amz-date": time };
  const { canonical, signed } = canonicalRequest({ ...headers, host: request.host }, request.body);
  const signature = hmac(signingKey(key, scope), [algorithm, time, scope.join("/"), sha256(canonical)].join("\n")).toString("hex");
  const authorization = `${algorithm} Credential=${key.id}/${scope.join("/")}, SignedHeaders=${signed}, Signature=${signature}`;
  return { ...headers, authorization };
}

function canonicalRequest(
  headers: Readonly<Record<string, string>>,
  body: string,
): { readonly canonical: string; readonly signed: string } {
  const names = Object.keys(headers).sort();
  const signed = names.join(";");
  const lines = names.map((name) => `${name}:${(headers[name] ?? "").trim().replace(/ +/g, " ")}`);
  // Method, path, query, headers, a line between, their names, and the body.
  return { canonical: ["POST", "/", "", ...lines, "", signed, sha256(body)].join("\n"), signed };
}

/** Good for one day, region and service. */
function signingKey({ secret }: AwsKey, scope: readonly string[]): Buffer {
  return scope.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`, "utf8"));
}

/** As `20150830T123600Z`. */
function basicTime(now: number): string {
  return new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function lowerCased(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text, "utf8").digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
