import type { Command } from "commander";
import { checkControlFolder, controlSocketPath, type ControlError } from "../apis/control/schema.js";
import { compileSchema, describeProblems } from "../shared/validate.js";
import { collect, givenOrDefaultConfig, toLoadInput } from "./config-flags.js";
import { askServer, type ControlAnswer, type ControlRequest } from "./control-client.js";
import { CommandFailure } from "./failure.js";
import type { CliIo } from "./io.js";

export interface ServerFlags {
  readonly config?: readonly string[];
  readonly data?: string;
  readonly json?: boolean;
}

/** Flags of commands that ask the running server. */
export function addServerFlags(command: Command): Command {
  return command
    .option(
      "-c, --config <file>",
      "find the data folder in this configuration (default ./config.yml, if it is there); may be repeated",
      collect,
    )
    .option("-d, --data <dir>", "the data folder of the running server (default storage.path, or ./data)")
    .option("--json", "print JSON");
}

/** @throws CommandFailure when no server runs, when it refuses, or when its answer has another shape */
export async function askRunning<T>(
  flags: ServerFlags,
  io: CliIo,
  request: Omit<ControlRequest, "socketPath">,
  schema: object,
): Promise<T> {
  const socketPath = controlSocketPath(await findStorage(flags, io));
  checkControlFolder(socketPath);
  const answer = await askServer({ ...request, socketPath });
  if (answer.status !== 200) throw refusal(answer);
  const checked = compileSchema<T>(schema)(answer.body);
  if (checked.ok) return checked.value;
  throw new CommandFailure(`The running server is of another version; its answer does not fit: ${describeProblems(checked.problems)}.`);
}

function refusal({ status, body }: ControlAnswer): CommandFailure {
  // Whatever it is, only text is taken from it.
  const { error } = (typeof body === "object" && body !== null ? body : {}) as Partial<ControlError>;
  return new CommandFailure(typeof error === "string" ? error : `The server refused with status ${String(status)}.`);
}

async function findStorage(flags: ServerFlags, io: CliIo): Promise<string> {
  if (flags.data !== undefined) return flags.data;
  const configFiles = givenOrDefaultConfig(flags.config);
  if (configFiles.length === 0) return "./data";
  const { loadConfigFiles } = await import("../config/load.js");
  const input = await toLoadInput({ configFiles, registrationFile: "", isRegistrationGiven: false }, io);
  return loadConfigFiles(input).config.storage.path;
}

/** As a program wants it, or as a person does. */
export function print<T>(io: CliIo, flags: ServerFlags, value: T, toText: (value: T) => string): void {
  io.stdout.write(flags.json === true ? `${JSON.stringify(value, undefined, 2)}\n` : toText(value));
}
