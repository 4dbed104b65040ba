import { devinfoEntityTypes } from "../../core/devinfo.js";
import { PermissionError, SwitchboardError, ValidationError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { Provisioned, Provisioning, ProvisionInput } from "../../core/provisioning.js";
import type { ServiceContext } from "../../core/service.js";
import { sleep, systemClock, type Clock } from "../../shared/clock.js";
import { parseHttpUrl } from "../../shared/url.js";
import { instancesAt, instancesOf } from "./instances.js";
import { knownIdOf } from "./known-projects.js";
import { projectKindId } from "./kind-project.js";
import { learn, lookableFor, lookUp, targetOf, type Found, type Lookable, type LookUp } from "./look-up.js";
import type { JiraParts } from "./parts.js";
import { isProjectKey, parseProjectUrl, projectOfState, type ProjectAddress } from "./project-url.js";
import { devinfoMistake, eventsMistake, stateEventNames, type JiraConfig } from "./schema.js";

type Context = ServiceContext<JiraConfig>;
type Body = Readonly<Record<string, unknown>>;
type Failed = Extract<LookUp, { readonly kind: "failed" }>;

// Hookshot's refusals, word for word and in its order (reference 4.5 and 5.3).
const notLoggedIn = "User is not authenticated with JIRA";
const notLoggedInHere = "User is not authenticated with this JIRA instance";
const noProjectKey = "URL did not contain a valid project key";
const projectNotFound = "Requested project was not found";

/** So long a change waits for an id that the project does without. */
const longestLookUpMs = 5_000;

/**
 * How programs connect rooms to projects: a person may connect what their own account sees, or an instance's credential, which is there for
 * everybody who may manage connections.
 */
export function createProjectProvisioning(parts: JiraParts, clock: Clock = systemClock): Provisioning<JiraConfig> {
  return {
    type: "JiraProject",
    service: "jira",
    check: checkBody,
    provision: (input, context) => (isUnmoved(input) ? keepProject(parts, input, context, clock) : findProject(parts, input, context)),
  };
}

/** Hookshot's order. @throws ValidationError */
function checkBody({ id, url, commandPrefix, events, devinfo }: Body): void {
  if (id !== undefined && typeof id !== "string") throw new ValidationError("Expected 'id' to be a string");
  if (url === undefined) throw new ValidationError("Expected a 'url' property");
  if (commandPrefix !== undefined) checkPrefix(commandPrefix);
  if (events !== undefined && !isEvents(events)) throw new ValidationError(eventsMistake);
  if (devinfo !== undefined && !isDevinfo(devinfo)) throw new ValidationError(devinfoMistake);
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

function isDevinfo(devinfo: unknown): boolean {
  return Array.isArray(devinfo) && devinfo.every((type) => devinfoEntityTypes.some((name) => name === type));
}

/** By the letter: two Jiras at one host differ in the path alone, and whoever sees a project of one may not see the other's. */
function isUnmoved({ config, current }: ProvisionInput): boolean {
  return current !== undefined && config["url"] === current.state["url"];
}

/** The id is the one that stood there or that we find, and never what was sent: events go by it to whom it names. */
async function keepProject(
  parts: JiraParts,
  { config, current, actor }: ProvisionInput,
  context: Context,
  clock: Clock,
): Promise<Provisioned> {
  const { id: _sent, ...settings } = config;
  const project = projectOfState(config["url"]);
  const known = current?.state["id"] ?? (await knownIdFor(project, context));
  const found =
    known === undefined ? await Promise.race([tryToFind(parts, project, actor, context), sleep(clock, longestLookUpMs)]) : undefined;
  const id = known ?? found?.project.id;
  const state = { ...settings, ...(id === undefined ? {} : { id }) };
  return {
    target: { kindId: projectKindId, stateKey: current?.stateKey ?? "", state, name: project?.key ?? "" },
    changes: found === undefined ? [] : learn(found, context),
  };
}

async function knownIdFor(project: ProjectAddress | undefined, { store }: Context): Promise<string | undefined> {
  return project === undefined ? undefined : knownIdOf(store, { host: project.url.host, key: project.key });
}

/** The project as Jira has it; undefined where nobody here may see it, or it cannot be told just now: the room hears issues all the same. */
async function tryToFind(
  parts: JiraParts,
  project: ProjectAddress | undefined,
  actor: UserId,
  context: Context,
): Promise<Found | undefined> {
  if (project === undefined || !isProjectKey(project.key)) return undefined;
  try {
    return await findAt(parts, await jirasAt(parts, project.url, actor, context), project.key, context);
  } catch (error) {
    if (error instanceof SwitchboardError) return undefined;
    throw error;
  }
}

/** @throws PermissionError, ValidationError; RemoteError when Jira cannot tell */
async function findProject(parts: JiraParts, { config, actor }: ProvisionInput, context: Context): Promise<Provisioned> {
  const address = parseHttpUrl(config["url"]);
  const here = address === undefined ? [] : await jirasAt(parts, address, actor, context);
  if (here.length === 0) throw new PermissionError((await context.logins.list(actor)).length > 0 ? notLoggedInHere : notLoggedIn);
  const wanted = projectNamedBy(config["url"]);
  if (wanted === undefined) throw new ValidationError(noProjectKey);
  const found = await findAt(parts, here, wanted.key, context);
  const target = targetOf(found);
  const state = { ...config, ...target.state, url: urlFor(config["url"], target.state["url"], found) };
  return { target: { ...target, state }, changes: learn(found, context) };
}

/** The Jiras at an address that the person has an account at, and those with a credential. */
function jirasAt(parts: JiraParts, address: URL, actor: UserId, context: Context): Promise<readonly Lookable[]> {
  const instances = instancesAt(instancesOf(context.config), address);
  return lookableFor(parts, { instances, isWanted: ({ host }) => host === address.host }, actor, context);
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
    if (answer.kind === "failed") failure ??= isOwnLoginEnded(answer) ? new PermissionError(notLoggedInHere) : answer.error;
  }
  throw failure ?? new PermissionError(projectNotFound);
}

function isOwnLoginEnded({ access, error }: Failed): boolean {
  return access.holder === "person" && error.status === 401;
}

/** As it was sent if it names the project by its last part, as the state has to: Hookshot and its clients go by it. Everybody reads it. */
function urlFor(sent: unknown, usual: unknown, { project }: Found): unknown {
  const named = projectOfState(sent);
  const isPublic = named?.url.username === "" && named.url.password === "";
  return isPublic && named.key === project.key.toUpperCase() ? sent : usual;
}
