import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import type { Installation } from "../app/set-up/build-installation.js";
import { setUpQuestions, type SetUpAnswers, type SetUpQuestion } from "../app/set-up/questions.js";
import { systemRandom } from "../shared/random.js";
import { findWarnings } from "./check-config.js";
import type { AddCommand } from "./command.js";
import { toLoadInput } from "./config-flags.js";
import { CommandFailure, isExpected } from "./failure.js";
import { askAnswers, findProblems, takeAnswers } from "./init/answers.js";
import { homeserverLines } from "./init/homeserver-lines.js";
import { isInUse, placesIn, type Places } from "./init/places.js";
import type { CliIo } from "./io.js";
import { alreadyThere, listOf, writeSecretFiles } from "./secret-files.js";

interface Options extends Readonly<Record<string, unknown>> {
  readonly dir?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
}

const commandName = "init";
const keyLength = 32;
const generatedLength = 40;

const examples = `
Examples:
  $ switchboard init
  $ switchboard init --dir /etc/switchboard
  $ switchboard init --yes --domain example.org --homeserver-url http://localhost:8008 --admin @alice:example.org

It writes config.yml, registration.yml and switchboard.key, readable by you only, and overwrites none of them without --force. Then it asks
the homeserver whether it answers, and prints what to add to its configuration. What no flag says is asked; with --yes, or where there is no
terminal, the default is taken. A secret typed into a flag can be seen by other users of the machine: answer the question instead.`;

/** `switchboard init`: makes the files of a new installation. The services' flags are added by `addServiceFlags`. */
export const addInitCommand: AddCommand = (program, io, finish) => {
  const command = program
    .command(commandName)
    .description("write configuration, registration and key for a new installation")
    .option("--dir <folder>", "where to write them (default: the working folder); made if it is not there")
    .option("--force", "overwrite files that are there; a key stays while a data folder may need it")
    .option("-y, --yes", "ask nothing");
  addFlags(command, setUpQuestions);
  command.addHelpText("after", examples).action(async (options: Options) => {
    finish(await init(options, io));
  });
};

/** Loads the services of this build, which other commands do without. */
export async function addServiceFlags(program: Command, argv: readonly string[]): Promise<void> {
  const command = program.commands.find((candidate) => candidate.name() === commandName);
  if (command !== undefined && argv.includes(commandName)) addFlags(command, await serviceQuestions());
}

async function serviceQuestions(): Promise<readonly SetUpQuestion[]> {
  const { serviceSetUps } = await import("../app/set-up/service-set-ups.js");
  return serviceSetUps().flatMap((setUp) => setUp.questions);
}

function addFlags(command: Command, questions: readonly SetUpQuestion[]): void {
  for (const { flag, placeholder, description, preset, isGenerated } of questions) {
    const fallback = isGenerated === true ? "random characters" : preset;
    command.option(`--${flag} <${placeholder}>`, fallback === undefined ? description : `${description} (default: ${fallback})`);
  }
}

async function init(options: Options, io: CliIo): Promise<number> {
  const { force = false } = options;
  const places = placesIn(options.dir);
  // Before anything is asked.
  if (!force) refuseToOverwrite(places);
  const answers = await collectAnswers(options, io);
  const { buildInstallation } = await import("../app/set-up/build-installation.js");
  const installation = buildInstallation({ answers, dataPath: places.dataFolder, keyFile: places.keyFile, random: systemRandom });
  const keepsKey = force && existsSync(places.keyFile) && (await mayNeedKey(places, io));
  writeAll(places, installation, { force, keepsKey });
  io.stdout.write(await report(places, installation, keepsKey, io));
  return 0;
}

function filesOf({ configFile, registrationFile, keyFile }: Places): readonly string[] {
  return [configFile, registrationFile, keyFile];
}

function refuseToOverwrite(places: Places): void {
  const present = filesOf(places).filter((file) => existsSync(file));
  if (present.length > 0) throw alreadyThere(present);
}

async function collectAnswers(options: Options, io: CliIo): Promise<SetUpAnswers> {
  const questions = [...setUpQuestions, ...(await serviceQuestions())];
  const given = Object.fromEntries(questions.map(({ flag }) => [flag, valueOf(options, flag)]));
  refuse(findProblems(questions, given));
  const answers = await askOrTake(questions, given, options.yes === true ? undefined : io.openTerminal?.(), io);
  const { findConflicts } = await import("../app/set-up/build-installation.js");
  refuse(findConflicts(answers));
  return answers;
}

async function askOrTake(
  questions: readonly SetUpQuestion[],
  given: SetUpAnswers,
  terminal: ReturnType<NonNullable<CliIo["openTerminal"]>>,
  io: CliIo,
): Promise<SetUpAnswers> {
  const generate = (): string => systemRandom.token(generatedLength);
  if (terminal === undefined) return takeAnswers(questions, given, generate);
  try {
    io.stdout.write("Enter takes what stands in brackets.\n\n");
    return await askAnswers(questions, given, { terminal, generate, say: (line) => io.stdout.write(`${line}\n`) });
  } finally {
    terminal.close();
  }
}

/** Commander keeps `--homeserver-url` as `homeserverUrl`. Flags without a word after them count as absent. */
function valueOf(options: Options, flag: string): string | undefined {
  const value = options[flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new CommandFailure(problems.join("\n"));
}

/**
 * Whether a data folder is there whose values the present key may have encrypted: the usual one, or the one that the old configuration
 * names. A mistake in that file keeps anybody from telling: then it may, if it is a key at all.
 */
async function mayNeedKey(places: Places, io: CliIo): Promise<boolean> {
  if (isInUse(places.dataFolder)) return true;
  if (!existsSync(places.configFile)) return false;
  const folder = await oldDataFolder(places, io);
  return folder === undefined ? statSync(places.keyFile).size === keyLength : isInUse(folder);
}

/** Undefined where the configuration does not load. */
async function oldDataFolder({ configFile, registrationFile }: Places, io: CliIo): Promise<string | undefined> {
  const { loadConfigFiles } = await import("../config/load.js");
  try {
    const input = await toLoadInput({ configFiles: [configFile], registrationFile, isRegistrationGiven: false }, io);
    return loadConfigFiles(input).config.storage.path;
  } catch {
    return undefined;
  }
}

function writeAll(
  places: Places,
  { config, registration }: Installation,
  { force, keepsKey }: { readonly force: boolean; readonly keepsKey: boolean },
): void {
  const key = keepsKey ? [] : [{ path: places.keyFile, content: systemRandom.bytes(keyLength), mayReplace: force }];
  const folder = path.dirname(places.configFile);
  const made = makeFolder(folder);
  try {
    writeSecretFiles([
      { path: places.configFile, content: config, mayReplace: force },
      { path: places.registrationFile, content: registration, mayReplace: force },
      ...key,
    ]);
  } catch (error) {
    // It holds nothing then: it was made a moment ago.
    if (made !== undefined) rmSync(made, { recursive: true });
    throw error;
  }
}

/** @returns the outermost folder that had to be made */
function makeFolder(folder: string): string | undefined {
  try {
    return mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CommandFailure(`The folder ${folder} cannot be made: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function report(places: Places, installation: Installation, keepsKey: boolean, io: CliIo): Promise<string> {
  const written = filesOf(places).filter((file) => !keepsKey || file !== places.keyFile);
  const { checkHomeserver } = await import("../app/set-up/check-homeserver.js");
  const findings = await checkHomeserver({ ...installation, url: installation.homeserverUrl });
  return [
    `\nWrote ${listOf(written)}, readable by you only.`,
    ...(keepsKey
      ? [`Kept ${places.keyFile}: values in a data folder may be encrypted with this key. If none are, remove it first to get a new one.`]
      : []),
    `Keep a copy of ${places.keyFile} apart from copies of the data: without it people's logins cannot be read.`,
    ...(await warningsAbout(places, io)),
    `\nThe homeserver at ${installation.homeserverUrl}:`,
    ...findings.map(({ isDoubtful, sentence }) => `  ${isDoubtful ? "Warning: " : ""}${sentence}`),
    "",
    homeserverLines({ domain: installation.domain, registrationFile: path.resolve(places.registrationFile) }),
    "Then:",
    ...nextSteps(places, installation).map((step, index) => `  ${index + 1}. ${step}`),
    "",
  ].join("\n");
}

/** The files are looked at as the start will: a key that was kept may be unusable, the environment may say something else. */
async function warningsAbout(places: Places, io: CliIo): Promise<readonly string[]> {
  const { configFile, registrationFile } = places;
  try {
    const warnings = await findWarnings({ configFiles: [configFile], registrationFile, isRegistrationGiven: true }, io);
    return warnings.map((warning) => `Warning: ${warning}`);
  } catch (error) {
    // The rest of what there is to say is needed all the same.
    if (!isExpected(error)) throw error;
    return [`Warning: it would not start yet. ${error.message}`];
  }
}

function nextSteps({ configFile, registrationFile, isHere }: Places, installation: Installation): readonly string[] {
  const start = isHere ? "switchboard start" : `switchboard start --config ${configFile} --registration ${registrationFile}`;
  return [
    `Start it: ${start}`,
    `Invite ${installation.botUserId} into a room, and give it the power to change the room's settings.`,
    ...installation.nextSteps,
  ];
}
