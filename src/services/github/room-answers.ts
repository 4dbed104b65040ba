/** What is read of GitHub's answers for rooms of their own; everything else in them is ignored. */

const text = { type: "string", minLength: 1 };
const optionalText = { type: ["string", "null"] };
const id = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const url = { type: "string", format: "http-url", maxLength: 2_048 };

export interface PersonAnswer {
  readonly login: string;
  readonly avatar_url?: string | null;
}

const person = { type: "object", properties: { login: text, avatar_url: optionalText }, required: ["login"] };
const personOrNull = { ...person, type: ["object", "null"] };

/** A user or an organisation. */
export interface AccountAnswer extends PersonAnswer {
  readonly node_id: string;
  readonly name?: string | null;
}

export const accountSchema = {
  type: "object",
  properties: { login: text, avatar_url: optionalText, node_id: text, name: optionalText },
  required: ["login", "node_id"],
};

export interface RoomRepositoryAnswer {
  readonly id: number;
  readonly name: string;
  readonly full_name: string;
  readonly html_url: string;
  readonly private: boolean;
  readonly description?: string | null;
  readonly has_discussions?: boolean | null;
  readonly owner: PersonAnswer;
}

export const roomRepositorySchema = {
  type: "object",
  properties: {
    id,
    name: text,
    full_name: text,
    html_url: url,
    private: { type: "boolean" },
    description: optionalText,
    has_discussions: { type: ["boolean", "null"] },
    owner: person,
  },
  required: ["id", "name", "full_name", "html_url", "private", "owner"],
};

/** An issue or a pull request. */
export interface RoomIssueAnswer {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly state: string;
  /** Of the API. */
  readonly url: string;
  readonly html_url: string;
  readonly body?: string | null;
  readonly user?: PersonAnswer | null;
  readonly updated_at?: string | null;
  readonly closed_at?: string | null;
  readonly closed_by?: PersonAnswer | null;
  /** Present for pull requests. */
  readonly pull_request?: object | null;
}

export const roomIssueSchema = {
  type: "object",
  properties: {
    id,
    number: id,
    title: { type: "string" },
    state: text,
    url,
    html_url: url,
    body: optionalText,
    user: personOrNull,
    updated_at: optionalText,
    closed_at: optionalText,
    closed_by: personOrNull,
    pull_request: { type: ["object", "null"] },
  },
  required: ["id", "number", "title", "state", "url", "html_url"],
};

export interface RoomCommentAnswer {
  readonly id: number;
  readonly html_url: string;
  readonly body?: string | null;
  readonly user?: PersonAnswer | null;
}

export const roomCommentSchema = {
  type: "object",
  properties: { id, html_url: url, body: optionalText, user: personOrNull },
  required: ["id", "html_url"],
};

/** A comment that was just made. */
export interface MadeAnswer {
  readonly id: number;
}

export const madeSchema = { type: "object", properties: { id }, required: ["id"] };

/** Of GraphQL. */
export interface DiscussionAnswer {
  readonly repository: {
    readonly databaseId: number;
    readonly isPrivate: boolean;
    readonly name: string;
    readonly url: string;
    readonly owner: { readonly login: string };
    readonly discussion: {
      readonly id: string;
      readonly databaseId: number;
      readonly number: number;
      readonly title: string;
      readonly url: string;
      readonly body: string;
      readonly author?: { readonly login: string; readonly avatarUrl?: string | null } | null;
      readonly category?: { readonly name: string; readonly emoji?: string | null } | null;
    };
  };
}

const discussion = {
  type: "object",
  properties: {
    id: text,
    databaseId: id,
    number: id,
    title: { type: "string" },
    url,
    body: { type: "string" },
    author: { type: ["object", "null"], properties: { login: text, avatarUrl: optionalText }, required: ["login"] },
    category: { type: ["object", "null"], properties: { name: text, emoji: optionalText }, required: ["name"] },
  },
  required: ["id", "databaseId", "number", "title", "url", "body"],
};

export const discussionSchema = {
  type: "object",
  properties: {
    repository: {
      type: "object",
      properties: {
        databaseId: id,
        isPrivate: { type: "boolean" },
        name: text,
        url,
        owner: { type: "object", properties: { login: text }, required: ["login"] },
        discussion,
      },
      required: ["databaseId", "isPrivate", "name", "url", "owner", "discussion"],
    },
  },
  required: ["repository"],
};

export interface DiscussionCommentMadeAnswer {
  readonly addDiscussionComment: { readonly comment: { readonly databaseId: number } };
}

const comment = { type: "object", properties: { databaseId: id }, required: ["databaseId"] };

export const discussionCommentMadeSchema = {
  type: "object",
  properties: { addDiscussionComment: { type: "object", properties: { comment }, required: ["comment"] } },
  required: ["addDiscussionComment"],
};
