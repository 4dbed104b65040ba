import type { ConnectionState } from "../../core/connection.js";
import type { ConnectionKind } from "../../core/service.js";
import { roomGrant } from "./room-grants.js";
import { projectStateSchema, projectStateTypes } from "./room-states.js";
import type { GitHubConfig } from "./schema.js";

/** What people are told who want classic projects. */
export const projectsRetired =
  "GitHub retired classic projects and their API (2025), so there is nothing left that a room could be connected to";

/** Rooms of classic projects, which Hookshot opened and told nothing (reference 2.5): the state is known, and nothing comes of it. */
export function createProjectKind(): ConnectionKind<GitHubConfig> {
  return {
    id: "project",
    title: "GitHub classic project",
    stateTypes: projectStateTypes,
    stateSchema: projectStateSchema,
    remoteKeys: (state) => [keyOf(state)],
    resourceKey: keyOf,
    describe: (state, stateKey) => ({ name: nameOf(state) ?? stateKey }),
    isNamed: (state, stateKey, typed) => typed === (nameOf(state) ?? stateKey),
    note: () => "GitHub retired classic projects: nothing is told",
    grant: (state) => roomGrant(projectStateTypes, String(state["project_id"])),
    render: () => ({ kind: "ignored", reason: "GitHub retired classic projects" }),
  };
}

function nameOf({ project_id: id }: ConnectionState): string | undefined {
  return typeof id === "number" || typeof id === "string" ? String(id) : undefined;
}

function keyOf(state: ConnectionState): string {
  return `classic project ${nameOf(state) ?? ""}`;
}
