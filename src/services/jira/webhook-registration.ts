import { RemoteError } from "../../core/errors.js";
import type { RemoteWebhook } from "../../core/ports/service-remotes.js";
import type { KnownRemote } from "../../core/registered-remote.js";
import type { Afterwards, PrivateAnswer, ServiceContext } from "../../core/service.js";
import { joinMarkdown, markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import { code } from "../../shared/sentence.js";
import { remoteWords } from "../../vocabulary/choose-remote.js";
import { registeredAccess } from "./access.js";
import { configuredRoad, heardBy, isHeardBy } from "./heard.js";
import { instancesOf } from "./instances.js";
import { linkOf } from "./jira-request.js";
import { allRegistered, serves, type RegisteredJira } from "./registered-jiras.js";
import type { JiraConfig } from "./schema.js";
import { createWebhook, leadToOne, listWebhooks, replaceWebhook, type WantedWebhook } from "./webhook-api.js";
import { reachBeside, reaches, reachFilter, type Reach } from "./webhook-reach.js";

/*
 * A room that is connected through a registered Jira hears nothing until that Jira sends. So the account that was registered is used to register
 * the remote's own webhook there, once for all rooms; where it may not, the person is told what somebody else has to do. A Jira that sends a
 * project's events already, by whatever road, is left alone: a second webhook would say everything twice.
 */

type Context = ServiceContext<JiraConfig>;

/** What the store remembers of a webhook that was registered. */
interface Registered extends Reach {
  /** Of the Jira. */
  readonly jira: string;
  /** Our address, without secret. */
  readonly hook: string;
}

/** What a room shall hear of. */
export interface WebhookWish {
  readonly jira: RegisteredJira;
  /** Of the project, in upper case. */
  readonly key: string;
  /** Somebody connects what is connected: where nothing came yet, the webhook is not believed to be there still. */
  readonly isAgain: boolean;
}

/** Has registered Jiras send what happens there. */
export interface WebhookRegistration {
  /**
   * Called once a room is connected to a project through the Jira.
   * @returns what the room and the person are told, nothing where the project's events come already. @throws StorageError
   */
  ensure(wish: WebhookWish, context: Context): Promise<Afterwards>;
}

/** Remembers what is under way, so it is made once. */
export function createWebhookRegistration(renderer: MarkdownRenderer): WebhookRegistration {
  const turns = createTurns();
  return {
    // One after the other for each Jira: of two that look at once both would find none.
    ensure: (wish, context) =>
      turns(wish.jira.url, async () => {
        const { jira } = wish;
        if (await isSending(wish, context)) return {};
        const webhook = await context.remotes.webhookOf(jira.remote);
        const reach = reachBeside(jira.remote.projects, await toldByOthers(jira, context));
        const failure = await tryToRegister(jira, webhook, reach, context);
        if (failure === undefined) return { said: "I registered a webhook there, so that it tells me what happens." };
        return {
          said: `Nothing comes from there yet: ${failure}, so somebody has to add a webhook there by hand.`,
          privately: describeByHand(jira, webhook, reach, renderer),
        };
      }),
  };
}

/** Whether something sends the project's events already, or was registered to do so. */
async function isSending({ jira, key, isAgain }: WebhookWish, context: Context): Promise<boolean> {
  const { url, host } = jira;
  const { store, config } = context;
  const road = await heardBy(store, { host, key });
  const isConfigured = instancesOf(config).some((instance) => instance.url === url);
  if (isConfigured && (road === configuredRoad || (await isHeardBy(store, host, configuredRoad)))) return true;
  const here = (await allRegistered(context)).filter((other) => other.url === url);
  if (here.some(({ remote }) => remote.key === road && serves(remote, key))) return true;
  const doubted = isAgain ? jira.remote.key : undefined;
  const others = await registeredAmong(
    here.filter(({ remote }) => remote.key !== doubted),
    context,
  );
  return others.some(({ remote, known }) => reaches(known, key) && serves(remote, key));
}

/** Of which projects other webhooks tell that were registered at the same Jira for some of its projects. */
async function toldByOthers({ url, remote }: RegisteredJira, context: Context): Promise<readonly string[]> {
  const here = (await allRegistered(context)).filter((other) => other.url === url && other.remote.key !== remote.key);
  const others = await registeredAmong(here, context);
  return others.flatMap(({ known, remote: other }) => (known.projects ?? []).filter((key) => serves(other, key)));
}

/** Those that have a webhook at their Jira, as far as we know. */
async function registeredAmong(
  jiras: readonly RegisteredJira[],
  context: Context,
): Promise<readonly { readonly remote: KnownRemote; readonly known: Registered }[]> {
  const found = [];
  for (const { url, remote } of jiras) {
    const known = await registeredOf(remote, context);
    if (known?.jira === url && known.hook === (await context.remotes.webhookOf(remote)).url) found.push({ remote, known });
  }
  return found;
}

/** @returns why not, within a sentence and without anything that the Jira said: answers may repeat the secret that they were sent */
async function tryToRegister(
  jira: RegisteredJira,
  { url: hook, secret }: RemoteWebhook,
  reach: Reach,
  context: Context,
): Promise<string | undefined> {
  const { remote, deployment } = jira;
  if (hook === undefined) return "the address at which it reaches me is not set up (`listeners[].publicUrl`)";
  if (deployment === "cloud" && !/^https:/i.test(hook)) return "Jira Cloud sends to `https` addresses only";
  const name = `Switchboard (${remote.key})`;
  try {
    await put(jira, { name, url: hook, secret: secret.reveal(), reach }, context);
  } catch (error) {
    // Other errors are mistakes of ours.
    if (!(error instanceof RemoteError)) throw error;
    context.log.warn({ remote: remote.key, status: error.status }, "A webhook could not be registered at a Jira");
    return describeFailure(error);
  }
  const known: Registered = { jira: jira.url, hook, ...reach };
  await context.commit([context.store.put(storeKey(remote), JSON.stringify(known))]);
  return undefined;
}

/** Whatever became of an earlier try, there is one afterwards, with the secret that we know. @throws RemoteError */
async function put(jira: RegisteredJira, wanted: WantedWebhook, context: Context): Promise<void> {
  const link = linkOf(registeredAccess(jira, jira.remote), context);
  const former = await registeredOf(jira.remote, context);
  const addresses = [wanted.url, ...(former?.jira === jira.url ? [former.hook] : [])];
  const list = await listWebhooks(link);
  const present = list.webhooks.find(({ url }) => addresses.some((address) => leadToOne(url, address)));
  if (present !== undefined) return replaceWebhook(link, list, present, wanted);
  try {
    await createWebhook(link, list, wanted);
  } catch (error) {
    if (!(error instanceof RemoteError) || !error.outcomeUnknown) throw error;
    const { webhooks } = await listWebhooks(link);
    if (!webhooks.some(({ url }) => leadToOne(url, wanted.url))) throw error;
  }
}

function describeFailure({ status }: RemoteError): string {
  if (status === undefined) return "I could not register a webhook, for it gave no answer";
  if (status === 401) return "I could not register a webhook, for it does not accept the registered account (401)";
  if (status === 403) return "I could not register a webhook, for the registered account may not administer it (403)";
  return `I could not register a webhook (${status})`;
}

function describeByHand(
  jira: RegisteredJira,
  { url, path, secret }: RemoteWebhook,
  reach: Reach,
  renderer: MarkdownRenderer,
): PrivateAnswer {
  const filter = reachFilter(reach);
  const address =
    url === undefined
      ? markdown`**URL:** the public address of my listener with \`webhooks\`, followed by ${code(path)}`
      : markdown`**URL:** ${code(url)}`;
  const steps = [
    markdown`Open _Settings > System > WebHooks_ there and create a webhook.`,
    address,
    markdown`**Secret:** ${code(secret.reveal())}. A Jira that has no such field cannot sign; there, put \`?secret=\` and the secret behind the URL.`,
    markdown`**Events:** issue created and updated; version created, updated and released.`,
    ...(filter === undefined ? [] : [markdown`**Issue related events:** ${code(filter)}`]),
  ];
  const items = steps.map((step, index) => markdown`${String(index + 1)}. ${step}`);
  const lead = markdown`Whoever administers the Jira at ${jira.url}, which is registered as ${remoteWords(jira)}, can have it tell me what happens:`;
  const warning = markdown`Keep the secret to yourselves: who has it can speak for that Jira.`;
  const text = joinMarkdown([lead, joinMarkdown(items, "\n"), warning], "\n\n");
  return { body: text.text, html: renderer.block(text) };
}

async function registeredOf(remote: KnownRemote, { store }: Context): Promise<Registered | undefined> {
  const stored = await store.get(storeKey(remote));
  // Nobody else writes there.
  return stored === undefined ? undefined : (JSON.parse(stored) as Registered);
}

function storeKey({ key }: KnownRemote): string {
  return `webhook/${key}`;
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
