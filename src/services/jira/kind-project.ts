import type { Connection, ConnectionState } from "../../core/connection.js";
import { ValidationError } from "../../core/errors.js";
import type { IssueKeys } from "../../core/issue-keys.js";
import { notice, type RoomMessage } from "../../core/message.js";
import type { Provisioning } from "../../core/provisioning.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { ConnectionCommand } from "../../core/room-commands.js";
import type { ConnectionKind, Rendered, ServiceContext } from "../../core/service.js";
import type { MarkdownRenderer } from "../../shared/markdown.js";
import { onceFor } from "../../shared/once-for.js";
import { parseHttpUrl } from "../../shared/url.js";
import { findingCardMessage, findingCardOf, type FindingCard } from "../../vocabulary/finding-card.js";
import { isAt, isAtRegistered } from "./at-instance.js";
import type { JiraEvent } from "./events.js";
import { configuredRoad, heardBy } from "./heard.js";
import { instancesAt, knownInstancesOf, webUrlOf, type JiraInstance } from "./instances.js";
import { parseIssue } from "./issue-key.js";
import { issueContent, issueCreatedText, issueUpdatedText, versionText } from "./messages.js";
import { isProjectOf, jiraOfState, parseProjectUrl, projectOfState, type ProjectAddress } from "./project-url.js";
import { allRegistered, isRegistered, serves } from "./registered-jiras.js";
import { anyHostRoutingKey, idRoutingKey, keyRoutingKey } from "./routing-keys.js";
import { stateSchema, urlMistake, type JiraConfig, type ProjectState } from "./schema.js";

/** Its state event, and the name it had before Hookshot 1.0 (reference 2.2). */
const stateTypes = ["uk.half-shot.matrix-hookshot.jira.project", "uk.half-shot.matrix-github.jira.project"] as const;

export const projectKindId = "project";

/** "This room hears that Jira project." */
export function createProjectKind(
  renderer: MarkdownRenderer,
  commands: readonly ConnectionCommand<JiraConfig>[] = [],
  provisioning?: Provisioning<JiraConfig>,
  issueKeys?: IssueKeys<JiraConfig>,
): ConnectionKind<JiraConfig> {
  return {
    id: projectKindId,
    title: "Jira project",
    stateTypes,
    stateSchema,
    defaultCommandPrefix: "!jira",
    commands,
    ...(provisioning === undefined ? {} : { provisioning }),
    ...(issueKeys === undefined ? {} : { issueKeys }),
    canBeStatic: true,
    ownsItem: (state, _stateKey, typed) => ownsIssue(projectState(state), typed),
    normalise,
    remoteKeys: (state) => remoteKeys(projectState(state)),
    resourceKey: (state) => resourceKey(projectState(state)),
    describe,
    isNamed: (state, stateKey, typed, remoteName, { config }) =>
      stateKey === typed || isNamed(projectState(state), typed, remoteName, knownInstancesOf(config)),
    isAtRegistered: (state, remoteName, context) => isAtRegistered(state["url"], remoteName, context),
    note: (state, _now, context) => noteOn(projectState(state), knownInstancesOf(context.config), context),
    projectId: (state) => projectState(state).id,
    // The url as it stands in the state: Hookshot hashes its grants from it (reference 7).
    grant: (state) => ({ type: "jira", id: `url:${projectState(state).url}` }),
    // Versions are told by the project's id alone.
    beyondGrant: (state) => projectState(state).id,
    render: (event, connection, { config }) => render(event, connection, knownInstancesOf(config), renderer),
  };
}

// State reaches a kind only after its schema let it through.
function projectState(state: ConnectionState): ProjectState {
  return state as unknown as ProjectState;
}

/** A first entry `issue.created` is how Hookshot once wrote its default (reference 2.8). */
function normalise(content: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { events, ...others } = content;
  return Array.isArray(events) && events[0] === "issue.created" ? others : content;
}

function remoteKeys({ url, id }: ProjectState): readonly string[] {
  const { url: address, key } = requireProject(url);
  return [keyRoutingKey(address.host, key), ...(id === undefined ? [] : [idRoutingKey(address.host, id)]), anyHostRoutingKey(key)];
}

function resourceKey({ url }: ProjectState): string {
  const { url: address, key } = requireProject(url);
  return keyRoutingKey(address.host, key);
}

/** @throws ValidationError for an address without a project: more than the schema can say, and the connection is not loaded then */
function requireProject(stateUrl: string): ProjectAddress {
  const project = projectOfState(stateUrl);
  if (project === undefined) throw new ValidationError(urlMistake);
  return project;
}

/** Also called for state that was not loaded. */
function describe(state: ConnectionState, stateKey: string): { readonly name: string; readonly url?: string } {
  const project = projectOfState(state["url"]);
  return project === undefined ? { name: stateKey } : { name: project.key, url: projectState(state).url };
}

/** An issue's address belongs here with the project's host; state that Hookshot wrote has no context path to compare. */
function ownsIssue(state: ProjectState, typed: string): boolean {
  const project = projectOfState(state.url);
  const issue = parseIssue(typed);
  if (project === undefined || issue?.projectKey !== project.key) return false;
  return issue.url === undefined || issue.url.host === project.url.host;
}

function isNamed(state: ProjectState, typed: string, remoteName: string | undefined, instances: readonly JiraInstance[]): boolean {
  const project = projectOfState(state.url);
  if (project === undefined) return false;
  const address = parseProjectUrl(typed);
  if (address === undefined) {
    const [, prefix, key = typed] = /^([^:/\s]+):([^:/\s]+)$/.exec(typed) ?? [];
    return key.toUpperCase() === project.key && isAt(project.url, remoteName ?? prefix, instances);
  }
  return address.key === project.key && address.url.host === project.url.host && isAt(project.url, remoteName, instances);
}

/** A configured Jira has a webhook that its administrator made and can look at; of a registered one nobody here may know whether it sends. */
async function noteOn(
  { url }: ProjectState,
  instances: readonly JiraInstance[],
  context: ServiceContext<JiraConfig>,
): Promise<string | undefined> {
  const project = projectOfState(url);
  const here = project === undefined ? [] : instancesAt([...instances, ...(await allRegistered(context))], project.url);
  if (project === undefined || here.length === 0 || !here.every(isRegistered)) return undefined;
  const { key } = project;
  const road = await heardBy(context.store, { host: project.url.host, key });
  const isHeard = road === configuredRoad || here.some(({ remote }) => remote.key === road && serves(remote, key));
  return isHeard ? undefined : "no event yet";
}

function render(event: RemoteEvent, connection: Connection, instances: readonly JiraInstance[], renderer: MarkdownRenderer): Rendered {
  const card = findingCardOf(event);
  if (card !== undefined) return renderCard(card, projectState(connection.state), renderer);
  // `parse` made it.
  const jiraEvent = event.payload as JiraEvent;
  const state = projectState(connection.state);
  const { senderUrl } = jiraEvent;
  if (senderUrl !== undefined && !isAtSender(state, senderUrl))
    return { kind: "ignored", reason: `it was told by the webhook of ${senderUrl}, which has no say in this project` };
  if (!state.events.includes(jiraEvent.name))
    return { kind: "ignored", reason: `the connection's events do not include ${jiraEvent.name}` };
  const message = toMessage(jiraEvent, state, instances, renderer);
  return message === undefined
    ? { kind: "ignored", reason: "the update names no changed field" }
    : { kind: "messages", messages: [message] };
}

function renderCard(card: FindingCard, state: ProjectState, renderer: MarkdownRenderer): Rendered {
  if (isAtSender(state, card.remoteUrl)) return { kind: "messages", messages: [findingCardMessage(card, renderer)] };
  return { kind: "ignored", reason: `it is about a project of ${card.remoteUrl}` };
}

/** Routing goes by the host alone, where two Jiras differ in the path. */
function isAtSender({ url }: ProjectState, senderUrl: string): boolean {
  const project = parseHttpUrl(url);
  return project !== undefined && isProjectOf(senderUrl, project);
}

/** A connection's state is the same for each of its events. */
const jiraOf = onceFor(({ url }: ProjectState) => jiraOfState(url));

function toMessage(
  event: JiraEvent,
  state: ProjectState,
  instances: readonly JiraInstance[],
  renderer: MarkdownRenderer,
): RoomMessage | undefined {
  const connected = jiraOf(state);
  if (event.name === "issue_created") {
    const webUrl = webUrlOf(instances, event.issue.self, connected);
    const text = issueCreatedText(event, webUrl);
    return quietNotice(text.text, renderer.inline(text), issueContent(event.issue, webUrl));
  }
  if (event.name === "issue_updated") {
    const webUrl = webUrlOf(instances, event.issue.self, connected);
    const text = issueUpdatedText(event, webUrl);
    return text && quietNotice(text.text, renderer.block(text), issueContent(event.issue, webUrl));
  }
  const project = { key: projectOfState(state.url)?.key ?? "", url: state.url };
  const text = versionText(event, project, webUrlOf(instances, event.version.self, connected));
  return quietNotice(text.text, renderer.inline(text));
}

/**
 * Empty `m.mentions` say that the message mentions nobody, so that `@room` in an issue's summary pings no room
 * (Matrix spec v1.7, "User and room mentions").
 */
function quietNotice(body: string, html: string, extra?: Readonly<Record<string, unknown>>): RoomMessage {
  return notice(body, html, Object.assign({ "m.mentions": {} }, extra));
}
