import { ValidationError } from "../../core/errors.js";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import { ownMember } from "../../shared/own-member.js";
import {
  issuePayloadSchema,
  versionPayloadSchema,
  type IssuePayload,
  type JiraEventName,
  type PersonPayload,
  type VersionPayload,
} from "./schema.js";

/** An issue or version event with the fields that messages show. Texts that were null, missing or empty are absent. */
export type JiraEvent = (IssueCreated | IssueUpdated | VersionChanged) & {
  /** Of the registered Jira whose own webhook told of it: it has no say in rooms that are connected to another address. */
  readonly senderUrl?: string;
};

export interface IssueCreated {
  readonly name: "issue_created";
  readonly issue: Issue;
  readonly creator?: string;
}

export interface IssueUpdated {
  readonly name: "issue_updated";
  readonly issue: Issue;
  readonly user?: string;
  readonly changes: readonly FieldChange[];
}

export interface VersionChanged {
  readonly name: "version_created" | "version_updated" | "version_released";
  readonly version: {
    readonly id: string;
    readonly self: string;
    readonly projectId: string;
    readonly name?: string;
    readonly description?: string;
  };
}

export interface Issue {
  readonly id: string;
  readonly key: string;
  readonly self: string;
  readonly summary?: string;
  readonly project: { readonly id: string; readonly key: string; readonly self?: string };
}

export interface FieldChange {
  readonly field: string;
  readonly from?: string;
  readonly to?: string;
}

/** The address of what happened, at its Jira's API. */
export function selfOf(event: JiraEvent): string {
  return "version" in event ? event.version.self : event.issue.self;
}

/** Reads the body of one kind of event. @throws ValidationError when it does not fit */
type EventReader = (body: unknown) => JiraEvent;

/** The events that are bridged, by name; Jira sends some names with `jira:` in front and some without. */
export function createEventTable(): ReadonlyMap<string, EventReader> {
  // The first mistake is enough for an answer; collecting all of a large body costs time.
  const options = { allErrors: false, useDefaults: false };
  const readIssue = createReader(compileSchema<IssuePayload>(issuePayloadSchema, options));
  const readVersion = createReader(compileSchema<VersionPayload>(versionPayloadSchema, options));
  const table: Readonly<Record<JiraEventName, EventReader>> = {
    issue_created: (body) => issueCreated(readIssue(body)),
    issue_updated: (body) => issueUpdated(readIssue(body)),
    version_created: (body) => versionChanged("version_created", readVersion(body)),
    version_updated: (body) => versionChanged("version_updated", readVersion(body)),
    version_released: (body) => versionChanged("version_released", readVersion(body)),
  };
  return new Map(Object.entries(table));
}

/** Events that Jira can send and that are not bridged, without `jira:` (Hookshot reference 2.8; names: Jira's webhook documentation). */
export const ignoredEvents: readonly string[] = [
  ...eventNames("issue", ["deleted"]),
  ...eventNames("version", ["deleted", "merged", "moved", "unreleased"]),
  ...eventNames("comment", ["created", "updated", "deleted"]),
  ...eventNames("attachment", ["created", "deleted"]),
  ...eventNames("worklog", ["created", "updated", "deleted"]),
  ...eventNames("issuelink", ["created", "deleted"]),
  ...eventNames("issue_property", ["set", "deleted"]),
  ...eventNames("issuetype", ["created", "updated", "deleted"]),
  ...eventNames("project", [
    ...["created", "updated", "deleted", "soft_deleted", "restored_deleted"],
    ...["archived", "restored_archived"],
  ]),
  ...eventNames("sprint", ["created", "updated", "started", "closed", "deleted"]),
  ...eventNames("board", ["created", "updated", "deleted", "configuration_changed"]),
  ...eventNames("user", ["created", "updated", "deleted"]),
  ...eventNames("filter", ["created", "updated", "deleted"]),
  ...eventNames("option", [
    ...["voting_changed", "watching_changed", "unassigned_issues_changed", "subtasks_changed"],
    ...["attachments_changed", "issuelinks_changed", "timetracking_changed"],
  ]),
];

/** An event's name as the table and the list have it. */
export function plainEventName(name: string): string {
  return name.startsWith("jira:") ? name.slice("jira:".length) : name;
}

function eventNames(thing: string, happenings: readonly string[]): readonly string[] {
  return happenings.map((happening) => `${thing}_${happening}`);
}

function createReader<T>(check: ReturnType<typeof compileSchema<T>>): (body: unknown) => T {
  return (body) => {
    const checked = check(body);
    if (checked.ok) return checked.value;
    throw new ValidationError(`The payload does not fit: ${describeProblems(checked.problems)}`);
  };
}

function issueCreated({ issue }: IssuePayload): IssueCreated {
  const creator = nameOf(issue.fields.creator);
  const created = toIssue(issue);
  return creator === undefined ? { name: "issue_created", issue: created } : { name: "issue_created", issue: created, creator };
}

function issueUpdated({ issue, user, changelog }: IssuePayload): IssueUpdated {
  const name = nameOf(user);
  const changes = (changelog?.items ?? []).flatMap(toChange);
  return { name: "issue_updated", issue: toIssue(issue), ...(name === undefined ? {} : { user: name }), changes };
}

function toIssue({ id, key, self, fields }: IssuePayload["issue"]): Issue {
  const project = toProject(fields.project);
  return fields.summary ? { id: String(id), key, self, project, summary: fields.summary } : { id: String(id), key, self, project };
}

function toProject({ id, key, self }: IssuePayload["issue"]["fields"]["project"]): Issue["project"] {
  return self ? { id: String(id), key, self } : { id: String(id), key };
}

function versionChanged(name: VersionChanged["name"], { version }: VersionPayload): VersionChanged {
  const { id, self, projectId } = version;
  const texts = { ...text("name", version.name), ...text("description", version.description) };
  return { name, version: { id: String(id), self, projectId: String(projectId), ...texts } };
}

function nameOf(person: PersonPayload | null | undefined): string | undefined {
  return person?.displayName || undefined;
}

/** One item of a changelog; none when it does not say which field changed. */
function toChange(item: unknown): readonly FieldChange[] {
  const field = ownText(item, "field");
  return field === undefined ? [] : [{ field, ...text("from", ownText(item, "fromString")), ...text("to", ownText(item, "toString")) }];
}

/** A changelog item's text. `toString` is one of its members, so only its own count. */
function ownText(item: unknown, key: string): string | undefined {
  const value = ownMember(item, key);
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function text<Key extends string>(key: Key, value: string | null | undefined): { readonly [K in Key]?: string } {
  // A computed key of a generic type widens to an index signature.
  return (value ? { [key]: value } : {}) as { readonly [K in Key]?: string };
}
