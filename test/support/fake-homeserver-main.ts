import { readFileSync } from "node:fs";
import { FakeHomeserver, type FakeHomeserverOptions } from "./fake-homeserver.js";

/*
 * Runs the fake homeserver as a process of its own: `tsx test/support/fake-homeserver-main.ts OPTIONS.json`.
 * The file holds FakeHomeserverOptions. One line of JSON with the address is printed when it listens; a closed stdin or a signal ends it.
 */
const path = process.argv[2];
if (path === undefined) throw new TypeError("Usage: fake-homeserver-main.ts OPTIONS.json");
// The file is written by a test or a bench of this repository.
const homeserver = new FakeHomeserver(JSON.parse(readFileSync(path, "utf8")) as FakeHomeserverOptions);
await homeserver.start();
console.log(JSON.stringify({ url: homeserver.url, pid: process.pid }));

const end = (): void => void homeserver.stop().then(() => process.exit(0));
process.on("SIGTERM", end);
process.on("SIGINT", end);
process.stdin.on("end", end).resume();
