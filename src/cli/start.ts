import { systemClock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import { addConfigFlags, readConfigFlags, toLoadInput, type ConfigFlags } from "./config-flags.js";
import { isExpected } from "./failure.js";
import type { CliIo, CreateApp, ProcessEvents, StartableApp } from "./io.js";
import type { AddCommand } from "./command.js";

// A stop waits up to 8 s for sends in flight; one that takes longer hangs.
const longestStopMs = 10_000;

const examples = `
Examples:
  $ switchboard start
  $ switchboard start --config config.yml --config secrets.yml --registration registration.yml --data /var/lib/switchboard
  $ switchboard config.yml registration.yml

Stops on SIGTERM and SIGINT: sends in flight are ended, the rest waits in the data folder. A second signal ends at once.`;

/** `switchboard start`: runs until a signal. */
export const addStartCommand: AddCommand = (program, io, finish) => {
  const command = program.command("start").description("start Switchboard");
  addConfigFlags(command)
    .addHelpText("after", examples)
    .action(async (files: readonly string[], options: object) => {
      finish(await start(readConfigFlags(command, files, options), io));
    });
};

async function start(flags: ConfigFlags, io: CliIo): Promise<number> {
  const [{ loadConfig }, { createLog }] = await Promise.all([import("../config/load.js"), import("../shared/log.js")]);
  const { config, registration, warnings } = loadConfig(await toLoadInput(flags, io));
  const log = createLog(config.logging, { write: (line) => void io.stdout.write(line) });
  const ownLog = log.child({ module: "start" });
  const { checkSealingKey } = await import("../app/sealing-key.js");
  for (const warning of [...warnings, ...checkSealingKey(config)]) ownLog.warn(warning);
  const createApp = io.createApp ?? (await loadApp());
  const app = await createApp({ config, registration, log });
  return runUntilEnd(app, ownLog, io);
}

// Loaded only here: it brings the whole product along.
async function loadApp(): Promise<CreateApp> {
  return (await import("../app/app.js")).createApp;
}

type End = "signal" | "failure";

/** @returns 0 after an orderly stop on a signal; 1 after a failure, a second signal, or a stop that hangs */
async function runUntilEnd(app: StartableApp, log: Log, io: CliIo): Promise<number> {
  const ends = new Ends(log, io);
  try {
    const isUp = startApp(app, log, io);
    const end = await Promise.race([ends.first, isUp.then((up) => (up ? ends.first : "failure"))]);
    const isStopped = await Promise.race([stopApp(app, log), ends.second.then(() => false)]);
    return end === "signal" && isStopped ? 0 : 1;
  } finally {
    ends.close();
  }
}

async function startApp(app: StartableApp, log: Log, io: CliIo): Promise<boolean> {
  try {
    await app.start();
    return true;
  } catch (error) {
    if (isExpected(error)) {
      // An expected failure is a sentence that names the remedy; its stack would only hide it.
      log.error(error.message);
      io.stderr.write(`${error.message}\n`);
    } else {
      log.error({ error }, "Could not start because of something unexpected.");
      io.stderr.write("Could not start because of something unexpected; the log has the details.\n");
    }
    return false;
  }
}

async function stopApp(app: StartableApp, log: Log): Promise<boolean> {
  try {
    await Promise.race([app.stop(), hang()]);
    return true;
  } catch (error) {
    log.error({ error }, "Could not stop in order; what was waiting is in the data folder.");
    return false;
  }
}

function hang(): Promise<never> {
  return new Promise((_, reject) => {
    systemClock.after(longestStopMs, () => {
      reject(new Error(`The stop took longer than ${String(longestStopMs / 1000)} s.`));
    });
  });
}

/** Signals and failures that end the process; whoever waits for the second gets it, even when it came before anybody waited. */
class Ends {
  readonly first: Promise<End>;
  readonly second: Promise<End>;
  readonly #process: ProcessEvents;
  readonly #listeners: readonly (readonly [string, (value: unknown) => void])[];

  constructor(log: Log, io: CliIo) {
    const resolvers: ((end: End) => void)[] = [];
    const next = (): Promise<End> => new Promise((resolve) => resolvers.push(resolve));
    this.first = next();
    this.second = next();
    const onSignal = (name: string) => (): void => {
      log.info(`Stopping on ${name}.`);
      resolvers.shift()?.("signal");
    };
    const onFailure = (error: unknown): void => {
      log.error({ error }, "Something unexpected went wrong; stopping. What was accepted is in the data folder.");
      resolvers.shift()?.("failure");
    };
    this.#process = io.process;
    this.#listeners = [
      ["SIGTERM", onSignal("SIGTERM")],
      ["SIGINT", onSignal("SIGINT")],
      ["unhandledRejection", onFailure],
      ["uncaughtException", onFailure],
    ];
    for (const [event, listener] of this.#listeners) this.#process.on(event, listener);
  }

  close(): void {
    for (const [event, listener] of this.#listeners) this.#process.off(event, listener);
  }
}
