import { systemClock, type Clock } from "../../src/shared/clock.js";
import { notFound, refusalAnswer } from "./github-answers.js";
import { GitHubServer, type GitHubFault, type RecordedGitHubRequest } from "./github-http.js";
import {
  accountJson,
  commentJson,
  installationJson,
  issueJson,
  pullJson,
  repositoryJson,
  reviewJson,
  type GitHubPlaces,
} from "./github-json.js";
import type {
  GitHubChange,
  StandInDiscussion,
  StandInGitHubAccount,
  StandInGitHubIssue,
  StandInHook,
  StandInInstallation,
  StandInPermission,
  StandInRepository,
  StandInReview,
} from "./github-records.js";
import { GitHubOAuth } from "./github-oauth.js";
import { makeIssue } from "./github-rest-issues.js";
import { discussionCommented, discussionJson } from "./github-rest-rooms.js";
import type { GitHubHappening } from "./github-rest-call.js";
import { answerRest } from "./github-rest.js";
import { GitHubSite } from "./github-site.js";
import { GitHubTokens } from "./github-tokens.js";
import { sendGitHubWebhook, type GitHubWebhook, type GitHubWebhookReport } from "./github-webhook-sender.js";

interface GitHubStandInOptions {
  /** 0 takes any free port. */
  readonly port?: number;
  readonly clock?: Clock;
}

interface RepositoryDetails {
  readonly isPrivate?: boolean;
  readonly description?: string;
  readonly defaultBranch?: string;
  /** By login. */
  readonly permissions?: Readonly<Record<string, StandInPermission>>;
  readonly workflows?: readonly string[];
}

interface IssueDetails {
  readonly body?: string;
  readonly labels?: readonly string[];
}

interface PullDetails extends IssueDetails {
  readonly diff?: string;
  readonly branch?: string;
  readonly isDraft?: boolean;
}

/** An installation's webhook names no repository. */
type AnyHappening = Omit<GitHubHappening, "repository"> & { readonly repository?: StandInRepository };

/**
 * NOT GITHUB: a stand-in for tests and the demo, on loopback. It speaks the REST calls that Switchboard makes, as a GitHub Enterprise Server
 * does (its `url` is the `enterpriseUrl`), and sends webhooks. What happens in it is made to happen by its methods, or over its REST API.
 */
export class GitHubStandIn {
  readonly url: string;
  /** Webhooks that were answered or given up, in order. */
  readonly reports: GitHubWebhookReport[] = [];
  readonly #server: GitHubServer;
  /** How people allow the App to act for them. */
  readonly oauth: GitHubOAuth;
  readonly #site = new GitHubSite();
  readonly #tokens: GitHubTokens;
  readonly #webhooks: GitHubWebhook[] = [];
  readonly #clock: Clock;
  readonly #underWay = new Set<Promise<unknown>>();

  private constructor(server: GitHubServer, port: number, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
    this.url = `http://127.0.0.1:${port}`;
    this.oauth = new GitHubOAuth(this.#site, clock);
    this.#tokens = new GitHubTokens(this.#site, (token) => this.oauth.grants.consentOf(token)?.person);
    const { places } = this;
    const surroundings = { site: this.#site, tokens: this.#tokens, places, happened: (event: GitHubHappening) => void this.#fire(event) };
    server.serve({
      apiPath: "/api/v3",
      now: () => clock.now(),
      answer: (request) => answerRest(request, { ...surroundings, now: clock.now() }),
      web: (request) => this.oauth.answer(request) ?? refusalAnswer(notFound()),
    });
  }

  static async start({ port = 0, clock = systemClock }: GitHubStandInOptions = {}): Promise<GitHubStandIn> {
    const server = new GitHubServer();
    return new GitHubStandIn(server, await server.listen(port), clock);
  }

  /** Waits for webhooks that are under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#underWay);
    await this.#server.stop();
  }

  /** The App's id and its private key as PEM, for the configuration. */
  get app(): { readonly id: number; readonly privateKey: string } {
    return { id: this.#tokens.appId, privateKey: this.#tokens.privateKey };
  }

  get places(): GitHubPlaces {
    return { webUrl: this.url, apiUrl: `${this.url}/api/v3` };
  }

  /** What came, in order. */
  get requests(): readonly RecordedGitHubRequest[] {
    return this.#server.requests;
  }

  /** What was done over the REST API, in order. */
  get changes(): readonly GitHubChange[] {
    return this.#site.changes;
  }

  addWebhook(webhook: GitHubWebhook): void {
    this.#webhooks.push(webhook);
  }

  /** Lets the REST API fail; without a fault it works again. */
  failWith(fault?: GitHubFault): void {
    this.#server.failWith(fault);
  }

  /** Resolves at the next request that fits, before anything is done about it. */
  received(pattern: RegExp): Promise<string> {
    return this.#server.received.next(pattern);
  }

  /** Resolves when the next request that fits was carried out or refused. */
  carriedOut(pattern: RegExp): Promise<string> {
    return this.#server.carriedOut.next(pattern);
  }

  /** Its token is `ghp_<login>_token` unless given. */
  addAccount(login: string, token = `ghp_${login}_token`): StandInGitHubAccount {
    return this.#site.addAccount(login, token, false);
  }

  addOrganization(login: string): StandInGitHubAccount {
    return this.#site.addAccount(login, `none for ${login}`, true);
  }

  /** @throws TypeError when there is none */
  account(login: string): StandInGitHubAccount {
    return this.#site.account(login);
  }

  /** Its token is no longer taken. */
  revokeToken({ token }: StandInGitHubAccount): void {
    this.#tokens.revoke(token);
  }

  /** @param fullName as `octo/hello`; the owner has to be there */
  addRepository(fullName: string, details: RepositoryDetails = {}): StandInRepository {
    const [owner = "", name = ""] = fullName.split("/");
    return this.#site.addRepository({ owner: this.#site.account(owner), name, ...details });
  }

  /** Requests for the former name are sent on from now on. */
  addFormerName(fullName: string, formerName: string): void {
    this.repository(fullName).formerNames.push(formerName);
  }

  /** @throws TypeError when there is none */
  repository(fullName: string): StandInRepository {
    return this.#site.repository(fullName);
  }

  /** @throws TypeError when there is none */
  issue(fullName: string, number: number): StandInGitHubIssue {
    const issue = this.repository(fullName).issues.find((candidate) => candidate.number === number);
    if (issue === undefined) throw new TypeError(`The stand-in has no ${fullName}#${number}: create it first`);
    return issue;
  }

  /** Resolves when the webhooks were answered or given up; so do all that follow. @param selected names of repositories; all unless given */
  async install(login: string, selected?: readonly string[]): Promise<StandInInstallation> {
    const account = this.#site.account(login);
    const installation = { id: this.#site.nextId(), account, isSuspended: false, ...(selected === undefined ? {} : { selected }) };
    this.#site.installations.push(installation);
    await this.#fire({ name: "installation.created", by: account, payload: this.#installationPayload(installation) });
    return installation;
  }

  async uninstall(installation: StandInInstallation): Promise<void> {
    this.#site.installations.splice(this.#site.installations.indexOf(installation), 1);
    await this.#fire({ name: "installation.deleted", by: installation.account, payload: this.#installationPayload(installation) });
  }

  async suspend(installation: StandInInstallation): Promise<void> {
    installation.isSuspended = true;
    await this.#fire({ name: "installation.suspend", by: installation.account, payload: this.#installationPayload(installation) });
  }

  async createIssue(
    fullName: string,
    title: string,
    by: string,
    { body = "", labels = [] }: IssueDetails = {},
  ): Promise<StandInGitHubIssue> {
    const repository = this.repository(fullName);
    const author = this.#site.account(by);
    const issue = makeIssue(this.#site.nextId(), repository, author, title, this.#clock.now());
    Object.assign(issue, { body, labels: this.#site.labelsOf(repository, labels) });
    repository.issues.push(issue);
    await this.#tell("issues.opened", repository, issue, author);
    return issue;
  }

  async createPull(fullName: string, title: string, by: string, details: PullDetails = {}): Promise<StandInGitHubIssue> {
    const { body = "", labels = [], diff = "", branch = "feature", isDraft = false } = details;
    const repository = this.repository(fullName);
    const author = this.#site.account(by);
    const made = makeIssue(this.#site.nextId(), repository, author, title, this.#clock.now());
    const pull: StandInGitHubIssue["pull"] = { diff, branch, isDraft, isMerged: false, reviews: [] };
    const issue = { ...made, body, labels: this.#site.labelsOf(repository, labels), pull };
    repository.issues.push(issue);
    await this.#tell("pull_request.opened", repository, issue, author);
    return issue;
  }

  async setState(fullName: string, number: number, state: "open" | "closed", by: string): Promise<void> {
    const issue = this.issue(fullName, number);
    const now = this.#clock.now();
    Object.assign(issue, { state, updatedAt: now, closed: { by: this.#site.account(by), at: now } });
    const action = state === "closed" ? "closed" : "reopened";
    await this.#tell(`${kindOf(issue)}.${action}`, this.repository(fullName), issue, this.#site.account(by));
  }

  async editTitle(fullName: string, number: number, title: string, by: string): Promise<void> {
    const issue = this.issue(fullName, number);
    const changes = { changes: { title: { from: issue.title } } };
    Object.assign(issue, { title, updatedAt: this.#clock.now() });
    await this.#tell(`${kindOf(issue)}.edited`, this.repository(fullName), issue, this.#site.account(by), changes);
  }

  async label(fullName: string, number: number, name: string, by: string): Promise<void> {
    const repository = this.repository(fullName);
    const issue = this.issue(fullName, number);
    const [label] = this.#site.labelsOf(repository, [name]);
    issue.labels = [...this.#site.labelsOf(repository, [...issue.labels.map((one) => one.name), name])];
    issue.updatedAt = this.#clock.now();
    await this.#tell(`${kindOf(issue)}.labeled`, repository, issue, this.#site.account(by), { label });
  }

  async merge(fullName: string, number: number, by: string): Promise<void> {
    const issue = this.issue(fullName, number);
    if (issue.pull === undefined) throw new TypeError(`${fullName}#${number} is no pull request`);
    issue.pull.isMerged = true;
    await this.setState(fullName, number, "closed", by);
  }

  /** Puts an entry on somebody's list of notifications, or brings that of the issue up to date, a second later at least. @param hasComment it is about the issue's newest comment */
  notify(login: string, fullName: string, number: number, reason = "mention", hasComment = false): void {
    const issue = this.issue(fullName, number);
    const comment = hasComment ? issue.comments.at(-1) : undefined;
    const { notifications } = this.#site;
    const before = notifications.findIndex((entry) => entry.login === login && entry.issue === issue);
    const [thread] = before < 0 ? [] : notifications.splice(before, 1);
    const at = Math.max(
      Math.floor(this.#clock.now() / 1_000) * 1_000,
      ...notifications.map((entry) => entry.at),
      (thread?.at ?? 0) + 1_000,
    );
    const about = { login, repository: this.repository(fullName), issue, reason, at };
    notifications.push({ id: thread?.id ?? this.#site.nextId(), ...about, ...(comment === undefined ? {} : { comment }) });
  }

  async createDiscussion(fullName: string, title: string, by: string, body = ""): Promise<StandInDiscussion> {
    const repository = this.repository(fullName);
    const author = this.#site.account(by);
    const number = 101 + repository.discussions.length;
    const discussion: StandInDiscussion = { id: this.#site.nextId(), number, title, body, author, comments: [] };
    repository.discussions.push(discussion);
    const payload = { discussion: discussionJson(this.places, repository, discussion) };
    await this.#fire({ name: "discussion.created", repository, by: author, payload });
    return discussion;
  }

  async commentOnDiscussion(fullName: string, number: number, body: string, by: string): Promise<void> {
    const repository = this.repository(fullName);
    const discussion = repository.discussions.find((candidate) => candidate.number === number);
    if (discussion === undefined) throw new TypeError(`The stand-in has no discussion ${number} in ${fullName}`);
    const author = this.#site.account(by);
    const comment = { id: this.#site.nextId(), author, body, createdAt: this.#clock.now() };
    discussion.comments.push(comment);
    await this.#fire(discussionCommented(this.places, repository, discussion, comment));
  }

  async comment(fullName: string, number: number, body: string, by: string): Promise<void> {
    const repository = this.repository(fullName);
    const issue = this.issue(fullName, number);
    const author = this.#site.account(by);
    const comment = { id: this.#site.nextId(), author, body, createdAt: this.#clock.now() };
    issue.comments.push(comment);
    issue.updatedAt = comment.createdAt;
    const payload = { issue: issueJson(this.places, repository, issue), comment: commentJson(this.places, repository, issue, comment) };
    await this.#fire({ name: "issue_comment.created", repository, by: author, payload });
  }

  async review(fullName: string, number: number, event: StandInReview["event"], by: string, body = ""): Promise<void> {
    const repository = this.repository(fullName);
    const issue = this.issue(fullName, number);
    const author = this.#site.account(by);
    const review = { id: this.#site.nextId(), author, event, body };
    issue.pull?.reviews.push(review);
    const payload = { pull_request: pullJson(this.places, repository, issue), review: reviewJson(this.places, repository, issue, review) };
    await this.#fire({ name: "pull_request_review.submitted", repository, by: author, payload });
  }

  /** Sends any event as it stands, for instance one of GitHub's published examples. @param name as `issues.opened` or `push` */
  async send(name: string, payload: object, deliveryId = `stand-in-${this.#site.nextId()}`): Promise<readonly GitHubWebhookReport[]> {
    const sent = Promise.all(this.#webhooks.map((webhook) => sendGitHubWebhook(webhook, { name, payload, deliveryId })));
    this.#underWay.add(sent);
    const reports = await sent;
    this.#underWay.delete(sent);
    this.reports.push(...reports);
    return reports;
  }

  async #tell(
    name: string,
    repository: StandInRepository,
    issue: StandInGitHubIssue,
    by: StandInGitHubAccount,
    more: object = {},
  ): Promise<void> {
    const about =
      issue.pull === undefined
        ? { issue: issueJson(this.places, repository, issue) }
        : { number: issue.number, pull_request: pullJson(this.places, repository, issue) };
    await this.#fire({ name, repository, by, payload: { ...about, ...more } });
  }

  /** Repositories' events come through the installation where there is one, and otherwise through a webhook of the repository. */
  async #fire({ name, repository, by, payload, onlyTo }: AnyHappening): Promise<void> {
    const installation = repository && this.#site.installationOf(repository);
    const plain = {
      ...payload,
      ...(repository === undefined ? {} : { repository: repositoryJson(this.places, repository) }),
      sender: accountJson(this.places, by),
    };
    const ofInstallation = installation === undefined ? {} : { installation: { id: installation.id, node_id: `node-${installation.id}` } };
    await Promise.all([
      ...(onlyTo === undefined ? [this.send(name, { ...plain, ...ofInstallation })] : []),
      this.#sendToHooks(onlyTo === undefined ? hooksFor(name, repository) : [onlyTo], name, plain),
    ]);
  }

  /** Each webhook of a repository gets a delivery of its own. */
  async #sendToHooks(hooks: readonly StandInHook[], name: string, payload: object): Promise<void> {
    const sent = Promise.all(
      hooks.map((hook) => sendGitHubWebhook(hook, { name, payload, deliveryId: `stand-in-${this.#site.nextId()}` })),
    );
    this.#underWay.add(sent);
    this.reports.push(...(await sent));
    this.#underWay.delete(sent);
  }

  #installationPayload(installation: StandInInstallation): object {
    return { installation: installationJson(this.places, this.#tokens.appId, installation), repositories: [] };
  }
}

function hooksFor(name: string, repository: StandInRepository | undefined): readonly StandInHook[] {
  const [event = ""] = name.split(".");
  return (repository?.hooks ?? []).filter(({ active, events }) => active && (events.includes("*") || events.includes(event)));
}

function kindOf({ pull }: StandInGitHubIssue): "issues" | "pull_request" {
  return pull === undefined ? "issues" : "pull_request";
}
