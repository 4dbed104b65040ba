/** Why no answer came. */
export interface ConnectionFailure {
  /** What follows the host in a sentence. */
  readonly words: string;
  /** True when the request cannot have reached the remote. */
  readonly isUnsent: boolean;
}

/** Failures before anything was sent. */
const unsentCodes: readonly string[] = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT"];

/** The connection was there, and ended before the answer did. */
const cutCodes: readonly string[] = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"];

/**
 * What is wrong with a certificate (Node's and OpenSSL's names, "X509 certificate error codes" of node:tls). OpenSSL's own words would do,
 * but for the other names that a certificate may hold: they are the remote's text.
 */
const certificateFaults: ReadonlyMap<string, string> = new Map([
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "it is self-signed"],
  ["SELF_SIGNED_CERT_IN_CHAIN", "nobody known vouches for it"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "nobody known vouches for it, or a certificate in between is missing"],
  ["UNABLE_TO_GET_ISSUER_CERT", "a certificate in between is missing"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "nobody known vouches for it, or a certificate in between is missing"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "it is for another name"],
  ["CERT_HAS_EXPIRED", "it has expired"],
  ["CERT_NOT_YET_VALID", "it is not valid yet"],
  ["CERT_REVOKED", "it was revoked"],
  ["CERT_SIGNATURE_FAILURE", "its signature is wrong"],
  ["CERT_UNTRUSTED", "it is not trusted"],
  ["CERT_REJECTED", "it is not meant for this"],
  ["INVALID_CA", "it was signed by a certificate that may not sign"],
  ["INVALID_PURPOSE", "it is not meant for this"],
]);

/**
 * Tells failures of connections apart without the system's own words where these name more than the host: the address behind a name, which
 * whoever typed the name may not be meant to know, or the remote's text. The log has them, as the error's cause.
 */
export function describeFailure(cause: unknown): ConnectionFailure {
  const code = codeOf(cause);
  const fault = certificateFaults.get(code);
  if (fault !== undefined) return { words: `has a certificate that is not good: ${fault} (${code})`, isUnsent: true };
  if (isTlsFailure(code)) return { words: `does not speak TLS as it should (${code})`, isUnsent: false };
  if (cutCodes.includes(code)) return { words: `cut the connection before its answer was complete (${code})`, isUnsent: false };
  return { words: `could not be reached (${reasonOf(cause, code)})`, isUnsent: unsentCodes.includes(code) };
}

/** A web server without TLS answers the first of its packets with something else. */
function isTlsFailure(code: string): boolean {
  return code === "EPROTO" || code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_");
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
}

function reasonOf(cause: unknown, code: string): string {
  // Its own words list the addresses that were tried.
  if (code === "UND_ERR_CONNECT_TIMEOUT") return "connecting took too long";
  if (!(cause instanceof Error)) return String(cause);
  if ("syscall" in cause && code !== "") return `${String(cause.syscall)} ${code}`;
  return cause.message || code || cause.name;
}
