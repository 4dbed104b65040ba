import type { Secret } from "../shared/secret.js";

/** Scopes of Connect: WRITE includes READ, DELETE includes both. */
export type DevinfoScope = "READ" | "WRITE" | "DELETE";

/** Who calls the Development Information API. */
export interface DevinfoCaller {
  /** Client id or app key, for the log. */
  readonly name: string;
  /** Whose data it reads and changes. */
  readonly provider: string;
  /** With those that they include. */
  readonly scopes: ReadonlySet<DevinfoScope>;
  /** Name of the Jira that it is bound to; absent: rooms of every Jira whose project key fits. */
  readonly instance?: string;
}

/** What of a request a signature covers. */
export interface SignedRequest {
  readonly method: string;
  /**
   * Paths below the listener's public address that the signature may mean, still percent-encoded, as sent: with the prefix of the API gateway
   * and without it.
   */
  readonly paths: readonly string[];
  /** Decoded. */
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
}

export interface DevinfoCallers {
  /**
   * Knows callers by a Connect JWT (`Authorization: JWT <token>`), or by a Bearer token of `grantToken`.
   * @throws PermissionError HS_BAD_TOKEN when nobody is known by it
   */
  authenticate(request: SignedRequest): Promise<DevinfoCaller>;
  /**
   * Client credentials (RFC 6749, section 4.4) for a token that is good for 15 minutes, after a restart too.
   * @throws PermissionError HS_BAD_TOKEN for a wrong id or secret
   */
  grantToken(clientId: string, clientSecret: string): Promise<GrantedToken>;
  /** Providers of all callers that there are now. */
  providers(): Promise<ReadonlySet<string>>;
  /** The Jira that a provider's callers are bound to; undefined where they are not bound, or there are none. */
  instanceOf(provider: string): Promise<string | undefined>;
}

export interface GrantedToken {
  readonly accessToken: Secret;
  readonly expiresInSeconds: number;
  /** With those that they include. */
  readonly scopes: readonly DevinfoScope[];
}
