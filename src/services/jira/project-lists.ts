import { RemoteError } from "../../core/errors.js";
import { compileSchema } from "../../shared/validate.js";
import { ask, type Check, type JiraLink } from "./jira-request.js";

/** A project of a list. */
export interface ListedProject {
  readonly id: string;
  readonly key: string;
  readonly name: string;
}

interface ProjectPage {
  readonly values: readonly unknown[];
  readonly isLast?: boolean | null;
}

const text = { type: "string", minLength: 1, maxLength: 255 };
const projectSchema = { type: "object", properties: { id: text, key: text, name: { type: "string" } }, required: ["id", "key", "name"] };
const projectsSchema = { type: "array" };
const pageSchema = {
  type: "object",
  properties: { values: projectsSchema, isLast: { type: ["boolean", "null"] } },
  required: ["values"],
};

/** The most that Jira Cloud gives at once ("Get projects paginated"). */
const projectsPerPage = 100;
/** A program waits for the list: no page is asked for that would come too late. */
const patienceMs = 10_000;

/**
 * Every project that the account sees, in Jira's order. Whatever Jira answers, it ends.
 * @throws RemoteError
 */
export type ListProjects = (link: JiraLink, now: () => number) => Promise<readonly ListedProject[]>;

/** Compiles its schemas, so it is made once. */
export function createProjectList(): ListProjects {
  const options = { useDefaults: false, allErrors: false };
  const checkProject = compileSchema<ListedProject>(projectSchema, options);
  const checkProjects = compileSchema<readonly unknown[]>(projectsSchema, options);
  const checkPage = compileSchema<ProjectPage>(pageSchema, options);
  return async (link, now) => {
    if (link.access.deployment === "cloud") return listByPage(link, now, { checkPage, checkProject });
    return goodOnes(await ask(link, { method: "GET", path: "project" }, checkProjects), checkProject);
  };
}

interface PageChecks {
  readonly checkPage: Check<ProjectPage>;
  readonly checkProject: Check<ListedProject>;
}

/** The list may change while it is read, so that a project comes twice; a page without anything new is the end. */
async function listByPage(link: JiraLink, now: () => number, { checkPage, checkProject }: PageChecks): Promise<readonly ListedProject[]> {
  const endsAt = now() + patienceMs;
  const found = new Map<string, ListedProject>();
  for (let startAt = 0; ;) {
    const path = `project/search?startAt=${startAt}&maxResults=${projectsPerPage}`;
    const { values, isLast } = await ask(link, { method: "GET", path }, checkPage);
    const known = found.size;
    for (const project of goodOnes(values, checkProject)) found.set(project.id, project);
    if (isLast === true || found.size === known) return [...found.values()];
    if (now() >= endsAt) throw new RemoteError(`The Jira ${link.access.name} takes too long to list its projects. Try again later.`);
    startAt += values.length;
  }
}

function goodOnes(values: readonly unknown[], check: Check<ListedProject>): readonly ListedProject[] {
  return values.flatMap((value) => {
    const checked = check(value);
    return checked.ok ? [checked.value] : [];
  });
}
