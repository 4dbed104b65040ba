import type { Connection } from "../../core/connection.js";
import { devinfoEntityTypes, type DevinfoEntityType } from "../../core/devinfo.js";
import { NotFoundError, PermissionError, ValidationError } from "../../core/errors.js";
import { projectKeyIn, type IssueKeys } from "../../core/issue-keys.js";
import type { CommandArgument, ConnectionCommand, ConnectionCommandCall } from "../../core/room-commands.js";
import type { ActiveService, ConnectionKind } from "../../core/service.js";
import { describeIssue, explainIssue, type IssueQuestion } from "../../devinfo/issue-answers.js";
import type { Markdown } from "../../shared/markdown.js";
import { callService } from "../call-service.js";
import type { Command } from "../command.js";
import type { BotDeps } from "../deps.js";
import type { DevinfoInChat } from "../devinfo-in-chat.js";
import { wordFor } from "../service-words.js";
import { requireLevel, type AccountCommands } from "./account.js";

type DevDeps = Pick<BotDeps, "services" | "operations"> & { readonly devinfo: DevinfoInChat };

/** A connection to a project whose issues have keys. */
interface ProjectConnection {
  readonly connection: Connection;
  readonly active: ActiveService;
  readonly kind: ConnectionKind<unknown>;
  readonly issueKeys: IssueKeys<unknown>;
}

const name = "dev";
const help = "Show commits, branches and pull requests of an issue; with `why`, what was seen of it and what was not taken.";
const why: CommandArgument = { name: "why", required: false };

/** The command of connections to projects whose issues have keys. It shows what the room's own projects have. */
export function devCommand(deps: DevDeps): ConnectionCommand<unknown> {
  return {
    name,
    arguments: [{ name: "issue", required: true, isItem: true }, why],
    help,
    effect: "read",
    run: (call) => answerInRoom(call, deps),
  };
}

async function answerInRoom(call: ConnectionCommandCall, deps: DevDeps): Promise<Markdown> {
  const { connection, prefix, values } = call;
  const [own] = projectsAmong([connection], deps);
  if (own === undefined) throw new TypeError("the command belongs to kinds whose issues have keys");
  const typed = values["issue"] ?? "";
  const isWhy = readWhy(values["why"], `${prefix} ${name}`);
  const key = readKey(typed, own.issueKeys);
  const projects = projectsAmong(await deps.operations.list(connection.roomId), deps);
  const owners = projects.filter((project) => isOwnedBy(project, typed, key));
  const owner = owners.find((project) => project.connection.id === connection.id) ?? owners[0];
  if (owner === undefined) throw outOfReach(key, own, projects);
  const question: IssueQuestion = {
    key,
    url: owner.issueKeys.issueUrl(owner.connection.state, key, owner.active.context),
    asked: `${prefix} ${name} ${key}`,
    isShown: createIsShown(deps, (instance) => isAnyAt(owners, instance)),
  };
  if (!isWhy) return describeIssue(question, deps.devinfo);
  return explainIssue(question, [...owners.map(announcedWords), ...(await senderWords(deps))], deps.devinfo);
}

/** Those that are in force. */
function projectsAmong(connections: readonly Connection[], { services }: Pick<DevDeps, "services">): readonly ProjectConnection[] {
  return connections.flatMap((connection): readonly ProjectConnection[] => {
    const active = services.find(({ service }) => service.id === connection.serviceId);
    const kind = active?.service.kinds.find(({ id }) => id === connection.kindId);
    if (connection.status.kind !== "active" || active === undefined || kind?.issueKeys === undefined) return [];
    return [{ connection, active, kind, issueKeys: kind.issueKeys }];
  });
}

/** An address belongs to the connection of its own remote alone. */
function isOwnedBy({ connection: { state, stateKey }, kind, issueKeys }: ProjectConnection, typed: string, key: string): boolean {
  return issueKeys.projectOf(state) === projectKeyIn(key) && (kind.ownsItem?.(state, stateKey, typed) ?? true);
}

async function isAnyAt(projects: readonly ProjectConnection[], instance: string): Promise<boolean> {
  for (const { connection, issueKeys, active } of projects) {
    if (await callService(async () => issueKeys.isAt(connection.state, instance, active.context))) return true;
  }
  return false;
}

function outOfReach(key: string, { active: { service } }: ProjectConnection, projects: readonly ProjectConnection[]): PermissionError {
  const known = new Set(projects.map(({ connection: { state }, issueKeys }) => issueKeys.projectOf(state)));
  return new PermissionError(
    `\`${key}\` is in no project that this room is connected to (${[...known].join(", ")}).`,
    "HS_FORBIDDEN_USER",
    `Connect it with \`!connect ${wordFor(service)} ${projectKeyIn(key)}\`, or ask in a direct chat with me: \`${service.id} ${name} ${key}\`.`,
  );
}

/** Whether the room hears of the project's development as it comes. */
function announcedWords({ connection: { state, stateKey }, active, kind, issueKeys }: ProjectConnection): string {
  const { name: project } = kind.describe(state, stateKey);
  const types = issueKeys.announced(state);
  if (types.length > 0) return `This room hears of ${project} as it comes: ${types.map((type) => nouns[type]).join(", ")}.`;
  const word = wordFor(active.service);
  return `This room does not hear of ${project} as it comes. For that, type \`!disconnect ${word} ${project}\`, then \`!connect ${word} ${project} devinfo=${devinfoEntityTypes.join(",")}\`.`;
}

const nouns: Readonly<Record<DevinfoEntityType, string>> = { commit: "commits", branch: "branches", pull_request: "pull requests" };

type AccountDeps = Pick<BotDeps, "services" | "permissions" | "permissionRooms" | "devinfo">;

/** Lets people ask in the direct chat, too, about issues that they may read with a login of their own. */
export function withDevCommands(accounts: readonly AccountCommands[], deps: AccountDeps): readonly AccountCommands[] {
  const { devinfo } = deps;
  if (devinfo === undefined) return accounts;
  return deps.services.flatMap((active): readonly AccountCommands[] => {
    const own = accounts.find((account) => account.active === active)?.commands ?? [];
    const issueKeys = active.service.kinds.flatMap((kind) => kind.issueKeys ?? [])[0];
    const commands = issueKeys === undefined ? own : [...own, devAccountCommand({ active, issueKeys, devinfo }, deps)];
    return commands.length === 0 ? [] : [{ active, commands }];
  });
}

interface PersonalAsk {
  readonly active: ActiveService;
  readonly issueKeys: IssueKeys<unknown>;
  readonly devinfo: DevinfoInChat;
}

function devAccountCommand({ active, issueKeys, devinfo }: PersonalAsk, deps: AccountDeps): Command {
  const typed = `${active.service.id} ${name}`;
  return {
    name: typed,
    arguments: [{ name: "issue", required: true }, why],
    help,
    async run({ words: [issue = "", second, third], actor }) {
      requireLevel(actor, active.service.permissionName, "commands", deps);
      const isWhy = readWhy(third ?? second, typed);
      const key = readKey(issue, issueKeys);
      const instances = await callService(() => issueKeys.readableAt(key, actor, active.context));
      if (instances.length === 0) {
        throw new NotFoundError(`There is no \`${key}\` where you are logged in, or you may not see it. Check the key.`);
      }
      const names = new Set(instances.map((instance) => instance.toLowerCase()));
      const isShown = createIsShown({ devinfo }, async (instance) => names.has(instance.toLowerCase()));
      const question: IssueQuestion = { key, asked: `${typed} ${key}`, isShown };
      return isWhy ? explainIssue(question, await senderWords({ devinfo }), devinfo) : describeIssue(question, devinfo);
    },
  };
}

/** @throws ValidationError */
function readWhy(word: string | undefined, typed: string): boolean {
  if (word === undefined || word.toLowerCase() === "why") return word !== undefined;
  throw new ValidationError(`"${word}" is one word too many. Type it like this: \`${typed} <issue> [why]\`.`);
}

/** @throws ValidationError */
function readKey(typed: string, issueKeys: Pick<IssueKeys<unknown>, "keyOf"> | undefined): string {
  const key = issueKeys?.keyOf(typed);
  if (key !== undefined) return key;
  throw new ValidationError(`"${typed.trim()}" is no issue. Type its key, such as \`PLAY-1\`, or its address from the browser.`);
}

/** Each provider is asked about once. */
function createIsShown({ devinfo }: Pick<DevDeps, "devinfo">, isHere: (instance: string) => Promise<boolean>): IssueQuestion["isShown"] {
  const known = new Map<string, Promise<boolean>>();
  const ask = async (provider: string): Promise<boolean> => {
    // Whoever sent it may be gone; what it sent stays bound.
    const instance = (await devinfo.callers.instanceOf(provider)) ?? (await devinfo.devinfo.instanceOf(provider));
    return instance === undefined || isHere(instance);
  };
  return async (provider, formerInstance) => {
    const answer = known.get(provider) ?? ask(provider);
    known.set(provider, answer);
    return (await answer) && (formerInstance === undefined || isHere(formerInstance));
  };
}

async function senderWords({ devinfo }: Pick<DevDeps, "devinfo">): Promise<readonly string[]> {
  if ((await devinfo.callers.providers()).size > 0) return [];
  return [
    "No tool is set up to send development information. The administrator can make a client for one with `switchboard devinfo-client create`, or install an app with `switchboard connect-app install`.",
  ];
}
