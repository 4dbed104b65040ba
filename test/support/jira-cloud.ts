import { randomBytes, randomUUID } from "node:crypto";
import { systemClock, type Clock } from "../../src/shared/clock.js";
import { ask } from "./ask.js";
import { ConsentPages, withQuery, type ConsentDecision } from "./consent-pages.js";
import { JiraRefusal, type Answer } from "./jira-answers.js";
import type { JiraFault } from "./jira-faults.js";
import { JiraServer } from "./jira-http.js";
import type { RestRequest } from "./jira-rest.js";
import type { JiraStandIn } from "./jira-stand-in.js";
import { readAuthorizationRequest, type RegisteredClient } from "./oauth2-client.js";
import { OAuthGrants, type IssuedTokens, type OAuthConsent } from "./oauth-grants.js";

/** Somebody with an Atlassian account, and the sites where it is welcome. */
export interface CloudPerson {
  readonly name: string;
  readonly sites: Map<CloudSite, { readonly authorization: string }>;
}

export interface CloudSite {
  readonly id: string;
  readonly name: string;
  readonly jira: JiraStandIn;
}

interface NewPerson {
  readonly displayName: string;
  readonly sites: readonly CloudSite[];
  /** Keys of the projects that the person sees; all unless given. */
  readonly projects?: readonly string[];
}

interface Options {
  readonly client: RegisteredClient;
  readonly port?: number;
  readonly clock?: Clock;
}

/**
 * NOT ATLASSIAN: what stands in front of Jira Cloud's sites, on loopback. `auth.atlassian.com` (authorize, token) and `api.atlassian.com`
 * (accessible-resources and the sites' REST APIs) in one, for apps that people allow to act for them ("OAuth 2.0 (3LO) apps").
 */
export class JiraCloud {
  readonly url: string;
  readonly grants: OAuthGrants<CloudPerson>;
  readonly #client: RegisteredClient;
  readonly #server: JiraServer;
  readonly #pages = new ConsentPages();
  readonly #sites: CloudSite[] = [];
  readonly #people = new Map<string, CloudPerson>();

  private constructor({ client, clock = systemClock }: Options, server: JiraServer, port: number) {
    this.#client = client;
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
    const lasting = { accessLastsSeconds: 3_600, refreshLastsSeconds: 90 * 86_400 };
    this.grants = new OAuthGrants({ clock, ...lasting, refreshScope: "offline_access" });
    server.serve({ contextPath: "", answer: (request) => this.#answer(request) });
  }

  static async start(options: Options): Promise<JiraCloud> {
    const server = new JiraServer();
    return new JiraCloud(options, server, await server.listen(options.port ?? 0));
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** Requests as `POST /oauth/token`, in order; those for a site under `/ex/jira/<id>`. */
  get requests(): readonly string[] {
    return this.#server.requests;
  }

  /** Lets requests fail; without a fault they work again, and what was held is answered. */
  failWith(fault?: JiraFault): void {
    this.#server.failWith(fault);
  }

  /** Resolves at the next request that fits, before anything is done about it. */
  received(pattern: RegExp): Promise<string> {
    return this.#server.received.next(pattern);
  }

  /** @param jira a Cloud site's stand-in */
  addSite(name: string, jira: JiraStandIn): CloudSite {
    const site = { id: randomUUID(), name, jira };
    this.#sites.push(site);
    return site;
  }

  addPerson(name: string, { displayName, sites, projects }: NewPerson): CloudPerson {
    const person: CloudPerson = { name, sites: new Map() };
    for (const site of sites) {
      const token = randomBytes(16).toString("hex");
      const email = `${name}@example.org`;
      site.jira.addAccount({ name, displayName, email, token, ...(projects === undefined ? {} : { projects }) });
      person.sites.set(site, { authorization: `Basic ${Buffer.from(`${email}:${token}`).toString("base64")}` });
    }
    this.#people.set(name, person);
    return person;
  }

  #answer(request: RestRequest): Answer | Promise<Answer> {
    const { method, path } = request;
    if (method === "GET" && path === "/authorize") return this.#ask(request);
    if (method === "POST" && path === "/authorize") return this.#decide(request);
    if (method === "POST" && path === "/oauth/token") return this.#giveTokens(request);
    if (method === "GET" && path === "/oauth/token/accessible-resources") return this.#listSites(request);
    const [, siteId, rest] = /^\/ex\/jira\/([^/]+)(\/rest\/.+)$/.exec(path) ?? [];
    if (siteId === undefined || rest === undefined) throw new JiraRefusal(404, "Not found");
    return this.#passOn(request, siteId, rest);
  }

  #ask({ query }: RestRequest): Answer {
    const asked = readAuthorizationRequest(query, this.#client);
    if (typeof asked === "string") return { status: 400, text: `<!doctype html><title>${asked}</title>` };
    const { state, scopes, challenge } = asked;
    const { clientId, redirectUri } = this.#client;
    if (query.get("audience") !== "api.atlassian.com" || query.get("prompt") !== "consent" || scopes.length === 0) {
      const error = { error: "invalid_request", error_description: "audience, prompt or scope is missing" };
      return { status: 302, headers: { location: withQuery(redirectUri, { ...error, state }) } };
    }
    const decide = ({ person: name, isAllowed }: ConsentDecision): string => {
      const person = this.#people.get(name);
      const refusal = { error: "access_denied", error_description: "User did not authorize the request", state };
      if (!isAllowed || person === undefined) return withQuery(redirectUri, refusal);
      return withQuery(redirectUri, { state, code: this.grants.issueCode({ person, clientId, redirectUri, scopes, challenge }) });
    };
    return { status: 200, text: this.#pages.show({ action: "/authorize", client: clientId, people: [...this.#people.keys()], decide }) };
  }

  #decide({ body }: RestRequest): Answer {
    const location = this.#pages.answer(new URLSearchParams(body));
    return location === undefined
      ? { status: 400, text: "<!doctype html><title>Answered before</title>" }
      : { status: 302, headers: { location } };
  }

  /** JSON alone is documented, and taken. */
  #giveTokens({ contentType = "", body }: RestRequest): Answer {
    if (!contentType.startsWith("application/json")) return refuse(400, "invalid_request", "The body is not JSON");
    const read = readMembers(body);
    const { clientId, clientSecret } = this.#client;
    // The same word as for somebody who did not want it, and still not the end of anybody's grant.
    if (read["client_id"] !== clientId || read["client_secret"] !== clientSecret) return refuse(401, "access_denied", "Unauthorized");
    if (read["grant_type"] === "refresh_token") {
      const renewed = this.grants.renew(read["refresh_token"] ?? "", clientId);
      return renewed === undefined ? refuse(403, "invalid_grant", "Unknown or invalid refresh token.") : tokenAnswer(renewed);
    }
    if (read["grant_type"] !== "authorization_code") return refuse(403, "unauthorized_client", "Grant type not allowed for the client.");
    const { code = "", redirect_uri: redirectUri, code_verifier: verifier } = read;
    const issued = this.grants.exchange({ code, clientId, redirectUri, verifier });
    return issued === undefined ? refuse(403, "invalid_grant", "Invalid authorization code") : tokenAnswer(issued);
  }

  #listSites(request: RestRequest): Answer {
    const consent = this.#consentOf(request);
    if (consent === undefined) return unauthorized();
    const { person, scopes } = consent;
    const shown = scopes.filter((scope) => scope.endsWith("jira-work") || scope.endsWith("jira-user"));
    const sites = [...person.sites.keys()].map(({ id, name, jira }) => ({
      id,
      name,
      url: jira.url,
      scopes: shown,
      avatarUrl: `${jira.url}/a.png`,
    }));
    return { status: 200, body: sites };
  }

  /** To the site, as the person's account there; what comes back names this address, as Cloud's answers do. */
  async #passOn(request: RestRequest, siteId: string, rest: string): Promise<Answer> {
    const consent = this.#consentOf(request);
    if (consent === undefined) return unauthorized();
    const { person, scopes } = consent;
    const [site, way] = [...person.sites].find(([{ id }]) => id === siteId) ?? [];
    if (site === undefined || way === undefined) return { status: 404, body: { code: 404, message: "No such site" } };
    const scope = request.method === "GET" ? "read:jira-work" : "write:jira-work";
    if (!scopes.includes(scope)) return { status: 401, body: { code: 401, message: "Unauthorized; scope does not match" } };
    const { port } = new URL(site.jira.url);
    const headers = { ...way, ...(request.contentType === undefined ? {} : { "content-type": request.contentType }) };
    const search = request.query.size === 0 ? "" : `?${request.query.toString()}`;
    const sent = request.body === "" ? {} : { body: request.body };
    const answer = await ask(Number(port), rest + search, { method: request.method, headers, ...sent });
    const text = answer.text.replaceAll(`${site.jira.url}/rest/`, `${this.url}/ex/jira/${siteId}/rest/`);
    return { status: answer.status, text, headers: { "content-type": answer.headers["content-type"] ?? "application/json" } };
  }

  #consentOf({ authorization = "" }: RestRequest): OAuthConsent<CloudPerson> | undefined {
    return this.grants.consentOf(authorization.replace(/^Bearer /, ""));
  }
}

function tokenAnswer({ accessToken, refreshToken, accessLastsSeconds, consent }: IssuedTokens<CloudPerson>): Answer {
  const more = refreshToken === undefined ? {} : { refresh_token: refreshToken };
  const access = { access_token: accessToken, expires_in: accessLastsSeconds, token_type: "Bearer", scope: consent.scopes.join(" ") };
  return { status: 200, body: { ...access, ...more } };
}

function refuse(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description } };
}

function unauthorized(): Answer {
  return { status: 401, body: { code: 401, message: "Unauthorized" } };
}

function readMembers(body: string): Readonly<Record<string, string | undefined>> {
  try {
    const read: unknown = JSON.parse(body);
    const members = typeof read === "object" && read !== null ? Object.entries(read) : [];
    return Object.fromEntries(members.filter(([, value]) => typeof value === "string"));
  } catch {
    return {};
  }
}
