import { readFileSync } from "node:fs";
import type { Connection } from "../../src/core/connection.js";
import type { RemoteEvent } from "../../src/core/remote-event.js";
import type { ConnectionKind, LateRendering, ParsedWebhook, Rendered, ServiceContext, Webhook } from "../../src/core/service.js";
import { createRepositoryKind } from "../../src/services/github/kind-repository.js";
import { createMarkupRenderer } from "../../src/services/github/markup.js";
import type { IssueReader } from "../../src/services/github/remote.js";
import type { GitHubConfig } from "../../src/services/github/schema.js";
import { createGitHubWebhook } from "../../src/services/github/webhook.js";
import { systemClock, type Clock } from "../../src/shared/clock.js";
import { createMarkdownRenderer } from "../../src/shared/markdown.js";
import { Secret } from "../../src/shared/secret.js";
import { createServiceContext, type TestContext } from "./service-context.js";

export const gitHubConfig: GitHubConfig = {
  auth: { id: 1, privateKey: new Secret("not a key") },
  webhook: { secret: new Secret("webhook secret") },
  userIdPrefix: "_github_",
};

export interface GitHubRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request of the service's fixtures. @param changes members of the body to replace */
export function gitHubFixture(name: string, changes: Readonly<Record<string, unknown>> = {}): GitHubRequest {
  const file = new URL(`../../src/services/github/fixtures/${name}.json`, import.meta.url);
  const { headers, body } = JSON.parse(readFileSync(file, "utf8")) as GitHubRequest;
  return { headers, body: { ...body, ...changes } };
}

/** A member of a fixture's body with some of its own members replaced: `{issue: {…, title: "x"}}`. */
export function changed({ body }: GitHubRequest, member: string, changes: object): Record<string, unknown> {
  return { [member]: { ...(body[member] as object), ...changes } };
}

const nobody: IssueReader = {
  lastCommentBy: () => Promise.reject(new TypeError("nobody asked for it")),
  diff: () => Promise.reject(new TypeError("nobody asked for it")),
};

/** GitHub's webhook and repository connections, without anything that asks GitHub. */
export class PlayedGitHub {
  readonly webhook: Webhook<GitHubConfig> = createGitHubWebhook();
  readonly kind: ConnectionKind<GitHubConfig>;
  readonly context: TestContext<GitHubConfig>;

  constructor({ reader = nobody, config = gitHubConfig, clock = systemClock, ...overrides }: PlayedOptions = {}) {
    const renderers = { renderer: createMarkdownRenderer(), markup: createMarkupRenderer() };
    this.kind = createRepositoryKind({ ...renderers, reader, clock, commands: [], listener: { hears: () => false } });
    this.context = createServiceContext(config, overrides);
  }

  parse({ headers, body }: GitHubRequest): ParsedWebhook {
    // Nothing is looked up, so it does not wait.
    return this.webhook.parse({ headers, body: Buffer.from(JSON.stringify(body)) }, this.context) as ParsedWebhook;
  }

  /** What the request's only event comes to in a room with that state. */
  render(request: GitHubRequest, state: Readonly<Record<string, unknown>> = {}): Rendered {
    return this.kind.render(onlyEvent(this.parse(request)), repositoryConnection(state), this.context);
  }

  /** The same where it has to be waited for. */
  async renderLater(request: GitHubRequest, state: Readonly<Record<string, unknown>> = {}): Promise<LateRendering> {
    const event = onlyEvent(this.parse(request));
    const connection = repositoryConnection(state);
    if (this.kind.render(event, connection, this.context).kind !== "later") throw new TypeError("It did not have to be waited for");
    return this.kind.renderLater!(event, connection, this.context);
  }
}

interface PlayedOptions extends Partial<Pick<ServiceContext<GitHubConfig>, "now" | "store">> {
  readonly reader?: IssueReader;
  readonly config?: GitHubConfig;
  readonly clock?: Clock;
}

/** `render` reads nothing but the state. */
export function repositoryConnection(state: Readonly<Record<string, unknown>> = {}): Connection {
  return { state: { org: "octo", repo: "hello", ...state } } as unknown as Connection;
}

function onlyEvent({ events }: ParsedWebhook): RemoteEvent {
  const [event, ...others] = events;
  if (event === undefined || others.length > 0) throw new TypeError(`There are ${events.length} events`);
  return event;
}

/** The content of the only message. */
export function contentOf(rendered: Rendered): Readonly<Record<string, unknown>> {
  if (rendered.kind !== "messages") throw new TypeError(`No message: ${JSON.stringify(rendered)}`);
  const [message, ...others] = rendered.messages;
  if (message === undefined || others.length > 0) throw new TypeError(`There are ${rendered.messages.length} messages`);
  return message.content;
}
