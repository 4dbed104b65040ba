import type { ServiceContext } from "../../core/service.js";
import type { ServiceTask } from "../../core/service-task.js";
import { RecentMap } from "../../shared/recent-map.js";
import { RemoteError, SwitchboardError } from "../../core/errors.js";
import { appLink, installationLink, type GitHubLink } from "./access.js";
import type { AppAnswer, InstallationAnswer } from "./client-schema.js";
import type { GitHubClient } from "./client.js";
import type { OctokitPace } from "./octokit-pace.js";
import { noSection } from "./no-section.js";
import { nameOf, type RepositoryName } from "./repository-name.js";
import { installationsStaleKey } from "./remote.js";
import type { GitHubConfig } from "./schema.js";

type Context = ServiceContext<GitHubConfig>;

/** The GitHub App: where it is installed, and how it reads there. Where none is configured it is installed nowhere. */
export interface GitHubApp {
  /** As the installation that covers the repository; undefined when none does. @throws RemoteError */
  linkFor(repository: RepositoryName, context: Context): Promise<GitHubLink | undefined>;
  /** Whether it may read the repository, by GitHub's newest word. @throws RemoteError */
  isInstalled(repository: RepositoryName, context: Context): Promise<boolean>;
  /** Whether it may be installed for the account, by what is known already: asks nobody. */
  mayCover(account: string, context: Context): boolean;
  /** As an installation known by its id. */
  linkOf(installationId: number, context: Context): GitHubLink;
  /** Where people install it. @throws RemoteError; SwitchboardError HS_DISABLED_FEATURE where none is configured */
  installUrl(context: Context): Promise<string>;
  /** Keeps up with where it is installed. */
  readonly task: ServiceTask<GitHubConfig>;
}

const refreshEveryMs = 60 * 60 * 1_000;
/** How soon a webhook's word is heard. */
const lookEveryMs = 15_000;
const firstPauseMs = 10_000;
const longestPauseMs = 15 * 60 * 1_000;
/** Somebody may be about to install it. */
const missCountsMs = 60_000;

/** What is known; a cache that can be read anew at any time. */
interface Known {
  readonly link: GitHubLink;
  app: AppAnswer | undefined;
  /** By the account's name in lower case. */
  byAccount: ReadonlyMap<string, InstallationAnswer>;
  /** What was asked for single repositories; a number is the time until which there is none. */
  byRepository: RecentMap<string, InstallationAnswer | number>;
  readonly links: Map<number, GitHubLink>;
  readAt: number | undefined;
  staleMark: string | undefined;
  failures: number;
}

function isConfigured({ config }: Context): boolean {
  return config.auth !== undefined;
}

const keptRepositories = 1_000;
/** No login holds a blank. */
const namelessPrefix = "installation ";

export function createGitHubApp(client: GitHubClient, pace: OctokitPace): GitHubApp {
  // By configuration: one for each running service. The network belongs to it as well.
  const knownBy = new WeakMap<GitHubConfig, Known>();

  function knownOf(context: Context): Known {
    const known = knownBy.get(context.config) ?? nothingKnown(appLink(context, pace));
    knownBy.set(context.config, known);
    return known;
  }

  async function refresh(known: Known, staleMark: string | undefined, context: Context): Promise<void> {
    known.app = await client.app(known.link);
    const installations = await client.installations(known.link);
    known.byAccount = new Map(installations.map((installation) => [accountOf(installation), installation]));
    known.byRepository = new RecentMap(keptRepositories);
    // With their tokens, which an installation that was suspended in between has lost.
    known.links.clear();
    Object.assign(known, { readAt: context.now(), staleMark, failures: 0 });
    context.log.info({ installations: installations.length }, "Read where the GitHub App is installed");
  }

  async function installationFor(known: Known, repository: RepositoryName, context: Context): Promise<InstallationAnswer | undefined> {
    const ofAccount = known.byAccount.get(repository.owner.toLowerCase());
    if (ofAccount !== undefined && ofAccount.repository_selection !== "selected") return ofAccount;
    const key = keyOf(repository);
    const before = known.byRepository.get(key);
    if (typeof before === "object") return before;
    if (before !== undefined && context.now() < before) return undefined;
    const found = await client.findInstallation(known.link, repository);
    known.byRepository.set(key, found ?? context.now() + missCountsMs);
    return found;
  }

  function linkOf(installationId: number, context: Context): GitHubLink {
    const { links } = knownOf(context);
    const link = links.get(installationId) ?? installationLink(installationId, context, pace);
    links.set(installationId, link);
    return link;
  }

  async function linkFor(repository: RepositoryName, context: Context): Promise<GitHubLink | undefined> {
    if (!isConfigured(context)) return undefined;
    const installation = await installationFor(knownOf(context), repository, context);
    // A suspended one reads nothing.
    return installation === undefined || installation.suspended_at ? undefined : linkOf(installation.id, context);
  }

  return {
    linkFor,
    async isInstalled(repository, context) {
      if (!isConfigured(context)) return false;
      knownOf(context).byRepository.delete(keyOf(repository));
      return (await linkFor(repository, context)) !== undefined;
    },
    mayCover(account, context) {
      if (!isConfigured(context)) return false;
      const { readAt, byAccount } = knownOf(context);
      // One for a whole enterprise covers accounts that it does not name.
      return readAt === undefined || byAccount.has(account.toLowerCase()) || [...byAccount.keys()].some(isNameless);
    },
    linkOf,
    async installUrl(context) {
      if (!isConfigured(context)) throw new SwitchboardError("HS_DISABLED_FEATURE", noSection);
      const known = knownOf(context);
      known.app ??= await client.app(known.link);
      return `${known.app.html_url}/installations/new`;
    },
    task: {
      name: "installations of the GitHub App",
      async run(context) {
        if (!isConfigured(context)) return refreshEveryMs;
        const known = knownOf(context);
        const staleMark = await context.store.get(installationsStaleKey);
        if (!isDue(known, staleMark, context.now())) return lookEveryMs;
        try {
          await refresh(known, staleMark, context);
          return lookEveryMs;
        } catch (error) {
          // A mistake of ours is for whoever runs the task.
          if (!(error instanceof RemoteError)) throw error;
          return giveUpForNow(known, error, context);
        }
      },
    },
  };
}

function nothingKnown(link: GitHubLink): Known {
  return {
    link,
    app: undefined,
    byAccount: new Map(),
    byRepository: new RecentMap(keptRepositories),
    links: new Map(),
    readAt: undefined,
    staleMark: undefined,
    failures: 0,
  };
}

function keyOf(repository: RepositoryName): string {
  return nameOf(repository).toLowerCase();
}

function accountOf({ id, account }: InstallationAnswer): string {
  // An enterprise has no login; its installation is found by asking for the repository.
  return account?.login?.toLowerCase() ?? `${namelessPrefix}${id}`;
}

function isNameless(account: string): boolean {
  return account.startsWith(namelessPrefix);
}

function isDue({ readAt, staleMark: heard, failures }: Known, staleMark: string | undefined, now: number): boolean {
  return failures > 0 || readAt === undefined || now - readAt >= refreshEveryMs || heard !== staleMark;
}

/** Everything that does not need the list goes on meanwhile. */
function giveUpForNow(known: Known, error: RemoteError, { log }: Context): number {
  const pauseMs = Math.min(firstPauseMs * 2 ** known.failures, longestPauseMs);
  known.failures += 1;
  log.warn({ error, pauseMs }, "Could not read where the GitHub App is installed; trying again later");
  return Math.max(pauseMs, error.retryAfterMs ?? 0);
}
