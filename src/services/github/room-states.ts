import type { ConnectionState } from "../../core/connection.js";
import { isLogin, repositoryName, type IssueName, type RepositoryName } from "./repository-name.js";

// State events of discussions, spaces and projects, each with its older name (Hookshot reference 2.2 and 2.5).

export const discussionStateTypes = ["uk.half-shot.matrix-hookshot.github.discussion", "uk.half-shot.matrix-github.discussion"] as const;
export const discussionSpaceStateTypes = [
  "uk.half-shot.matrix-hookshot.github.discussion.space",
  "uk.half-shot.matrix-github.discussion.space",
] as const;
export const userSpaceStateTypes = ["uk.half-shot.matrix-hookshot.github.user.space", "uk.half-shot.matrix-github.user.space"] as const;
export const projectStateTypes = ["uk.half-shot.matrix-hookshot.github.project", "uk.half-shot.matrix-github.project"] as const;

const name = (key: string, description: string, example: string): Readonly<Record<string, unknown>> => ({
  type: "string",
  minLength: 1,
  maxLength: 255,
  description,
  examples: [example],
  mistake: `'${key}' must be text`,
});

const repository = {
  owner: name("owner", "The account that owns the repository.", "octo"),
  repo: name("repo", "The repository's name.", "discussion-rooms"),
};

export const discussionStateSchema = {
  type: "object",
  properties: {
    ...repository,
    id: { type: "integer", description: "The discussion's id.", mistake: "'id' must be a whole number" },
    internalId: name("internalId", "The discussion's node id, for GraphQL.", "D_kwDOexample"),
    discussion: {
      type: "integer",
      minimum: 1,
      description: "The discussion's number.",
      examples: [1],
      mistake: "'discussion' must be the discussion's number",
    },
    category: {
      type: ["number", "string", "null"],
      description: "The discussion's category.",
      mistake: "'category' must be a number or text",
    },
  },
  required: ["owner", "repo", "internalId", "discussion"],
  additionalProperties: false,
};

export const discussionSpaceStateSchema = {
  type: "object",
  properties: repository,
  required: ["owner", "repo"],
  additionalProperties: false,
};

export const userSpaceStateSchema = {
  type: "object",
  properties: {
    username: name("username", "The account's login.", "octo"),
    nodeId: { type: "string", description: "The account's node id.", mistake: "'nodeId' must be text" },
  },
  required: ["username"],
  additionalProperties: false,
};

export const projectStateSchema = {
  type: "object",
  properties: {
    project_id: {
      type: ["integer", "string"],
      description: "The id of the classic project.",
      examples: [1],
      mistake: "'project_id' must be a project's id",
    },
    state: { type: ["string", "null"], description: "`open` or `closed`, as it was.", mistake: "'state' must be text" },
  },
  required: ["project_id"],
  additionalProperties: false,
};

/** The repository of a discussion or of a space of discussions. */
export function discussionsOfState(state: ConnectionState): RepositoryName | undefined {
  return repositoryName(state["owner"], state["repo"]);
}

export function discussionOfState(state: ConnectionState): IssueName | undefined {
  const repository = discussionsOfState(state);
  const number = state["discussion"];
  return repository === undefined || typeof number !== "number" ? undefined : { ...repository, number };
}

/** The login of a user space. */
export function userOfState({ username }: ConnectionState): string | undefined {
  return typeof username === "string" && isLogin(username) ? username : undefined;
}
