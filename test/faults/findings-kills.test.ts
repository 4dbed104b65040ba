import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { JiraStandIn } from "../support/jira-stand-in.js";

// The process that makes issues is ended by SIGKILL around their creation, again and again: never two issues for a finding, and none missing.

const count = 40;
/** A search of the stand-in does not know an issue for that long: longer than a process needs to start. */
const searchLagMs = 4_000;
const main = ["--import", import.meta.resolve("tsx"), new URL("findings-main.ts", import.meta.url).pathname];
const creation = /^POST .*\/issue$/;

let folder: string;
let jira: JiraStandIn;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "switchboard-findings-"));
  jira = await JiraStandIn.start({ deployment: "server", credential: { token: "token" }, searchLagMs });
  jira.addProject("PLAY");
});

afterEach(async () => {
  await jira.stop();
  await rm(folder, { recursive: true });
});

function start(): ReturnType<typeof spawn> {
  return spawn(process.execPath, [...main, folder, jira.url, String(count), String(searchLagMs)], { stdio: ["ignore", "pipe", "inherit"] });
}

/** Lets one live until `moment`, and kills it there. */
async function killAt(moment: () => Promise<unknown>): Promise<void> {
  const reached = moment();
  const running = start();
  const ended = once(running, "exit");
  const isReached = await Promise.race([reached.then(() => true), ended.then(() => false)]);
  expect(isReached, "it ended before it could be killed").toBe(true);
  running.kill("SIGKILL");
  await ended;
}

/** @returns what it printed */
async function runToEnd(): Promise<string> {
  const running = start();
  let printed = "";
  running.stdout?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const [code] = (await once(running, "close")) as [number | null];
  expect(code).toBe(0);
  return printed.trim();
}

/** The stand-in's third request of a kind, so that some is done and some is not. */
async function third(next: (pattern: RegExp) => Promise<string>): Promise<void> {
  for (let time = 0; time < 3; time += 1) await next(creation);
}

it("makes one issue for each finding, however often it is killed", { timeout: 120_000 }, async () => {
  // Asked for, and nobody knows whether it is done; done, and the answer is on its way; done, and the answer never comes.
  await killAt(() => third((pattern) => jira.received(pattern)));
  await killAt(() => third((pattern) => jira.carriedOut(pattern)));
  jira.failWith({ kind: "held", only: creation, isCarriedOut: true });
  await killAt(() => jira.carriedOut(creation));
  jira.failWith();
  jira.failWith({ kind: "cut", only: creation, isCarriedOut: true });
  await killAt(() => third((pattern) => jira.carriedOut(pattern)));
  jira.failWith();
  await killAt(() => jira.carriedOut(creation));

  const told = await runToEnd();

  const labels = jira.issues.map(({ labels: [label] }) => label);
  expect(new Set(labels).size).toBe(count);
  expect(labels).toHaveLength(count);
  // Rooms were told of each once.
  expect(told).toBe(String(count));
  expect(await runToEnd()).toBe(told);
  expect(jira.issues).toHaveLength(count);
});
