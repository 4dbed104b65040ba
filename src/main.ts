#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";
import { outliveReaders } from "./cli/outlive-readers.js";
import { runCli } from "./cli/run.js";
import { openTerminal } from "./cli/terminal.js";

outliveReaders([process.stdout, process.stderr]);
// By default the heap may grow to four times what is in use before it is tidied up. This program makes much short-lived garbage and keeps
// little: tidied up at a third more than is in use, it stays below 200 MB under load (docs/decisions/0009).
setFlagsFromString("--heap-growing-percent=35");
// The young part of the heap is tidied up when it is full, not some time before: fewer times, and what is over by then costs nothing.
setFlagsFromString("--no-minor-gc-task");
// Else V8 learns from a backlog that some objects live long, and makes all later ones of their kind in the old heap.
setFlagsFromString("--no-allocation-site-pretenuring");

const { stdin, stdout, stderr, env } = process;
const exitCode = await runCli(process.argv.slice(2), {
  ...{ stdin, stdout, stderr, env, process },
  openTerminal: (output = "stdout") => openTerminal(stdin, process[output]),
});
// Said outright: a connection that somebody keeps open must not hold the process.
process.exit(exitCode);
