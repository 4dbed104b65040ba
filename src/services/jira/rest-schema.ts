// What is read of the answers of Jira's REST API; everything else in them is ignored. Cloud (version 3) and Data Center (version 2) differ
// only in how they name people and in the form of texts. Members of lists are checked one by one, so that a bad one does not lose the rest.

const optionalText = { type: ["string", "null"] };
const key = { type: "string", minLength: 1, maxLength: 255 };
const named = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
const optionallyNamed = { ...named, type: ["object", "null"] };

/** `GET project/{key}` */
export interface ProjectAnswer {
  readonly id: string;
  readonly key: string;
  readonly issueTypes?: readonly unknown[] | null;
}

export const projectSchema = {
  type: "object",
  properties: { id: { type: "string", minLength: 1, maxLength: 255 }, key, issueTypes: { type: ["array", "null"] } },
  required: ["id", "key"],
};

export interface IssueTypeAnswer {
  readonly name: string;
  readonly subtask?: boolean;
}

export const issueTypeSchema = {
  type: "object",
  properties: { name: { type: "string", minLength: 1 }, subtask: { type: "boolean" } },
  required: ["name"],
};

/** A person: `accountId` on Cloud, `name` on Server and Data Center. */
export interface UserAnswer {
  readonly accountId?: string | null;
  readonly name?: string | null;
  readonly displayName?: string | null;
  readonly emailAddress?: string | null;
  readonly active?: boolean;
}

export const userSchema = {
  type: "object",
  properties: {
    accountId: optionalText,
    name: optionalText,
    displayName: optionalText,
    emailAddress: optionalText,
    active: { type: "boolean" },
  },
};

interface Named {
  readonly name: string;
}

/** Servers before 6.2 tell no category. */
export interface StatusAnswer extends Named {
  readonly statusCategory?: { readonly key?: string | null } | null;
}

const status = {
  type: ["object", "null"],
  properties: { name: { type: "string" }, statusCategory: { type: ["object", "null"], properties: { key: optionalText } } },
  required: ["name"],
};

/** `GET issue/{key}`, and each issue of a search. */
export interface IssueAnswer {
  readonly key: string;
  readonly fields: {
    readonly project: { readonly key: string };
    readonly summary?: string | null;
    readonly issuetype?: Named | null;
    readonly status?: StatusAnswer | null;
    readonly assignee?: UserAnswer | null;
    readonly reporter?: UserAnswer | null;
    readonly priority?: Named | null;
    readonly labels?: readonly string[] | null;
    /** Wiki markup, or a document on Cloud. */
    readonly description?: unknown;
  };
}

/** The fields that issues are asked for. */
export const issueFields = [
  ...["project", "summary", "issuetype", "status", "assignee", "reporter", "priority", "labels", "description"],
] as const;

export const issueSchema = {
  type: "object",
  properties: {
    key,
    fields: {
      type: "object",
      properties: {
        project: { type: "object", properties: { key }, required: ["key"] },
        summary: optionalText,
        issuetype: optionallyNamed,
        status,
        assignee: { ...userSchema, type: ["object", "null"] },
        reporter: { ...userSchema, type: ["object", "null"] },
        priority: optionallyNamed,
        labels: { type: ["array", "null"], items: { type: "string" } },
      },
      required: ["project"],
    },
  },
  required: ["key", "fields"],
};

/** `POST issue` */
export interface CreatedAnswer {
  readonly key: string;
}

export const createdSchema = { type: "object", properties: { key }, required: ["key"] };

/** `POST issue/{key}/comment` and `POST issue/{key}/worklog` */
export const commentSchema = { type: "object", properties: { id: { type: "string" } }, required: ["id"] };

/** `GET issue/{key}/transitions` */
export interface TransitionsAnswer {
  readonly transitions: readonly unknown[];
}

export const transitionsSchema = { type: "object", properties: { transitions: { type: "array" } }, required: ["transitions"] };

export interface TransitionAnswer {
  readonly id: string;
  readonly name: string;
  readonly to: StatusAnswer;
}

export const transitionSchema = {
  type: "object",
  properties: { id: { type: "string", minLength: 1 }, name: { type: "string" }, to: { ...status, type: "object" } },
  required: ["id", "name", "to"],
};

/** `POST search` and `POST search/jql` */
export interface SearchAnswer {
  readonly issues: readonly unknown[];
}

export const searchSchema = { type: "object", properties: { issues: { type: "array" } }, required: ["issues"] };

/** `GET user/assignable/search` */
export const usersSchema = { type: "array" };

/** `GET /oauth/token/accessible-resources` of Jira Cloud: a site is listed once for each product of Atlassian's that it has. */
export interface SiteAnswer {
  readonly id: string;
  readonly name?: string | null;
  readonly url: string;
  readonly scopes?: readonly string[] | null;
}

export const sitesSchema = { type: "array" };

export const siteSchema = {
  type: "object",
  properties: {
    id: { type: "string", minLength: 1, maxLength: 255 },
    name: { type: ["string", "null"], maxLength: 255 },
    url: { type: "string", format: "http-url", maxLength: 2048 },
    scopes: { type: ["array", "null"], items: { type: "string" } },
  },
  required: ["id", "url"],
};

/** `GET /me` of Jira Cloud */
export interface AccountAnswer {
  readonly account_id: string;
  readonly name?: string | null;
  readonly email?: string | null;
}

export const accountSchema = {
  type: "object",
  properties: { account_id: { type: "string", minLength: 1 }, name: optionalText, email: optionalText },
  required: ["account_id"],
};
