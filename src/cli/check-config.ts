import { existsSync } from "node:fs";
import type { Config } from "../config/config.js";
import { addConfigFlags, readConfigFlags, toLoadInput, type ConfigFlags } from "./config-flags.js";
import { isExpected } from "./failure.js";
import type { CliIo } from "./io.js";
import type { AddCommand } from "./command.js";

const examples = `
Examples:
  $ switchboard check-config
  $ switchboard check-config --config config.yml --config secrets.yml --registration registration.yml

Exit code 0: it loads (warnings are printed all the same); 1: it does not.`;

/** `switchboard check-config`: loads the files as `start` does and says what is wrong or doubtful. */
export const addCheckConfigCommand: AddCommand = (program, io, finish) => {
  const command = program.command("check-config").description("check configuration and registration without starting");
  addConfigFlags(command)
    .addHelpText("after", examples)
    .action(async (files: readonly string[], options: object) => {
      finish(await checkConfig(readConfigFlags(command, files, options), io));
    });
};

async function checkConfig(flags: ConfigFlags, io: CliIo): Promise<number> {
  try {
    for (const warning of await findWarnings(flags, io)) io.stdout.write(`Warning: ${warning}\n`);
    io.stdout.write("Config successfully validated.\n");
    return 0;
  } catch (error) {
    if (!isExpected(error)) throw error;
    io.stderr.write(`Error in config:\n${error.message}\n`);
    return 1;
  }
}

/**
 * Loads the files and looks at the key's file.
 * @throws ConfigError, as the start would
 */
export async function findWarnings(flags: ConfigFlags, io: CliIo): Promise<readonly string[]> {
  const { config, warnings } = await load(flags, io);
  const { checkSealingKey } = await import("../app/sealing-key.js");
  return [...warnings, ...checkSealingKey(config)];
}

async function load(flags: ConfigFlags, io: CliIo): Promise<{ readonly config: Config; readonly warnings: readonly string[] }> {
  const { loadConfig, loadConfigFiles } = await import("../config/load.js");
  const input = await toLoadInput(flags, io);
  // Hookshot's own check knows no registration; before there is one, the configuration can be checked alone.
  if (flags.isRegistrationGiven || existsSync(flags.registrationFile)) return loadConfig(input);
  const { config, findings } = loadConfigFiles(input);
  const missing = `${flags.registrationFile}: does not exist and was not checked; switchboard registration makes one.`;
  return { config, warnings: [...findings.warnings, missing] };
}
