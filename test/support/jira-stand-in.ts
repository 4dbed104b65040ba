import { systemClock, type Clock } from "../../src/shared/clock.js";
import type { NewAccount, StandInAccount, StandInDeployment } from "./jira-accounts.js";
import type { JiraFault } from "./jira-faults.js";
import type { Answer } from "./jira-answers.js";
import { JiraServer } from "./jira-http.js";
import { JiraLogins } from "./jira-logins.js";
import { changelogJson, issueJson, userJson, versionJson, type PayloadForm } from "./jira-payloads.js";
import { issueTypes, type IssueChange, type StandInIssue, type StandInProject, type StandInVersion } from "./jira-records.js";
import { JiraRest, type RestRequest } from "./jira-rest.js";
import { JiraWebhookRest, type RegisteredWebhook } from "./jira-rest-webhooks.js";
import { JiraSite, type SiteEvent } from "./jira-site.js";
import { plainText, readText, type ReadText } from "./jira-texts.js";
import { JiraWebhookSender, type StandInWebhook, type WebhookReport } from "./jira-webhook-sender.js";

export type { JiraFault } from "./jira-faults.js";

interface JiraStandInOptions {
  readonly deployment: StandInDeployment;
  /** Of an account that sees everything: with `username` Basic (Cloud: its e-mail address), without Bearer. */
  readonly credential: { readonly username?: string; readonly token: string };
  /** What its administrator called it. */
  readonly title?: string;
  /** Stands in front of every path, as `/jira` for many a Data Center. */
  readonly contextPath?: string;
  /** 0 takes any free port. */
  readonly port?: number;
  readonly clock?: Clock;
  readonly webhookTimeoutMs?: number;
  /** How long searches do not know a new issue. */
  readonly searchLagMs?: number;
  /** Data Center 10, which has its webhooks elsewhere than all others. */
  readonly isDataCenter10?: boolean;
}

interface Details {
  readonly description?: string;
  /** Name of its type; Task unless given. */
  readonly type?: string;
}

/** What tests change of an issue; a person by display name. */
export interface StandInEdit {
  readonly summary?: string;
  readonly status?: string;
  readonly description?: string;
  readonly assignee?: string | null;
}

/**
 * NOT A JIRA: a stand-in for tests and the demo, on loopback. It speaks the REST calls that Switchboard makes and sends webhooks as
 * Jira Cloud or Data Center do. What happens in it is made to happen by calling its methods, or over its REST API.
 */
export class JiraStandIn {
  readonly url: string;
  /** How programs come in that people allowed something; a server's only. */
  readonly logins: JiraLogins;
  /** Webhooks that were answered or given up, in order. */
  readonly reports: WebhookReport[] = [];
  readonly #deployment: StandInDeployment;
  readonly #server: JiraServer;
  readonly #site: JiraSite;
  readonly #sender: JiraWebhookSender;
  readonly #webhooks: StandInWebhook[] = [];
  readonly #webhookRest: JiraWebhookRest;

  private constructor(options: JiraStandInOptions, server: JiraServer, port: number) {
    const { clock = systemClock, webhookTimeoutMs = 20_000, deployment, credential } = options;
    const { contextPath = "", title = "Jira stand-in", searchLagMs = 0 } = options;
    this.#deployment = deployment;
    this.#server = server;
    this.url = `http://127.0.0.1:${port}${contextPath}`;
    this.#sender = new JiraWebhookSender({ clock, retries: deployment === "cloud", answerTimeoutMs: webhookTimeoutMs });
    this.#site = new JiraSite(deployment, { clock, searchLagMs });
    this.#site.accounts.addCredential(credential);
    const rest = new JiraRest(this.#site, { url: this.url, title }, (event) => void this.#fire(event));
    this.#webhookRest = new JiraWebhookRest(this.#site, { url: this.url, isDataCenter10: options.isDataCenter10 ?? false });
    this.logins = new JiraLogins({ url: this.url, accounts: this.#site.accounts, clock });
    const answer = (request: RestRequest): Answer => {
      const admission = this.logins.admit(request);
      if (admission !== undefined && "answer" in admission) return admission.answer;
      return this.#webhookRest.answer(request) ?? rest.answer(request, admission?.account);
    };
    server.serve({ contextPath, answer });
  }

  static async start(options: JiraStandInOptions): Promise<JiraStandIn> {
    const server = new JiraServer();
    return new JiraStandIn(options, server, await server.listen(options.port ?? 0));
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** REST requests as `GET /rest/api/2/project/PLAY`, in order. */
  get requests(): readonly string[] {
    return this.#server.requests;
  }

  addWebhook(webhook: StandInWebhook): void {
    this.#webhooks.push(webhook);
  }

  /** Those that were registered over REST, oldest first. */
  get registeredWebhooks(): readonly RegisteredWebhook[] {
    return this.#webhookRest.registered;
  }

  /** As an administrator does who knows nothing of them. */
  removeRegisteredWebhooks(): void {
    this.#webhookRest.removeAll();
  }

  /** Lets the REST API fail; without a fault it works again, and answers what was held. */
  failWith(fault?: JiraFault): void {
    this.#server.failWith(fault);
  }

  /** Resolves at the next request that fits, before anything is done about it. */
  received(pattern: RegExp): Promise<string> {
    return this.#server.received.next(pattern);
  }

  /** Resolves when the next request that fits was carried out or refused; its answer is still to come, if it comes. */
  carriedOut(pattern: RegExp): Promise<string> {
    return this.#server.carriedOut.next(pattern);
  }

  addAccount(account: NewAccount): StandInAccount {
    return this.#site.accounts.add(account);
  }

  /** @throws TypeError when there is none */
  account(name: string): StandInAccount {
    const account = this.#site.accounts.all.find((candidate) => candidate.name === name);
    if (account === undefined) throw new TypeError(`The stand-in has no account ${name}: add it first`);
    return account;
  }

  /** Its tokens are no longer taken. */
  revokeTokens(account: StandInAccount): void {
    this.#site.accounts.revokeTokens(account);
    this.logins.revoke(account);
  }

  addProject(key: string, name = key): StandInProject {
    return this.#site.addProject(key, name);
  }

  /** What was done to issues so far, in order. */
  get changes(): readonly IssueChange[] {
    return this.#site.changes;
  }

  /** @throws TypeError when there is none */
  issue(key: string): StandInIssue {
    const issue = this.#site.findIssue(key);
    if (issue === undefined) throw new TypeError(`The stand-in has no issue ${key}: create it first`);
    return issue;
  }

  /** All issues, in the order of their making. */
  get issues(): readonly StandInIssue[] {
    return this.#site.issues;
  }

  deleteIssue(key: string): void {
    this.#site.delete(this.issue(key));
  }

  /** The issue's description as people read it. */
  descriptionOf(key: string): ReadText | undefined {
    const { description } = this.issue(key);
    return description === undefined ? undefined : readText(description);
  }

  /** The issue's comments as people read them. */
  commentsOf(key: string): readonly (ReadText & { readonly author: string })[] {
    return this.issue(key).comments.map(({ author, text }) => ({ author: author.displayName, ...readText(text) }));
  }

  /** The work that was logged on the issue. */
  worklogsOf(
    key: string,
  ): readonly { readonly author: string; readonly timeSpent: string; readonly started: string; readonly text?: string }[] {
    return this.issue(key).worklogs.map(({ author, timeSpent, started, text }) => ({
      ...{ author: author.displayName, timeSpent, started },
      ...(text === undefined ? {} : { text: readText(text).text }),
    }));
  }

  /** Resolves when the webhooks were answered or given up; so do all that follow. */
  async createIssue(projectKey: string, summary: string, by = "Ada Example", { description, type }: Details = {}): Promise<StandInIssue> {
    const project = this.#site.project(projectKey);
    const text = description === undefined ? {} : { description: plainText(description, this.#deployment) };
    const kind = issueTypes.find(({ name }) => name === type);
    const details = { ...text, ...(kind === undefined ? {} : { type: kind }) };
    return this.#after(this.#site.create({ project, summary, ...details }, this.#person(by)));
  }

  /** Fields that stay as they are do not stand in the changelog. */
  async updateIssue(key: string, { assignee, ...fields }: StandInEdit, by = "Bo Example"): Promise<StandInIssue> {
    const person = assignee === undefined ? {} : { assignee: assignee === null ? null : this.#person(assignee) };
    return this.#after(this.#site.edit(this.issue(key), { ...fields, ...person }, this.#person(by)));
  }

  /** Into another project, where it gets a key; the old one goes on finding it. */
  async moveIssue(key: string, projectKey: string, by = "Bo Example"): Promise<StandInIssue> {
    return this.#after(this.#site.moveAway(this.issue(key), this.#site.project(projectKey), this.#person(by)));
  }

  async createVersion(projectKey: string, name: string, description?: string): Promise<StandInVersion> {
    const texts = description === undefined ? { name } : { name, description };
    const version = { id: this.#site.nextId(), project: this.#site.project(projectKey), released: false, ...texts };
    await this.#fire({ name: "jira:version_created", version });
    return version;
  }

  async releaseVersion(version: StandInVersion): Promise<StandInVersion> {
    const released = { ...version, released: true };
    await this.#fire({ name: "jira:version_released", version: released });
    return released;
  }

  #person(displayName: string): StandInAccount {
    return this.#site.accounts.called(displayName);
  }

  async #after(event: SiteEvent & { readonly issue?: StandInIssue }): Promise<StandInIssue> {
    await this.#fire(event);
    // What happens to an issue is an event with it.
    return event.issue!;
  }

  async #fire(event: SiteEvent): Promise<void> {
    const { name, issue, version, by, changes } = event;
    const form: PayloadForm = { url: this.url, deployment: this.#deployment, version: "2" };
    const payload = {
      ...(by === undefined ? {} : { user: userJson(form, by) }),
      ...(issue === undefined ? {} : { issue: issueJson(form, issue) }),
      ...(changes === undefined ? {} : { changelog: changelogJson(Number(this.#site.nextId()), changes) }),
      ...(version === undefined ? {} : { version: versionJson(form, version) }),
    };
    const webhooks = [...this.#webhooks, ...this.#webhookRest.toldOf(event).map(toWebhook)];
    this.reports.push(...(await Promise.all(webhooks.map((webhook) => this.#sender.send(webhook, name, payload)))));
  }
}

function toWebhook({ url, secret }: RegisteredWebhook): StandInWebhook {
  return secret === undefined ? { url, secret: "", proof: "none" } : { url, secret };
}
