import { existsSync } from "node:fs";
import type { Config } from "../config/config.js";
import { systemRandom } from "../shared/random.js";
import { collect, givenOrDefaultConfig, toLoadInput } from "./config-flags.js";
import type { CliIo } from "./io.js";
import type { AddCommand } from "./command.js";
import { alreadyThere, writeSecretFiles } from "./secret-files.js";

interface Options {
  readonly output: string;
  readonly config?: readonly string[];
  readonly url?: string;
  readonly domain?: string;
  readonly id: string;
  readonly senderLocalpart: string;
  readonly force?: boolean;
}

const examples = `
Examples:
  $ switchboard registration --config config.yml
  $ switchboard registration --domain example.org --url http://switchboard:9993 --output /data/registration.yml

The homeserver needs the same file: for Synapse, name it in app_service_config_files and restart.
Tokens are random; the file is readable by its owner only.`;

/** `switchboard registration`: makes a registration file with random tokens. */
export const addRegistrationCommand: AddCommand = (program, io, finish) => {
  program
    .command("registration")
    .description("make a registration file for the homeserver, with random tokens")
    .option("-o, --output <file>", "file to write; - prints it", "./registration.yml")
    .option(
      "-c, --config <file>",
      "take port, domain, service bots and services from this configuration (default ./config.yml, if it is there); may be repeated",
      collect,
    )
    .option("--url <url>", "where the homeserver reaches Switchboard (default http://localhost and bridge.port, or 9993)")
    .option("--domain <name>", "the homeserver's server name (default bridge.domain)")
    .option("--id <id>", "id of the registration", "switchboard")
    .option("--sender-localpart <name>", "localpart of the main bot", "switchboard")
    .option("--force", "overwrite the file if it is there")
    .addHelpText("after", examples)
    .action(async (options: Options) => {
      finish(await makeRegistration(options, io));
    });
};

async function makeRegistration(options: Options, io: CliIo): Promise<number> {
  const { output, force = false } = options;
  if (output !== "-" && !force && existsSync(output)) throw alreadyThere([output]);
  const text = await registrationText(options, io);
  if (output === "-") {
    io.stdout.write(text);
    return 0;
  }
  writeSecretFiles([{ path: output, content: text, mayReplace: force }]);
  io.stdout.write(`Wrote ${output}. Give the same file to the homeserver and restart it.\n`);
  return 0;
}

async function registrationText(options: Options, io: CliIo): Promise<string> {
  const { buildRegistration } = await import("../config/build-registration.js");
  const input = await toLoadInput(
    { configFiles: givenOrDefaultConfig(options.config), registrationFile: "", isRegistrationGiven: false },
    io,
  );
  const config = input.configFiles.length === 0 ? undefined : (await import("../config/load.js")).loadConfigFiles(input).config;
  const { reservedNames } = await import("../app/reserved-names.js");
  return buildRegistration({
    id: options.id,
    url: options.url ?? `http://localhost:${String(config?.bridge.port ?? 9993)}`,
    senderLocalpart: options.senderLocalpart,
    asToken: systemRandom.token(64),
    hsToken: systemRandom.token(64),
    domain: options.domain ?? config?.bridge.domain,
    serviceBots: localpartsOf(config),
    ...reservedNames(config),
  });
}

function localpartsOf(config: Config | undefined): readonly string[] {
  return (config?.serviceBots ?? []).map((bot) => bot.localpart);
}
