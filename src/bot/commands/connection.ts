import type { Bot } from "../../core/bots.js";
import type { Connection } from "../../core/connection.js";
import { NotFoundError, PermissionError, ValidationError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { RoomRecord } from "../../core/ports/room-store.js";
import type { ConnectionCommand } from "../../core/room-commands.js";
import type { ActiveService, ConnectionKind } from "../../core/service.js";
import { callService } from "../call-service.js";
import { helpLines, usageOf, type Command, type CommandCall } from "../command.js";
import { readArguments, type TypedArguments } from "../command-arguments.js";
import { textAfter } from "../command-text.js";
import type { BotDeps } from "../deps.js";
import { waitForPermissions } from "../may-change.js";
import type { Answer } from "../replies.js";
import { wordFor } from "../service-words.js";
import { readWords } from "../split-words.js";
import { devCommand } from "./dev.js";

type ConnectionDeps = Pick<BotDeps, "bots" | "services" | "operations" | "permissions" | "permissionRooms" | "devinfo">;

/** A kind whose connections take commands. */
interface CommandKind {
  readonly active: ActiveService;
  readonly kind: ConnectionKind<unknown>;
  readonly commands: readonly ConnectionCommand<unknown>[];
}

/** The connections of one kind in a room that answer to what was typed; never empty, the highest priority first. */
interface Group extends CommandKind {
  readonly connections: readonly [Connection, ...Connection[]];
  readonly speaker: Bot;
}

/** A command as it will be run, by the bot that answers. */
export interface ConnectionCommandFound {
  readonly command: Command;
  readonly speaker: Bot;
}

/** What was typed: the first word, and all that follows it. */
interface Typed {
  readonly prefix: string;
  readonly text: string;
}

/** Where and by whom something was typed. */
interface Occasion {
  readonly actor: UserId;
  readonly room: RoomRecord;
  /** Of the room, of whatever service and in whatever state. */
  readonly connections: readonly Connection[];
}

/**
 * The command that a message means by the connections of the room, or by connections that the room could have.
 * @throws RemoteError while it is not known whether the person may
 */
export type FindConnectionCommand = (text: string, occasion: Occasion) => ConnectionCommandFound | undefined;

/** Commands that the connections of a room take behind their prefix (Hookshot reference 3.3). */
export function createConnectionCommands(deps: ConnectionDeps): FindConnectionCommand {
  const kinds = deps.services.flatMap((active) =>
    active.service.kinds.flatMap((kind): CommandKind[] => {
      const commands = commandsOf(kind, deps);
      return commands === undefined ? [] : [{ active, kind, commands }];
    }),
  );
  return (text, occasion) => {
    const typed = readPrefix(text);
    const active = { ...occasion, connections: occasion.connections.filter((connection) => connection.status.kind === "active") };
    const groups = groupsFor(typed.prefix, kinds, active, deps);
    return groups.length > 0 ? findIn(groups, typed, deps) : findUnconnected(typed, kinds, active, deps);
  };
}

/** The kind's own, and what the product offers for such kinds. */
function commandsOf(
  { commands, issueKeys }: ConnectionKind<unknown>,
  { devinfo, ...deps }: ConnectionDeps,
): readonly ConnectionCommand<unknown>[] | undefined {
  return issueKeys === undefined || devinfo === undefined ? commands : [...(commands ?? []), devCommand({ ...deps, devinfo })];
}

function readPrefix(text: string): Typed {
  const end = text.search(/\s/);
  return end < 0 ? { prefix: text, text: "" } : { prefix: text.slice(0, end), text: text.slice(end) };
}

function groupsFor(
  prefix: string,
  kinds: readonly CommandKind[],
  { room, connections }: Occasion,
  { bots }: ConnectionDeps,
): readonly Group[] {
  const groups = kinds.flatMap((known): Group[] => {
    const answering = connections.filter((connection) => isOf(connection, known) && prefixOf(connection, known) === prefix);
    const [first, ...others] = answering.sort(byPriority);
    const speaker = bots.forService(known.active.service.permissionName, room.bots);
    return first === undefined || speaker === undefined ? [] : [{ ...known, connections: [first, ...others], speaker }];
  });
  return groups.sort((left, right) => byPriority(left.connections[0], right.connections[0]));
}

function isOf({ serviceId, kindId }: Connection, { active, kind }: CommandKind): boolean {
  return serviceId === active.service.id && kindId === kind.id;
}

function prefixOf({ state }: Connection, { kind }: CommandKind): string | undefined {
  const custom = state["commandPrefix"];
  return typeof custom === "string" ? custom : kind.defaultCommandPrefix;
}

/** The state key decides between equals, so that the same one goes first each time. */
function byPriority(left: Connection, right: Connection): number {
  return right.priority - left.priority || (left.stateKey < right.stateKey ? -1 : 1);
}

/** A prefix by itself asks for help. Words that are no command may be meant for somebody else. */
function findIn(groups: readonly Group[], { prefix, text }: Typed, deps: ConnectionDeps): ConnectionCommandFound | undefined {
  for (const group of groups) {
    const descriptor = findDescriptor(group.commands, text);
    if (descriptor !== undefined) return { command: toCommand(descriptor, group, { prefix, text }, deps), speaker: group.speaker };
  }
  const [first] = groups;
  if (first === undefined || !isHelp(text)) return undefined;
  return { command: helpCommand(groups, prefix, deps), speaker: first.speaker };
}

/** The longest name goes first, in upper or lower case (reference 3.1). */
function findDescriptor(commands: readonly ConnectionCommand<unknown>[], text: string): ConnectionCommand<unknown> | undefined {
  const typed = commands.filter(({ name }) => textAfter(text, name) !== undefined);
  return typed.reduce<ConnectionCommand<unknown> | undefined>(
    (longest, command) => (longest === undefined || command.name.length > longest.name.length ? command : longest),
    undefined,
  );
}

function isHelp(text: string): boolean {
  return text.trim() === "" || textAfter(text, "help") !== undefined;
}

function helpCommand(groups: readonly Group[], prefix: string, deps: ConnectionDeps): Command {
  const help: Command = {
    name: "help",
    arguments: [],
    help: "This help text",
    async run({ actor }) {
      const allowed = groups.filter(({ active }) => isAllowed(actor, active, deps));
      if (allowed.length === 0) throw refusal(deps);
      const lines = `${allowed.map(({ commands }) => helpLines(commands, prefix)).join("")}${helpLines([help], prefix)}`;
      return { text: lines, source: lines };
    },
  };
  return help;
}

function isAllowed(actor: UserId, { service }: ActiveService, { permissions }: ConnectionDeps): boolean {
  return permissions.allows(actor, service.permissionName, "commands");
}

/** @throws RemoteError while it is not known whether the person may */
function refusal({ permissionRooms }: ConnectionDeps): PermissionError {
  waitForPermissions(permissionRooms);
  return new PermissionError(
    "You do not have permission to use this command.",
    "HS_FORBIDDEN_USER",
    "Ask the administrator for the level `commands` in the configuration's `permissions`.",
  );
}

function toCommand(descriptor: ConnectionCommand<unknown>, group: Group, typed: Typed, deps: ConnectionDeps): Command {
  return {
    name: descriptor.name,
    arguments: descriptor.arguments,
    help: descriptor.help,
    // Rights come first, and which words are arguments depends on the connections.
    explainsMissing: true,
    run: (call) => run(descriptor, group, typed, call, deps),
  };
}

async function run(
  descriptor: ConnectionCommand<unknown>,
  group: Group,
  { prefix, text }: Typed,
  call: CommandCall,
  deps: ConnectionDeps,
): Promise<Answer> {
  const { active, connections } = group;
  const { actor } = call;
  if (!isAllowed(actor, active, deps)) throw refusal(deps);
  const { values, isMissing, extra, named } = readTarget(descriptor, group, textAfter(text, descriptor.name) ?? "");
  const usage = usageOf(descriptor, prefix);
  if (isMissing) throw new ValidationError(`Missing at least one required parameter. Type it like this: \`${usage}\`.`);
  if (extra !== undefined) {
    throw new ValidationError(`"${extra}" is one word too many: what has several words goes in quotes. Type it like this: \`${usage}\`.`);
  }
  const connection = ownerOf(descriptor, values, group) ?? named ?? connections[0];
  const begin = (): Promise<void> => call.begin();
  return callService(() => descriptor.run({ values, actor, prefix, connection, connections, begin }, active.context));
}

/**
 * The arguments, without the name of a connected resource that stands in front of them and is none. Where an item is asked for, what names
 * one is that item, and no resource: an issue's address has its project's name in it.
 */
function readTarget(
  { arguments: args }: ConnectionCommand<unknown>,
  group: Group,
  text: string,
): TypedArguments & { readonly named: Connection | undefined } {
  const [first, second] = readWords(text);
  const canName = first !== undefined && !first.isQuoted && !(args[0]?.isItem === true && ownerOfItem(first.value, group) !== undefined);
  const named = canName ? group.connections.find((one) => isNamed(one, first.value, group)) : undefined;
  if (named !== undefined) {
    const behind = readArguments(args, second === undefined ? "" : text.slice(second.start));
    if (!behind.isMissing) return { ...behind, named };
  }
  return { ...readArguments(args, text), named: undefined };
}

/** By its name as it is written, so that no word of a sentence is taken for it, or with the remote's name or address before that. */
function isNamed({ state, stateKey }: Connection, typed: string, { kind, active }: Group): boolean {
  if (typed !== kind.describe(state, stateKey).name && !typed.includes(":")) return false;
  return kind.isNamed(state, stateKey, typed, undefined, active.context);
}

function ownerOf({ arguments: args }: ConnectionCommand<unknown>, values: TypedArguments["values"], group: Group): Connection | undefined {
  const item = args.find((argument) => argument.isItem === true);
  const typed = item && values[item.name];
  if (typed === undefined) return undefined;
  return ownerOfItem(typed, group);
}

function ownerOfItem(typed: string, { connections, kind }: Group): Connection | undefined {
  return connections.find(({ state, stateKey }) => kind.ownsItem?.(state, stateKey, typed) ?? false);
}

/** Somebody types a command where it has nothing to act on: who may use it is told how to connect the room. */
function findUnconnected(
  { prefix, text }: Typed,
  kinds: readonly CommandKind[],
  { actor, room, connections }: Occasion,
  deps: ConnectionDeps,
): ConnectionCommandFound | undefined {
  const known = kinds.find(
    ({ kind, commands }) => kind.defaultCommandPrefix === prefix && (isHelp(text) || findDescriptor(commands, text) !== undefined),
  );
  if (known === undefined || connections.some((connection) => isOf(connection, known))) return undefined;
  const { service } = known.active;
  const speaker = deps.bots.forService(service.permissionName, room.bots);
  if (speaker === undefined) return undefined;
  if (!isAllowed(actor, known.active, deps)) {
    waitForPermissions(deps.permissionRooms);
    return undefined;
  }
  const reason = `This room has no ${known.kind.title} to act on. To connect one, type \`!connect ${wordFor(service)} <resource>\`; \`!connections\` lists what there is.`;
  const refused = (): Promise<never> => Promise.reject(new NotFoundError(reason));
  return { speaker, command: { name: "help", arguments: [], help: "", run: refused } };
}
