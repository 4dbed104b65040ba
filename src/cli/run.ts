import { Command, CommanderError } from "commander";
import { readVersion } from "../app/read-version.js";
import { addCheckConfigCommand } from "./check-config.js";
import { addConnectAppCommand } from "./connect-app.js";
import { addDeliveriesCommand } from "./deliveries.js";
import { addDevinfoCommand } from "./devinfo.js";
import { addDevinfoClientCommand } from "./devinfo-client.js";
import { addHashPasswordCommand } from "./hash-password.js";
import { addInitCommand, addServiceFlags } from "./init.js";
import { isExpected } from "./failure.js";
import type { AddCommand } from "./command.js";
import type { CliIo } from "./io.js";
import { addRegistrationCommand } from "./registration.js";
import { addRotateKeyCommand } from "./rotate-key.js";
import { addStartCommand } from "./start.js";
import { addTokenCommand } from "./token.js";

const addCommands: readonly AddCommand[] = [
  addInitCommand,
  addStartCommand,
  addCheckConfigCommand,
  addRegistrationCommand,
  addDeliveriesCommand,
  addDevinfoCommand,
  addTokenCommand,
  addDevinfoClientCommand,
  addConnectAppCommand,
  addRotateKeyCommand,
  addHashPasswordCommand,
];

const examples = `
Examples:
  $ switchboard init                                  write the files of a new installation
  $ switchboard registration --config config.yml      make a registration file for the homeserver
  $ switchboard check-config --config config.yml      say what is wrong or doubtful in a configuration
  $ switchboard start                                 start with ./config.yml and ./registration.yml
  $ switchboard config.yml registration.yml           the same, as matrix-hookshot is started
  $ switchboard deliveries list --state dead          what could not be delivered, and why
  $ switchboard token create --name ci --scope provisioning   let a program call an API`;

/**
 * Runs one command line.
 * @returns the exit code: 0 done, 1 failed (one sentence on standard error says why), 2 the command line itself is wrong
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  let exitCode = 0;
  const program = createProgram(io);
  for (const add of addCommands) {
    add(program, io, (code) => {
      exitCode = code;
    });
  }
  await addServiceFlags(program, argv);
  try {
    await program.parseAsync(withStart(argv, program), { from: "user" });
    return exitCode;
  } catch (error) {
    return report(error, io);
  }
}

function createProgram(io: CliIo): Command {
  const program = new Command("switchboard")
    .description("Connects Matrix rooms to developer tools, and never loses a webhook.")
    .version(readVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .addHelpText("after", examples)
    .showHelpAfterError("(--help tells what there is)")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
  return program;
}

/** Hookshot's form, `switchboard config.yml registration.yml`, is `start` with these files; a word that is no file is left to be an unknown command. */
function withStart(argv: readonly string[], program: Command): readonly string[] {
  const [first] = argv;
  const isCommand = program.commands.some((command) => command.name() === first) || first === "help";
  return first !== undefined && !isCommand && /^[^-].*[./]|^[./]/.test(first) ? ["start", ...argv] : argv;
}

function report(error: unknown, io: CliIo): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (isExpected(error)) {
    io.stderr.write(`${error.message}\n`);
    return 1;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  io.stderr.write(`Something unexpected went wrong: ${message}\n${stack ?? ""}\n`);
  return 1;
}
