import { RemoteError } from "../core/errors.js";
import type { HttpClient, HttpResponse } from "../core/ports/http-client.js";
import type { Clock } from "../shared/clock.js";
import { ownMember } from "../shared/own-member.js";
import type { Secret } from "../shared/secret.js";
import { requestToken } from "../vocabulary/oauth2.js";
import { limitFailure } from "../vocabulary/request-limits.js";
import type { CopiedRequest } from "./copied-requests.js";
import { readNotTaken, readReasons, type NotTakenThere } from "./forward-answer.js";

/** What became of a copy. */
export type SiteVerdict =
  | { readonly kind: "taken"; readonly notTaken?: NotTakenThere }
  /** For good: the same request gets the same answer. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "later"; readonly reason: string; readonly retryAfterMs?: number };

/** Words of the API's contract. */
export interface SiteContract {
  /** Where the API lies below the gateway's address; `:cloudId` stands for the site's own. */
  readonly apiPath: string;
}

interface ForwardSiteOptions extends SiteContract {
  /** Without a trailing slash, as `apiUrl`. */
  readonly url: string;
  readonly apiUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Follows no redirect. */
  readonly http: HttpClient;
  readonly clock: Pick<Clock, "now">;
  /** Our own, which nothing is copied to. */
  readonly ownCloudId?: string | undefined;
}

const renewedEarlyMs = 60_000;
/** Where the site does not say (RFC 6749, section 5.1, leaves it open); Atlassian's tokens are good for as long. */
const usualLifeMs = 900_000;
const timeoutMs = 60_000;
/** Somebody may sit behind a slow line, and a body that never gets there would hold up all others. */
const slowestBytesPerMs = 32;

/**
 * A Jira site as on-premise tools see it: the cloud id from the site, a token for client credentials and the API itself from the API gateway
 * (Atlassian, "Integrate on-premise tools with Jira Software Cloud"). One request at a time.
 */
export class ForwardSite {
  readonly #options: ForwardSiteOptions;
  #cloudId: string | undefined;
  #token: { readonly text: string; readonly renewAt: number } | undefined;

  constructor(options: ForwardSiteOptions) {
    this.#options = options;
  }

  /** Never fails for anything that the site or the network does. */
  async send(request: CopiedRequest): Promise<SiteVerdict> {
    try {
      let response = await this.#ask(request);
      if (response?.status === 401) {
        // It may have been revoked, or its key changed.
        this.#token = undefined;
        response = await this.#ask(request);
      }
      return response === undefined ? { kind: "refused", reason: "its path cannot be asked for" } : this.#judge(response);
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      const { message, retryAfterMs } = error;
      return { kind: "later", reason: this.#withoutSecrets(message), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    }
  }

  /** @returns undefined when there is no such address: a path with `..` would lead elsewhere */
  async #ask(request: CopiedRequest): Promise<HttpResponse | undefined> {
    const { http, apiUrl, apiPath } = this.#options;
    const base = apiUrl + apiPath.replace(":cloudId", await this.#findCloudId());
    const path = request.kind === "bulk" ? "/bulk" : request.pathAndQuery;
    if (!isPlain(path)) return undefined;
    // What stands behind it would not be sent.
    const url = `${base}${path.replaceAll("#", "%23")}`;
    const headers = { accept: "application/json", authorization: `Bearer ${await this.#findToken()}` };
    if (request.kind === "delete") return http.request({ method: "DELETE", url, headers, timeoutMs });
    const typed = { ...headers, "content-type": "application/json" };
    const longestMs = timeoutMs + Math.ceil(request.body.length / slowestBytesPerMs);
    return http.request({ method: "POST", url, headers: typed, body: request.body, timeoutMs: longestMs });
  }

  #judge(response: HttpResponse): SiteVerdict {
    const { status } = response;
    if (status >= 200 && status < 300) return this.#taken(response);
    const reasons = this.#withoutSecrets(readReasons(response));
    const reason = `it answered ${String(status)}${reasons === "" ? "" : `: ${reasons}`}`;
    if (status === 429 || status >= 500) return { kind: "later", reason, ...retryAfterOf(response, this.#options.clock.now()) };
    if (status === 401) {
      this.#token = undefined;
      return { kind: "later", reason: `${reason}, although the token is fresh` };
    }
    if (status < 400) return { kind: "later", reason: `${reason}, a redirect; apiUrl has to be the final address` };
    // The site may have moved.
    if (status === 404) this.#cloudId = undefined;
    return { kind: "refused", reason };
  }

  #taken(response: HttpResponse): SiteVerdict {
    const notTaken = readNotTaken(response);
    if (notTaken === undefined) return { kind: "taken" };
    return { kind: "taken", notTaken: { ...notTaken, reasons: notTaken.reasons.map((reason) => this.#withoutSecrets(reason)) } };
  }

  async #findCloudId(): Promise<string> {
    const { url, http, ownCloudId } = this.#options;
    if (this.#cloudId !== undefined) return this.#cloudId;
    const response = await http.request({ method: "GET", url: `${url}/_edge/tenant_info`, headers: { accept: "application/json" } });
    const cloudId = cloudIdOf(response);
    if (cloudId === undefined) {
      throw new RemoteError(
        `${new URL(url).host} does not tell its cloud id (${String(response.status)}); url has to be that of the site itself`,
        {
          status: response.status,
          ...retryAfterOf(response, this.#options.clock.now()),
        },
      );
    }
    if (cloudId === ownCloudId) throw new RemoteError("url is that of this Switchboard: what it copied would come back to be copied again");
    this.#cloudId = cloudId;
    return cloudId;
  }

  async #findToken(): Promise<string> {
    const { apiUrl, clientId, clientSecret, http, clock } = this.#options;
    if (this.#token !== undefined && clock.now() < this.#token.renewAt) return this.#token.text;
    const secret = clientSecret.reveal();
    const answer = await requestToken(http, {
      url: `${apiUrl}/oauth/token`,
      parameters: { audience: "api.atlassian.com", grant_type: "client_credentials", client_id: clientId, client_secret: secret },
      format: "json",
      now: () => clock.now(),
    });
    if (answer.kind === "refused")
      throw new RemoteError(`the token address of ${new URL(apiUrl).host} refuses clientId and clientSecret (${answer.error})`);
    const endsAt = answer.expiresAt ?? clock.now() + usualLifeMs;
    this.#token = { text: answer.accessToken, renewAt: endsAt - renewedEarlyMs };
    return answer.accessToken;
  }

  /** A site may repeat what it was sent. */
  #withoutSecrets(text: string): string {
    const secrets = [this.#token?.text ?? "", this.#options.clientSecret.reveal()];
    return secrets.reduce((cut, secret) => (secret === "" ? cut : cut.replaceAll(secret, "[secret]")), text);
  }
}

function cloudIdOf(response: HttpResponse): string | undefined {
  if (response.status !== 200) return undefined;
  try {
    const cloudId = ownMember(JSON.parse(response.body), "cloudId");
    // A UUID; it becomes a part of paths.
    return typeof cloudId === "string" && /^[\w-]{1,64}$/.test(cloudId) ? cloudId : undefined;
  } catch {
    return undefined;
  }
}

function retryAfterOf(response: HttpResponse, now: number): { readonly retryAfterMs?: number } {
  const retryAfterMs = limitFailure(response, now, ({ headers }) => headers["retry-after"] !== undefined)?.retryAfterMs;
  return retryAfterMs === undefined ? {} : { retryAfterMs };
}

/** Ids of one or two dots are legal here, and steps in an address; a backslash is a slash there. */
function isPlain(pathAndQuery: string): boolean {
  const [path = ""] = pathAndQuery.split("?", 1);
  return path.startsWith("/") && !path.includes("\\") && !path.split("/").some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}
