import { existsSync } from "node:fs";
import { findMistakes, warnOfDoubts, warnOfUnbuiltServices } from "./checks.js";
import type { Config, Registration } from "./config.js";
import { Findings } from "./findings.js";
import { modernise, refuseRenamedKeys, warnOfReplacedKeys, withServiceEnvironment } from "./legacy.js";
import { loadRegistration, warnOfMisfits } from "./load-registration.js";
import { mergeFiles } from "./merge-files.js";
import { readFileFromDisk, type ReadFile } from "./read-yaml.js";
import { rootSchema, type ServiceSection, type UnbuiltService } from "./schema.js";
import { findStaticMistakes, warnOfStaticRooms } from "./static-connections.js";
import { toConfig, type ConfigFile } from "./to-config.js";
import { validateSection } from "./validate-section.js";

export interface LoadInput {
  /** At least one; later files replace top-level keys of earlier ones, `connections` are joined. */
  readonly configFiles: readonly string[];
  readonly registrationFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly services: readonly ServiceSection[];
  readonly otherServices: readonly UnbuiltService[];
  /** Goes before `storage.path`. */
  readonly dataPath?: string;
  readonly readFile?: ReadFile;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly registration: Registration;
  /** Sentences that each name file and key. */
  readonly warnings: readonly string[];
}

/**
 * Reads configuration and registration into one frozen object. Any Hookshot 7 configuration loads and means the same (reference 1).
 * @throws ConfigError: one line for each mistake, naming file and key
 */
export function loadConfig(input: LoadInput): LoadedConfig {
  const readFile = input.readFile ?? readFileFromDisk;
  const { config, findings } = loadConfigFiles(input, readFile);
  const { registration, findings: registrationFindings } = loadRegistration({ path: input.registrationFile, env: input.env, readFile });
  warnOfMisfits(registration, config, registrationFindings);
  return { config, registration, warnings: [...findings.warnings, ...registrationFindings.warnings] };
}

/**
 * The configuration alone, for what needs no registration.
 * @throws ConfigError
 */
export function loadConfigFiles(
  input: Omit<LoadInput, "registrationFile">,
  readFile: ReadFile = input.readFile ?? readFileFromDisk,
): { readonly config: Config; readonly findings: Findings } {
  const files = mergeFiles(input.configFiles, readFile);
  const findings = new Findings((path) => files.fileOf(path));
  const { services, otherServices, env } = input;
  refuseRenamedKeys(files.values, findings);
  const file = validateSection<ConfigFile>(rootSchema(services, otherServices), files.values, {
    findings,
    environmentPath: [],
    env,
    readFile,
    modernise: (values) => withServiceEnvironment(modernise(values, [...services, ...otherServices], findings), services, env),
  });
  const config = toConfig(file, { services, dataPath: input.dataPath, findings });
  const [first, ...others] = [...findMistakes(config, file.listeners.length, services), ...findStaticMistakes(config, services)];
  if (first !== undefined) throw findings.error([first, ...others]);
  warnOfReplacedKeys(file, env, findings);
  warnOfUnbuiltServices(file, services, otherServices, findings);
  warnOfDoubts(config, services, otherServices, findings);
  warnOfStaticRooms(config, findings);
  if (files.values["passFile"] !== undefined && config.storage.keyFile === undefined && !existsSync(config.passFile)) {
    findings.warn(["passFile"], `the file ${config.passFile} does not exist, so no key can be made from it.`);
  }
  return { config, findings };
}
