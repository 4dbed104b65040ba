import { EventEmitter } from "node:events";
import type { CliIo } from "../../src/cli/io.js";
import { runCli } from "../../src/cli/run.js";

/** What one command line came to. */
export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process; `process` takes signals by `emit`. */
export async function runCommandLine(argv: readonly string[], options: Partial<CliIo> = {}): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  const exitCode = await runCli(argv, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    process: new EventEmitter(),
    ...options,
  });
  return { exitCode, stdout, stderr };
}
