import type { ServiceStore } from "../../core/ports/service-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import { parseHttpUrl } from "../../shared/url.js";
import { ownMember } from "../../shared/own-member.js";

/** A project as one Jira knows it. Ids of two Jiras may be equal, so the host goes with them. */
export interface KnownProject {
  readonly host: string;
  readonly id: string;
  readonly key: string;
}

/** A project as a payload shows it. */
export interface ShownProject extends KnownProject {
  /** Address of what shows it, at its Jira's API. */
  readonly self: string;
}

/** The key that belongs to a project's id, if an event or a look-up showed it before. */
export function knownKeyOf(store: ServiceStore, project: Pick<KnownProject, "host" | "id">): ReturnType<ServiceStore["get"]> {
  return store.get(storeKey(project));
}

/** Of so many projects of one Jira at most. */
const searchedProjects = 5_000;

/** The id that belongs to a project's key; undefined when none is known, or several are, as after a key was given to another project. */
export async function knownIdOf(store: ServiceStore, { host, key }: Pick<KnownProject, "host" | "key">): Promise<string | undefined> {
  const folder = storeKey({ host, id: "" });
  const known = await store.list(folder, searchedProjects);
  const [only, another] = known.filter(([, knownKey]) => knownKey === key);
  return another === undefined ? only?.[0].slice(folder.length) : undefined;
}

export function rememberProject(store: ServiceStore, project: KnownProject): StoreChange {
  return store.put(storeKey(project), project.key);
}

function storeKey({ host, id }: Pick<KnownProject, "host" | "id">): string {
  return `project/${host}/${id}`;
}

/** The project that a payload shows with both id and key: issue events and project events do, bridged or not. */
export function findProject(payload: unknown): ShownProject | undefined {
  const issue = ownMember(payload, "issue");
  const project = issue === undefined ? ownMember(payload, "project") : ownMember(ownMember(issue, "fields"), "project");
  const self = ownMember(issue ?? project, "self");
  const host = parseHttpUrl(self)?.host;
  const id = idText(ownMember(project, "id"));
  const key = ownMember(project, "key");
  if (typeof self !== "string" || host === undefined || id === undefined || typeof key !== "string" || key === "" || key.length > 255)
    return undefined;
  return { self, host, id, key: key.toUpperCase() };
}

function idText(value: unknown): string | undefined {
  if (typeof value !== "string" && !Number.isSafeInteger(value)) return undefined;
  const text = String(value);
  return /^\d{1,32}$/.test(text) ? text : undefined;
}
