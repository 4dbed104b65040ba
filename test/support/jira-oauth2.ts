import { withQuery, type ConsentDecision } from "./consent-pages.js";
import type { StandInAccount } from "./jira-accounts.js";
import type { Answer } from "./jira-answers.js";
import type { JiraLoginSurroundings } from "./jira-oauth1.js";
import type { RestRequest } from "./jira-rest.js";
import { readAuthorizationRequest, type RegisteredClient } from "./oauth2-client.js";
import { OAuthGrants, type IssuedTokens } from "./oauth-grants.js";

const scopesKnown = ["READ", "WRITE", "ADMIN", "SYSTEM_ADMIN"];

/** What an incoming link of a Jira Data Center lets in ("Jira OAuth 2.0 provider API"): the authorization code flow, with PKCE or without. */
export class JiraOAuth2 {
  readonly grants: OAuthGrants<StandInAccount>;
  readonly #client: RegisteredClient;
  readonly #surroundings: JiraLoginSurroundings;

  constructor(client: RegisteredClient, surroundings: JiraLoginSurroundings) {
    this.#client = client;
    this.#surroundings = surroundings;
    this.grants = new OAuthGrants({
      clock: surroundings.clock,
      accessLastsSeconds: 7_200,
      refreshLastsSeconds: 90 * 86_400,
      endsFormerAccess: true,
    });
  }

  /** @returns undefined for a path that is none of these */
  answer(request: RestRequest): Answer | undefined {
    if (request.path === "/rest/oauth2/latest/authorize" && request.method === "GET") return this.#ask(request);
    if (request.path === "/rest/oauth2/latest/token" && request.method === "POST") return this.#giveTokens(request);
    return undefined;
  }

  /** Whose token it is; undefined for one that is not, or no longer, of these. Who only reads is not told apart. */
  callerOf(authorization: string): StandInAccount | undefined {
    return this.grants.consentOf(authorization.replace(/^Bearer /i, ""))?.person;
  }

  #ask({ query, path }: RestRequest): Answer {
    const asked = readAuthorizationRequest(query, this.#client);
    if (typeof asked === "string") return refuse("invalid_request", asked);
    const { clientId, redirectUri } = this.#client;
    const { state, scopes, challenge } = asked;
    if (scopes.length === 0 || scopes.some((scope) => !scopesKnown.includes(scope))) {
      return { status: 302, headers: { location: withQuery(redirectUri, { error: "invalid_scope", state }) } };
    }
    const { accounts, pages, url } = this.#surroundings;
    const decide = ({ person, isAllowed }: ConsentDecision): string => {
      const account = accounts.all.find(({ name }) => name === person);
      if (!isAllowed || account === undefined) return withQuery(redirectUri, { error: "access_denied", state });
      return withQuery(redirectUri, { code: this.grants.issueCode({ person: account, clientId, redirectUri, scopes, challenge }), state });
    };
    const people = accounts.all.map(({ name }) => name);
    const action = new URL(url).pathname.replace(/\/$/, "") + path;
    return { status: 200, text: pages.show({ action, client: clientId, people, decide }) };
  }

  /** Its parameters stand in the query or in a form. */
  #giveTokens({ query, contentType = "", body }: RestRequest): Answer {
    const form = contentType.startsWith("application/x-www-form-urlencoded") ? new URLSearchParams(body) : new URLSearchParams();
    const read = (name: string): string | undefined => form.get(name) ?? query.get(name) ?? undefined;
    const { clientId, clientSecret, redirectUri } = this.#client;
    if (read("client_id") !== clientId || read("client_secret") !== clientSecret) return refuse("invalid_client", "Unknown client");
    const grantType = read("grant_type");
    if (grantType !== "authorization_code" && grantType !== "refresh_token") return refuse("unsupported_grant_type", "Not supported");
    // The address is looked at when tokens are renewed as well, where the specification does not ask for it.
    if (read("redirect_uri") !== redirectUri) return refuse("invalid_grant", "The redirect URI does not match");
    const issued =
      grantType === "refresh_token"
        ? this.grants.renew(read("refresh_token") ?? "", clientId)
        : this.grants.exchange({ code: read("code") ?? "", clientId, redirectUri: read("redirect_uri"), verifier: read("code_verifier") });
    return issued === undefined ? refuse("invalid_grant", "The grant is invalid, expired or revoked") : tokenAnswer(issued);
  }
}

function tokenAnswer({ accessToken, refreshToken, accessLastsSeconds, consent }: IssuedTokens<StandInAccount>): Answer {
  const tokens = { access_token: accessToken, refresh_token: refreshToken, token_type: "bearer", expires_in: accessLastsSeconds };
  return { status: 200, body: { ...tokens, scope: consent.scopes.join(" ") } };
}

function refuse(error: string, description: string): Answer {
  return { status: error === "invalid_client" ? 401 : 400, body: { error, error_description: description } };
}
