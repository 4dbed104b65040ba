import type { ServiceStore } from "../../core/ports/service-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";

/*
 * Which projects were heard of, and by what road: the webhook that the configuration's secret is for, or the one that a registered remote has
 * of its own. Written when the road is another than before: one that was taken away does not stand for those that are left.
 */

/** A project at the host of its Jira, its key in upper case. */
export interface HeardProject {
  readonly host: string;
  readonly key: string;
}

/** The webhook that the configuration's secret is for; other roads go by the key of the registered remote. */
export const configuredRoad = "configured";

/** The road by which the project was heard of last. */
export function heardBy(store: ServiceStore, project: HeardProject): ReturnType<ServiceStore["get"]> {
  return store.get(storeKey(project));
}

export function rememberHeard(store: ServiceStore, project: HeardProject, road: string): StoreChange {
  return store.put(storeKey(project), road);
}

/** Of so many projects of one Jira at most. */
const searchedProjects = 5_000;

/** Whether any project at the host was heard of by that road. */
export async function isHeardBy(store: ServiceStore, host: string, road: string): Promise<boolean> {
  const heard = await store.list(storeKey({ host, key: "" }), searchedProjects);
  return heard.some(([, known]) => known === road);
}

function storeKey({ host, key }: HeardProject): string {
  return `heard/${host}/${key}`;
}
