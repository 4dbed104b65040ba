import { ConsentPages } from "./consent-pages.js";
import type { StandInAccount } from "./jira-accounts.js";
import type { Answer } from "./jira-answers.js";
import { JiraOAuth1, type JiraLoginSurroundings } from "./jira-oauth1.js";
import { JiraOAuth2 } from "./jira-oauth2.js";
import type { RestRequest } from "./jira-rest.js";
import type { OAuth1Consumer } from "./oauth1-signature.js";
import type { RegisteredClient } from "./oauth2-client.js";

/** What became of a request before the REST API saw it. */
type Admission = { readonly account: StandInAccount } | { readonly answer: Answer };

/** How programs that people allowed something come into a Jira Data Center. */
export class JiraLogins {
  oauth1: JiraOAuth1 | undefined;
  oauth2: JiraOAuth2 | undefined;
  readonly #pages = new ConsentPages();
  readonly #surroundings: JiraLoginSurroundings;

  constructor(surroundings: Omit<JiraLoginSurroundings, "pages">) {
    this.#surroundings = { ...surroundings, pages: this.#pages };
  }

  allowOAuth1(consumer: OAuth1Consumer): JiraOAuth1 {
    this.oauth1 = new JiraOAuth1(consumer, this.#surroundings);
    return this.oauth1;
  }

  allowOAuth2(client: RegisteredClient): JiraOAuth2 {
    this.oauth2 = new JiraOAuth2(client, this.#surroundings);
    return this.oauth2;
  }

  /** @returns undefined for a request that is none of these's business */
  admit(request: RestRequest): Admission | undefined {
    const answer = this.oauth1?.answer(request) ?? this.oauth2?.answer(request) ?? this.#decision(request);
    if (answer !== undefined) return { answer };
    const { authorization = "" } = request;
    if (authorization.startsWith("OAuth ") && this.oauth1 !== undefined) {
      const admitted = this.oauth1.admit(request);
      return "status" in admitted ? { answer: admitted } : { account: admitted };
    }
    const account = this.oauth2?.callerOf(authorization);
    return account === undefined ? undefined : { account };
  }

  revoke(account: StandInAccount): void {
    this.oauth1?.revoke(account);
    this.oauth2?.grants.revoke(account);
  }

  #decision({ method, path, body }: RestRequest): Answer | undefined {
    if (method !== "POST" || !path.endsWith("/authorize")) return undefined;
    const location = this.#pages.answer(new URLSearchParams(body));
    return location === undefined
      ? { status: 400, text: "<!doctype html><title>Answered before</title>" }
      : { status: 302, headers: { location } };
  }
}
