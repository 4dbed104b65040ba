import type { StandInAccount } from "./jira-accounts.js";
import { JiraRefusal, type Answer } from "./jira-answers.js";
import { searchIssues } from "./jira-jql-match.js";
import { parseJql } from "./jira-jql.js";
import { JqlError } from "./jira-jql-tokens.js";
import { member, textMember } from "./jira-rest-call.js";
import type { RestRequest } from "./jira-rest.js";
import type { JiraSite, SiteEvent } from "./jira-site.js";

/** A webhook that was registered over REST. */
export interface RegisteredWebhook {
  readonly id: number;
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  /** Of the issues that it tells of; empty: all. */
  readonly jql: string;
  /** With which Jira Cloud signs. */
  readonly secret?: string;
}

export interface WebhookRestOptions {
  /** Of the stand-in, for `self`. */
  readonly url: string;
  /** Data Center from 10 on has them elsewhere, and gives them by pages. */
  readonly isDataCenter10: boolean;
}

const usualPath = "/rest/webhooks/1.0/webhook";
const dataCenter10Path = "/rest/jira-webhook/1.0/webhooks";
/** Fewer than anybody asks for. */
const mostPerPage = 2;

/** The administrators' webhooks of the stand-in: registering, listing, changing and removing them over REST. */
export class JiraWebhookRest {
  readonly #site: JiraSite;
  readonly #options: WebhookRestOptions;
  readonly #registered = new Map<number, RegisteredWebhook>();
  #lastId = 70;

  constructor(site: JiraSite, options: WebhookRestOptions) {
    this.#site = site;
    this.#options = options;
  }

  get registered(): readonly RegisteredWebhook[] {
    return [...this.#registered.values()];
  }

  removeAll(): void {
    this.#registered.clear();
  }

  /** Those that tell of the event. */
  toldOf({ name, issue }: SiteEvent): readonly RegisteredWebhook[] {
    return this.registered.filter(({ events, jql }) => {
      if (!events.includes(name)) return false;
      if (issue === undefined || jql === "") return true;
      return this.#find(jql, this.#anyAdministrator()).some(({ id }) => id === issue.id);
    });
  }

  /** @returns undefined for another path. @throws JiraRefusal */
  answer(request: RestRequest): Answer | undefined {
    const path = this.#options.isDataCenter10 ? dataCenter10Path : usualPath;
    const [, id] = request.path === path ? [undefined, ""] : (new RegExp(`^${path}/(\\d+)$`).exec(request.path) ?? []);
    if (id === undefined) return undefined;
    const account = this.#letIn(request.authorization);
    if (id === "") return this.#answerAll(request, account);
    return this.#answerOne(request, this.#require(Number(id)), account);
  }

  #answerAll(request: RestRequest, account: StandInAccount): Answer {
    if (request.method === "GET") return { status: 200, body: this.#page(request.query).map((webhook) => this.#json(webhook)) };
    if (request.method !== "POST") throw new JiraRefusal(405, "Method not allowed");
    this.#lastId += 1;
    return { status: 201, body: this.#json(this.#keep(this.#lastId, request, account)) };
  }

  #answerOne(request: RestRequest, webhook: RegisteredWebhook, account: StandInAccount): Answer {
    if (request.method === "GET") return { status: 200, body: this.#json(webhook) };
    if (request.method === "PUT") return { status: 200, body: this.#json(this.#keep(webhook.id, request, account)) };
    if (request.method !== "DELETE") throw new JiraRefusal(405, "Method not allowed");
    this.#registered.delete(webhook.id);
    return { status: 204 };
  }

  #page(query: URLSearchParams): readonly RegisteredWebhook[] {
    if (!this.#options.isDataCenter10) return this.registered;
    const start = Number(query.get("start") ?? 0);
    return this.registered.slice(start, start + Math.min(Number(query.get("limit") ?? mostPerPage), mostPerPage));
  }

  #keep(id: number, { body: text }: RestRequest, account: StandInAccount): RegisteredWebhook {
    const body = JSON.parse(text) as unknown;
    const [name = "", url = ""] = [textMember(body, "name"), textMember(body, "url")];
    if (name === "" || !URL.canParse(url)) throw new JiraRefusal(400, `The URL ${url} is not valid`);
    const jql = textMember(member(body, "filters"), "issue-related-events-section") ?? "";
    if (jql !== "") this.#find(jql, account);
    const events = member(body, "events");
    const secret = this.#site.deployment === "cloud" ? textMember(body, "secret") : undefined;
    const webhook = {
      id,
      name,
      url,
      events: Array.isArray(events) ? events.map(String) : [],
      jql,
      ...(secret === undefined ? {} : { secret }),
    };
    this.#registered.set(id, webhook);
    return webhook;
  }

  #find(jql: string, account: StandInAccount): ReturnType<typeof searchIssues> {
    try {
      return searchIssues(this.#site, account, parseJql(jql));
    } catch (error) {
      if (error instanceof JqlError) throw new JiraRefusal(400, error.message);
      throw error;
    }
  }

  /** A secret is never shown again. */
  #json({ id, name, url, events, jql }: RegisteredWebhook): object {
    const common = { name, url, events };
    if (this.#options.isDataCenter10) return { id, ...common, configuration: { FILTERS: jql } };
    const filters = { "issue-related-events-section": jql };
    return { ...common, filters, enabled: true, excludeBody: false, self: `${this.#options.url}${usualPath}/${id}` };
  }

  #require(id: number): RegisteredWebhook {
    const webhook = this.#registered.get(id);
    if (webhook === undefined) throw new JiraRefusal(404, "Not found");
    return webhook;
  }

  #letIn(authorization: string | undefined): StandInAccount {
    const account = this.#site.accounts.authenticate(authorization ?? "");
    if (account === undefined) throw new JiraRefusal(401, "Client must be authenticated to access this resource.");
    if (account.administers !== true)
      throw new JiraRefusal(403, "You are not authorized to perform this operation. Administrator privileges are required.");
    return account;
  }

  #anyAdministrator(): StandInAccount {
    const account = this.#site.accounts.all.find(({ administers }) => administers === true);
    if (account === undefined) throw new TypeError("Nobody administers the stand-in");
    return account;
  }
}
