import type { RoomId, UserId } from "../../core/ids.js";
import type { KnownRemote } from "../../core/registered-remote.js";
import type { ServiceContext } from "../../core/service.js";
import { parseHttpUrl } from "../../shared/url.js";
import { remoteWords, type ChoosableRemote } from "../../vocabulary/choose-remote.js";
import { registeredSite } from "./registered-site.js";
import type { GitHubConfig } from "./schema.js";
import { isSameSite, siteOf, type GitHubSite } from "./site.js";

/** A GitHub that somebody registered over an API. Several may be one GitHub, with an account each. */
export interface RegisteredGitHub extends ChoosableRemote {
  readonly remote: KnownRemote;
  readonly site: GitHubSite;
}

/** The one that the configuration names, as people choose it: by its host. */
export interface ConfiguredGitHub extends ChoosableRemote {
  readonly kind: "instance";
  readonly site: GitHubSite;
}

export type ChoosableGitHub = ConfiguredGitHub | RegisteredGitHub;

type Context = Pick<ServiceContext<GitHubConfig>, "remotes">;

/** Those through which the person may connect the room. One that cannot be reached is none: nothing could be looked up there. */
export async function gitHubsFor(person: UserId, roomId: RoomId | undefined, { remotes }: Context): Promise<readonly RegisteredGitHub[]> {
  return toGitHubs(await remotes.usableBy(person, roomId));
}

/** All of them, whoever may use them. */
export async function allRegistered({ remotes }: Context): Promise<readonly RegisteredGitHub[]> {
  return toGitHubs(await remotes.all());
}

/** Undefined where the configuration has no section. */
export function configuredGitHub(config: GitHubConfig): ConfiguredGitHub | undefined {
  const site = siteOf(config);
  return config.auth === undefined ? undefined : { kind: "instance", name: new URL(site.webUrl).host, site };
}

export function isRegistered(gitHub: ChoosableGitHub): gitHub is RegisteredGitHub {
  return gitHub.kind !== "instance";
}

export function atSite<Choosable extends ChoosableGitHub>(
  gitHubs: readonly Choosable[],
  site: Pick<GitHubSite, "webUrl">,
): readonly Choosable[] {
  return gitHubs.filter((gitHub) => isSameSite(gitHub.site, site));
}

/** As sentences name it: `connector main (https://github.example.org)`. */
export function gitHubWords(gitHub: ChoosableGitHub): string {
  return isRegistered(gitHub) ? `${remoteWords(gitHub)} (${gitHub.site.webUrl})` : gitHub.site.webUrl;
}

function toGitHubs(remotes: readonly KnownRemote[]): readonly RegisteredGitHub[] {
  return remotes.flatMap((remote) => {
    const { kind, id, name, url, apiPath = "", account, isInaccessible } = remote;
    // Anything else behind the host would make it another one, or another port.
    const isAddress = parseHttpUrl(url) !== undefined && (apiPath === "" || apiPath.startsWith("/"));
    return isAddress && account.kind !== "none" && isInaccessible !== true
      ? [{ kind, id, name, remote, site: registeredSite(remote) }]
      : [];
  });
}
