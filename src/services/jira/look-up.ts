import { RemoteError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ConnectionTarget, ServiceContext } from "../../core/service.js";
import { browserAccess, credentialAccess, registeredAccess, type JiraAccess } from "./access.js";
import { gatewayOf, hasCredential, type JiraInstance } from "./instances.js";
import { linkOf } from "./jira-request.js";
import { projectKindId } from "./kind-project.js";
import { rememberProject } from "./known-projects.js";
import { projectUrl } from "./project-url.js";
import { serves, type RegisteredJira } from "./registered-jiras.js";
import type { ProjectAnswer } from "./rest-schema.js";
import type { JiraConfig } from "./schema.js";
import { ownJiras, personsJirasAmong, type PersonsJira, type WantedJiras } from "./sites.js";
import type { JiraParts } from "./parts.js";

type Context = ServiceContext<JiraConfig>;

/** A Jira, and the accounts that may look something up there for a person: their own first, then the credential's, then registered ones. */
export interface Lookable {
  readonly instance: JiraInstance;
  readonly accounts: readonly [JiraAccess, ...JiraAccess[]];
}

/** What one instance says to "is there a project with this key?" */
export type LookUp =
  | { readonly kind: "found"; readonly instance: JiraInstance; readonly access: JiraAccess; readonly project: ProjectAnswer }
  | { readonly kind: "missing"; readonly instance: JiraInstance; readonly access: JiraAccess }
  | { readonly kind: "failed"; readonly instance: JiraInstance; readonly access: JiraAccess; readonly error: RemoteError };

export type Found = Extract<LookUp, { readonly kind: "found" }>;

/**
 * Those among the wanted ones where the person, or a credential for everybody, can look things up. That Jira Cloud cannot tell the person's
 * sites just now is an answer of that one: another may have what is looked for.
 */
export async function lookableFor(parts: JiraParts, wanted: WantedJiras, person: UserId, context: Context): Promise<readonly Lookable[]> {
  const reached = await reachedAmong(parts, wanted, person, context);
  const named = wanted.instances.filter(({ isGateway }) => isGateway !== true);
  const further = reached.map(({ instance }) => instance).filter(({ url }) => named.every((instance) => instance.url !== url));
  return [...named, ...further].flatMap((instance) => {
    const own = reached.filter((jira) => jira.instance.url === instance.url).map(({ access }) => access);
    const [first, ...others] = [...own, ...(hasCredential(instance) ? [credentialAccess(instance)] : [])];
    return first === undefined ? [] : [{ instance, accounts: [first, ...others] }];
  });
}

/**
 * The same, and what is registered. Entries with one address are one Jira, of which nobody is asked which one they mean: the account that
 * sees what is looked for decides.
 */
export function withRegistered(lookables: readonly Lookable[], registered: readonly RegisteredJira[]): readonly Lookable[] {
  const further = registered.map((jira): Lookable => ({ instance: jira, accounts: [registeredAccess(jira, jira.remote)] }));
  const byUrl = new Map<string, Lookable>();
  for (const lookable of [...lookables, ...further]) {
    const { instance, accounts } = byUrl.get(lookable.instance.url) ?? { ...lookable, accounts: [] };
    byUrl.set(instance.url, { instance, accounts: [...accounts, ...lookable.accounts] as [JiraAccess, ...JiraAccess[]] });
  }
  return [...byUrl.values()];
}

async function reachedAmong(parts: JiraParts, wanted: WantedJiras, person: UserId, context: Context): Promise<readonly PersonsJira[]> {
  try {
    return await personsJirasAmong(parts, person, wanted, context);
  } catch (error) {
    const gateway = gatewayOf(context.config);
    if (!(error instanceof RemoteError) || gateway === undefined) throw error;
    const own = await ownJiras(parts, person, wanted.instances, context);
    return [...own, { instance: gateway, access: browserAccess(gateway, { sign: () => Promise.reject(error) }) }];
  }
}

/** A person waits for the answer, however many accounts there are to ask by. */
const patienceMs = 20_000;

/** Asks one Jira, by one account after the other until one finds it. Failures are values here: another Jira may have the answer. */
export async function lookUp({ client }: JiraParts, { instance, accounts }: Lookable, key: string, context: Context): Promise<LookUp> {
  let answer: LookUp = { kind: "missing", instance, access: accounts[0] };
  const endsAt = context.now() + patienceMs;
  for (const access of accounts) {
    const found = await findProject(() => client.findProject(linkOf(access, context), key));
    if (found instanceof RemoteError) answer = answer.kind === "failed" ? answer : { kind: "failed", instance, access, error: found };
    // A key from before a project was renamed finds it, too, and so can lead out of what a remote serves.
    else if (found !== undefined && serves(access.registered ?? {}, found.key)) return { kind: "found", instance, access, project: found };
    if (context.now() >= endsAt) break;
  }
  return answer;
}

async function findProject(ask: () => Promise<ProjectAnswer | undefined>): Promise<ProjectAnswer | RemoteError | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RemoteError) return error;
    throw error;
  }
}

/** What a room is connected to: the instance's address of the project, and the id that version events name it by. */
export function targetOf({ instance, access, project: { id, key } }: Found): ConnectionTarget {
  const url = projectUrl(instance.url, key);
  const name = access.registered === undefined ? instance.name : access.name;
  return { kindId: projectKindId, stateKey: url, state: { url, id }, name: key, remote: `${name} (${instance.url})` };
}

export function learn({ instance, project: { id, key } }: Found, context: Context): readonly StoreChange[] {
  return [rememberProject(context.store, { host: instance.host, id, key: key.toUpperCase() })];
}
