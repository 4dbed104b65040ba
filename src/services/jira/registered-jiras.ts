import type { UserId, RoomId } from "../../core/ids.js";
import type { KnownRemote } from "../../core/registered-remote.js";
import type { ServiceContext } from "../../core/service.js";
import { baseUrl, parseHttpUrl } from "../../shared/url.js";
import { deploymentOf } from "./registered-account.js";
import type { JiraInstance } from "./instances.js";
import type { JiraConfig } from "./schema.js";

/** A Jira that somebody registered over an API. Several may be one Jira, with an account each. */
export type RegisteredJira = JiraInstance & { readonly remote: KnownRemote };

type Context = Pick<ServiceContext<JiraConfig>, "remotes">;

/** Those through which the person may connect the room: connectors first, in the order in which they were registered. */
export async function jirasFor(person: UserId, roomId: RoomId | undefined, { remotes }: Context): Promise<readonly RegisteredJira[]> {
  return toJiras(await remotes.usableBy(person, roomId));
}

/** All of them, whoever may use them. */
export async function allRegistered({ remotes }: Context): Promise<readonly RegisteredJira[]> {
  return toJiras(await remotes.all());
}

export function isRegistered(jira: JiraInstance): jira is RegisteredJira {
  return jira.remote !== undefined;
}

/** Whether rooms may be connected to the project through it; keys are compared without case. */
export function serves({ projects }: Pick<KnownRemote, "projects">, key: string): boolean {
  return projects === undefined || projects.some((project) => project.toUpperCase() === key.toUpperCase());
}

function toJiras(remotes: readonly KnownRemote[]): readonly RegisteredJira[] {
  const jiras = remotes.flatMap(toJira);
  return [...jiras.filter(({ kind }) => kind === "connector"), ...jiras.filter(({ kind }) => kind !== "connector")];
}

/** None for what is no web address, which APIs that register one check in their own ways. */
function toJira(remote: KnownRemote): readonly RegisteredJira[] {
  const address = parseHttpUrl(remote.url);
  if (address === undefined) return [];
  const { kind, id, name } = remote;
  return [{ kind, id, name, url: baseUrl(address), host: address.host, deployment: deploymentOf(remote), remote }];
}
