import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DevinfoSite } from "../support/devinfo-site.js";
import { poll } from "../support/poll.js";

// The process that copies submissions to a site is ended by SIGKILL again and again, while the site is away and while it takes copies: what was
// acknowledged arrives, in its order; once, or several times in a row.

const main = ["--import", import.meta.resolve("tsx"), new URL("devinfo-forward-main.ts", import.meta.url).pathname];
const perLife = 20;

let folder: string;
let site: DevinfoSite;
let siteUrl: string;
let running: ChildProcess | undefined;
let acknowledged: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "switchboard-forwards-"));
  site = new DevinfoSite();
  siteUrl = await site.listen();
  acknowledged = [];
});

afterEach(async () => {
  await kill();
  await site.close();
  await rm(folder, { recursive: true });
});

/** @returns where it takes submissions */
async function start(): Promise<string> {
  const started = spawn(process.execPath, [...main, folder, siteUrl, site.clientId, site.clientSecret], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  running = started;
  // Pipes of a child are streams of bytes.
  const [printed] = (await once(started.stdout, "data")) as [Buffer];
  return `http://127.0.0.1:${printed.toString().trim()}/`;
}

async function kill(): Promise<void> {
  const killed = running;
  running = undefined;
  if (killed === undefined || killed.exitCode !== null || killed.signalCode !== null) return;
  const ended = once(killed, "exit");
  killed.kill("SIGKILL");
  await ended;
}

async function submit(address: string, id: string): Promise<void> {
  const body = JSON.stringify({ repositories: [{ id, name: "x".repeat(2_000) }] });
  const { status } = await fetch(address, { method: "POST", body });
  expect(status).toBe(202);
  acknowledged.push(id);
}

/** One after the other, so that their order is known. The last is on its way when the process ends. */
async function submitAndKill(life: number): Promise<void> {
  const address = await start();
  for (let index = 0; index < perLife; index += 1) await submit(address, `life-${life}-${index}`);
  const last = submit(address, `life-${life}-last`).catch(() => undefined);
  await kill();
  await last;
}

/** Kills when the site has taken so many more. */
async function killAfterTaking(more: number): Promise<void> {
  const before = site.taken.length;
  const address = await start();
  await submit(address, `before-${before}`);
  await poll(async () => (site.taken.length >= before + more ? true : undefined), {
    what: "the site takes copies",
    timeoutMs: 30_000,
    everyMs: 1,
  });
  await kill();
}

/** Each once, where it came first. */
function arrived(): readonly string[] {
  return [...new Set(site.names)];
}

it("loses no copy and changes no order, however often it is killed", { timeout: 120_000 }, async () => {
  site.fault = () => "cut";
  for (let life = 0; life < 3; life += 1) await submitAndKill(life);
  expect(site.taken).toEqual([]);

  // It carries everything out, and its answer never comes.
  site.fault = undefined;
  for (let life = 0; life < 3; life += 1) await killAfterTaking(7 + life);
  const atFirst = arrived().length;
  await start();
  const last = acknowledged.at(-1) ?? "";
  await poll(async () => (site.names.includes(last) ? true : undefined), { what: "everything arrives", timeoutMs: 60_000 });

  expect(atFirst).toBeLessThan(acknowledged.length);
  const known = new Set(acknowledged);
  expect(arrived().filter((id) => known.has(id))).toEqual(acknowledged);
  // What came again came right behind itself.
  expect(site.names.filter((id, index) => id !== site.names[index - 1])).toEqual(arrived());
});
