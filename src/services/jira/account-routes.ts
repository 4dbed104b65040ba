import type { AccountRequest, AccountRoute } from "../../core/account-route.js";
import { PermissionError, RemoteError, SwitchboardError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { ServiceContext } from "../../core/service.js";
import { instancesOf } from "./instances.js";
import { createJiraNames, jiraNamed, type NameJiras } from "./jira-names.js";
import type { JiraParts } from "./parts.js";
import { createProjectList, type ListedProject, type ListProjects } from "./project-lists.js";
import { projectUrl } from "./project-url.js";
import type { JiraConfig } from "./schema.js";
import { personsJiras, type PersonsJira } from "./sites.js";

// Hookshot's refusals (reference 4.5 and 6.2).
const notLoggedIn = "Not logged in";
const unknownInstance = "Instance not known or not accessible to this user.";
const noOauth = "Bridge is not configured with OAuth support";

type Context = ServiceContext<JiraConfig>;
type Route = AccountRoute<JiraConfig>;

interface RouteParts extends JiraParts {
  readonly nameJiras: NameJiras;
  readonly listProjects: ListProjects;
}

const text = { type: "string" };
const address = { type: "string", format: "uri" };

/** What programs ask about a person's Jira (reference 4.5). Compiles its schemas, so it is made once. */
export function createAccountRoutes(shared: JiraParts): readonly Route[] {
  const parts = { ...shared, nameJiras: createJiraNames(), listProjects: createProjectList() };
  return [
    loginRoute,
    {
      path: "/jira/account",
      summary: "The Jiras that a person is logged in to.",
      description:
        "An instance is called by the name that it gives itself: a site of Jira Cloud by its name, Server and Data Center by their title. Where two have one title, they are called by their host.",
      answerSchema: {
        type: "object",
        properties: {
          loggedIn: { type: "boolean" },
          instances: {
            type: "array",
            description: "Absent for a person who is not logged in.",
            items: { type: "object", properties: { name: text, url: address }, required: ["name", "url"] },
          },
        },
        required: ["loggedIn"],
      },
      run: ({ actor }, context) => describeAccount(parts, actor, context),
    },
    {
      path: "/jira/instances/:name/projects",
      summary: "The projects that a person sees at one of their Jiras.",
      params: { name: "The instance's name, or the name that it has in the configuration, or its host." },
      answerSchema: {
        type: "array",
        items: {
          type: "object",
          properties: { key: text, name: text, id: text, url: { ...address, description: "Can be given to `PUT` as it is." } },
          required: ["key", "name", "id", "url"],
        },
      },
      run: (request, context) => listProjectsOf(parts, request, context),
    },
  ];
}

const loginRoute: Route = {
  path: "/jira/oauth",
  summary: "Where a person goes to log in to Jira with a browser.",
  description: "The address is good for ten minutes, for that person and once.",
  querySchema: {
    type: "object",
    properties: { instance: { type: "string", description: "The name that the Jira has in the configuration, if there are several." } },
  },
  answerSchema: { type: "object", properties: { url: address }, required: ["url"] },
  async run({ actor, query: { instance } }, { config, logins }) {
    if (!instancesOf(config).some(({ oauth }) => oauth !== undefined)) throw new SwitchboardError("HS_DISABLED_FEATURE", noOauth);
    return { url: await logins.begin(actor, typeof instance === "string" ? instance : undefined) };
  },
};

async function describeAccount({ nameJiras, ...parts }: RouteParts, actor: UserId, context: Context): Promise<object> {
  const jiras = await personsJiras(parts, actor, context);
  if (jiras.length === 0 && !(await hasLogin(actor, context))) return { loggedIn: false };
  const { all, failures } = await nameJiras(jiras, context.http);
  const [failure] = failures;
  if (failure !== undefined && failures.length === all.length && isOutage(failure)) throw failure;
  return { loggedIn: true, instances: all.map(({ name, jira }) => ({ name, url: jira.instance.url })) };
}

/** A login at Jira Cloud may reach no site. */
async function hasLogin(actor: UserId, { config, logins }: Context): Promise<boolean> {
  const linked = await logins.list(actor);
  return instancesOf(config).some(({ url }) => linked.includes(url));
}

async function listProjectsOf(parts: RouteParts, { actor, params }: AccountRequest, context: Context): Promise<object> {
  const jira = await findJira(parts, actor, params["name"] ?? "", context);
  const projects = await listAs(jira, parts, context);
  return projects.map(({ key, name, id }) => ({ key, name, id, url: projectUrl(jira.instance.url, key) }));
}

async function findJira({ nameJiras, ...parts }: RouteParts, actor: UserId, name: string, context: Context): Promise<PersonsJira> {
  const jiras = await personsJiras(parts, actor, context);
  if (jiras.length === 0 && !(await hasLogin(actor, context))) throw new PermissionError(notLoggedIn);
  const named = await nameJiras(jiras, context.http);
  const found = jiraNamed(named, name);
  if (found !== undefined) return found;
  // One that could not tell its title may be the one.
  throw named.failures.find(isOutage) ?? new PermissionError(unknownInstance);
}

async function listAs({ access }: PersonsJira, { listProjects }: RouteParts, { http, now }: Context): Promise<readonly ListedProject[]> {
  try {
    return await listProjects({ http, access }, now);
  } catch (error) {
    // It is the login that has ended.
    if (error instanceof RemoteError && error.status === 401) throw new PermissionError(notLoggedIn);
    throw error;
  }
}

function isOutage({ status }: RemoteError): boolean {
  return status === undefined || status === 429 || status >= 500;
}
