import type { Command } from "commander";
import type { CliIo } from "./io.js";

/** Adds a subcommand; what its action resolves to is handed to `finish` as the exit code. */
export type AddCommand = (program: Command, io: CliIo, finish: Finish) => void;

export type Finish = (exitCode: number) => void;
