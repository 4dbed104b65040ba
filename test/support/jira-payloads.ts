/** What the Jira stand-in knows, and the JSON it makes of it, reduced to what both deployments send. */

export interface StandInProject {
  readonly id: string;
  readonly key: string;
  readonly name: string;
}

export interface StandInIssue {
  readonly id: string;
  readonly key: string;
  readonly project: StandInProject;
  readonly creator: string;
  readonly fields: Readonly<Record<string, string | null>>;
}

export interface StandInVersion {
  readonly id: string;
  readonly project: StandInProject;
  readonly name: string;
  readonly description?: string;
  readonly released: boolean;
}

export interface StandInChange {
  readonly field: string;
  readonly from: string | null;
  readonly to: string | null;
}

export function projectJson(base: string, { id, key, name }: StandInProject): object {
  return { self: `${base}/rest/api/2/project/${id}`, id, key, name, projectTypeKey: "software" };
}

export function userJson(base: string, displayName: string): object {
  const name = displayName.toLowerCase().replaceAll(/[^a-z]+/g, ".");
  return { self: `${base}/rest/api/2/user?username=${encodeURIComponent(name)}`, name, displayName, active: true };
}

export function issueJson(base: string, { id, key, project, creator, fields }: StandInIssue): object {
  const person = userJson(base, creator);
  return {
    id,
    self: `${base}/rest/api/2/issue/${id}`,
    key,
    fields: { labels: [], ...fields, project: projectJson(base, project), creator: person, reporter: person },
  };
}

export function versionJson(base: string, { id, project, name, description, released }: StandInVersion): object {
  return {
    self: `${base}/rest/api/2/version/${id}`,
    id,
    ...(description === undefined ? {} : { description }),
    name,
    archived: false,
    released,
    // Versions name their project only by its id, and that as a number.
    projectId: Number(project.id),
  };
}

export function changelogJson(id: number, changes: readonly StandInChange[]): object {
  const items = changes.map(({ field, from, to }) => ({ field, fieldtype: "jira", from: null, fromString: from, to: null, toString: to }));
  return { id: String(id), items };
}
