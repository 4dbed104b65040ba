import type { UserId } from "../../core/ids.js";
import type { TrackerUser } from "../../core/issue-tracker.js";
import type { ServiceContext } from "../../core/service.js";
import { pathSegment } from "../../shared/url.js";
import { browserAccess, loginCommandOf, type JiraAccess } from "./access.js";
import { gatewayOf, instancesNamed, instancesOf, type JiraInstance } from "./instances.js";
import type { OwnLogin } from "./personal-login.js";
import type { SiteAnswer } from "./rest-schema.js";
import type { JiraConfig } from "./schema.js";
import type { JiraParts } from "./parts.js";
import { createTracker } from "./tracker.js";

/** A Jira that a person reaches as themselves. */
export interface PersonsJira {
  /** One of the configuration, or made up for a site of Jira Cloud that the configuration does not name. */
  readonly instance: JiraInstance;
  readonly access: JiraAccess;
  /** Who they are there, where that is known without asking. */
  readonly user?: TrackerUser;
  /** What a site of Jira Cloud calls itself, where that was asked for. */
  readonly siteName?: string;
}

/** Which Jiras somebody looks for. */
export interface WantedJiras {
  /** Those of the configuration. */
  readonly instances: readonly JiraInstance[];
  /** Whether a site that the configuration does not name is wanted, too. */
  isWanted(site: JiraInstance): boolean;
}

type Context = ServiceContext<JiraConfig>;

/**
 * Every Jira that the person reaches, by token or by browser login; what Hookshot keeps for them is taken over first.
 * @throws RemoteError when Jira Cloud has to be asked for their sites and cannot tell
 */
export function personsJiras(parts: JiraParts, person: UserId, context: Context): Promise<readonly PersonsJira[]> {
  return personsJirasAmong(parts, person, { instances: instancesOf(context.config), isWanted: () => true }, context);
}

/**
 * Those among the wanted ones. Jira Cloud is not asked for the person's sites where they have a token for what is wanted, nor where that
 * is no site.
 * @throws RemoteError, as above
 */
export async function personsJirasAmong(
  parts: JiraParts,
  person: UserId,
  wanted: WantedJiras,
  context: Context,
): Promise<readonly PersonsJira[]> {
  const { instances } = wanted;
  const own = await ownJiras(parts, person, instances, context);
  const isOwn = ({ url }: JiraInstance): boolean => own.some(({ instance }) => instance.url === url);
  const lacksSite = instances.some((instance) => instance.deployment === "cloud" && !isOwn(instance));
  if (instances.length > 0 && !lacksSite) return own;
  const sites = await siteJiras(parts, person, context);
  const isAmong = (site: JiraInstance): boolean => instances.some(({ url }) => url === site.url) || wanted.isWanted(site);
  return [...own, ...sites.filter(({ instance }) => !isOwn(instance) && isAmong(instance))];
}

/** Those for which the person has a login of its own, without what their login at Jira Cloud reaches: nobody is asked. */
export async function ownJiras(
  { logins }: JiraParts,
  person: UserId,
  instances: readonly JiraInstance[],
  context: Context,
): Promise<readonly PersonsJira[]> {
  await logins.takeOver(person, context);
  const jiras = instances.filter(({ isGateway }) => isGateway !== true);
  const found = await Promise.all(jiras.map((instance) => logins.find(person, instance, context)));
  return jiras.flatMap((instance, index) => {
    const login = found[index];
    return login === undefined ? [] : [{ instance, ...login }];
  });
}

/** The sites of Jira Cloud that the person's login with the browser has been opened to. */
async function siteJiras({ client, logins }: JiraParts, person: UserId, context: Context): Promise<readonly PersonsJira[]> {
  const instances = instancesOf(context.config);
  const gateway = gatewayOf(context.config);
  const login = gateway === undefined ? undefined : await logins.find(person, gateway, context);
  if (gateway === undefined || login === undefined) return [];
  const { access, user } = login;
  const sites = await logins.sites.of({ person, account: user?.id }, context.now(), () => client.sites({ http: context.http, access }));
  return sites.flatMap((site) => {
    const instance = instanceOf(site, instances, gateway);
    return instance === undefined ? [] : [atSite(site, instance, login, gateway)];
  });
}

function atSite({ id, name }: SiteAnswer, instance: JiraInstance, { access, user }: OwnLogin, gateway: JiraInstance): PersonsJira {
  const apiUrl = `${gateway.url}/ex/jira/${pathSegment(id)}`;
  return {
    instance,
    access: browserAccess(instance, access.signer, { apiUrl, loginCommand: loginCommandOf(gateway) }),
    ...(user === undefined ? {} : { user }),
    ...(name ? { siteName: name } : {}),
  };
}

/**
 * The instance that the configuration names with the site's address, else one that is made up for it. None for what says that it is where
 * another Jira is: rooms find their Jira by the host.
 */
function instanceOf(site: SiteAnswer, instances: readonly JiraInstance[], { configPath, oauth }: JiraInstance): JiraInstance | undefined {
  const { url } = site;
  const { host } = new URL(url);
  const there = instances.filter((instance) => instance.host === host);
  if (there.some(({ deployment, isGateway }) => deployment !== "cloud" || isGateway === true)) return undefined;
  const configured = there.find((instance) => instance.url === url);
  if (configured !== undefined) return configured;
  const name = nameFor(site, instances) ?? host;
  const known = { ...(configPath === undefined ? {} : { configPath }), ...(oauth === undefined ? {} : { oauth }) };
  return { kind: "instance", name, url, host, deployment: "cloud", ...known };
}

/** Its own name, where people can type it and mean nothing else by it. */
function nameFor({ name }: SiteAnswer, instances: readonly JiraInstance[]): string | undefined {
  if (!name || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return undefined;
  return instancesNamed(instances, name).length === 0 ? name : undefined;
}

/** Who the person is there. Logins that Hookshot kept do not tell, so Jira is asked once. @throws RemoteError */
export async function userAt({ client, logins }: JiraParts, person: UserId, jira: PersonsJira, { http }: Context): Promise<TrackerUser> {
  const { access, user } = jira;
  return user ?? logins.users.of(person, access.url, () => createTracker(client, { http, access }).whoAmI());
}
