import type { Connection, ConnectionState } from "../../core/connection.js";
import type { Provisioning } from "../../core/provisioning.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { ConnectionCommand } from "../../core/room-commands.js";
import type { RoomListener } from "../../core/room-listener.js";
import type { ConnectionKind, LateRendering, Rendered, ServiceContext } from "../../core/service.js";
import { systemClock, type Clock } from "../../shared/clock.js";
import { remotesCalled } from "../../vocabulary/choose-remote.js";
import { repositoryKindId } from "./connect-rights.js";
import { findingCardMessage, findingCardOf } from "../../vocabulary/finding-card.js";
import type { GitHubEvent } from "./events.js";
import { isAwaited } from "./heard.js";
import { issueRoomUrl } from "./issue-room-url.js";
import { lookUp, needsLookUp } from "./late-words.js";
import { siteContent } from "./listener-target.js";
import { wordsOf, type View } from "./messages.js";
import { toMessage, type MessageRenderers } from "./messages-content.js";
import type { Words } from "./messages-parts.js";
import { allRegistered, atSite } from "./registered-githubs.js";
import type { IssueReader } from "./remote.js";
import { isSameRepository, nameOf, ownsIssue, parseRepository, repositoryOfState, repositoryUrl } from "./repository-name.js";
import { checkRepositoryChange, checkSiteChange, repositoryState, requireRepository } from "./repository-rules.js";
import { connectedKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";
import { reasonForSilence } from "./silence.js";
import { hostOf, isCalledByHost } from "./site.js";
import { isElsewhere, namedSite, siteOfState } from "./state-site.js";
import { enabledEvents, stateSchema, type RepositoryState } from "./state-schema.js";

/** Its state event, and the name it had before Hookshot 1.0 (reference 2.2). */
export const repositoryStateTypes = ["uk.half-shot.matrix-hookshot.github.repository", "uk.half-shot.matrix-github.repository"] as const;

interface RepositoryKindParts extends MessageRenderers {
  readonly reader: IssueReader;
  readonly commands: readonly ConnectionCommand<GitHubConfig>[];
  readonly listener: RoomListener<GitHubConfig>;
  readonly provisioning?: Provisioning<GitHubConfig>;
  /** How long GitHub is waited for. */
  readonly clock?: Clock;
}

/** "This room hears that repository." */
export function createRepositoryKind({
  reader,
  commands,
  listener,
  provisioning,
  clock = systemClock,
  ...renderers
}: RepositoryKindParts): ConnectionKind<GitHubConfig> {
  return {
    id: repositoryKindId,
    title: "GitHub repository",
    stateTypes: repositoryStateTypes,
    stateSchema,
    defaultCommandPrefix: "!gh",
    commands,
    listener,
    ...(provisioning === undefined ? {} : { provisioning }),
    canBeStatic: true,
    normalise,
    ownsItem: (state, _stateKey, typed) => ownsIssue(state, typed),
    remoteKeys: (state) => [connectedKey(state, requireRepository(state))],
    resourceKey: (state) => connectedKey(state, requireRepository(state)),
    describe,
    note: async (state, _nowMs, context) => ((await isAwaited(state, context)) ? "no event yet" : undefined),
    isNamed: (state, stateKey, typed, remoteName, { config }) =>
      isAt(state, remoteName, config) && (stateKey === typed || isNamed(state, typed, config)),
    isAtRegistered,
    grant,
    checkChange: (state, before, { config }) => {
      checkSiteChange(state, before, config);
      checkRepositoryChange(repositoryState(state), before === undefined ? undefined : repositoryState(before));
    },
    render: (event, connection, context) => render(event, connection, context, renderers),
    renderLater: (event, connection, context) => renderLater(event, connection, context, { ...renderers, reader, clock }),
  };
}

/** Null counts as absent in every setting (reference 2.16), in those within others too. */
function normalise(content: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const tidied = Object.fromEntries(
    Object.entries(withoutNulls(content)).map(([key, value]) => [key, isRecord(value) ? withoutNulls(value) : value]),
  );
  const site = namedSite(tidied);
  return site === undefined ? tidied : { ...tidied, url: site.webUrl };
}

async function isAtRegistered(state: ConnectionState, remoteName: string, context: ServiceContext<GitHubConfig>): Promise<boolean> {
  const called = remotesCalled(await allRegistered(context), remoteName);
  return atSite(called, siteOfState(state, context.config)).length > 0;
}

/** As it stands in the state: Hookshot hashes its grants from it (reference 7). At another GitHub than the configured one it is ours. */
function grant(state: ConnectionState): { readonly type: string; readonly id: string } {
  const site = namedSite(state);
  const { org, repo } = repositoryState(state);
  return { type: "github", id: `${site === undefined ? "" : `host:${hostOf(site)} `}org:${org}repo:${repo}` };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withoutNulls(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).filter(([, member]) => member !== null));
}

/** Also called for state that was not loaded. */
function describe(state: ConnectionState, stateKey: string): { readonly name: string; readonly url?: string } {
  const repository = repositoryOfState(state);
  const site = namedSite(state);
  if (repository === undefined) return { name: stateKey };
  return { name: nameOf(repository), ...(site === undefined ? {} : { url: repositoryUrl(repository, site) }) };
}

function isAt(state: ConnectionState, remoteName: string | undefined, config: GitHubConfig): boolean {
  return remoteName === undefined || isCalledByHost(siteOfState(state, config), remoteName);
}

function isNamed(state: ConnectionState, typed: string, config: GitHubConfig): boolean {
  const repository = repositoryOfState(state);
  const named = parseRepository(typed, siteOfState(state, config));
  return repository !== undefined && named !== undefined && isSameRepository(repository, named);
}

function render(event: RemoteEvent, connection: Connection, context: ServiceContext<GitHubConfig>, renderers: MessageRenderers): Rendered {
  const card = findingCardOf(event);
  if (card !== undefined) return { kind: "messages", messages: [findingCardMessage(card, renderers.renderer)] };
  const { gitHubEvent, state, enabled } = read(event, connection);
  const reason = reasonForSilence(gitHubEvent, state, enabled);
  if (reason !== undefined) return { kind: "ignored", reason };
  if (!isElsewhere(connection.state, context.config) && needsLookUp(gitHubEvent, state)) return { kind: "later" };
  return toRendered(wordsOf(gitHubEvent, viewOf(gitHubEvent, connection, enabled, context)), connection, renderers);
}

async function renderLater(
  event: RemoteEvent,
  connection: Connection,
  context: ServiceContext<GitHubConfig>,
  { reader, clock, ...renderers }: MessageRenderers & { readonly reader: IssueReader; readonly clock: Clock },
): Promise<LateRendering> {
  const { gitHubEvent, state, enabled } = read(event, connection);
  // It may have been moved meanwhile.
  const isHere = !isElsewhere(connection.state, context.config);
  const found = isHere ? await lookUp(gitHubEvent, state, { reader, clock }, context) : {};
  return toRendered(wordsOf(gitHubEvent, { ...viewOf(gitHubEvent, connection, enabled, context), ...found }), connection, renderers);
}

function read(
  event: RemoteEvent,
  connection: Connection,
): { readonly gitHubEvent: GitHubEvent; readonly state: RepositoryState; readonly enabled: ReadonlySet<string> } {
  const state = repositoryState(connection.state);
  // The webhook or the label task made it.
  return { gitHubEvent: event.payload as GitHubEvent, state, enabled: enabledEvents(state) };
}

function viewOf(event: GitHubEvent, { state }: Connection, enabled: ReadonlySet<string>, context: ServiceContext<GitHubConfig>): View {
  // Rooms of issues are the configured GitHub's.
  if (event.name !== "issues.opened" || isElsewhere(state, context.config)) return { enabled };
  const issueRoom = issueRoomUrl({ ...event.repository, number: event.issue.number }, state, context);
  return { enabled, ...(issueRoom === undefined ? {} : { issueRoomUrl: issueRoom }) };
}

function toRendered(words: Words | undefined, { state }: Connection, parts: MessageRenderers): Exclude<Rendered, { kind: "later" }> {
  if (words === undefined) return { kind: "ignored", reason: "it is told in rooms of its own" };
  return { kind: "messages", messages: [toMessage({ ...words, content: { ...words.content, ...siteContent(state) } }, parts)] };
}
