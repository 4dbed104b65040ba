#!/usr/bin/env node
import { outliveReaders } from "./cli/outlive-readers.js";
import { runCli } from "./cli/run.js";

outliveReaders([process.stdout, process.stderr]);
const exitCode = await runCli(process.argv.slice(2), { stdout: process.stdout, stderr: process.stderr, env: process.env, process });
// Said outright: a connection that somebody keeps open must not hold the process.
process.exit(exitCode);
