import type { AccountRequest, AccountRoute } from "../../core/account-route.js";
import { PermissionError, RemoteError, SwitchboardError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { ServiceContext } from "../../core/service.js";
import { instancesNamed, instancesOf, type JiraInstance } from "./instances.js";
import { createJiraNames, jiraNamed, type NamedJira, type NameJiras } from "./jira-names.js";
import type { JiraParts } from "./parts.js";
import { createProjectList, type ListedProject, type ListProjects } from "./project-lists.js";
import { projectUrl } from "./project-url.js";
import type { JiraConfig } from "./schema.js";
import { personsJiras, personsJirasAmong, type PersonsJira } from "./sites.js";

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
        examples: [{ loggedIn: true, instances: [{ name: "Example", url: "https://example.atlassian.net" }] }],
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
        examples: [[{ key: "PLAY", name: "Playground", id: "10001", url: "https://example.atlassian.net/projects/PLAY" }]],
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
  answerSchema: {
    ...{ type: "object", properties: { url: address }, required: ["url"] },
    examples: [{ url: "https://auth.atlassian.com/authorize?client_id=example&state=example" }],
  },
  async run({ actor, query: { instance } }, { config, logins }) {
    const instances = instancesOf(config);
    if (!instances.some(({ oauth }) => oauth !== undefined)) throw new SwitchboardError("HS_DISABLED_FEATURE", noOauth);
    const remote = typeof instance === "string" ? instance : undefined;
    if (remote !== undefined && instancesNamed(instances, remote).length === 0) throw new PermissionError(unknownInstance);
    return { url: await logins.begin(actor, remote) };
  },
};

async function describeAccount(parts: RouteParts, actor: UserId, context: Context): Promise<object> {
  const named = await findJiras(parts, actor, context);
  if (named === undefined) return { loggedIn: false };
  const [first] = named;
  if (first?.failure !== undefined && named.every(isOut)) throw first.failure;
  return { loggedIn: true, instances: named.map(({ name, jira }) => ({ name, url: jira.instance.url })) };
}

async function listProjectsOf(parts: RouteParts, { actor, params }: AccountRequest, context: Context): Promise<object> {
  const named = await findJiras(parts, actor, context);
  if (named === undefined) throw new PermissionError(notLoggedIn);
  const jira = jiraNamed(named, params["name"] ?? "");
  // One that could not tell its title may be the one.
  if (jira === undefined) throw named.find(isOut)?.failure ?? new PermissionError(unknownInstance);
  const projects = await listAs(jira, parts, context);
  return projects.map(({ key, name, id }) => ({ key, name, id, url: projectUrl(jira.instance.url, key) }));
}

/** The Jiras that let the person in, by name; undefined for who is logged in nowhere. @throws RemoteError */
async function findJiras({ nameJiras, ...parts }: RouteParts, actor: UserId, context: Context): Promise<readonly NamedJira[] | undefined> {
  const jiras = await reachedJiras(parts, actor, context);
  const named = (await nameJiras(jiras ?? [], context.http)).filter(({ failure }) => failure?.status !== 401);
  // A login at Jira Cloud may reach no site.
  return named.length > 0 || jiras?.length === 0 ? named : undefined;
}

/** @returns undefined where there are none because there is no login, or it has ended */
async function reachedJiras(parts: JiraParts, actor: UserId, context: Context): Promise<readonly PersonsJira[] | undefined> {
  try {
    const jiras = await personsJiras(parts, actor, context);
    return jiras.length > 0 || (await linkedTo(actor, context)).length > 0 ? jiras : undefined;
  } catch (error) {
    // It is the login at Jira Cloud, which tells the sites, that has ended.
    if (!isNotLetIn(error)) throw error;
    const instances = (await linkedTo(actor, context)).filter(({ isGateway }) => isGateway !== true);
    return instances.length > 0 ? personsJirasAmong(parts, actor, { instances, isWanted: () => false }, context) : undefined;
  }
}

/** The instances that something is kept for. */
async function linkedTo(actor: UserId, { config, logins }: Context): Promise<readonly JiraInstance[]> {
  const linked = await logins.list(actor);
  return instancesOf(config).filter(({ url }) => linked.includes(url));
}

async function listAs({ access }: PersonsJira, { listProjects }: RouteParts, { http, now }: Context): Promise<readonly ListedProject[]> {
  try {
    return await listProjects({ http, access }, now);
  } catch (error) {
    throw isNotLetIn(error) ? new PermissionError(notLoggedIn) : error;
  }
}

function isNotLetIn(error: unknown): boolean {
  return error instanceof RemoteError && error.status === 401;
}

/** It did not tell its title, and may do so later. */
function isOut({ failure }: NamedJira): boolean {
  return failure?.isTransient === true;
}
