/** Who calls one of our APIs. */
export interface Caller {
  /** As the configuration, or who made the token, calls it. */
  readonly name: string;
  readonly kind: "token" | "admin";
}

/** Who may call what: tokens with scopes, and administrators, who may call everything. */
export interface Callers {
  /**
   * @param authorization the request's header: `Bearer <token>`, or `Basic <name:password>` for administrators
   * @param scope name of the API (its listener resource)
   * @throws PermissionError HS_BAD_TOKEN when nobody is known by it; HS_FORBIDDEN_USER when the token has not that scope
   */
  authenticate(authorization: string | undefined, scope: string): Promise<Caller>;
}
