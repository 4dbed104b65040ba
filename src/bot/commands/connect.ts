import { ValidationError } from "../../core/errors.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ActiveService, Afterwards, ConnectionTarget, ConnectResult, Resolution, ResolveInput } from "../../core/service.js";
import { markdown, type Markdown } from "../../shared/markdown.js";
import { code, sentence } from "../../shared/sentence.js";
import { callService } from "../call-service.js";
import type { Command, CommandCall } from "../command.js";
import type { BotDeps } from "../deps.js";
import { checkMayChange } from "../may-change.js";
import { list } from "../answer-parts.js";
import type { PrivateAnswers } from "../private-answers.js";
import { connectExample, enabledServices, findService, parseServiceWord, requireService } from "../service-words.js";

interface ConnectDeps extends Pick<
  BotDeps,
  "services" | "disabledServices" | "unbuiltServices" | "operations" | "permissions" | "permissionRooms"
> {
  readonly privateAnswers: PrivateAnswers;
}

/** `!connect <service>[:<connector>] <resource> [option=value ...]` */
export function connectCommand(deps: ConnectDeps): Command {
  return {
    name: "!connect",
    arguments: [
      { name: "service", required: true },
      { name: "resource", required: true },
      { name: "option=value", required: false },
    ],
    help: "Connect this room. Several remotes of a service are told apart as `<service>:<name>`.",
    explainsMissing: true,
    about: ([word]) => (word === undefined ? undefined : findService(deps, parseServiceWord(word).id)?.service.permissionName),
    run: (call) => connect(call, deps),
  };
}

async function connect(call: CommandCall, deps: ConnectDeps): Promise<Markdown> {
  const { room, actor, words } = call;
  const { roomId } = room;
  const [word, ...rest] = words;
  if (word === undefined) return sentence(`Say what to connect, like this: \`${connectExample(deps)}\`. ${enabledServices(deps)}`);
  const { id, remoteName } = parseServiceWord(word);
  const active = requireService(deps, id);
  const { typed, options } = readResource(rest);
  if (typed === undefined) {
    return sentence(`Say what of ${active.service.title} to connect, like this: \`!connect ${id} <resource>\`.`);
  }
  await checkMayChange(roomId, actor, active, deps);
  const resolution = await resolve(active, { typed, actor, roomId, ...(remoteName === undefined ? {} : { remoteName }) });
  switch (resolution.kind) {
    case "refused":
      return sentence(resolution.reason);
    case "ambiguous":
      return list(
        markdown`Several fit ${code(typed)}. Nothing was connected; type one of these:`,
        resolution.choices.map((choice) => markdown`${code(`!connect ${choice.typed}`)}: ${choice.description}`),
      );
    case "found":
      return connectTo(resolution.target, resolution.changes ?? []);
  }

  async function connectTo(target: ConnectionTarget, changes: readonly StoreChange[]): Promise<Markdown> {
    const hasOptions = Object.keys(options).length > 0;
    const result = await deps.operations.connect({ roomId, actor, service: active, target, options, changes });
    const kind = active.service.kinds.find((candidate) => candidate.id === target.kindId);
    const named = markdown`${kind?.title ?? active.service.title} ${target.name}`;
    const what = target.remote === undefined ? named : markdown`${named} at ${target.remote}`;
    const { status } = result.connection;
    if (status.kind !== "active") return markdown`Connected to ${what}, but nothing comes through it yet: ${sentence(status.reason)}`;
    const also = await conclude(target, result);
    if (result.kind === "created") return markdown`Connected to ${what}.${also}`;
    return hasOptions
      ? markdown`This room is already connected to ${what}. The options were not changed: ${code(`!disconnect ${id} ${typed}`)} first.${also}`
      : markdown`This room is already connected to ${what}. Nothing was changed.${also}`;
  }

  /** @returns what the room is told besides */
  async function conclude(target: ConnectionTarget, result: ConnectResult): Promise<Markdown> {
    const { said, privately } = await callService(async (): Promise<Afterwards> => (await target.afterwards?.(result)) ?? {});
    const answers = [await callService(async () => target.privately?.(result)), privately].filter((answer) => answer !== undefined);
    for (const [index, answer] of answers.entries()) {
      await deps.privateAnswers.tell(call, index === 0 ? result.connection.id : `${result.connection.id} ${index}`, answer);
    }
    const also = said === undefined ? markdown`` : markdown` ${sentence(said)}`;
    return answers.length === 0 ? also : markdown`${also} More about it stands in our direct chat.`;
  }
}

async function resolve({ service, context }: ActiveService, input: ResolveInput): Promise<Resolution> {
  // Bound, because it may use other members of its service.
  const ask = service.resolve?.bind(service);
  if (ask === undefined) return { kind: "refused", reason: `${service.title} has nothing that a room can be connected to by name.` };
  return callService(() => ask(input, context));
}

/** `option=value`; the name keeps URLs with a query from being taken for one. */
const optionPattern = /^([A-Za-z][\w.-]*)=(.*)$/s;

/**
 * The resource is the first word that is no option.
 * @throws ValidationError for words left over
 */
function readResource(words: readonly string[]): {
  readonly typed: string | undefined;
  readonly options: Readonly<Record<string, string>>;
} {
  const options = new Map<string, string>();
  let typed: string | undefined;
  for (const word of words) {
    const [, name, value] = optionPattern.exec(word) ?? [];
    if (name !== undefined && value !== undefined) options.set(name, value);
    else if (typed === undefined) typed = word;
    else throw new ValidationError(`"${word}" is one word too many: a name of several words goes in quotes, an option is \`name=value\`.`);
  }
  return { typed, options: Object.fromEntries(options) };
}
