import { PermissionError, ValidationError, type SwitchboardError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { Provisioned, Provisioning, ProvisionInput } from "../../core/provisioning.js";
import type { ServiceContext } from "../../core/service.js";
import { parseHttpUrl } from "../../shared/url.js";
import { hasCredential, instancesAt, instancesOf } from "./instances.js";
import { knownIdOf } from "./known-projects.js";
import { projectKindId } from "./kind-project.js";
import { learn, lookableFor, lookUp, targetOf, type Lookable, type LookUp } from "./look-up.js";
import type { JiraParts } from "./parts.js";
import { isProjectKey, parseProjectUrl, projectOfState, type ProjectAddress } from "./project-url.js";
import { eventsMistake, stateEventNames, type JiraConfig } from "./schema.js";

type Context = ServiceContext<JiraConfig>;
type Body = Readonly<Record<string, unknown>>;
type Found = Extract<LookUp, { readonly kind: "found" }>;

// Hookshot's refusals, word for word and in its order (reference 4.5 and 5.3).
const notLoggedIn = "User is not authenticated with JIRA";
const notLoggedInHere = "User is not authenticated with this JIRA instance";
const noProjectKey = "URL did not contain a valid project key";
const projectNotFound = "Requested project was not found";

/**
 * How programs connect rooms to projects: a person may connect what their own account sees, or an instance's credential, which is there for
 * everybody who may manage connections.
 */
export function createProjectProvisioning(parts: JiraParts): Provisioning<JiraConfig> {
  return {
    type: "JiraProject",
    service: "jira",
    check: checkBody,
    provision: (input, context) => (isUnmoved(input) ? keepProject(input, context) : findProject(parts, input, context)),
  };
}

/** Hookshot's order. Null counts as absent. @throws ValidationError */
function checkBody({ id, url, commandPrefix, events }: Body): void {
  if (isGiven(id) && typeof id !== "string") throw new ValidationError("Expected 'id' to be a string");
  if (!isGiven(url)) throw new ValidationError("Expected a 'url' property");
  if (isGiven(commandPrefix)) checkPrefix(commandPrefix);
  if (isGiven(events) && !isEvents(events)) throw new ValidationError(eventsMistake);
}

function checkPrefix(prefix: unknown): void {
  if (typeof prefix !== "string") throw new ValidationError("Expected 'commandPrefix' to be a string");
  if (prefix.length < 2 || prefix.length > 24) throw new ValidationError("Expected 'commandPrefix' to be between 2-24 characters");
}

/** With `issue.created` in front it is the default, as Hookshot once wrote it. */
function isEvents(events: unknown): boolean {
  if (!Array.isArray(events)) return false;
  return events[0] === "issue.created" || events.every((event) => stateEventNames.some((name) => name === event));
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** By the letter: two Jiras at one host differ in the path alone, and whoever sees a project of one may not see the other's. */
function isUnmoved({ config, current }: ProvisionInput): boolean {
  return current !== undefined && config["url"] === current.state["url"];
}

/** Nobody is asked, so the id is what is known already, and never what was sent: events go by it to whom it names. */
async function keepProject({ config, current }: ProvisionInput, { store }: Context): Promise<Provisioned> {
  const { id: _sent, ...settings } = config;
  const project = projectOfState(config["url"]);
  const { id: stored } = current?.state ?? {};
  const id = stored ?? (project === undefined ? undefined : await knownIdOf(store, { host: project.url.host, key: project.key }));
  const state = { ...settings, ...(id === undefined ? {} : { id }) };
  return { target: { kindId: projectKindId, stateKey: current?.stateKey ?? "", state, name: project?.key ?? "" } };
}

/** @throws PermissionError, ValidationError; RemoteError when Jira cannot tell */
async function findProject(parts: JiraParts, { config, actor }: ProvisionInput, context: Context): Promise<Provisioned> {
  const address = parseHttpUrl(config["url"]);
  const here = address === undefined ? [] : await jirasAt(parts, address, actor, context);
  if (here.length === 0) throw new PermissionError((await hasAccount(actor, context)) ? notLoggedInHere : notLoggedIn);
  const wanted = projectNamedBy(config["url"]);
  if (wanted === undefined) throw new ValidationError(noProjectKey);
  const found = await findAt(parts, here, wanted.key, context);
  const target = targetOf(found.instance, found.project);
  const state = { ...config, ...target.state, url: urlFor(config["url"], target.state["url"], found) };
  return { target: { ...target, state }, changes: learn(found.instance, found.project, context) };
}

/** The Jiras at an address that the person has an account at, and those with a credential. */
function jirasAt(parts: JiraParts, address: URL, actor: UserId, context: Context): Promise<readonly Lookable[]> {
  const instances = instancesAt(instancesOf(context.config), address);
  return lookableFor(parts, { instances, isWanted: ({ host }) => host === address.host }, actor, context);
}

/** Anywhere: it decides how they are refused. */
async function hasAccount(actor: UserId, { config, logins }: Context): Promise<boolean> {
  return instancesOf(config).some(hasCredential) || (await logins.list(actor)).length > 0;
}

/** Also by addresses from the browser, which have more behind the key. */
function projectNamedBy(url: unknown): ProjectAddress | undefined {
  const project = (typeof url === "string" ? parseProjectUrl(url) : undefined) ?? projectOfState(url);
  return project !== undefined && isProjectKey(project.key) ? project : undefined;
}

async function findAt(parts: JiraParts, jiras: readonly Lookable[], key: string, context: Context): Promise<Found> {
  let failure: SwitchboardError | undefined;
  for (const jira of jiras) {
    const answer = await lookUp(parts, jira, key, context);
    if (answer.kind === "found") return answer;
    if (answer.kind === "failed")
      failure ??= answer.error.status === 401 && isOwn(jira) ? new PermissionError(notLoggedInHere) : answer.error;
  }
  throw failure ?? new PermissionError(projectNotFound);
}

function isOwn({ accounts: [first] }: Lookable): boolean {
  return first.holder === "person";
}

/** As it was sent if it names the project by its last part, as the state has to: Hookshot and its clients go by it. Everybody reads it. */
function urlFor(sent: unknown, usual: unknown, { project }: Found): unknown {
  const named = projectOfState(sent);
  const isPublic = named?.url.username === "" && named.url.password === "";
  return isPublic && named.key === project.key.toUpperCase() ? sent : usual;
}
