import type { Bot } from "../../core/bots.js";
import { RemoteError, SwitchboardError } from "../../core/errors.js";
import type { ActiveService, ConnectResult, PrivateAnswer, SetupCommand, SetupOperations } from "../../core/service.js";
import { asAnswer } from "../call-service.js";
import { helpLines, type Command, type CommandCall } from "../command.js";
import type { BotDeps, DisabledService } from "../deps.js";
import { checkMayChange } from "../may-change.js";
import type { PrivateAnswers } from "../private-answers.js";
import type { Answer } from "../replies.js";
import { notConfigured } from "../service-words.js";

interface SetupDeps extends Pick<BotDeps, "services" | "disabledServices" | "operations" | "permissions" | "permissionRooms"> {
  readonly privateAnswers: PrivateAnswers;
}

/** Hookshot's set-up commands that a bot answers to, and their help (reference 3.2). */
export function setupCommands(bot: Bot, deps: SetupDeps): readonly Command[] {
  const serves = ({ permissionName }: { readonly permissionName: string }): boolean =>
    bot.service === undefined || bot.service === permissionName;
  const commands = [
    ...deps.services.filter(({ service }) => serves(service)).flatMap((active) => commandsOf(active, deps)),
    ...deps.disabledServices.filter(serves).flatMap(disabledCommandsOf),
  ];
  const help: Command = {
    name: "help",
    arguments: [],
    help: "This help text",
    async run() {
      const lines = helpLines([...commands, help], bot.prefix);
      return { text: lines, source: lines };
    },
  };
  return [...commands, help];
}

function commandsOf(active: ActiveService, deps: SetupDeps): readonly Command[] {
  return (active.service.setupCommands ?? []).map((command) => ({
    ...appearanceOf(command),
    run: (call) => runSetup(command, call, active, deps),
  }));
}

/** Known, so that they are refused by name; not shown, because they do nothing. */
function disabledCommandsOf(service: DisabledService): readonly Command[] {
  return (service.setupCommands ?? []).map((command) => ({
    ...appearanceOf(command),
    isHidden: true,
    run: () => Promise.reject(new SwitchboardError("HS_DISABLED_FEATURE", notConfigured(service))),
  }));
}

function appearanceOf(command: SetupCommand<unknown>): Pick<Command, "name" | "arguments" | "help"> {
  return { name: command.name.toLowerCase(), arguments: command.arguments, help: command.help };
}

async function runSetup(command: SetupCommand<unknown>, call: CommandCall, active: ActiveService, deps: SetupDeps): Promise<Answer> {
  if (command.effect === "change") await checkMayChange(call.room.roomId, call.actor, active, deps);
  const values = Object.fromEntries(command.arguments.map(({ name }, index) => [name, call.words[index]]));
  const setup = new RoomSetup(call, active, deps);
  try {
    const answer = await command.run(values, setup, active.context);
    if (answer.privately !== undefined) await setup.tell("answer", answer.privately);
    return answer;
  } catch (error) {
    // What the homeserver failed at is waited for, what the remote failed at is told.
    throw setup.homeserverFailure ?? asAnswer(error);
  }
}

/** What a set-up command does in the room; remembers when the homeserver failed, which the command's own error may not show. */
class RoomSetup implements SetupOperations {
  readonly roomId: SetupOperations["roomId"];
  readonly actor: SetupOperations["actor"];
  readonly #call: CommandCall;
  readonly #active: ActiveService;
  readonly #deps: Pick<SetupDeps, "operations" | "privateAnswers">;
  #homeserverFailure: RemoteError | undefined;

  constructor(call: CommandCall, active: ActiveService, deps: Pick<SetupDeps, "operations" | "privateAnswers">) {
    this.roomId = call.room.roomId;
    this.actor = call.actor;
    this.#call = call;
    this.#active = active;
    this.#deps = deps;
  }

  get homeserverFailure(): RemoteError | undefined {
    return this.#homeserverFailure;
  }

  /** State that fits no schema is left out: services may read what they are given. */
  connections(): ReturnType<SetupOperations["connections"]> {
    return this.#watch(async () => {
      const all = await this.#deps.operations.list(this.roomId);
      return all.filter(({ serviceId, status }) => serviceId === this.#active.service.id && status.kind !== "invalid");
    });
  }

  async connect(...[target, changes = []]: Parameters<SetupOperations["connect"]>): Promise<ConnectResult> {
    const { roomId, actor } = this;
    const connected = await this.#watch(() => this.#deps.operations.connect({ roomId, actor, service: this.#active, target, changes }));
    const answer = await target.privately?.(connected);
    if (answer !== undefined) await this.tell(connected.connection.id, answer);
    return connected;
  }

  disconnect(...[connection, write = "empty"]: Parameters<SetupOperations["disconnect"]>): Promise<void> {
    return this.#watch(() => this.#deps.operations.disconnect({ roomId: this.roomId, actor: this.actor, connection, write }));
  }

  secretIdOf(connection: Parameters<SetupOperations["secretIdOf"]>[0]): Promise<string | undefined> {
    return this.#watch(() => this.#deps.operations.secretIdOf(connection));
  }

  /** Says it in the direct chat. */
  tell(about: string, answer: PrivateAnswer): Promise<void> {
    return this.#watch(() => this.#deps.privateAnswers.tell(this.#call, about, answer));
  }

  async #watch<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof RemoteError && error.isTransient) this.#homeserverFailure = error;
      throw error;
    }
  }
}
