import { decodeJwt, errors, importPKCS8, jwtVerify, SignJWT, type JWTPayload } from "jose";
import { equalInConstantTime } from "../shared/secret.js";
import { queryStringHash, type CanonicalRequest } from "./connect-request.js";
import type { SignedRequest } from "./devinfo-callers.js";

const skewSeconds = 30;
const longestSeconds = 3600;
/** As Atlassian's own tokens. */
const ownSeconds = 180;

/** What is wrong with a token whose signature is right: its sender may know, and so may the log. */
export type JwtFault = "expired" | "claims" | "query";

export type JwtVerdict = { readonly ok: true } | { readonly ok: false; readonly fault?: JwtFault };

/** The app that a token says it is from, which nothing proves yet; undefined for what is no token. */
export function readIssuer(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token);
    return typeof iss === "string" ? iss : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/**
 * Judges a Connect JWT (Atlassian, "Understanding JWT for Connect apps"): HS256 alone, with `exp`, `iat` and `qsh`. The fixed hash
 * `context-qsh`, which tokens of browsers have, is that of no request.
 * @param nowMs milliseconds since the epoch
 */
export async function judgeConnectJwt(token: string, sharedSecret: string, request: SignedRequest, nowMs: number): Promise<JwtVerdict> {
  const claims = await readClaims(token, sharedSecret, nowMs);
  if ("fault" in claims) return { ok: false, ...(claims.fault === undefined ? {} : { fault: claims.fault }) };
  if (!areTimesGood(claims.payload, nowMs)) return { ok: false, fault: "claims" };
  return isHashOf(claims.payload["qsh"], request) ? { ok: true } : { ok: false, fault: "query" };
}

type Claims = { readonly payload: JWTPayload } | { readonly fault: JwtFault | undefined };

async function readClaims(token: string, sharedSecret: string, nowMs: number): Promise<Claims> {
  try {
    const { payload } = await jwtVerify(token, Buffer.from(sharedSecret), {
      algorithms: ["HS256"],
      requiredClaims: ["iss", "exp", "iat", "qsh"],
      clockTolerance: skewSeconds,
      currentDate: new Date(nowMs),
    });
    return { payload };
  } catch (error) {
    // Of claims jose speaks only where the signature is right. What is no fault of the token is no 401.
    if (error instanceof errors.JWSSignatureVerificationFailed && error.cause !== undefined) throw error;
    if (error instanceof errors.JWTExpired) return { fault: "expired" };
    if (error instanceof errors.JWTClaimValidationFailed) return { fault: "claims" };
    if (error instanceof errors.JOSEError) return { fault: undefined };
    throw error;
  }
}

function areTimesGood({ exp, iat }: JWTPayload, nowMs: number): boolean {
  if (exp === undefined || iat === undefined || !Number.isFinite(exp) || !Number.isFinite(iat)) return false;
  return exp - iat <= longestSeconds && exp >= iat && iat <= Math.floor(nowMs / 1000) + skewSeconds;
}

/** Every path is looked at, so that the time taken says nothing of which one fits. */
function isHashOf(qsh: unknown, { method, paths, query }: SignedRequest): boolean {
  if (typeof qsh !== "string") return false;
  return paths.map((path) => equalInConstantTime(qsh, queryStringHash({ method, path, query }))).includes(true);
}

/** What a token of ours says. */
interface OwnToken {
  /** Our `clientKey` at the app. */
  readonly issuer: string;
  readonly request: CanonicalRequest;
  readonly nowMs: number;
}

/** Signs a request to an app with the secret that it shares with us. */
export function signWithSecret(token: OwnToken, sharedSecret: string): Promise<string> {
  return begin(token).setProtectedHeader({ typ: "JWT", alg: "HS256" }).sign(Buffer.from(sharedSecret));
}

/** Signs one with our own key, which the app looks up by its `kid`. @param audience the app's base address */
export async function signWithKey(
  token: OwnToken & { readonly audience: string },
  key: { readonly kid: string; readonly privateKey: string },
): Promise<string> {
  return begin(token)
    .setAudience([token.audience])
    .setProtectedHeader({ typ: "JWT", alg: "RS256", kid: key.kid })
    .sign(await importPKCS8(key.privateKey, "RS256"));
}

function begin({ issuer, request, nowMs }: OwnToken): SignJWT {
  const issuedAt = Math.floor(nowMs / 1000);
  return new SignJWT({ qsh: queryStringHash(request) })
    .setIssuer(issuer)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ownSeconds);
}
