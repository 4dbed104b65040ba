import { generateKeyPairSync } from "node:crypto";
import {
  createQueryStringHash,
  encodeAsymmetric,
  encodeSymmetric,
  fromMethodAndUrl,
  AsymmetricAlgorithm,
  SymmetricAlgorithm,
} from "atlassian-jwt";

export interface SignOptions {
  readonly key: string;
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** What the path is relative to. */
  readonly baseUrl?: string;
  /** Replace the usual ones; undefined leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** The claims that atlassian-jwt's users send for a request. */
export function claimsOf(method: string, url: string, { key, now, baseUrl, claims = {} }: SignOptions): object {
  const iat = Math.floor(now / 1_000);
  const qsh = createQueryStringHash(fromMethodAndUrl(method, url), false, baseUrl);
  return { iss: key, iat, exp: iat + 180, qsh, ...claims };
}

/** `Authorization` of a Connect app, made by Atlassian's own library. */
export function signed(method: string, url: string, options: SignOptions): string {
  return `JWT ${encodeSymmetric(claimsOf(method, url, options), options.secret)}`;
}

/** The same claims in a form that nobody may accept here. */
export function signedWrongly(algorithm: "none" | "RS256" | "HS384" | "HS512", method: string, url: string, options: SignOptions): string {
  const claims = claimsOf(method, url, options);
  if (algorithm === "none") return `JWT ${encode({ typ: "JWT", alg: "none" })}.${encode(claims)}.`;
  if (algorithm !== "RS256") return `JWT ${encodeSymmetric(claims, options.secret, SymmetricAlgorithm[algorithm])}`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return `JWT ${encodeAsymmetric(claims, pem, AsymmetricAlgorithm.RS256)}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
