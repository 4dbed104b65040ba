import path from "node:path";
import { keyChangeStatusSchema, type KeyChangeStatus } from "../apis/control/schema.js";
import { addServerFlags, askRunning, print, type ServerFlags } from "./ask-running.js";
import type { AddCommand } from "./command.js";
import { CommandFailure } from "./failure.js";
import type { CliIo } from "./io.js";
import { clean } from "./text-table.js";

interface RotateFlags extends ServerFlags {
  readonly newKey: string;
}

const examples = `
Examples:
  $ (umask 077; set -C; head -c 32 /dev/urandom > /etc/switchboard/second.key)
  $ switchboard rotate-key --new-key /etc/switchboard/second.key

The running Switchboard does it, over a socket in its data folder, while it goes on with everything else. Until it is done both keys are needed,
so the new one has to lie in a file of its own.
After an interruption, run it again with the same file: it goes on with what is left.`;

/** `switchboard rotate-key`: another key for what is encrypted in the data folder, carried out by the running server. */
export const addRotateKeyCommand: AddCommand = (program, io, finish) => {
  const command = program
    .command("rotate-key")
    .description("encrypt what lies in the data folder with another key")
    .requiredOption("--new-key <file>", "the new key: 32 random bytes, mode 0600, outside of the data folder")
    .addHelpText("after", examples);
  addServerFlags(command).action(async (flags: RotateFlags) => {
    const ended = await followToItsEnd(await begin(flags, io), flags, io);
    if (ended.state === "failed") throw new CommandFailure(describeFailure(ended));
    print(io, flags, ended, describeEnd);
    finish(0);
  });
};

function begin(flags: RotateFlags, io: CliIo): Promise<KeyChangeStatus> {
  // The server has a working folder of its own.
  const body = { file: path.resolve(flags.newKey) };
  return askRunning<KeyChangeStatus>(flags, io, { method: "POST", path: "/v1/key-rotation", body }, keyChangeStatusSchema);
}

async function followToItsEnd(begun: KeyChangeStatus, flags: RotateFlags, io: CliIo): Promise<KeyChangeStatus> {
  let status = begun;
  let told = "";
  for (;;) {
    const progress = describeProgress(status);
    // Apart, so that standard output has the outcome alone.
    if (progress !== told) io.stderr.write(progress);
    told = progress;
    if (status.state !== "running") return status;
    status = await askHowFar(flags, io);
  }
}

/** The server answers half a second later, or at the end. */
async function askHowFar(flags: RotateFlags, io: CliIo): Promise<KeyChangeStatus> {
  try {
    return await askRunning<KeyChangeStatus>(flags, io, { method: "GET", path: "/v1/key-rotation" }, keyChangeStatusSchema);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const sentence = `${error.message.replace(/\.$/, "")}. The change of the key is not known to be finished: keep both files, and run this again when Switchboard runs.`;
    throw new CommandFailure(sentence, { cause: error });
  }
}

function describeProgress({ checked, reencrypted }: KeyChangeStatus): string {
  return `${String(checked)} encrypted values looked at, ${String(reencrypted)} encrypted anew.\n`;
}

function describeFailure({ error = "", newFile }: KeyChangeStatus): string {
  return clean(
    `The change of the key was interrupted: ${error} Keep both files, and run this again: switchboard rotate-key --new-key ${newFile}`,
  );
}

function describeEnd(status: KeyChangeStatus): string {
  const lines = [...describeNewKey(status), ...describeUnreadable(status), describeOldFile(status)];
  return `${lines.map(clean).join("\n")}\n`;
}

function describeNewKey({ newFile, isConfigured }: KeyChangeStatus): readonly string[] {
  const done = `Done: what is encrypted in the data folder is encrypted with the key in ${newFile}.`;
  return isConfigured ? [done] : [done, `Before the next start, change the configuration to storage.keyFile: ${newFile}`];
}

function describeUnreadable({ unreadable, oldFile }: KeyChangeStatus): readonly string[] {
  if (unreadable === 0) return [];
  return [
    `${String(unreadable)} values open with neither key and were left as they are; the log names their stores. Keep ${oldFile} until that is understood.`,
  ];
}

function describeOldFile({ newFile, oldFile, oldSetting, isConfigured, unreadable }: KeyChangeStatus): string {
  // Whoever moved the new key there meanwhile must not be told to remove it.
  if (oldFile === newFile) return "Nothing needs the old key any more but copies of the data folder that were made before.";
  if (oldSetting === "passFile") {
    return `The file ${oldFile} (passFile) stays: the tokens that Hookshot keeps are encrypted with it. Nothing else needs it any more.`;
  }
  if (unreadable > 0) return `Nothing else needs ${oldFile}.`;
  const when = isConfigured ? "may go" : "may go then";
  return `The file ${oldFile} ${when}. Copies of the data folder that were made before need it.`;
}
