import type { ServiceContext } from "../../core/service.js";
import { instancesAt, instancesNamed, type JiraInstance } from "./instances.js";
import { projectOfState } from "./project-url.js";
import { allRegistered } from "./registered-jiras.js";
import type { JiraConfig } from "./schema.js";

/** Whether an address belongs to the Jira of that name. Without a name, every remote is meant. */
export function isAt(address: URL, remoteName: string | undefined, instances: readonly JiraInstance[]): boolean {
  if (remoteName === undefined) return true;
  const here = instancesAt(instances, address);
  const word = remoteName.toLowerCase();
  // Sites of Jira Cloud that the configuration does not name go by their own names.
  const isSite = address.host === `${word}.atlassian.net` && instancesNamed(instances, remoteName).length === 0;
  return instancesNamed(instances, remoteName).some((instance) => here.includes(instance)) || address.host === word || isSite;
}

/** @param stateUrl the address in a connection's state */
export async function isAtRegistered(stateUrl: unknown, remoteName: string, context: ServiceContext<JiraConfig>): Promise<boolean> {
  const project = projectOfState(stateUrl);
  const registered = await allRegistered(context);
  const named = instancesNamed(registered, remoteName);
  // Among all that there are: one name alone would mean every Jira at its host.
  return project !== undefined && instancesAt(registered, project.url).some((jira) => named.includes(jira));
}
