/** What is read of GitHub's answers; everything else in them is ignored. */

const text = { type: "string", minLength: 1 };
const optionalText = { type: ["string", "null"] };
const number = { type: "integer", minimum: 1 };
const url = { type: "string", format: "http-url", maxLength: 2_048 };

export interface UserAnswer {
  readonly login: string;
}

export const userSchema = { type: "object", properties: { login: text }, required: ["login"] };

/** Every member may be missing: what is needed is asked for where it is. */
export interface RepositoryAnswer {
  readonly id?: number;
  readonly name?: string;
  readonly full_name?: string;
  readonly html_url?: string;
  readonly owner?: UserAnswer;
  readonly default_branch?: string | null;
  /** Of whoever asks. */
  readonly permissions?: { readonly push?: boolean } | null;
}

const permissions = { type: ["object", "null"], properties: { push: { type: "boolean" } } };

export const repositorySchema = {
  type: "object",
  properties: { id: number, name: text, full_name: text, html_url: url, owner: userSchema, default_branch: optionalText, permissions },
};

export interface PermissionAnswer {
  readonly permission: string;
}

export const permissionSchema = { type: "object", properties: { permission: text }, required: ["permission"] };

export interface AppAnswer {
  readonly slug?: string | null;
  /** Where people open the App's page. */
  readonly html_url: string;
}

export const appSchema = { type: "object", properties: { slug: optionalText, html_url: url }, required: ["html_url"] };

export interface InstallationAnswer {
  readonly id: number;
  /** Absent for an installation on a whole enterprise. */
  readonly account?: { readonly login?: string | null } | null;
  /** `all` repositories of the account, or `selected` ones. */
  readonly repository_selection?: string | null;
  readonly suspended_at?: string | null;
}

export const installationSchema = {
  type: "object",
  properties: {
    id: number,
    account: { type: ["object", "null"], properties: { login: optionalText } },
    repository_selection: optionalText,
    suspended_at: optionalText,
  },
  required: ["id"],
};

export interface LabelAnswer {
  readonly name?: string | null;
}

/** A new issue, as far as it is told. */
export interface CreatedIssueAnswer {
  readonly number: number;
  readonly html_url?: string;
}

export const createdIssueSchema = { type: "object", properties: { number, html_url: url }, required: ["number"] };

/** An issue or a pull request. */
export interface IssueAnswer {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly state: string;
  readonly html_url: string;
  readonly url?: string | null;
  readonly body?: string | null;
  readonly user?: UserAnswer | null;
  readonly assignees?: readonly UserAnswer[] | null;
  readonly labels?: readonly (string | LabelAnswer)[] | null;
  /** Present for pull requests. */
  readonly pull_request?: object | null;
  /** Only some answers carry it. */
  readonly repository?: RepositoryAnswer | null;
}

export const issueSchema = {
  type: "object",
  properties: {
    id: number,
    number,
    title: { type: "string" },
    state: text,
    html_url: url,
    url: optionalText,
    body: optionalText,
    user: { ...userSchema, type: ["object", "null"] },
    assignees: { type: ["array", "null"], items: userSchema },
    labels: {
      type: ["array", "null"],
      items: { type: ["string", "object"], properties: { name: optionalText } },
    },
    pull_request: { type: ["object", "null"] },
    repository: { ...repositorySchema, type: ["object", "null"] },
  },
  required: ["id", "number", "title", "state", "html_url"],
};

export interface CommentAnswer {
  readonly id: number;
  readonly body?: string | null;
  readonly user?: UserAnswer | null;
  readonly html_url?: string | null;
  readonly created_at?: string | null;
}

export const commentSchema = {
  type: "object",
  properties: {
    id: number,
    body: optionalText,
    user: { ...userSchema, type: ["object", "null"] },
    html_url: optionalText,
    created_at: optionalText,
  },
  required: ["id"],
};

export interface WorkflowAnswer {
  readonly id: number;
  readonly name: string;
  readonly path?: string | null;
}

export const workflowSchema = {
  type: "object",
  properties: { id: number, name: text, path: optionalText },
  required: ["id", "name"],
};
