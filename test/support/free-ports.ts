import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/*
 * Ports for servers that are stopped and started again. They lie below those that systems give to outgoing connections (from 32768 on as a
 * rule), which could otherwise take one in between. Several processes run tests at once, so each port is claimed by a file for as long as the
 * process lives that has it.
 */
const firstPort = 15_000;
const lastPort = 29_999;
const claims = join(tmpdir(), "switchboard-test-ports");

let next: number | undefined;

/** Ports that nobody uses just now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

/** A port that nobody listens on just now, and that no other process of tests gets. */
export async function freePort(): Promise<number> {
  const range = lastPort - firstPort + 1;
  // Processes that run side by side begin at different places.
  next ??= (process.pid * 97) % range;
  for (let tries = 0; tries < range; tries += 1) {
    const port = firstPort + (next++ % range);
    if (claim(port) && (await isFree(port))) return port;
  }
  throw new Error(`No port from ${firstPort} to ${lastPort} is free.`);
}

function claim(port: number): boolean {
  mkdirSync(claims, { recursive: true });
  const file = join(claims, String(port));
  if (isClaimed(file)) return false;
  rmSync(file, { force: true });
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    // Somebody was faster.
    return false;
  }
}

/** By a process that still runs. */
function isClaimed(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, "utf8")), 0);
    return true;
  } catch {
    return false;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
