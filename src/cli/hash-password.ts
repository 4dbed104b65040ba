import { hashPassword } from "../shared/password-hash.js";
import { systemRandom } from "../shared/random.js";
import type { AddCommand } from "./command.js";
import { CommandFailure } from "./failure.js";
import type { CliIo, TextSource } from "./io.js";
import type { Terminal } from "./terminal.js";

const longestBytes = 4_096;

const examples = `
Examples:
  $ switchboard hash-password
  $ switchboard hash-password > admin-password-hash
  $ printf '%s\\n' "$PASSWORD" | switchboard hash-password

It asks for the password twice and shows nothing of it; where nobody types, it reads one line of standard input. What it prints goes into
passwordHash of an entry of api.admins, in quotes, or into the file that passwordHashFile names.`;

/** `switchboard hash-password`: makes what the configuration may hold instead of an administrator's password. */
export const addHashPasswordCommand: AddCommand = (program, io, finish) => {
  program
    .command("hash-password")
    .description("make the hash of an administrator's password, for the configuration")
    .addHelpText("after", examples)
    .action(async () => {
      io.stdout.write(`${await hashPassword(await readPassword(io), systemRandom)}\n`);
      finish(0);
    });
};

async function readPassword(io: CliIo): Promise<string> {
  // Questions go to standard error, so that the hash alone can be sent to a file.
  const terminal = io.openTerminal?.("stderr");
  const password = terminal === undefined ? await readLine(io.stdin) : await askTwice(terminal);
  if (password === "") throw new CommandFailure("The password is empty; nothing was made of it.");
  return password;
}

async function askTwice(terminal: Terminal): Promise<string> {
  try {
    const first = await terminal.ask("Password: ", true);
    const second = await terminal.ask("Again: ", true);
    if (first !== second) throw new CommandFailure("These were two different passwords; try again.");
    return first;
  } finally {
    terminal.close();
  }
}

/** The first line, without its end. @throws CommandFailure where somebody would have to type it for all to see, or it is too long or no text */
async function readLine(input: TextSource | undefined): Promise<string> {
  if (input === undefined) throw new CommandFailure("There is no input to read a password from.");
  if (input.isTTY === true) throw new CommandFailure("The password cannot be asked for: standard error is not a terminal.");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    const end = bytes.indexOf("\n");
    chunks.push(end === -1 ? bytes : bytes.subarray(0, end));
    size += bytes.length;
    if (end !== -1 || size > longestBytes) break;
  }
  return toText(Buffer.concat(chunks)).replace(/\r$/, "");
}

function toText(bytes: Buffer): string {
  if (bytes.length > longestBytes) throw new CommandFailure(`A password has ${String(longestBytes)} bytes at most.`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CommandFailure("The password is no text in UTF-8.", { cause });
  }
}
