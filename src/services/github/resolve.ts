import { RemoteError, SwitchboardError } from "../../core/errors.js";
import type { ConnectionTarget, Resolution, ResolveInput, ServiceContext } from "../../core/service.js";
import { remotesCalled, wordToChoose } from "../../vocabulary/choose-remote.js";
import { checkMayConnect, repositoryKindId, targetOf } from "./connect-rights.js";
import { registeredChange } from "./heard.js";
import { howToLogIn } from "./login-help.js";
import { lookUpAt, type Found, type LookUp } from "./look-up-registered.js";
import { noSection } from "./no-section.js";
import {
  atSite,
  configuredGitHub,
  gitHubsFor,
  gitHubWords,
  isRegistered,
  type ChoosableGitHub,
  type RegisteredGitHub,
} from "./registered-githubs.js";
import { nameOf, parseRepository, repositoryName, type RepositoryName } from "./repository-name.js";
import { connectedKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";
import { servesRepository } from "./served-repository.js";
import { findPerson, type GitHubParts } from "./session.js";
import { hostOf, isCalledByHost } from "./site.js";
import { siteState } from "./state-site.js";
import type { WebhookRegistration } from "./webhook-registration.js";

/** What looking repositories up needs, and what is done once a room is connected through a registered GitHub. */
export type ResolveParts = GitHubParts & { readonly webhooks: WebhookRegistration };

type Context = ServiceContext<GitHubConfig>;

/** More GitHubs than these are not asked because of one word. */
const mostGitHubs = 20;
/** Names that a sentence lists. */
const mostNames = 10;

/**
 * Finds what `!connect github octo/hello`, `!connect github:main octo/hello` and `!connect github <address>` mean: at the configured GitHub
 * with the person's own rights, at registered ones as their accounts see it. What the person sees at the configured one is meant, unless they
 * typed a name.
 */
export async function resolveRepository(parts: ResolveParts, input: ResolveInput, context: Context): Promise<Resolution> {
  const configured = configuredGitHub(context.config);
  const gitHubs = [...(configured === undefined ? [] : [configured]), ...(await gitHubsFor(input.actor, input.roomId, context))];
  const chosen = input.remoteName === undefined ? gitHubs : gitHubsCalled(gitHubs, input.remoteName);
  if (chosen.length === 0) return refused(describeNoGitHub(gitHubs, input));
  const candidates = chosen.filter(({ site }) => parseRepository(input.typed, site) !== undefined);
  const [first] = candidates;
  // All read it in the same way: an address is at one of them.
  const typed = first && parseRepository(input.typed, first.site);
  if (typed === undefined) return refused(describeNoRepository(chosen, input.typed));
  const search: Search = { typed, gitHubs, context, parts };
  const registered = candidates.filter(isRegistered);
  const own = candidates.find((gitHub) => !isRegistered(gitHub));
  if (own === undefined) return resolveRegistered(registered, search);
  const result = await resolveByLogin(parts, typed, input, context);
  if (result.kind === "found") return result;
  // What they see there is what they mean, even if they may not connect it by themselves.
  const others = result.isSeen ? atSite(registered, own.site) : registered;
  if (others.length === 0) return refused(result.reason);
  const further = await resolveRegistered(others, search);
  return further.kind === "refused" ? refused(`${result.reason} ${further.reason}`) : further;
}

/** By the names that were registered, else by the host. */
function gitHubsCalled(gitHubs: readonly ChoosableGitHub[], name: string): readonly ChoosableGitHub[] {
  const called = remotesCalled(gitHubs, name);
  return called.length > 0 ? called : gitHubs.filter(({ site }) => isCalledByHost(site, name));
}

type OwnResolution =
  | Extract<Resolution, { readonly kind: "found" }>
  /** `isSeen`: the repository is there, or may be. */
  | { readonly kind: "refused"; readonly reason: string; readonly isSeen: boolean };

async function resolveByLogin(
  parts: GitHubParts,
  typed: RepositoryName,
  { actor }: ResolveInput,
  context: Context,
): Promise<OwnResolution> {
  let isSeen = false;
  try {
    const link = await findPerson(parts, actor, context);
    if (link === undefined) return { kind: "refused", reason: `You are not logged into GitHub. ${howToLogIn(context)}`, isSeen };
    const found = await parts.client.findRepository(link, typed);
    isSeen = found !== undefined;
    // Where it cannot be read, the question for rights will tell.
    const repository = repositoryName(found?.owner?.login, found?.name) ?? typed;
    await checkMayConnect(parts, link, repository, context);
    return { kind: "found", target: targetOf(repository) };
  } catch (error) {
    if (!(error instanceof SwitchboardError)) throw error;
    return { kind: "refused", reason: error.message, isSeen: isSeen || error instanceof RemoteError };
  }
}

interface Search {
  readonly typed: RepositoryName;
  /** All that the person may choose. */
  readonly gitHubs: readonly ChoosableGitHub[];
  readonly context: Context;
  readonly parts: ResolveParts;
}

async function resolveRegistered(candidates: readonly RegisteredGitHub[], search: Search): Promise<Resolution> {
  const { typed, gitHubs, context, parts } = search;
  const serving = candidates.filter(({ remote }) => servesRepository(remote.projects, typed));
  if (serving.length > mostGitHubs) return refused(describeTooMany(serving, typed));
  const lookUps = await lookUpAt(parts, serving.length > 0 ? serving : candidates, typed, context);
  const found = firstOfEachSite(lookUps.filter((lookUp) => lookUp.kind === "found"));
  const [only, ...others] = found;
  if (only === undefined) return refused(describeMisses(lookUps, typed));
  if (others.length > 0) {
    const choices = found.map(({ gitHub, repository }) => ({
      typed: `${wordToChoose("github", gitHub, gitHubs)} ${nameOf(repository)}`,
      description: `${nameOf(repository)} at ${gitHub.site.webUrl}`,
    }));
    return { kind: "ambiguous", choices };
  }
  const target = registeredTarget(only, search);
  return { kind: "found", target, changes: [registeredChange(connectedKey(target.state, only.repository), context)] };
}

/** Several registered GitHubs may be one, with an account each: then the first that sees it does. */
function firstOfEachSite(found: readonly Found[]): readonly Found[] {
  return [...new Map([...found].reverse().map((each) => [hostOf(each.gitHub.site), each])).values()].reverse();
}

function registeredTarget({ gitHub, repository }: Found, { context, parts: { webhooks } }: Search): ConnectionTarget {
  const place = siteState(gitHub.site, context.config);
  const name = nameOf(repository);
  return {
    kindId: repositoryKindId,
    stateKey: place.url === undefined ? name : `${hostOf(gitHub.site)}/${name}`,
    state: { org: repository.owner, repo: repository.repo, ...place },
    name,
    remote: gitHubWords(gitHub),
    afterwards: () => webhooks.ensure(gitHub, repository, context),
  };
}

function describeNoGitHub(gitHubs: readonly ChoosableGitHub[], { remoteName, typed }: ResolveInput): string {
  const [only, ...others] = gitHubs;
  if (only === undefined) {
    return `${noSection} Rooms can be connected through registered GitHubs, and there is none that you may use here. The administrator registers them over the APIs for connectors and Git integrations.`;
  }
  const lead = `There is no GitHub called \`${remoteName ?? ""}\` here`;
  if (others.length === 0 && !isRegistered(only)) {
    return `${lead}, only the one at ${only.site.webUrl}. Type \`!connect github ${typed}\`.`;
  }
  return `${lead}. Known: ${listOf(gitHubs)}.`;
}

function describeNoRepository(gitHubs: readonly ChoosableGitHub[], typed: string): string {
  const places = [...new Set(gitHubs.map(({ site }) => site.webUrl))].slice(0, mostNames);
  return `\`${typed}\` is no repository at ${places.join(" or ")}. Type \`owner/name\`, or the repository's address from the browser.`;
}

function describeTooMany(gitHubs: readonly RegisteredGitHub[], typed: RepositoryName): string {
  const name = nameOf(typed);
  return `${name} can be at any of ${gitHubs.length} registered GitHubs. Type its address from the browser, or \`!connect github:<name> ${name}\` with one of their names: ${listOf(gitHubs)}.`;
}

/** Why none of the registered GitHubs gives it. */
function describeMisses(lookUps: readonly LookUp[], typed: RepositoryName): string {
  const name = nameOf(typed);
  const failures = lookUps.flatMap((lookUp) =>
    lookUp.kind === "failed" ? [`Through ${gitHubWords(lookUp.gitHub)}: ${lookUp.error.message}`] : [],
  );
  const unseen = lookUps.filter(({ kind }) => kind === "unseen").map(({ gitHub }) => gitHub);
  const unserved = lookUps.filter(({ kind }) => kind === "unserved").map(({ gitHub }) => gitHub);
  return [
    ...(unseen.length === 0 ? [] : [`There is no ${name} at ${listOf(unseen)}, or the account that was registered may not see it.`]),
    ...(unserved.length === 0 ? [] : [`${name} is not among the projects of ${listOf(unserved)}; whoever registered it can change that.`]),
    ...failures.slice(0, mostNames),
  ].join(" ");
}

function listOf(gitHubs: readonly ChoosableGitHub[]): string {
  const names = [...new Set(gitHubs.map(gitHubWords))];
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : "";
  return `${names.slice(0, mostNames).join(", ")}${more}`;
}

function refused(reason: string): Resolution {
  return { kind: "refused", reason };
}
