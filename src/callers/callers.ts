/** Who calls one of our APIs. */
export interface Caller {
  /** As the configuration, or who made the token, calls it. */
  readonly name: string;
  readonly kind: "token" | "admin";
}

/** A caller, and what it may do there. */
export interface ScopedCaller extends Caller {
  /** Those of the scopes that were asked for which it has; never empty. */
  readonly scopes: readonly string[];
  /** Registered remotes to which it is limited, as in `registry.allow`; absent: all. */
  readonly targets?: readonly string[];
}

/** Who may call what: tokens with scopes, and administrators, who may call everything. */
export interface Callers {
  /**
   * @param authorization the request's header: `Bearer <token>`, or `Basic <name:password>` for administrators
   * @param scope name of the API (its listener resource)
   * @throws PermissionError HS_BAD_TOKEN when nobody is known by it; HS_FORBIDDEN_USER when the token has not that scope
   */
  authenticate(authorization: string | undefined, scope: string): Promise<Caller>;
  /**
   * For APIs whose clients send the same tokens in a way of their own.
   * @param scopes one of them is enough
   * @throws PermissionError as above
   */
  authenticateToken(token: string, scopes: readonly string[]): Promise<ScopedCaller>;
}
