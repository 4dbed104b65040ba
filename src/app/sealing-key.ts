import { existsSync, statSync } from "node:fs";
import type { Config } from "../config/config.js";
import { ConfigError } from "../core/errors.js";
import type { Service } from "../core/service.js";
import { readHookshotSecrets, type HookshotSecrets } from "../storage/sealing/hookshot-secrets.js";
import { howToMake, readKeyFile } from "../storage/sealing/key-file.js";
import type { KeySource } from "../storage/sealing/key.js";
import { readPassFile } from "../storage/sealing/pass-file.js";
import { enabledServices } from "./active-services.js";
import { registryResources } from "./remotes.js";
import { services as builtServices } from "./services.js";

/**
 * The key that the configuration gives for what is encrypted at rest: `storage.keyFile`, else Hookshot's `passFile` where it is there.
 * @returns undefined when there is neither
 * @throws ConfigError naming the file, what is wrong with it and the remedy
 */
export function readSealingKey({ storage, passFile }: Config): KeySource | undefined {
  if (storage.keyFile !== undefined) return readKeyFile(storage.keyFile, storage.path);
  return existsSync(passFile) ? readPassFile(passFile) : undefined;
}

/**
 * What reads the secrets that Hookshot keeps in account data, where its `passFile` is there and can be used: what is encrypted at rest may
 * have another key, and does not need it.
 */
export function readHookshotSecretsOf({ passFile }: Pick<Config, "passFile">): HookshotSecrets | undefined {
  try {
    return existsSync(passFile) ? readHookshotSecrets(passFile) : undefined;
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/**
 * Checks the key's file.
 * @returns sentences about what is doubtful
 * @throws ConfigError when the file cannot be used
 */
export function checkSealingKey(config: Config, services: readonly Service<unknown>[] = builtServices): readonly string[] {
  const key = readSealingKey(config);
  if (key === undefined) return [...warnOfNoKey(config, services), ...warnOfRegistryWithoutKey(config)];
  return key.setting === "passFile" ? warnOfOpenPassFile(config.passFile) : [];
}

function warnOfNoKey(config: Config, services: readonly Service<unknown>[]): readonly string[] {
  const concerned = enabledServices(services, config).filter((service) => (service.accountCommands ?? []).length > 0);
  if (concerned.length === 0) return [];
  const titles = concerned.map((service) => service.title).join(", ");
  return [
    `storage.keyFile: there is no key to encrypt with, so people cannot store logins of their own (${titles}). ` +
      `Name a key file there; this makes one: ${howToMake("./switchboard.key")}.`,
  ];
}

function warnOfRegistryWithoutKey({ listeners }: Config): readonly string[] {
  const served = registryResources.filter((resource) => listeners.some(({ resources }) => resources.includes(resource)));
  if (served.length === 0) return [];
  return [
    `storage.keyFile: there is no key to encrypt with, so nothing can be registered over the APIs that are served (${served.join(", ")}). ` +
      `Name a key file there; this makes one: ${howToMake("./switchboard.key")}.`,
  ];
}

/** Hookshot takes it with any rights, so this is no error. */
function warnOfOpenPassFile(file: string): readonly string[] {
  const { mode } = statSync(file);
  return (mode & 0o077) === 0 ? [] : [`passFile: the file ${file} is open to other users. Run: chmod 600 ${file}`];
}
