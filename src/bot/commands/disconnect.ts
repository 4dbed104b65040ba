import type { Connection } from "../../core/connection.js";
import type { ActiveService } from "../../core/service.js";
import { joinMarkdown, markdown, type Markdown } from "../../shared/markdown.js";
import { code, sentence } from "../../shared/sentence.js";
import type { Command, CommandCall } from "../command.js";
import type { BotDeps } from "../deps.js";
import { checkMayChange } from "../may-change.js";
import { linkTo, list } from "../answer-parts.js";
import {
  connectExample,
  describeConnection,
  enabledServices,
  findService,
  kindOf,
  parseServiceWord,
  requireService,
} from "../service-words.js";

type DisconnectDeps = Pick<BotDeps, "services" | "disabledServices" | "unbuiltServices" | "operations" | "permissions" | "permissionRooms">;

/** `!disconnect <service>[:<connector>] <resource>` */
export function disconnectCommand(deps: DisconnectDeps): Command {
  return {
    name: "!disconnect",
    arguments: [
      { name: "service", required: true },
      { name: "resource", required: true },
    ],
    help: "End a connection of this room.",
    explainsMissing: true,
    about: ([word]) => (word === undefined ? undefined : findService(deps, parseServiceWord(word).id)?.service.permissionName),
    run: (call) => disconnect(call, deps),
  };
}

async function disconnect({ room: { roomId }, actor, words }: CommandCall, deps: DisconnectDeps): Promise<Markdown> {
  const [word, typed, extra] = words;
  if (word === undefined) {
    return sentence(
      `Say what to disconnect, like this: \`!disconnect <service> <resource>\`. \`!connections\` lists what there is. ${enabledServices(deps)}`,
    );
  }
  const { id, remoteName } = parseServiceWord(word);
  const active = requireService(deps, id);
  if (typed === undefined) {
    const example = `\`!disconnect ${id} <resource>\``;
    return sentence(`Say what of ${active.service.title} to disconnect: ${example}. \`!connections\` lists what there is.`);
  }
  if (extra !== undefined) {
    return markdown`${code(extra)} is one word too many: a name of several words goes in quotes. Nothing was changed.`;
  }
  await checkMayChange(roomId, actor, active, deps);

  const present = (await deps.operations.list(roomId)).filter((connection) => connection.serviceId === active.service.id);
  const named = await findNamed(present, typed, remoteName, active);
  if (named.length === 0) return nothingNamed(typed, present, active, deps);
  const resources = new Map(named.map((connection) => [resourceOf(connection, active), connection]));
  if (resources.size > 1) return severalNamed(typed, [...resources.values()], id, deps);
  const [resource] = resources.keys();
  const meant = present.filter((connection) => named.includes(connection) || resourceOf(connection, active) === resource);
  const ended = meant.filter((connection) => connection.isStatic !== true);
  if (ended.length === 0) return staysAnswer(meant, deps);
  for (const connection of ended) await deps.operations.disconnect({ roomId, actor, connection, write: "disabled" });
  return endedAnswer(ended, deps);
}

/** State that fits no schema has no resource: it stands for itself. */
function resourceOf(connection: Connection, { service }: ActiveService): string {
  const kind = service.kinds.find(({ id }) => id === connection.kindId);
  if (kind === undefined || connection.status.kind === "invalid") return `state:${connection.eventType}/${connection.stateKey}`;
  return `resource:${kind.id}/${kind.resourceKey(connection.state, connection.stateKey)}`;
}

async function findNamed(
  present: readonly Connection[],
  typed: string,
  remoteName: string | undefined,
  active: ActiveService,
): Promise<readonly Connection[]> {
  // Where one thing has a name that another one has as well, its key tells them apart.
  const keyed = remoteName === undefined ? present.filter(({ stateKey }) => stateKey === typed) : [];
  if (keyed.length > 0) return keyed;
  const areNamed = await Promise.all(present.map((connection) => isNamed(connection, typed, remoteName, active)));
  return present.filter((_, index) => areNamed[index]);
}

async function isNamed(connection: Connection, typed: string, remoteName: string | undefined, active: ActiveService): Promise<boolean> {
  const { state, stateKey, status } = connection;
  const { context } = active;
  const kind = kindOf({ services: [active] }, connection);
  // Where it is cannot be told.
  if (kind === undefined || status.kind === "invalid") return stateKey === typed;
  if (kind.isNamed(state, stateKey, typed, remoteName, context)) return true;
  if (remoteName === undefined || !kind.isNamed(state, stateKey, typed, undefined, context)) return false;
  return (await kind.isAtRegistered?.(state, remoteName, context)) ?? false;
}

function describe(connection: Connection, deps: DisconnectDeps): Markdown {
  const { title, name, url } = describeConnection(deps, connection);
  return markdown`${title} ${url === undefined ? markdown`${name}` : linkTo(name, url)}`;
}

function endedAnswer(ended: readonly Connection[], deps: DisconnectDeps): Markdown {
  const [first] = ended;
  if (ended.length === 1 && first !== undefined) return markdown`Disconnected from ${describe(first, deps)}.`;
  const descriptions = ended.map((connection) => markdown`${describe(connection, deps)}, state key ${code(connection.stateKey)}`);
  return list(markdown`Ended ${String(ended.length)} connections that meant the same:`, descriptions);
}

function staysAnswer(meant: readonly Connection[], deps: DisconnectDeps): Markdown {
  const descriptions = joinMarkdown(
    meant.map((connection) => describe(connection, deps)),
    ", ",
  );
  return markdown`${descriptions} is set in the configuration, where only the administrator can end it. Nothing was changed.`;
}

function nothingNamed(typed: string, present: readonly Connection[], { service }: ActiveService, deps: DisconnectDeps): Markdown {
  const lead = markdown`This room is not connected to ${service.title} ${code(typed)}. Nothing was changed.`;
  if (present.length > 0) {
    const connections = present.map((connection) => describe(connection, deps));
    return list(joinMarkdown([lead, markdown`Connected are:`], " "), connections);
  }
  return joinMarkdown([lead, sentence(`It has no ${service.title} connection; \`${connectExample(deps)}\` makes one.`)], " ");
}

function severalNamed(typed: string, found: readonly Connection[], id: string, deps: DisconnectDeps): Markdown {
  const choices = found.map((connection) => code(`!disconnect ${id} ${describeConnection(deps, connection).url ?? connection.stateKey}`));
  return list(markdown`Several connections fit ${code(typed)}. Nothing was changed; type one of these:`, choices);
}
