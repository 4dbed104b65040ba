/** A program that is registered at a stand-in. */
export interface RegisteredClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
}

/** What a program asks for at the authorization endpoint (RFC 6749, 4.1.1; RFC 7636, 4.3). */
export interface AuthorizationRequest {
  readonly state: string;
  readonly scopes: readonly string[];
  readonly challenge: string | undefined;
}

/** @returns what is wrong, which is told to the person and not to the program: nobody is sent to an address that is not registered */
export function readAuthorizationRequest(query: URLSearchParams, client: RegisteredClient): AuthorizationRequest | string {
  if (query.get("client_id") !== client.clientId) return "Unknown client";
  if (query.get("redirect_uri") !== client.redirectUri) return "The redirect_uri is not registered";
  if (query.get("response_type") !== "code") return "The response_type must be code";
  const state = query.get("state") ?? "";
  if (state === "") return "The state is missing";
  const challenge = query.get("code_challenge") ?? undefined;
  if (challenge !== undefined && query.get("code_challenge_method") !== "S256") return "The code_challenge_method must be S256";
  return { state, scopes: (query.get("scope") ?? "").split(" ").filter((scope) => scope !== ""), challenge };
}
