#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";
import { outliveReaders } from "./cli/outlive-readers.js";
import { runCli } from "./cli/run.js";

outliveReaders([process.stdout, process.stderr]);
// By default the heap may grow to four times what is in use before it is tidied up. This program makes much short-lived garbage and keeps
// little: at not quite twice what is in use it saves 50 MiB of 250 under load for a few percent more work.
setFlagsFromString("--heap-growing-percent=75");

const exitCode = await runCli(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, env: process.env, process });
// Said outright: a connection that somebody keeps open must not hold the process.
process.exit(exitCode);
