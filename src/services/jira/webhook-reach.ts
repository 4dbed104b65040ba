import { inProjects, quoteJql } from "./jql.js";
import { serves } from "./registered-jiras.js";

/** Of which projects' issues a webhook tells. Keys are compared without case. */
export interface Reach {
  /** Absent: of all. */
  readonly projects?: readonly string[];
  /** But not of these, of which another webhook tells. */
  readonly except?: readonly string[];
}

export function reaches({ projects, except }: Reach, key: string): boolean {
  return serves(projects === undefined ? {} : { projects }, key) && !(except !== undefined && serves({ projects: except }, key));
}

/** What is left of the projects that a remote serves (absent: all) once others told of theirs: nobody wants to hear everything twice. */
export function reachBeside(projects: readonly string[] | undefined, told: readonly string[]): Reach {
  if (projects !== undefined) return { projects: projects.filter((key) => !serves({ projects: told }, key)) };
  return told.length === 0 ? {} : { except: told };
}

/** The same in Jira's query language; undefined for everything. */
export function reachFilter({ projects, except }: Reach): string | undefined {
  if (projects !== undefined) return inProjects(projects);
  return except === undefined ? undefined : `project not in (${except.map(quoteJql).join(", ")})`;
}
