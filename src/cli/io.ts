import type { Config, Registration } from "../config/config.js";
import type { Log } from "../shared/log.js";
import type { Terminal } from "./terminal.js";

/** What commands use of the process, handed in so that tests can run them in theirs. */
export interface CliIo {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `start` listens for signals and for rejections that nobody handled. */
  readonly process: ProcessEvents;
  /**
   * Gives nothing, or is absent, where nobody can be asked. Called only by commands that ask.
   * @param output where questions are written; standard output unless given
   */
  readonly openTerminal?: (output?: "stdout" | "stderr") => Terminal | undefined;
  /** Absent: there is no input. */
  readonly stdin?: TextSource;
  /** Stands in for the app in tests. */
  readonly createApp?: CreateApp;
}

export interface TextSink {
  write(text: string): unknown;
}

export interface TextSource extends AsyncIterable<Buffer | string> {
  /** Whether a person types it. */
  readonly isTTY?: boolean;
}

export interface ProcessEvents {
  on(event: string, listener: (value: unknown) => void): unknown;
  off(event: string, listener: (value: unknown) => void): unknown;
}

/** The running product, as this command sees it. */
export interface StartableApp {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export type CreateApp = (options: {
  readonly config: Config;
  readonly registration: Registration;
  readonly log: Log;
}) => Promise<StartableApp>;
