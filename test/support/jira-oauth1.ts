import { randomBytes } from "node:crypto";
import type { Clock } from "../../src/shared/clock.js";
import { withQuery, type ConsentPages } from "./consent-pages.js";
import type { JiraAccounts, StandInAccount } from "./jira-accounts.js";
import type { Answer } from "./jira-answers.js";
import type { RestRequest } from "./jira-rest.js";
import { OAuth1Checker, type OAuth1Consumer, type OAuth1Problem, type SignedRequest } from "./oauth1-signature.js";

/** A login on its way. */
interface RequestToken {
  readonly callback: string;
  /** Absent until the person decided. */
  decision?: { readonly verifier: string; readonly account?: StandInAccount };
}

export interface JiraLoginSurroundings {
  readonly url: string;
  readonly accounts: JiraAccounts;
  readonly pages: ConsentPages;
  readonly clock: Clock;
}

/** What an application link of a Jira Data Center lets in ("OAuth for REST APIs"): OAuth 1.0a, every request signed with RSA-SHA1. */
export class JiraOAuth1 {
  /** Every token, secret and verifier that was ever given out. */
  readonly given: string[] = [];
  readonly #checker: OAuth1Checker;
  readonly #surroundings: JiraLoginSurroundings;
  readonly #requestTokens = new Map<string, RequestToken>();
  readonly #accessTokens = new Map<string, StandInAccount>();

  constructor(consumer: OAuth1Consumer, surroundings: JiraLoginSurroundings) {
    this.#checker = new OAuth1Checker(consumer, surroundings.clock);
    this.#surroundings = surroundings;
  }

  /** @returns undefined for a path that is none of these */
  answer(request: RestRequest): Answer | undefined {
    switch (`${request.method} ${request.path}`) {
      case "POST /plugins/servlet/oauth/request-token":
        return this.#giveRequestToken(request);
      case "GET /plugins/servlet/oauth/authorize":
        return this.#ask(request);
      case "POST /plugins/servlet/oauth/access-token":
        return this.#giveAccessToken(request);
      default:
        return undefined;
    }
  }

  /** Whose request it is by its signature, or the refusal. */
  admit(request: RestRequest): StandInAccount | Answer {
    const params = this.#check(request);
    if (typeof params === "string") return this.#refuse(params);
    return this.#accessTokens.get(params.get("oauth_token") ?? "") ?? this.#refuse("token_rejected");
  }

  /** The person takes back what was allowed. */
  revoke(account: StandInAccount): void {
    for (const [token, owner] of this.#accessTokens) if (owner === account) this.#accessTokens.delete(token);
  }

  #giveRequestToken(request: RestRequest): Answer {
    const params = this.#check(request);
    if (typeof params === "string") return this.#refuse(params);
    const callback = params.get("oauth_callback");
    if (callback === undefined) return this.#refuse("parameter_absent");
    const token = this.#make();
    this.#requestTokens.set(token, { callback });
    return tokens({ oauth_token: token, oauth_token_secret: this.#make(), oauth_callback_confirmed: "true" });
  }

  #ask({ query, path }: RestRequest): Answer {
    const token = query.get("oauth_token") ?? "";
    const login = this.#requestTokens.get(token);
    if (login === undefined || login.decision !== undefined) return { status: 401, text: "<!doctype html><title>Unknown token</title>" };
    const { accounts, pages, url } = this.#surroundings;
    const action = new URL(url).pathname.replace(/\/$/, "") + path;
    const people = accounts.all.map(({ name }) => name);
    const decide = ({ person, isAllowed }: { readonly person: string; readonly isAllowed: boolean }): string => {
      const account = accounts.all.find(({ name }) => name === person);
      // Somebody who does not want it is sent back with a word instead of the verifier.
      login.decision = isAllowed && account !== undefined ? { verifier: this.#make(), account } : { verifier: "denied" };
      return withQuery(login.callback, { oauth_token: token, oauth_verifier: login.decision.verifier });
    };
    return { status: 200, text: pages.show({ action, client: "the linked application", people, decide }) };
  }

  #giveAccessToken(request: RestRequest): Answer {
    const params = this.#check(request);
    if (typeof params === "string") return this.#refuse(params);
    const token = params.get("oauth_token") ?? "";
    const login = this.#requestTokens.get(token);
    if (login === undefined) return this.#refuse("token_rejected");
    if (login.decision === undefined) return this.#refuse("permission_unknown");
    const { verifier, account } = login.decision;
    if (account === undefined) return this.#refuse("permission_denied");
    if (params.get("oauth_verifier") !== verifier) return this.#refuse("token_rejected");
    this.#requestTokens.delete(token);
    const access = this.#make();
    this.#accessTokens.set(access, account);
    const lasts = { oauth_expires_in: "157680000", oauth_session_handle: this.#make(), oauth_authorization_expires_in: "160272000" };
    return tokens({ oauth_token: access, oauth_token_secret: this.#make(), ...lasts });
  }

  #check({ method, path, query, authorization = "", contentType = "", body }: RestRequest): ReadonlyMap<string, string> | OAuth1Problem {
    const request: SignedRequest = { method, url: this.#surroundings.url + path, query, authorization };
    const hasForm = contentType.startsWith("application/x-www-form-urlencoded");
    return this.#checker.check(hasForm ? { ...request, form: new URLSearchParams(body) } : request);
  }

  #refuse(problem: OAuth1Problem): Answer {
    const challenge = `OAuth realm="${encodeURIComponent(this.#surroundings.url)}", oauth_problem="${problem}"`;
    return { status: 401, text: `oauth_problem=${problem}`, headers: { ...plain, "www-authenticate": challenge } };
  }

  #make(): string {
    const made = randomBytes(16).toString("hex");
    this.given.push(made);
    return made;
  }
}

const plain = { "content-type": "text/plain; charset=utf-8" };

function tokens(values: Readonly<Record<string, string>>): Answer {
  return { status: 200, text: new URLSearchParams(values).toString(), headers: plain };
}
