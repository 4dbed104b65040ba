import { RemoteError, SwitchboardError } from "../../core/errors.js";
import type { RemoteWebhook } from "../../core/ports/service-remotes.js";
import type { Afterwards, ServiceContext } from "../../core/service.js";
import type { MarkdownRenderer } from "../../shared/markdown.js";
import { registeredLink } from "./access.js";
import { bridgedEvents } from "./bridged-events.js";
import { isHeardByOwn } from "./heard.js";
import { createHookClient, type HookAnswer, type HookClient, type WantedHook } from "./hook-client.js";
import { allRegistered, atSite, type RegisteredGitHub } from "./registered-githubs.js";
import type { RepositoryName } from "./repository-name.js";
import { repositoryKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";
import { servesRepository } from "./served-repository.js";
import type { GitHubParts } from "./session.js";
import { isSameSite, siteOf } from "./site.js";
import { describeByHand } from "./webhook-by-hand.js";

/*
 * A room that is connected through a registered GitHub hears nothing until that GitHub sends. So the account that was registered makes a webhook
 * of the repository, once for all rooms; where it may not, the person is told what somebody else has to do. A repository that tells already,
 * through the GitHub App or a webhook of ours, is left alone: a second webhook would say everything twice.
 */

type Context = ServiceContext<GitHubConfig>;

/** Has repositories of registered GitHubs send what happens there. */
export interface WebhookRegistration {
  /**
   * Called once a room is connected to the repository.
   * @returns what the room and the person are told. @throws StorageError
   */
  ensure(gitHub: RegisteredGitHub, repository: RepositoryName, context: Context): Promise<Afterwards>;
}

type Registrar = Pick<GitHubParts, "app" | "pace"> & { readonly hooks: HookClient };

/** Compiles schemas and remembers what is under way, so it is made once. */
export function createWebhookRegistration(
  { app, pace }: Pick<GitHubParts, "app" | "pace">,
  renderer: MarkdownRenderer,
): WebhookRegistration {
  const registrar: Registrar = { app, pace, hooks: createHookClient() };
  const turns = createTurns();
  return {
    // One after the other for each repository: of two that look at once both would find none.
    ensure: (gitHub, repository, context) =>
      turns(`${gitHub.site.webUrl} ${repositoryKey(repository)}`, async () => {
        const webhook = await context.remotes.webhookOf(gitHub.remote);
        const { said, isByHand } =
          (await findOwnRoad(registrar, gitHub, repository, context)) ??
          (await tryToRegister(registrar, gitHub, repository, webhook, context));
        return isByHand ? { said, privately: describeByHand(gitHub, repository, webhook, renderer) } : { said };
      }),
  };
}

interface Outcome {
  readonly said: string;
  /** Somebody else has to make the webhook, if there is to be one. */
  readonly isByHand?: true;
}

/** Where the configured GitHub tells of the repository already, or where that is not known, no webhook is made. */
async function findOwnRoad(
  { app }: Registrar,
  { site }: RegisteredGitHub,
  repository: RepositoryName,
  context: Context,
): Promise<Outcome | undefined> {
  if (context.config.auth === undefined || !isSameSite(site, siteOf(context.config))) return undefined;
  try {
    if (await app.isInstalled(repository, context)) return { said: "The GitHub App tells what happens there." };
  } catch (error) {
    if (!(error instanceof SwitchboardError)) throw error;
    context.log.warn({ error }, "It could not be found out whether the GitHub App is installed");
    return { said: "I made no webhook there, because I could not find out whether the GitHub App is. Type the same again later." };
  }
  if (!(await isHeardByOwn(repositoryKey(repository), context))) return undefined;
  return { said: "I made no webhook there, because one with the secret of the configuration has told what happens.", isByHand: true };
}

async function tryToRegister(
  registrar: Registrar,
  gitHub: RegisteredGitHub,
  repository: RepositoryName,
  { url, path, secret }: RemoteWebhook,
  context: Context,
): Promise<Outcome> {
  if (url === undefined) return byHand("the address at which it reaches me is not set up (`listeners[].publicUrl`)");
  const base = url.slice(0, url.length - path.length);
  try {
    const wanted = { url, secret: secret.reveal(), events: bridgedEvents };
    const present = await put(registrar, { gitHub, repository, wanted, base }, context);
    return {
      said:
        present === "other"
          ? "A webhook there tells me already what happens."
          : "I registered a webhook there, so that it tells me what happens.",
    };
  } catch (error) {
    // Other errors are mistakes of ours.
    if (!(error instanceof SwitchboardError)) throw error;
    const status = error instanceof RemoteError ? error.status : undefined;
    context.log.warn({ remote: gitHub.remote.key, status }, "A webhook could not be registered at a GitHub");
    return byHand(describeFailure(status));
  }
}

interface Putting {
  readonly gitHub: RegisteredGitHub;
  readonly repository: RepositoryName;
  readonly wanted: WantedHook;
  /** Of our listener: what stands before the paths of webhooks. */
  readonly base: string;
}

/**
 * Whatever became of an earlier try, there is one afterwards, with the secret that we know.
 * @returns `other` where another webhook of ours tells. @throws RemoteError
 */
async function put({ hooks, pace }: Registrar, putting: Putting, context: Context): Promise<"made" | "other"> {
  const { gitHub, repository, wanted } = putting;
  const link = registeredLink(gitHub.remote, context.remotes.clientFor(gitHub.remote), context, pace);
  const present = await hooks.list(link, repository);
  const isOwn = (hook: HookAnswer): boolean => hook.config?.url === wanted.url;
  const own = present.find(isOwn);
  if (own !== undefined) {
    await hooks.mend(link, repository, own, wanted);
    return "made";
  }
  const others = await addressesOfOthers(putting, context);
  if (present.some((hook) => hook.active !== false && others.includes(hook.config?.url ?? ""))) return "other";
  try {
    await hooks.create(link, repository, wanted);
  } catch (error) {
    // It may have been made all the same, or by somebody else meanwhile: GitHub refuses a second one.
    if (!mayBeMade(error) || !(await hooks.list(link, repository)).some(isOwn)) throw error;
  }
  return "made";
}

function mayBeMade(error: unknown): boolean {
  if (!(error instanceof RemoteError)) return false;
  const { status } = error;
  return status === undefined || status === 422 || status >= 500;
}

/** Where other webhooks would lead that rooms hear of the repository by. */
async function addressesOfOthers({ gitHub, repository, wanted, base }: Putting, context: Context): Promise<readonly string[]> {
  const { key } = gitHub.remote;
  const paths = wanted.url.slice(base.length, wanted.url.length - key.length);
  const others = atSite(await allRegistered(context), gitHub.site).filter(({ remote }) => remote.key !== key);
  const serving = others
    .filter(({ remote }) => servesRepository(remote.projects, repository))
    .map(({ remote }) => `${base}${paths}${remote.key}`);
  const isConfigured = context.config.auth !== undefined && isSameSite(gitHub.site, siteOf(context.config));
  return isConfigured ? [...serving, `${base}${paths.replace(/\/$/, "")}`] : serving;
}

function byHand(reason: string): Outcome {
  return { said: `Nothing comes from there yet: ${reason}, so somebody has to add a webhook there by hand.`, isByHand: true };
}

/** Without anything that GitHub said: its answers may repeat what they were sent. */
function describeFailure(status: number | undefined): string {
  if (status === undefined) return "I could not register a webhook, for it gave no answer";
  if (status === 401) return "I could not register a webhook, for it does not accept the registered account (401)";
  if (status === 403 || status === 404)
    return `I could not register a webhook, for the registered account may not administer it (${status})`;
  return `I could not register a webhook (${status})`;
}

/** Runs tasks of one name one after the other, whatever became of those before. */
function createTurns(): <Result>(name: string, task: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return async (name, task) => {
    const turn = (last.get(name) ?? Promise.resolve()).then(task, task);
    last.set(name, turn);
    try {
      return await turn;
    } finally {
      if (last.get(name) === turn) last.delete(name);
    }
  };
}
