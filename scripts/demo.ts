import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { DemoFailure } from "./demo/failure.js";
import { invitation } from "./demo/invitation.js";
import { helpText, readOptions, type DemoOptions } from "./demo/options.js";
import { Output } from "./demo/output.js";
import { ShownRooms } from "./demo/shown-rooms.js";
import { setStage, type Stage } from "./demo/stage.js";
import { playStory } from "./demo/story.js";
import { removeAtExit, Teardown } from "./demo/teardown.js";

/*
 * The whole product, as a stranger may see it work: a real homeserver, the built Switchboard on LevelDB, and a user. Only Jira is played
 * by a stand-in. What is printed of the room was read back from the homeserver with the user's account.
 */

const scratchFolder = join(import.meta.dirname, "../.scratch");
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const output = new Output(process.stdout);
/** Tells the direct chat's lines from the room's. */
const chatStyle = { indent: "    ", isBrief: true };

/** Resolves at the first signal; later ones do not interrupt the tearing down. */
function signalled(): Promise<"signal"> {
  return new Promise((resolve) => {
    for (const signal of signals) process.on(signal, () => resolve("signal"));
  });
}

/** Temporary files of everything that is started go below one folder, which goes with the demo. */
function keepFilesTogether(): void {
  mkdirSync(scratchFolder, { recursive: true });
  const folder = mkdtempSync(join(scratchFolder, "demo-"));
  process.env["TMPDIR"] = folder;
  removeAtExit(folder);
}

async function play(options: DemoOptions, teardown: Teardown): Promise<Stage> {
  const startedAt = performance.now();
  output.line("Starting, all on loopback:");
  const stage = await setStage(options, output, teardown);
  output.line(`  up after ${secondsSince(startedAt)} s`);
  const rooms = new ShownRooms(stage, output, options.timeoutMs);
  output.heading(`The room ${stage.roomId} as ${stage.ada.userId} reads it at Synapse (sender, event type, text):`);
  const play = {
    ...{ stage, timeline: rooms.open(stage.roomId), openTimeline: (roomId: string) => rooms.open(roomId, chatStyle) },
    ...{ tell: (text: string) => output.heading(`> ${text}`), note: (text: string) => output.line(`= ${text}`) },
  };
  const { broken } = rooms;
  const ended = stage.switchboard.exited.then(() => Promise.reject(endedBySelf(stage)));
  await Promise.race([playStory(play), broken, ended]);
  output.heading(`Every message arrived; ${secondsSince(startedAt)} s in all.`);
  if (options.isOnce) return stage;
  output.heading(`${invitation(stage)}\n`);
  return Promise.race([broken, ended]);
}

function endedBySelf({ switchboard }: Stage): DemoFailure {
  return new DemoFailure("Switchboard ended by itself.", { details: switchboard.log.slice(-4_000) });
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1_000).toFixed(1);
}

function report(error: unknown): void {
  const { message } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`\nThe demo failed: ${message}\n`);
  if (error instanceof DemoFailure && error.details !== "") process.stderr.write(`${error.details}\n`);
}

/** @returns true after an orderly end */
async function playUntilEnd(options: DemoOptions): Promise<boolean> {
  const teardown = new Teardown();
  try {
    const end = await Promise.race([signalled(), play(options, teardown)]);
    // A signal is how a demo that stays up is ended; one that was to play to its end did not.
    return end !== "signal" || !options.isOnce;
  } catch (error) {
    report(error);
    return false;
  } finally {
    output.heading("Taking everything down …");
    for (const failure of await teardown.run()) output.line(`  ${failure}`);
  }
}

/** @returns the exit code: 0, or 1 when something failed or did not arrive, or 2 when the command line is wrong */
async function main(argv: readonly string[]): Promise<number> {
  let options: DemoOptions;
  try {
    options = readOptions(argv);
  } catch (error) {
    if (!(error instanceof DemoFailure)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  if (options.isHelp) {
    output.line(helpText);
    return 0;
  }
  keepFilesTogether();
  return (await playUntilEnd(options)) ? 0 : 1;
}

// Timers and connections of a reader without end would keep the process.
process.exit(await main(process.argv.slice(2)));
