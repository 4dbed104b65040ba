import { RemoteError } from "../../core/errors.js";
import type { HttpClient } from "../../core/ports/http-client.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ConnectionTarget, ServiceContext } from "../../core/service.js";
import type { JiraClient } from "./client.js";
import type { InstanceWithCredential } from "./instances.js";
import { projectKindId } from "./kind-project.js";
import { rememberProject } from "./known-projects.js";
import { projectUrl } from "./project-url.js";
import type { JiraConfig, ProjectAnswer } from "./schema.js";

/** What one instance says to "is there a project with this key?" */
export type LookUp =
  | { readonly kind: "found"; readonly instance: InstanceWithCredential; readonly project: ProjectAnswer }
  | { readonly kind: "missing"; readonly instance: InstanceWithCredential }
  | { readonly kind: "failed"; readonly instance: InstanceWithCredential; readonly error: RemoteError };

/** Asks one instance. Failures are values here: another instance may have the answer. */
export async function lookUp(client: JiraClient, instance: InstanceWithCredential, key: string, http: HttpClient): Promise<LookUp> {
  try {
    const project = await client.findProject(http, instance, key);
    return project === undefined ? { kind: "missing", instance } : { kind: "found", instance, project };
  } catch (error) {
    if (error instanceof RemoteError) return { kind: "failed", instance, error };
    throw error;
  }
}

/** What a room is connected to: the instance's address of the project, and the id that version events name it by. */
export function targetOf(instance: InstanceWithCredential, { id, key }: ProjectAnswer): ConnectionTarget {
  const url = projectUrl(instance.url, key);
  return { kindId: projectKindId, stateKey: url, state: { url, id }, name: key, remote: `${instance.name} (${instance.url})` };
}

export function learn(
  instance: InstanceWithCredential,
  { id, key }: ProjectAnswer,
  context: ServiceContext<JiraConfig>,
): readonly StoreChange[] {
  return [rememberProject(context.store, { host: instance.host, id, key: key.toUpperCase() })];
}
