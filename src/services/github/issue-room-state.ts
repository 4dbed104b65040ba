import type { ConnectionState } from "../../core/connection.js";
import { repositoryProperties } from "./state-schema.js";
import { repositoryOfState, type IssueName } from "./repository-name.js";

/** Its state event, and the name it had before Hookshot 1.0 (reference 2.2). */
export const issueStateTypes = ["uk.half-shot.matrix-hookshot.github.issue", "uk.half-shot.matrix-github.bridge"] as const;

export const issueKindId = "issue";

/** The body of `uk.half-shot.matrix-hookshot.github.issue`. Its state key is the issue's address at the API, or anything. */
export const issueStateSchema = {
  type: "object",
  properties: {
    ...repositoryProperties("issue-rooms"),
    issues: {
      type: "array",
      items: { type: "string", pattern: "^[1-9][0-9]{0,9}$", mistake: "'issues' must be a list with the issue's number as text" },
      minItems: 1,
      description: "The issue's number, as the only entry.",
      examples: [["1"]],
      mistake: "'issues' must be a list with the issue's number as text",
    },
    state: { type: ["string", "null"], description: "`open` or `closed`, as the room was told last.", mistake: "'state' must be text" },
    comments_processed: {
      type: ["integer", "null"],
      description: "How many comments the room was told; -1 for a room that was told nothing yet.",
      mistake: "'comments_processed' must be a whole number",
    },
  },
  required: ["org", "repo", "issues"],
  additionalProperties: false,
};

/** Undefined for what names no issue. */
export function issueOfState(state: ConnectionState): IssueName | undefined {
  const repository = repositoryOfState(state);
  const issues: unknown = state["issues"];
  const first: unknown = Array.isArray(issues) ? issues[0] : undefined;
  const number = typeof first === "string" && /^[1-9]\d{0,9}$/.test(first) ? Number(first) : undefined;
  return repository === undefined || number === undefined ? undefined : { ...repository, number };
}
