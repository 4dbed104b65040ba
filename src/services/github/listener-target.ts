import type { MatrixEvent } from "../../core/matrix-event.js";
import type { RoomEventCall } from "../../core/room-listener.js";
import type { ConnectionState } from "../../core/connection.js";
import { ownMember } from "../../shared/own-member.js";
import { isSameRepository, repositoryName, repositoryOfState, type IssueName, type RepositoryName } from "./repository-name.js";
import { namedSite } from "./state-site.js";

const keys = {
  repository: "uk.half-shot.matrix-hookshot.github.repo",
  issue: "uk.half-shot.matrix-hookshot.github.issue",
  pullRequest: "uk.half-shot.matrix-hookshot.github.pull_request",
  /** Ours: at which GitHub it is, where the state of the connection that told it says so. */
  site: "matrix-switchboard.github.site",
} as const;

/** What a message carries besides, so that nobody takes what it is about for something of the same name at the configured GitHub. */
export function siteContent(state: ConnectionState): Readonly<Record<string, unknown>> {
  const site = namedSite(state);
  return site === undefined ? {} : { [keys.site]: site.webUrl };
}

/**
 * The issue or pull request that the message of ours is about that an event answers or reacts to, by the keys that it carries (Hookshot
 * reference 2.3). Others' messages may carry the same keys, to make people act on what they do not see.
 * @returns undefined when it is about none, or about one of another repository than the connection's; or of another GitHub
 * @throws RemoteError when the homeserver has to be waited for
 */
export function relatedIssue(call: RoomEventCall): Promise<IssueName | undefined> {
  return relatedTo(call, ({ content }) => numberOf(content[keys.issue]));
}

/** The same, for pull requests only. Messages about reviews and merges only carry an issue, whose address tells what it is. */
export function relatedPullRequest(call: RoomEventCall): Promise<IssueName | undefined> {
  return relatedTo(call, ({ content }) => {
    const { external_url: url } = content;
    const byAddress = typeof url === "string" && /\/pull\/\d+/.test(url) ? numberOf(content[keys.issue]) : undefined;
    return numberOf(content[keys.pullRequest]) ?? byAddress;
  });
}

async function relatedTo(call: RoomEventCall, number: (event: MatrixEvent) => number | undefined): Promise<IssueName | undefined> {
  const connected = repositoryOfState(call.connection.state);
  const related = connected && (await call.related());
  if (related === undefined || connected === undefined || !call.isOurs(related.sender)) return undefined;
  if (related.content[keys.site] !== siteContent(call.connection.state)[keys.site]) return undefined;
  return inRepository(related.content, connected, number(related));
}

function inRepository(content: MatrixEvent["content"], connected: RepositoryName, number: number | undefined): IssueName | undefined {
  const fullName = ownMember(content[keys.repository], "name");
  const [owner, repo, ...others] = typeof fullName === "string" ? fullName.split("/") : [];
  const repository = others.length === 0 ? repositoryName(owner, repo) : undefined;
  if (number === undefined || repository === undefined || !isSameRepository(repository, connected)) return undefined;
  return { ...connected, number };
}

function numberOf(issue: unknown): number | undefined {
  const number = ownMember(issue, "number");
  return typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
