import type { Clock } from "../../src/shared/clock.js";
import { ConsentPages, withQuery, type ConsentDecision } from "./consent-pages.js";
import type { GitHubAnswer } from "./github-answers.js";
import type { StandInGitHubAccount } from "./github-records.js";
import type { GitHubRequest } from "./github-rest-call.js";
import type { GitHubSite } from "./github-site.js";
import { readAuthorizationRequest, type RegisteredClient } from "./oauth2-client.js";
import { OAuthGrants, type IssuedTokens } from "./oauth-grants.js";

type Members = Readonly<Record<string, string | number>>;

const problems = {
  incorrect_client_credentials: "The client_id and/or client_secret passed are incorrect.",
  redirect_uri_mismatch: "The redirect_uri MUST match the registered callback URL for this application.",
  bad_verification_code: "The code passed is incorrect or expired.",
  bad_refresh_token: "The refresh token passed is incorrect or expired.",
  unsupported_grant_type: "The grant type is not supported.",
} as const;

/** How GitHub says that somebody did not want it. */
const refusal = {
  error: "access_denied",
  error_description: "The user has denied your application access.",
  error_uri: "/apps/managing-oauth-apps/troubleshooting-authorization-request-errors/#access-denied",
};

/**
 * How people allow the stand-in's GitHub App to act for them ("Generating a user access token for a GitHub App", "Refreshing user access
 * tokens"): tokens for eight hours, that of refreshing for six months, of which only the newest is taken.
 */
export class GitHubOAuth {
  readonly grants: OAuthGrants<StandInGitHubAccount>;
  readonly #site: GitHubSite;
  readonly #pages = new ConsentPages();
  #client: RegisteredClient | undefined;

  constructor(site: GitHubSite, clock: Clock) {
    this.#site = site;
    const lasting = { accessLastsSeconds: 28_800, refreshLastsSeconds: 15_811_200 };
    this.grants = new OAuthGrants({ clock, ...lasting, endsFormerAccess: true, prefixes: { access: "ghu_", refresh: "ghr_" } });
  }

  /** What the App is registered with; nobody is let in before. */
  register(client: RegisteredClient): void {
    this.#client = client;
  }

  /** @returns undefined for a path that is none of these */
  answer(request: GitHubRequest): GitHubAnswer | undefined {
    switch (`${request.method} ${request.path}`) {
      case "GET /login/oauth/authorize":
        return this.#ask(request);
      case "POST /login/oauth/authorize":
        return this.#decide(request);
      case "POST /login/oauth/access_token":
        return this.#giveTokens(request);
      default:
        return undefined;
    }
  }

  #ask({ query }: GitHubRequest): GitHubAnswer {
    const client = this.#client;
    if (client === undefined || query.get("client_id") !== client.clientId) return page(404, "Not found");
    // The kind of answer is never asked for, and the address may be left out: the registered one is meant.
    const whole = new URLSearchParams({ redirect_uri: client.redirectUri, response_type: "code", ...Object.fromEntries(query) });
    const asked = readAuthorizationRequest(whole, client);
    if (typeof asked === "string") return page(400, asked);
    const { state, scopes, challenge } = asked;
    const { clientId, redirectUri } = client;
    const decide = ({ person: login, isAllowed }: ConsentDecision): string => {
      const person = this.#site.accounts.find((account) => account.login === login);
      if (!isAllowed || person === undefined) return withQuery(redirectUri, { ...refusal, state });
      return withQuery(redirectUri, { code: this.grants.issueCode({ person, clientId, redirectUri, scopes, challenge }), state });
    };
    const people = this.#site.accounts.filter(({ isOrganization }) => !isOrganization).map(({ login }) => login);
    return { ...page(200, ""), body: this.#pages.show({ action: "/login/oauth/authorize", client: clientId, people, decide }) };
  }

  #decide({ body }: GitHubRequest): GitHubAnswer {
    const location = this.#pages.answer(new URLSearchParams(body));
    return location === undefined ? page(422, "Answered before") : { status: 302, headers: { location } };
  }

  /** Refusals are answered with 200 as well; what was sent and what comes back is a form, or JSON where that is asked for. */
  #giveTokens(request: GitHubRequest): GitHubAnswer {
    const read = readMembers(request);
    const answer = (members: Members): GitHubAnswer => write(request.accept, members);
    const client = this.#client;
    if (client === undefined || read.get("client_id") !== client.clientId || read.get("client_secret") !== client.clientSecret) {
      return answer(problem("incorrect_client_credentials"));
    }
    const { clientId } = client;
    if (read.get("grant_type") === "refresh_token") {
      const renewed = this.grants.renew(read.get("refresh_token") ?? "", clientId);
      return answer(renewed === undefined ? problem("bad_refresh_token") : tokens(renewed));
    }
    if ((read.get("grant_type") ?? "authorization_code") !== "authorization_code") return answer(problem("unsupported_grant_type"));
    const redirectUri = read.get("redirect_uri") ?? client.redirectUri;
    if (redirectUri !== client.redirectUri) return answer(problem("redirect_uri_mismatch"));
    const verifier = read.get("code_verifier") ?? undefined;
    const issued = this.grants.exchange({ code: read.get("code") ?? "", clientId, redirectUri, verifier });
    return answer(issued === undefined ? problem("bad_verification_code") : tokens(issued));
  }
}

function tokens({ accessToken, refreshToken = "", accessLastsSeconds, refreshLastsSeconds }: IssuedTokens<StandInGitHubAccount>): Members {
  const access = { access_token: accessToken, expires_in: accessLastsSeconds, token_type: "bearer", scope: "" };
  return { ...access, refresh_token: refreshToken, refresh_token_expires_in: refreshLastsSeconds };
}

function problem(error: keyof typeof problems): Members {
  const help = `/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/#${error.replaceAll("_", "-")}`;
  return { error, error_description: problems[error], error_uri: help };
}

/** Parameters may stand in the query, a form, or JSON. */
function readMembers({ query, body }: GitHubRequest): ReadonlyMap<string, string> {
  return new Map([...query, ...(body.startsWith("{") ? jsonMembers(body) : new URLSearchParams(body))]);
}

function jsonMembers(body: string): readonly (readonly [string, string])[] {
  // A stand-in checks what it needs: every member is made text.
  const members = JSON.parse(body) as Readonly<Record<string, unknown>>;
  return Object.entries(members).map(([name, value]) => [name, String(value)] as const);
}

function write(accept = "", members: Members): GitHubAnswer {
  if (accept.includes("json")) return { status: 200, body: members };
  const form = new URLSearchParams(Object.entries(members).map(([name, value]): [string, string] => [name, String(value)]));
  return { status: 200, body: form.toString(), headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" } };
}

function page(status: number, title: string): GitHubAnswer {
  return { status, body: `<!doctype html><title>${title}</title>`, headers: { "content-type": "text/html; charset=utf-8" } };
}
