import { existsSync } from "node:fs";
import type { Command } from "commander";
import type { LoadInput } from "../config/load.js";
import type { CliIo } from "./io.js";

/** What `--config`, `--registration`, `--data` and Hookshot's positional form come to. */
export interface ConfigFlags {
  readonly configFiles: readonly string[];
  readonly registrationFile: string;
  /** False when the registration file is only the default. */
  readonly isRegistrationGiven: boolean;
  readonly dataPath?: string;
}

const defaultConfigFile = "./config.yml";

interface Options {
  readonly config?: readonly string[];
  readonly registration?: string;
  readonly data?: string;
}

/** Declares the flags and positional arguments. */
export function addConfigFlags(command: Command): Command {
  return command
    .argument("[files...]", "configuration file, registration file, further configuration files: matrix-hookshot's form")
    .option(
      "-c, --config <file>",
      "configuration file (default ./config.yml); may be repeated, later files go before earlier ones",
      collect,
    )
    .option("-r, --registration <file>", "registration file (default ./registration.yml)")
    .option("-d, --data <dir>", "data folder; goes before storage.path of the configuration");
}

/** Collects a repeated option. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** For commands that can do without a configuration: the files given, else `./config.yml` if it is there. */
export function givenOrDefaultConfig(given: readonly string[] | undefined): readonly string[] {
  return given ?? (existsSync(defaultConfigFile) ? [defaultConfigFile] : []);
}

/** Reads what `addConfigFlags` declared; files given in both ways end the command as a usage error. */
export function readConfigFlags(command: Command, files: readonly string[], options: Options): ConfigFlags {
  if (files.length > 0 && (options.config !== undefined || options.registration !== undefined)) {
    command.error("error: give files either by --config and --registration or by position, not both");
  }
  const [config = defaultConfigFile, registration, ...more] = files;
  return {
    configFiles: options.config ?? [config, ...more],
    registrationFile: options.registration ?? registration ?? "./registration.yml",
    isRegistrationGiven: (options.registration ?? registration) !== undefined,
    ...(options.data === undefined ? {} : { dataPath: options.data }),
  };
}

/** The loader's input for these flags. The list of services is loaded only when it is needed, so that `--help` is quick. */
export async function toLoadInput(flags: ConfigFlags, io: CliIo): Promise<LoadInput> {
  const { otherServices, serviceSections } = await import("../app/services.js");
  const { configFiles, registrationFile, dataPath } = flags;
  return {
    configFiles,
    registrationFile,
    env: io.env,
    services: serviceSections(),
    otherServices,
    ...(dataPath === undefined ? {} : { dataPath }),
  };
}
